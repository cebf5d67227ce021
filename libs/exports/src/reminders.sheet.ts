/**
 * "Danh sách đôn đốc": whose report is still owed, overdue ones first (of the nation, province by province), with the days
 * gone by and room to note by hand what came of the reminder. It goes with a letter, under an official head. Written row by
 * row: of the whole country it may be long.
 */
import type { stream } from 'exceljs';
import { localDay } from '#core';
import { type CompletenessClass, type ObligationState, roundLabel } from '#rollups';
import { asOfText, dayCell, daysLate, momentCell } from './moment.js';
import {
  attachedToLetter,
  HEAD_ROWS,
  officeOf,
  officialHead,
  placeOf,
  SIGNATURES,
  signatures,
  titleOf,
  upper,
} from './official-head.js';
import { cell, formats } from './sheet.js';
import { basisOfDue, stateText } from './submissions.words.js';
import type { UnitList } from './summary.js';
import { sentence } from './summary.words.js';
import { Table, type TableColumn } from './table.js';

/** Those still to be urged, the most pressing first. */
const pressing: CompletenessClass[] = ['overdue', 'returned', 'not_yet_due'];

export type Reminder = { obligation: ObligationState; parent: string };

const centred = cell({ align: 'center' });
const plain = cell();
const small = cell({ size: 11 });
const day = cell({ align: 'center', format: formats.day });
const moment = cell({ align: 'center', format: formats.moment });
const whole = cell({ align: 'center', format: formats.whole });

/** @param asOf overdue days are counted up to its day */
export function reminderColumns({ asOf, round }: Pick<UnitList, 'asOf' | 'round'>): TableColumn<Reminder>[] {
  const column = (
    title: string,
    letter: string,
    width: number,
    shown: TableColumn<Reminder>['cell'],
  ): TableColumn<Reminder> => ({ title, letter, width, cell: shown });
  return [
    column('STT', 'A', 5.5, (_, number) => ({ value: number, look: centred })),
    column('Mã', 'B', 8, ({ obligation }) => ({ value: obligation.unit.code, look: centred })),
    column('Đơn vị', 'C', 25, ({ obligation }) => ({ value: sentence(titleOf(obligation.unit)), look: plain })),
    column('Trực thuộc', 'D', 18, ({ parent }) => ({ value: parent, look: plain })),
    column('Tình trạng', '1', 13, ({ obligation }) => ({ value: stateText(obligation), look: centred })),
    column('Hạn nộp', '2', 12.5, ({ obligation }) => ({ value: dayCell(obligation.dueOn), look: day })),
    column('Số ngày quá hạn', '3', 9, ({ obligation }) => {
      const late = obligation.class === 'overdue' ? daysLate(asOf, obligation.dueOn) : 0;
      return { value: late > 0 ? late : null, look: whole };
    }),
    column('Căn cứ của hạn nộp', '4', 43, ({ obligation }) => ({ value: basisOfDue(obligation, round), look: small })),
    column('Lần gửi gần nhất', '5', 9, ({ obligation }) => ({ value: obligation.newestVersion || null, look: whole })),
    column('Nhận lần đầu (giờ Việt Nam)', '6', 17, ({ obligation: { firstReceivedAt } }) => ({
      value: firstReceivedAt && momentCell(firstReceivedAt),
      look: moment,
    })),
    column('Ngày đôn đốc', '7', 12.5, () => ({ value: null, look: day })),
    column('Kết quả đôn đốc', '8', 22, () => ({ value: null, look: plain })),
  ];
}

const titles: Partial<Record<CompletenessClass, string>> = {
  overdue: 'QUÁ HẠN, CHƯA NỘP',
  returned: 'BỊ TRẢ LẠI, CHƯA GỬI LẠI',
  not_yet_due: 'CHƯA ĐẾN HẠN, CHƯA NỘP',
};
const roman = ['I', 'II', 'III'];
/** Columns under the issuing body. */
const LEFT_BLOCK = 5;

export async function writeReminders(workbook: stream.xlsx.WorkbookWriter, list: UnitList): Promise<void> {
  const { unit, round, asOf } = list;
  const office = officeOf(unit);
  const copies = ['Các đơn vị có tên trong danh sách', office.copies.at(-1)!];
  const table = new Table(workbook, {
    name: 'Danh sách đôn đốc',
    head: {
      rows: HEAD_ROWS + 1,
      write(pen) {
        officialHead(pen, office, asOf, LEFT_BLOCK, false);
        pen.gap(10);
      },
    },
    titles: [
      { text: 'DANH SÁCH ĐƠN VỊ CẦN ĐÔN ĐỐC NỘP BÁO CÁO', bold: true, size: 14 },
      { text: `${sentence(roundLabel(round))} ${placeOf(unit)}`, bold: true, size: 13 },
      { text: attachedToLetter(office, localDay(asOf).slice(0, 4)), italic: true },
      { text: `Tính đến ${asOfText(asOf)}`, italic: true, align: 'left' },
    ],
    columns: reminderColumns(list),
    fixed: 3,
    range: 'DonDoc',
  });
  for (const parent of list.parents) {
    const urged = await list.obligationsOf(parent, pressing);
    const place = sentence(titleOf(parent));
    if (unit.level === 0 && urged.length > 0) table.group(`${upper(place)} (${urged.length} đơn vị)`);
    let group = 0;
    for (const wanted of pressing) {
      const these = urged.filter((obligation) => obligation.class === wanted);
      if (these.length === 0) continue;
      if (unit.level > 0) table.group(`${roman[group++]}. ${titles[wanted]} (${these.length} đơn vị)`);
      for (const obligation of these) table.add({ obligation, parent: place });
    }
  }
  table.close({
    empty: 'Không còn đơn vị nào cần đôn đốc.',
    notes: [
      'Ghi chú: cột (7), (8) để người đôn đốc ghi; đơn vị được miễn hoặc đã sắp xếp lại không có trong danh sách.',
    ],
    foot: { height: SIGNATURES, write: (pen) => signatures(pen, { ...office, copies }, [4, 4]) },
  });
}
