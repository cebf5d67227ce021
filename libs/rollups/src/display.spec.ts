/** What people read: half-up percentages against a slow reference, Vietnamese digits, and notes where rounding misleads. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  displayAgainst,
  displayFraction,
  displayNumber,
  displayPercent,
  displayPercentage,
  displayPoints,
  displayThreshold,
} from './display.js';
import { fraction, meets, parseDecimal, percentOf } from './fraction.js';

/** Schoolbook long division, digit by digit on text, then a carry by hand: shares nothing with the code under test. */
function slowPercent(n: bigint, d: bigint): string {
  const dividend = `${n}0000`;
  let remainder = 0n;
  const digits: number[] = [];
  for (const digit of dividend) {
    remainder = remainder * 10n + BigInt(digit);
    let times = 0;
    while (remainder >= d) {
      remainder -= d;
      times += 1;
    }
    digits.push(times);
  }
  const second = digits.pop() ?? 0;
  for (let i = digits.length - 1, carry = second >= 5; carry; i -= 1) {
    if (i < 0) digits.unshift(0);
    const at = Math.max(i, 0);
    carry = digits[at] === 9;
    digits[at] = carry ? 0 : (digits[at] ?? 0) + 1;
  }
  const tenth = digits.pop();
  const whole = digits.join('').replace(/^0+(?=\d)/, '');
  const groups: string[] = [];
  for (let end = whole.length; end > 0; end -= 3) groups.unshift(whole.slice(Math.max(0, end - 3), end));
  return `${groups.join('.')},${tenth}%`;
}

const figure = fc.bigInt({ min: 0n, max: 10n ** 12n });
const denominator = fc.bigInt({ min: 1n, max: 10n ** 12n });
const atLeast = (threshold: string) => ({ comparator: 'at_least' as const, threshold: parseDecimal(threshold) });
const above = (threshold: string) => ({ comparator: 'above' as const, threshold: parseDecimal(threshold) });

describe('percentages', () => {
  it.each([
    [950n, 1100n, '86,4%'],
    [22n, 23n, '95,7%'],
    [1080n, 10_793n, '10,0%'],
    [1079n, 10_793n, '10,0%'],
    [6_999_999n, 10_000_000n, '70,0%'],
    [0n, 5n, '0,0%'],
    [5n, 5n, '100,0%'],
    [1n, 2000n, '0,1%'],
    [499n, 1_000_000n, '0,0%'],
    [1n, 800n, '0,1%'],
    [3n, 800n, '0,4%'],
    [123_456n, 100n, '123.456,0%'],
  ])('%s of %s reads %s', (n, d, expected) => expect(displayPercent(n, d)).toBe(expected));

  it('has nothing to show for 0/0', () => expect(displayPercent(0n, 0n)).toBeNull());

  it('rounds half up exactly as long division on paper does', () => {
    fc.assert(fc.property(figure, denominator, (n, d) => expect(displayPercent(n, d)).toBe(slowPercent(n, d))));
    // Small denominators that hit the halves: every k/2000 is a multiple of 0.05 %.
    for (let n = 0n; n <= 2000n; n += 1n) expect(displayPercent(n, 2000n)).toBe(slowPercent(n, 2000n));
  });

  it('shows a pace rounded and a threshold as worded', () => {
    expect(displayPercentage(fraction(130n, 3n))).toBe('43,3%');
    expect(displayThreshold(fraction(130n, 3n))).toBe('43,3%');
    expect(displayThreshold(parseDecimal('10'))).toBe('10%');
    expect(displayThreshold(parseDecimal('12.50'))).toBe('12,5%');
    expect(displayThreshold(parseDecimal('33.33'))).toBe('33,33%');
  });
});

describe('numbers', () => {
  it.each([
    [10_793n, 0, '10.793'],
    [0n, 0, '0'],
    [999n, 0, '999'],
    [1_000_000n, 0, '1.000.000'],
    [-1234n, 0, '-1.234'],
    [123_456n, 2, '1.234,56'],
    [5n, 2, '0,05'],
    [-5n, 1, '-0,5'],
    [10_793_000n, 3, '10.793,000'],
  ])('%s at scale %s reads %s', (stored, scale, expected) => expect(displayNumber(stored, scale)).toBe(expected));

  it('read back lose nothing', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.nat({ max: 6 }), (stored, scale) => {
        const back = parseDecimal(displayNumber(stored, scale).replaceAll('.', '').replace(',', '.'));
        expect(back).toEqual(fraction(stored, 10n ** BigInt(scale)));
      }),
    );
  });
});

describe('exact numbers and differences', () => {
  it.each([
    [fraction(539n, 5n), 1, '107,8'],
    [fraction(1_080n), 1, '1.080'],
    [fraction(1n, 3n), 1, '0,3'],
    [fraction(1_234_565n, 1_000n), 2, '1.234,57'],
    [fraction(-5n, 4n), 1, '-1,3'],
  ])('%o with at most %d decimals reads %s', (value, most, text) => {
    expect(displayFraction(value, most)).toBe(text);
  });

  it.each([
    [fraction(17n, 5n), '+3,4 điểm %'],
    [fraction(-1n, 20n), '-0,1 điểm %'],
    [fraction(0n), '0,0 điểm %'],
  ])('the difference %o reads %s', (value, text) => {
    expect(displayPoints(value)).toBe(text);
  });
});

describe('a figure beside its target', () => {
  it('1,079 of 10,793 prints 10,0% and says that one person is lacking', () => {
    expect(displayAgainst(1079n, 10_793n, atLeast('10'), { unitLabel: 'người' })).toEqual({
      text: '10,0%',
      note: { vi: 'thiếu 1 người (cần 1.080)', en: '1 short (1,080 needed)' },
    });
  });

  it('1,080 of 10,793 needs no note, nor does what plainly falls short', () => {
    expect(displayAgainst(1080n, 10_793n, atLeast('10'))).toEqual({ text: '10,0%', note: null });
    expect(displayAgainst(500n, 10_793n, atLeast('10'))).toEqual({ text: '4,6%', note: null });
  });

  it('6,999,999 of ten million is one short of 70%', () => {
    expect(displayAgainst(6_999_999n, 10_000_000n, atLeast('70'))?.note?.vi).toBe('thiếu 1 (cần 7.000.000)');
  });

  it('"trên 10%": 10,0% reads as not reached, so reaching it is said; exactly 10% needs no note', () => {
    expect(displayAgainst(1084n, 10_800n, above('10'), { unitLabel: 'người' })?.note).toEqual({
      vi: 'đã đủ: có 1.084 người (cần 1.081)',
      en: 'enough: 1,084 (1,081 needed)',
    });
    expect(displayAgainst(1080n, 10_800n, above('10'))?.note).toBeNull();
  });

  it('a pace is held to its printed form too', () => {
    const pace = { comparator: 'at_least' as const, threshold: fraction(130n, 3n) };
    expect(displayAgainst(4333n, 10_000n, pace)).toEqual({
      text: '43,3%',
      note: { vi: 'thiếu 1 (cần 4.334)', en: '1 short (4,334 needed)' },
    });
  });

  it('keeps the scale of stored figures', () => {
    expect(displayAgainst(1079n, 10_793n, atLeast('10'), { scale: 1 })?.note?.vi).toBe('thiếu 0,1 (cần 108,0)');
  });

  it('has nothing to show for a zero denominator', () => expect(displayAgainst(0n, 0n, atLeast('10'))).toBeNull());

  it('whoever compares the two printed texts is right, or finds a note with the exact number needed', () => {
    const near = fc
      .tuple(
        fc.bigInt({ min: 1n, max: 100_000n }),
        fc.bigInt({ min: 0n, max: 1000n }),
        fc.bigInt({ min: -3n, max: 3n }),
      )
      .map(([d, tenths, off]) => {
        const around = (tenths * d) / 1000n + off;
        return { n: around < 0n ? 0n : around > d ? d : around, d, threshold: fraction(tenths, 10n) };
      });
    fc.assert(
      fc.property(near, fc.constantFrom('at_least' as const, 'above' as const), ({ n, d, threshold }, comparator) => {
        const yardstick = { comparator, threshold };
        const shown = displayAgainst(n, d, yardstick);
        const readAs = parseDecimal(shown!.text.slice(0, -1).replace(',', '.'));
        const holds = meets(percentOf(n, d), yardstick);
        expect(shown!.note === null).toBe(meets(readAs, yardstick) === holds);
        if (!shown!.note) return;
        const needed = BigInt(/cần ([\d.]+)/.exec(shown!.note.vi)![1]!.replaceAll('.', ''));
        expect(meets(percentOf(needed, d), yardstick)).toBe(true);
        expect(meets(percentOf(needed - 1n, d), yardstick)).toBe(false);
        expect(needed <= d).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
