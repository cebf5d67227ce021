/** The database made ready: migrated by one process at a time, and filled with the official units and the plans. */

import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { Clock, type Config, connect, openDatabase, row } from '#core';
import { importOfficialUnits } from '#organisations';
import { importSeedPlans } from '#programmes';

/** Any number that no other program of the database takes for its advisory lock. */
const MIGRATION_LOCK = 57_202_611;
const MIGRATION_TRIES = 60;

/**
 * Opens the database of the configuration for one command, and leaves it as it was found (running or not).
 * @param options.alone refuses while `npm start` is using the embedded database
 */
export async function withDatabase<T>(
  config: Config,
  work: (db: DataSource, url: string) => Promise<T>,
  options: { alone?: boolean } = {},
): Promise<T> {
  // To stderr: what a command prints may be read by a program.
  const database = await openDatabase(config, (line) => process.stderr.write(`${line}\n`));
  try {
    if (options.alone && database.how === 'shared')
      throw new Error('Dịch vụ đang chạy, hãy dừng trước · npm start is running; stop it first.');
    const dataSource = await connect(database.url, { pool: 2, name: 'bao-cao-57 cli', statementTimeout: 0 });
    try {
      return await work(dataSource, database.url);
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await database.release();
  }
}

/** Runs the pending migrations, each in its own transaction. @returns the names of those that ran */
export async function migrate(dataSource: DataSource, url: string): Promise<string[]> {
  return locked(url, async () => {
    for (let tries = 1; ; tries++) {
      try {
        const done = (await dataSource.runMigrations()).map((migration) => migration.name);
        // Again, for a role that the operator has made since.
        await dataSource.query('select raise_second_wall()');
        return done;
      } catch (error) {
        // Somebody's lock was in the way for longer than others should wait behind us.
        const { code } = (error as { driverError?: { code?: string } }).driverError ?? {};
        if (code !== '55P03' || tries >= MIGRATION_TRIES) throw error;
        await pause(1_000);
      }
    }
  });
}

/** Imports the official units and the seed plans; what is recorded already stays. @param onlyEmpty skip if any exist */
export async function seed(dataSource: DataSource, url: string, config: Config, onlyEmpty = false): Promise<boolean> {
  const at = new Clock(config.clockFile).forDatabase();
  return locked(url, async () => {
    const found = await row<{ units: boolean; plans: boolean }>(
      dataSource,
      'select exists (select from org_unit) as units, exists (select from plan) as plans',
    );
    if (onlyEmpty && found?.units && found.plans) return false;
    await importOfficialUnits(dataSource, at);
    await importSeedPlans(dataSource, at);
    return true;
  });
}

/** Removes everything in the database: all schemas but PostgreSQL's own. */
export async function wipe(url: string): Promise<void> {
  await locked(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select quote_ident(nspname) as name from pg_namespace
       where nspname !~ '^pg_' and nspname <> 'information_schema'`,
    );
    for (const { name } of rows) await client.query(`drop schema ${name} cascade`);
    await client.query('create schema public');
  });
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Two launchers on one served database take turns: the second waits, and then finds nothing left to do. */
async function locked<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'bao-cao-57 cli' });
  // A server that is stopped under us is told by the query that fails.
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return await work(client);
  } finally {
    await client.end();
  }
}
