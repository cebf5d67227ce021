/** What a backup holds, in a file of its own that is written last: a folder without it is no backup. */
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { sumOf, sumOfStream } from './tables.js';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const Manifest = z.object({
  format: z.literal(1),
  takenAt: z.string(),
  postgres: z.string(),
  /** Migrations that had run, in their order. */
  migrations: z.array(z.string()),
  tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()), rows: z.number(), sha256: Sha256 })),
  sequences: z.array(z.object({ name: z.string(), value: z.string() })),
  files: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: Sha256 })),
});
export type Manifest = z.infer<typeof Manifest>;

export const MANIFEST = 'manifest.json';
export const tableFile = (folder: string, name: string) => join(folder, 'tables', `${name}.copy.gz`);
export const filesFolder = (folder: string) => join(folder, 'files');

/** Folders of VAR_DIR that are not copied: the database itself, rehearsals, earlier backups. */
const LEFT_OUT = /^(postgres|demo|backup.*)$/;

/** Every file of the data folder that a backup holds, as paths relative to it. */
export async function dataFiles(varDir: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (folder: string) => {
    const entries = await readdir(join(varDir, folder), { withFileTypes: true }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      },
    );
    for (const entry of entries) {
      if (folder === '' && (LEFT_OUT.test(entry.name) || !entry.isDirectory())) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await walk(path);
      // What is being written lies under a name of its own until it is whole.
      else if (entry.isFile() && !entry.name.endsWith('.part')) found.push(path);
    }
  };
  await walk('');
  return found.sort();
}

/** Reads the manifest and holds everything against it. @throws Error that names the first thing that does not fit */
export async function checked(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => {
    throw new Error(`${folder} không phải bản sao lưu hoàn chỉnh · is no complete backup (no ${MANIFEST})`);
  });
  const manifest = Manifest.parse(JSON.parse(text));
  for (const { name, sha256 } of manifest.tables) {
    const found = await sumOf(tableFile(folder, name)).catch((error: Error) => error.message);
    if (found !== sha256)
      throw new Error(`Bản sao lưu bị hỏng · The backup is damaged: ${name} (${found.slice(0, 40)})`);
  }
  for (const { path, sha256 } of manifest.files) {
    if (path.split(/[\\/]/).includes('..')) throw new Error(`A path that leads outside: ${path}`);
    const found = await sumOfStream(createReadStream(join(filesFolder(folder), path))).catch(() => null);
    if (found?.sha256 !== sha256) throw new Error(`Bản sao lưu bị hỏng · The backup is damaged: ${path}`);
  }
  return manifest;
}
