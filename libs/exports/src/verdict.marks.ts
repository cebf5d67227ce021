/**
 * How assessments stand out: live conditional formats, so that they follow a cell that is corrected by hand, told apart
 * without colour too: what is met is bold and dark, what is not is underlined on a dotted ground.
 */
import type { ConditionalFormattingRule, Style } from 'exceljs';
import type { Pen } from './sheet.js';

const GREEN = 'FF00602B';
const RED = 'FF9C0006';

const met: Partial<Style> = { font: { bold: true, color: { argb: GREEN } } };
const lacking: Partial<Style> = {
  font: { bold: true, underline: true, color: { argb: RED } },
  fill: { type: 'pattern', pattern: 'gray0625', fgColor: { argb: RED }, bgColor: { argb: 'FFFFFFFF' } },
};

const rule = (formula: string, style: Partial<Style>, priority: number): ConditionalFormattingRule => ({
  type: 'expression',
  formulae: [formula],
  style,
  priority,
});

/** Cells that hold an assessment in words. @param range one column, "N14:N31" */
export function markVerdicts(pen: Pen, range: string): void {
  const first = range.split(':')[0]!;
  const begins = (text: string) => `LEFT(${first},${text.length})="${text}"`;
  pen.mark(range, [
    rule(`OR(${begins('Chưa đạt')},${begins('Chậm tiến độ')})`, lacking, 1),
    rule(begins('Đạt'), met, 2),
  ]);
}

/**
 * Rates held against their target, on the exact numbers and not on the rounded rate.
 * @param ranges of the rates; @param columns letters of numerator and denominator; @param threshold percent, decimal digits
 */
export function markRates(
  pen: Pen,
  ranges: readonly { from: number; to: number }[],
  columns: { n: string; d: string; rate: string },
  target: { threshold: string; comparator: 'at_least' | 'above' },
): void {
  const { n, d, rate } = columns;
  const row = ranges[0]!.from;
  const sign = target.comparator === 'above' ? '>' : '>=';
  const holds = `100*$${n}${row}${sign}${target.threshold}*$${d}${row}`;
  const given = `AND(ISNUMBER($${n}${row}),ISNUMBER($${d}${row}),$${d}${row}>0)`;
  const reference = ranges.map(({ from, to }) => `${rate}${from}:${rate}${to}`).join(' ');
  pen.mark(reference, [
    rule(`IF(${given},NOT(${holds}),FALSE)`, lacking, 1),
    rule(`IF(${given},${holds},FALSE)`, met, 2),
  ]);
}
