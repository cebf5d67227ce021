/**
 * Rows of a long list, handed to ExcelJS as it hands rows to itself when it streams them: as plain data. Its own way
 * there, an object of several parts for every cell, costs more than writing the cell does; a list of the whole country has
 * a million cells.
 */
import exceljs, { type CellFormulaValue, type Style, type Worksheet } from 'exceljs';
import { cleanText, columnName } from './cell-text.js';

/** What a list's cell may hold; null or none = an empty cell. */
type PlainValue = string | number | Date | Pick<CellFormulaValue, 'formula' | 'result'> | null | undefined;

/** One cell of a list's row. */
export type PlainCell = { value?: PlainValue; look: Partial<Style> };

type CellData = {
  /** "B7" */
  address: string;
  type: number;
  style: Partial<Style>;
  value: string | number | Date | null;
  formula: string | undefined;
  result: CellFormulaValue['result'];
  styleId: number | undefined;
  ssId: number | undefined;
};

/** What ExcelJS asks a row for when it writes it. */
type WrittenRow = {
  number: number;
  height: number;
  hasValues: true;
  model: { cells: CellData[]; number: number; min: number; max: number; height: number; style: object };
};

/** The parts of ExcelJS's streamed worksheet that are meant for its rows. */
type RowDoor = { _rows: WrittenRow[]; _commitRow(row: WrittenRow): void; _formulae: object };

const { ValueType } = exceljs;
/** One object for all rows: styles that have been seen are known by it. */
const NO_STYLE = {};

/** Letters of the columns, found once. */
const letters: string[] = [];
const letterOf = (at: number) => (letters[at] ??= columnName(at + 1));

/** Writes the sheet's next row, after those before it, and lets go of it. @param height in points */
export function writeListRow(sheet: Worksheet, number: number, cells: readonly PlainCell[], height: number): void {
  const door = sheet as unknown as RowDoor;
  const data = cells.map(({ value, look }, at) => cellData(`${letterOf(at)}${number}`, value, look));
  const model = { cells: data, number, min: 1, max: data.length, height, style: NO_STYLE };
  const row: WrittenRow = { number, height, hasValues: true, model };
  door._rows.push(row);
  door._commitRow(row);
  // Kept there for formulae that share one text; ours do not, and those of a whole country would fill the memory.
  door._formulae = {};
}

/** All have the same fields, also those that ExcelJS fills in: objects of one shape are read faster. */
function cellData(address: string, value: PlainValue, style: Partial<Style>): CellData {
  const data: CellData = {
    address,
    type: ValueType.Null,
    style,
    value: null,
    formula: undefined,
    result: undefined,
    styleId: undefined,
    ssId: undefined,
  };
  if (typeof value === 'number') {
    data.type = ValueType.Number;
    data.value = value;
  } else if (typeof value === 'string') {
    data.type = ValueType.String;
    data.value = cleanText(value);
  } else if (value instanceof Date) {
    data.type = ValueType.Date;
    data.value = value;
  } else if (value) {
    data.type = ValueType.Formula;
    data.formula = value.formula;
    data.result = value.result;
  }
  return data;
}
