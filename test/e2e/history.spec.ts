/** A unit's own page of data and the diff of two versions, over HTTP: who did what, and what differs. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RoundsService } from '#reporting';
import { reportOf, SUBMIT } from '../support/figures.js';
import { openWorld, type World } from '../support/world.js';

const KHA_SON = '05953';
let world: World;
let commune: string;
let province: string;

beforeAll(async () => {
  world = await openWorld('2026-06-01T08:00:00+07:00');
  await world.app.get(RoundsService).open(null, 'NQ57-TT', '2026H1');
  commune = await world.token(KHA_SON, 'reporter');
  province = await world.token('19', 'reviewer');
  await world.ask(
    province,
    `mutation { extendDueDate(unit: "${KHA_SON}", round: "2026H1", dueOn: "2026-06-15", reason: "mưa lũ") { dueOn } }`,
  );
  world.at('2026-06-12T08:00:00+07:00');
  const header = { signer: 'Dương Thanh Trọng', documentNumber: '12/BC-UBND' };
  await world.ask(commune, SUBMIT, {
    input: { round: '2026H1', expectedVersion: 0, figures: reportOf(), header, containsNoSecrets: true },
  });
  await world.ask(
    province,
    `mutation { returnReport(unit: "${KHA_SON}", round: "2026H1", expectedVersion: 1, reason: "xem lại dân số",
      figures: [{ indicator: "nguoi_dan_tiep_can", reason: "dân số 42.240" }]) { state } }`,
  );
  const figures = reportOf(
    { indicator: 'nguoi_dan_tiep_can', numerator: 1000, denominator: 42240 },
    { indicator: 'tin_bai', state: 'MISSING', note: 'chưa đếm' },
  );
  await world.ask(commune, SUBMIT, {
    input: {
      round: '2026H1',
      expectedVersion: 1,
      figures,
      header: { ...header, documentNumber: '15/BC-UBND' },
      containsNoSecrets: true,
    },
  });
  await world.ask(
    province,
    `mutation { acceptReport(unit: "${KHA_SON}", round: "2026H1", expectedVersion: 2) { state } }`,
  );
});
afterAll(() => world?.close());

const CHANGES = `query ($from: Int!, $to: Int!) { reportChanges(round: "2026H1", from: $from, to: $to) { from to
  figures { indicator before { state numerator denominator } after { state numerator denominator note } }
  texts { place before after } } }`;

test('two versions differ in what was mended, figure by figure, and in nothing else', async () => {
  expect(await world.ask(commune, CHANGES, { from: 1, to: 2 })).toEqual({
    reportChanges: {
      from: 1,
      to: 2,
      figures: [
        {
          indicator: 'nguoi_dan_tiep_can',
          before: { state: 'VALUE', numerator: '1000', denominator: '10000' },
          after: { state: 'VALUE', numerator: '1000', denominator: '42240', note: null },
        },
        {
          indicator: 'tin_bai',
          before: { state: 'VALUE', numerator: '12', denominator: null },
          after: { state: 'MISSING', numerator: null, denominator: null, note: 'chưa đếm' },
        },
      ],
      texts: [{ place: 'header.documentNumber', before: '12/BC-UBND', after: '15/BC-UBND' }],
    },
  });
  const absent = await world.send(commune, CHANGES, { from: 1, to: 3 });
  expect(absent.errors![0]!.extensions.code).toBe('report.no_version');
});

describe('the page of a unit', () => {
  const PAGE = `query ($unit: String, $first: Int!, $after: String) { unitHistory(unit: $unit, first: $first, after: $after) {
    unitName rounds { round obligation dueOn onTime closedAt extensions { fromDueOn dueOn reason by }
      versions { number state onPaper scans steps { state reason by returnedFigures } } }
    trail { totalCount endCursor hasNextPage nodes { verb by subject } } } }`;
  type Trail = {
    unitHistory: {
      rounds: object[];
      trail: {
        totalCount: number;
        endCursor: string;
        hasNextPage: boolean;
        nodes: { verb: string; by: string; subject: string }[];
      };
    };
  };

  test('tells in one query what was owed, extended, sent, returned and accepted, and by whom', async () => {
    const { unitHistory } = await world.ask<Trail>(commune, PAGE, { first: 50 });
    expect(unitHistory.rounds).toEqual([
      {
        round: '2026H1',
        obligation: 'owed',
        dueOn: '2026-06-15',
        onTime: true,
        closedAt: null,
        extensions: [{ fromDueOn: '2026-06-10', dueOn: '2026-06-15', reason: 'mưa lũ', by: '19 reviewer' }],
        versions: [
          {
            number: 2,
            state: 'ACCEPTED',
            onPaper: false,
            scans: 0,
            steps: [
              { state: 'SUBMITTED', reason: null, by: `${KHA_SON} reporter`, returnedFigures: 0 },
              { state: 'ACCEPTED', reason: null, by: '19 reviewer', returnedFigures: 0 },
            ],
          },
          {
            number: 1,
            state: 'RETURNED',
            onPaper: false,
            scans: 0,
            steps: [
              { state: 'SUBMITTED', reason: null, by: `${KHA_SON} reporter`, returnedFigures: 0 },
              { state: 'RETURNED', reason: 'xem lại dân số', by: '19 reviewer', returnedFigures: 1 },
            ],
          },
        ],
      },
    ]);
    expect(unitHistory.trail.nodes.map(({ verb, by }) => `${verb} ${by}`)).toEqual([
      'report.accepted 19 reviewer',
      `report.submitted ${KHA_SON} reporter`,
      'report.returned 19 reviewer',
      `report.submitted ${KHA_SON} reporter`,
      'report.extended 19 reviewer',
      'plan.imported null',
    ]);
    expect(JSON.parse(unitHistory.trail.nodes[2]!.subject)).toMatchObject({ number: 1, reason: 'xem lại dân số' });
  });

  test('pages its trail, and is closed to who has no reach', async () => {
    const first = (await world.ask<Trail>(province, PAGE, { unit: KHA_SON, first: 2 })).unitHistory.trail;
    expect([first.totalCount, first.hasNextPage, first.nodes.length]).toEqual([6, true, 2]);
    const rest = (await world.ask<Trail>(province, PAGE, { unit: KHA_SON, first: 10, after: first.endCursor }))
      .unitHistory.trail;
    expect([rest.hasNextPage, rest.nodes.length]).toEqual([false, 4]);
    const stranger = await world.send(await world.token('23926', 'reporter'), PAGE, { unit: KHA_SON, first: 2 });
    expect(stranger.errors![0]!.extensions.code).toBe('unit.not_found');
  });
});

test('the trail is append-only: neither changed nor removed, whoever tries', async () => {
  for (const sql of ["update event set verb = 'report.lost'", 'delete from event'])
    await expect(world.db.dataSource.query(sql)).rejects.toThrow(/append-only|event_append_only/);
});
