/** What the server of a test run and its clones share: statements outside the product's own connections. */
import { Client } from 'pg';

/** The instant at which the template's units and plans were recorded: before every deadline that a test meets. */
export const SEEDED_AT = new Date('2026-01-01T00:00:00+07:00');

/** The same server's URL, another database of it. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

/** Runs one statement outside any transaction, as CREATE and DROP DATABASE must be. */
export async function run(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
