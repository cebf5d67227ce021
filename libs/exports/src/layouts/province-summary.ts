/** The summary that a province's department signs: results against targets, details, submissions, texts, method. */
import { summaryFileName, writeSummary } from '../summary.workbook.js';
import { type Layout, XLSX_TYPE } from './layout.js';

export const provinceSummary: Layout<'province_summary'> = {
  kind: 'province_summary',
  name: 'Biểu tổng hợp kết quả của tỉnh',
  levels: [1],
  verb: 'export.request',
  adHoc: true,
  type: XLSX_TYPE,
  extension: 'xlsx',
  async make(query, caller, wish) {
    const summary = await query.summary(caller, wish);
    return {
      fileName: summaryFileName(summary),
      instant: summary.instant,
      write: (out) => writeSummary(summary, out),
      summary,
    };
  },
};
