/**
 * As-of and close: the same question at the same instant gives the same figures for ever, also when submissions were in
 * flight at it; a closed round refuses communes, keeps its figures under a checksum, and tells what changed afterwards.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rows } from '#core';
import { reportOf, SUBMIT, type Submitted } from '../support/figures.js';
import { openWorld, type World } from '../support/world.js';

const TOTALS = `query ($unit: String, $basis: Basis!, $asOf: String) {
  totals(unit: $unit, period: "2026H1", basis: $basis, asOf: $asOf) {
    asOf expected reported closed
    totals { indicator { code } numerator denominator display noValue coverage { expected included missing notReported } own { status label } }
  }
  childTotals(unit: $unit, period: "2026H1", basis: $basis, asOf: $asOf) {
    totalCount nodes { unit { code } reported totals { indicator { code } numerator denominator } }
  }
  completeness(unit: $unit, round: "2026H1", asOf: $asOf) {
    asOf expected onTime late notSubmitted counts { not_yet_due overdue returned submitted accepted }
  }
}`;
type Answer = {
  totals: {
    asOf: string;
    reported: number;
    closed: boolean;
    totals: { indicator: { code: string }; numerator: string | null }[];
  };
};

let world: World;
let nation: string;
let province: string;
let codes: string[];
const tokens = new Map<string, string>();

beforeAll(async () => {
  world = await openWorld('2026-05-20T08:00:00+07:00', 20);
  nation = await world.token('VN', 'administrator');
  province = await world.token('20', 'reviewer');
  await world.ask(nation, 'mutation { openRound(code: "2026H1") { code } }');
  const found = await world.ask<{ units: { nodes: { code: string }[] } }>(
    nation,
    '{ units(parent: "20", first: 100) { nodes { code } } }',
  );
  codes = found.units.nodes.map((unit) => unit.code);
  for (const code of codes) tokens.set(code, await world.token(code, 'reporter'));
});
afterAll(() => world?.close());

const submit = (code: string, expectedVersion: number, news: number) =>
  world.send<Submitted>(tokens.get(code)!, SUBMIT, {
    input: {
      round: '2026H1',
      expectedVersion,
      containsNoSecrets: true,
      figures: reportOf({ indicator: 'tin_bai', value: news }),
      comment: 'đã kiểm tra',
    },
  });
const ask = (token: string, asOf: string | null, unit = '20', basis = 'RECEIVED') =>
  world.ask<Answer>(token, TOTALS, { unit, basis, asOf });
const step = (name: string, code: string, version: number, more = '') =>
  world.ask(
    province,
    `mutation { ${name}(unit: "${code}", round: "2026H1", expectedVersion: ${version}${more}) { state } }`,
  );
const news = (answer: Answer) => answer.totals.totals.find((total) => total.indicator.code === 'tin_bai')!.numerator;

describe('as of an instant', () => {
  test('each moment of a report’s life can be asked for again', async () => {
    const moments: Answer[] = [await ask(province, null)];
    const keep = async () => moments.push(await ask(province, null));
    await submit(codes[0]!, 0, 10);
    await keep();
    await submit(codes[0]!, 1, 20);
    await submit(codes[1]!, 0, 5);
    await keep();
    await step('acceptReport', codes[0]!, 2);
    await step('returnReport', codes[1]!, 1, ', reason: "thiếu"');
    await keep();
    await submit(codes[0]!, 2, 30);
    await keep();
    expect(moments.map(news)).toEqual([null, '10', '25', '20', '30']);
    const instants = moments.map((moment) => moment.totals.asOf);
    expect([...instants].sort()).toEqual(instants);
    for (const moment of moments) expect(await ask(province, moment.totals.asOf)).toEqual(moment);
    const accepted = await ask(province, instants[3]!, '20', 'ACCEPTED');
    expect(news(accepted)).toBe('20');
  });

  test('the future is refused, and so is what is no instant', async () => {
    for (const [asOf, code] of [
      ['2030-01-01T00:00:00Z', 'asof.future'],
      ['yesterday', 'request.invalid'],
      ['2026-05-20', 'request.invalid'],
    ]) {
      const answer = await world.send(province, TOTALS, { unit: '20', basis: 'RECEIVED', asOf });
      expect(answer.errors![0]!.extensions.code).toBe(code);
    }
  });

  test('with submissions in flight, what was answered for T is what T gives afterwards, in province and nation', async () => {
    const taken: { unit: string; token: string; answer: Answer }[] = [];
    let busy = true;
    const reading = (async () => {
      while (busy)
        for (const [unit, token] of [
          ['20', province],
          ['VN', nation],
        ] as const) {
          const [one, two] = await Promise.all([ask(token, null, unit), ask(token, null, unit)]);
          taken.push({ unit, token, answer: one }, { unit, token, answer: two });
        }
    })();
    const writers = codes.slice(2, 26).map(async (code, index) => {
      for (let version = 0; version < 3; version++) {
        const answer = await submit(code, version, index * 3 + version);
        expect(answer.data.submitReport.stored).toBe(true);
        const seen = await ask(province, null);
        const version1 = answer.data.submitReport.version!;
        expect(seen.totals.asOf >= version1.recordedAt.slice(0, 23)).toBe(true);
      }
    });
    await Promise.all(writers);
    busy = false;
    await reading;
    expect(taken.length).toBeGreaterThan(8);
    expect(new Set(taken.map(({ answer }) => news(answer))).size).toBeGreaterThan(3);
    for (const { unit, token, answer } of taken) expect(await ask(token, answer.totals.asOf, unit)).toEqual(answer);
  });
});

describe('closing a round', () => {
  const CLOSE = 'mutation { closeRound(round: "2026H1") { closedAt sha256 figures closedBy } }';
  type Closed = { closeRound: { closedAt: string; sha256: string; figures: string; closedBy: string } };
  let closed: Closed['closeRound'];
  let then: Answer;

  test('keeps the figures with their checksum; communes are refused and told whom to ask', async () => {
    world.at('2026-06-25T09:00:00+07:00');
    closed = (await world.ask<Closed>(province, CLOSE)).closeRound;
    expect(closed.closedBy).toBe('20 reviewer');
    expect(createHash('sha256').update(closed.figures).digest('hex')).toBe(closed.sha256);
    then = await ask(province, closed.closedAt);
    expect(then.totals.closed).toBe(true);
    expect(closed.figures).toContain(`20|received|tin_bai|${news(then)}|0|`);
    const refused = await submit(codes[0]!, 3, 31);
    expect(refused.errors![0]!.extensions).toMatchObject({ code: 'round.closed', details: { code: '2026H1' } });
    expect((await world.send(province, CLOSE)).errors![0]!.extensions.code).toBe('round.closed');
    const late = await world.send(
      province,
      `mutation { acceptReport(unit: "${codes[2]}", round: "2026H1", expectedVersion: 3) { state } }`,
    );
    expect(late.errors![0]!.extensions.code).toBe('round.closed');
  });

  test('one report is reopened with a reason; what changed since is listed, the closed figures stay', async () => {
    world.at('2026-07-01T09:00:00+07:00');
    await world.ask(
      province,
      `mutation { reopenRound(round: "2026H1", commune: "${codes[3]}", reason: "Nhập nhầm số tin bài") }`,
    );
    expect((await submit(codes[4]!, 3, 1)).errors![0]!.extensions.code).toBe('round.closed');
    const before = Number(news(then));
    const answer = await submit(codes[3]!, 3, 100);
    expect(answer.data.submitReport).toMatchObject({ stored: true });
    expect(await ask(province, closed.closedAt)).toEqual(then);
    const { changesSinceClose: changes } = await world.ask<{
      changesSinceClose: {
        figures: { indicator: string; before: { numerator: string }; after: { numerator: string } }[];
        reports: object[];
      };
    }>(
      province,
      '{ changesSinceClose(round: "2026H1") { figures { basis indicator before { numerator } after { numerator } } reports { unitCode basis version by } } }',
    );
    const was = 1 * 3 + 2;
    expect(changes.figures).toEqual([
      {
        basis: 'RECEIVED',
        indicator: 'tin_bai',
        before: { numerator: String(before) },
        after: { numerator: String(before - was + 100) },
      },
    ]);
    expect(changes.reports).toEqual([
      { unitCode: codes[3], basis: 'RECEIVED', version: 4, by: `${codes[3]} reporter` },
    ]);
  });

  test('reopened as a whole it takes reports again, and a new close makes a new row', async () => {
    expect(
      (await world.send(province, 'mutation { reopenRound(round: "2026H1", reason: " ") }')).errors![0]!.extensions
        .code,
    ).toBe('report.reason_needed');
    await world.ask(province, 'mutation { reopenRound(round: "2026H1", reason: "Bổ sung số liệu") }');
    expect((await submit(codes[0]!, 3, 31)).data.submitReport).toMatchObject({ stored: true });
    await world.ask(province, CLOSE);
    const { closings } = await world.ask<{
      closings: { sha256: string; reopenedAt: string | null; reason: string | null }[];
    }>(province, '{ closings(round: "2026H1") { sha256 reopenedAt reason } }');
    expect(closings).toHaveLength(2);
    expect(closings[0]).toMatchObject({ reopenedAt: null });
    expect(closings[1]).toMatchObject({ sha256: closed.sha256, reason: 'Bổ sung số liệu' });
    expect(closings[0]!.sha256).not.toBe(closed.sha256);
    expect(await rows(world.db.dataSource, 'select * from cell_mismatch')).toEqual([]);
  });
});
