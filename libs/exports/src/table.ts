/**
 * A sheet that is a list: title lines, a header with its row of letters, rows one after the other, notes below. Rows go
 * out as they come, so that a list may be as long as it likes.
 */
import type { stream } from 'exceljs';
import type { PlainCell } from './list-row.js';
import { cell, head, look, openSheet, type Pen, type SheetOptions } from './sheet.js';

export type TableColumn<Row> = {
  title: string;
  letter: string;
  /** In digits of Times New Roman 12. */
  width: number;
  /** @param number of the item in the list; @param at the row of the sheet that it comes to stand in */
  cell(row: Row, number: number, at: number): PlainCell;
};

export type TitleLine = {
  text: string;
  bold?: boolean;
  italic?: boolean;
  size?: number;
  align?: 'left' | 'center' | 'right';
};

export type TableOptions<Row> = {
  name: string;
  titles: readonly TitleLine[];
  columns: readonly TableColumn<Row>[];
  /** Columns that stay in view. */
  fixed: number;
  paper?: SheetOptions['paper'];
  /** Under which formulae find the table, from its header's last row. */
  range: string;
};

const HEADER_ROWS = 2;

export class Table<Row> {
  readonly pen: Pen;
  private readonly header: number;
  private number = 0;

  constructor(
    workbook: stream.xlsx.WorkbookWriter,
    private readonly options: TableOptions<Row>,
  ) {
    const { name, titles, columns, fixed, paper } = options;
    this.pen = openSheet(workbook, {
      name,
      widths: columns.map(({ width }) => width),
      frozen: { rows: titles.length + HEADER_ROWS, columns: fixed },
      titleRows: HEADER_ROWS,
      paper,
    });
    for (const { text, align = 'center', ...font } of titles) this.pen.line(text, look({ align, ...font }));
    this.pen.row(columns.map(({ title }) => ({ value: title, look: head() })));
    const letters = head({ bold: false, italic: true, size: 11 });
    this.header = this.pen.row(columns.map(({ letter }) => ({ value: `(${letter})`, look: letters })));
  }

  /** A line across the table that opens a group. */
  group(text: string): void {
    this.pen.group(text);
  }

  /** The running number goes on across groups. @returns the row's number in the sheet */
  add(row: Row): number {
    this.number += 1;
    const at = this.pen.next;
    return this.pen.listRow(this.options.columns.map((column) => column.cell(row, this.number, at)));
  }

  get first(): number {
    return this.header + 1;
  }

  get last(): number {
    return this.pen.next - 1;
  }

  /** Filter, name, notes; nothing can be added any more. @param empty what stands in place of rows; @param to the last row of the list */
  close({ empty, notes = [], to }: { empty: string; notes?: readonly string[]; to?: number }): void {
    const { pen, header, options } = this;
    if (this.number === 0)
      pen.row([{ value: empty, look: cell({ align: 'center', italic: true }), span: options.columns.length }]);
    const last = to ?? this.last;
    pen.filter(header, last);
    pen.nameRange(options.range, header, last);
    if (notes.length > 0) pen.gap(6);
    for (const note of notes) pen.line(note, look({ size: 11, italic: true }));
    pen.close();
  }
}
