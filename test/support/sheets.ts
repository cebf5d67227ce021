/**
 * A workbook as a library reads it that shares nothing with the one that wrote it: SheetJS. For tests that hold cells
 * against what the API answers.
 */
import { read, utils, type WorkBook, type WorkSheet } from '@e965/xlsx';

export type Grid = {
  name: string;
  /** Value of a cell by row and column, both from 1; undefined for an empty one. Dates are Dates. */
  at(row: number, column: number): string | number | boolean | Date | undefined;
  formula(row: number, column: number): string | undefined;
  format(row: number, column: number): string | undefined;
  rows: number;
  columns: number;
  /** First row whose cell in this column holds exactly this; 0 for none. */
  find(column: number, value: string | number): number;
};

export function openBook(file: Buffer): { book: WorkBook; names: string[]; sheet(name: string): Grid } {
  const book = read(file, { cellFormula: true, cellNF: true, cellDates: true, UTC: true });
  return { book, names: book.SheetNames, sheet: (name) => gridOf(name, book.Sheets[name]!) };
}

function gridOf(name: string, sheet: WorkSheet): Grid {
  const cell = (row: number, column: number) => sheet[utils.encode_cell({ r: row - 1, c: column - 1 })];
  const { e } = utils.decode_range(sheet['!ref'] ?? 'A1');
  const at: Grid['at'] = (row, column) => cell(row, column)?.v;
  return {
    name,
    at,
    formula: (row, column) => cell(row, column)?.f,
    format: (row, column) => cell(row, column)?.z,
    rows: e.r + 1,
    columns: e.c + 1,
    find(column, value) {
      for (let row = 1; row <= e.r + 1; row += 1) if (at(row, column) === value) return row;
      return 0;
    },
  };
}

/** Every cell of every sheet that holds something, "sheet!B7" → value and formula: for comparing two files cell by cell. */
export function cellsOf(file: Buffer): Map<string, { v: unknown; f: unknown; z: unknown }> {
  const { book } = openBook(file);
  const cells = new Map<string, { v: unknown; f: unknown; z: unknown }>();
  for (const name of book.SheetNames)
    for (const [address, { v, f, z }] of Object.entries(book.Sheets[name]!))
      if (!address.startsWith('!') && (v !== undefined || f !== undefined))
        cells.set(`${name}!${address}`, { v, f, z });
  return cells;
}
