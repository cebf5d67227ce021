/** test/soak/RESULTS.md: a section for each soak, under a title of its own, written by that soak and left alone by the others. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '#core';

const FILE = join(projectRoot, 'test/soak/RESULTS.md');

/** Puts a section in the place of the one of the same title, or after all others. @param body Markdown without headings of the first level */
export function writeResults(title: string, body: string): void {
  const standing = existsSync(FILE) ? readFileSync(FILE, 'utf8') : '';
  const sections = standing.split(/^(?=# )/m).filter((section) => section.trim() !== '');
  const own = `# ${title}\n\n${body.trim()}\n`;
  const place = sections.findIndex((section) => section.startsWith(`# ${title}\n`));
  if (place >= 0) sections[place] = own;
  else sections.push(own);
  writeFileSync(FILE, `${sections.map((section) => section.trim()).join('\n\n')}\n`);
}

/** Day, seed, and what it ran on. */
export function circumstances(seed: number, server: string): string {
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, seed ${seed}, PostgreSQL ${server}, Node ${process.version}, ${cpus().length} cores.`;
}
