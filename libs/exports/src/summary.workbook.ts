/**
 * The Excel summary of a province and round, as the department puts it on the table. It shows what `Summary` holds, which
 * is what the API answers, and computes nothing of its own but live formulas whose results are the stored totals.
 */
import type { Writable } from 'node:stream';
import { roundLabel } from '#rollups';
import { writeBook } from './book.js';
import { writeCharts } from './charts.sheet.js';
import { writeDetails } from './details.sheet.js';
import { fileName } from './file-names.js';
import { writeMethod } from './method.sheet.js';
import { writeNarratives } from './narratives.sheet.js';
import { DEPARTMENT, titleOf } from './official-head.js';
import { writeResults } from './results.sheet.js';
import { writeSources } from './sources.sheet.js';
import { writeSubmissions } from './submissions.sheet.js';
import type { Summary } from './summary.js';
import { Documents } from './summary.words.js';

/** Writes the workbook and ends the stream. Of an ad hoc round, whose totals stand alone, what speaks of targets is left out. */
export function writeSummary(summary: Summary, out: Writable): Promise<void> {
  const about = {
    title: `Tổng hợp ${roundLabel(summary.round)}, ${titleOf(summary.accepted.unit)}`,
    subject: summary.programme.basis,
    author: DEPARTMENT,
    asOf: summary.asOf,
  };
  return writeBook(out, about, async (workbook) => {
    const documents = new Documents(summary);
    writeResults(workbook, summary, documents);
    if (summary.request === null) await writeCharts(workbook, summary);
    writeDetails(workbook, summary);
    writeSubmissions(workbook, summary);
    writeNarratives(workbook, summary);
    if (summary.request === null) writeMethod(workbook, summary, documents);
    writeSources(workbook, summary);
  });
}

/** "TongHop_NQ57_6thang_dau_nam_2026_ThaiNguyen.xlsx" */
export const summaryFileName = ({ programme, round, accepted }: Pick<Summary, 'programme' | 'round' | 'accepted'>) =>
  fileName('TongHop', { programme, round, unit: accepted.unit }, 'xlsx');
