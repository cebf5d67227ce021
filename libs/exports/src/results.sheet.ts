/**
 * "Kết quả": results against targets, one row per indicator, as an official table with head, column numbers, footnotes and
 * signatures. Accepted figures, between which ends they lie, and what has been received beside them
 * (docs/semantics.md §3, §6). Of an ad hoc round, which no target is held against, without targets and verdicts.
 */
import type { CellValue, stream } from 'exceljs';
import { type BoundShown, displayNumber, roundLabel, type Total } from '#rollups';
import { columnName } from './cell-text.js';
import { rowHeight } from './measure.js';
import { asOfText } from './moment.js';
import { attachedTo, HEAD_ROWS, officeOf, officialHead, placeOf, SIGNATURES, signatures } from './official-head.js';
import { footnotes, notesOf } from './results.notes.js';
import { type Cell, cell, formats, head, look, openSheet, type Pen } from './sheet.js';
import type { Summary } from './summary.js';
import {
  DASH,
  type Documents,
  exactNumber,
  isShare,
  judged,
  noValueText,
  numbered,
  numberFormat,
  sentence,
} from './summary.words.js';
import { targetColumns, type Year, yearTitle } from './target.cells.js';
import { markVerdicts } from './verdict.marks.js';

/** A column of the table; those with a group share a title above. */
type Column = { title: string; group?: string; letter: string; width: number };

const before: Column[] = [
  { title: 'STT', letter: 'A', width: 4.5 },
  { title: 'Chỉ tiêu', letter: 'B', width: 33 },
  { title: 'Đơn vị tính', letter: 'C', width: 8 },
  { group: 'Số liệu đã duyệt', title: 'Tử số / Số lượng', letter: '1', width: 10.5 },
  { group: 'Số liệu đã duyệt', title: 'Mẫu số', letter: '2', width: 10.5 },
  { group: 'Số liệu đã duyệt', title: 'Kết quả', letter: '3=1/2', width: 9 },
  { group: 'Khi đủ báo cáo, kết quả', title: 'thấp nhất', letter: '4', width: 8.5 },
  { group: 'Khi đủ báo cáo, kết quả', title: 'cao nhất', letter: '5', width: 8 },
  { title: 'Tính cả số đã tiếp nhận', letter: '6', width: 9 },
  { title: 'Đơn vị có số liệu / phải báo cáo', letter: '7', width: 9 },
];
const after: Omit<Column, 'letter'>[] = [
  { title: 'Đánh giá', width: 14 },
  { title: 'Đơn vị đạt mục tiêu riêng', width: 8.5 },
  { title: 'Ghi chú', width: 22 },
];
const YEAR_WIDTH = 9;
const LEFT_BLOCK = 5;
const LINE = rowHeight(1, 12);
const HEADER_ROWS = 3;
/** Head, gap, four title lines, the line above the table, header. */
const HEAD_AND_TITLES = HEAD_ROWS + 1 + 4 + 1 + HEADER_ROWS;
const NUMERATOR = 'D';
const DENOMINATOR = 'E';

const groups = [
  ['ratio', 'CHỈ TIÊU TÍNH THEO TỶ LỆ'],
  ['milestone', 'NHIỆM VỤ CÓ / KHÔNG (số đơn vị trả lời “Có” trên số đơn vị trả lời)'],
  ['flow', 'SỐ LƯỢNG PHÁT SINH TRONG KỲ'],
  ['stock', 'SỐ LƯỢNG TẠI THỜI ĐIỂM BÁO CÁO'],
] as const;
type Context = { summary: Summary; documents: Documents; years: readonly Year[] };

const roman = ['I', 'II', 'III', 'IV'];

export function writeResults(workbook: stream.xlsx.WorkbookWriter, summary: Summary, documents: Documents): void {
  const { years } = targetColumns(summary);
  const last = summary.request === null ? after : after.slice(-1);
  const columns: Column[] = [
    ...before,
    ...years.map((year, at) => ({
      group: 'Mục tiêu',
      title: yearTitle(year),
      letter: `${before.length - 2 + at}`,
      width: YEAR_WIDTH,
    })),
    ...last.map((column, at) => ({ ...column, letter: `${before.length - 2 + years.length + at}` })),
  ];
  const pen = openSheet(workbook, {
    name: 'Kết quả',
    widths: columns.map(({ width }) => width),
    frozen: { rows: HEAD_AND_TITLES, columns: 2 },
    titleRows: HEADER_ROWS,
  });
  writeTitles(pen, summary);
  writeHeader(pen, columns);
  const from = pen.next;
  const notes = footnotes(pen, summary, documents);
  // Signatures never stand on a page alone: the notes and the last row of the table go with them.
  const ending = notes.reduce((sum, line) => sum + pen.needs([line]), SIGNATURES + 24);
  writeRows(pen, { summary, documents, years }, ending);
  const verdicts = columnName(before.length + years.length + 1);
  if (summary.request === null) markVerdicts(pen, `${verdicts}${from}:${verdicts}${pen.next - 1}`);
  pen.nameRange('KetQua', HEAD_AND_TITLES, pen.next - 1);
  pen.gap(6);
  pen.line('Ghi chú:', look({ size: 11, bold: true, italic: true }));
  for (const note of notes) pen.row([note]);
  signatures(pen, officeOf(summary.accepted.unit), [3, 6]);
  pen.close();
}

function writeTitles(pen: Pen, summary: Summary): void {
  const { unit, expected, reported, closed } = summary.accepted;
  const office = officeOf(unit);
  officialHead(pen, office, summary.asOf, LEFT_BLOCK);
  pen.gap(10);
  const title = { align: 'center', bold: true } as const;
  pen.line('BIỂU TỔNG HỢP KẾT QUẢ THỰC HIỆN', look({ ...title, size: 14 }));
  pen.title(summary.request === null ? summary.programme.name : `Theo yêu cầu: ${summary.request}`);
  pen.line(`${sentence(roundLabel(summary.round))} ${placeOf(unit)}`, look({ ...title, size: 13 }));
  pen.line(attachedTo(office, summary.round.slice(0, 4)), look({ align: 'center', italic: true }));
  const state = closed ? 'kỳ đã chốt' : 'kỳ đang mở';
  const reports = `đã duyệt ${reported}/${expected}, đã tiếp nhận ${summary.received.reported}/${expected} báo cáo`;
  const left = pen.widths.length - 4;
  pen.row([
    { value: `Số liệu đến ${asOfText(summary.asOf)} (${state}): ${reports}`, look: look({ italic: true }), span: left },
    { value: 'Đơn vị tính: ghi tại cột (C)', look: look({ italic: true, align: 'right' }), span: 4 },
  ]);
}

function writeHeader(pen: Pen, columns: readonly Column[]): void {
  const top = pen.next;
  const cells: Cell[] = [];
  for (const [at, { group, title }] of columns.entries()) {
    if (group && columns[at - 1]?.group === group) continue;
    const span = group ? columns.filter((one) => one.group === group).length : 1;
    cells.push({ value: group ?? title, look: head(), span });
  }
  // Titles without a group reach over both rows, which share what height they need.
  const grouped = cells.map((one) => (one.span === 1 ? { ...one, value: '' } : one));
  const lower = columns.map(({ group, title }): Cell => ({ value: group ? title : '', look: head() }));
  const height = pen.needs(grouped);
  const both = pen.needs(columns.map(({ group, title }): Cell => ({ value: group ? '' : title, look: head() })));
  pen.row(cells, height);
  pen.row(lower, Math.max(pen.needs(lower), both - height));
  for (const [at, { group }] of columns.entries()) if (!group) pen.mergeDown(at + 1, top, top + 1);
  pen.row(columns.map(({ letter }) => ({ value: `(${letter})`, look: head({ bold: false, italic: true, size: 10 }) })));
}

/** @param ending points that the last row keeps free below it */
function writeRows(pen: Pen, context: Context, ending: number): void {
  const { summary } = context;
  const received = new Map(summary.received.totals.map((total) => [total.indicator.code, total]));
  const all = numbered(summary.accepted.totals);
  let [group, left] = [0, all.length];
  for (const [kind, title] of groups) {
    const totals = all.filter(({ total }) => total.indicator.kind === kind);
    if (totals.length === 0) continue;
    // A group of one row that is the last: its title goes with it.
    if (left === 1) pen.keep(5 * LINE + ending);
    pen.group(`${roman[group++]}. ${title}`);
    for (const { total, stt } of totals) {
      const beside = received.get(total.indicator.code) ?? null;
      const cells = (row: number) => rowOf(row, stt, total, beside, context);
      left -= 1;
      if (left === 0) pen.keep(pen.needs(cells(pen.next)) + ending);
      pen.row(cells(pen.next));
    }
  }
}

function rowOf(row: number, number: number, total: Total, received: Total | null, context: Context): Cell[] {
  const verdict = judged(total);
  const centred = cell({ align: 'center' });
  const { included, expected } = total.coverage;
  return [
    { value: number, look: centred },
    { value: total.indicator.name, look: cell() },
    { value: total.indicator.unitLabel ?? (total.indicator.kind === 'milestone' ? 'đơn vị' : ''), look: centred },
    { value: part(total.numerator), look: figureLook(total) },
    { value: isShare(total) ? part(total.denominator) : '', look: figureLook(total) },
    { value: resultOf(total, row), look: resultLook(total, true) },
    boundOf(total, total.bounds?.lower ?? null),
    boundOf(total, total.bounds?.upper ?? null),
    { value: received ? receivedOf(received) : DASH, look: resultLook(received ?? total, false) },
    { value: `${displayNumber(BigInt(included))}/${displayNumber(BigInt(expected))}`, look: centred },
    ...targetColumns(context.summary).cellsOf(total),
    ...(context.summary.request === null
      ? [
          { value: verdictText(verdict, total), look: cell({ align: 'center', bold: verdict !== null }) },
          { value: belowText(total), look: centred },
        ]
      : []),
    { value: notesOf(total, received, context).join('\n'), look: cell({ size: 10.5 }) },
  ];
}

const part = (decimal: string | null): CellValue => (decimal === null ? DASH : exactNumber(decimal));

function figureLook({ indicator, numerator }: Total) {
  return numerator === null
    ? cell({ align: 'center' })
    : cell({ align: 'right', format: numberFormat(indicator.scale) });
}

function resultLook(total: Total, bold: boolean) {
  if (total.numerator === null) return cell({ align: 'center', bold: false });
  const format = isShare(total) ? formats.percent : numberFormat(total.indicator.scale);
  return cell({ align: isShare(total) ? 'center' : 'right', bold, format });
}

/** A live quotient of columns (1) and (2); a count repeats itself. */
function resultOf(total: Total, row: number): CellValue {
  if (total.numerator === null) return noValueText[total.noValue ?? 'no_data'];
  const numerator = `${NUMERATOR}${row}`;
  if (!isShare(total)) return { formula: numerator, result: exactNumber(total.numerator) };
  const denominator = `${DENOMINATOR}${row}`;
  return { formula: `IF(${denominator}=0,"",${numerator}/${denominator})`, result: quotient(total) };
}

/** A figure that has no columns of its own for its parts: they stand in the formula. */
function receivedOf(total: Total): CellValue {
  if (total.numerator === null) return noValueText[total.noValue ?? 'no_data'];
  if (!isShare(total)) return exactNumber(total.numerator);
  return { formula: `${total.numerator}/${total.denominator}`, result: quotient(total) };
}

function boundOf(total: Total, bound: BoundShown | null): Cell {
  if (!bound) return { value: DASH, look: cell({ align: 'center' }) };
  const { numerator, denominator } = bound;
  if (denominator === null) return { value: exactNumber(numerator), look: resultLook(total, false) };
  const result = Number(numerator) / Number(denominator);
  return {
    value: { formula: `${numerator}/${denominator}`, result },
    look: cell({ align: 'center', format: formats.percent }),
  };
}

const quotient = ({ numerator, denominator }: { numerator: string | null; denominator: string | null }) =>
  Number(numerator) / Number(denominator);

function verdictText(verdict: ReturnType<typeof judged>, { own, superior }: Total): string {
  if (!verdict) return (own ?? superior)?.label ?? 'Không có mục tiêu';
  return verdict.by === 'superior' ? `${verdict.assessed.label}\n(theo mục tiêu quốc gia)` : verdict.assessed.label;
}

function belowText({ below }: Total): string {
  return below && below.having > 0 ? `${below.meeting}/${below.having}` : DASH;
}
