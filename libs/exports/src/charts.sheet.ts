/**
 * "Biểu đồ": the summary in pictures, each on a page of its own with its caption, where its figures stand, and an
 * alternative text that says them. Drawn from the same answers as the other sheets.
 */
import { roundLabel } from '#rollups';
import type { Workbook } from './book.js';
import { attainmentCharts } from './charts/attainment.chart.js';
import { paceCharts } from './charts/pace.chart.js';
import { type Chart, pictureOf } from './charts/picture.js';
import { rankingChart } from './charts/ranking.chart.js';
import { arrivalsChart, provincesChart } from './charts/timeliness.chart.js';
import { asOfText } from './moment.js';
import { placeOf } from './official-head.js';
import { placePictures } from './pictures.js';
import { look, openSheet } from './sheet.js';
import type { NationSummary, Summary } from './summary.js';
import { sentence } from './summary.words.js';

/** In digits of Times New Roman 12, as wide as the pictures. */
const WIDTH = 118;
const POINTS_PER_PIXEL = 0.75;
/** Points for a caption and a note of two lines. */
const WORDS = 56;

/** All pictures of a summary, in the order in which they are read. */
export function chartsOf(summary: Summary | NationSummary): Chart[] {
  const timeliness = 'provinces' in summary ? provincesChart(summary) : arrivalsChart(summary);
  return [...attainmentCharts(summary), ...paceCharts(summary), timeliness, rankingChart(summary)].filter(
    (chart) => chart !== null,
  );
}

export async function writeCharts(workbook: Workbook, summary: Summary | NationSummary): Promise<void> {
  const charts = chartsOf(summary);
  if (charts.length === 0) return;
  const pictures = await Promise.all(charts.map(pictureOf));
  const pen = openSheet(workbook, { name: 'Biểu đồ', widths: [WIDTH], frozen: { rows: 3, columns: 0 }, titleRows: 3 });
  const centred = { align: 'center', bold: true } as const;
  pen.line('BIỂU ĐỒ KẾT QUẢ THỰC HIỆN', look({ ...centred, size: 14 }));
  const period = sentence(roundLabel(summary.round));
  pen.line(`${period} ${placeOf(summary.accepted.unit)}`, look({ ...centred, size: 13 }));
  pen.line(`Số liệu đến ${asOfText(summary.asOf)}`, look({ align: 'center', italic: true }));
  const placed = charts.map(({ caption, note, alt, width, height }, at) => {
    pen.keep(height * POINTS_PER_PIXEL + WORDS);
    pen.title(`Biểu đồ ${at + 1}. ${caption}`, { size: 12 });
    const row = pen.next;
    // No row may be taller than 409 points: the picture lies over as many as it takes.
    for (let left = height * POINTS_PER_PIXEL; left > 0; left -= 400) pen.gap(Math.min(400, left));
    pen.line(note, look({ size: 11, italic: true }));
    pen.gap(10);
    return { png: pictures[at]!, row, width, height, name: `Biểu đồ ${at + 1}`, alt: `${caption}. ${alt}` };
  });
  placePictures(workbook, pen, placed);
  pen.close();
}
