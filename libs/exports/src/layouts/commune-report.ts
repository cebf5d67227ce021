/** A commune's own report, as the annex to the document it sends. */
import { writeBook } from '../book.js';
import { writeCommuneReport } from '../commune-report.sheet.js';
import { fileName } from '../file-names.js';
import { officeOf, titleOf } from '../official-head.js';
import { type Layout, XLSX_TYPE } from './layout.js';

export const communeReport: Layout<'commune_report'> = {
  kind: 'commune_report',
  name: 'Phụ lục báo cáo của xã, phường, đặc khu',
  levels: [2],
  verb: 'report.read',
  adHoc: false,
  type: XLSX_TYPE,
  extension: 'xlsx',
  async make(query, caller, wish) {
    const summary = await query.unit(caller, wish);
    const { programme, round, instant, asOf } = summary;
    const { unit } = summary.received;
    const title = `Phụ lục báo cáo, ${titleOf(unit)}`;
    return {
      fileName: fileName('PhuLuc', { programme, round, unit: { name: `${unit.code} ${unit.name}` } }, 'xlsx'),
      instant,
      write: (out) =>
        writeBook(out, { title, subject: programme.basis, author: officeOf(unit).name, asOf }, (workbook) =>
          writeCommuneReport(workbook, summary),
        ),
    };
  },
};
