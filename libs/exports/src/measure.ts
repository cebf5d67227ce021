/**
 * How many lines a text takes in a cell of a given width. Spreadsheet programs fit no height to merged cells, so rows get
 * an explicit one; without it long names would print cut off. Widths are those of Times New Roman, a little generous.
 */

/** Advance widths in thousandths of the font size; Vietnamese letters take that of their base letter. */
const advances: [number, string][] = [
  [200, "|'"],
  [260, ' .,'],
  [278, 'ijlt/\\:;'],
  [333, 'fr()[]-I!`'],
  [400, 's"'],
  [444, 'aceza?“”°'],
  [500, 'bdđghknopquvxy0123456789_–*$#…'],
  [564, 'PSF+<>=~^≥≤×'],
  [611, 'ETLZ'],
  [667, 'BCR'],
  [722, 'ADGHKNOQUVXYwĐ'],
  [778, 'm&'],
  [889, 'M%'],
  [944, 'W@—'],
];
const advanceOf = new Map(advances.flatMap(([advance, letters]) => [...letters].map((letter) => [letter, advance])));
const WIDEST_UNKNOWN = 722;
const BOLD = 1.06;
const SAFETY = 1.04;

/** Widths here are counted in digits of Times New Roman 12: 8 pixels, 6 points. */
const POINTS_PER_DIGIT = 6;
const CELL_PADDING = 5;

/** The file counts columns in digits of its default font, which ExcelJS fixes as Calibri 11: 7 pixels. */
export function columnUnits(width: number): number {
  return Math.round(((width * 8) / 7) * 100) / 100;
}

/** Points that a column takes. @param width in digits of Times New Roman 12 */
export const columnPoints = (width: number): number => width * POINTS_PER_DIGIT;

export type Letters = { size: number; bold?: boolean };

/** Advance by code unit, found once: a letter with its marks is as wide as its base, a mark alone takes no room. */
const known = new Int16Array(0x10000).fill(-1);

function learn(code: number): number {
  const isMark = (sign: string) => /\p{M}/u.test(sign);
  const signs = [...String.fromCharCode(code).normalize('NFD')].filter((sign) => !isMark(sign));
  const advance = signs.reduce((sum, sign) => sum + (advanceOf.get(sign) ?? WIDEST_UNKNOWN), 0);
  known[code] = advance;
  return advance;
}

/** Width in points of a text on one line. */
export function textWidth(text: string, { size, bold = false }: Letters): number {
  let thousandths = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const advance = known[code]!;
    thousandths += advance < 0 ? learn(code) : advance;
  }
  return (thousandths * size * (bold ? BOLD : 1)) / 1000;
}

/** Whether a text stands on one line. @param most width in thousandths of the font size */
function fits(text: string, most: number): boolean {
  let thousandths = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === LINE_END) return false;
    const advance = known[code]!;
    thousandths += advance < 0 ? learn(code) : advance;
    if (thousandths > most) return false;
  }
  return true;
}
const LINE_END = 10;

/** Lines after wrapping at spaces, at least 1. @param width of the cell, in digits of Times New Roman 12 */
export function lineCount(text: string, width: number, letters: Letters): number {
  const room = (width * POINTS_PER_DIGIT - CELL_PADDING) / SAFETY;
  if (fits(text, (room * 1000) / (letters.size * (letters.bold ? BOLD : 1)))) return 1;
  const space = textWidth(' ', letters);
  let lines = 0;
  for (const paragraph of text.split('\n')) {
    let used = 0;
    lines += 1;
    for (const word of paragraph.split(' ')) {
      const long = textWidth(word, letters);
      if (used > 0 && used + space + long > room) {
        lines += 1;
        used = 0;
      }
      // A word wider than the cell is broken inside, as spreadsheet programs do.
      lines += Math.max(0, Math.ceil(long / room) - 1);
      used += (used > 0 ? space : 0) + (long > room ? long % room : long);
    }
  }
  return lines;
}

/** The text on as many lines as it takes, of about one length each: no last line of a single word. */
export function balanced(text: string, width: number, letters: Letters): string {
  const lines = lineCount(text, width, letters);
  if (lines === 1) return text;
  const words = text.split(' ');
  const least = textWidth(text, letters) / lines;
  const parts: string[] = [];
  let part = '';
  for (const word of words) {
    const longer = part ? `${part} ${word}` : word;
    // The word goes where it leaves the line nearer to its share.
    const over = textWidth(longer, letters) - least;
    if (part && parts.length < lines - 1 && over > 0 && over > least - textWidth(part, letters)) {
      parts.push(part);
      part = word;
    } else part = longer;
  }
  return [...parts, part].join('\n');
}

/** Height in points of a row that holds so many lines. */
export function rowHeight(lines: number, size: number): number {
  return Math.ceil(lines * size * 1.3 + 2);
}

/** Well below the tallest row, and few enough that pages break between rows without large gaps. */
const LINES_PER_ROW = 20;

/** Cuts a text between words, and words beyond all measure, into parts of at most 20 lines: a row of a sheet has a greatest height. */
export function splitText(text: string, width: number, letters: Letters = { size: 12 }): string[] {
  const lines = (part: string) => lineCount(part, width, letters);
  if (lines(text) <= LINES_PER_ROW) return [text];
  const parts: string[] = [];
  let part = '';
  for (const piece of text.match(/\S{1,500}\s*/gu) ?? []) {
    if (part && lines(part + piece) > LINES_PER_ROW) {
      parts.push(part.trimEnd());
      part = '';
    }
    part += piece;
  }
  return [...parts, part.trimEnd()].filter((one) => one !== '');
}
