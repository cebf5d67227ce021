/**
 * Villages and schools report to their commune: added by it, asked by it, each with a token that reaches itself alone; the
 * villages add up to a proposal, which the officer adopts or changes with a reason; the province's totals never see them
 * (docs/semantics.md §3, "Local units").
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rows } from '#core';
import { reportOf, SUBMIT, type Submitted } from '../support/figures.js';
import { DECLARED, OpenForm } from '../support/form.js';
import { openWorld, type World } from '../support/world.js';
import { readXlsx } from '../support/xlsx.js';

let world: World;
let nation: string;
let province: string;
/** Ia Pia: its plan dates the reports of its villages and schools 10/6 and 10/12. */
let officer: string;
let reporter: string;
const tokens: Record<string, string> = {};

const IA_PIA = '23926';
const ADD = `mutation ($units: [LocalUnitInput!]!, $dryRun: Boolean! = false, $unit: String) {
  addLocalUnits(units: $units, dryRun: $dryRun, unit: $unit) { dryRun asked units { code kind name outcome } } }`;
const ISSUE = `mutation ($unit: String!, $role: Role!, $children: Boolean!) {
  issueTokens(unit: $unit, role: $role, children: $children) { unitCode token } }`;
const PROPOSAL = `query ($round: String!, $unit: String, $asOf: String) {
  proposal(round: $round, unit: $unit, asOf: $asOf) {
    asOf expected reported
    figures { indicator numerator denominator complete differs limit { denominator round } exceeds { vi }
      coverage { expected value estimated notApplicable missing notReported }
      reported { numerator denominator note version } }
    units { unit kind version addsUp figures { indicator state numerator } }
  } }`;
type Proposed = {
  indicator: string;
  numerator: string | null;
  denominator: string | null;
  complete: boolean;
  differs: boolean;
  limit: { denominator: string; round: string } | null;
  exceeds: { vi: string } | null;
  coverage: Record<string, number>;
  reported: { numerator: string; denominator: string; note: string | null } | null;
};
type Proposal = {
  proposal: {
    asOf: string;
    expected: number;
    reported: number;
    figures: Proposed[];
    units: { unit: string; kind: string; version: number | null; addsUp: boolean; figures: { indicator: string }[] }[];
  };
};

beforeAll(async () => {
  world = await openWorld('2026-04-01T08:00:00+07:00');
  nation = await world.token('VN', 'administrator');
  province = await world.token('52', 'reviewer');
  officer = await world.token(IA_PIA, 'administrator');
  reporter = await world.token(IA_PIA, 'reporter');
});
afterAll(() => world?.close());

const openRound = (code: string) =>
  world.ask(nation, 'mutation ($code: String!) { openRound(code: $code) { expected } }', { code });
const proposal = async (token: string, variables: object = {}) =>
  (await world.ask<Proposal>(token, PROPOSAL, { round: '2026H1', ...variables })).proposal;
const figureOf = async (indicator: string, token = reporter, variables: object = {}) =>
  (await proposal(token, variables)).figures.find((figure) => figure.indicator === indicator)!;
const village = (reached: number, residents: number, programmes: number) => [
  { indicator: 'nguoi_dan_tiep_can', numerator: reached, denominator: residents },
  { indicator: 'buoi_phat_thanh', value: programmes },
  { indicator: 'tin_bai', value: 1 },
  { indicator: 'hoi_nghi_tuyen_truyen', value: 1 },
];
const submit = async (token: string, input: object) =>
  (
    await world.ask<Submitted>(token, SUBMIT, {
      input: { round: '2026H1', expectedVersion: 0, containsNoSecrets: true, ...input },
    })
  ).submitReport;
const refusal = async (token: string, query: string, variables: object = {}) =>
  (await world.send(token, query, variables)).errors?.[0]?.extensions.code;

describe('a commune adds its local units', () => {
  const units = [
    { kind: 'lang', name: 'Ia Ring' },
    { kind: 'lang', name: 'Pleiku Roh' },
    { kind: 'thon', name: '3' },
    { kind: 'truong_hoc', name: 'Trường THCS Ia Pia' },
  ];

  it('from a list, tried first; sent again it changes nothing', async () => {
    type Added = { addLocalUnits: { asked: number; units: { code: string; outcome: string }[] } };
    const tried = await world.ask<Added>(officer, ADD, { units, dryRun: true });
    expect(tried.addLocalUnits.units.map(({ code }) => code)).toEqual(['23926.01', '23926.02', '23926.03', '23926.04']);
    const added = await world.ask<Added>(officer, ADD, { units });
    expect(added).toMatchObject({ addLocalUnits: { asked: 0, units: tried.addLocalUnits.units } });
    const again = await world.ask<Added>(officer, ADD, { units: units.slice(0, 2) });
    expect(again.addLocalUnits.units.map(({ code, outcome }) => [code, outcome])).toEqual([
      ['23926.01', 'unchanged'],
      ['23926.02', 'unchanged'],
    ]);
  });

  it('of its own alone, all or none, never under an official code', async () => {
    const one = (unit: object, more: object = {}) => refusal(officer, ADD, { units: [unit], ...more });
    expect(await one({ kind: 'xa', name: 'X' })).toBe('request.invalid');
    expect(await one({ kind: 'thon', name: 'X', code: '05953' })).toBe('request.invalid');
    expect(await one({ kind: 'thon', name: 'X', code: '05953.01' })).toBe('request.invalid');
    expect(await one({ kind: 'thon', name: 'X' }, { unit: '05953' })).toBe('unit.not_found');
    expect(await refusal(reporter, ADD, { units })).toBe('access.denied');
    expect(await refusal(nation, ADD, { units, unit: '52' })).toBe('unit.not_commune');
    expect(
      await refusal(officer, ADD, {
        units: [
          { kind: 'thon', name: 'Mới' },
          { kind: 'thon', name: ' ' },
        ],
      }),
    ).toBe('request.invalid');
    const found = await world.ask<{ units: { totalCount: number } }>(
      officer,
      '{ units(parent: "23926") { totalCount } }',
    );
    expect(found.units.totalCount).toBe(4);
  });

  it('with tokens that reach each itself and nothing else', async () => {
    const { issueTokens } = await world.ask<{ issueTokens: { unitCode: string; token: string }[] }>(officer, ISSUE, {
      ...{ unit: IA_PIA, role: 'REPORTER', children: true },
    });
    for (const { unitCode, token } of issueTokens) tokens[unitCode] = token;
    expect(Object.keys(tokens)).toHaveLength(4);
    await openRound('2026H1');
    const own = '{ report(round: "2026H1") { unitCode dueOn dueWording } }';
    expect(await world.ask(tokens['23926.01']!, own)).toEqual({
      report: { unitCode: '23926.01', dueOn: '2026-06-10', dueWording: 'trước ngày 10/6 và 10/12 hàng năm' },
    });
    for (const unit of ['23926.02', IA_PIA, '52', 'VN', '05953'])
      expect(
        await refusal(
          tokens['23926.01']!,
          'query ($unit: String!) { report(unit: $unit, round: "2026H1") { dueOn } }',
          {
            unit,
          },
        ),
      ).toBe('unit.not_found');
  });
});

describe('what they owe', () => {
  it('is owed to the commune by the day of its own plan, and by nobody where nothing is dated', async () => {
    expect((await proposal(reporter)).expected).toBe(4);
    // How many communes owe is the same number whoever asks, and local units are none of them.
    for (const token of [nation, reporter])
      expect(await world.ask(token, '{ rounds { code expected } }')).toEqual({
        rounds: [{ code: '2026H1', expected: 3321 }],
      });
  });

  it('may be asked by a commune whose plan gives no day, once it gives one', async () => {
    const haLang = await world.token('06385', 'administrator');
    await world.ask(haLang, ADD, { units: [{ kind: 'khu_pho', name: 'An Ninh' }] });
    const ask = 'mutation ($dueOn: String) { askLocalUnits(round: "2026H1", dueOn: $dueOn) { asked dueOn } }';
    expect(await refusal(haLang, ask)).toBe('local.undated');
    expect(await refusal(haLang, ask, { dueOn: '2026-03-31' })).toBe('request.invalid');
    expect(await refusal(haLang, ask, { dueOn: '2036-06-05' })).toBe('request.invalid');
    expect(await world.ask(haLang, ask, { dueOn: '2026-06-05' })).toEqual({
      askLocalUnits: { asked: 1, dueOn: '2026-06-05' },
    });
    expect(await world.ask(haLang, ask, { dueOn: '2026-06-05' })).toMatchObject({ askLocalUnits: { asked: 0 } });
    // A unit that comes later owes by the day of its neighbours.
    const late = await world.ask<{ addLocalUnits: { asked: number } }>(haLang, ADD, {
      units: [{ kind: 'thon', name: 'Na' }],
    });
    expect(late.addLocalUnits.asked).toBe(1);
    const { report } = await world.ask<{ report: object }>(
      haLang,
      '{ report(unit: "06385.02", round: "2026H1") { dueOn duePlan versions { number } } }',
    );
    expect(report).toEqual({ dueOn: '2026-06-05', duePlan: null, versions: [] });
  });

  it('is less than the commune is asked, by kind', async () => {
    const village = await submit(tokens['23926.01']!, { figures: [{ indicator: 'ke_hoach_ban_hanh', yes: true }] });
    expect(village.findings.filter(({ severity }) => severity === 'ERROR')).toMatchObject([
      { code: 'indicator.unknown' },
    ]);
    expect(village.findings.map(({ indicator }) => indicator)).toEqual(
      expect.arrayContaining(['nguoi_dan_tiep_can', 'buoi_phat_thanh']),
    );
    const school = await submit(tokens['23926.04']!, { figures: [] });
    expect(school.findings.map(({ indicator }) => indicator)).toEqual([
      ...['can_bo_duoc_pho_bien', 'tin_bai', 'san_pham_truyen_thong_so', 'hoi_nghi_tuyen_truyen'],
    ]);
  });
});

describe('what they report', () => {
  it('adds up to a proposal, from how many of how many; nobody’s silence is a 0', async () => {
    expect(await figureOf('nguoi_dan_tiep_can')).toMatchObject({ numerator: null, denominator: null, complete: false });
    expect((await submit(tokens['23926.01']!, { figures: village(300, 1000, 20) })).stored).toBe(true);
    const school = [
      { indicator: 'can_bo_duoc_pho_bien', numerator: 30, denominator: 30 },
      { indicator: 'tin_bai', value: 5 },
      { indicator: 'san_pham_truyen_thong_so', value: 2 },
      { indicator: 'hoi_nghi_tuyen_truyen', value: 3 },
    ];
    expect((await submit(tokens['23926.04']!, { figures: school })).stored).toBe(true);
    expect(await figureOf('nguoi_dan_tiep_can')).toMatchObject({
      ...{ numerator: '300', denominator: '1000', complete: false, differs: false },
      coverage: { expected: 3, value: 1, estimated: 0, notApplicable: 0, missing: 0, notReported: 2 },
    });
    const { figures, units, reported } = await proposal(reporter);
    expect(reported).toBe(2);
    expect(figures.map(({ indicator }) => indicator)).toEqual(['nguoi_dan_tiep_can', 'buoi_phat_thanh']);
    expect(units.map(({ unit, version, addsUp }) => [unit, version, addsUp])).toEqual([
      ['23926.01', 1, true],
      ['23926.02', null, true],
      ['23926.03', null, true],
      ['23926.04', 1, false],
    ]);
    expect(units[3]!.figures).toContainEqual({ indicator: 'tin_bai', state: 'VALUE', numerator: '5' });
  });

  it('by the Excel form too: each kind its own sheet, their commune in the head', async () => {
    const get = (token: string, path: string) =>
      fetch(`${world.url}/forms/${path}`, { headers: { authorization: `Bearer ${token}` } });
    const bytes = Buffer.from(await (await get(tokens['23926.02']!, '2026H1')).arrayBuffer());
    const [sheet] = readXlsx(bytes).sheets;
    expect([sheet!.cells.get('B1')?.value, sheet!.cells.get('B2')?.value]).toEqual([
      'UBND XÃ IA PIA',
      'LÀNG PLEIKU ROH',
    ]);
    const form = (await OpenForm.open(bytes)).write({
      'F nguoi_dan_tiep_can/numerator': 500,
      'F nguoi_dan_tiep_can/denominator': 1200,
      'F buoi_phat_thanh': 30,
      'G buoi_phat_thanh': 'Ước thực hiện',
      'F tin_bai': 0,
      'F hoi_nghi_tuyen_truyen': 1,
      ...DECLARED,
    });
    const post = async (token: string, file: Buffer, path = '', fields: Record<string, string> = {}) => {
      const body = new FormData();
      for (const [name, value] of Object.entries(fields)) body.append(name, value);
      body.append('file', new Blob([file as never]), 'bieu.xlsx');
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`${world.url}/forms${path}`, { method: 'POST', headers, body });
      return (await response.json()) as { counts: Record<string, number> };
    };
    expect((await post(tokens['23926.02']!, await form.save())).counts).toMatchObject({ created: 1, refused: 0 });
    expect(await figureOf('buoi_phat_thanh')).toMatchObject({ numerator: '50', coverage: { value: 2, estimated: 1 } });

    // The commune records the papers of all its units from one workbook, villages and school alike.
    const book = await OpenForm.open(Buffer.from(await (await get(officer, '2026H1/below')).arrayBuffer()));
    expect(book.workbook.worksheets.map(({ name }) => name)).toEqual([
      ...['23926.01 Ia Ring', '23926.02 Pleiku Roh', '23926.03 3', '23926.04 Trường THCS Ia Pia', 'Mã biểu'],
    ]);
    book.write(
      {
        'F nguoi_dan_tiep_can/numerator': 100,
        'F nguoi_dan_tiep_can/denominator': 800,
        'F buoi_phat_thanh': 10,
        'F tin_bai': 0,
        'F hoi_nghi_tuyen_truyen': 0,
        'F van_ban/documentNumber': '01/BC',
        'F van_ban/documentDate': new Date('2026-03-30T00:00:00Z'),
        'F van_ban/receivedOn': '31/3/2026',
        ...DECLARED,
      },
      '23926.03',
    );
    expect((await post(officer, await book.save(), '/below')).counts).toEqual({
      ...{ created: 1, updated: 0, unchanged: 3, refused: 0, held_back: 0 },
    });
    expect(await figureOf('nguoi_dan_tiep_can')).toMatchObject({
      numerator: '900',
      denominator: '3000',
      complete: true,
    });
  });

  it('stands beside the commune’s own form, to be read and never read back', async () => {
    const headers = { authorization: `Bearer ${reporter}` };
    const bytes = Buffer.from(await (await fetch(`${world.url}/forms/2026H1`, { headers })).arrayBuffer());
    const sheet = readXlsx(bytes).sheets.find(({ name }) => name === 'Số liệu dưới xã')!;
    const said = [...sheet.cells.values()].map(({ value }) => value);
    expect(said).toEqual(expect.arrayContaining(['làng Ia Ring', 'thôn 3', 'Trường THCS Ia Pia', '300/1000']));
    expect(said).toEqual(expect.arrayContaining(['900/3000 (3/3 đơn vị)', '60 (3/3 đơn vị)', '30 ước', 'không cộng']));
    const body = new FormData();
    body.append('file', new Blob([bytes as never]), 'bieu.xlsx');
    const sent = await fetch(`${world.url}/forms`, { method: 'POST', headers, body });
    expect(((await sent.json()) as { counts: object }).counts).toMatchObject({ unchanged: 1, created: 0 });
  });

  it('is reviewed by the commune: what is returned leaves the proposal until it comes again', async () => {
    const reviewer = await world.token(IA_PIA, 'reviewer');
    await world.ask(
      reviewer,
      'mutation { returnReport(unit: "23926.01", round: "2026H1", expectedVersion: 1, reason: "Thiếu hai tổ") { state } }',
    );
    expect(await figureOf('nguoi_dan_tiep_can')).toMatchObject({
      ...{ numerator: '600', denominator: '2000', coverage: { value: 2, notReported: 1 } },
    });
    expect((await submit(tokens['23926.01']!, { expectedVersion: 1, figures: village(400, 1000, 20) })).stored).toBe(
      true,
    );
    const accepted = await world.ask(
      reviewer,
      'mutation { acceptReport(unit: "23926.01", round: "2026H1", expectedVersion: 2) { state } }',
    );
    expect(accepted).toEqual({ acceptReport: { state: 'ACCEPTED' } });
    expect(await figureOf('nguoi_dan_tiep_can')).toMatchObject({
      numerator: '1000',
      denominator: '3000',
      complete: true,
    });
  });

  it('is read back by the unit itself, as what it was asked and nothing more', async () => {
    const { totals } = await world.ask<{ totals: { totals: { indicator: { code: string } }[] } }>(
      tokens['23926.01']!,
      '{ totals(period: "2026H1", basis: RECEIVED) { totals { indicator { code } } } }',
    );
    expect(totals.totals.map(({ indicator }) => indicator.code)).toEqual([
      ...['nguoi_dan_tiep_can', 'tin_bai', 'buoi_phat_thanh', 'hoi_nghi_tuyen_truyen'],
    ]);
  });

  it('is nothing that a province counts', async () => {
    const totals = `query ($unit: String!) { totals(unit: $unit, period: "2026H1", basis: RECEIVED) {
      expected reported totals { indicator { code } numerator coverage { expected value } } } }`;
    for (const [token, unit, expected] of [
      [province, '52', 135],
      [nation, 'VN', 3321],
    ] as const)
      expect(await world.ask(token, totals, { unit })).toMatchObject({
        totals: {
          expected,
          reported: 0,
          totals: expect.arrayContaining([expect.objectContaining({ numerator: null })]),
        },
      });
    const complete = '{ completeness(round: "2026H1") { expected notSubmitted } }';
    expect(await world.ask(province, complete)).toEqual({ completeness: { expected: 135, notSubmitted: 135 } });
    expect(await world.ask(nation, complete)).toEqual({ completeness: { expected: 3321, notSubmitted: 3321 } });
    expect(
      await rows(
        world.db.dataSource,
        'select parent_id from cell_mismatch union all select obligation_id from standing_mismatch',
      ),
    ).toEqual([]);
  });
});

describe('the proposal in the commune’s own report', () => {
  const ADOPT = `mutation ($version: Int! = 0, $revision: Int! = 0, $indicators: [String!]) {
    adoptProposal(round: "2026H1", expectedVersion: $version, expectedRevision: $revision, indicators: $indicators) {
      adopted left { vi } draft { revision figures { indicator state numerator denominator value note } findings { code } } } }`;
  type Adopted = {
    adoptProposal: { adopted: string[]; left: { vi: string }[]; draft: { revision: number; figures: object[] } };
  };
  const own = (...changes: Parameters<typeof reportOf>) =>
    reportOf(
      { indicator: 'nguoi_dan_tiep_can', numerator: 1000, denominator: 3000 },
      { indicator: 'buoi_phat_thanh', state: 'ESTIMATE', value: 60 },
      ...changes,
    );

  it('is adopted whole into the draft, beside what stands there already', async () => {
    const saved = await world.ask<{ saveDraft: { revision: number } }>(
      reporter,
      'mutation ($input: DraftInput!) { saveDraft(input: $input) { revision } }',
      {
        input: {
          round: '2026H1',
          expectedVersion: 0,
          expectedRevision: 0,
          figures: [{ indicator: 'tin_bai', value: 12 }],
        },
      },
    );
    const { adoptProposal } = await world.ask<Adopted>(reporter, ADOPT, { revision: saved.saveDraft.revision });
    expect(adoptProposal).toMatchObject({ adopted: ['nguoi_dan_tiep_can', 'buoi_phat_thanh'], left: [] });
    expect(adoptProposal.draft.figures).toEqual([
      expect.objectContaining({ indicator: 'tin_bai', value: '12' }),
      expect.objectContaining({
        indicator: 'nguoi_dan_tiep_can',
        state: 'VALUE',
        numerator: '1000',
        denominator: '3000',
      }),
      expect.objectContaining({ indicator: 'buoi_phat_thanh', state: 'ESTIMATE', value: '60' }),
    ]);
    expect(await refusal(reporter, ADOPT, { revision: 0 })).toBe('draft.stale');
  });

  it('changed, each figure needs its reason; the difference and the reason are kept', async () => {
    const changed = { indicator: 'buoi_phat_thanh', value: 90 };
    const refused = await submit(reporter, { figures: own(changed), comment: 'Đã rà soát.' });
    expect(refused).toMatchObject({
      stored: false,
      findings: [{ code: 'proposal.differs', indicator: 'buoi_phat_thanh' }],
    });
    expect(refused.findings[0]!.vi).toContain('90, khác số các đơn vị dưới xã cộng lại 60 (từ 3/3 đơn vị)');
    const stored = await submit(reporter, { figures: own({ ...changed, note: 'Cộng 30 buổi của đài xã' }) });
    expect(stored).toMatchObject({ stored: true, findings: [{ code: 'proposal.differs' }] });
    expect(await figureOf('buoi_phat_thanh')).toMatchObject({
      ...{ numerator: '60', differs: true, reported: { numerator: '90', note: 'Cộng 30 buổi của đài xã' } },
    });
    expect(await figureOf('nguoi_dan_tiep_can')).toMatchObject({
      ...{ differs: false, limit: { denominator: '3000', round: '2026H1' }, exceeds: null },
    });
  });

  it('as of an instant is what it was then', async () => {
    const then = (await proposal(reporter)).asOf;
    await submit(tokens['23926.03']!, { expectedVersion: 1, figures: village(90, 800, 10), comment: 'Đính chính' });
    expect(await figureOf('nguoi_dan_tiep_can')).toMatchObject({ numerator: '990' });
    expect(await figureOf('nguoi_dan_tiep_can', reporter, { asOf: then })).toMatchObject({ numerator: '1000' });
    expect(await figureOf('nguoi_dan_tiep_can', province, { asOf: then, unit: IA_PIA })).toMatchObject({
      numerator: '1000',
    });
    expect(await refusal(reporter, PROPOSAL, { round: '2026H1', asOf: '2026-05-01T00:00:00Z' })).toBe('asof.future');
  });

  it('above the population is an error shown, no cap, and cannot be adopted', async () => {
    const more = await submit(tokens['23926.03']!, {
      expectedVersion: 2,
      figures: village(2500, 3000, 10),
      comment: 'Cả khách vãng lai',
    });
    expect(more.stored).toBe(true);
    const figure = await figureOf('nguoi_dan_tiep_can');
    expect(figure).toMatchObject({ numerator: '3400', limit: { denominator: '3000' } });
    expect(figure.exceeds!.vi).toContain('cộng lại 3400, vượt tổng số 3000 của xã (kỳ 2026H1)');
    const { adoptProposal } = await world
      .ask<Adopted>(reporter, ADOPT, { version: 1, revision: 0 })
      .catch(async () => world.ask<Adopted>(reporter, ADOPT, { version: 1, revision: 2 }));
    expect(adoptProposal).toMatchObject({ adopted: ['buoi_phat_thanh'], left: [{ vi: figure.exceeds!.vi }] });
    // The officer's own figure below the population is taken, with its reason.
    const changed = { indicator: 'nguoi_dan_tiep_can', numerator: 1000, denominator: 3000 };
    const without = await submit(reporter, {
      expectedVersion: 1,
      figures: own(changed, { indicator: 'buoi_phat_thanh', state: 'ESTIMATE', value: 60 }),
    });
    expect(without).toMatchObject({
      stored: false,
      findings: [{ code: 'proposal.differs', indicator: 'nguoi_dan_tiep_can' }],
    });
    const mended = own({ ...changed, note: 'Làng 3 tính cả khách; trừ 2.400' });
    expect((await submit(reporter, { expectedVersion: 1, figures: mended })).stored).toBe(true);
  });
});

describe('a local unit that is late', () => {
  it('is urged by its commune, by mail', async () => {
    await world.ask(officer, ADD, { units: [{ kind: 'thon', name: '4' }] });
    await world.ask(
      officer,
      'mutation { setContacts(contacts: [{ unit: "23926.05", recipients: ["thon4@iapia.example.vn"] }]) { unitCode } }',
    );
    expect(
      await world.ask(officer, 'mutation { remindUnits(round: "2026H1") { reminded already withoutAddress } }'),
    ).toEqual({ remindUnits: { reminded: ['thôn 4'], already: [], withoutAddress: [] } });
  });
});

describe('a local unit that ends', () => {
  it('owes no more, keeps what it reported, and its token ends with it', async () => {
    const CLOSE =
      'mutation ($code: String!, $reason: String!) { closeLocalUnit(code: $code, reason: $reason) { released } }';
    const before = await proposal(reporter);
    expect(before.expected).toBe(5);
    expect(await refusal(tokens['23926.01']!, CLOSE, { code: '23926.01', reason: 'x' })).toBe('access.denied');
    expect(await refusal(officer, CLOSE, { code: '05953', reason: 'x' })).toBe('unit.not_found');
    expect(await refusal(officer, CLOSE, { code: IA_PIA, reason: 'x' })).toBe('access.denied');
    expect(await refusal(officer, CLOSE, { code: '23926.05', reason: ' ' })).toBe('report.reason_needed');
    world.at('2026-04-02T08:00:00+07:00');
    expect(await world.ask(officer, CLOSE, { code: '23926.05', reason: 'Nhập vào thôn 3' })).toEqual({
      closeLocalUnit: { released: 1 },
    });
    expect(await world.ask(officer, CLOSE, { code: '23926.02', reason: 'Sáp nhập' })).toEqual({
      closeLocalUnit: { released: 0 },
    });
    expect((await proposal(reporter)).expected).toBe(4);
    expect(await refusal(tokens['23926.02']!, '{ me { unitCode } }')).toBe('auth.revoked');
    expect((await proposal(reporter)).units.map(({ unit }) => unit)).toContain('23926.02');
    expect((await proposal(reporter, { asOf: before.asOf })).expected).toBe(5);
    await openRound('2026H2');
    expect((await proposal(reporter, { round: '2026H2' })).units.map(({ unit }) => unit)).toEqual([
      '23926.01',
      '23926.03',
      '23926.04',
    ]);
    expect(await rows(world.db.dataSource, 'select * from cell_mismatch')).toEqual([]);
  });

  it('and goes with its commune when that is merged', async () => {
    world.at('2026-05-01T08:00:00+07:00');
    await world.ask(
      nation,
      `mutation { changeBoundaries(change: { effectiveOn: "2026-05-01", basis: "NQ thử nghiệm",
      predecessors: ["23926", "23887"], successors: [{ code: "99926", name: "Ia Pia Mới", kind: "xa" }] }) { replaced created } }`,
    );
    const successor = await world.token('99926', 'administrator');
    const there = await proposal(successor);
    expect(there.units.map(({ unit }) => unit)).toEqual(['23926.01', '23926.02', '23926.03', '23926.04']);
    const found = await world.ask<{ units: { nodes: { code: string }[] } }>(
      successor,
      '{ units(parent: "99926") { nodes { code } } }',
    );
    expect(found.units.nodes.map(({ code }) => code)).toEqual(['23926.01', '23926.03', '23926.04']);
    expect((await submit(tokens['23926.01']!, { expectedVersion: 2, figures: village(410, 1000, 20) })).stored).toBe(
      true,
    );
    expect((await proposal(successor)).units[0]).toMatchObject({ unit: '23926.01', version: 3 });
    expect(await rows(world.db.dataSource, 'select * from cell_mismatch')).toEqual([]);
  });
});
