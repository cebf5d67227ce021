/**
 * "Cấp xã": all communes of the country on one sheet, one row each with all their figures, to look up, filter and sort. It
 * is read and written province by province.
 */
import { type ObligationState, roundLabel, type Total, type UnitTotals } from '#rollups';
import type { Workbook } from './book.js';
import { columnName } from './cell-text.js';
import type { PlainCell } from './list-row.js';
import { asOfText, dayCell, momentCell } from './moment.js';
import { titleOf } from './official-head.js';
import { cell, formats } from './sheet.js';
import { stateText } from './submissions.words.js';
import type { NationSummary } from './summary.js';
import { DASH, exactNumber, NOT_APPLICABLE, numbered, numberFormat, sentence } from './summary.words.js';
import { Table, type TableColumn } from './table.js';

export type CommuneRow = { province: string; unit: UnitTotals; obligation: ObligationState | undefined };

const centred = cell({ align: 'center' });
const plain = cell();
const day = cell({ align: 'center', format: formats.day });
const moment = cell({ align: 'center', format: formats.moment });
const percent = cell({ align: 'center', format: formats.percent });
const blank: PlainCell = { value: null, look: centred };

const about: TableColumn<CommuneRow>[] = [
  { title: 'STT', letter: 'A', width: 6, cell: (_, number) => ({ value: number, look: centred }) },
  { title: 'Tỉnh, thành phố', letter: 'B', width: 17, cell: ({ province }) => ({ value: province, look: plain }) },
  { title: 'Mã', letter: 'C', width: 8, cell: ({ unit }) => ({ value: unit.unit.code, look: centred }) },
  {
    title: 'Xã, phường, đặc khu',
    letter: 'D',
    width: 24,
    cell: ({ unit }) => ({ value: sentence(titleOf(unit.unit)), look: plain }),
  },
  {
    title: 'Tình trạng',
    letter: 'E',
    width: 13,
    cell: ({ obligation }) => ({ value: obligation ? stateText(obligation) : 'Không phải nộp', look: centred }),
  },
  {
    title: 'Hạn nộp',
    letter: 'F',
    width: 12.5,
    cell: ({ obligation }) => (obligation ? { value: dayCell(obligation.dueOn), look: day } : blank),
  },
  {
    title: 'Nhận lần đầu (giờ Việt Nam)',
    letter: 'G',
    width: 17,
    cell: ({ obligation }) =>
      obligation?.firstReceivedAt ? { value: momentCell(obligation.firstReceivedAt), look: moment } : blank,
  },
];

/** An indicator's columns: of a ratio three, of anything else one. @param first its first column, from 1 */
function figureColumns(
  { indicator }: Total,
  at: number,
  stt: number,
  first: number,
  letter: number,
): TableColumn<CommuneRow>[] {
  const name = `${stt}. ${indicator.name}`;
  const column = (
    title: string,
    offset: number,
    shown: (total: Total, unit: CommuneRow, row: number) => PlainCell,
  ) => ({
    title,
    letter: `${letter + offset}`,
    width: 13,
    cell: (one: CommuneRow, _: number, row: number) => {
      const total = one.unit.totals[at]!;
      if (one.unit.expected === 0) return blank;
      if (total.numerator === null && total.noValue !== 'zero_denominator')
        return { value: total.noValue === 'not_applicable' ? NOT_APPLICABLE : DASH, look: centred };
      return shown(total, one, row);
    },
  });
  const looks = [false, true].map((estimated) =>
    cell({ align: 'right', format: numberFormat(indicator.scale, estimated) }),
  );
  const part = (decimal: string | null, total: Total): PlainCell => ({
    value: decimal === null ? 0 : exactNumber(decimal),
    look: looks[total.coverage.estimated > 0 ? 1 : 0]!,
  });
  if (indicator.kind === 'milestone')
    return [
      column(`${name} (Có/Không)`, 0, (total) => ({ value: total.numerator === '1' ? 'Có' : 'Không', look: centred })),
    ];
  if (indicator.kind !== 'ratio')
    return [column(`${name} (${indicator.unitLabel ?? 'số lượng'})`, 0, (total) => part(total.numerator, total))];
  const [n, d] = [columnName(first), columnName(first + 1)];
  return [
    column(`${name}: tử số`, 0, (total) => part(total.numerator, total)),
    column(`${name}: mẫu số`, 1, (total) => part(total.denominator, total)),
    {
      ...column(`${name}: tỷ lệ`, 2, ({ numerator, denominator }, _, row) => ({
        value: {
          formula: `IF(${d}${row}=0,"",${n}${row}/${d}${row})`,
          result: numerator === null ? '' : Number(numerator) / Number(denominator),
        },
        look: percent,
      })),
      letter: `${letter + 2}=${letter}/${letter + 1}`,
    },
  ];
}

export function communeColumns(totals: readonly Total[]): TableColumn<CommuneRow>[] {
  const columns = [...about];
  for (const { total, at, stt } of numbered(totals))
    columns.push(...figureColumns(total, at, stt, columns.length + 1, columns.length - about.length + 1));
  return columns;
}

export async function writeCommunes(workbook: Workbook, summary: NationSummary): Promise<void> {
  const table = new Table<CommuneRow>(workbook, {
    name: 'Cấp xã',
    titles: [
      { text: 'KẾT QUẢ CỦA CÁC XÃ, PHƯỜNG, ĐẶC KHU TRONG CẢ NƯỚC', bold: true, size: 14 },
      { text: sentence(roundLabel(summary.round)), bold: true, size: 13 },
      { text: `Số liệu đã duyệt đến ${asOfText(summary.asOf)}`, italic: true },
    ],
    columns: communeColumns(summary.accepted.totals),
    fixed: 4,
    paper: 'A3',
    range: 'CapXa',
  });
  for (const { unit: province } of summary.provinces) {
    const units = await summary.figuresOf(province, 'accepted');
    const obligations = new Map((await summary.obligationsOf(province)).map((one) => [one.unit.code, one]));
    for (const unit of units) table.add({ province: province.name, unit, obligation: obligations.get(unit.unit.code) });
  }
  table.close({
    empty: 'Chưa xã nào phải báo cáo.',
    notes: [
      `Ghi chú: “${DASH}” chưa có số liệu (không phải 0); “${NOT_APPLICABLE}” không phát sinh; dấu * sau số: số ước thực hiện; ô trống: đơn vị không phải báo cáo kỳ này.`,
    ],
  });
}
