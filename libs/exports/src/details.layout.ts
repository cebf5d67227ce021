/**
 * Which columns the sheets by commune have: the unit's own, then a group per indicator, packed into as many sheets as it
 * takes for each to print legibly on one A4 page's width.
 */
import { displayNumber, type Total } from '#rollups';
import { textWidth } from './measure.js';
import { numbered, stored } from './summary.words.js';

/** The title under which the units stand; each kind of unit has its own words for it. */
export const UNIT = 'Đơn vị';
export const unitColumns: [title: string, letter: string, width: number][] = [
  ['STT', 'A', 4.5],
  ['Mã', 'B', 7],
  [UNIT, 'C', 19],
  ['Tình trạng', 'D', 10.5],
];
/** The first column of figures. */
export const FIRST = unitColumns.length + 1;
/** Widest sheet, in digits of 12 points: on A4 landscape they then print in 8 points, the least that is read with ease. */
const WIDEST = 176;

/** One indicator's columns. `at` is the index among the totals, equal for every unit. */
export type Group = { at: number; stt: number; total: Total; widths: number[]; first: number };

/** Packs the indicators' columns into sheets, whole groups at a time, in the order of the indicators. */
export function layOut(totals: readonly Total[]): Group[][] {
  const base = unitColumns.reduce((sum, [, , width]) => sum + width, 0);
  const pages: Group[][] = [];
  let used = Number.POSITIVE_INFINITY;
  let first = FIRST;
  for (const { total, at, stt } of numbered(totals)) {
    const widths = columnWidths(total);
    const width = widths.reduce((sum, one) => sum + one, 0);
    if (used + width > WIDEST) {
      pages.push([]);
      used = base;
      first = FIRST;
    }
    pages.at(-1)!.push({ at, stt, total, widths, first });
    used += width;
    first += widths.length;
  }
  return pages;
}

/** As wide as the province's total in bold, which is the longest number of its column. */
function columnWidths({ indicator, numerator, denominator }: Total): number[] {
  const widthFor = (decimal: string | null, least: number) => {
    const shown = decimal === null ? '' : displayNumber(stored(decimal), indicator.scale);
    return Math.max(least, Math.ceil(textWidth(shown, { size: 12, bold: true }) / 3) / 2 + 1.5);
  };
  if (indicator.kind === 'ratio') return [widthFor(numerator, 6.5), widthFor(denominator, 7), 7];
  return [indicator.kind === 'milestone' ? 10.5 : widthFor(numerator, 10.5)];
}
