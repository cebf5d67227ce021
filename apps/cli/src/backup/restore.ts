/**
 * A backup brought back into an empty place: first everything is held against the manifest, then the tables are made by
 * the migrations that had run, filled in one transaction, and compared sum by sum. Foreign keys are dropped and made
 * again around the filling, which owners of tables may do: they are all checked anew by it.
 *
 * A restored past knows nothing of what happened after it. A mail that was waiting may have gone since: it becomes
 * 'unknown' for a person to decide. Jobs that the queue held are handed over again, runs that fell due meanwhile are not.
 */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { connect, row } from '#core';
import { checked, dataFiles, filesFolder, type Manifest, tableFile } from './manifest.js';
import { dump, load, SESSION, tablesOf } from './tables.js';

export type Restored = {
  manifest: Manifest /** Mails that a person must decide on. */;
  unknown: number;
  migrated: string[];
};

/** @throws Error before anything is written when the place is not empty or the backup not whole */
export async function restore(folder: string, url: string, varDir: string): Promise<Restored> {
  const manifest = await checked(folder);
  await mustBeEmpty(url, varDir);
  const known = await madeBy(url, manifest);
  await fill(url, folder, manifest);
  for (const { path, sha256 } of manifest.files) await bringBack(folder, varDir, path, sha256);
  const dataSource = await connect(url, { pool: 1, name: 'bao-cao-57 restore', statementTimeout: 0 });
  try {
    const wrong = await row<{ cells: number }>(dataSource, 'select count(*)::int as cells from cell_mismatch');
    if (wrong!.cells > 0) throw new Error(`${wrong!.cells} totals differ from their recomputation`);
    // From here on the restored service begins; up to here it was compared with the backup.
    const unknown = await row<{ count: number }>(
      dataSource,
      `with undecided as (
         update delivery set status = 'unknown', next_attempt_at = null, finished_at = clock_timestamp(),
           last_error = 'restored from a backup of ' || $1 || ': it may have gone since'
         where status in ('pending', 'sending') returning 1)
       select count(*)::int as count from undecided`,
      [manifest.takenAt],
    );
    await dataSource.query(`insert into queue_identity (identity, seen_at) values ('restored', clock_timestamp())
      on conflict (one) do update set identity = excluded.identity, seen_at = excluded.seen_at`);
    const migrated = (await dataSource.runMigrations()).map(({ name }) => name);
    await dataSource.query('analyze');
    return { manifest, unknown: unknown!.count, migrated: migrated.filter((name) => !known.includes(name)) };
  } finally {
    await dataSource.destroy();
  }
}

async function mustBeEmpty(url: string, varDir: string): Promise<void> {
  const files = await dataFiles(varDir);
  if (files.length > 0)
    throw new Error(`${varDir} còn tệp (${files[0]} …) · is not empty. Set VAR_DIR to an empty folder.`);
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(`select 1 from pg_class where relnamespace = 'public'::regnamespace limit 1`);
    if (rows.length > 0)
      throw new Error(
        'Cơ sở dữ liệu không trống · The database is not empty. Restore into a new one; nothing was changed.',
      );
  } finally {
    await client.end();
  }
}

/** Makes the tables as they were then. @returns the migrations that ran */
async function madeBy(url: string, manifest: Manifest): Promise<string[]> {
  const dataSource = await connect(url, { pool: 1, statementTimeout: 0, migrations: manifest.migrations });
  try {
    const missing = manifest.migrations.filter((name) => !dataSource.migrations.some((known) => known.name === name));
    if (missing.length > 0)
      throw new Error(
        `Bản sao lưu của phiên bản mới hơn · The backup is of a newer version of the program: ${missing[0]}`,
      );
    return (await dataSource.runMigrations()).map(({ name }) => name);
  } finally {
    await dataSource.destroy();
  }
}

async function fill(url: string, folder: string, manifest: Manifest): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'bao-cao-57 restore' });
  client.on('error', () => {});
  await client.connect();
  try {
    for (const setting of SESSION) await client.query(setting);
    await client.query('begin');
    const { rows: keys } = await client.query<{ owner: string; name: string; definition: string }>(
      `select conrelid::regclass::text as owner, quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
       from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace and conparentid = 0`,
    );
    const tables = await tablesOf(client);
    const names = tables.map(({ name }) => client.escapeIdentifier(name));
    for (const { owner, name } of keys) await client.query(`alter table ${owner} drop constraint ${name}`);
    for (const name of names) await client.query(`alter table ${name} disable trigger user`);
    // What migrations themselves have filled comes with the backup.
    for (const name of names) await client.query(`delete from ${name}`);
    for (const table of manifest.tables) await load(client, table, tableFile(folder, table.name));
    for (const name of names) await client.query(`alter table ${name} enable trigger user`);
    for (const { owner, name, definition } of keys)
      await client.query(`alter table ${owner} add constraint ${name} ${definition}`);
    for (const { name, value } of manifest.sequences)
      await client.query('select setval($1::regclass, $2)', [client.escapeIdentifier(name), value]);
    for (const { name, sha256, columns } of manifest.tables) {
      const { key } = tables.find((table) => table.name === name)!;
      const found = await dump(client, { name, columns, key }, null);
      if (found.sha256 !== sha256) throw new Error(`Bảng ${name} không khớp · Table ${name} differs from the backup`);
    }
    await client.query('commit');
  } finally {
    await client.end();
  }
}

async function bringBack(folder: string, varDir: string, path: string, sha256: string): Promise<void> {
  const to = join(varDir, path);
  await mkdir(dirname(to), { recursive: true });
  await copyFile(join(filesFolder(folder), path), to);
  const found = createHash('sha256')
    .update(await readFile(to))
    .digest('hex');
  if (found !== sha256) throw new Error(`${path} không khớp · differs from the backup`);
}
