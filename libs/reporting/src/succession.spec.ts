/**
 * Units that are merged, split or born while a round is open owe it exactly once, by the day on which the change takes
 * effect (docs/semantics.md §1): by the due day the successors owe the whole round, later the round stands as it is.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Caller } from '#access';
import { rows } from '#core';
import { given, reportOf } from '../../../test/support/figures.js';
import { openServices, PROGRAMME, type Services } from '../../../test/support/services.js';

let service: Services;
let nation: Caller;
let province: Caller;
let free: string[];
let born = 0;

beforeAll(async () => {
  service = await openServices('2026-05-20T08:00:00+07:00');
  nation = await service.caller('VN', 'administrator');
  province = await service.caller('20', 'reviewer');
  await service.rounds.open(null, PROGRAMME, '2026H1');
  const units = await rows<{ code: string }>(
    service.db.dataSource,
    `select u.code from org_units_on('2026-05-20') u join org_unit p on p.id = u.parent_id where p.code = '20' order by u.code`,
  );
  free = units.map(({ code }) => code);
});
afterAll(() => service?.close());

/** Communes that no other story uses. */
const communes = (count: number) => free.splice(0, count);
const newCode = () => `9${String(++born).padStart(4, '0')}`;
const change = (effectiveOn: string, predecessors: string[], successors: string[]) =>
  service.obligations.changeBoundaries(nation, {
    effectiveOn,
    basis: `Nghị quyết ${effectiveOn} ${predecessors} ${successors}`,
    predecessors,
    successors: successors.map((code) => ({ code, name: `Xã ${code}`, kind: 'xa' })),
  });
/** How often each unit owes a round. */
const owes = async (round: string, codes: string[]) => {
  const found = await rows<{ code: string; times: number }>(
    service.db.dataSource,
    `select u.code, count(o.id)::int as times from org_unit u
     left join (obligation o join round r on r.id = o.round_id and r.code = $1) on o.unit_id = u.id and o.state = 'owed'
     where u.code = any($2) group by u.code`,
    [round, codes],
  );
  return Object.fromEntries(found.map(({ code, times }) => [code, times]));
};
const submit = async (code: string, expectedVersion: number, news: number) => {
  const figures = given(reportOf({ indicator: 'tin_bai', value: news }));
  const content = {
    programme: PROGRAMME,
    round: '2026H1',
    expectedVersion,
    figures,
    narratives: [],
    comment: 'đã xem',
    containsNoSecrets: true,
  };
  const answer = await service.reports.submit(await service.caller(code, 'reporter'), content, service.clock.now());
  expect(answer.stored).toBe(true);
  return answer;
};
const news = async () => {
  const { totals } = await service.totals.totals(province, {
    programme: PROGRAMME,
    period: '2026H1',
    basis: 'received',
  });
  return Number(totals.find(({ indicator }) => indicator.code === 'tin_bai')!.numerator ?? 0);
};
const each = (codes: string[], times: number) => Object.fromEntries(codes.map((code) => [code, times]));

test('a merger undone within the round: the old units owe anew, each once, and what they had sent stays readable', async () => {
  service.at('2026-05-25T08:00:00+07:00');
  const [one, other] = communes(2) as [string, string];
  const merged = newCode();
  const before = await news();
  await submit(one, 0, 40);
  await change('2026-05-25', [one, other], [merged]);
  service.at('2026-06-01T08:00:00+07:00');
  expect(await change('2026-06-01', [merged], [one, other])).toMatchObject({ replaced: 1, created: 2 });
  expect(await owes('2026H1', [one, other, merged])).toEqual({ [one]: 1, [other]: 1, [merged]: 0 });
  expect(await news()).toBe(before);
  expect((await service.reader.report(province, one, PROGRAMME, '2026H1')).versions).toEqual([]);
  expect((await service.reader.report(province, one, PROGRAMME, '2026H1', true)).versions).toMatchObject([
    { number: 1 },
  ]);
  await submit(one, 0, 41);
  expect(await news()).toBe(before + 41);
  // Within today's boundaries each stands for itself again, not for the unit that was undone.
  const today = await service.totals.childTotals(
    province,
    { programme: PROGRAMME, period: '2026H1', basis: 'received' },
    { first: 200 },
    'today',
  );
  const shown = new Map(today.items.map(({ unit, expected }) => [unit.code, expected]));
  expect([shown.get(one), shown.get(other), shown.has(merged)]).toEqual([1, 1, false]);
});

test('a unit that absorbs another owes the whole round as the enlarged unit, though it had been accepted before', async () => {
  service.at('2026-06-02T08:00:00+07:00');
  const [one, other] = communes(2) as [string, string];
  const before = await news();
  await submit(one, 0, 100);
  await service.reports.accept(province, one, PROGRAMME, '2026H1', 1);
  await submit(other, 0, 7);
  await change('2026-06-02', [one, other], [one]);
  expect(await news()).toBe(before);
  const listed = async () => {
    const found: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const page = await service.completeness.list(
        province,
        { programme: PROGRAMME, round: '2026H1' },
        {},
        { first: 2, after },
      );
      for (const { unit, class: name } of page.items) if (unit.code === one) found.push(name);
      [after, more] = [page.endCursor, page.hasNextPage];
    }
    return found;
  };
  expect(await listed()).toEqual(['replaced', 'not_yet_due']);
  await submit(one, 0, 107);
  await service.reports.accept(province, one, PROGRAMME, '2026H1', 1);
  expect([await news(), await listed()]).toEqual([before + 107, ['replaced', 'accepted']]);
});

test('a change recorded ahead moves nothing before its day; then the round follows it, once', async () => {
  service.at('2026-06-03T08:00:00+07:00');
  const [one, other] = communes(2) as [string, string];
  const merged = newCode();
  expect(await change('2026-06-05', [one, other], [merged])).toEqual({ replaced: 0, created: 0 });
  const before = await news();
  await submit(one, 0, 5);
  expect(await news()).toBe(before + 5);
  const today = async () => {
    const { items } = await service.totals.childTotals(
      province,
      { programme: PROGRAMME, period: '2026H1', basis: 'received' },
      { first: 200 },
      'today',
    );
    return [one, other, merged].map((code) => items.some(({ unit }) => unit.code === code));
  };
  expect(await today()).toEqual([true, true, false]);
  service.at('2026-06-04T23:59:59.999+07:00');
  expect(await service.obligations.followDue()).toEqual({ replaced: 0, created: 0 });
  service.at('2026-06-05T00:00:00+07:00');
  expect(await service.obligations.followDue()).toEqual({ replaced: 2, created: 1 });
  expect(await service.obligations.followDue()).toEqual({ replaced: 0, created: 0 });
  expect(await owes('2026H1', [one, other, merged])).toEqual({ [one]: 0, [other]: 0, [merged]: 1 });
  expect([await news(), await today()]).toEqual([before, [false, false, true]]);
});

test('the successor is due no earlier than the latest of its predecessors', async () => {
  service.at('2026-06-06T08:00:00+07:00');
  const [one, other] = communes(2) as [string, string];
  const merged = newCode();
  const wish = { unitCode: other, programme: PROGRAMME, round: '2026H1', dueOn: '2026-06-20', reason: 'Bão' };
  await service.obligations.extend(province, wish);
  service.at('2026-06-15T08:00:00+07:00');
  expect(await change('2026-06-15', [one, other], [merged])).toMatchObject({ replaced: 2, created: 1 });
  const { dueOn, dueBefore } = await service.reader.report(province, merged, PROGRAMME, '2026H1');
  expect([dueOn, dueBefore.toISOString()]).toEqual(['2026-06-20', '2026-06-20T17:00:00.000Z']);
});

test('a unit is not changed again on the day it was born, and the refusal leaves the map as it was', async () => {
  service.at('2026-06-20T08:00:00+07:00');
  const [one, other] = communes(2) as [string, string];
  const merged = newCode();
  await change('2026-06-20', [one, other], [merged]);
  await expect(change('2026-06-20', [merged], [one, other])).rejects.toMatchObject({ code: 'request.invalid' });
  const map = await rows<{ code: string }>(
    service.db.dataSource,
    `select code from org_units_on('2026-06-20') where code = any($1)`,
    [[one, other, merged]],
  );
  expect(map).toEqual([{ code: merged }]);
});

describe('due on 10/6, a change owes once', () => {
  const kinds: [string, number, (old: string[]) => string[]][] = [
    ['two merged into a new one', 2, () => [newCode()]],
    ['one that absorbs another and goes on', 2, ([one]) => [one!]],
    ['one split into new ones', 1, () => [newCode(), newCode()]],
    ['one that goes on and gives birth to another', 1, ([one]) => [one!, newCode()]],
  ];
  const days: [string, string, boolean][] = [
    ['before the due day', '2026-06-01', true],
    ['on the due day', '2026-06-10', true],
    ['the day after it', '2026-06-11', false],
  ];
  test.each(kinds.flatMap((kind) => days.map((day) => [kind[0], day[0], kind, day] as const)))(
    '%s %s',
    async (_kind, _day, [, count, successorsOf], [, effectiveOn, followed]) => {
      service.at('2026-06-25T08:00:00+07:00');
      const predecessors = communes(count);
      const successors = successorsOf(predecessors);
      expect(await change(effectiveOn, predecessors, successors)).toMatchObject(
        followed ? { replaced: predecessors.length, created: successors.length } : { replaced: 0, created: 0 },
      );
      expect(await owes('2026H1', [...predecessors, ...successors])).toEqual(
        followed
          ? { ...each(predecessors, 0), ...each(successors, 1) }
          : { ...each(successors, 0), ...each(predecessors, 1) },
      );
      expect(await service.obligations.followDue()).toEqual({ replaced: 0, created: 0 });
    },
  );
});

test('a round opened on the day of a change that nobody followed yet begins with the units as they are', async () => {
  service.at('2026-06-28T08:00:00+07:00');
  const [one, other] = communes(2) as [string, string];
  const merged = newCode();
  await change('2026-07-01', [one, other], [merged]);
  service.at('2026-07-01T07:00:00+07:00');
  await service.rounds.open(null, PROGRAMME, '2026H2');
  expect(await owes('2026H2', [one, other, merged])).toEqual({ [one]: 0, [other]: 0, [merged]: 1 });
  expect(await service.obligations.followDue()).toEqual({ replaced: 0, created: 0 });
});

test('after all of it, every unit on the map owes each round at most once and the cells are the sum of what stands', async () => {
  const wrong = await rows(
    service.db.dataSource,
    `select 'cell' from cell_mismatch union all select 'standing' from standing_mismatch
     union all select 'twice' from obligation where state <> 'replaced' group by unit_id, round_id having count(*) > 1`,
  );
  expect(wrong).toEqual([]);
});
