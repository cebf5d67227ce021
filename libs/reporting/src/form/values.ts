/**
 * What a person has put into a cell, read as the rules of the form say (docs/semantics.md §7): Vietnamese numbers, days,
 * words of a list, texts. Pure. What could be read in two ways is refused, never guessed.
 */
import { isDay } from '#core';

/** A cell as the file holds it. */
export type RawCell = {
  /** Row and column, from 1. */
  row: number;
  column: number;
  /** Content: digits for a number, the text for a text, "1" or "0" for a truth value, the code of an error. */
  text: string;
  type: 'number' | 'text' | 'boolean' | 'error' | 'day';
  /** Holds a formula; its result, which anybody can forge, is not looked at. */
  formula: boolean;
  /** A number that the cell's format shows as a date. */
  dated: boolean;
};

export type Misread = 'number' | 'number_dotted' | 'number_comma' | 'dated' | 'choice' | 'day' | 'formula' | 'error';
export type ReadValue<T> = { value: T } | { wrong: Misread };

/**
 * Text as it is kept and compared: composed (NFC), plain line ends, no other control characters, no spaces at its ends.
 * Nothing left is null.
 */
export function tidy(text: string | null | undefined): string | null {
  const clean = (text ?? '')
    .toWellFormed()
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .replace(/[\p{Cc}\uFFFE\uFFFF]/gu, (sign) => (sign === '\n' || sign === '\t' ? sign : ''))
    .trim();
  return clean === '' ? null : clean;
}

const GROUPED = /^[1-9]\d{0,2}(?:\.\d{3})+$|^[1-9]\d{0,2}(?: \d{3})+$/;

/**
 * A number as plain digits with a dot before decimals ("1234.5"), as the API takes it.
 * A number cell is the double that it stores, in the shortest digits that mean it. A text is read in Vietnamese notation:
 * groups of three after dots or spaces, a comma before decimals. "1.234" is 1234; "1,5" is 1.5; "1.5" and "1,234.5" are refused.
 * @param scale decimals that the indicator takes
 */
export function readNumber(cell: RawCell, scale: number): ReadValue<string> {
  const refused = common(cell);
  if (refused) return { wrong: refused };
  if (cell.dated || cell.type === 'day') return { wrong: 'dated' };
  if (cell.type === 'number') {
    const digits = plainDigits(Number(cell.text));
    if (digits === null) return { wrong: 'number' };
    return decimals(digits) > scale ? { wrong: 'number_dotted' } : { value: digits };
  }
  if (cell.type !== 'text') return { wrong: 'number' };
  const text = tidy(cell.text)?.replace(/[\u00A0\u2007\u2009\u202F]/g, ' ') ?? '';
  const match = /^([^,]*)(?:,(\d+))?$/.exec(text);
  const whole = match?.[1] ?? '';
  if (!match || !(GROUPED.test(whole) || /^\d{1,20}$/.test(whole)))
    return { wrong: /^\d+[.]\d+$/.test(text) ? 'number_dotted' : 'number' };
  const fraction = match[2] ?? '';
  if (fraction.length > scale) return { wrong: 'number_comma' };
  const digits = whole.replace(/[. ]/g, '');
  return { value: fraction === '' ? digits : `${digits}.${fraction}` };
}

/** 1e21 and above, negative and broken numbers have no plain digits here. */
function plainDigits(number: number): string | null {
  if (!Number.isFinite(number) || number < 0 || number >= 1e16) return null;
  if (Object.is(number, -0) || number === 0) return '0';
  const text = String(number);
  if (/^\d+(\.\d+)?$/.test(text)) return text;
  // Only very small numbers are written with an exponent here.
  return number.toFixed(20).replace(/0+$/, '');
}

const decimals = (digits: string) => digits.split('.')[1]?.length ?? 0;

/** One of the words, whatever its case, accents' composition and spaces at its ends. @returns its place in the list */
export function readChoice(cell: RawCell, words: readonly string[]): ReadValue<number> {
  const refused = common(cell);
  if (refused) return { wrong: refused };
  if (cell.type !== 'text') return { wrong: 'choice' };
  const given = tidy(cell.text)?.toLocaleLowerCase('vi');
  const place = words.findIndex((word) => word.toLocaleLowerCase('vi') === given);
  return place < 0 ? { wrong: 'choice' } : { value: place };
}

const DAY_FORMS = [
  /^(?<d>\d{1,2})[/.-](?<m>\d{1,2})[/.-](?<y>\d{4})$/,
  /^(?<y>\d{4})-(?<m>\d{2})-(?<d>\d{2})$/,
  /^(?:ngày )?(?<d>\d{1,2}) tháng (?<m>\d{1,2}) năm (?<y>\d{4})$/i,
];
const EXCEL_EPOCH = Date.UTC(1899, 11, 30);
const EXCEL_EPOCH_1904 = Date.UTC(1904, 0, 1);

/**
 * A day, YYYY-MM-DD: a date of the sheet, or a text "10/6/2026" (day first, always), "ngày 10 tháng 6 năm 2026",
 * "2026-06-10". Years of two digits are refused.
 * @param from1904 the workbook counts its days from 1904
 */
export function readDay(cell: RawCell, from1904: boolean): ReadValue<string> {
  const refused = common(cell);
  if (refused) return { wrong: refused };
  const found = (year: number, month: number, day: number): ReadValue<string> => {
    const text = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
    return isDay(text) ? { value: text } : { wrong: 'day' };
  };
  if (cell.type === 'number') {
    const serial = Math.floor(Number(cell.text));
    // Before March 1900 Excel's calendar has a day too many; nobody's report is that old.
    if (!(serial > 60 && serial < 150_000)) return { wrong: 'day' };
    const day = new Date((from1904 ? EXCEL_EPOCH_1904 : EXCEL_EPOCH) + serial * 86_400_000);
    return found(day.getUTCFullYear(), day.getUTCMonth() + 1, day.getUTCDate());
  }
  if (cell.type === 'boolean') return { wrong: 'day' };
  const text = (tidy(cell.text) ?? '').replace(/\s+/g, ' ');
  const stripped = cell.type === 'day' ? text.slice(0, 10) : text;
  for (const form of DAY_FORMS) {
    const { y, m, d } = form.exec(stripped)?.groups ?? {};
    if (y) return found(Number(y), Number(m), Number(d));
  }
  return { wrong: 'day' };
}

/** A text; a number in a text cell is its digits, as typed. */
export function readText(cell: RawCell): ReadValue<string | null> {
  const refused = common(cell);
  if (refused) return { wrong: refused };
  if (cell.dated) return { wrong: 'dated' };
  if (cell.type === 'number') return { value: plainDigits(Number(cell.text)) ?? cell.text };
  if (cell.type === 'boolean') return { value: cell.text === '1' ? 'TRUE' : 'FALSE' };
  return { value: tidy(cell.text) };
}

function common(cell: RawCell): 'formula' | 'error' | null {
  if (cell.formula) return 'formula';
  return cell.type === 'error' ? 'error' : null;
}

/** Whether the cell holds nothing: no text but spaces, and no formula. */
export const isBlank = (cell: RawCell): boolean => !cell.formula && tidy(cell.text) === null;
