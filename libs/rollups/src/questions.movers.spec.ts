/**
 * Extremes, movers and gaps, asked of a record with two provinces' reports in two rounds: they agree with the rankings and
 * the totals of the same instant.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Caller } from '#access';
import { type AskedCountry, about, everyPage, openAskedCountry, totalOf } from '../../../test/support/asked-country.js';
import { fraction, minus } from './fraction.js';
import { moves } from './movers.js';
import type { IndicatorQuestion } from './questions.js';
import type { QuestionsService } from './questions.service.js';
import type { TotalsService } from './totals.service.js';

const RATIO = 'nguoi_dan_tiep_can';
let country: AskedCountry;
let questions: QuestionsService;
let totals: TotalsService;
let ministry: Caller;

beforeAll(async () => {
  country = await openAskedCountry(['19', '04']);
  ({ questions, totals, ministry } = country);
});
afterAll(() => country?.db.drop());

const whole = (question: IndicatorQuestion) =>
  everyPage((page) => questions.ranking(ministry, question, 'best_first', {}, page));

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
