/** Every figure of every commune as a line, for other programs. */
import { writeFiguresCsv } from '../figures.csv.js';
import { fileName } from '../file-names.js';
import { CSV_TYPE, type Layout } from './layout.js';

export const figuresCsv: Layout<'figures_csv'> = {
  kind: 'figures_csv',
  name: 'Số liệu chi tiết cấp xã (CSV)',
  levels: [0, 1],
  verb: 'export.request',
  adHoc: true,
  type: CSV_TYPE,
  extension: 'csv',
  async make(query, caller, wish) {
    const list = await query.list(caller, wish);
    return {
      fileName: fileName('SoLieu', list, 'csv'),
      instant: list.instant,
      write: (out) => writeFiguresCsv(list, out),
    };
  },
};
