/**
 * A sheet that is a list: title lines, a header with its row of letters, rows one after the other, notes below. Rows go
 * out as they come, so that a list may be as long as it likes; the last two wait, so that what ends a list does not stand
 * on a page alone.
 */
import type { stream } from 'exceljs';
import type { PlainCell } from './list-row.js';
import { rowHeight } from './measure.js';
import { type Cell, cell, head, look, openSheet, type Pen, type SheetOptions } from './sheet.js';

export type TableColumn<Row> = {
  title: string;
  letter: string;
  /** In digits of Times New Roman 12. */
  width: number;
  /** @param number of the item in the list; @param at the row of the sheet that it comes to stand in */
  cell(row: Row, number: number, at: number): PlainCell;
};

type TitleLine = {
  text: string;
  bold?: boolean;
  italic?: boolean;
  size?: number;
  align?: 'left' | 'center' | 'right';
};

type TableOptions<Row> = {
  name: string;
  /** Above the titles: so many rows. */
  head?: { rows: number; write(pen: Pen): void };
  titles: readonly TitleLine[];
  columns: readonly TableColumn<Row>[];
  /** Columns that stay in view. */
  fixed: number;
  paper?: SheetOptions['paper'];
  /** Under which formulae find the table, from its header's last row. */
  range: string;
};

type TableEnd = {
  empty: string;
  notes?: readonly string[];
  to?: number;
  foot?: { height: number; write(pen: Pen): void };
};

const HEADER_ROWS = 2;
/** Rows that go with the end of their list. */
const HELD = 2;
const GAP = 6;
const LINE = rowHeight(1, 12);

export class Table<Row> {
  readonly pen: Pen;
  private readonly header: number;
  private number = 0;
  private held: Row[] = [];

  constructor(
    workbook: stream.xlsx.WorkbookWriter,
    private readonly options: TableOptions<Row>,
  ) {
    const { name, head: top, titles, columns, fixed, paper } = options;
    this.pen = openSheet(workbook, {
      name,
      widths: columns.map(({ width }) => width),
      frozen: { rows: (top?.rows ?? 0) + titles.length + HEADER_ROWS, columns: fixed },
      titleRows: HEADER_ROWS,
      paper,
    });
    top?.write(this.pen);
    for (const { text, align = 'center', ...font } of titles) this.pen.line(text, look({ align, ...font }));
    this.pen.row(columns.map(({ title }) => ({ value: title, look: head() })));
    const letters = head({ bold: false, italic: true, size: 11 });
    this.header = this.pen.row(columns.map(({ letter }) => ({ value: `(${letter})`, look: letters })));
  }

  /** A line across the table that opens a group. */
  group(text: string): void {
    this.settle(0);
    this.pen.group(text);
  }

  /** The running number goes on across groups. */
  add(row: Row): void {
    this.held.push(row);
    if (this.held.length > HELD) this.write(this.held.shift()!);
  }

  /** Writes the rows that wait, on one page with what follows them. @param following points that it takes */
  settle(following: number): void {
    if (following > 0 && this.held.length > 0) this.pen.keep(this.held.length * LINE + following);
    for (const row of this.held.splice(0)) this.write(row);
  }

  get first(): number {
    return this.header + 1;
  }

  get last(): number {
    return this.pen.next - 1;
  }

  /**
   * Filter, name, notes; nothing can be added any more.
   * @param empty what stands in place of rows; @param to the last row of the list; @param foot what comes last, so many points high
   */
  close({ empty, notes = [], to, foot }: TableEnd): void {
    const { pen, header, options } = this;
    const small = look({ size: 11, italic: true });
    const lines = notes.map((value): Cell[] => [{ value, look: small, span: options.columns.length }]);
    this.settle(lines.reduce((sum, line) => sum + pen.needs(line), GAP + (foot?.height ?? 0)));
    if (this.number === 0)
      pen.row([{ value: empty, look: cell({ align: 'center', italic: true }), span: options.columns.length }]);
    const last = to ?? this.last;
    pen.filter(header, last);
    pen.nameRange(options.range, header, last);
    if (lines.length > 0) pen.gap(GAP);
    for (const line of lines) pen.row(line);
    foot?.write(pen);
    pen.close();
  }

  private write(row: Row): void {
    this.number += 1;
    const at = this.pen.next;
    this.pen.listRow(this.options.columns.map((column) => column.cell(row, this.number, at)));
  }
}
