/**
 * A ranking, asked of a record with three provinces' reports in two rounds: every row agrees with the unit's own totals,
 * every filter and page is a part of one whole, and an instant keeps its answer while reports come in.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Caller } from '#access';
import type { PageRequest } from '#core';
import {
  type AskedCountry,
  about,
  codes,
  everyPage,
  openAskedCountry,
  totalOf,
} from '../../../test/support/asked-country.js';
import { owing, report } from '../../../test/support/country-figures.js';
import { compare, fraction, minus } from './fraction.js';
import type { IndicatorQuestion, PlacedUnit, RankingFilter } from './questions.js';
import type { QuestionsService } from './questions.service.js';
import { type RankingOrder, rankingOrders } from './ranking.js';
import type { TotalsService } from './totals.service.js';
import { answers } from './unit-figures.js';

const RATIO = 'nguoi_dan_tiep_can';
let country: AskedCountry;
let questions: QuestionsService;
let totals: TotalsService;
let ministry: Caller;

beforeAll(async () => {
  country = await openAskedCountry(['19', '20', '04']);
  ({ questions, totals, ministry } = country);
});
afterAll(() => country?.db.drop());

const whole = (question: IndicatorQuestion, order: RankingOrder = 'best_first', filter: RankingFilter = {}) =>
  everyPage((page) => questions.ranking(ministry, question, order, filter, page));

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
    const places = await owing(country.db.dataSource, '2026H2', ['20']);
    const ask = (page: PageRequest) =>
      questions.ranking(ministry, about(RATIO, { unitCode: '20' }), 'best_first', {}, page);
    const first = await ask({ first: 10 });
    const before = await whole(about(RATIO, { unitCode: '20', asOf: first.asOf }));
    const pages = [...first.page.items];
    for (let { endCursor, hasNextPage } = first.page; hasNextPage; ) {
      for (const place of places.splice(0, 8))
        await report(country.db.dataSource, country.account, place, country.draw, country.draw.percent(50));
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
    const province = await country.callerOf('19', 1);
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
