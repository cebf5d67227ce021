/**
 * What makes a table an official one: issuing body and national title side by side, place and date, title lines, who
 * receives it and who signs (Nghị định 30/2020/NĐ-CP, phụ lục I). The document's number is left blank, for the clerk to
 * fill in.
 */
import { localDay } from '#core';
import { isUnitKind, kindLabel, unitTitle } from '#organisations';
import { textWidth } from './measure.js';
import { type Cell, look, type Pen } from './sheet.js';

type Unit = { level: number; kind: string; name: string };

/** "tỉnh Thái Nguyên", "thành phố Hà Nội", "xã Kha Sơn". */
export function titleOf({ kind, name }: Pick<Unit, 'kind' | 'name'>): string {
  return isUnitKind(kind) ? unitTitle({ kind, name }) : name;
}

/** The kind in one word for a total's row: "Toàn tỉnh", "Toàn thành phố". */
export function wholeOf({ kind }: Pick<Unit, 'kind'>): string {
  if (kind === 'quoc_gia') return 'Cả nước';
  const label = isUnitKind(kind) ? kindLabel(kind) : 'đơn vị';
  return `Toàn ${label.replace(/ trực thuộc trung ương$/, '')}`;
}

/** The units right below, as a column's title names them. */
export const belowOf = ({ level }: Pick<Unit, 'level'>): string =>
  level === 0 ? 'tỉnh, thành phố' : 'xã, phường, đặc khu';

/** Where the figures hold: "trên địa bàn tỉnh Thái Nguyên", "trong cả nước". */
export const placeOf = (unit: Unit): string => (unit.level === 0 ? 'trong cả nước' : `trên địa bàn ${titleOf(unit)}`);

export const upper = (text: string): string => text.toLocaleUpperCase('vi');

export const DEPARTMENT = 'Sở Khoa học và Công nghệ';
export const MINISTRY = 'Bộ Khoa học và Công nghệ';

/** Who issues a document: the ministry for the nation, the department for a province, the people's committee of a commune. */
export type Office = {
  /** The body above, on a line of its own; the ministry and a committee have none there. */
  superior: string | null;
  /** The lines of the body itself. */
  body: string[];
  /** In a sentence: "Sở Khoa học và Công nghệ tỉnh Thái Nguyên". */
  name: string;
  /** Where the document is dated. */
  place: string;
  /** Behind the number: "/BC-SKHCN". */
  symbol: string;
  signer: string[];
  copies: string[];
};

export function officeOf(unit: Unit): Office {
  if (unit.level === 0)
    return {
      superior: null,
      body: [MINISTRY],
      name: MINISTRY,
      place: 'Hà Nội',
      symbol: 'BC-BKHCN',
      signer: ['KT. BỘ TRƯỞNG', 'THỨ TRƯỞNG'],
      copies: ['Thủ tướng Chính phủ (để báo cáo)', 'UBND các tỉnh, thành phố', 'Lưu: VT'],
    };
  if (unit.level === 1)
    return {
      superior: `UBND ${titleOf(unit)}`,
      body: [DEPARTMENT],
      name: `${DEPARTMENT} ${titleOf(unit)}`,
      place: unit.name,
      symbol: 'BC-SKHCN',
      signer: ['GIÁM ĐỐC'],
      copies: [
        `${MINISTRY} (để báo cáo)`,
        `UBND ${titleOf(unit)} (để báo cáo)`,
        'UBND các xã, phường, đặc khu',
        'Lưu: VT',
      ],
    };
  return {
    superior: null,
    body: ['Ủy ban nhân dân', titleOf(unit)],
    name: `UBND ${titleOf(unit)}`,
    place: unit.name,
    symbol: 'BC-UBND',
    signer: ['TM. ỦY BAN NHÂN DÂN', 'CHỦ TỊCH'],
    copies: [`${DEPARTMENT} (để báo cáo)`, 'Lưu: VT, VHXH'],
  };
}

/** "ngày 05 tháng 02 năm 2026": a zero before days 1–9 and months 1–2 only (NĐ 30/2020). */
export function longDate(instant: Date): string {
  const [year, month, day] = localDay(instant).split('-');
  return `ngày ${day} tháng ${Number(month) > 2 ? Number(month) : month} năm ${year}`;
}

/** Rows taken by `officialHead`. */
export const HEAD_ROWS = 4;

/**
 * The four rows at the top.
 * @param left columns of the issuing body; the rest belong to the national title
 * @param numbered false for what has no number of its own, as it goes with a letter
 */
export function officialHead(pen: Pen, office: Office, asOf: Date, left: number, numbered = true): void {
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
  const bold = { size: 13, bold: true };
  const lines = [...(office.superior ? [office.superior] : []), ...office.body].map(upper);
  const body = lines.at(-1)!;
  // The ministry's name stands alone on the first line; its rule comes right below it, beside the motto.
  pair(lines[0]!, office.superior ? { size: 13 } : bold, 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', bold);
  pair(lines[1] ?? rule(body, 0.4), lines[1] ? bold : RULE, motto, { size: 14, bold: true });
  // The rules under the body (a third to a half of its line) and under the motto (its whole length).
  pair(lines[1] ? rule(body, 0.4) : '', RULE, dashes(textWidth(motto, { size: 14, bold: true })), RULE, 11);
  const place = `${office.place}, ${longDate(asOf)}`;
  pair(numbered ? `Số:            /${office.symbol}` : '', { size: 13 }, place, { size: 13, italic: true });
}

const RULE = { size: 6, vertical: 'top' };
const rule = (line: string, share: number) => dashes(textWidth(line, { size: 13, bold: true }) * share);
const dashes = (points: number) => '_'.repeat(Math.round(points / textWidth('_', { size: 6 })));

/** "(Kèm theo Báo cáo số …)", to be filled in by hand. */
export function attachedTo({ symbol, name }: Office, year: string): string {
  return `(Kèm theo Báo cáo số ……/${symbol} ngày …… tháng …… năm ${year} của ${name})`;
}

/** "(Kèm theo Công văn số …)": a letter's number names no kind of document before the body. */
export function attachedToLetter({ symbol, name }: Office, year: string): string {
  return `(Kèm theo Công văn số ……/${symbol.replace(/^BC-/, '')} ngày …… tháng …… năm ${year} của ${name})`;
}

/** Room for a signature, in points. */
const SIGNING = 62;
/** Points that `signatures` takes at most. */
export const SIGNATURES = SIGNING + 120;

/** Who receives it, who drew it up, who signs. @param columns of the first two blocks; the third has the rest */
export function signatures(pen: Pen, office: Office, columns: readonly [number, number]): void {
  const [first, second] = columns;
  const third = pen.widths.length - first - second;
  const block = (texts: [string, string, string], options: [object, object, object], height?: number) =>
    pen.row(
      [first, second, third].map((span, at): Cell => ({ value: texts[at] ?? '', look: look(options[at]), span })),
      height,
    );
  const centred = { align: 'center', size: 13, vertical: 'top' };
  const list = { size: 11, vertical: 'top' };
  pen.keep(SIGNATURES);
  pen.gap(12);
  block(
    ['Nơi nhận:', 'NGƯỜI LẬP BIỂU', office.signer.join('\n')],
    [
      { size: 12, bold: true, italic: true, vertical: 'top' },
      { ...centred, bold: true },
      { ...centred, bold: true },
    ],
  );
  const copies = office.copies.map((copy, at) => `- ${copy}${at === office.copies.length - 1 ? '.' : ';'}`);
  block(
    [copies.join('\n'), '(Ký, ghi rõ họ tên)', '(Ký, ghi rõ họ tên, đóng dấu)'],
    [list, { ...centred, size: 12, italic: true }, { ...centred, size: 12, italic: true }],
  );
  pen.gap(SIGNING);
}
