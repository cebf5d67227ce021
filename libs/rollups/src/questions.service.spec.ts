/**
 * Questions on one indicator, asked of a record with three provinces' reports in two rounds: every row agrees with the
 * unit's own totals, every filter and page is a part of one whole, and an instant keeps its answer while reports come in.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AccessService, type Caller } from '#access';
import { Clock, type Page, type PageRequest, rows } from '#core';
import { RoundsService } from '#reporting';
import { chance } from '../../../test/soak/chance.js';
import { owing, report, writerOf } from '../../../test/support/country-figures.js';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import { compare, fraction, minus } from './fraction.js';
import { Horizon } from './horizon.js';
import { moves } from './movers.js';
import type { IndicatorQuestion, PlacedUnit, RankingFilter } from './questions.js';
import { QuestionsService } from './questions.service.js';
import { type RankingOrder, rankingOrders } from './ranking.js';
import { TotalsService, type UnitTotals } from './totals.service.js';
import { answers } from './unit-figures.js';

const RATIO = 'nguoi_dan_tiep_can';
const PROVINCES = ['19', '20', '04'];
const draw = chance(57);

let db: FreshDatabase;
let questions: QuestionsService;
let totals: TotalsService;
let account: number;
let ministry: Caller;

beforeAll(async () => {
  db = await freshDatabase();
  const clock = new Clock();
  const access = new AccessService(db.dataSource, clock);
  const horizon = new Horizon(db.dataSource, clock);
  questions = new QuestionsService(db.dataSource, clock, access, horizon);
  totals = new TotalsService(db.dataSource, clock, access, horizon);
  const rounds = new RoundsService(db.dataSource, clock);
  account = await writerOf(db.dataSource, 'VN');
  ministry = await callerOf('VN', 0);
  for (const round of ['2026H1', '2026H2']) {
    await rounds.open(null, 'NQ57-TT', round);
    for (const place of await owing(db.dataSource, round, PROVINCES))
      if (draw.percent(85)) await report(db.dataSource, account, place, draw, draw.percent(60));
  }
});
afterAll(() => db?.drop());

async function callerOf(unitCode: string, unitLevel: number): Promise<Caller> {
  const [unit] = await rows<{ id: number }>(db.dataSource, 'select id from org_unit where code = $1', [unitCode]);
  return { accountId: account, role: 'administrator', unitId: unit!.id, unitCode, unitLevel, tokenPrefix: '' };
}

const about = (indicator: string, more: Partial<IndicatorQuestion> = {}): IndicatorQuestion => ({
  programme: 'NQ57-TT',
  period: '2026H2',
  basis: 'received',
  unitCode: 'VN',
  indicator,
  ...more,
});

async function everyPage<T>(ask: (page: PageRequest) => Promise<{ page: Page<T> }>, first = 500): Promise<T[]> {
  const items: T[] = [];
  let after: string | null = null;
  do {
    const { page }: { page: Page<T> } = await ask({ first, after });
    items.push(...page.items);
    after = page.hasNextPage ? page.endCursor : null;
  } while (after);
  return items;
}

const whole = (question: IndicatorQuestion, order: RankingOrder = 'best_first', filter: RankingFilter = {}) =>
  everyPage((page) => questions.ranking(ministry, question, order, filter, page));
const codes = (units: readonly { unit: { code: string } }[]) => units.map(({ unit }) => unit.code);

/** One total by indicator code, of the units' totals. */
const totalOf = (unit: UnitTotals, indicator: string) =>
  unit.totals.find((total) => total.indicator.code === indicator)!;

/** What a ranking and a unit's totals say alike. */
const said = ({
  numerator,
  denominator,
  display,
  noValue,
  own,
  superior,
}: ReturnType<typeof totalOf> | PlacedUnit) => ({
  numerator,
  denominator,
  display,
  noValue,
  own,
  superior,
});

describe('a ranking', () => {
  test('says of every commune what its own totals say, for every indicator, on both bases and in both rounds', async () => {
    for (const basis of ['received', 'accepted'] as const)
      for (const period of ['2026H1', '2026H2']) {
        const question = { unitCode: '19', programme: 'NQ57-TT', period, basis };
        const children = await totals.childTotals(ministry, question, { first: 200 });
        expect(children.items.length).toBeGreaterThan(80);
        for (const { indicator } of children.items[0]!.totals) {
          const ranking = await whole(about(indicator.code, { ...question }), 'code');
          expect(codes(ranking)).toEqual(codes(children.items));
          for (const [place, row] of ranking.entries()) {
            const total = totalOf(children.items[place]!, indicator.code);
            expect(said(row)).toEqual(said(total));
          }
        }
      }
  });

  test('of the nation lists all who owe the round, and adds up to the nation', async () => {
    const listed = await whole(about(RATIO));
    expect(listed).toHaveLength(3321);
    const nation = totalOf(await totals.totals(ministry, about(RATIO)), RATIO);
    const valued = listed.filter(({ n }) => n !== null);
    expect(String(valued.reduce((sum, { n }) => sum + n!, 0n))).toBe(nation.numerator);
    expect(String(valued.reduce((sum, { d }) => sum + d!, 0n))).toBe(nation.denominator);
    const { bands, answered } = await questions.ranking(ministry, about(RATIO), 'best_first', {}, {});
    expect(answered.value + answered.zero_denominator).toBe(nation.coverage.value);
    expect(answered.not_reported).toBe(nation.coverage.notReported);
    expect(bands.reduce((sum, { units }) => sum + units, 0)).toBe(answered.value);
  });

  test('in each order lists the same units, page by page as at once; without a value last', async () => {
    const atOnce = await questions.ranking(
      ministry,
      about(RATIO, { unitCode: '20' }),
      'best_first',
      {},
      { first: 500 },
    );
    for (const order of rankingOrders) {
      const question = about(RATIO, { unitCode: '20', asOf: atOnce.asOf });
      const paged = await everyPage((page) => questions.ranking(ministry, question, order, {}, page), 7);
      expect(codes(paged).sort()).toEqual(codes(atOnce.page.items).sort());
      expect(codes(paged)).toEqual(codes(await whole(question, order)));
      if (order.endsWith('_first')) {
        const ranks = paged.map(({ rank }) => rank);
        expect(ranks.slice(ranks.indexOf(null))).toEqual(ranks.filter((rank) => rank === null));
      }
    }
  });

  test('by the gap to a target begins with the one lacking most', async () => {
    const listed = await whole(about(RATIO, { unitCode: '19' }), 'superior_gap');
    const gaps = listed.flatMap(({ superiorGap }) => superiorGap ?? []);
    expect(gaps.length).toBeGreaterThan(50);
    for (const [place, gap] of gaps.entries())
      if (place > 0) expect(compare(gaps[place - 1]!, gap)).toBeLessThanOrEqual(0);
    // The plan asks 10 % by 2026.
    const first = listed[0]!;
    expect(first.superiorGap).toEqual(minus(fraction(first.value!.n, first.value!.d), fraction(10n)));
    await expect(questions.ranking(ministry, about('ke_hoach_ban_hanh'), 'own_gap', {}, {})).rejects.toMatchObject({
      code: 'request.invalid',
    });
  });

  test('filtered by status, answer or band is cut into parts that make the whole', async () => {
    const question = about(RATIO, {
      unitCode: '19',
      asOf: (await questions.ranking(ministry, about(RATIO), 'code', {}, {})).asOf,
    });
    const all = await whole(question);
    const statuses = [...new Set(all.map(({ superior }) => superior?.status ?? 'no_target'))];
    expect(statuses).toEqual(expect.arrayContaining(['met', 'behind', 'no_data', 'not_applicable']));
    for (const [filters, size] of [
      [statuses.map((status): RankingFilter => ({ superior: [status] })), all.length],
      [answers.map((answer): RankingFilter => ({ answers: [answer] })), all.length],
      [
        [{ answers: ['missing', 'not_reported'] }, { answers: ['value', 'zero_denominator', 'not_applicable'] }],
        all.length,
      ],
      [
        [{ bands: ['below_50', 'from_50'] }, { bands: ['from_70', 'from_80', 'from_90'] }],
        all.filter(({ band }) => band).length,
      ],
    ] as [RankingFilter[], number][]) {
      const parts = await Promise.all(filters.map((filter) => whole(question, 'best_first', filter)));
      expect(parts.every((part) => part.length > 0)).toBe(true);
      const joined = parts.flat();
      expect(new Set(codes(joined)).size).toBe(joined.length);
      expect(joined).toHaveLength(size);
      // A rank is among all, whatever is kept.
      for (const row of joined) expect(row.rank).toBe(all.find(({ unit }) => unit.code === row.unit.code)!.rank);
    }
  });

  test('keeps its pages and its instant while reports come in', async () => {
    const places = await owing(db.dataSource, '2026H2', ['20']);
    const ask = (page: PageRequest) =>
      questions.ranking(ministry, about(RATIO, { unitCode: '20' }), 'best_first', {}, page);
    const first = await ask({ first: 10 });
    const before = await whole(about(RATIO, { unitCode: '20', asOf: first.asOf }));
    const pages = [...first.page.items];
    for (let { endCursor, hasNextPage } = first.page; hasNextPage; ) {
      for (const place of places.splice(0, 8)) await report(db.dataSource, account, place, draw, draw.percent(50));
      const next = await ask({ first: 10, after: endCursor });
      expect(next.asOf).toBe(first.asOf);
      pages.push(...next.page.items);
      ({ endCursor, hasNextPage } = next.page);
    }
    expect(pages).toEqual(before);
    expect(await whole(about(RATIO, { unitCode: '20', asOf: first.asOf }))).toEqual(before);
    expect(await whole(about(RATIO, { unitCode: '20' }))).not.toEqual(before);
    await expect(
      ask({ after: Buffer.from('["00000","2026-01-02T00:00:00.000000Z"]').toString('base64url') }),
    ).rejects.toMatchObject({
      code: 'round.not_found',
    });
  });

  test('stays within reach: a province sees itself and below, a commune has nothing below', async () => {
    const province = await callerOf('19', 1);
    const asked = (caller: Caller, unitCode: string | null) =>
      questions.ranking(caller, about(RATIO, { unitCode }), 'code', {}, { first: 500 });
    const own = await asked(province, null);
    expect(own.page.total).toBe(own.page.items.length);
    expect(new Set(own.page.items.map(({ unit }) => unit.parentId))).toEqual(new Set([province.unitId]));
    for (const unitCode of ['20', 'VN'])
      await expect(asked(province, unitCode)).rejects.toMatchObject({ code: 'unit.not_found' });
    const commune = await asked(ministry, own.page.items[0]!.unit.code);
    expect([commune.page.total, commune.page.items, commune.answered.not_reported]).toEqual([0, [], 0]);
  });

  test('is refused for text, a year, and an indicator or a round that is not there', async () => {
    for (const [question, code] of [
      [about('ket_qua_noi_bat'), 'request.invalid'],
      [about('khong_co'), 'request.invalid'],
      [about(RATIO, { period: '2026' }), 'request.invalid'],
      [about(RATIO, { period: '2027H1' }), 'round.not_found'],
      [about(RATIO, { programme: 'X' }), 'programme.not_found'],
    ] as const)
      await expect(questions.ranking(ministry, question, 'code', {}, {})).rejects.toMatchObject({ code });
  });
});

test('extremes are the two ends of the ranking', async () => {
  for (const indicator of [RATIO, 'tin_bai', 'ke_hoach_ban_hanh']) {
    const { asOf, best, worst, valued, withoutValue } = await questions.extremes(ministry, about(indicator), 5);
    const ranking = (await whole(about(indicator, { asOf }))).filter(({ rank }) => rank !== null);
    expect(best).toEqual(ranking.slice(0, 5));
    expect(worst[0]!.rank).toBe(ranking.at(-1)!.rank);
    expect([valued, withoutValue]).toEqual([ranking.length, 3321 - ranking.length]);
  }
  await expect(questions.extremes(ministry, about(RATIO), 0)).rejects.toMatchObject({ code: 'request.invalid' });
});

describe('movers', () => {
  const everyMove = (indicator: string, level: 'province' | 'commune', more: Partial<IndicatorQuestion> = {}) =>
    everyPage((page) => questions.movers(ministry, about(indicator, more), level, moves, page));

  test('set both rounds’ rankings side by side', async () => {
    for (const indicator of [RATIO, 'tin_bai', 'ke_hoach_ban_hanh', 'chuyen_muc_duy_tri']) {
      const { since, counts, asOf } = await questions.movers(
        ministry,
        about(indicator, { unitCode: '04' }),
        'commune',
        ['up'],
        {},
      );
      const [first, second] = await Promise.all(
        ['2026H1', '2026H2'].map((period) => whole(about(indicator, { unitCode: '04', period, asOf }))),
      );
      const moved = await everyMove(indicator, 'commune', { unitCode: '04', asOf });
      expect([since, moved.length]).toEqual(['2026H1', first!.length]);
      expect(moved.filter(({ move }) => move === 'up')).toHaveLength(counts.up);
      expect(Math.min(counts.up, counts.appeared)).toBeGreaterThan(0);
      // What was done once stays done.
      if (indicator === 'ke_hoach_ban_hanh') expect(counts.down).toBe(0);
      for (const { unit, before, after } of moved) {
        const [was, is] = [first, second].map((ranking) => ranking!.find((row) => row.unit.code === unit.code)!);
        expect([before, after]).toMatchObject([
          { numerator: was!.numerator, denominator: was!.denominator, display: was!.display, answer: was!.answer },
          { numerator: is!.numerator, denominator: is!.denominator, display: is!.display, answer: is!.answer },
        ]);
      }
    }
  });

  test('by province are the provinces’ totals of both rounds, what rested on a yes of the first among them', async () => {
    for (const indicator of [RATIO, 'tin_bai', 'ke_hoach_ban_hanh', 'khen_thuong_hang_nam']) {
      const moved = await everyMove(indicator, 'province');
      expect(moved).toHaveLength(34);
      for (const [period, side] of [
        ['2026H1', 'before'],
        ['2026H2', 'after'],
      ] as const) {
        const { items } = await totals.childTotals(ministry, about(indicator, { period }), {});
        for (const province of items) {
          const figure = moved.find(({ unit }) => unit.code === province.unit.code)![side]!;
          const { numerator, denominator, display, noValue, coverage } = totalOf(province, indicator);
          const { expected, included } = coverage;
          expect(figure).toMatchObject({ numerator, denominator, display, noValue, coverage: { expected, included } });
        }
      }
    }
  });

  test('in the first round nothing stands before: who has a value appeared', async () => {
    const answer = await questions.movers(
      ministry,
      about(RATIO, { period: '2026H1', unitCode: '19' }),
      'commune',
      moves,
      {},
    );
    expect(answer.since).toBeNull();
    expect(answer.counts.appeared + answer.counts.without).toBe(answer.page.total);
    expect(answer.page.items[0]).toMatchObject({ move: 'appeared', before: null, change: null });
  });
});

describe('gaps', () => {
  test('add up to what the total lacks; who has not answered stands apart', async () => {
    const answer = await questions.gaps(ministry, about(RATIO, { unitCode: '19' }), 'own', { first: 500 });
    const province = totalOf(await totals.totals(ministry, about(RATIO, { unitCode: '19', asOf: answer.asOf })), RATIO);
    expect([String(answer.n), String(answer.d)]).toEqual([province.numerator, province.denominator]);
    expect(answer.target).toMatchObject({ planKey: 'thai-nguyen-minh-hoa', threshold: '10', illustrative: true });
    expect(answer.shortfall).toEqual(fraction(answer.d - 10n * answer.n, 10n));
    const { value, missing, notReported, notApplicable } = province.coverage;
    expect(answer.page.items).toHaveLength(value);
    expect([answer.unknown.length, answer.notApplicable.length]).toEqual([missing + notReported, notApplicable]);
    const lacking = answer.page.items.reduce((sum, one) => minus(sum, minus(fraction(0n), one.lacking)), fraction(0n));
    expect(lacking).toEqual(answer.shortfall);
  });

  test('need a ratio and a target in numbers', async () => {
    for (const [indicator, unitCode, against, code] of [
      ['tin_bai', '19', 'own', 'request.invalid'],
      [RATIO, '20', 'own', 'target.not_found'],
      [RATIO, '19', 'superior', 'target.not_found'],
    ] as const)
      await expect(questions.gaps(ministry, about(indicator, { unitCode }), against, {})).rejects.toMatchObject({
        code,
      });
    // The nation's plan asks 100 % of tasks: nobody can be beyond that.
    const nation = await questions.gaps(ministry, about('nhiem_vu_khcn_truyen_thong'), 'own', { first: 3 });
    expect(nation.target.threshold).toBe('100');
    expect([nation.beyond, nation.lacking]).toEqual([fraction(0n), nation.shortfall]);
    expect(nation.page.items).toHaveLength(3);
  });
});
