/**
 * Questions people ask, over HTTP as a client sends them: one request each, every field typed, refusals with their codes,
 * and a province that sees no further than itself.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chance } from '../soak/chance.js';
import { owing, report, writerOf } from '../support/country-figures.js';
import { openWorld, type World } from '../support/world.js';

let world: World;
let nation: string;
let province: string;

beforeAll(async () => {
  world = await openWorld();
  nation = await world.token('VN', 'administrator');
  province = await world.token('19', 'reviewer');
  await world.ask(nation, 'mutation { openRound(code: "2026H1") { code } }');
  const account = await writerOf(world.db.dataSource, 'VN');
  const draw = chance(7);
  for (const place of await owing(world.db.dataSource, '2026H1', ['19']))
    if (draw.percent(80)) await report(world.db.dataSource, account, place, draw, true);
});
afterAll(() => world?.close());

const PARTS = 'indicator: "nguoi_dan_tiep_can", period: "2026H1"';

test('one request holds a ranking, its ends, what moved and whose gaps count, all as of one instant', async () => {
  type Row = { unit: { code: string; name: string }; rank: number | null; display: string | null };
  type Asked = {
    ranking: {
      asOf: string;
      totalCount: number;
      nodes: Row[];
      bands: { units: number }[];
      answered: { value: number };
    };
    extremes: { asOf: string; best: Row[]; valued: number };
    movers: { asOf: string; since: string | null; counts: { appeared: number }; nodes: { move: string }[] };
    gaps: { asOf: string; total: { numerator: string }; nodes: { lacking: { exact: string; display: string } }[] };
  };
  const answer = await world.ask<Asked>(
    province,
    `{
      ranking(${PARTS}, first: 5) {
        asOf period basis unit { code } indicator { code } totalCount endCursor hasNextPage
        nodes {
          unit { code name kind level } province { code } rank numerator denominator display noValue answer
          band { code from to label { vi en } } own { status label } superior { status label planKey threshold notes { vi } }
          ownGap { exact display } superiorGap { exact display }
        }
        bands { units band { code } } answered { value zero_denominator not_applicable missing not_reported }
      }
      extremes(${PARTS}, count: 5) { asOf best { unit { code name } rank display } worst { rank } valued withoutValue tiedWithBest tiedWithWorst }
      movers(${PARTS}) {
        asOf since counts { appeared up down without }
        nodes { unit { code } province { code } move before { display } after { display answer expected included } change { exact display } }
      }
      gaps(${PARTS}) {
        asOf target { planKey threshold comparator year illustrative wording } total { numerator denominator display }
        shortfall { exact display } lacking { display } beyond { display } needed { display } missing { display }
        nodes { unit { code } province { code } numerator denominator lacking { exact display } share shareDisplay }
        unknown { unit { code name } } notApplicable
      }
    }`,
  );
  const { ranking, extremes, movers, gaps } = answer;
  expect(new Set([ranking.asOf, extremes.asOf, movers.asOf, gaps.asOf]).size).toBe(1);
  expect(
    ranking.nodes.map(({ unit, rank, display }) => ({ unit: { code: unit.code, name: unit.name }, rank, display })),
  ).toEqual(extremes.best);
  expect(ranking.bands.reduce((sum, { units }) => sum + units, 0)).toBe(extremes.valued);
  expect([movers.since, movers.counts.appeared]).toEqual([null, ranking.answered.value]);
  expect(movers.nodes.every(({ move }) => move === 'APPEARED')).toBe(true);
  expect(gaps.nodes[0]!.lacking.exact).toMatch(/^\d+\/\d+$/);
});

test('what cannot be answered is refused with its code', async () => {
  for (const [query, code] of [
    [`{ ranking(${PARTS}, unit: "20") { totalCount } }`, 'unit.not_found'],
    [`{ ranking(${PARTS}, first: 501) { totalCount } }`, 'request.invalid'],
    [`{ ranking(${PARTS}, after: "x") { totalCount } }`, 'cursor.invalid'],
    ['{ gaps(indicator: "tin_bai", period: "2026H1") { totalCount } }', 'request.invalid'],
    ['{ gaps(indicator: "can_bo_duoc_pho_bien", period: "2026H1") { totalCount } }', 'target.not_found'],
    ['{ extremes(indicator: "tin_bai", period: "2026") { valued } }', 'request.invalid'],
  ] as const) {
    const answer = await world.send(province, query);
    expect([query, answer.errors?.[0]?.extensions.code]).toEqual([query, code]);
  }
  expect((await world.send(null, `{ ranking(${PARTS}) { totalCount } }`)).errors![0]!.extensions.code).toBe(
    'auth.required',
  );
});
