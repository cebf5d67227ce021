/** Whose report is still owed, for those who write and telephone after it. */
import { writeBook } from '../book.js';
import { fileName } from '../file-names.js';
import { officeOf } from '../official-head.js';
import { writeReminders } from '../reminders.sheet.js';
import { type Layout, XLSX_TYPE } from './layout.js';

export const reminders: Layout<'reminders'> = {
  kind: 'reminders',
  name: 'Danh sách đôn đốc',
  levels: [0, 1],
  verb: 'export.request',
  adHoc: true,
  type: XLSX_TYPE,
  extension: 'xlsx',
  async make(query, caller, wish) {
    const list = await query.list(caller, wish);
    const { unit, programme, instant, asOf } = list;
    const about = { title: 'Danh sách đôn đốc', subject: programme.basis, author: officeOf(unit).name, asOf };
    return {
      fileName: fileName('DonDoc', list, 'xlsx'),
      instant,
      write: (out) => writeBook(out, about, (workbook) => writeReminders(workbook, list)),
    };
  },
};
