/**
 * A sheet as it goes to the printer: Times New Roman, A4 landscape, one page wide, margins of Nghị định 30/2020/NĐ-CP,
 * header rows repeated, black thin borders. `Pen` writes it row by row, top to bottom, so that it can be streamed, and
 * gives each row the height its text needs.
 */
import type { Alignment, CellValue, ConditionalFormattingRule, Style, stream, Worksheet } from 'exceljs';
import { cleanText, columnName } from './cell-text.js';
import { type PlainCell, writeListRow } from './list-row.js';
import { balanced, columnPoints, columnUnits, lineCount, rowHeight, splitText } from './measure.js';

export const FONT = 'Times New Roman';
const SIZE = 12;
const MOST_POINTS = 409;
/** The format's number for the paper; the library's own list of papers leaves it out. */
const A3 = 8 as 9;
const millimetres = (length: number) => length / 25.4;
const points = (length: number) => (length / 25.4) * 72;
/** Nghị định 30/2020/NĐ-CP, phụ lục I; in millimetres. */
const MARGIN = { left: 30, right: 15, top: 20 };
/** Heights here and in a printer differ by a little. */
const SAFE = 0.97;
const MOST_BREAKS = 1_000;

type LookOptions = {
  size?: number;
  bold?: boolean;
  italic?: boolean;
  align?: Alignment['horizontal'];
  vertical?: Alignment['vertical'];
  border?: boolean;
  /** Number format; default General. */
  format?: string;
};

const thin = { style: 'thin', color: { argb: 'FF000000' } } as const;
const box = { top: thin, left: thin, bottom: thin, right: thin };
const looks = new Map<string, Partial<Style>>();

/** A style; equal options give the same object, which keeps the workbook's table of styles short. */
export function look(options: LookOptions = {}): Partial<Style> {
  const { size = SIZE, bold = false, italic = false, align = 'left', vertical = 'middle' } = options;
  const { border = false, format = '' } = options;
  const key = `${size} ${bold} ${italic} ${align} ${vertical} ${border} ${format}`;
  const known = looks.get(key);
  if (known) return known;
  const made: Partial<Style> = {
    font: { name: FONT, family: 1, size, bold, italic, color: { argb: 'FF000000' } },
    alignment: { horizontal: align, vertical, wrapText: true },
    ...(border && { border: box }),
    ...(format && { numFmt: format }),
  };
  looks.set(key, made);
  return made;
}

/** Body cells of a table. */
export const cell = (options: LookOptions = {}): Partial<Style> => look({ border: true, ...options });
export const head = (options: LookOptions = {}): Partial<Style> =>
  look({ border: true, bold: true, align: 'center', ...options });

export const formats = {
  whole: '#,##0',
  percent: '0.0%',
  day: 'dd/mm/yyyy',
  moment: 'dd/mm/yyyy hh:mm',
} as const;

export type SheetOptions = {
  name: string;
  /** Column widths in digits of Times New Roman 12. */
  widths: readonly number[];
  /** Rows and columns that stay in view; the last rows of them, `titleRows` in number, are repeated on each page. */
  frozen: { rows: number; columns: number };
  titleRows: number;
  /** A4 unless said otherwise: a sheet to look things up in may be wider than what one prints. */
  paper?: 'A4' | 'A3';
};

/** Opens a sheet for writing from the top. Page number in the top margin, none on the first page (NĐ 30/2020, phụ lục I). */
export function openSheet(workbook: stream.xlsx.WorkbookWriter, options: SheetOptions): Pen {
  const { rows, columns } = options.frozen;
  const sheet = workbook.addWorksheet(options.name, {
    properties: { defaultRowHeight: 16.5 },
    pageSetup: {
      paperSize: options.paper === 'A3' ? A3 : 9,
      orientation: 'landscape',
      fitToPage: true,
      fitToWidth: 1,
      fitToHeight: 0,
      horizontalCentered: true,
      margins: {
        left: millimetres(MARGIN.left),
        right: millimetres(MARGIN.right),
        top: millimetres(MARGIN.top),
        bottom: millimetres(MARGIN.top),
        header: millimetres(10),
        footer: millimetres(10),
      },
      printTitlesRow: `${rows - options.titleRows + 1}:${rows}`,
    },
    headerFooter: { differentFirst: true, oddHeader: `&C&"${FONT},Regular"&13&P/&N` },
    views: [{ state: 'frozen', xSplit: columns, ySplit: rows, showGridLines: false, zoomScale: 90 }],
  });
  sheet.columns = options.widths.map((width) => ({ width: columnUnits(width), style: look() }));
  const paper = options.paper === 'A3' ? { width: 420, height: 297 } : { width: 297, height: 210 };
  const wide = options.widths.reduce((sum, one) => sum + columnPoints(one), 0);
  const shrunk = Math.max(1, wide / points(paper.width - MARGIN.left - MARGIN.right));
  const page = {
    height: SAFE * shrunk * points(paper.height - 2 * MARGIN.top),
    title: [rows - options.titleRows + 1, rows] as const,
  };
  return new Pen(sheet, options.widths, page);
}

export type Cell = {
  value?: CellValue;
  look: Partial<Style>;
  /** Columns taken, default 1; more are merged. */
  span?: number;
};

export class Pen {
  /** Number of the row to be written next. */
  next = 1;

  /** Points of the page that are written on, and of them the rows repeated on each. */
  private used = 0;
  private repeated = 0;

  constructor(
    private readonly sheet: Worksheet,
    readonly widths: readonly number[],
    /** `height` in points of the sheet, as far as it is shrunk in print; `title` the rows repeated, first and last. */
    private readonly page: { height: number; title: readonly [number, number] },
  ) {}

  /** Writes one row from column A. @param height in points; by default what the text needs. @returns the row's number */
  row(cells: readonly Cell[], height = this.needs(cells)): number {
    const number = this.next++;
    const row = this.sheet.getRow(number);
    let column = 1;
    for (const { value = null, look, span = 1 } of cells) {
      const target = row.getCell(column);
      target.value = typeof value === 'string' ? cleanText(value) : value;
      target.style = look;
      if (span > 1) this.sheet.mergeCells(number, column, number, column + span - 1);
      column += span;
    }
    row.height = Math.min(MOST_POINTS, height);
    this.turn(number, row.height);
    return number;
  }

  /** Writes a row of a long list, one cell per column, and lets go of it and of everything above. @returns the row's number */
  listRow(cells: readonly PlainCell[]): number {
    const number = this.next++;
    const height = Math.min(MOST_POINTS, this.needs(cells));
    writeListRow(this.sheet, number, cells, height);
    this.turn(number, height);
    return number;
  }

  /** Points that a row of these cells needs. */
  needs(cells: readonly Cell[]): number {
    let column = 1;
    let needed = rowHeight(1, SIZE);
    for (const { value, look, span = 1 } of cells) {
      if (typeof value === 'string') needed = Math.max(needed, this.heightOf(value, look, column, span));
      column += span;
    }
    return needed;
  }

  /** A line across the table that opens a group; it stands on one page with what follows. */
  group(text: string, options: LookOptions = {}): void {
    const cells = [{ value: text, look: cell({ bold: true, ...options }), span: this.widths.length }];
    this.keep(this.needs(cells) + rowHeight(3, SIZE));
    this.row(cells);
  }

  /** What comes next, so many points high, is not torn apart: it begins a new page where this one has no room for it. */
  keep(height: number): void {
    if (this.used + height > this.page.height && this.used > this.repeated) this.breakBefore(this.next);
  }

  /** A line of running text over all columns. */
  line(value: string, look: Partial<Style>): number {
    return this.row([{ value, look, span: this.widths.length }]);
  }

  /** A title over all columns; one of several lines is cut into lines of about one length. */
  title(value: string, options: LookOptions = {}): number {
    const width = this.widths.reduce((sum, one) => sum + one, 0);
    const { size = 13, bold = true } = options;
    const text = balanced(cleanText(value), width, { size, bold });
    return this.line(text, look({ align: 'center', ...options, size, bold }));
  }

  /** Running text of any length over all columns, on as many rows as it takes. */
  texts(value: string): void {
    const width = this.widths.reduce((sum, one) => sum + one, 0);
    for (const part of splitText(cleanText(value).trim(), width, { size: 13 }))
      this.line(part, look({ size: 13, vertical: 'top' }));
  }

  gap(height = 8): void {
    this.row([{ look: look() }], height);
  }

  /** Joins cells of one column over rows already written. */
  mergeDown(column: number, from: number, to: number): void {
    if (to > from) this.sheet.mergeCells(from, column, to, column);
  }

  /** Conditional formats. @param ranges one or more, with a space between; formulae speak of the first cell */
  mark(ranges: string, rules: ConditionalFormattingRule[]): void {
    this.sheet.addConditionalFormatting({ ref: ranges, rules });
  }

  /** Gives a table a name by which formulae and readers find it, over all columns. @param from its last header row */
  nameRange(name: string, from: number, to: number): void {
    const last = columnName(this.widths.length);
    this.sheet.workbook.definedNames.add(`'${this.sheet.name}'!$A$${from}:$${last}$${to}`, name);
  }

  /** Arrows to filter and sort by, in a header's last row. */
  filter(row: number, to: number): void {
    this.sheet.autoFilter = `A${row}:${columnName(this.widths.length)}${to}`;
  }

  /** The sheet itself, for what a pen does not write. */
  get streamed(): Worksheet {
    return this.sheet;
  }

  /** Lets go of everything written so far: nothing above can be changed or merged any more. */
  commit(): void {
    this.sheet.getRow(this.next - 1).commit();
  }

  close(): void {
    this.sheet.commit();
  }

  /** Follows the pages: a row that has no room begins the next one, below the rows repeated there. */
  private turn(row: number, height: number): void {
    const [first, last] = this.page.title;
    if (row >= first && row <= last) this.repeated += height;
    if (this.used + height > this.page.height) this.breakBefore(row);
    this.used += height;
  }

  /** Pages end where it is said here, so that every program and printer ends them alike; a program holds 1,026 such places. */
  private breakBefore(row: number): void {
    // As ExcelJS does it from a row, which may be gone by now.
    const { rowBreaks } = this.sheet as unknown as { rowBreaks: { id: number; max: number; man: 1 }[] };
    if (rowBreaks.length < MOST_BREAKS) rowBreaks.push({ id: row - 1, max: 16_383, man: 1 });
    this.used = this.repeated;
  }

  private heightOf(text: string, { font }: Partial<Style>, column: number, span: number): number {
    const size = font?.size ?? SIZE;
    const bold = font?.bold ?? false;
    const width =
      span === 1 ? this.widths[column - 1]! : this.widths.slice(column - 1, column - 1 + span).reduce(plus, 0);
    return rowHeight(lineCount(text, width, { size, bold }), size);
  }
}

const plus = (sum: number, one: number) => sum + one;
