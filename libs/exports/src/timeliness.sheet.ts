/** "Tình hình nộp" of the nation: one row per province, what is owed, on time, late and missing; the sum below is live. */
import type { stream } from 'exceljs';
import { type Completeness, roundLabel } from '#rollups';
import { columnName } from './cell-text.js';
import { rowHeight } from './measure.js';
import { asOfText } from './moment.js';
import { titleOf, wholeOf } from './official-head.js';
import { cell, formats } from './sheet.js';
import type { NationSummary } from './summary.js';
import { sentence } from './summary.words.js';
import { Table, type TableColumn } from './table.js';

type Province = NationSummary['provinces'][number];

const centred = cell({ align: 'center' });
const count = cell({ align: 'right', format: formats.whole });
const bold = cell({ align: 'right', format: formats.whole, bold: true });
const percent = cell({ align: 'center', format: formats.percent });

/** Columns that add up, with what each counts. */
const counted: [title: string, width: number, of: (completeness: Completeness) => number][] = [
  ['Phải nộp', 11, ({ expected }) => expected],
  ['Nộp đúng hạn', 11, ({ onTime }) => onTime],
  ['Nộp muộn', 11, ({ late }) => late],
  ['Chưa nộp', 11, ({ notSubmitted }) => notSubmitted],
  ['Đã duyệt', 11, ({ counts }) => counts.accepted],
  ['Chờ duyệt', 11, ({ counts }) => counts.submitted],
  ['Trả lại, chờ gửi lại', 11, ({ counts }) => counts.returned],
  ['Quá hạn', 11, ({ counts }) => counts.overdue],
  ['Chưa đến hạn', 11, ({ counts }) => counts.not_yet_due],
];
const FIRST = 4;
const ON_TIME = columnName(FIRST + 1);
const EXPECTED = columnName(FIRST);
const rate = ({ onTime, expected }: Completeness) => (expected === 0 ? '' : onTime / expected);
const rateAt = (row: number) => `IF(${EXPECTED}${row}=0,"",${ON_TIME}${row}/${EXPECTED}${row})`;

export function writeTimeliness(workbook: stream.xlsx.WorkbookWriter, summary: NationSummary): void {
  const columns: TableColumn<Province>[] = [
    { title: 'STT', letter: 'A', width: 5, cell: (_, number) => ({ value: number, look: centred }) },
    { title: 'Mã', letter: 'B', width: 6, cell: ({ unit }) => ({ value: unit.code, look: centred }) },
    {
      title: 'Tỉnh, thành phố',
      letter: 'C',
      width: 26,
      cell: ({ unit }) => ({ value: sentence(titleOf(unit)), look: cell() }),
    },
    ...counted.map(
      ([title, width, of], at): TableColumn<Province> => ({
        title,
        letter: `${at + 1}`,
        width,
        cell: ({ completeness }) => ({ value: of(completeness), look: count }),
      }),
    ),
    {
      title: 'Tỷ lệ nộp đúng hạn',
      letter: `${counted.length + 1}=2/1`,
      width: 12,
      cell: ({ completeness }, _, row) => ({
        value: { formula: rateAt(row), result: rate(completeness) },
        look: percent,
      }),
    },
  ];
  const table = new Table(workbook, {
    name: 'Tình hình nộp',
    titles: [
      { text: 'TÌNH HÌNH NỘP BÁO CÁO CỦA CẤP XÃ THEO TỈNH, THÀNH PHỐ', bold: true, size: 14 },
      { text: sentence(roundLabel(summary.round)), bold: true, size: 13 },
      { text: `Tính đến ${asOfText(summary.asOf)}`, italic: true },
    ],
    columns,
    fixed: 3,
    range: 'TinhHinhNop',
  });
  for (const province of summary.provinces) table.add(province);
  table.settle(rowHeight(1, 12));
  const { first, last } = table;
  const { completeness, accepted } = summary;
  const row = table.pen.next;
  table.pen.row([
    { value: wholeOf(accepted.unit), look: cell({ bold: true, align: 'center' }), span: FIRST - 1 },
    ...counted.map(([, , of], at) => {
      const letter = columnName(FIRST + at);
      return { value: { formula: `SUM(${letter}${first}:${letter}${last})`, result: of(completeness) }, look: bold };
    }),
    {
      value: { formula: rateAt(row), result: rate(completeness) },
      look: cell({ align: 'center', bold: true, format: formats.percent }),
    },
  ]);
  table.close({ empty: 'Chưa mở kỳ báo cáo ở tỉnh nào.', to: last });
}
