/**
 * How the form looks: Times New Roman, thin black borders, pale yellow where something is to be written. ExcelJS compares
 * styles by what they say, so equal options give one style.
 */
import type { Alignment, Borders, Style } from 'exceljs';
import type { Look } from './layout.js';

const thin = { style: 'thin', color: { argb: 'FF000000' } } as const;
const box: Partial<Borders> = { top: thin, left: thin, bottom: thin, right: thin };
const paper = { type: 'pattern', pattern: 'solid', fgColor: { argb: 'FFFFF9DB' } } as const;
const band = { type: 'pattern', pattern: 'solid', fgColor: { argb: 'FFEDEDED' } } as const;

type Options = {
  size?: number;
  bold?: boolean;
  italic?: boolean;
  grey?: boolean;
  align?: Alignment['horizontal'];
  top?: boolean;
  indent?: number;
};

export function style({ size = 12, bold, italic, grey, align = 'left', top, indent }: Options): Partial<Style> {
  return {
    font: { name: 'Times New Roman', family: 1, size, bold, italic, color: { argb: grey ? 'FF595959' : 'FF000000' } },
    alignment: {
      ...{ horizontal: align, vertical: top ? 'top' : 'middle', wrapText: true },
      ...(align !== 'center' && { indent: indent ?? 0 }),
    },
  };
}

/** A little room between border and text. */
const boxed = (options: Options): Partial<Style> => ({ ...style({ indent: 1, ...options }), border: box });

export const looks: Record<Look | 'head' | 'shown', Partial<Style>> = {
  head: { ...boxed({ bold: true, align: 'center' }), fill: band },
  section: { ...boxed({ bold: true }), fill: band },
  number: boxed({ align: 'center' }),
  name: boxed({ bold: true }),
  part: boxed({}),
  text: boxed({}),
  hint: style({ italic: true, size: 11 }),
  sign: style({ bold: true, align: 'center' }),
  signHint: style({ italic: true, align: 'center' }),
  shown: boxed({ align: 'center', grey: true }),
};

/** A cell to write in. @param format of numbers and days; "@" keeps what is typed as text */
export const inputLook = (
  { align, format, top }: { align: 'left' | 'center' | 'right'; format: string; top?: boolean },
  locked = false,
): Partial<Style> => ({
  ...boxed({ align, top }),
  ...(!locked && { fill: paper }),
  numFmt: format,
  protection: { locked },
});

/** Column widths are counted in digits of Times New Roman 12; the file counts digits of Calibri 11. */
export const columnUnits = (width: number): number => Math.round(((width * 8) / 7) * 100) / 100;

const LETTERS_PER_DIGIT = 1.12;

/** Height in points that a text needs in a cell of this width; merged cells get none by themselves. */
export function heightOf(text: string, width: number, size = 12): number {
  const room = (width * LETTERS_PER_DIGIT * 12) / size;
  const lines = text
    .split('\n')
    .map((line) => Math.max(1, Math.ceil(line.length / room)))
    .reduce((sum, one) => sum + one, 0);
  return Math.min(409, lines * size * 1.32 + 3);
}
