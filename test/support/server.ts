/**
 * The PostgreSQL of a test run: an embedded server in a temporary folder, or the one that TEST_DATABASE_URL names (as a
 * superuser). It holds one template, migrated and filled with the official units and the plans of the seeds; every
 * test clones it (database.ts). Tests find both through the environment, which Jest hands to its workers.
 */
import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, startEmbedded } from '#core';
import { importOfficialUnits } from '#organisations';
import { importSeedPlans } from '#programmes';
import { run, SEEDED_AT, withDatabase } from './sql.js';

const PREFIX = 'baocao-test-';

export type TestServer = { stop(): Promise<void> };

export async function startTestServer(): Promise<TestServer> {
  const served = process.env.TEST_DATABASE_URL;
  const server = served ? undefined : await embedded();
  const admin = served ?? server!.url;
  const template = `baocao_test_${randomBytes(4).toString('hex')}`;
  const stop = async () => {
    if (server) await server.stop();
    else await dropAll(admin, template);
  };
  try {
    await run(admin, `create database ${template} template template0`);
    await fillTemplate(withDatabase(admin, template));
  } catch (error) {
    await stop();
    throw error;
  }
  process.env.TEST_ADMIN_URL = admin;
  process.env.TEST_TEMPLATE = template;
  // Copying files is three times faster, but begins with a checkpoint: only where nothing is flushed to disk.
  process.env.TEST_STRATEGY = server ? 'file_copy' : 'wal_log';
  return { stop };
}

async function embedded(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = memoryFolder() ?? tmpdir();
  sweep(folder);
  const dataDir = mkdtempSync(join(folder, `${PREFIX}${process.pid}-`));
  const server = await startEmbedded({ dataDir, fast: true });
  const stop = async () => {
    await server.stop();
    for (const path of [server.dataDir, dataDir]) rmSync(path, { recursive: true, force: true });
  };
  return { url: server.url, stop };
}

/** Removes what runs that were killed have left: their server is gone (it never outlives them), their data is not. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN;
    if (Number.isNaN(pid)) continue;
    try {
      process.kill(pid, 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH')
        rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}

/** A folder in memory, if the machine has one with room: a clone is a thousand small files, ten times faster there. */
function memoryFolder(): string | undefined {
  const folder = '/dev/shm';
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize > 2_000_000_000 ? folder : undefined;
  } catch {
    return undefined;
  }
}

async function fillTemplate(url: string): Promise<void> {
  const dataSource = await connect(url, { pool: 2 });
  try {
    await dataSource.runMigrations();
    await importOfficialUnits(dataSource, SEEDED_AT);
    await importSeedPlans(dataSource, SEEDED_AT);
    await dataSource.query('analyze');
  } finally {
    await dataSource.destroy();
  }
}

async function dropAll(admin: string, template: string): Promise<void> {
  const found = await run(admin, `select datname from pg_database where datname like '${template}%'`);
  for (const { datname } of found) await run(admin, `drop database if exists "${datname}" with (force)`);
}
