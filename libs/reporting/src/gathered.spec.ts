/**
 * Reports that arrive together share a transaction (report-store.ts): each has the answer it would have had alone, one that is
 * refused takes nobody with it, and nobody waits for a lock on another province's collection.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { Caller } from '#access';
import { Clock, rows } from '#core';
import { given, reportOf } from '../../../test/support/figures.js';
import { openServices, PROGRAMME, type Services } from '../../../test/support/services.js';
import { ReportStore } from './report-store.js';
import type { Submission } from './reports.service.js';

const ROUND = '2026H1';
let service: Services;
/** Reporters still to report, by the code of their province. */
const reporters: Record<string, Caller[]> = { 19: [], 20: [] };

beforeAll(async () => {
  service = await openServices();
  await service.rounds.open(null, PROGRAMME, ROUND);
  for (const [province, callers] of Object.entries(reporters)) {
    const communes = await rows<{ code: string }>(
      service.db.dataSource,
      `select u.code from obligation o join org_unit u on u.id = o.unit_id join org_unit p on p.id = o.parent_id
       where p.code = $1 order by u.code limit 40`,
      [province],
    );
    for (const { code } of communes) callers.push(await service.caller(code, 'reporter'));
  }
});
afterAll(() => service?.close());

const paper = (more: Partial<Submission> = {}, news = 3): Submission => ({
  programme: PROGRAMME,
  round: ROUND,
  expectedVersion: 0,
  figures: given(reportOf({ indicator: 'tin_bai', value: news })),
  narratives: [],
  comment: 'đã kiểm tra “số liệu”, {a,b} \\ "c"',
  containsNoSecrets: true,
  ...more,
});
const submit = (caller: Caller, wish = paper()) => service.reports.submit(caller, wish, new Date());
const take = (province: string, count: number) => reporters[province]!.splice(0, count);

/** What is stored of these, and in how many transactions. */
async function stored(callers: Caller[]) {
  const found = await rows<{ unit: number; province: number; at: string; xmin: string; comment: string; n: string }>(
    service.db.dataSource,
    `select o.unit_id as unit, o.parent_id as province, instant_text(v.recorded_at) as at, v.xmin::text, v.comment, v.n::text
     from report_version v join obligation o on o.id = v.obligation_id where o.unit_id = any($1) order by v.recorded_at`,
    [callers.map(({ unitId }) => unitId)],
  );
  return { found, transactions: new Set(found.map(({ xmin }) => xmin)).size };
}

async function expectSoundTotals() {
  expect(await rows(service.db.dataSource, 'select * from cell_mismatch')).toEqual([]);
  expect(await rows(service.db.dataSource, 'select * from standing_mismatch')).toEqual([]);
}

it('stores reports of two provinces that arrive at once in fewer transactions, each as if alone', async () => {
  const together = [...take('19', 12), ...take('20', 12)];
  const answers = await Promise.all(together.map((caller, news) => submit(caller, paper({}, news))));
  expect(answers.every((answer) => answer.stored && answer.version!.number === 1)).toBe(true);
  const { found, transactions } = await stored(together);
  expect(found.length).toBe(24);
  expect(transactions).toBeLessThan(20);
  expect(new Set(found.map(({ comment }) => comment))).toEqual(new Set([paper().comment!.normalize('NFC')]));
  // Within a province no two at one instant, so that the total of every instant is that of whole reports.
  expect(new Set(found.map(({ province, at }) => `${province} ${at}`)).size).toBe(24);
  const [one] = take('20', 1);
  const alone = await submit(one!, paper({}, 5));
  expect(alone).toMatchObject({
    ...answers[0],
    version: { number: 1, state: 'submitted' },
    dueBefore: alone.dueBefore,
  });
  await expectSoundTotals();
});

it('refuses one among many for its own reason, and answers a key that comes twice once', async () => {
  const together = take('19', 6);
  const doubled = paper({ idempotencyKey: 'hai-lan' });
  const settled = await Promise.allSettled([
    ...together.slice(0, 4).map((caller) => submit(caller)),
    submit(together[4]!, paper({ expectedVersion: 7 })),
    submit(together[5]!, doubled),
    submit(together[5]!, doubled),
  ]);
  expect(settled.map(({ status }) => status)).toEqual([
    ...Array(4).fill('fulfilled'),
    'rejected',
    ...Array(2).fill('fulfilled'),
  ]);
  expect(settled[4]).toMatchObject({ reason: { code: 'report.stale', details: { expected: 7, actual: 0 } } });
  expect((settled[6] as PromiseFulfilledResult<unknown>).value).toEqual(
    (settled[5] as PromiseFulfilledResult<unknown>).value,
  );
  expect((await stored(together)).found.length).toBe(5);
  await expectSoundTotals();
});

it('lets the reports of other provinces through while one province is locked', async () => {
  const [held, free] = [take('19', 3), take('20', 8)];
  const other = new Client({ connectionString: service.db.url });
  await other.connect();
  await other.query('begin');
  await other.query(
    `select from collection c join round r on r.id = c.round_id join org_unit p on p.id = c.parent_id
     where r.code = $1 and p.code = '19' for update of c`,
    [ROUND],
  );
  try {
    const waiting = Promise.all(held.map((caller) => submit(caller)));
    const through = await Promise.all(free.map((caller) => submit(caller)));
    expect(through.every((answer) => answer.stored)).toBe(true);
    expect((await stored(held)).found).toEqual([]);
    await other.query('commit');
    expect((await waiting).every((answer) => answer.stored)).toBe(true);
  } finally {
    await other.end();
  }
  expect((await stored([...held, ...free])).found.length).toBe(11);
  await expectSoundTotals();
});

it('leaves what something stands in the way of to go alone', async () => {
  const callers = take('19', 4);
  await submit(callers[3]!, paper({ idempotencyKey: 'da-dung' }));
  // Reports of nothing, which add nothing: one without more, and one each that carries over something else than it was told,
  // whose sums are not known, whose key is taken.
  const stored = await rows<{ place: number }>(
    service.db.dataSource,
    `select r.place from submit_reports($1::int[], (select array_agg(o.id order by array_position($2::int[], o.unit_id)) from obligation o
         join round r on r.id = o.round_id where o.unit_id = any($2::int[]) and r.code = $3),
       array_fill((select id from round where code = $3), '{4}'), array_fill((select id from org_unit where code = '19'), '{4}'),
       array['a', 'b', 'c', 'da-dung'], array_fill(''::text, '{4}'), array_fill('{}'::text, '{4}'), array_fill('{}'::text, '{4}'),
       array_fill('{}'::text, '{4}'), array[null, '{1}', null, null], array[0, 0, null, 0], array_fill(null::jsonb, '{4}'),
       array_fill(null::jsonb, '{4}'), array_fill(null::text, '{4}'), array_fill('{"containsNoSecrets": true}'::jsonb, '{4}'),
       array_fill('[]'::jsonb, '{4}'), array_fill(now(), '{4}'), null, array_fill(null::text, '{4}')) r`,
    [callers.map(({ accountId }) => accountId), callers.map(({ unitId }) => unitId), ROUND],
  );
  expect(stored).toEqual([{ place: 1 }]);
  await expectSoundTotals();
});

it('tells of a sum that was handed over wrong, and mends it', async () => {
  const [caller] = take('19', 1);
  await rows(
    service.db.dataSource,
    `select submit_report($1, o.id, o.round_id, o.parent_id, false, 0, null, '', '{}', '{}', '{}', null, 57, null, null, null,
       '{"containsNoSecrets": true}', '[]', now(), null, null)
     from obligation o join round r on r.id = o.round_id where o.unit_id = $2 and r.code = $3`,
    [caller!.accountId, caller!.unitId, ROUND],
  );
  const wrong = await rows<{ sums: string; should_sum: string }>(service.db.dataSource, 'select * from cell_mismatch');
  expect(wrong.map(({ sums, should_sum: right }) => BigInt(sums) - BigInt(right))).toEqual([57n]);
  expect(await rows(service.db.dataSource, 'select rebuild_cells(null) as mended')).toEqual([{ mended: 1 }]);
  await expectSoundTotals();
});

it('tells of figures that no report may hold, and hands none over', async () => {
  const [caller] = take('19', 1);
  const store = new ReportStore(service.db.dataSource, new Clock());
  const figures = { n: ['2'], d: ['1'], s: [1] };
  await expect(store.store({ figures } as never, service.db.dataSource)).rejects.toThrow('have passed its checks');
  await service.db.dataSource
    .transaction(async (db) => {
      await db.query(
        `select submit_report($1, o.id, o.round_id, o.parent_id, false, 0, null, '', '{2}', '{1}', '{1}', null, null, null, null,
           null, '{"containsNoSecrets": true}', '[]', now(), null, null)
         from obligation o join round r on r.id = o.round_id where o.unit_id = $2 and r.code = $3`,
        [caller!.accountId, caller!.unitId, ROUND],
      );
      expect(await db.query('select basis from standing_mismatch')).toEqual([{ basis: 'received' }]);
      throw new Error('not kept');
    })
    .catch((error: Error) => expect(error.message).toBe('not kept'));
});

it('is checked anew when the next round is opened between check and storing: what that one carries over comes with it', async () => {
  const [caller] = take('20', 1);
  const other = new Client({ connectionString: service.db.url });
  await other.connect();
  const waiting = async (count: number) => {
    const sql = `select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted
                 and database = (select oid from pg_database where datname = current_database())`;
    while ((await other.query<{ n: number }>(sql)).rows[0]!.n < count)
      await new Promise((settle) => setTimeout(settle, 5));
  };
  try {
    // In the queue behind this lock: who opens the round first, then who stores what was checked without it.
    await other.query('select pg_advisory_lock(57, 1)');
    const opened = service.rounds.open(null, PROGRAMME, '2026H2');
    await waiting(1);
    const submitted = submit(caller!);
    await waiting(2);
    await other.query('select pg_advisory_unlock(57, 1)');
    await opened;
    expect(await submitted).toMatchObject({ stored: true, version: { number: 1 } });
  } finally {
    await other.end();
  }
  expect((await stored([caller!])).found.length).toBe(1);
  await expectSoundTotals();
});

it('stores nothing for whoever does not know of the later round', async () => {
  const [caller] = take('20', 1);
  const blindly = rows(
    service.db.dataSource,
    `select submit_report($1, o.id, o.round_id, o.parent_id, false, 0, null, '', '{}', '{}', '{}', null, 0, null, null, null,
       '{"containsNoSecrets": true}', '[]', now(), null, null)
     from obligation o join round r on r.id = o.round_id where o.unit_id = $2 and r.code = $3`,
    [caller!.accountId, caller!.unitId, ROUND],
  );
  await expect(blindly).rejects.toMatchObject({ code: '40001' });
  expect((await stored([caller!])).found).toEqual([]);
});
