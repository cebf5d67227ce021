/**
 * A commune's own report as the annex to its document: results of its indicators against its targets, and what it wrote,
 * as sent. Figures are those received; what the province has accepted so far is said above the table.
 */
import type { CellValue, stream } from 'exceljs';
import { parsePeriod, periodLabel, type Total } from '#rollups';
import { columnName } from './cell-text.js';
import { asOfText, dayText } from './moment.js';
import { attachedTo, officeOf, placeOf, SIGNATURES, signatures } from './official-head.js';
import { type Cell, cell, formats, head, look, openSheet, type Pen } from './sheet.js';
import { classLabels } from './submissions.words.js';
import type { UnitSummary } from './summary.js';
import { DASH, exactNumber, judged, noValueText, numbered, numberFormat, sentence } from './summary.words.js';
import { targetColumns, yearTitle } from './target.cells.js';
import { markVerdicts } from './verdict.marks.js';

const before: [title: string, letter: string, width: number][] = [
  ['STT', 'A', 4.5],
  ['Chỉ tiêu', 'B', 44],
  ['Đơn vị tính', 'C', 9],
  ['Tử số / Số lượng', '1', 11],
  ['Mẫu số', '2', 11],
  ['Kết quả', '3=1/2', 10],
  ['Lũy kế từ đầu năm', '4', 11],
];
const after: [title: string, width: number][] = [
  ['Đánh giá', 15],
  ['Văn bản, minh chứng', 21],
  ['Ghi chú', 26],
];
const YEAR_WIDTH = 9.5;
const TITLE_ROWS = 7;

const groups = [
  ['ratio', 'CHỈ TIÊU TÍNH THEO TỶ LỆ'],
  ['milestone', 'NHIỆM VỤ CÓ / KHÔNG'],
  ['flow', 'SỐ LƯỢNG PHÁT SINH TRONG KỲ'],
  ['stock', 'SỐ LƯỢNG TẠI THỜI ĐIỂM BÁO CÁO'],
] as const;
const roman = ['I', 'II', 'III', 'IV'];

export function writeCommuneReport(workbook: stream.xlsx.WorkbookWriter, summary: UnitSummary): void {
  const targets = targetColumns({ ...summary, accepted: summary.received });
  const columns = [
    ...before,
    ...targets.years.map((year, at) => [`Mục tiêu ${yearTitle(year).toLowerCase()}`, `${5 + at}`, YEAR_WIDTH] as const),
    ...after.map(([title, width], at) => [title, `${5 + targets.years.length + at}`, width] as const),
  ];
  const pen = openSheet(workbook, {
    name: 'Phụ lục',
    widths: columns.map(([, , width]) => width),
    frozen: { rows: TITLE_ROWS + 2, columns: 2 },
    titleRows: 2,
  });
  writeTitles(pen, summary);
  pen.row(columns.map(([title]) => ({ value: title, look: head() })));
  pen.row(columns.map(([, letter]) => ({ value: `(${letter})`, look: head({ bold: false, italic: true, size: 11 }) })));
  const from = pen.next;
  let group = 0;
  for (const [kind, title] of groups) {
    const totals = numbered(summary.received.totals).filter(({ total }) => total.indicator.kind === kind);
    if (totals.length === 0) continue;
    pen.group(`${roman[group++]}. ${title}`);
    for (const { total, stt } of totals) pen.row(rowOf(pen.next, stt, total, summary, targets.cellsOf(total)));
  }
  const verdicts = columnName(before.length + targets.years.length + 1);
  markVerdicts(pen, `${verdicts}${from}:${verdicts}${pen.next - 1}`);
  pen.nameRange('BaoCao', TITLE_ROWS + 2, pen.next - 1);
  writeTexts(pen, summary);
  pen.keep(SIGNATURES + 42);
  pen.gap(6);
  pen.line(
    `Ghi chú: “${DASH}” chưa có số liệu (không phải 0); dấu * sau số: số ước thực hiện; lũy kế do hệ thống cộng từ các kỳ trong năm; so với mục tiêu bằng số chính xác, không dùng số đã làm tròn.`,
    look({ size: 11, italic: true }),
  );
  signatures(pen, officeOf(summary.received.unit), [2, 4]);
  pen.close();
}

function writeTitles(pen: Pen, { received, accepted, obligation, report, round, programme, asOf }: UnitSummary): void {
  const office = officeOf(received.unit);
  const period = parsePeriod(round);
  const title = { align: 'center', bold: true } as const;
  pen.line('PHỤ LỤC', look({ ...title, size: 14 }));
  pen.line('BIỂU KẾT QUẢ THỰC HIỆN CÁC CHỈ TIÊU', look({ ...title, size: 14 }));
  pen.title(programme.name);
  pen.line(`${sentence(periodLabel(period))} ${placeOf(received.unit)}`, look({ ...title, size: 13 }));
  const { documentNumber, documentDate } = report ?? {};
  const attached = documentNumber
    ? `(Kèm theo Báo cáo số ${documentNumber}${documentDate ? ` ngày ${dayText(documentDate)}` : ''} của ${office.name})`
    : attachedTo(office, String(period.year));
  pen.line(attached, look({ align: 'center', italic: true }));
  const state = obligation ? classLabels[obligation.class].toLowerCase() : 'không phải nộp';
  const declared = report?.containsNoSecrets ? ' (người gửi xác nhận không chứa nội dung mật)' : '';
  const version = report ? `lần gửi thứ ${report.number}${declared}` : 'chưa gửi báo cáo';
  const approved = accepted.reported > 0 ? '; tỉnh đã duyệt số liệu' : '';
  pen.line(`Số liệu đến ${asOfText(asOf)}: ${version}, ${state}${approved}`, look({ italic: true }));
  pen.line('Đơn vị tính: ghi tại cột (C)', look({ italic: true, align: 'right' }));
}

function rowOf(row: number, number: number, total: Total, summary: UnitSummary, targets: Cell[]): Cell[] {
  const { indicator, numerator, denominator, coverage, cumulative } = total;
  const centred = cell({ align: 'center' });
  const format = numberFormat(indicator.scale, coverage.estimated > 0);
  const figure = numerator === null ? centred : cell({ align: 'right', format });
  const part = (decimal: string | null): CellValue => (decimal === null ? DASH : exactNumber(decimal));
  const yesNo = indicator.kind === 'milestone';
  const verdict = judged(total);
  const notes = [
    ...(verdict?.assessed.illustrative ? ['Mục tiêu minh hoạ'] : []),
    ...(verdict?.assessed.notes.map(({ vi }) => sentence(vi)) ?? []),
    ...(summary.report?.notes.get(indicator.code)?.note ? [summary.report.notes.get(indicator.code)!.note!] : []),
  ];
  const own = verdict?.by === 'superior' ? '\n(theo mục tiêu của tỉnh)' : '';
  return [
    { value: number, look: centred },
    { value: indicator.name, look: cell() },
    { value: indicator.unitLabel ?? '', look: centred },
    { value: yesNo ? '' : part(numerator), look: figure },
    { value: indicator.kind === 'ratio' ? part(denominator) : '', look: figure },
    resultOf(total, row),
    cumulative
      ? {
          value: exactNumber(cumulative.numerator),
          look: cell({ align: 'right', format: numberFormat(indicator.scale) }),
        }
      : { value: '', look: centred },
    ...targets,
    {
      value: verdict ? verdict.assessed.label + own : 'Không có mục tiêu',
      look: cell({ align: 'center', bold: verdict !== null }),
    },
    { value: evidenceOf(summary, indicator.code), look: cell({ size: 11 }) },
    { value: notes.join('\n'), look: cell({ size: 11 }) },
  ];
}

function resultOf(total: Total, row: number): Cell {
  const { indicator, numerator, denominator, noValue, display } = total;
  const centred = cell({ align: 'center', bold: numerator !== null });
  if (numerator === null) return { value: noValueText[noValue ?? 'no_data'], look: centred };
  if (indicator.kind === 'milestone') return { value: display, look: centred };
  if (indicator.kind !== 'ratio')
    return {
      value: { formula: `D${row}`, result: exactNumber(numerator) },
      look: cell({ align: 'right', bold: true, format: numberFormat(indicator.scale) }),
    };
  return {
    value: { formula: `IF(E${row}=0,"",D${row}/E${row})`, result: Number(numerator) / Number(denominator) },
    look: cell({ align: 'center', bold: true, format: formats.percent }),
  };
}

function evidenceOf({ report }: UnitSummary, indicator: string): string {
  const { documentNumber = null, documentDate = null } = report?.notes.get(indicator) ?? {};
  return [documentNumber, documentDate && `ngày ${dayText(documentDate)}`].filter(Boolean).join(' ');
}

function writeTexts(pen: Pen, { report }: UnitSummary): void {
  for (const { sectionName, text } of report?.narratives ?? []) {
    pen.gap(8);
    pen.line(sectionName, look({ bold: true, size: 13 }));
    pen.texts(text);
  }
}
