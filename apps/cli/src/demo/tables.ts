/** Plain text for people: chapters, progress, tables. Every letter of a composed (NFC) Vietnamese text takes one column. */
import { say } from '../schema.js';

const BAR = 24;

export function chapter(title: string): void {
  say('');
  say(`── ${title} ${'─'.repeat(Math.max(3, 92 - title.length))}`);
}

export function note(text: string): void {
  say(`  · ${text}`);
}

export function bar(done: number, all: number): string {
  const full = Math.round((BAR * done) / all);
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)}`;
}

/** @param widest longest text of a column; longer ones are cut. Columns with only numbers stand to the right. */
export function table(head: string[], rows: string[][], widest = 46): void {
  const cut = (text: string) => {
    const whole = text.normalize('NFC');
    return whole.length > widest ? `${whole.slice(0, widest - 1)}…` : whole;
  };
  const cells = [head, ...rows].map((line) => line.map(cut));
  const widths = head.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  const right = head.map((_, column) => rows.every((line) => /^[\d.,%/–-]*$/.test(line[column]!)));
  const line = (texts: string[]) =>
    say(
      `    ${texts
        .map((text, column) => (right[column] ? text.padStart(widths[column]!) : text.padEnd(widths[column]!)))
        .join('  ')
        .trimEnd()}`,
    );
  line(cells[0]!);
  say(`    ${widths.map((width) => '─'.repeat(width)).join('  ')}`);
  for (const texts of cells.slice(1)) line(texts);
}
