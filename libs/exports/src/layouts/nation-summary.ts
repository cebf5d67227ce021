/** The country's summary, by provinces, and with all communes on one sheet. */
import { roundLabel } from '#rollups';
import { writeBook } from '../book.js';
import { writeCharts } from '../charts.sheet.js';
import { writeCommunes } from '../communes.sheet.js';
import { writeDetails } from '../details.sheet.js';
import { writeMethod } from '../method.sheet.js';
import { MINISTRY } from '../official-head.js';
import { writeResults } from '../results.sheet.js';
import { Documents } from '../summary.words.js';
import { summaryFileName } from '../summary.workbook.js';
import { writeTimeliness } from '../timeliness.sheet.js';
import { type Layout, XLSX_TYPE } from './layout.js';

export const nationSummary: Layout<'nation_summary'> = {
  kind: 'nation_summary',
  name: 'Biểu tổng hợp kết quả cả nước',
  levels: [0],
  verb: 'export.request',
  adHoc: false,
  type: XLSX_TYPE,
  extension: 'xlsx',
  async make(query, caller, wish) {
    const summary = await query.nation(caller, wish);
    const { asOf, instant, programme, round } = summary;
    const title = `Tổng hợp ${roundLabel(round)}, cả nước`;
    return {
      fileName: summaryFileName(summary),
      instant,
      write: (out) =>
        writeBook(out, { title, subject: programme.basis, author: MINISTRY, asOf }, async (workbook) => {
          const documents = new Documents(summary);
          writeResults(workbook, summary, documents);
          await writeCharts(workbook, summary);
          writeDetails(workbook, summary);
          writeTimeliness(workbook, summary);
          writeMethod(workbook, summary, documents);
          await writeCommunes(workbook, summary);
        }),
    };
  },
};
