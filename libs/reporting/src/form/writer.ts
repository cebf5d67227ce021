/**
 * The form as a workbook: one sheet per unit, filled in as far as is known, protected but for the cells to fill in, with
 * lists and limits in the sheet itself, and the hidden sheet that says which form it is. It prints on A4.
 */
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as breathe } from 'node:timers/promises';
import exceljs, { type Style, type stream, type Worksheet } from 'exceljs';
import { isUnitKind, kindLevel, levels, unitTitle } from '#organisations';
import type { LocalReport } from '../proposal.js';
import { writeBelow } from './below.sheet.js';
import { type CellContent, type FormUnit, figureOf, type Prefill, prefillOf } from './content.js';
import { type FormIds, IDS_SHEET, idRows } from './form-ids.js';
import {
  COLUMNS,
  cellName,
  type Field,
  type FormCell,
  type FormLayout,
  HEAD_ROWS,
  LAST_COLUMN,
  versionOf,
} from './layout.js';
import { limitOf } from './limits.js';
import { columnUnits, heightOf, inputLook, looks, style } from './looks.js';

export type FormBook = {
  programme: { code: string; name: string };
  round: { code: string; year: number | null; half: number | null; dataFrom: string; dataTo: string };
  units: FormUnit[];
  /** Made for the level above: it may say when a paper came. */
  fromAbove: boolean;
  /** What the local units of the one commune whose form it is have sent. */
  below?: readonly LocalReport[];
};

type Book = stream.xlsx.WorkbookWriter;
const millimetres = (length: number) => length / 25.4;
const widthOf = (column: number, span = 1) =>
  COLUMNS.slice(column - 1, column - 1 + span).reduce((sum, { width }) => sum + width, 0);

/** Writes the workbook of these units; other work goes on between two sheets. */
export async function writeForms(layoutFor: (kind: string) => FormLayout, book: FormBook, at: Date): Promise<Buffer> {
  const packed = new PassThrough();
  const collected = buffer(packed);
  const options = { stream: packed, useStyles: true, useSharedStrings: true, created: at, modified: at };
  const workbook: Book = new exceljs.stream.xlsx.WorkbookWriter(options);
  const layouts = book.units.map(({ kind }) => layoutFor(kind));
  const prefills = book.units.map((unit, index) => prefillOf(layouts[index]!, unit, book.fromAbove));
  for (const [index, unit] of book.units.entries()) {
    await writeSheet(workbook, layouts[index]!, book, unit, prefills[index]!);
    await breathe();
  }
  if (book.below && book.below.length > 0) writeBelow(workbook, layouts[0]!, book.below);
  writeIds(workbook, {
    programme: book.programme.code,
    round: book.round.code,
    version: versionOf(layouts),
    units: book.units.map(({ code, newest }, index) => ({
      ...{ code, expectedVersion: newest },
      carried: prefills[index]!.carried,
    })),
  });
  await workbook.commit();
  return collected;
}

/** Of a workbook of one unit, and of many. */
const sheetNameOf = ({ code, name }: { code: string; name: string }, alone: boolean): string =>
  alone ? 'Báo cáo' : `${code} ${name.replace(/[\\/*?:[\]]/g, ' ')}`.slice(0, 31).trim();

function writeIds(workbook: Book, ids: FormIds): void {
  const sheet = workbook.addWorksheet(IDS_SHEET, { state: 'veryHidden' });
  for (const values of idRows(ids)) sheet.addRow(values).commit();
  sheet.commit();
}

async function writeSheet(
  workbook: Book,
  layout: FormLayout,
  book: FormBook,
  unit: FormUnit,
  prefill: Prefill,
): Promise<void> {
  const sheet = workbook.addWorksheet(sheetNameOf(unit, book.units.length === 1), {
    properties: { defaultRowHeight: 16.5 },
    pageSetup: {
      ...{ paperSize: 9, orientation: 'landscape', fitToPage: true, fitToWidth: 1, fitToHeight: 0 },
      margins: {
        ...{ left: millimetres(20), right: millimetres(15), top: millimetres(20), bottom: millimetres(15) },
        ...{ header: millimetres(10), footer: millimetres(8) },
      },
      printTitlesRow: `${HEAD_ROWS - 1}:${HEAD_ROWS}`,
    },
    headerFooter: { differentFirst: true, oddHeader: '&C&"Times New Roman,Regular"&13&P/&N' },
    views: [{ state: 'normal', showGridLines: false, zoomScale: 100, activeCell: 'F15' }],
  });
  sheet.columns = COLUMNS.map(({ width }, index) => ({ width: columnUnits(width), hidden: index === 0 }));
  await protect(sheet);
  writeHead(sheet, book, unit);
  for (const row of layout.rows) {
    const target = sheet.getRow(row.number);
    let height = row.lines ? row.lines * 17 : 18;
    target.getCell(1).value = row.key;
    for (const cell of row.cells) {
      const text = writeCell(sheet, layout, book, unit, prefill, row.number, cell);
      const width = widthOf(cell.column, cell.span);
      if ((cell.down ?? 1) === 1) height = Math.max(height, heightOf(text, width));
    }
    target.height = height;
    if (row.breakBefore) sheet.getRow(row.number - 1).addPageBreak();
  }
  sheet.commit();
}

type Parts = { _writeSheetProtection(): void; _writeAutoFilter(): void };

/**
 * Without a password: it shields from slips, and nobody has to ask for one. What stands in the sheet is checked anyway.
 * ExcelJS 4.4.0 streams the protection behind the data validations, where Excel takes the file for damaged: the order of
 * a sheet's parts is fixed (ECMA-376-1, CT_Worksheet). So it is written in the place of the filter, which we never have.
 */
async function protect(sheet: Worksheet): Promise<void> {
  await sheet.protect('', {
    formatColumns: true,
    formatRows: true,
    selectLockedCells: true,
    selectUnlockedCells: true,
  });
  const parts = sheet as unknown as Parts;
  parts._writeAutoFilter = parts._writeSheetProtection.bind(sheet);
  parts._writeSheetProtection = () => {};
}

function writeHead(sheet: Worksheet, { programme, round }: FormBook, unit: FormUnit): void {
  sheet.getCell('A1').value = unit.code;
  const title = isUnitKind(unit.kind) ? unitTitle({ kind: unit.kind, name: unit.name }) : unit.name;
  const line = (row: number, from: number, to: number, text: string, look: Partial<Style>, height?: number) => {
    const cell = sheet.getCell(row, from);
    cell.value = text;
    cell.style = look;
    sheet.mergeCells(row, from, row, to);
    sheet.getRow(row).height =
      height ?? Math.max(sheet.getRow(row).height ?? 0, heightOf(text, widthOf(from, to - from + 1), look.font?.size));
  };
  const centred = (options: object) => style({ align: 'center', ...options });
  const upper = (text: string) => text.toLocaleUpperCase('vi');
  const parent = isUnitKind(unit.parentKind)
    ? unitTitle({ kind: unit.parentKind, name: unit.parentName })
    : unit.parentName;
  const local = isUnitKind(unit.kind) && kindLevel(unit.kind) === levels.local;
  line(1, 2, 4, local ? upper(`UBND ${parent}`) : 'ỦY BAN NHÂN DÂN', centred({ size: 13 }));
  line(1, 5, LAST_COLUMN, 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', centred({ size: 13, bold: true }));
  line(2, 2, 4, upper(title), centred({ size: 13, bold: true }));
  line(2, 5, LAST_COLUMN, 'Độc lập - Tự do - Hạnh phúc', centred({ size: 14, bold: true }), 20);
  line(3, 2, 4, '_'.repeat(22), centred({ size: 6, top: true }), 11);
  line(3, 5, LAST_COLUMN, '_'.repeat(58), centred({ size: 6, top: true }), 11);
  const whole = (row: number, text: string, look: Partial<Style>) => line(row, 2, LAST_COLUMN, text, look);
  whole(5, 'BIỂU SỐ LIỆU KẾT QUẢ THỰC HIỆN', centred({ size: 14, bold: true }));
  whole(6, programme.name, centred({ size: 13, bold: true }));
  whole(
    7,
    `${roundTitle(round)} (số liệu từ ngày ${dayOf(round.dataFrom)} đến ngày ${dayOf(round.dataTo)})`,
    centred({ italic: true }),
  );
  const standing = unit.state ? `bản ${unit.newest}, ${stateTitles[unit.state] ?? unit.state}` : 'chưa nộp';
  const facts = `Mã đơn vị: ${unit.code} (${title}, ${parent}). Hạn nộp: hết ngày ${dayOf(unit.dueOn)}. Báo cáo trên hệ thống: ${standing}.`;
  whole(8, facts, centred({}));
  whole(
    9,
    'Chỉ nhập vào các ô nền vàng. Số ghi bằng chữ số (10.793 hoặc 10793), không ghi kèm đơn vị. Việc không có trong kỳ: chọn “Không phát sinh”; chưa có số liệu: chọn “Chưa có số liệu”, không ghi 0 thay; số ước những ngày cuối kỳ: chọn “Ước thực hiện”.',
    looks.hint,
  );
  whole(
    10,
    'Không dùng công thức, không gộp ô, không thêm, xoá hay chuyển hàng, cột. Không ghi nội dung thuộc bí mật nhà nước. Nhập xong, lưu dạng .xlsx và gửi lên hệ thống.',
    looks.hint,
  );
  const head = sheet.getRow(HEAD_ROWS - 1);
  const numbers = sheet.getRow(HEAD_ROWS);
  for (let column = 2; column <= LAST_COLUMN; column++) {
    head.getCell(column).value = COLUMNS[column - 1]!.title;
    head.getCell(column).style = looks.head;
    numbers.getCell(column).value = column <= 4 ? `(${'ABC'[column - 2]})` : `(${column - 4})`;
    numbers.getCell(column).style = {
      ...looks.head,
      font: { ...looks.head.font, bold: false, italic: true, size: 11 },
    };
  }
  head.height = 34;
}

const stateTitles: Record<string, string> = {
  ...{ submitted: 'đã nộp, chờ duyệt', accepted: 'đã duyệt', returned: 'bị trả lại', withdrawn: 'đã rút' },
};

/** "2026-06-14" → "14/6/2026" */
const dayOf = (iso: string) => iso.split('-').reverse().map(Number).join('/');

function roundTitle({ code, year, half }: FormBook['round']): string {
  if (year === null) return `Kỳ báo cáo đột xuất ${code}`;
  return half === 1 ? `Kỳ báo cáo 6 tháng đầu năm ${year}` : `Kỳ báo cáo 6 tháng cuối năm ${year}`;
}

/** @returns the text whose height the row must have */
function writeCell(
  sheet: Worksheet,
  layout: FormLayout,
  { fromAbove }: FormBook,
  unit: FormUnit,
  prefill: Prefill,
  row: number,
  cell: FormCell,
): string {
  const { column, span = 1, down = 1 } = cell;
  const target = sheet.getCell(row, column);
  // Cells that join another take its look at that moment.
  const dress = (look: Partial<Style>) => {
    target.style = look;
    if (span > 1 || down > 1) sheet.mergeCells(row, column, row + down - 1, column + span - 1);
  };
  if (cell.kind === 'label') {
    target.value = cell.text;
    dress(looks[cell.look]);
    return cell.text;
  }
  if (cell.kind === 'shown') {
    dress(looks.shown);
    return writeShown(target, layout, unit, cell.shown);
  }
  const { field } = cell;
  const content = prefill.cells.get(cellName(column, row));
  // A denominator asked before is not asked again, unless the report has another one here; the day on which a paper came
  // is for the level above to say.
  const asked = content !== undefined || !(isShared(layout, field) || (isReceipt(field) && !fromAbove));
  const limit = limitOf(layout, field);
  dress(inputLook(limit, !asked));
  if (limit.validation && asked) target.dataValidation = limit.validation;
  if (!content) return '';
  target.value = cellValue(content);
  return content.kind === 'text' ? content.text : '';
}

const isShared = (layout: FormLayout, field: Field) =>
  field.of === 'figure' && field.part === 'denominator' && layout.sharedWith.has(field.indicator);

const isReceipt = (field: Field) => field.of === 'header' && field.part === 'receivedOn';

const FIRST_EXCEL_DAY = '1900-03-01';

function cellValue({ kind, text }: CellContent): string | number | Date {
  if (kind === 'number') return Number(text);
  if (kind === 'day' && text >= FIRST_EXCEL_DAY) return new Date(`${text}T00:00:00Z`);
  // What reads like an escape of the format ("_x0041_") is shielded, or it would come back as another letter.
  return text.replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_');
}

function writeShown(
  target: ReturnType<Worksheet['getCell']>,
  layout: FormLayout,
  unit: FormUnit,
  { indicator: code, part }: Extract<FormCell, { kind: 'shown' }>['shown'],
): string {
  const indicator = layout.indicators.find((one) => one.code === code)!;
  const place = (of: 'numerator' | 'denominator') =>
    layout.placeOf({ of: 'figure', indicator: code, part: of } satisfies Field)!;
  if (part === 'ratio') {
    const leader = layout.sharedWith.get(code);
    const own = place('denominator');
    const shared = leader && layout.placeOf({ of: 'figure', indicator: leader, part: 'denominator' });
    const d = shared ? `IF(${own}="",${shared},${own})` : own;
    target.value = {
      formula: `IF(AND(ISNUMBER(${place('numerator')}),ISNUMBER(${d})),IF(${d}>0,${place('numerator')}/${d},""),"")`,
      result: '',
    };
    target.numFmt = '0.0%';
    return '';
  }
  const figure = unit.last && figureOf(unit.last.figures, indicator);
  if (!figure || figure.state === 'missing') return '';
  if (figure.state === 'not_applicable') {
    if (part === 'numerator') target.value = 'không phát sinh';
    return part === 'numerator' ? 'không phát sinh' : '';
  }
  if (indicator.kind === 'milestone') target.value = figure.n === '1' ? 'Có' : 'Không';
  else if (part === 'lastRatio') {
    if (figure.n !== null && figure.d !== null && Number(figure.d) > 0)
      target.value = Number(figure.n) / Number(figure.d);
    target.numFmt = '0.0%';
  } else {
    const digits = part === 'numerator' ? figure.n : figure.d;
    if (digits !== null) target.value = Number(digits);
    target.numFmt = '#,##0.######';
  }
  return '';
}
