/**
 * The Excel summary of a province and round, as the department puts it on the table. It shows what `Summary` holds, which
 * is what the API answers, and computes nothing of its own but live formulas whose results are the stored totals.
 * The same summary gives the same bytes: every time in the file is that of the figures.
 */
import { writeFile } from 'node:fs/promises';
import { PassThrough, Readable, type Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import exceljs from 'exceljs';
import { parsePeriod, periodLabel } from '#rollups';
import { writeDetails } from './details.sheet.js';
import { writeMethod } from './method.sheet.js';
import { writeNarratives } from './narratives.sheet.js';
import { DEPARTMENT, titleOf } from './official-head.js';
import { writeResults } from './results.sheet.js';
import { writeSubmissions } from './submissions.sheet.js';
import type { Summary } from './summary.query.js';
import { Documents } from './summary.words.js';
import { stampEntries } from './zip-time.js';

/**
 * Writes the workbook. Rows are streamed into the archive; only the compressed file is held whole.
 * @param out a path, written or overwritten, or a stream, which is ended
 */
export async function writeSummary(summary: Summary, out: Writable | string): Promise<void> {
  const file = await summaryFile(summary);
  if (typeof out === 'string') await writeFile(out, file);
  else await pipeline(Readable.from([file]), out);
}

/** "TongHop_NQ57_6thang_dau_nam_2026_ThaiNguyen.xlsx": ASCII letters, digits, "_" and "-" only. */
export function summaryFileName({
  programme,
  round,
  accepted,
}: Pick<Summary, 'programme' | 'round' | 'accepted'>): string {
  const subject = ascii(programme.code.split('-')[0]!);
  const period = ascii(periodLabel(parsePeriod(round)).replace('6 tháng', '6thang')).replaceAll(' ', '_');
  const place = ascii(accepted.unit.name)
    .split(' ')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
  return `TongHop_${subject}_${period}_${place}.xlsx`;
}

async function summaryFile(summary: Summary): Promise<Buffer> {
  const packed = new PassThrough();
  const collected = buffer(packed);
  const options = { stream: packed, useStyles: true, useSharedStrings: true, zip: { zlib: { level: 6 } } };
  const times = { created: summary.asOf, modified: summary.asOf };
  const authors = { creator: DEPARTMENT, lastModifiedBy: DEPARTMENT };
  const workbook = new exceljs.stream.xlsx.WorkbookWriter({ ...options, ...times, ...authors });
  workbook.title = `Tổng hợp ${periodLabel(parsePeriod(summary.round))}, ${titleOf(summary.accepted.unit)}`;
  workbook.subject = summary.programme.basis;
  const documents = new Documents(summary);
  writeResults(workbook, summary, documents);
  writeDetails(workbook, summary);
  writeSubmissions(workbook, summary);
  writeNarratives(workbook, summary);
  writeMethod(workbook, summary, documents);
  await workbook.commit();
  const file = await collected;
  stampEntries(file, summary.asOf);
  return file;
}

function ascii(text: string): string {
  const plain = text.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('đ', 'd').replaceAll('Đ', 'D');
  return plain.replace(/[^A-Za-z0-9]+/g, ' ').trim();
}
