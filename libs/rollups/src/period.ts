/**
 * The periods a figure can be asked for: a half-year ("2026H1", the code of its round) or a year ("2026").
 * A year stands where its second half stands, since a target of year Y stands at the end of YH2 (docs/semantics.md §6).
 * Ad hoc rounds ("đột xuất") enter no year (§1) and are no periods in this sense.
 */
import { Problem } from '#core';

/** `half` null is the whole year. */
export type Period = { readonly year: number; readonly half: 1 | 2 | null };

/** '2026H1', '2026H2' or '2026', years 2000–2099. @throws Problem period.invalid for anything else. */
export function parsePeriod(text: string): Period {
  const parts = /^(20\d\d)(?:H([12]))?$/.exec(text);
  if (!parts) throw new Problem('period.invalid', { period: text });
  return { year: Number(parts[1]), half: parts[2] === undefined ? null : parts[2] === '1' ? 1 : 2 };
}

/** The inverse of parsePeriod. */
export function periodCode({ year, half }: Period): string {
  return half === null ? `${year}` : `${year}H${half}`;
}

/** The half-year's place in time: consecutive halves differ by 1; a year has the place of its second half. */
export function halfYearOrdinal({ year, half }: Period): number {
  return 2 * year + (half === 1 ? 0 : 1);
}

/** Negative, zero or positive as a stands before, with or after b; fit for Array.sort. */
export function comparePeriods(a: Period, b: Period): number {
  return halfYearOrdinal(a) - halfYearOrdinal(b);
}

/** "6 tháng đầu năm 2026", "6 tháng cuối năm 2026", "năm 2026". */
export function periodLabel({ year, half }: Period): string {
  return half === null ? `năm ${year}` : `6 tháng ${half === 1 ? 'đầu' : 'cuối'} năm ${year}`;
}

/** An ad hoc round's code: its year and number. */
export const AD_HOC = /^(20\d\d)X[1-9]\d{0,3}$/;

/** A round in words: "6 tháng đầu năm 2026", "đợt đột xuất 2026X1". @throws Problem period.invalid */
export function roundLabel(code: string): string {
  return AD_HOC.test(code) ? `đợt đột xuất ${code}` : periodLabel(parsePeriod(code));
}

/** The codes of the rounds a period is made of, in order: '2026' → ['2026H1', '2026H2']. */
export function roundsOf({ year, half }: Period): string[] {
  return half === null ? [`${year}H1`, `${year}H2`] : [`${year}H${half}`];
}

/** Codes of the half-years from one to another, both included. @throws Problem period.order backwards, or over 20 years */
export function halfYearsBetween(first: Period, last: Period): string[] {
  const count = halfYearOrdinal(last) - halfYearOrdinal(first) + 1;
  if (count < 1 || count > 40) throw new Problem('period.order', { from: periodCode(first), to: periodCode(last) });
  return Array.from({ length: count }, (_, step) => {
    const ordinal = halfYearOrdinal(first) + step;
    return periodCode({ year: Math.floor(ordinal / 2), half: ordinal % 2 === 0 ? 1 : 2 });
  });
}

/** Codes of the year's rounds up to a half-year, or all of a year's. */
export function roundsUpTo({ year, half }: Period): string[] {
  return roundsOf({ year, half: null }).slice(0, half === 1 ? 1 : 2);
}
