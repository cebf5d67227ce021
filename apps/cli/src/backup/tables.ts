/**
 * Tables as streams: out of one snapshot and into empty tables, as PostgreSQL's own COPY text, which psql reads too. A
 * table's checksum is the SHA-256 of that text in the order of its key: the same rows give the same sum on every server.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { Client } from 'pg';
import { from, to } from 'pg-copy-streams';

/** Values are written alike whatever the server's habits. */
export const SESSION = [
  `set timezone = 'UTC'`,
  `set datestyle = 'ISO, YMD'`,
  `set intervalstyle = 'postgres'`,
  `set bytea_output = 'hex'`,
  'set extra_float_digits = 1',
  'set statement_timeout = 0',
  'set lock_timeout = 0',
  'set idle_in_transaction_session_timeout = 0',
];

export type Table = { name: string; columns: string[]; key: string[] };
export type Dumped = { name: string; columns: string[]; rows: number; sha256: string };

/** The tables that hold the service's data, with the columns that are stored; TypeORM's own list is the manifest's. */
export async function tablesOf(client: Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(
    `select c.relname as name,
       (select json_agg(a.attname order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
       (select json_agg(a.attname order by k.nth) from pg_constraint p, unnest(p.conkey) with ordinality as k (attnum, nth)
        join pg_attribute a on a.attnum = k.attnum
        where p.conrelid = c.oid and p.contype = 'p' and a.attrelid = c.oid) as key
     from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'migrations' order by c.relname`,
  );
  const keyless = rows.filter(({ key }) => !key);
  if (keyless.length > 0) throw new Error(`Without a primary key: ${keyless.map(({ name }) => name).join(', ')}`);
  return rows;
}

/** Writes a table, compressed. @param file null: only the checksum is wanted */
export async function dump(client: Client, table: Table, file: string | null): Promise<Dumped> {
  const { name, columns, key } = table;
  const list = (names: string[]) => names.map((column) => client.escapeIdentifier(column)).join(', ');
  const stream = client.query(
    to(`copy (select ${list(columns)} from ${client.escapeIdentifier(name)} order by ${list(key)}) to stdout`),
  );
  const measured = measure();
  await pipeline(
    stream,
    measured.through,
    ...(file ? [createGzip(), createWriteStream(file, { flush: true })] : [nowhere()]),
  );
  return { name, columns, rows: stream.rowCount, sha256: measured.sha256() };
}

/** Fills an empty table. */
export async function load(client: Client, { name, columns }: Dumped, file: string): Promise<void> {
  const list = columns.map((column) => client.escapeIdentifier(column)).join(', ');
  const stream = client.query(from(`copy ${client.escapeIdentifier(name)} (${list}) from stdin`));
  await pipeline(createReadStream(file), createGunzip(), stream);
}

/** The checksum of a compressed table as it lies on disk. @throws when it is damaged */
export async function sumOf(file: string): Promise<string> {
  const measured = measure();
  await pipeline(createReadStream(file), createGunzip(), measured.through, nowhere());
  return measured.sha256();
}

export async function sumOfStream(stream: Readable): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of stream) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

function measure(): { through: Transform; sha256: () => string } {
  const hash = createHash('sha256');
  const through = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  return { through, sha256: () => hash.digest('hex') };
}

function nowhere(): Transform {
  const sink = new Transform({ transform: (_chunk, _encoding, done) => done() });
  return sink.resume();
}
