/** A small share of the random histories, with a fixed seed; the long ones run with `npm run soak` (test/soak). */
import { afterEach, expect, it } from '@jest/globals';
import { randomHistory } from '../soak/random-histories.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

let db: FreshDatabase;
afterEach(() => db?.drop());

const small = { connections: 16, provinces: ['19', '20'], communes: 4, rounds: ['2026H1', '2026H2'], inspections: 3 };

it('600 operations on 16 connections, a third of them in conflict, leave totals and record in agreement', async () => {
  db = await freshDatabase(2);
  const history = await randomHistory({ ...small, url: db.url, seed: 57, operations: 600 });
  expect(history).toMatchObject({ wrong: [], deadlocks: 0 });
  expect(history.inspections).toBeGreaterThan(1);
  expect(history.instants).toBeGreaterThan(5);
  expect(history.conflicting / history.calls).toBeGreaterThan(0.2);
  expect(Object.keys(history.outcomes)).toEqual(
    expect.arrayContaining([
      'stored',
      'accepted',
      'returned',
      'withdrawn',
      'findings',
      'report.stale',
      'idempotency.mismatch',
    ]),
  );
});

it('connections killed in the middle lose nothing that was acknowledged and double nothing that was sent again', async () => {
  db = await freshDatabase(2);
  const history = await randomHistory({ ...small, url: db.url, seed: 58, operations: 400, killEvery: 40 });
  expect(history).toMatchObject({ wrong: [], deadlocks: 0 });
  expect(history.kills).toBeGreaterThan(5);
});
