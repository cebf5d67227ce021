/**
 * "Kết quả": the province's results against its targets, one row per indicator, as an official table with head, column
 * numbers, footnotes and signatures. Accepted figures, and what has been received beside them (docs/semantics.md §3, §6).
 */
import type { CellValue, stream } from 'exceljs';
import { displayNumber, parsePeriod, periodLabel, type Total } from '#rollups';
import { asOfText } from './moment.js';
import { attachedTo, HEAD_ROWS, officialHead, signatures, titleOf, upper } from './official-head.js';
import { type Cell, cell, columnName, formats, head, look, openSheet, type Pen } from './sheet.js';
import type { Summary } from './summary.query.js';
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
  targetYearText,
  thresholdText,
} from './summary.words.js';

const columns: [title: string, number: string, width: number][] = [
  ['STT', '(A)', 4.5],
  ['Chỉ tiêu', '(B)', 42],
  ['Đơn vị tính', '(C)', 8],
  ['Tử số / Số lượng', '(1)', 10],
  ['Mẫu số', '(2)', 10],
  ['Kết quả (đã duyệt)', '(3)=(1)/(2)', 10],
  ['Đã tiếp nhận', '(4)', 9],
  ['Số đơn vị có số liệu / phải báo cáo', '(5)', 9],
  ['Mục tiêu', '(6)', 12.5],
  ['Đánh giá', '(7)', 15],
  ['Số đơn vị đạt mục tiêu riêng', '(8)', 8.5],
  ['Ghi chú', '(9)', 24],
];
const LEFT_BLOCK = 5;
const HEADER_ROWS = 2;
/** Head, gap, four title lines, the line above the table, header. */
const HEAD_AND_TITLES = HEAD_ROWS + 1 + 4 + 1 + HEADER_ROWS;

const groups = [
  ['ratio', 'CHỈ TIÊU TÍNH THEO TỶ LỆ'],
  ['milestone', 'NHIỆM VỤ CÓ / KHÔNG (số đơn vị trả lời “Có” trên số đơn vị trả lời)'],
  ['flow', 'SỐ LƯỢNG PHÁT SINH TRONG KỲ'],
  ['stock', 'SỐ LƯỢNG TẠI THỜI ĐIỂM BÁO CÁO'],
] as const;
type Context = { summary: Summary; documents: Documents };

const roman = ['I', 'II', 'III', 'IV'];

export function writeResults(workbook: stream.xlsx.WorkbookWriter, summary: Summary, documents: Documents): void {
  const pen = openSheet(workbook, {
    name: 'Kết quả',
    widths: columns.map(([, , width]) => width),
    frozen: { rows: HEAD_AND_TITLES, columns: 2 },
    titleRows: HEADER_ROWS,
  });
  const { unit } = summary.accepted;
  const period = parsePeriod(summary.round);
  officialHead(pen, unit, summary.asOf, LEFT_BLOCK);
  pen.gap(10);
  const title = { align: 'center', bold: true } as const;
  pen.line('BIỂU TỔNG HỢP KẾT QUẢ THỰC HIỆN', look({ ...title, size: 14 }));
  pen.line(summary.programme.name, look({ ...title, size: 13 }));
  pen.line(`${sentence(periodLabel(period))} trên địa bàn ${titleOf(unit)}`, look({ ...title, size: 13 }));
  pen.line(attachedTo(unit, String(period.year)), look({ align: 'center', italic: true }));
  const state = summary.accepted.closed ? 'kỳ đã chốt' : 'kỳ đang mở';
  const { expected, reported } = summary.accepted;
  const reports = `đã duyệt ${reported}/${expected}, đã tiếp nhận ${summary.received.reported}/${expected} báo cáo`;
  pen.row([
    { value: `Số liệu đến ${asOfText(summary.asOf)} (${state}): ${reports}`, look: look({ italic: true }), span: 8 },
    { value: 'Đơn vị tính: ghi tại cột (C)', look: look({ italic: true, align: 'right' }), span: 4 },
  ]);
  pen.row(columns.map(([name]) => ({ value: name, look: head() })));
  pen.row(columns.map(([, number]) => ({ value: number, look: head({ bold: false, italic: true, size: 11 }) })));
  writeRows(pen, summary, documents);
  writeFootnotes(pen, summary, documents);
  signatures(pen, LEFT_BLOCK + 1);
  pen.close();
}

function writeRows(pen: Pen, summary: Summary, documents: Documents): void {
  const received = new Map(summary.received.totals.map((total) => [total.indicator.code, total]));
  let group = 0;
  for (const [kind, title] of groups) {
    const totals = numbered(summary.accepted.totals).filter(({ total }) => total.indicator.kind === kind);
    if (totals.length === 0) continue;
    pen.row([{ value: `${roman[group++]}. ${title}`, look: cell({ bold: true }), span: columns.length }]);
    for (const { total, stt } of totals) {
      const beside = received.get(total.indicator.code) ?? null;
      pen.row(rowOf(pen.next, stt, total, beside, { summary, documents }));
    }
  }
}

function rowOf(row: number, number: number, total: Total, received: Total | null, context: Context): Cell[] {
  const { documents } = context;
  const verdict = judged(total);
  const centred = cell({ align: 'center' });
  const { included, expected } = total.coverage;
  const share = isShare(total);
  return [
    { value: number, look: centred },
    { value: total.indicator.name, look: cell() },
    { value: total.indicator.unitLabel ?? (total.indicator.kind === 'milestone' ? 'đơn vị' : ''), look: centred },
    { value: part(total.numerator), look: figureLook(total) },
    { value: share ? part(total.denominator) : '', look: figureLook(total) },
    { value: resultOf(total, row), look: resultLook(total, true) },
    { value: received ? receivedOf(received) : DASH, look: resultLook(received ?? total, false) },
    { value: `${displayNumber(BigInt(included))}/${displayNumber(BigInt(expected))}`, look: centred },
    { value: targetText(verdict, documents), look: centred },
    { value: verdictText(verdict, total), look: cell({ align: 'center', bold: verdict !== null }) },
    { value: belowText(total), look: centred },
    { value: notesOf(total, received, context).join('\n'), look: cell({ size: 11 }) },
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
  const numerator = `${columnName(LEFT_BLOCK - 1)}${row}`;
  if (!isShare(total)) return { formula: numerator, result: exactNumber(total.numerator) };
  const denominator = `${columnName(LEFT_BLOCK)}${row}`;
  return { formula: `IF(${denominator}=0,"",${numerator}/${denominator})`, result: quotient(total) };
}

/** What has been received has no columns of its own for its parts: they stand in the formula. */
function receivedOf(total: Total): CellValue {
  if (total.numerator === null) return noValueText[total.noValue ?? 'no_data'];
  if (!isShare(total)) return exactNumber(total.numerator);
  return { formula: `${total.numerator}/${total.denominator}`, result: quotient(total) };
}

const quotient = ({ numerator, denominator }: Total) => Number(numerator) / Number(denominator);

function targetText(verdict: ReturnType<typeof judged>, documents: Documents): string {
  if (!verdict) return DASH;
  const { assessed } = verdict;
  const illustrative = assessed.illustrative ? '\n(minh hoạ)' : '';
  return `${thresholdText(assessed)}\n${targetYearText(assessed)} ${documents.mark(assessed)}${illustrative}`;
}

function verdictText(verdict: ReturnType<typeof judged>, { own, superior }: Total): string {
  if (!verdict) return (own ?? superior)?.label ?? 'Không có mục tiêu';
  return verdict.by === 'superior' ? `${verdict.assessed.label}\n(theo mục tiêu quốc gia)` : verdict.assessed.label;
}

function belowText({ below }: Total): string {
  return below && below.having > 0 ? `${below.meeting}/${below.having}` : DASH;
}

function notesOf(total: Total, received: Total | null, { summary, documents }: Context): string[] {
  const verdict = judged(total);
  const { coverage, superior } = total;
  const units = (count: number) => `${displayNumber(BigInt(count))} đơn vị`;
  const notes =
    verdict?.assessed.notes.map(({ vi }) => withoutCoverage(vi, coverage)).filter((note) => note !== '') ?? [];
  if (verdict?.assessed.paceDisplay && verdict.assessed.paceDisplay !== verdict.assessed.thresholdDisplay)
    notes.push(`Tiến độ cần đạt đến kỳ này: ${verdict.assessed.paceDisplay}`);
  if (verdict?.by === 'own' && superior && superior.status !== 'no_target')
    notes.push(
      `Mục tiêu quốc gia ${thresholdText(superior)} (${targetYearText(superior)}) ${documents.mark(superior)}: ${superior.label}`,
    );
  if (coverage.notApplicable > 0 && total.noValue !== 'not_applicable')
    notes.push(`${units(coverage.notApplicable)} không phát sinh`);
  if (coverage.estimated > 0) notes.push(`${units(coverage.estimated)} ghi số ước thực hiện`);
  if (total.denominatorWordings.length > 1) notes.push('Mẫu số gộp các cách ghi khác nhau giữa các kế hoạch');
  // Where coverage differs just as the reports themselves do, the line above the table says it once.
  const beside = received && received.coverage.included - coverage.included;
  if (beside && beside !== summary.received.reported - summary.accepted.reported)
    notes.push(`Đã tiếp nhận: ${units(received.coverage.included)}`);
  return notes;
}

/** A note on the figure, less "83/91 đơn vị đã trả lời", which column (5) says. */
function withoutCoverage(note: string, { included, expected }: Total['coverage']): string {
  const share = `${displayNumber(BigInt(included))}/${displayNumber(BigInt(expected))} đơn vị đã trả lời`;
  return sentence(note.startsWith(share) ? note.slice(share.length).replace(/^; /, '') : note);
}

function writeFootnotes(pen: Pen, summary: Summary, documents: Documents): void {
  const named = summary.accepted.totals
    .flatMap(({ own, superior }) => [own, superior])
    .filter((assessed) => assessed !== null && assessed.status !== 'no_target');
  const keys = new Set(named.map((assessed) => assessed!.planKey));
  const illustrative = named.some((assessed) => assessed!.illustrative);
  const note = (text: string) => pen.line(text, look({ size: 11, italic: true }));
  pen.gap(6);
  pen.line('Ghi chú:', look({ size: 11, bold: true, italic: true }));
  note(
    `- Cột (1), (2), (3): tổng của các báo cáo đã duyệt; cột (4): tính cả báo cáo đã tiếp nhận, chờ duyệt. Đơn vị chưa có số liệu không được tính là 0. Dấu “${DASH}”: không có.`,
  );
  note(
    '- Tỷ lệ chung = tổng tử số / tổng mẫu số của các đơn vị có số liệu, không lấy trung bình các tỷ lệ; làm tròn một lần khi hiển thị. Việc so với mục tiêu dùng số chính xác, không dùng số đã làm tròn.',
  );
  if (named.length > 0)
    note(`- Mục tiêu theo: ${documents.titles(keys).join('; ')}. Nguyên văn tại trang “Cách tính, nguồn”.`);
  if (illustrative)
    note(
      `- ${upper('Minh hoạ')}: mục tiêu ghi “minh hoạ” không phải văn bản của cơ quan nào, không dùng để đánh giá chính thức.`,
    );
}
