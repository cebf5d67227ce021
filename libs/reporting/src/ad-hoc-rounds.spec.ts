/**
 * Ad hoc rounds: opened for those who are named, until an hour of their own, collected and counted like any round, and apart
 * from every half-year and year (docs/semantics.md §1).
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { AccessService } from '#access';
import { rows } from '#core';
import { given, reportOf } from '../../../test/support/figures.js';
import { openServices, PROGRAMME, type Services } from '../../../test/support/services.js';
import { type AdHocRequest, AdHocRoundsService } from './ad-hoc-rounds.service.js';

let service: Services;
let adHoc: AdHocRoundsService;
const communes = ['05977', '05983', '05986'] as const;
const wish = (more: Partial<AdHocRequest> = {}): AdHocRequest => ({
  programme: PROGRAMME,
  request: 'Công văn 88/SKHCN-CĐS: báo cáo nhanh',
  dataFrom: '2026-01-01',
  dataTo: '2026-03-15',
  dueOn: '2026-03-20',
  units: [...communes],
  ...more,
});
const open = async (unit: string, more: Partial<AdHocRequest> = {}) =>
  adHoc.open(await service.caller(unit, 'administrator'), wish(more));
const asked = (period: string) => ({ programme: PROGRAMME, period, basis: 'received' as const });
const submit = async (code: string, round: string, news: number, at: string) =>
  service.reports.submit(
    await service.caller(code, 'reporter'),
    {
      programme: PROGRAMME,
      round,
      expectedVersion: 0,
      containsNoSecrets: true,
      figures: given(reportOf({ indicator: 'tin_bai', value: news })),
      narratives: [],
      comment: 'đã xem',
    },
    new Date(at),
  );

beforeAll(async () => {
  service = await openServices('2026-03-16T08:00:00+07:00');
  const access = new AccessService(service.db.dataSource, service.clock);
  adHoc = new AdHocRoundsService(service.db.dataSource, service.clock, access, service.rounds);
});
afterAll(() => service?.close());

it('is opened by the nation or a province for communes below it, under the next code of its year', async () => {
  await service.rounds.open(null, PROGRAMME, '2026H1');
  const first = await open('20', { dueTime: '16:00' });
  expect(first).toMatchObject({ code: '2026X1', year: null, half: null, expected: 3, request: wish().request });
  // After both half-years, as text too: the form asks all that they ask.
  expect(first.code > '2026H2' && first.code < '2027H1').toBe(true);
  expect(await open('VN', { units: ['05953', '05977'] })).toMatchObject({ code: '2026X2', expected: 2 });
  expect(await open('20', { units: null, dueOn: '2027-01-05' })).toMatchObject({ code: '2027X1', expected: 65 });
  await expect(open('05977')).rejects.toMatchObject({ code: 'access.denied' });
  await expect(open('20', { units: ['05953'] })).rejects.toMatchObject({ code: 'unit.not_found' });
  await expect(open('20', { units: ['20'] })).rejects.toMatchObject({ code: 'request.invalid' });
  for (const wrong of [
    { units: [] },
    { request: ' ' },
    { dueOn: '2026-03-15' },
    { dueOn: '20/3/2026' },
    { dueTime: '25:00' },
    { dataTo: '2026-01-01' },
  ])
    await expect(open('20', wrong)).rejects.toMatchObject({ code: 'request.invalid' });
  expect((await rows(service.db.dataSource, `select from round where year is null`)).length).toBe(3);
});

it('two opened at once have codes of their own', async () => {
  const both = await Promise.all([open('20'), open('VN')]);
  expect(both.map(({ code }) => code).sort()).toEqual(['2026X3', '2026X4']);
});

it('is on time before its hour, late from it on; its completeness is its own', async () => {
  const [early, late] = communes;
  expect(await submit(early, '2026X1', 5, '2026-03-20T15:59:59.999+07:00')).toMatchObject({ onTime: true });
  expect(await submit(late, '2026X1', 6, '2026-03-20T16:00:00+07:00')).toMatchObject({ onTime: false });
  await expect(submit('06385', '2026X1', 1, '2026-03-20T10:00:00+07:00')).rejects.toMatchObject({
    code: 'obligation.not_found',
  });
  service.at('2026-03-20T17:00:00+07:00');
  const province = await service.caller('20', 'reviewer');
  const summary = await service.completeness.summary(province, { programme: PROGRAMME, round: '2026X1' });
  expect(summary).toMatchObject({ expected: 3, onTime: 1, late: 1, counts: { submitted: 2, overdue: 1 } });
  const { items } = await service.completeness.list(province, { programme: PROGRAMME, round: '2026X1' }, {}, {});
  expect(items.map(({ dueOn, duePlan, dueWording }) => [dueOn, duePlan, dueWording])).toEqual(
    communes.map(() => ['2026-03-20', null, wish().request]),
  );
  const regular = await service.completeness.summary(province, { programme: PROGRAMME, round: '2026H1' });
  expect(regular).toMatchObject({ expected: 65, onTime: 0, late: 0 });
  const [reminded] = await rows<{ lastDay: string }>(
    service.db.dataSource,
    `select distinct last_day::text as "lastDay" from unreported m join round r on r.id = m.round_id where r.code = '2026X1'`,
  );
  expect(reminded).toEqual({ lastDay: '2026-03-20' });
});

it('has totals of its own, without targets; half-years, the year and what is carried over know nothing of it', async () => {
  const province = await service.caller('20', 'reviewer');
  const { totals, expected, reported, period } = await service.totals.totals(province, asked('2026X1'));
  expect({ expected, reported, period }).toEqual({ expected: 3, reported: 2, period: '2026X1' });
  const news = totals.find(({ indicator }) => indicator.code === 'tin_bai')!;
  expect([news.numerator, news.cumulative, news.own, news.superior]).toEqual(['11', null, null, null]);
  const below = await service.totals.childTotals(province, asked('2026X1'), {});
  expect(below.items.map(({ unit }) => unit.code)).toEqual([...communes]);

  for (const period of ['2026H1', '2026']) {
    const other = await service.totals.totals(province, asked(period));
    expect([other.expected, other.reported]).toEqual([65, 0]);
    for (const { numerator } of other.totals) expect(numerator).toBeNull();
  }
  await service.rounds.open(null, PROGRAMME, '2026H2');
  const carried = await rows(
    service.db.dataSource,
    `select from standing s join obligation o on o.id = s.obligation_id join round r on r.id = o.round_id
     where r.code <> '2026X1' and (s.version_id is not null or exists (select from unnest(s.carry) c where c is not null))`,
  );
  expect(carried).toEqual([]);
  await expect(service.totals.totals(province, asked('2026X9'))).rejects.toMatchObject({ code: 'round.not_found' });
});

it('a merger follows it too: the successor owes it until the same hour', async () => {
  const nation = await service.caller('VN', 'administrator');
  service.at('2026-03-20T17:30:00+07:00');
  const change = {
    effectiveOn: '2026-03-20',
    basis: 'Nghị quyết thử nghiệm',
    predecessors: [communes[1], communes[2]],
    successors: [{ code: '90001', name: 'Hợp Nhất', kind: 'phuong' }],
  };
  await service.obligations.changeBoundaries(nation, change);
  const province = await service.caller('20', 'reviewer');
  const due = (await service.reader.report(province, '90001', PROGRAMME, '2026X1')).dueBefore;
  expect(due.toISOString()).toBe('2026-03-20T09:00:00.000Z');
  const summary = await service.completeness.summary(province, { programme: PROGRAMME, round: '2026X1' });
  expect(summary).toMatchObject({ expected: 2, counts: { replaced: 2, submitted: 1, overdue: 1 } });
  const wrong = await rows(
    service.db.dataSource,
    'select 1 from cell_mismatch union all select 1 from standing_mismatch',
  );
  expect(wrong).toEqual([]);
});
