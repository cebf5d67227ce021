/** The folder of package.json, found upwards from this file: the same from source and from dist. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const above = dirname(from);
  if (above === from) throw new Error('package.json was not found above the program files');
  return findRoot(above);
}

export const projectRoot = findRoot(dirname(fileURLToPath(import.meta.url)));
