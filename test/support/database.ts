/** A database of one's own for a test: a clone of the run's template (see server.ts), in about a tenth of a second. */
import type { DataSource } from 'typeorm';
import { connect } from '#core';
import { run, withDatabase } from './sql.js';

export { SEEDED_AT } from './sql.js';

export type FreshDatabase = { dataSource: DataSource; url: string; drop(): Promise<void> };

let count = 0;

/** Migrated, with the official units and the plans of the seeds. Call `drop` in afterAll. @param pool connections */
export async function freshDatabase(pool = 10): Promise<FreshDatabase> {
  const {
    TEST_ADMIN_URL: admin,
    TEST_TEMPLATE: template,
    TEST_STRATEGY: strategy,
    JEST_WORKER_ID: worker,
  } = process.env;
  if (!admin || !template) throw new Error('freshDatabase works in Jest only: its global set-up starts the server');
  const name = `${template}_${worker}_${process.pid}_${++count}`;
  await run(admin, `create database ${name} template ${template} strategy ${strategy}`);
  const url = withDatabase(admin, name);
  const dataSource = await connect(url, { pool });
  const drop = async () => {
    if (dataSource.isInitialized) await dataSource.destroy();
    await run(admin, `drop database ${name} with (force)`);
  };
  return { dataSource, url, drop };
}
