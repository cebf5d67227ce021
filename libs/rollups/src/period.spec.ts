/** Periods: what parses, what is refused, and that they stand in order. */
import { describe, expect, it } from '@jest/globals';
import { Problem } from '#core';
import { comparePeriods, halfYearOrdinal, parsePeriod, periodCode, periodLabel, roundsOf } from './period.js';

describe('periods', () => {
  it.each([
    ['2026H1', { year: 2026, half: 1 }, '6 tháng đầu năm 2026', ['2026H1']],
    ['2026H2', { year: 2026, half: 2 }, '6 tháng cuối năm 2026', ['2026H2']],
    ['2026', { year: 2026, half: null }, 'năm 2026', ['2026H1', '2026H2']],
  ])('%s', (text, period, vi, rounds) => {
    const parsed = parsePeriod(text);
    expect(parsed).toEqual(period);
    expect(periodCode(parsed)).toBe(text);
    expect(periodLabel(parsed)).toBe(vi);
    expect(periodLabel(parsed)).toBe(vi.normalize('NFC'));
    expect(roundsOf(parsed)).toEqual(rounds);
  });

  it.each([
    '',
    '2026h1',
    '2026H3',
    '2026H',
    '2026 H1',
    ' 2026',
    '2026\n',
    '1999',
    '26H1',
    '2026H12',
    '2026-H1',
    '٢٠٢٦',
  ])('refuses "%s" as period.invalid', (text) => {
    expect.assertions(2);
    try {
      parsePeriod(text);
    } catch (error) {
      expect(error).toBeInstanceOf(Problem);
      expect(error).toMatchObject({ code: 'period.invalid', details: { period: text } });
    }
  });

  it('stand one step apart, a year with its second half', () => {
    const halves = ['2026H1', '2026H2', '2027H1', '2027H2'].map(parsePeriod);
    const ordinals = halves.map(halfYearOrdinal);
    expect(ordinals.map((o) => o - ordinals[0]!)).toEqual([0, 1, 2, 3]);
    expect([...halves].reverse().sort(comparePeriods)).toEqual(halves);
    expect(comparePeriods(parsePeriod('2026'), parsePeriod('2026H2'))).toBe(0);
    expect(comparePeriods(parsePeriod('2026'), parsePeriod('2027H1'))).toBeLessThan(0);
  });
});
