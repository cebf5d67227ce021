/**
 * "Tình hình nộp": every obligation of the province with its due date and the first time its report was received, those
 * who have not submitted first, then the late, then those on time (docs/semantics.md §5).
 */
import type { stream } from 'exceljs';
import { displayNumber, type ObligationState, roundLabel } from '#rollups';
import { rowHeight } from './measure.js';
import { asOfText, dayCell, daysLate, momentCell } from './moment.js';
import { titleOf } from './official-head.js';
import { type Cell, cell, formats, head, look, openSheet, type Pen } from './sheet.js';
import { basisOfDue, stateText } from './submissions.words.js';
import type { Summary } from './summary.js';
import { sentence } from './summary.words.js';

const columns: [title: string, number: string, width: number][] = [
  ['STT', '(A)', 5],
  ['Mã', '(B)', 8],
  ['Xã, phường, đặc khu', '(C)', 25],
  ['Hạn nộp', '(1)', 12.5],
  ['Căn cứ của hạn nộp', '(2)', 43],
  ['Nhận lần đầu (giờ Việt Nam)', '(3)', 19],
  ['Số ngày quá hạn', '(4)', 9],
  ['Lần gửi mới nhất', '(5)', 9],
  ['Tình trạng', '(6)', 15],
];
const TITLE_ROWS = 5;
const HEADER_ROWS = 2;
/** The last two rows and the note. */
const ENDING = 5 * rowHeight(1, 12);

type Group = { title: string; of: (obligation: ObligationState) => boolean };

const outside = ({ class: name }: ObligationState) => name === 'exempt' || name === 'replaced';
const groups: Group[] = [
  {
    title: 'CHƯA NỘP, ĐÃ QUÁ HẠN',
    of: (o) => !outside(o) && o.timeliness === 'not_submitted' && o.class !== 'not_yet_due',
  },
  {
    title: 'CHƯA NỘP, CHƯA ĐẾN HẠN',
    of: (o) => !outside(o) && o.timeliness === 'not_submitted' && o.class === 'not_yet_due',
  },
  { title: 'NỘP MUỘN', of: (o) => !outside(o) && o.timeliness === 'late' },
  { title: 'NỘP ĐÚNG HẠN', of: (o) => !outside(o) && o.timeliness === 'on_time' },
  { title: 'KHÔNG PHẢI NỘP', of: outside },
];
const roman = ['I', 'II', 'III', 'IV', 'V'];

export function writeSubmissions(workbook: stream.xlsx.WorkbookWriter, summary: Summary): void {
  const pen = openSheet(workbook, {
    name: 'Tình hình nộp',
    widths: columns.map(([, , width]) => width),
    frozen: { rows: TITLE_ROWS + HEADER_ROWS, columns: 3 },
    titleRows: HEADER_ROWS,
  });
  writeTitles(pen, summary);
  pen.row(columns.map(([title]) => ({ value: title, look: head() })));
  pen.row(columns.map(([, number]) => ({ value: number, look: head({ bold: false, italic: true, size: 11 }) })));
  let [section, number] = [0, 0];
  for (const { title, of } of groups) {
    const members = summary.obligations.filter(of);
    if (members.length === 0) continue;
    const heading = `${roman[section++]}. ${title} (${members.length} đơn vị)`;
    pen.group(heading);
    for (const obligation of members) {
      number += 1;
      // What ends the list does not stand on a page alone.
      if (number === summary.obligations.length - 1) pen.keep(ENDING);
      pen.row(rowOf(obligation, number, summary));
      pen.commit();
    }
  }
  pen.gap(6);
  const note = (text: string) => pen.line(text, look({ size: 11, italic: true }));
  note(
    'Ghi chú: đúng hạn, muộn tính theo lần gửi đầu tiên không bị đơn vị rút lại; gửi lại sau khi bị trả lại không làm mất đúng hạn. Số ngày quá hạn của đơn vị chưa nộp tính đến ngày lập biểu.',
  );
  pen.close();
}

function writeTitles(pen: Pen, { accepted, completeness, round, asOf }: Summary): void {
  const { counts, expected, onTime, late, notSubmitted } = completeness;
  const period = sentence(roundLabel(round));
  const centred = { align: 'center', bold: true } as const;
  pen.line('TÌNH HÌNH NỘP BÁO CÁO CỦA CÁC XÃ, PHƯỜNG, ĐẶC KHU', look({ ...centred, size: 14 }));
  pen.line(`${period}, ${titleOf(accepted.unit)}`, look({ ...centred, size: 13 }));
  pen.line(`Tính đến ${asOfText(asOf)}`, look({ align: 'center', italic: true }));
  const units = (count: number) => displayNumber(BigInt(count));
  const aside =
    counts.exempt + counts.replaced > 0
      ? `; ngoài ra ${units(counts.exempt + counts.replaced)} đơn vị không phải nộp`
      : '';
  pen.line(
    `Phải nộp: ${units(expected)} đơn vị. Đã nộp: ${units(onTime + late)} (đúng hạn ${units(onTime)}, muộn ${units(late)}). Chưa nộp: ${units(notSubmitted)}${aside}.`,
    look({ bold: true }),
  );
  pen.line(
    `Xử lý của tỉnh: đã duyệt ${units(counts.accepted)}; chờ duyệt ${units(counts.submitted)}; trả lại, chờ gửi lại ${units(counts.returned)}; quá hạn ${units(counts.overdue)}; chưa đến hạn ${units(counts.not_yet_due)}.`,
    look(),
  );
}

function rowOf(obligation: ObligationState, number: number, { asOf, round }: Summary): Cell[] {
  const { unit, dueOn, firstReceivedAt, newestVersion } = obligation;
  const centred = cell({ align: 'center' });
  const overdue = outside(obligation) ? 0 : daysLate(firstReceivedAt ?? asOf, dueOn);
  return [
    { value: number, look: centred },
    { value: unit.code, look: centred },
    { value: sentence(titleOf(unit)), look: cell() },
    { value: dayCell(dueOn), look: cell({ align: 'center', format: formats.day }) },
    { value: basisOfDue(obligation, round), look: cell({ size: 11 }) },
    { value: firstReceivedAt && momentCell(firstReceivedAt), look: cell({ align: 'center', format: formats.moment }) },
    { value: overdue > 0 ? overdue : null, look: cell({ align: 'center', format: formats.whole }) },
    { value: newestVersion > 0 ? newestVersion : null, look: cell({ align: 'center', format: formats.whole }) },
    { value: stateText(obligation), look: centred },
  ];
}
