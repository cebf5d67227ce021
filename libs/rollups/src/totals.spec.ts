/**
 * Totals as they are asked for: a year from its rounds, pages of units, how many below meet their own targets, bounds on
 * last accepted denominators, and a unit that owes nothing (docs/semantics.md §2, §4, §6).
 */
import { afterAll, beforeAll, describe, expect, it, test } from '@jest/globals';
import { rows } from '#core';
import type { GivenFigure } from '#reporting';
import { openServices, PROGRAMME, type Services } from '../../../test/support/services.js';
import type { Total } from './total.js';
import type { UnitTotals } from './totals.service.js';

const RATIO = 'nguoi_dan_tiep_can';
const FLOW = 'tin_bai';
const STOCK = 'kenh_mang_xa_hoi';
const NAM_CUONG = '02026';
const KHA_SON = '05953';

let services: Services;
/** Communes of Thái Nguyên that have no plan of their own. */
let others: string[];
beforeAll(async () => {
  services = await openServices('2026-05-20T08:00:00+07:00');
  for (const round of ['2026H1', '2026H2']) await services.rounds.open(null, PROGRAMME, round);
  const found = await rows<{ code: string }>(
    services.db.dataSource,
    `select u.code from org_units_on('2026-05-20') u join org_unit p on p.id = u.parent_id
     where p.code = '19' and u.code not in ($1, $2) order by u.code`,
    [NAM_CUONG, KHA_SON],
  );
  others = found.map(({ code }) => code);
});
afterAll(() => services?.close());

const versions = new Map<string, number>();
async function report(unit: string, round: string, figures: GivenFigure[], accept = true): Promise<void> {
  const expectedVersion = versions.get(`${unit} ${round}`) ?? 0;
  const submission = {
    programme: PROGRAMME,
    round,
    expectedVersion,
    figures,
    narratives: [],
    comment: 'đã kiểm tra',
    containsNoSecrets: true,
  };
  const answer = await services.reports.submit(
    await services.caller(unit, 'reporter'),
    submission,
    services.clock.now(),
  );
  expect(answer.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  versions.set(`${unit} ${round}`, expectedVersion + 1);
  if (accept)
    await services.reports.accept(await services.caller('19', 'reviewer'), unit, PROGRAMME, round, expectedVersion + 1);
}
const ratio = (numerator: number, denominator: number): GivenFigure => ({
  indicator: RATIO,
  state: 'value',
  numerator: String(numerator),
  denominator: String(denominator),
});
const count = (indicator: string, value: number, state: 'value' | 'estimate' = 'value'): GivenFigure => ({
  indicator,
  state,
  value: String(value),
});

async function asked(
  unitCode: string,
  period: string,
  basis: 'received' | 'accepted' = 'received',
): Promise<UnitTotals> {
  return services.totals.totals(await services.caller('VN', 'viewer'), {
    unitCode,
    programme: PROGRAMME,
    period,
    basis,
  });
}
async function total(
  unitCode: string,
  period: string,
  indicator: string,
  basis: 'received' | 'accepted' = 'received',
): Promise<Total> {
  return (await asked(unitCode, period, basis)).totals.find((found) => found.indicator.code === indicator)!;
}

describe('a year', () => {
  beforeAll(async () => {
    await report(others[0]!, '2026H1', [ratio(4000, 10_000), count(FLOW, 7), count(STOCK, 3)]);
    await report(others[0]!, '2026H2', [ratio(5000, 10_000), count(FLOW, 5, 'estimate'), count(STOCK, 4)]);
    await report(others[1]!, '2026H1', [ratio(100, 1000), count(FLOW, 10), count(STOCK, 9)]);
  });

  test.each(['19', 'VN'])(
    'of %s adds what happens during a period, and takes what stands from the latest round',
    async (unit) => {
      expect(await total(unit, '2026', FLOW)).toMatchObject({
        numerator: '22',
        denominator: null,
        coverage: { countedIn: 'unit_rounds', value: 3, estimated: 1 },
      });
      expect(await total(unit, '2026H2', FLOW)).toMatchObject({
        numerator: '5',
        coverage: { countedIn: 'units', value: 1 },
      });
      expect(await total(unit, '2026H1', FLOW)).toMatchObject({ numerator: '17', coverage: { value: 2 } });
      expect(await total(unit, '2026', STOCK)).toMatchObject({
        numerator: '4',
        coverage: { countedIn: 'units', value: 1 },
      });
      expect(await total(unit, '2026', RATIO)).toMatchObject({
        numerator: '5000',
        denominator: '10000',
        display: '50,0%',
      });
      expect(await total(unit, '2026H1', RATIO)).toMatchObject({ numerator: '4100', denominator: '11000' });
    },
  );

  it('of a commune is its own: nothing is carried forward where the second half is silent', async () => {
    expect(await total(others[0]!, '2026', FLOW)).toMatchObject({ numerator: '12' });
    expect(await total(others[1]!, '2026', FLOW)).toMatchObject({
      numerator: '10',
      coverage: { value: 1, notReported: 1 },
    });
    expect(await total(others[1]!, '2026', STOCK)).toMatchObject({ numerator: null, noValue: 'no_data' });
    expect(await total(others[1]!, '2026', RATIO)).toMatchObject({ numerator: null, noValue: 'no_data' });
  });

  it('counts unit-rounds where rounds are added: 92 communes twice', async () => {
    expect((await total('19', '2026', FLOW)).coverage).toMatchObject({ expected: 184, value: 3, notReported: 181 });
    expect((await total('19', '2026', STOCK)).coverage).toMatchObject({ expected: 92, value: 1, notReported: 91 });
  });

  it('of a commune that owes nothing in the second half carries nothing forward', async () => {
    expect(await total(others[1]!, '2026H1', STOCK)).toMatchObject({ numerator: '9' });
    await rows(
      services.db.dataSource,
      `with exempted as (
         update obligation o set state = 'exempt' from org_unit u, round r
         where u.id = o.unit_id and r.id = o.round_id and u.code = $1 and r.code = '2026H2' returning o.id, o.round_id, o.parent_id
       )
       update collection c set last_recorded_at = c.last_recorded_at + interval '1 second' from exempted e
       where c.round_id = e.round_id and c.parent_id = e.parent_id`,
      [others[1]],
    );
    await rows(
      services.db.dataSource,
      `select restand(o.id, c.last_recorded_at)
       from obligation o join collection c using (round_id, parent_id)
       join org_unit u on u.id = o.unit_id join round r on r.id = o.round_id where u.code = $1 and r.code = '2026H2'`,
      [others[1]],
    );
    expect(await asked(others[1]!, '2026H2')).toMatchObject({ expected: 0, reported: 0 });
    for (const period of ['2026H2', '2026'])
      expect([period, await total(others[1]!, period, STOCK)]).toMatchObject([period, { numerator: null }]);
  });
});

describe('all units below one', () => {
  const pages = async (unitCode: string, first: number, figuresAlone = false) => {
    const items: UnitTotals[] = [];
    for (let after: string | null = null; ; ) {
      const question = { unitCode, programme: PROGRAMME, period: '2026H1', basis: 'received' as const, figuresAlone };
      const page = await services.totals.childTotals(await services.caller('VN', 'viewer'), question, { first, after });
      expect(page.items.length).toBeLessThanOrEqual(first);
      items.push(...page.items);
      after = page.endCursor;
      if (!page.hasNextPage) return { items, total: page.total };
    }
  };

  test.each([
    ['19', 92, 7],
    ['19', 92, 92],
    ['19', 92, 500],
    ['VN', 34, 33],
    ['VN', 34, 34],
    [NAM_CUONG, 0, 10],
  ])('%s: %i of them, %i a page, each once and in the order of codes', async (unit, expected, first) => {
    const { items, total: all } = await pages(unit, first);
    const codes = items.map((item) => item.unit.code);
    expect([all, codes.length, new Set(codes).size]).toEqual([expected, expected, expected]);
    expect(codes).toEqual([...codes].sort());
  });

  it('say of each what its own totals say, and add up to those above', async () => {
    const { items } = await pages('19', 30);
    for (const code of [others[0]!, others[1]!, others[2]!, NAM_CUONG]) {
      const alone = await asked(code, '2026H1');
      expect({ ...items.find(({ unit }) => unit.code === code), asOf: null }).toEqual({ ...alone, asOf: null });
    }
    const above = await asked('19', '2026H1');
    for (const { indicator, numerator } of above.totals.filter(({ indicator: of }) => of.kind !== 'milestone')) {
      const below = items.map((item) => item.totals.find((found) => found.indicator.id === indicator.id)!.numerator);
      const known = below.filter((digits) => digits !== null);
      const sum = known.reduce((digits, more) => digits + BigInt(more), 0n);
      expect([indicator.code, numerator]).toEqual([indicator.code, known.length === 0 ? null : String(sum)]);
    }
  });

  it('figures alone are the same figures, held against nothing', async () => {
    const { items } = await pages('19', 500);
    const { items: alone } = await pages('19', 500, true);
    expect(items.some(({ totals }) => totals.some(({ own, superior }) => own !== null && superior !== null))).toBe(
      true,
    );
    const unjudged = items.map((one) => ({
      ...one,
      asOf: null,
      totals: one.totals.map((total) => ({ ...total, own: null, superior: null })),
    }));
    expect(alone.map((one) => ({ ...one, asOf: null }))).toEqual(unjudged);
  });
});

describe('units below that meet their own targets', () => {
  // Nam Cường asks 10 % of residents in 2026; Kha Sơn's plan has no year, others have no plan of their own.
  const below = async () => (await total('19', '2026H2', RATIO)).below;

  it('are counted of those that have one, whoever reports', async () => {
    const { having } = (await below())!;
    expect(await below()).toEqual({ meeting: 0, having });
    await report(NAM_CUONG, '2026H2', [ratio(1079, 10_793)]);
    expect(await below()).toEqual({ meeting: 0, having });
    await report(NAM_CUONG, '2026H2', [ratio(1080, 10_793)]);
    expect(await below()).toEqual({ meeting: 1, having });
    await report(others[3]!, '2026H2', [ratio(9999, 10_000)]);
    expect(await below()).toEqual({ meeting: 1, having });
  });

  it('are none where there is nothing below', async () => {
    expect((await total(NAM_CUONG, '2026H2', RATIO)).below).toBeNull();
  });
});

describe('bounds', () => {
  // Own and superior targets stand beside; what is certain shows in the status (70 % of 2027 is Thái Nguyên's own plan).
  it('are unknown while one silent unit has no accepted denominator', async () => {
    const { own } = await total('19', '2026H2', RATIO);
    expect(own).toMatchObject({ certain: false });
    const unknown = own!.notes.map(({ vi }) => vi).join(' ');
    expect(unknown).toMatch(/mẫu số chưa biết: \d+ đơn vị/);
  });

  it('count a silent unit by its last accepted denominator, and only by an accepted one', async () => {
    const unknown = async () =>
      Number(
        /mẫu số chưa biết: (\d+) đơn vị/.exec(
          (await total('19', '2026H2', RATIO)).own!.notes.map(({ vi }) => vi).join(' '),
        )?.[1] ?? 0,
      );
    const before = await unknown();
    await report(others[10]!, '2026H1', [ratio(1, 100)], false);
    expect(await unknown()).toBe(before);
    await services.reports.accept(await services.caller('19', 'reviewer'), others[10]!, PROGRAMME, '2026H1', 1);
    expect(await unknown()).toBe(before - 1);
    // A correction in the first half that is not yet accepted changes nothing; once accepted it still counts once.
    await report(others[10]!, '2026H1', [ratio(1, 200)]);
    expect(await unknown()).toBe(before - 1);
    // Reported in the second half, it is silent no more.
    await report(others[10]!, '2026H2', [ratio(1, 200)]);
    expect(await unknown()).toBe(before - 1);
    await report(others[10]!, '2026H2', [{ indicator: RATIO, state: 'missing' }]);
    expect(await unknown()).toBe(before - 1);
  });

  it('become certain once every silent unit has a denominator that was accepted before', async () => {
    for (const code of [...others, NAM_CUONG, KHA_SON])
      if (!versions.has(`${code} 2026H1`)) await report(code, '2026H1', [ratio(9, 10)]);
    const all = await total('19', '2026H2', RATIO);
    expect(all.own!.notes.map(({ vi }) => vi).join(' ')).not.toMatch(/mẫu số chưa biết/);
    // 16 279 of 40 993 reported, at most some 12 000 more residents silent: over 10 % whatever they say.
    expect(all.own).toMatchObject({ certain: true, targetYear: 2026 });
  }, 60_000);
});
