/**
 * "Chi tiết theo xã" (of the nation: "theo tỉnh"): one row per unit below, one group of columns per indicator, on as many
 * sheets as legible print on one A4 page's width needs. The last row sums live; the stored total is its cached result.
 * Missing is a dash, never 0.
 * Figures received but not accepted follow below, outside the sums (docs/semantics.md §2–4).
 */
import type { CellValue, stream } from 'exceljs';
import { type CompletenessClass, displayNumber, roundLabel, type Total, type UnitTotals } from '#rollups';
import { columnName } from './cell-text.js';
import { FIRST, type Group, layOut, UNIT, unitColumns } from './details.layout.js';
import { rowHeight } from './measure.js';
import { asOfText } from './moment.js';
import { belowOf, placeOf, titleOf, upper, wholeOf } from './official-head.js';
import { type Cell, cell, formats, head, look, openSheet, type Pen } from './sheet.js';
import { classLabels } from './submissions.words.js';
import type { Summary } from './summary.js';
import { DASH, exactNumber, isShare, judged, NOT_APPLICABLE, numberFormat, sentence, stored } from './summary.words.js';
import { markRates } from './verdict.marks.js';

const TITLE_ROWS = 3;
const HEADER_ROWS = 3;
const LINE = rowHeight(1, 12);
/** The last two rows, the sum below them, the legend. */
const ENDING = 8 * LINE;

export function writeDetails(workbook: stream.xlsx.WorkbookWriter, summary: Summary): void {
  const pages = layOut(summary.accepted.totals);
  const sheet = summary.accepted.unit.level === 0 ? 'Chi tiết theo tỉnh' : 'Chi tiết theo xã';
  pages.forEach((groups, index) => {
    const widths = [...unitColumns.map(([, , width]) => width), ...groups.flatMap((group) => group.widths)];
    const pen = openSheet(workbook, {
      name: index === 0 ? sheet : `${sheet} (${index + 1})`,
      widths,
      frozen: { rows: TITLE_ROWS + HEADER_ROWS, columns: 3 },
      titleRows: HEADER_ROWS,
    });
    writeTitles(pen, summary, pages.length > 1 ? ` (biểu ${index + 1}/${pages.length})` : '');
    writeHeader(pen, groups, summary);
    const header = pen.next - 1;
    const loose = writeFigures(pen, groups, summary);
    pen.filter(header, header + summary.below.length);
    pen.nameRange(`ChiTiet_${index + 1}`, header, header + summary.below.length);
    writeLegend(pen, groups, loose, summary.request === null);
    pen.close();
  });
}

function writeTitles(pen: Pen, summary: Summary, part: string): void {
  const { unit } = summary.accepted;
  const period = sentence(roundLabel(summary.round));
  pen.line(`CHI TIẾT KẾT QUẢ THEO ${upper(belowOf(unit))}${part}`, look({ align: 'center', bold: true, size: 14 }));
  pen.line(`${period} ${placeOf(unit)}`, look({ align: 'center', bold: true, size: 13 }));
  pen.line(`Số liệu đã duyệt đến ${asOfText(summary.asOf)}`, look({ align: 'right', italic: true }));
}

function writeHeader(pen: Pen, groups: readonly Group[], { accepted }: Summary): void {
  const small = (value: string, options = {}): Cell => ({ value, look: head({ size: 11, ...options }) });
  const top = pen.next;
  const titles = unitColumns.map(([title]) => (title === UNIT ? sentence(belowOf(accepted.unit)) : title));
  if (accepted.unit.level === 0) titles[3] = 'Báo cáo đã duyệt';
  const names = groups.map(
    ({ stt, total, widths }): Cell => ({
      ...small(`${stt}. ${total.indicator.name}`),
      span: widths.length,
    }),
  );
  pen.row([...titles.map((title) => small(title)), ...names]);
  const plain = { bold: false };
  pen.row([
    ...unitColumns.map(() => small('')),
    ...groups.flatMap(({ total: { indicator }, widths }) =>
      widths.length > 1
        ? [small('Tử số', plain), small('Mẫu số', plain), small('Tỷ lệ', plain)]
        : [small(indicator.kind === 'milestone' ? yesTitle(accepted.unit) : (indicator.unitLabel ?? ''), plain)],
    ),
  ]);
  for (let column = 1; column < FIRST; column += 1) pen.mergeDown(column, top, top + 1);
  const numbered = { bold: false, italic: true, size: 9 };
  let number = 0;
  const numbers = groups.flatMap(({ widths }) =>
    widths.map((_, index) => {
      number += 1;
      return small(index === 2 ? `${number}=${number - 2}/${number - 1}` : `${number}`, numbered);
    }),
  );
  pen.row([...unitColumns.map(([, letter]) => small(letter, numbered)), ...numbers], rowHeight(1, 11));
}

const yesTitle = ({ level }: { level: number }) => (level === 0 ? 'Số đơn vị có' : 'Có/Không');

/** @returns the indicators whose total is not the sum of the rows, so that it stands as a plain number */
function writeFigures(pen: Pen, groups: readonly Group[], summary: Summary): Group[] {
  const { accepted, received, below } = summary;
  const from = pen.next;
  const to = from + below.length - 1;
  const bold = (options = {}) => cell({ bold: true, ...options });
  const label = (text: string, reported: number, expected: number, options = {}): Cell[] => [
    { value: text, look: bold({ align: 'center', ...options }), span: 3 },
    { value: outOf(reported, expected), look: bold({ align: 'center', ...options }) },
  ];
  const states = new Map(summary.obligations.map((obligation) => [obligation.unit.code, obligation.class]));
  const pending = pendingOnes(summary);
  below.forEach((unit, index) => {
    if (index === below.length - 2) pen.keep(pending.length > 0 ? 3 * LINE : ENDING);
    pen.row([...unitCells(unit, index + 1, states), ...groups.flatMap((group) => ownCells(group, unit, pen.next))]);
    pen.commit();
  });
  for (const group of groups) markGroup(pen, group, from, below);
  const loose: Group[] = [];
  const row = pen.next;
  pen.row([
    ...label(wholeOf(accepted.unit), accepted.reported, accepted.expected),
    ...groups.flatMap((group) => {
      const live = below.length > 0 && sumsUp(group, below);
      if (!live && group.total.numerator !== null) loose.push(group);
      return totalCells(group, row, live ? { from, to, level: accepted.unit.level } : null);
    }),
  ]);
  if (pending.length > 0) {
    if (pending.length === 1) pen.keep(ENDING);
    pen.group('Đã tiếp nhận, chưa duyệt (không cộng vào dòng trên)', { italic: true });
    pending.forEach((unit, index) => {
      if (index === pending.length - 2) pen.keep(ENDING);
      const figures = groups.flatMap((group) => ownCells(group, unit, pen.next, true));
      pen.row([...unitCells(unit, index + 1, states, true), ...figures]);
      pen.commit();
    });
    const row = pen.next;
    const all = groups.flatMap((group) =>
      totalCells({ ...group, total: received.totals[group.at]! }, row, null, { italic: true }),
    );
    pen.row([...label('Nếu tính cả số chờ duyệt', received.reported, received.expected, { italic: true }), ...all]);
  }
  return loose;
}

const outOf = (part: number, whole: number) => `${displayNumber(BigInt(part))}/${displayNumber(BigInt(whole))}`;

/** Rates are held, live, against the target that each unit is judged by; units of one target share a rule. */
function markGroup(pen: Pen, { at, first, total }: Group, from: number, units: readonly UnitTotals[]): void {
  if (total.indicator.kind !== 'ratio') return;
  const byTarget = new Map<string, { threshold: string; comparator: 'at_least' | 'above'; rows: number[] }>();
  units.forEach(({ totals }, index) => {
    const { threshold, comparator } = judged(totals[at]!)?.assessed ?? {};
    if (!threshold || !comparator) return;
    const key = `${comparator} ${threshold}`;
    const known = byTarget.get(key) ?? { threshold, comparator, rows: [] };
    known.rows.push(from + index);
    byTarget.set(key, known);
  });
  const columns = { n: columnName(first), d: columnName(first + 1), rate: columnName(first + 2) };
  for (const { rows, ...target } of byTarget.values()) markRates(pen, runs(rows), columns, target);
}

/** 4, 5, 6, 9 → 4–6, 9–9. */
function runs(rows: readonly number[]): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  for (const row of rows) {
    const last = found.at(-1);
    if (last?.to === row - 1) last.to = row;
    else found.push({ from: row, to: row });
  }
  return found;
}

function unitCells(
  commune: UnitTotals,
  number: number,
  states: ReadonlyMap<string, CompletenessClass>,
  italic = false,
): Cell[] {
  const state = states.get(commune.unit.code);
  return [
    { value: number, look: cell({ align: 'center', italic }) },
    { value: commune.unit.code, look: cell({ align: 'center', italic }) },
    { value: sentence(titleOf(commune.unit)), look: cell({ italic }) },
    { value: stateOf(commune, state), look: cell({ align: 'center', size: 11, italic }) },
  ];
}

const stateOf = ({ unit, reported, expected }: UnitTotals, state: CompletenessClass | undefined) =>
  unit.level === 1 ? outOf(reported, expected) : state ? classLabels[state] : 'Không phải nộp';

/** Whether the stored total is exactly the sum of the rows listed (with units moved or merged since, it need not be). */
function sumsUp({ at, total }: Group, communes: readonly UnitTotals[]): boolean {
  if (total.numerator === null) return false;
  let [n, d] = [0n, 0n];
  for (const { totals } of communes) {
    n += stored(totals[at]?.numerator ?? '0');
    d += stored(totals[at]?.denominator ?? '0');
  }
  const exact = [total.numerator, total.denominator ?? '0'].every((part) => typeof exactNumber(part) === 'number');
  const denominator = total.indicator.kind === 'ratio' ? d === stored(total.denominator ?? '0') : true;
  return exact && n === stored(total.numerator) && denominator;
}

function totalCells(
  group: Group,
  row: number,
  rows: { from: number; to: number; level: number } | null,
  options = {},
): Cell[] {
  const { total, first, widths } = group;
  const { kind, scale } = total.indicator;
  const figure = cell({ bold: true, align: 'right', format: numberFormat(scale), ...options });
  const centred = cell({ bold: true, align: 'center', ...options });
  if (total.numerator === null) return widths.map(() => ({ value: absent(total), look: centred }));
  const live = (column: number, decimal: string): CellValue => {
    const result = exactNumber(decimal);
    if (!rows) return result;
    const range = `${columnName(column)}${rows.from}:${columnName(column)}${rows.to}`;
    return { formula: kind === 'milestone' && rows.level > 0 ? `COUNTIF(${range},"Có")` : `SUM(${range})`, result };
  };
  const numerator = live(first, total.numerator);
  if (kind === 'milestone')
    return [{ value: numerator, look: cell({ bold: true, align: 'center', format: formats.whole, ...options }) }];
  if (kind !== 'ratio') return [{ value: numerator, look: figure }];
  return [
    { value: numerator, look: figure },
    { value: live(first + 1, total.denominator ?? '0'), look: figure },
    {
      value: rate(total, first, row),
      look: cell({ bold: true, align: 'center', format: formats.percent, ...options }),
    },
  ];
}

function ownCells(group: Group, commune: UnitTotals, row: number, italic = false): Cell[] {
  const total = commune.totals[group.at]!;
  const { kind, scale } = total.indicator;
  const centred = cell({ align: 'center', italic });
  const figure = cell({ align: 'right', format: numberFormat(scale, total.coverage.estimated > 0), italic });
  const percent = cell({ align: 'center', format: formats.percent, italic });
  if (commune.expected === 0) return group.widths.map(() => ({ look: centred }));
  if (kind === 'ratio' && total.noValue === 'zero_denominator')
    return [
      { value: 0, look: figure },
      { value: 0, look: figure },
      { value: rate(total, group.first, row), look: percent },
    ];
  if (total.numerator === null) return group.widths.map(() => ({ value: absent(total), look: centred }));
  if (kind === 'milestone' && commune.unit.level > 1)
    return [{ value: total.numerator === '1' ? 'Có' : 'Không', look: centred }];
  const numerator = { value: exactNumber(total.numerator), look: figure };
  if (kind === 'milestone') return [{ ...numerator, look: cell({ align: 'center', format: formats.whole, italic }) }];
  if (kind !== 'ratio') return [numerator];
  const denominator = { value: exactNumber(total.denominator ?? '0'), look: figure };
  return [numerator, denominator, { value: rate(total, group.first, row), look: percent }];
}

function rate({ numerator, denominator }: Total, first: number, row: number): CellValue {
  const [n, d] = [`${columnName(first)}${row}`, `${columnName(first + 1)}${row}`];
  const result = numerator === null || denominator === null ? '' : Number(numerator) / Number(denominator);
  return { formula: `IF(${d}=0,"",${n}/${d})`, result };
}

const absent = ({ noValue }: Total): string => (noValue === 'not_applicable' ? NOT_APPLICABLE : DASH);

/** Communes whose received figures are not the accepted ones: nothing accepted yet, or a correction under way. */
function pendingOnes({ below: communes, belowReceived }: Summary): UnitTotals[] {
  const accepted = new Map(communes.map((commune) => [commune.unit.code, commune]));
  return belowReceived.filter((received) => {
    if (received.reported === 0) return false;
    const standing = accepted.get(received.unit.code);
    return (
      !standing || standing.reported === 0 || received.totals.some((total, at) => differs(total, standing.totals[at]))
    );
  });
}

function differs(a: Total, b: Total | undefined): boolean {
  return !b || a.numerator !== b.numerator || a.denominator !== b.denominator || a.noValue !== b.noValue;
}

function writeLegend(pen: Pen, groups: readonly Group[], loose: readonly Group[], againstTargets: boolean): void {
  const note = (text: string) => pen.line(text, look({ size: 11, italic: true }));
  pen.gap(6);
  note(
    `Ghi chú: “${DASH}” chưa có số liệu (không phải 0); “${NOT_APPLICABLE}” không phát sinh, không cộng vào tử số và mẫu số; dấu * sau số: số ước thực hiện; ô trống: đơn vị không phải báo cáo kỳ này.`,
  );
  if (groups.some(({ total }) => isShare(total)))
    note(
      `Tỷ lệ chung = tổng tử số / tổng mẫu số, không lấy trung bình các tỷ lệ. Với nội dung có/không, dòng tổng là số đơn vị trả lời “Có”.${againstTargets ? ' Tỷ lệ in đậm: đạt mục tiêu; gạch chân, nền chấm: chưa bằng mục tiêu của đơn vị.' : ''}`,
    );
  if (loose.length > 0)
    note(
      `Dòng tổng của chỉ tiêu ${loose.map(({ stt }) => stt).join(', ')} lấy theo nghĩa vụ báo cáo của kỳ, khác tổng các dòng do có đơn vị sáp nhập, chia tách hoặc chuyển địa bàn.`,
    );
}
