/**
 * The map moves while rounds are open: a merger before the due day replaces the predecessors' obligations, one after it
 * leaves the round as it stands; a due date is extended before the first submission or not at all; today's boundaries
 * lose nothing and count nothing twice (docs/semantics.md §1, §4, §5).
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rows } from '#core';
import { reportOf, SUBMIT, type Submitted } from '../support/figures.js';
import { OpenForm } from '../support/form.js';
import { openWorld, type World } from '../support/world.js';

let world: World;
let nation: string;
let province: string;
let codes: string[];

beforeAll(async () => {
  world = await openWorld('2026-05-20T08:00:00+07:00');
  nation = await world.token('VN', 'administrator');
  province = await world.token('20', 'reviewer');
  await world.ask(nation, 'mutation { openRound(code: "2026H1") { code } }');
  const found = await world.ask<{ units: { nodes: { code: string }[] } }>(
    nation,
    '{ units(parent: "20", first: 100) { nodes { code } } }',
  );
  codes = found.units.nodes.map((unit) => unit.code);
});
afterAll(() => world?.close());

const submit = async (code: string, round: string, news: number) =>
  world.ask<Submitted>(await world.token(code, 'reporter'), SUBMIT, {
    input: {
      round,
      expectedVersion: 0,
      containsNoSecrets: true,
      figures: reportOf({ indicator: 'tin_bai', value: news }),
      comment: 'đã kiểm tra',
    },
  });
type Children = {
  childTotals: {
    totalCount: number;
    nodes: {
      unit: { code: string; name: string };
      totals: { indicator: { code: string }; numerator: string | null }[];
    }[];
  };
};
const children = async (round: string, boundaries: string, asOf: string | null = null) => {
  const { childTotals } = await world.ask<Children>(
    province,
    `query ($asOf: String) { childTotals(period: "${round}", basis: RECEIVED, boundaries: ${boundaries}, asOf: $asOf) {
      totalCount nodes { unit { code name } totals { indicator { code } numerator } } } }`,
    { asOf },
  );
  const news = childTotals.nodes.map(
    ({ unit, totals }) => [unit.code, totals.find((t) => t.indicator.code === 'tin_bai')!.numerator] as const,
  );
  return { count: childTotals.totalCount, news: new Map(news) };
};
const completeness = async (round: string) =>
  (
    await world.ask<{ completeness: { expected: number; counts: { replaced: number } } }>(
      province,
      `{ completeness(round: "${round}") { expected counts { replaced } } }`,
    )
  ).completeness;
const provinceNews = async (round: string, asOf: string | null = null) => {
  const { totals } = await world.ask<{
    totals: { asOf: string; expected: number; totals: { indicator: { code: string }; numerator: string | null }[] };
  }>(
    province,
    `query ($asOf: String) { totals(period: "${round}", basis: RECEIVED, asOf: $asOf) { asOf expected totals { indicator { code } numerator } } }`,
    { asOf },
  );
  return {
    asOf: totals.asOf,
    expected: totals.expected,
    news: totals.totals.find((t) => t.indicator.code === 'tin_bai')!.numerator,
  };
};
const merge = (
  effectiveOn: string,
  predecessors: string[],
  successors: { code: string; name: string; kind: string }[],
) =>
  world.ask<{ changeBoundaries: { replaced: number; created: number } }>(
    nation,
    'mutation ($change: BoundaryChangeInput!) { changeBoundaries(change: $change) { replaced created } }',
    { change: { effectiveOn, basis: 'Nghị quyết thử nghiệm', predecessors, successors } },
  );

/** The denominator that a unit's form of 2026H2 begins with, as the unit itself downloads it. */
const prefilled = async (unit: string) => {
  const headers = { authorization: `Bearer ${await world.token(unit, 'reporter')}` };
  const file = await (await fetch(`${world.url}/forms/2026H2`, { headers })).arrayBuffer();
  const form = await OpenForm.open(new Uint8Array(file));
  return form.sheet().getCell(form.place('F', 'nguoi_dan_tiep_can/denominator')).value;
};

describe('a due date', () => {
  const extend = (unit: string, dueOn: string, reason = 'Mất điện do bão') =>
    world.send<{ extendDueDate: { dueOn: string; dueBefore: string } }>(
      province,
      'mutation ($unit: String!, $dueOn: String!, $reason: String!) { extendDueDate(unit: $unit, round: "2026H1", dueOn: $dueOn, reason: $reason) { dueOn dueBefore } }',
      { unit, dueOn, reason },
    );

  test('extended before the first submission it counts; after it, or to an earlier day, it is refused', async () => {
    const unit = codes[0]!;
    const before = await world.ask<{ obligations: { nodes: { dueOn: string }[] }; completeness: { asOf: string } }>(
      province,
      `{ obligations(round: "2026H1", first: 1) { nodes { dueOn } } completeness(round: "2026H1") { asOf } }`,
    );
    expect((await extend(unit, '2026-06-09')).errors![0]!.extensions.code).toBe('extension.not_later');
    expect((await extend(unit, '2062-06-20')).errors![0]!.extensions.code).toBe('extension.too_far');
    expect((await extend(unit, '2026-06-20', ' ')).errors![0]!.extensions.code).toBe('report.reason_needed');
    expect((await extend(unit, '2026-06-20')).data.extendDueDate).toEqual({
      dueOn: '2026-06-20',
      dueBefore: '2026-06-20T17:00:00.000Z',
    });
    world.at('2026-06-20T23:59:59.999+07:00');
    expect((await submit(unit, '2026H1', 1)).submitReport).toMatchObject({ stored: true, onTime: true });
    expect((await extend(unit, '2026-06-30')).errors![0]!.extensions.code).toBe('extension.too_late');
    const then = await world.ask<{ obligations: { nodes: { dueOn: string; class: string }[] } }>(
      province,
      `{ obligations(round: "2026H1", first: 1, asOf: "${before.completeness.asOf}") { nodes { dueOn class } } }`,
    );
    expect(then.obligations.nodes[0]).toEqual({ dueOn: before.obligations.nodes[0]!.dueOn, class: 'NOT_YET_DUE' });
  });

  test('a commune cannot extend its own', async () => {
    const answer = await world.send(
      await world.token(codes[0]!, 'administrator'),
      `mutation { extendDueDate(unit: "${codes[0]}", round: "2026H1", dueOn: "2026-07-01", reason: "x") { dueOn } }`,
    );
    expect(answer.errors![0]!.extensions.code).toBe('access.denied');
  });
});

describe('merged units', () => {
  test('after the due day the round stands as it is; today’s boundaries show 10 + 11 = 21', async () => {
    await submit(codes[1]!, '2026H1', 10);
    await submit(codes[2]!, '2026H1', 11);
    const before = await provinceNews('2026H1');
    await world.ask(nation, 'mutation { openRound(code: "2026H2") { code } }');
    world.at('2026-09-01T08:00:00+07:00');
    const outcome = await merge(
      '2026-09-01',
      [codes[1]!, codes[2]!],
      [{ code: '99001', name: 'Hợp Nhất', kind: 'xa' }],
    );
    expect(outcome.changeBoundaries).toEqual({ replaced: 2, created: 1 });

    expect(await provinceNews('2026H1')).toMatchObject({ expected: 65, news: before.news });
    const reported = await children('2026H1', 'AS_REPORTED');
    expect(reported.count).toBe(65);
    expect([reported.news.get(codes[1]!), reported.news.get(codes[2]!), reported.news.has('99001')]).toEqual([
      '10',
      '11',
      false,
    ]);
    const today = await children('2026H1', 'TODAY');
    expect(today.count).toBe(64);
    expect([today.news.get('99001'), today.news.has(codes[1]!)]).toEqual(['21', false]);
    const sum = (map: Map<string, string | null>) =>
      [...map.values()].reduce((total, value) => total + Number(value ?? 0), 0);
    expect(sum(today.news)).toBe(sum(reported.news));
    for (const boundaries of ['AS_REPORTED', 'TODAY'])
      expect(String(sum((await children('2026', boundaries)).news))).toBe((await provinceNews('2026')).news);
  });

  test('before the due day the successor owes the round, once; the predecessors have left the totals', async () => {
    expect(await completeness('2026H2')).toEqual({ expected: 64, counts: { replaced: 2 } });
    expect((await provinceNews('2026H2')).expected).toBe(64);
    // Its form begins with both denominators of the last round.
    expect(await prefilled('99001')).toBe(20_000);
    expect(await prefilled(codes[0]!)).toBe(10_000);
    expect((await submit('99001', '2026H2', 30)).submitReport).toMatchObject({ stored: true });
    await submit(codes[3]!, '2026H2', 12);
    expect((await provinceNews('2026H2')).news).toBe('42');
  });

  test('a report already sent by a predecessor leaves the totals and stays readable', async () => {
    await submit(codes[4]!, '2026H2', 100);
    const before = await provinceNews('2026H2');
    world.at('2026-10-01T08:00:00+07:00');
    await merge('2026-10-01', [codes[4]!, codes[5]!], [{ code: '99002', name: 'Tân Hợp', kind: 'phuong' }]);
    // Of its two predecessors only one has ever reported: half a sum is none.
    expect(await prefilled('99002')).toBeNull();
    const after = await provinceNews('2026H2');
    expect(Number(before.news) - Number(after.news)).toBe(100);
    expect(await provinceNews('2026H2', before.asOf)).toEqual(before);
    const { report } = await world.ask<{ report: { versions: { number: number }[] } }>(
      province,
      `{ report(unit: "${codes[4]}", round: "2026H2") { versions { number } } }`,
    );
    expect(report.versions).toEqual([{ number: 1 }]);
    const late = await world.send(
      province,
      `mutation { acceptReport(unit: "${codes[4]}", round: "2026H2", expectedVersion: 1) { state } }`,
    );
    expect(late.errors![0]!.extensions.code).toBe('obligation.not_found');
  });

  test('a split invents no shares: the old unit keeps its figures, its parts owe the next round', async () => {
    await submit(codes[6]!, '2026H1', 50);
    world.at('2026-11-01T08:00:00+07:00');
    const outcome = await merge(
      '2026-11-01',
      [codes[6]!],
      [
        { code: '99003', name: 'Đông Phần', kind: 'xa' },
        { code: '99004', name: 'Tây Phần', kind: 'xa' },
      ],
    );
    expect(outcome.changeBoundaries).toEqual({ replaced: 1, created: 2 });
    expect(await prefilled('99003')).toBeNull();
    const today = await children('2026H1', 'TODAY');
    expect([today.news.get(codes[6]!), today.news.has('99003'), today.news.has('99004')]).toEqual(['50', false, false]);
    const mismatches = await rows(
      world.db.dataSource,
      'select 1 from cell_mismatch union all select 1 from standing_mismatch',
    );
    expect(mismatches).toEqual([]);
  });

  test('only the nation may move boundaries', async () => {
    const answer = await world.send(
      province,
      'mutation ($change: BoundaryChangeInput!) { changeBoundaries(change: $change) { replaced } }',
      {
        change: {
          effectiveOn: '2026-12-01',
          basis: 'x',
          predecessors: [codes[7]],
          successors: [{ code: '99005', name: 'X', kind: 'xa' }],
        },
      },
    );
    expect(answer.errors![0]!.extensions.code).toBe('access.denied');
  });
});
