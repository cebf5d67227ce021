/**
 * The way of one figure, as its people walk it: the nation opens the round, communes submit, the province reviews, and
 * totals stand against the plans. The cases are those of the real documents (docs/semantics.md; libs/programmes/data).
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rows } from '#core';
import { type Figure, reportOf, SUBMIT, type Submitted } from '../support/figures.js';
import { openWorld, type World } from '../support/world.js';

const OPEN = 'mutation ($code: String!) { openRound(code: $code) { code expected } }';
const TOTALS = `query ($unit: String, $period: String!, $basis: Basis!) {
  totals(unit: $unit, period: $period, basis: $basis) {
    expected reported
    totals {
      indicator { code } numerator denominator display noValue
      coverage { expected included value notApplicable missing notReported estimated }
      own { status certain label planKey targetYear thresholdDisplay pace notes { vi en } }
      superior { status certain label planKey illustrative targetYear }
      below { meeting having }
    }
  }
}`;
type Total = {
  indicator: { code: string };
  numerator: string | null;
  denominator: string | null;
  display: string | null;
  noValue: string | null;
  coverage: Record<string, number>;
  own: {
    status: string;
    certain: boolean;
    label: string;
    notes: { vi: string; en: string }[];
    targetYear: number | null;
  } | null;
  superior: { status: string; certain: boolean; label: string; illustrative: boolean } | null;
  below: { meeting: number; having: number } | null;
};
type Totals = { totals: { expected: number; reported: number; totals: Total[] } };

let world: World;
let nation: string;
let thaiNguyen: string;
let giaLai: string;
let langSon: string;
const commune: Record<string, string> = {};
/** Communes of Lạng Sơn other than Hữu Lũng. */
let others: string[];

beforeAll(async () => {
  world = await openWorld('2026-05-20T08:00:00+07:00');
  nation = await world.token('VN', 'administrator');
  thaiNguyen = await world.token('19', 'reviewer');
  giaLai = await world.token('52', 'reviewer');
  langSon = await world.token('20', 'reviewer');
  const found = await world.ask<{ units: { nodes: { code: string }[] } }>(
    nation,
    '{ units(parent: "20", first: 100) { nodes { code } } }',
  );
  others = found.units.nodes.map((unit) => unit.code).filter((code) => code !== '06385');
  for (const code of ['02026', '05953', '23926', '06385']) commune[code] = await world.token(code, 'reporter');
  await world.ask(nation, OPEN, { code: '2026H1' });
  await world.ask(nation, OPEN, { code: '2026H2' });
});
afterAll(() => world?.close());

const submit = async (code: string, round: string, expectedVersion: number, figures: Figure[], more: object = {}) => {
  commune[code] ??= await world.token(code, 'reporter');
  const answer = await world.ask<Submitted>(commune[code]!, SUBMIT, {
    input: { round, expectedVersion, figures, containsNoSecrets: true, ...more },
  });
  return answer.submitReport;
};
const totalOf = async (token: string, unit: string, period: string, indicator: string, basis = 'RECEIVED') => {
  const answer = await world.ask<Totals>(token, TOTALS, { unit, period, basis });
  return { ...answer.totals, total: answer.totals.totals.find((total) => total.indicator.code === indicator)! };
};
const accept = (token: string, unit: string, round: string, expectedVersion: number) =>
  world.ask(
    token,
    'mutation ($unit: String!, $round: String!, $v: Int!) { acceptReport(unit: $unit, round: $round, expectedVersion: $v) { state number } }',
    { unit, round, v: expectedVersion },
  );
const giveBack = (token: string, unit: string, round: string, expectedVersion: number) =>
  world.ask(
    token,
    'mutation ($unit: String!, $round: String!, $v: Int!) { returnReport(unit: $unit, round: $round, expectedVersion: $v, reason: "Thiếu minh chứng") { state } }',
    { unit, round, v: expectedVersion },
  );

describe('obligations', () => {
  test('every commune of the three provinces owes one report, by the date of its own plan or the default', async () => {
    const due = async (token: string, unit: string) =>
      world.ask<{ report: { dueOn: string; duePlan: string | null; versions: unknown[] } }>(
        token,
        'query ($unit: String!) { report(unit: $unit, round: "2026H1") { dueOn duePlan versions { number } } }',
        { unit },
      );
    expect((await due(giaLai, '23926')).report).toEqual({ dueOn: '2026-06-15', duePlan: 'ia-pia', versions: [] });
    expect((await due(thaiNguyen, '02026')).report).toEqual({
      dueOn: '2026-06-20',
      duePlan: 'nam-cuong',
      versions: [],
    });
    expect((await due(thaiNguyen, '05953')).report).toEqual({ dueOn: '2026-06-10', duePlan: null, versions: [] });
    expect((await due(langSon, '06385')).report).toEqual({ dueOn: '2026-06-10', duePlan: null, versions: [] });
    const counts = async (token: string) =>
      (await world.ask<{ completeness: { expected: number } }>(token, '{ completeness(round: "2026H1") { expected } }'))
        .completeness.expected;
    expect([await counts(thaiNguyen), await counts(giaLai), await counts(langSon), await counts(nation)]).toEqual([
      92, 135, 65, 3321,
    ]);
  });
});

describe('Nam Cường against 10 % of 2026', () => {
  test('1,079 of 10,793 prints 10,0% and does not meet it; 1,080 does', async () => {
    world.at('2026-06-01T09:00:00+07:00');
    const low = await submit(
      '02026',
      '2026H2',
      0,
      reportOf({ indicator: 'nguoi_dan_tiep_can', numerator: 1079, denominator: 10793 }),
    );
    expect(low).toMatchObject({ stored: true, findings: [] });
    const before = await totalOf(thaiNguyen, '02026', '2026H2', 'nguoi_dan_tiep_can');
    expect(before.total).toMatchObject({ display: '10,0%', own: { status: 'BEHIND', certain: true } });
    expect(before.total.own!.notes[0]!.vi).toBe('thiếu 1 người (cần 1.080)');

    await submit(
      '02026',
      '2026H2',
      1,
      reportOf({ indicator: 'nguoi_dan_tiep_can', numerator: 1080, denominator: 10793 }),
    );
    const after = await totalOf(thaiNguyen, '02026', '2026H2', 'nguoi_dan_tiep_can');
    expect(after.total).toMatchObject({
      display: '10,0%',
      own: { status: 'MET', certain: true, notes: [] },
      superior: { status: 'MET', illustrative: true },
    });
  });
});

describe('Ia Pia', () => {
  test('S&T tasks 0/0 are không phát sinh: neither 0 % nor 100 %, in no sum', async () => {
    const answer = await submit(
      '23926',
      '2026H1',
      0,
      reportOf({ indicator: 'nhiem_vu_khcn_luu_giu_va_truyen_thong', numerator: 0, denominator: 0 }),
    );
    expect(answer).toMatchObject({ stored: true });
    expect(new Date(answer.dueBefore).toISOString()).toBe('2026-06-15T17:00:00.000Z');
    const own = await totalOf(giaLai, '23926', '2026H1', 'nhiem_vu_khcn_luu_giu_va_truyen_thong');
    expect(own.total).toMatchObject({
      numerator: null,
      denominator: null,
      display: null,
      noValue: 'NOT_APPLICABLE',
      own: { status: 'NOT_APPLICABLE' },
    });
    const above = await totalOf(giaLai, '52', '2026H1', 'nhiem_vu_khcn_luu_giu_va_truyen_thong');
    expect(above.total).toMatchObject({
      noValue: 'NO_DATA',
      coverage: { expected: 135, included: 1, value: 0, notApplicable: 1, notReported: 134 },
    });
  });
});

describe('totals of a province', () => {
  test('50/100 and 900/1,000 make 950/1,100 = 86,4 %, never the mean; the rest are missing, not 0', async () => {
    await submit(
      '06385',
      '2026H1',
      0,
      reportOf({ indicator: 'can_bo_duoc_pho_bien', numerator: 50, denominator: 100 }),
    );
    await submit(
      others[0]!,
      '2026H1',
      0,
      reportOf({ indicator: 'can_bo_duoc_pho_bien', numerator: 900, denominator: 1000 }),
    );
    const { total, expected, reported } = await totalOf(langSon, '20', '2026H1', 'can_bo_duoc_pho_bien');
    expect([expected, reported]).toEqual([65, 2]);
    expect(total).toMatchObject({
      numerator: '950',
      denominator: '1100',
      display: '86,4%',
      coverage: { expected: 65, included: 2, value: 2, notReported: 63, missing: 0 },
      own: null,
    });
    const huuLung = await totalOf(langSon, '06385', '2026H1', 'can_bo_duoc_pho_bien');
    expect(huuLung.total.own).toBeNull();
    const accepted = await totalOf(langSon, '20', '2026H1', 'can_bo_duoc_pho_bien', 'ACCEPTED');
    expect(accepted).toMatchObject({ reported: 0, total: { noValue: 'NO_DATA' } });
  });

  test('a stock over the year is its latest round: 4,000 then 5,000 of 10,000 is 50 %', async () => {
    const residents = (n: number) => reportOf({ indicator: 'nguoi_dan_tiep_can', numerator: n, denominator: 10000 });
    await submit('05953', '2026H1', 0, residents(4000));
    await submit('05953', '2026H2', 0, residents(5000));
    const year = await totalOf(thaiNguyen, '05953', '2026', 'nguoi_dan_tiep_can');
    expect(year.total).toMatchObject({ numerator: '5000', denominator: '10000', display: '50,0%' });
    const news = await totalOf(thaiNguyen, '05953', '2026', 'tin_bai');
    expect(news.total).toMatchObject({ numerator: '24', coverage: { expected: 2, value: 2 } });
  });

  test('a flow shows its own half-year and beside it the year so far; the series shows both rounds', async () => {
    const { series } = await world.ask<{
      series: {
        period: string;
        totals: { indicator: { code: string }; numerator: string; cumulative: object | null }[];
      }[];
    }>(
      thaiNguyen,
      `{ series(unit: "05953", from: "2026H1", to: "2027H2", basis: RECEIVED) {
        period totals { indicator { code } numerator cumulative { numerator display coverage { expected value } } } } }`,
    );
    const of = (code: string) =>
      series.map(({ period, totals }) => ({ period, ...totals.find((total) => total.indicator.code === code)! }));
    expect(of('tin_bai')).toMatchObject([
      { period: '2026H1', numerator: '12', cumulative: { numerator: '12', coverage: { expected: 1, value: 1 } } },
      {
        period: '2026H2',
        numerator: '12',
        cumulative: { numerator: '24', display: '24', coverage: { expected: 2, value: 2 } },
      },
    ]);
    expect(of('nguoi_dan_tiep_can')).toMatchObject([
      { numerator: '4000', cumulative: null },
      { numerator: '5000', cumulative: null },
    ]);
    const backwards = await world.send(thaiNguyen, '{ series(from: "2026H2", to: "2026H1") { period } }');
    expect(backwards.errors![0]!.extensions.code).toBe('period.order');
  });

  test('91 of 92: "met" is only met on what was reported', async () => {
    const communes = await world.ask<{ units: { nodes: { code: string }[] } }>(
      nation,
      '{ units(parent: "19", first: 100) { nodes { code } } }',
    );
    const rest = communes.units.nodes.map((unit) => unit.code).filter((code) => !['02026', '05953'].includes(code));
    const silent = rest.pop()!;
    expect(rest).toHaveLength(89);
    for (const code of rest)
      await submit(
        code,
        '2026H2',
        0,
        reportOf({ indicator: 'nguoi_dan_tiep_can', numerator: 5000, denominator: 10000 }),
      );
    const { total, reported } = await totalOf(thaiNguyen, '19', '2026H2', 'nguoi_dan_tiep_can');
    expect(reported).toBe(91);
    expect(total.own).toMatchObject({
      status: 'MET_ON_REPORTED',
      certain: false,
      label: 'Đạt trên số đã báo cáo (91/92 đơn vị)',
    });
    expect(total.own!.notes[0]!.vi).toContain('mẫu số chưa biết: 1 đơn vị');
    await submit(silent, '2026H2', 0, reportOf({ indicator: 'nguoi_dan_tiep_can', numerator: 0, denominator: 10000 }));
    expect((await totalOf(thaiNguyen, '19', '2026H2', 'nguoi_dan_tiep_can')).total.own).toMatchObject({
      status: 'MET',
      certain: true,
    });
  });
});

describe('on time or late', () => {
  test('23:59:59.999 of the due day in Vietnam is on time, one millisecond later is late', async () => {
    world.at('2026-12-10T23:59:59.999+07:00');
    expect(await submit('06385', '2026H2', 0, reportOf(), { comment: 'số kỳ trước có nhầm' })).toMatchObject({
      stored: true,
      onTime: true,
    });
    world.at('2026-12-11T00:00:00.000+07:00');
    expect(await submit(others[0]!, '2026H2', 0, reportOf(), { comment: 'số kỳ trước có nhầm' })).toMatchObject({
      stored: true,
      onTime: false,
    });
  });

  test('returned and resubmitted on 12/12 it is still on time', async () => {
    world.at('2026-12-11T08:00:00+07:00');
    await giveBack(langSon, '06385', '2026H2', 1);
    world.at('2026-12-12T10:00:00+07:00');
    expect(await submit('06385', '2026H2', 1, reportOf(), { comment: 'đã bổ sung minh chứng' })).toMatchObject({
      stored: true,
      onTime: true,
      version: { number: 2 },
    });
  });
});

describe('which version stands', () => {
  test('version 2 returned: version 1, superseded by it, does not stand again', async () => {
    await submit(others[1]!, '2026H2', 0, reportOf());
    await submit(others[1]!, '2026H2', 1, reportOf());
    await giveBack(langSon, others[1]!, '2026H2', 2);
    const { report } = await world.ask<{
      report: { receivedVersion: number | null; versions: { number: number; state: string }[] };
    }>(
      langSon,
      'query ($unit: String!) { report(unit: $unit, round: "2026H2") { receivedVersion versions { number state } } }',
      { unit: others[1] },
    );
    expect(report).toEqual({
      receivedVersion: null,
      versions: [
        { number: 2, state: 'RETURNED' },
        { number: 1, state: 'SUPERSEDED' },
      ],
    });
  });

  test('an accepted version stands until its correction is accepted', async () => {
    const news = (value: number) => reportOf({ indicator: 'tin_bai', value });
    await submit(others[2]!, '2026H2', 0, news(7));
    await accept(langSon, others[2]!, '2026H2', 1);
    await submit(others[2]!, '2026H2', 1, news(9));
    const value = async (basis: string) =>
      (await totalOf(langSon, others[2]!, '2026H2', 'tin_bai', basis)).total.numerator;
    expect([await value('ACCEPTED'), await value('RECEIVED')]).toEqual(['7', '9']);
    await giveBack(langSon, others[2]!, '2026H2', 2);
    expect([await value('ACCEPTED'), await value('RECEIVED')]).toEqual(['7', '7']);
    await submit(others[2]!, '2026H2', 2, news(8));
    await accept(langSon, others[2]!, '2026H2', 3);
    expect([await value('ACCEPTED'), await value('RECEIVED')]).toEqual(['8', '8']);
  });
});

describe('refusals', () => {
  test('an error stores nothing and says where and why in both languages', async () => {
    const answer = await submit(
      others[3]!,
      '2026H2',
      0,
      reportOf({ indicator: 'nguoi_dan_tiep_can', numerator: '1.234', denominator: 1000 }),
    );
    expect(answer).toMatchObject({ stored: false, version: null });
    expect(answer.findings[0]).toMatchObject({
      severity: 'ERROR',
      code: 'number.format',
      indicator: 'nguoi_dan_tiep_can',
    });
    const more = await submit(
      others[3]!,
      '2026H2',
      0,
      reportOf({ indicator: 'can_bo_duoc_pho_bien', numerator: 41, denominator: 40 }),
    );
    expect(more).toMatchObject({ stored: false, findings: [{ code: 'ratio.numerator_exceeds' }] });
  });

  test('a warning without a comment stores nothing, with one it does', async () => {
    const figures = reportOf().filter((figure) => figure.indicator !== 'tin_bai');
    expect(await submit(others[3]!, '2026H2', 0, figures)).toMatchObject({
      stored: false,
      findings: [{ severity: 'WARNING', code: 'figure.omitted' }],
    });
    expect(await submit(others[3]!, '2026H2', 0, figures, { comment: 'chưa tổng hợp kịp' })).toMatchObject({
      stored: true,
      version: { number: 1 },
    });
    expect((await totalOf(langSon, others[3]!, '2026H2', 'tin_bai')).total).toMatchObject({
      noValue: 'NO_DATA',
      coverage: { missing: 1 },
    });
  });

  test('a stale version is a conflict; the same key gives the same answer, with other content an error', async () => {
    const input = {
      round: '2026H2',
      expectedVersion: 0,
      figures: reportOf(),
      containsNoSecrets: true,
      idempotencyKey: 'k-1',
    };
    const token = await world.token(others[4]!, 'reporter');
    const first = await world.ask<Submitted>(token, SUBMIT, { input });
    expect(await world.ask<Submitted>(token, SUBMIT, { input })).toEqual(first);
    const other = await world.send(token, SUBMIT, { input: { ...input, comment: 'khác' } });
    expect(other.errors![0]!.extensions.code).toBe('idempotency.mismatch');
    const stale = await world.send(token, SUBMIT, { input: { ...input, idempotencyKey: 'k-2' } });
    expect(stale.errors![0]!.extensions).toMatchObject({ code: 'report.stale', details: { expected: 0, actual: 1 } });
  });

  test('a commune reaches neither its neighbour nor its province; nobody enters without a token', async () => {
    const question = 'query ($unit: String) { totals(unit: $unit, period: "2026H2") { reported } }';
    for (const unit of ['05953', '19', 'VN', '99999']) {
      const answer = await world.send(commune['02026']!, question, { unit });
      expect(answer.errors![0]!.extensions.code).toBe('unit.not_found');
    }
    const step = await world.send(
      commune['02026']!,
      'mutation { acceptReport(unit: "02026", round: "2026H2", expectedVersion: 2) { state } }',
    );
    expect(step.errors![0]!.extensions.code).toBe('access.denied');
    expect((await world.send(null, question)).errors![0]!.extensions.code).toBe('auth.required');
    const above = await world.send(thaiNguyen, SUBMIT, {
      input: { round: '2026H2', expectedVersion: 0, figures: [], containsNoSecrets: true },
    });
    expect(above.errors![0]!.extensions.code).toBe('access.denied');
    const other = await world.send(
      giaLai,
      'mutation { acceptReport(unit: "02026", round: "2026H2", expectedVersion: 2) { state } }',
    );
    expect(other.errors![0]!.extensions.code).toBe('unit.not_found');
  });
});

test('communes of one province submitting at the same instant leave totals equal to the recomputation', async () => {
  const { units } = await world.ask<{ units: { nodes: { code: string }[] } }>(
    nation,
    '{ units(parent: "52", first: 200) { nodes { code } } }',
  );
  const codes = units.nodes.map((unit) => unit.code).filter((code) => code !== '23926');
  const tokens = await Promise.all(codes.map((code) => world.token(code, 'reporter')));
  const answers = await Promise.all(
    tokens.map((token, index) =>
      world.ask<Submitted>(token, SUBMIT, {
        input: {
          round: '2026H1',
          expectedVersion: 0,
          figures: reportOf({ indicator: 'tin_bai', value: index }),
          containsNoSecrets: true,
        },
      }),
    ),
  );
  expect(answers.every((answer) => answer.submitReport.stored)).toBe(true);
  const { total } = await totalOf(giaLai, '52', '2026H1', 'tin_bai');
  expect(total.numerator).toBe(String((133 * 134) / 2 + 12));
  expect(await rows(world.db.dataSource, 'select * from cell_mismatch')).toEqual([]);
  const instants = await rows<{ distinct: number; all: number }>(
    world.db.dataSource,
    `select count(distinct v.recorded_at)::int as distinct, count(*)::int as all from report_version v
     join obligation o on o.id = v.obligation_id join org_unit u on u.id = o.parent_id where u.code = '52'`,
  );
  expect(instants[0]!.distinct).toBe(instants[0]!.all);
});
