/**
 * One workbook from its sheets. Rows are streamed into the archive; only the compressed file is held whole. The same
 * figures give the same bytes: every time in the file is that of the figures.
 */
import { PassThrough, Readable, type Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import exceljs, { type stream } from 'exceljs';
import { stampEntries } from './zip-time.js';

/**
 * Names of ranges as they are written. ExcelJS keeps every cell of a range by itself, a million for a long list; a
 * streamed workbook asks only for this.
 */
class RangeNames {
  readonly model: { name: string; ranges: string[] }[] = [];

  add(range: string, name: string): void {
    this.model.push({ name, ranges: [range] });
  }
}

type BookOptions = { title: string; subject: string; author: string; asOf: Date };
export type Workbook = stream.xlsx.WorkbookWriter;

/** @param sheets writes them, in order; @param out ended when the file is written */
export async function writeBook(
  out: Writable,
  { title, subject, author, asOf }: BookOptions,
  sheets: (workbook: Workbook) => void | Promise<void>,
): Promise<void> {
  const packed = new PassThrough();
  const collected = buffer(packed);
  const options = { stream: packed, useStyles: true, useSharedStrings: true, zip: { zlib: { level: 6 } } };
  const about = { created: asOf, modified: asOf, creator: author, lastModifiedBy: author };
  const workbook = new exceljs.stream.xlsx.WorkbookWriter({ ...options, ...about });
  Object.assign(workbook, { _definedNames: new RangeNames() });
  workbook.title = title;
  workbook.subject = subject;
  await sheets(workbook);
  await workbook.commit();
  const file = await collected;
  stampEntries(file, asOf);
  await pipeline(Readable.from([file]), out);
}
