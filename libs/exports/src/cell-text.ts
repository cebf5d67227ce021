/** What cells are called and what may stand in them. */

/**
 * Text fit for a cell: composed, with plain line ends, without what XML cannot hold. "_x0041_" written by a person is
 * shielded, as spreadsheet programs would read it as an escaped "A".
 */
export function cleanText(text: string): string {
  return PLAIN.test(text) ? text : cleaned(text);
}

/** Most texts: composed letters and plain signs, to which none of the below does anything. */
const PLAIN = /^[ -^`-~À-ɏḀ-ỿ–—‘’“”…≥≤×]*$/;

function cleaned(text: string): string {
  return text
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .replace(/[\p{Cc}\uFFFE\uFFFF]/gu, (sign) => (sign === '\n' || sign === '\t' ? sign : ''))
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_');
}

/** Letters of a column: 1 → "A", 28 → "AB". */
export function columnName(column: number): string {
  const last = String.fromCharCode(65 + ((column - 1) % 26));
  return column > 26 ? columnName(Math.floor((column - 1) / 26)) + last : last;
}
