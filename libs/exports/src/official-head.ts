/**
 * What makes a table an official one: issuing body and national title side by side, place and date, title lines, and the
 * signatures (Nghị định 30/2020/NĐ-CP, phụ lục I). The document's number is left blank, for the clerk to fill in.
 */
import { localDay } from '#core';
import { isUnitKind, kindLabel, unitTitle } from '#organisations';
import { textWidth } from './measure.js';
import { look, type Pen } from './sheet.js';

type Province = { kind: string; name: string };

/** "tỉnh Thái Nguyên", "thành phố Hà Nội". */
export function titleOf({ kind, name }: Province): string {
  return isUnitKind(kind) ? unitTitle({ kind, name }) : name;
}

/** The kind in one word for a total's row: "Toàn tỉnh", "Toàn thành phố". */
export function wholeOf({ kind }: Province): string {
  if (kind === 'quoc_gia') return 'Cả nước';
  const label = isUnitKind(kind) ? kindLabel(kind) : 'đơn vị';
  return `Toàn ${label.replace(/ trực thuộc trung ương$/, '')}`;
}

export const upper = (text: string): string => text.toLocaleUpperCase('vi');

export const DEPARTMENT = 'Sở Khoa học và Công nghệ';

/** "ngày 05 tháng 02 năm 2026": a zero before days 1–9 and months 1–2 only (NĐ 30/2020). */
export function longDate(instant: Date): string {
  const [year, month, day] = localDay(instant).split('-');
  return `ngày ${day} tháng ${Number(month) > 2 ? Number(month) : month} năm ${year}`;
}

/** Rows taken by `officialHead`. */
export const HEAD_ROWS = 4;

/** The four rows at the top. @param left columns of the issuing body; the rest belong to the national title */
export function officialHead(pen: Pen, province: Province, asOf: Date, left: number): void {
  const right = pen.widths.length - left;
  const pair = (a: string, lookA: object, b: string, lookB: object, height?: number) =>
    pen.row(
      [
        { value: a, look: look({ align: 'center', ...lookA }), span: left },
        { value: b, look: look({ align: 'center', ...lookB }), span: right },
      ],
      height,
    );
  const motto = 'Độc lập - Tự do - Hạnh phúc';
  const body = upper(DEPARTMENT);
  const bold = { size: 13, bold: true };
  pair(`UBND ${upper(titleOf(province))}`, { size: 13 }, 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', bold);
  pair(body, bold, motto, { size: 14, bold: true });
  // The rules under the body (a third to a half of its line) and under the motto (its whole length).
  const rule = { size: 6, vertical: 'top' };
  pair(dashes(textWidth(body, bold) * 0.4), rule, dashes(textWidth(motto, { size: 14, bold: true })), rule, 11);
  const place = `${province.name}, ${longDate(asOf)}`;
  pair('Số:            /BC-SKHCN', { size: 13 }, place, { size: 13, italic: true });
}

const dashes = (points: number) => '_'.repeat(Math.round(points / textWidth('_', { size: 6 })));

/** "(Kèm theo Báo cáo số …)", to be filled in by hand. */
export function attachedTo(province: Province, year: string): string {
  return `(Kèm theo Báo cáo số ……/BC-SKHCN ngày …… tháng …… năm ${year} của ${DEPARTMENT} ${titleOf(province)})`;
}

/** The two signatures under a table. */
export function signatures(pen: Pen, left: number): void {
  const right = pen.widths.length - left;
  const pair = (a: string, b: string, options: object) =>
    pen.row([
      { value: a, look: look({ align: 'center', size: 13, ...options }), span: left },
      { value: b, look: look({ align: 'center', size: 13, ...options }), span: right },
    ]);
  pen.gap(12);
  pair('NGƯỜI LẬP BIỂU', 'GIÁM ĐỐC', { bold: true });
  pair('(Ký, ghi rõ họ tên)', '(Ký, ghi rõ họ tên, đóng dấu)', { italic: true });
}
