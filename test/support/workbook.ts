/** A summary written and read back: what the specs of the workbook share. */
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import exceljs, { type Workbook, type Worksheet } from 'exceljs';
import type { Total, UnitTotals } from '#rollups';
import type { Summary } from '../../libs/exports/src/summary.js';
import { writeSummary } from '../../libs/exports/src/summary.workbook.js';

export async function written(summary: Summary): Promise<Buffer> {
  const out = new PassThrough();
  const collected = buffer(out);
  await writeSummary(summary, out);
  return collected;
}

export async function read(file: Buffer): Promise<Workbook> {
  const workbook = new exceljs.Workbook();
  await workbook.xlsx.load(file as never);
  return workbook;
}

/** Row of a text in a column, or undefined. */
export const rowOf = (sheet: Worksheet, column: number, text: string | number): number =>
  Array.from({ length: sheet.rowCount }, (_, index) => index + 1).find(
    (row) => sheet.getCell(row, column).value === text,
  ) ?? 0;

/** Where each indicator's columns begin: sheet and column, by the header "1. Tỷ lệ …". */
export function detailColumns(workbook: Workbook, totals: readonly Total[]) {
  const sheets = workbook.worksheets.filter(({ name }) => name.startsWith('Chi tiết theo xã'));
  return totals.map((total, index) => {
    const header = `${index + 1}. ${total.indicator.name}`;
    for (const sheet of sheets)
      for (let column = 5; column <= sheet.columnCount; column += 1)
        if (sheet.getCell(4, column).value === header) return { sheet, column, total, index };
    throw new Error(`No column for "${header}"`);
  });
}

export const rowOfUnit = (sheet: Worksheet, { unit }: UnitTotals) => rowOf(sheet, 2, unit.code);
/** A formula and its stored result; the value that ExcelJS reads back leaves out a result of 0. */
export const formula = (sheet: Worksheet, row: number, column: number) => {
  const { formula, result } = sheet.getCell(row, column);
  return { formula, result };
};
