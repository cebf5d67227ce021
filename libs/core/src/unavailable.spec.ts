/** What a database that went away looks like, in each moment in which it may go: "not now", never a mistake of ours. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type DataSource } from 'typeorm';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import { connect, row, rows, transact } from './database.js';
import { isUnavailable } from './unavailable.js';

let fresh: FreshDatabase;
let db: DataSource;
beforeAll(async () => {
  fresh = await freshDatabase(2);
  db = await connect(fresh.url, { pool: 1, acquireTimeout: 1_000, name: 'struck' });
});
afterAll(async () => {
  await db?.destroy();
  await fresh?.drop();
});

const strike = () =>
  rows(fresh.dataSource, `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'struck'`);
const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

it('while a statement runs', async () => {
  const running = errorOf(rows(db, 'select pg_sleep($1::int)', [5]));
  await pause(300);
  await strike();
  expect(isUnavailable(await running)).toBe(true);
});

it.each([0, 300])('between two statements of a transaction, told %i ms later', async (later) => {
  const error = await errorOf(
    transact(db, async (part) => {
      await rows(part, 'select 1');
      await strike();
      await pause(later);
      await rows(part, 'select 2');
    }),
  );
  expect(error).toBeDefined();
  expect({ error: String(error), unavailable: isUnavailable(error) }).toMatchObject({ unavailable: true });
});

it('before a transaction is committed', async () => {
  const error = await errorOf(
    transact(db, async (part) => {
      await rows(part, 'select 1');
      await strike();
      await pause(300);
    }),
  );
  expect({ error: String(error), unavailable: isUnavailable(error) }).toMatchObject({ unavailable: true });
  expect(await row(db, 'select 1 as one')).toEqual({ one: 1 });
});

it('with no connection free in time', async () => {
  const holding = rows(db, 'select pg_sleep($1::int)', [2]);
  const error = await errorOf(rows(db, 'select $1::int', [1]));
  expect({ error: String(error), unavailable: isUnavailable(error) }).toMatchObject({ unavailable: true });
  await holding;
});

it('a mistake of ours is none of it', async () => {
  for (const sql of ['select nothing', 'select 1/0', `select 'a'::int`])
    expect(isUnavailable(await errorOf(rows(db, sql)))).toBe(false);
});
