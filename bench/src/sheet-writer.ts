/**
 * A process of its own that writes one large sheet into nothing and tells what it took: `product` through the product's
 * layout, `exceljs` through ExcelJS's streaming writer given the same cells by a plain loop, `deflate` only packs the XML
 * that the product wrote, `cells` only makes the cells that both write. Arguments: side, sheet.
 */
import { PassThrough, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { deflateRawSync } from 'node:zlib';
import exceljs, { type CellValue } from 'exceljs';
import { unzipSync } from 'fflate';
import { type Workbook, writeBook } from '../../libs/exports/src/book.js';
import { type CommuneRow, communeColumns, writeCommunes } from '../../libs/exports/src/communes.sheet.js';
import { type Reminder, reminderColumns, writeReminders } from '../../libs/exports/src/reminders.sheet.js';
import type { Cell } from '../../libs/exports/src/sheet.js';
import { list, nation } from './sheet-data.js';

/** CPU in milliseconds, the most memory held in MB, bytes written, and of `deflate` the bytes of XML. */
export type Told = { cpu: number; peak: number; bytes: number; xml: number };

const [side, sheet] = process.argv.slice(2) as ['product' | 'exceljs' | 'cells' | 'deflate', 'nation' | 'list'];
const about = { title: 'bench', subject: 'bench', author: 'bench', asOf: new Date('2026-06-22T10:05:00Z') };

const product = (workbook: Workbook) =>
  sheet === 'nation' ? writeCommunes(workbook, nation()) : writeReminders(workbook, list());

/** The cells of the product's rows, in order. */
async function* cells(): AsyncGenerator<Cell[]> {
  let number = 0;
  if (sheet === 'nation') {
    const summary = nation();
    const columns = communeColumns(summary.accepted.totals);
    for (const { unit: province } of summary.provinces) {
      const obligations = new Map((await summary.obligationsOf(province)).map((one) => [one.unit.code, one]));
      for (const unit of await summary.figuresOf(province, 'accepted')) {
        const row: CommuneRow = { province: province.name, unit, obligation: obligations.get(unit.unit.code) };
        number += 1;
        yield columns.map((column) => column.cell(row, number, number + 5));
      }
    }
  } else {
    const all = list();
    const columns = reminderColumns(all);
    for (const parent of all.parents)
      for (const obligation of await all.obligationsOf(parent)) {
        const row: Reminder = { obligation, parent: parent.name };
        number += 1;
        yield columns.map((column) => column.cell(row, number, number + 5));
      }
  }
}

async function plain(out: Writable): Promise<void> {
  const options = { stream: out, useStyles: true, useSharedStrings: true, zip: { zlib: { level: 6 } } };
  const workbook = new exceljs.stream.xlsx.WorkbookWriter(options as never);
  const worksheet = workbook.addWorksheet('Sheet');
  for await (const given of cells()) {
    const row = worksheet.addRow(given.map(({ value }) => value as CellValue));
    given.forEach(({ look }, at) => {
      row.getCell(at + 1).style = look;
    });
    row.commit();
  }
  worksheet.commit();
  await workbook.commit();
}

/** Counts and forgets. */
class Nothing extends Writable {
  bytes = 0;
  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.bytes += chunk.length;
    done();
  }
}

const nothing = new Nothing();
let xml: Uint8Array[] = [];
if (side === 'deflate') {
  const packed = new PassThrough();
  const collected = buffer(packed);
  await writeBook(packed, about, product);
  xml = Object.values(unzipSync(await collected));
}
const before = process.cpuUsage();
if (side === 'product') await writeBook(nothing, about, product);
else if (side === 'exceljs') await plain(nothing);
else if (side === 'cells') for await (const _ of cells());
else for (const part of xml) nothing.bytes += deflateRawSync(part, { level: 6 }).length;
const { user, system } = process.cpuUsage(before);
const told: Told = {
  cpu: (user + system) / 1000,
  peak: process.resourceUsage().maxRSS / 1024,
  bytes: nothing.bytes,
  xml: xml.reduce((sum, part) => sum + part.length, 0),
};
process.send?.(told);
process.disconnect?.();
