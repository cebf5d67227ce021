/** Exact arithmetic: decimals in, comparisons by cross multiplication, and what floating point would have got wrong. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  compare,
  type Fraction,
  fraction,
  fractionText,
  interpolate,
  leastMeeting,
  meets,
  parseDecimal,
  percentOf,
} from './fraction.js';

const anyFraction: fc.Arbitrary<Fraction> = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.bigInt({ min: 1n, max: 10n ** 20n }))
  .map(([n, d]) => ({ n, d }));

describe('decimals', () => {
  it.each([
    ['12.5', '25/2'],
    ['10', '10/1'],
    ['10.0', '10/1'],
    ['0', '0/1'],
    ['-0.10', '-1/10'],
    ['0.1', '1/10'],
    ['99.999999', '99999999/1000000'],
  ])('%s is exactly %s', (text, expected) => expect(fractionText(parseDecimal(text))).toBe(expected));

  it.each(['', ' 1', '1,5', '1.', '.5', '1e3', '+1', 'NaN', '1.2.3', '--1'])('refuses "%s"', (text) =>
    expect(() => parseDecimal(text)).toThrow(RangeError),
  );

  it('adds a tenth ten times to exactly one, where floating point does not', () => {
    const tenth = parseDecimal('0.1');
    const sum = Array.from({ length: 10 }).reduce<Fraction>(
      (acc) => fraction(acc.n * tenth.d + tenth.n * acc.d, acc.d * tenth.d),
      fraction(0n),
    );
    expect(compare(sum, fraction(1n))).toBe(0);
    expect(Array.from({ length: 10 }).reduce<number>((acc) => acc + 0.1, 0)).not.toBe(1);
  });
});

describe('fractions', () => {
  it('are in lowest terms with the sign above', () => {
    expect(fraction(6n, -4n)).toEqual({ n: -3n, d: 2n });
    expect(fraction(0n, -7n)).toEqual({ n: 0n, d: 1n });
    expect(fractionText({ n: 260n, d: 6n })).toBe('130/3');
  });

  it('have no denominator 0', () => {
    expect(() => fraction(0n, 0n)).toThrow(RangeError);
    expect(() => percentOf(1n, 0n)).toThrow(RangeError);
  });

  it('compare beyond the precision of a double: 6,999,999/10,000,000 is not 70 %', () => {
    expect(compare(percentOf(6_999_999n, 10_000_000n), fraction(70n))).toBe(-1);
    const huge = 10n ** 30n;
    expect(compare({ n: huge, d: huge + 1n }, { n: huge - 1n, d: huge })).toBe(1);
  });

  it('order totally and alike in any terms', () => {
    fc.assert(
      fc.property(anyFraction, anyFraction, fc.bigInt({ min: 1n, max: 1000n }), (a, b, k) => {
        expect(compare(a, b) + compare(b, a)).toBe(0);
        expect(compare({ n: a.n * k, d: a.d * k }, b)).toBe(compare(a, b));
        expect(compare(fraction(a.n, a.d), a)).toBe(0);
      }),
    );
  });
});

describe('interpolation', () => {
  it('gives Nam Cường 130/3 % two half-years of six after 30 % on the way to 70 %', () => {
    expect(fractionText(interpolate(fraction(30n), fraction(70n), 2n, 6n))).toBe('130/3');
  });

  it('starts and ends at its ends, stays between them and mirrors', () => {
    const steps = fc
      .tuple(fc.bigInt({ min: 1n, max: 50n }), fc.nat())
      .map(([of, k]) => ({ of, k: BigInt(k) % (of + 1n) }));
    fc.assert(
      fc.property(anyFraction, anyFraction, steps, (a, b, { k, of }) => {
        const at = interpolate(a, b, k, of);
        const [low, high] = compare(a, b) <= 0 ? [a, b] : [b, a];
        expect(compare(at, low)).toBeGreaterThanOrEqual(0);
        expect(compare(at, high)).toBeLessThanOrEqual(0);
        expect(compare(interpolate(a, b, 0n, of), a)).toBe(0);
        expect(compare(interpolate(a, b, of, of), b)).toBe(0);
        expect(compare(at, interpolate(b, a, of - k, of))).toBe(0);
      }),
    );
  });

  it('refuses a step that is not on the way', () => {
    expect(() => interpolate(fraction(0n), fraction(1n), 3n, 2n)).toThrow(RangeError);
    expect(() => interpolate(fraction(0n), fraction(1n), -1n, 2n)).toThrow(RangeError);
    expect(() => interpolate(fraction(0n), fraction(1n), 0n, 0n)).toThrow(RangeError);
  });
});

describe('yardsticks', () => {
  it('"ít nhất" includes the threshold, "trên" does not', () => {
    const ten = fraction(10n);
    expect(meets(percentOf(1n, 10n), { comparator: 'at_least', threshold: ten })).toBe(true);
    expect(meets(percentOf(1n, 10n), { comparator: 'above', threshold: ten })).toBe(false);
  });

  it('the least whole number meets and the one before does not', () => {
    fc.assert(
      fc.property(anyFraction, fc.constantFrom('at_least' as const, 'above' as const), (threshold, comparator) => {
        const least = leastMeeting({ comparator, threshold });
        expect(meets(fraction(least), { comparator, threshold })).toBe(true);
        expect(meets(fraction(least - 1n), { comparator, threshold })).toBe(false);
      }),
    );
  });
});
