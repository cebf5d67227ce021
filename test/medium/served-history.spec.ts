/** A small share of the random history over HTTP, its APIs, worker and sessions struck; the long one runs with `npm run soak`. */
import { afterAll, expect, it } from '@jest/globals';
import { randomHistory } from '../soak/random-histories.js';
import { ServedHistory } from '../soak/served-history.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

let db: FreshDatabase;
let served: ServedHistory;
afterAll(async () => {
  await served?.close();
  await db?.drop();
});

it('APIs, worker and sessions killed in the middle of 16 callers lose nothing, double nothing, leave totals as recomputed', async () => {
  db = await freshDatabase(2);
  served = await ServedHistory.open(db.url, db.dataSource);
  const history = await randomHistory({
    ...{ url: db.url, served, seed: 63, operations: 160, connections: 16, killEvery: 150 },
    ...{ onlyThese: true, provinces: ['19', '20'], communes: 4, rounds: ['2026H1', '2026H2'], inspections: 2 },
  });
  expect(history).toMatchObject({ wrong: [], deadlocks: 0 });
  expect(history.struck['API killed']).toBeGreaterThan(0);
  expect(history.unanswered).toBeGreaterThan(0);
  expect(history.asked).toBeGreaterThanOrEqual(history.calls);
  expect(history.conflicting / history.calls).toBeGreaterThan(0.2);
});
