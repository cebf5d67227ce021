/**
 * A machine's clock is set back now and then. The record follows the database's clock, but never falls behind an instant
 * that was recorded or answered for: what was answered for T stays the answer for T, and what was written is read at once.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { rows } from '#core';
import { chance } from '../soak/chance.js';
import { type SetClock, settableClock } from '../support/database-clock.js';
import { openServices, PROGRAMME, type Services } from '../support/services.js';

const HOUR = 3600;
let services: Services;
let setClock: SetClock;
beforeAll(async () => {
  services = await openServices();
  setClock = await settableClock(services.db.dataSource);
  await services.rounds.open(null, PROGRAMME, '2026H1');
});
afterAll(() => services?.close());

const versions = new Map<string, number>();
async function submit(unit: string): Promise<void> {
  const expectedVersion = versions.get(unit) ?? 0;
  const figures = [{ indicator: 'tin_bai', state: 'value' as const, value: String(100 + expectedVersion) }];
  const comment = 'một phần';
  const submission = {
    programme: PROGRAMME,
    round: '2026H1',
    expectedVersion,
    figures,
    narratives: [],
    comment,
    containsNoSecrets: true,
  };
  const reporter = await services.caller(unit, 'reporter');
  const answer = await services.reports.submit(reporter, submission, services.clock.now());
  expect(answer.stored).toBe(true);
  versions.set(unit, expectedVersion + 1);
}

async function nation(asOf: string | null) {
  const question = { unitCode: 'VN', programme: PROGRAMME, period: '2026H1', basis: 'received' as const, asOf };
  return services.totals.totals(await services.caller('VN', 'viewer'), question);
}
const reported = async () => (await nation(null)).reported;

it('is what these tests set', async () => {
  const before = await nation(null);
  await setClock(HOUR);
  const gone = Date.parse((await nation(null)).asOf!) - Date.parse(before.asOf!);
  expect(gone).toBeGreaterThanOrEqual(HOUR * 1000);
  await setClock(0);
});

it('set back by an hour, it changes no answer already given, and hides nothing that was written', async () => {
  await submit('02026');
  const before = await nation(null);
  expect(before.reported).toBe(1);
  await setClock(-HOUR);
  await submit('06385');
  expect(await reported()).toBe(2);
  expect(await nation(before.asOf)).toEqual(before);
  // Set back once more, with nobody asking in between: what stands is seen by the first who asks.
  await submit('23926');
  await setClock(-2 * HOUR);
  expect(await reported()).toBe(3);
  await submit('02026');
  const after = await nation(null);
  expect(after.asOf! > before.asOf!).toBe(true);
  expect(await nation(before.asOf)).toEqual(before);
});

it('set back while the server was down after a crash, neither', async () => {
  const before = await nation(null);
  // A crash empties what is not kept on disk.
  await rows(services.db.dataSource, `select setval('last_instant', 0, false)`);
  await setClock(-5 * HOUR);
  expect((await nation(before.asOf)).reported).toBe(before.reported);
  await submit('06385');
  expect(await nation(before.asOf)).toEqual(before);
  await rows(services.db.dataSource, `select setval('last_instant', 0, false)`);
  await submit('23926');
  expect(await nation(before.asOf)).toEqual(before);
});

it('set forward and back at random, every answer stays what it was', async () => {
  const draw = chance(57);
  const answers: Awaited<ReturnType<typeof nation>>[] = [];
  for (let step = 0; step < 60; step++) {
    const what = draw.below(10);
    if (what < 3) await setClock(draw.below(4 * HOUR) - 2 * HOUR);
    else if (what < 6) await submit(draw.pick(['02026', '06385', '23926', '05953']));
    else answers.push(await nation(null));
  }
  expect(answers.length).toBeGreaterThan(10);
  for (const answer of answers) expect(await nation(answer.asOf)).toEqual(answer);
  const wrong = await rows(services.db.dataSource, 'select * from cell_mismatch');
  expect(wrong).toEqual([]);
});
