/**
 * "Nguồn số liệu": for every unit the version of its report that the figures were taken from, its document and the moment
 * it was recorded; and the instant of the whole with its checksum, by which it can be asked for and compared again.
 */
import type { stream } from 'exceljs';
import { dayCell, instantText, momentCell } from './moment.js';
import { titleOf } from './official-head.js';
import { cell, formats } from './sheet.js';
import type { ReportSource, SourceVersion, Summary } from './summary.js';
import { DASH, sentence } from './summary.words.js';
import { Table, type TableColumn } from './table.js';

const centred = cell({ align: 'center' });
const moment = cell({ align: 'center', format: formats.moment });
const day = cell({ align: 'center', format: formats.day });
const dash = { value: DASH, look: centred };

const of = (
  title: string,
  letter: string,
  width: number,
  pick: (source: ReportSource) => SourceVersion | null,
  shown: (version: SourceVersion) => ReturnType<TableColumn<ReportSource>['cell']>,
): TableColumn<ReportSource> => ({
  title,
  letter,
  width,
  cell: (source) => {
    const version = pick(source);
    return version ? shown(version) : dash;
  },
});
const accepted = ({ accepted }: ReportSource) => accepted;
const received = ({ received }: ReportSource) => received;
const text = (value: string | null) => (value ? { value, look: centred } : dash);

const columns: TableColumn<ReportSource>[] = [
  { title: 'STT', letter: 'A', width: 5, cell: (_, number) => ({ value: number, look: centred }) },
  { title: 'Mã', letter: 'B', width: 8, cell: ({ unit }) => ({ value: unit.code, look: centred }) },
  {
    title: 'Xã, phường, đặc khu',
    letter: 'C',
    width: 26,
    cell: ({ unit }) => ({ value: sentence(titleOf(unit)), look: cell() }),
  },
  of('Bản đã duyệt (lần gửi)', '1', 10, accepted, ({ number }) => ({ value: number, look: centred })),
  of('Nhận lúc', '2', 17, accepted, ({ receivedAt }) => ({ value: momentCell(receivedAt), look: moment })),
  of('Ghi vào hệ thống lúc', '3', 17, accepted, ({ recordedAt }) => ({ value: momentCell(recordedAt), look: moment })),
  of('Số, ký hiệu văn bản', '4', 16, accepted, ({ documentNumber }) => text(documentNumber)),
  of('Ngày văn bản', '5', 12.5, accepted, ({ documentDate }) =>
    documentDate ? { value: dayCell(documentDate), look: day } : dash,
  ),
  of('Người ký', '6', 22, accepted, ({ signer }) => text(signer)),
  of('Bản tính ở số “đã tiếp nhận” (lần gửi)', '7', 14, received, ({ number }) => ({ value: number, look: centred })),
  of('Nhận lúc', '8', 17, received, ({ receivedAt }) => ({ value: momentCell(receivedAt), look: moment })),
];

export function writeSources(workbook: stream.xlsx.WorkbookWriter, summary: Summary): void {
  const { accepted, instant, checksum } = summary;
  const table = new Table(workbook, {
    name: 'Nguồn số liệu',
    titles: [
      { text: 'NGUỒN SỐ LIỆU', bold: true, size: 14 },
      { text: 'Báo cáo mà từng số liệu trong các biểu được lấy ra', italic: true },
      {
        text: `Thời điểm chốt đọc: ${instantText(instant)} (giờ Việt Nam; ${instant} theo giờ UTC)`,
        align: 'left',
      },
      {
        text: `Mã kiểm SHA-256 của số liệu tại thời điểm này${accepted.closed ? ' (đúng mã ghi khi chốt kỳ)' : ''}: ${checksum}`,
        align: 'left',
      },
    ],
    columns,
    fixed: 3,
    range: 'NguonSoLieu',
  });
  for (const source of summary.sources) table.add(source);
  table.close({
    empty: 'Chưa đơn vị nào phải báo cáo.',
    notes: [
      'Ghi chú: mọi số liệu của một đơn vị trong biểu chi tiết đều lấy từ bản ghi ở dòng của đơn vị đó; riêng nội dung có/không đã “Có” ở kỳ trước được tính tiếp mà không cần báo cáo lại.',
      'Hỏi lại hệ thống với đúng thời điểm trên sẽ nhận lại đúng số liệu này; mã kiểm khác nhau nghĩa là số liệu khác nhau.',
    ],
  });
}
