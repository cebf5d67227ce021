/** Which target applies in a period, and the pace towards it in half-years, by hand for Nam Cường (10/30/70 %). */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { applicableTarget, pace, type Target } from './assessment.js';
import { compare, fraction, fractionText, parseDecimal } from './fraction.js';
import { parsePeriod } from './period.js';

const at = parsePeriod;
const atLeast = (threshold: string, year: number | null = null, everyYear = false): Target => ({
  year,
  everyYear,
  comparator: 'at_least',
  threshold,
});
const yes = (year: number | null = null, everyYear = false): Target => ({
  year,
  everyYear,
  comparator: null,
  threshold: null,
});
const namCuong = [atLeast('10', 2026), atLeast('30', 2027), atLeast('70', 2030)];

describe('which target applies', () => {
  it.each([
    ['2025H2', 2026],
    ['2026H1', 2026],
    ['2026', 2026],
    ['2027H1', 2027],
    ['2028H1', 2030],
    ['2030H2', 2030],
    ['2031H1', undefined],
  ])('Nam Cường in %s: that of %s', (period, year) => expect(applicableTarget(namCuong, at(period))?.year).toBe(year));

  it('a yearly target from 2027 waits for 2027, then stands in each year', () => {
    const commendation = [yes(2027, true)];
    expect(['2026H2', '2027H1', '2031H2'].map((p) => applicableTarget(commendation, at(p))?.year)).toEqual([
      2027, 2027, 2031,
    ]);
  });

  it('on the same year, a dated target later declared holds over a yearly one', () => {
    const targets = [atLeast('30', 2027, true), atLeast('70', 2030)];
    expect(applicableTarget(targets, at('2030'))?.target.threshold).toBe('70');
    expect(applicableTarget(targets, at('2029'))?.target.threshold).toBe('30');
    expect(fractionText(pace(targets, at('2030H1'))!)).toBe('50/1');
    const lowered = [atLeast('30', 2026, true), atLeast('20', 2027), atLeast('60', 2028)];
    expect(fractionText(pace(lowered, at('2028H1'))!)).toBe('40/1');
    expect(fractionText(pace([...lowered].reverse(), at('2028H1'))!)).toBe('40/1');
  });

  it('an undated one applies always, where no dated one is ahead', () => {
    expect(applicableTarget([atLeast('100')], at('2040'))).toEqual({ target: atLeast('100'), year: null });
    expect(applicableTarget([atLeast('100'), ...namCuong], at('2026'))?.year).toBe(2026);
    expect(applicableTarget([], at('2026'))).toBeNull();
  });
});

describe('pace', () => {
  it.each([
    ['2026H1', null],
    ['2026H2', '10/1'],
    ['2027H1', '20/1'],
    ['2027H2', '30/1'],
    ['2027', '30/1'],
    ['2028H1', '110/3'],
    ['2028H2', '130/3'],
    ['2029H2', '170/3'],
    ['2030H1', '190/3'],
    ['2030H2', '70/1'],
    ['2031H1', null],
  ])('Nam Cường in %s should stand at %s %%', (period, expected) => {
    const exact = pace(namCuong, at(period));
    expect(exact && fractionText(exact)).toBe(expected);
  });

  it('keeps level between the years of a yearly target', () => {
    expect(fractionText(pace([atLeast('40', 2027, true)], at('2029H1'))!)).toBe('40/1');
    expect(pace([atLeast('40', 2027, true)], at('2027H1'))).toBeNull();
  });

  it('invents nothing across a target without a number, and has none for an undated one', () => {
    expect(pace([atLeast('10', 2026), yes(2028), atLeast('70', 2030)], at('2029H1'))).toBeNull();
    expect(pace([atLeast('10', 2026), yes(2028)], at('2027H1'))).toBeNull();
    expect(pace([atLeast('100')], at('2026H2'))).toBeNull();
    expect(pace([atLeast('100'), atLeast('10', 2025)], at('2026H2'))).toBeNull();
  });

  it('lies between its ends and, for rising targets, never falls', () => {
    const rising = fc
      .uniqueArray(fc.tuple(fc.integer({ min: 2025, max: 2040 }), fc.nat({ max: 1000 })), {
        minLength: 1,
        maxLength: 5,
        selector: ([year]) => year,
      })
      .map((pairs) => {
        const tenths = pairs.map(([, t]) => t).sort((a, b) => a - b);
        return pairs
          .map(([year]) => year)
          .sort((a, b) => a - b)
          .map((year, i) => atLeast(`${(tenths[i] ?? 0) / 10}`, year));
      });
    fc.assert(
      fc.property(rising, (targets) => {
        let before = fraction(0n);
        for (let year = 2025; year <= 2041; year += 1)
          for (const half of [1, 2] as const) {
            const now = pace(targets, { year, half });
            if (!now) continue;
            expect(compare(now, before)).toBeGreaterThanOrEqual(0);
            const ahead = applicableTarget(targets, { year, half })!;
            expect(compare(now, parseDecimal(ahead.target.threshold!))).toBeLessThanOrEqual(0);
            before = now;
          }
      }),
    );
  });
});
