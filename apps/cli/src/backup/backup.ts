/**
 * A backup while the service works: all tables from one snapshot, then the files, which are only ever added and are on
 * disk before a row names them. So whatever the snapshot names is there. Needs no program of PostgreSQL: what comes with
 * the embedded server lacks them.
 */
import { createHash } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { copyFile, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { dataFiles, filesFolder, MANIFEST, type Manifest, tableFile } from './manifest.js';
import { type Dumped, dump, SESSION, tablesOf } from './tables.js';

/**
 * @param target a folder that is not there yet
 * @throws Error when something is missing or cannot be written; then nothing is left under the target's name
 */
export async function backup(url: string, varDir: string, target: string): Promise<Manifest> {
  const half = `${target}.part`;
  if (existsSync(target))
    throw new Error(`Đã có ${target}: hãy đặt tên khác · ${target} is there already: name another`);
  await mkdir(dirname(target), { recursive: true });
  await mkdir(half, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST'
      ? new Error(
          `${half}: đang sao lưu, hoặc lần trước đứt đoạn; nếu vậy hãy xoá · another backup is at work here, or one was cut off: then remove it`,
        )
      : error;
  });
  try {
    await mkdir(join(half, 'tables'));
    const taken = await takeTables(url, half);
    const manifest: Manifest = { format: 1, ...taken, files: await takeFiles(varDir, half) };
    nothingMissing(manifest, await namedFiles(url, manifest));
    const file = await open(join(half, MANIFEST), 'wx', 0o600);
    await file.writeFile(`${JSON.stringify(manifest, null, 1)}\n`);
    await file.sync();
    await file.close();
    await rename(half, target);
    return manifest;
  } catch (error) {
    await rm(half, { recursive: true, force: true });
    throw error;
  }
}

async function takeTables(url: string, folder: string): Promise<Omit<Manifest, 'files' | 'format'>> {
  const client = new Client({ connectionString: url, application_name: 'bao-cao-57 backup' });
  client.on('error', () => {});
  await client.connect();
  try {
    for (const setting of SESSION) await client.query(setting);
    await client.query('begin isolation level repeatable read read only');
    const { rows: about } = await client.query<{ at: string; version: string }>(
      `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at,
         current_setting('server_version') as version`,
    );
    const { rows: migrations } = await client.query<{ name: string }>('select name from migrations order by id');
    const tables: Dumped[] = [];
    for (const table of await tablesOf(client)) tables.push(await dump(client, table, tableFile(folder, table.name)));
    // Numbers drawn after the snapshot only make a gap.
    const { rows: sequences } = await client.query<{ name: string; value: string }>(
      `select sequencename as name, last_value::text as value from pg_sequences
       where schemaname = 'public' and last_value is not null and sequencename <> 'migrations_id_seq' order by 1`,
    );
    await client.query('commit');
    const [told] = about;
    return {
      ...{ takenAt: told!.at, postgres: told!.version, migrations: migrations.map(({ name }) => name) },
      ...{ tables, sequences },
    };
  } finally {
    await client.end();
  }
}

async function takeFiles(varDir: string, folder: string): Promise<Manifest['files']> {
  const files: Manifest['files'] = [];
  for (const path of await dataFiles(varDir)) {
    const copy = join(filesFolder(folder), path);
    await mkdir(dirname(copy), { recursive: true });
    await copyFile(join(varDir, path), copy, constants.COPYFILE_FICLONE);
    const bytes = await readFile(copy);
    files.push({ path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
  }
  return files;
}

/** The files under their hash that rows name; read again, since rows are only ever added. */
async function namedFiles(url: string, manifest: Manifest): Promise<string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ sha256: string }>(
      `select sha256 from summary_file where status = 'ready' and finished_at <= $1`,
      [manifest.takenAt],
    );
    return rows.map(({ sha256 }) => sha256);
  } finally {
    await client.end();
  }
}

function nothingMissing(manifest: Manifest, named: string[]): void {
  const there = new Set(manifest.files.map(({ sha256 }) => sha256));
  const missing = named.filter((sha256) => !there.has(sha256));
  if (missing.length > 0)
    process.stderr.write(
      `Thiếu ${missing.length} tệp ngay từ đầu · ${missing.length} files that the record names are gone from the data folder: ${missing.slice(0, 3).join(', ')}\n`,
    );
}
