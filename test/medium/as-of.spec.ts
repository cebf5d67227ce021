/**
 * The same question at the same T gives the same figures, also where the clock does not help: it stands still in a
 * rehearsal, and steps back now and then on a machine. That it holds between writers is shown by the random histories.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openServices, PROGRAMME, type Services } from '../support/services.js';

let services: Services;
beforeAll(async () => {
  services = await openServices('2026-05-20T08:00:00+07:00');
  await services.rounds.open(null, PROGRAMME, '2026H1');
});
afterAll(() => services?.close());

async function submit(unit: string, expectedVersion: number, value: number): Promise<void> {
  const figures = [{ indicator: 'tin_bai', state: 'value' as const, value: String(value) }];
  const submission = {
    programme: PROGRAMME,
    round: '2026H1',
    expectedVersion,
    containsNoSecrets: true,
    figures,
    narratives: [],
    comment: 'một phần',
  };
  const answer = await services.reports.submit(
    await services.caller(unit, 'reporter'),
    submission,
    services.clock.now(),
  );
  expect(answer.stored).toBe(true);
}
async function nation(asOf: string | null) {
  const question = { unitCode: 'VN', programme: PROGRAMME, period: '2026H1', basis: 'received' as const, asOf };
  return services.totals.totals(await services.caller('VN', 'viewer'), question);
}

it('a rehearsed clock that stands still, or one that steps back, changes no answer already given', async () => {
  services.at('2026-05-21T08:00:00+07:00');
  for (let number = 0; number < 5; number++) await submit('02026', number, number);
  const before = await nation(null);
  expect(before.reported).toBe(1);
  await submit('06385', 0, 100);
  expect((await nation(null)).reported).toBe(2);
  expect(await nation(before.asOf)).toEqual(before);
  services.at('2026-05-20T09:00:00+07:00');
  const again = await nation(null);
  await submit('23926', 0, 100);
  expect(await nation(again.asOf)).toEqual(again);
  expect((await nation(null)).reported).toBe(3);
});
