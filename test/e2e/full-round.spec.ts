/**
 * A whole round of one province: Lai Châu and its 38 communes, the first half of 2026, from the day it is opened to the day
 * it is closed for good. Reports come by the API, in Excel and on paper, before, on and after the due day; villages report to
 * their commune; there is a storm, a merger, a mistake and a correction. After each chapter everything the province sees is held against a book that is kept
 * by hand beside it (test/support/clerk.ts).
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EVERYONE, inScope, rows } from '#core';
import { SummariesService } from '#exports';
import { ObligationsService } from '#reporting';
import { CommuneOffice } from '../support/commune-office.js';
import { type Figure, reportOf } from '../support/figures.js';
import { usualCells } from '../support/form.js';
import { ProvinceOffice } from '../support/province-office.js';
import { openWorld, type World } from '../support/world.js';

const ROUND = '2026H1';
const LAI_CHAU = '12';
const RESOLUTION = 'Nghị quyết số 01/NQ-HĐND (thử nghiệm)';
let world: World;
let office: ProvinceOffice;
let nation: string;
/** The communes, in the order of their codes; each chapter takes some for its purpose. */
let communes: string[];
let withVillages: CommuneOffice;

beforeAll(async () => {
  world = await openWorld('2026-05-20T08:00:00+07:00');
  nation = await world.token('VN', 'administrator');
  office = new ProvinceOffice(world, await world.token(LAI_CHAU, 'reviewer'), ROUND);
});
afterAll(() => world?.close());

/** A report unlike any other's: every seventh has no tasks at all, some are estimates, some figures are missing. */
const reportNo = (nth: number): Figure[] =>
  reportOf(
    { indicator: 'tin_bai', value: 10 + nth },
    { indicator: 'nguoi_dan_tiep_can', numerator: 900 + 37 * nth, denominator: 9000 + 111 * nth },
    nth % 3 === 0
      ? { indicator: 'buoi_phat_thanh', state: 'ESTIMATE', value: 55 + nth, note: 'ước thực hiện' }
      : { indicator: 'buoi_phat_thanh', value: 60 + nth },
    nth % 4 === 0
      ? { indicator: 'kenh_mang_xa_hoi', state: 'MISSING', note: 'đang rà soát' }
      : { indicator: 'kenh_mang_xa_hoi', value: nth % 5 },
    { indicator: 'chuong_trinh_dao_tao', yes: nth % 2 === 0 },
    nth % 7 === 0
      ? { indicator: 'nhiem_vu_khcn_truyen_thong', state: 'NOT_APPLICABLE' }
      : { indicator: 'nhiem_vu_khcn_truyen_thong', numerator: nth % 4, denominator: 4 },
  );
const extend = (unit: string, dueOn: string) =>
  world.send(
    office.province,
    'mutation ($unit: String!, $dueOn: String!) { extendDueDate(unit: $unit, round: "2026H1", dueOn: $dueOn, reason: "Sạt lở, mất điện") { dueOn } }',
    { unit, dueOn },
  );

test('20/5: the round is opened; all 38 communes owe by 10/6, nobody has reported', async () => {
  office.at('2026-05-20T08:00:00+07:00');
  await world.ask(nation, `mutation { openRound(code: "${ROUND}") { code } }`);
  const { units } = await world.ask<{ units: { nodes: { code: string }[] } }>(
    office.province,
    `{ units(parent: "${LAI_CHAU}", first: 100) { nodes { code } } }`,
  );
  communes = units.nodes.map(({ code }) => code).sort();
  expect(communes).toHaveLength(38);
  for (const code of communes) office.clerk.owes(code, '2026-06-10');
  await office.agree();
});

test('1/6: ten communes report early; one sends its Excel form, tried first; two clerks of one commune send at once', async () => {
  office.at('2026-06-01T09:30:00+07:00');
  for (const [nth, unit] of communes.slice(0, 10).entries()) await office.submits(unit, reportNo(nth));
  await office.sendsForm(
    communes[10]!,
    { ...usualCells, 'F tin_bai': 77 },
    reportOf({ indicator: 'tin_bai', value: 77 }),
  );
  const hurried = communes[11]!;
  const outcomes = await Promise.all([0, 0].map((expected) => office.refused(hurried, expected, reportNo(11))));
  expect(outcomes.sort()).toEqual(['report.stale', 'taken']);
  office.clerk.submitted(hurried, reportNo(11), '2026-06-01T09:30:00+07:00');
  await office.agree();
});

test('3/6: in one commune three villages report to it; what they say is added up for its own report, and for nobody above', async () => {
  office.at('2026-06-03T08:00:00+07:00');
  withVillages = new CommuneOffice(office, communes[28]!);
  const villages = await withVillages.asks(['Nà Ban', 'Phiêng Lót', 'Tả Phìn'], '2026-06-05');
  for (const [nth, village] of villages.entries()) {
    const figures: Figure[] = [
      { indicator: 'nguoi_dan_tiep_can', numerator: 100 + nth, denominator: 400 + 10 * nth },
      { indicator: 'buoi_phat_thanh', value: 7 * nth },
      { indicator: 'tin_bai', value: nth },
      { indicator: 'hoi_nghi_tuyen_truyen', value: 1 },
    ];
    // The third is late: until then it is told as silent, and never as a 0.
    await withVillages.hears(village, figures, `2026-06-0${nth < 2 ? 4 : 6}T09:00:00+07:00`);
    await withVillages.agree();
  }
  await office.agree();
});

test('8/6: after a storm two communes get until 17/6; one that has reported cannot, nor can a day be taken back', async () => {
  office.at('2026-06-08T14:00:00+07:00');
  for (const unit of communes.slice(12, 14)) {
    expect((await extend(unit, '2026-06-17')).errors).toBeUndefined();
    office.clerk.extended(unit, '2026-06-17');
  }
  expect((await extend(communes[0]!, '2026-06-17')).errors![0]!.extensions.code).toBe('extension.too_late');
  expect((await extend(communes[12]!, '2026-06-11')).errors![0]!.extensions.code).toBe('extension.not_later');
  await office.agree();
});

test('9/6: two communes become one, as the resolution of last week said; one of them had reported already', async () => {
  const [reported, silent] = [communes[9]!, communes[14]!];
  await office.reporter(silent);
  await world.ask(
    nation,
    'mutation ($change: BoundaryChangeInput!) { changeBoundaries(change: $change) { replaced } }',
    {
      change: {
        effectiveOn: '2026-06-09',
        basis: RESOLUTION,
        predecessors: [reported, silent],
        successors: [{ code: '99901', name: 'Mường So', kind: 'xa' }],
      },
    },
  );
  // Recorded the day before: so far nothing has happened.
  await office.agree();
  office.at('2026-06-09T00:00:30+07:00');
  expect(await world.app.get(ObligationsService).followDue()).toEqual({ replaced: 2, created: 1 });
  office.clerk.merged([reported, silent], ['99901'], '2026-06-10');
  await office.agree();
  expect(await office.refused(silent, 0)).toBe('obligation.not_found');
  // What was sent stays on record, for the province and for the commune that was.
  const history = `{ unitHistory(unit: "${reported}") { rounds { obligation replacedBecause versions { number state } } } }`;
  const kept = { obligation: 'replaced', replacedBecause: RESOLUTION, versions: [{ number: 1, state: 'SUBMITTED' }] };
  for (const token of [office.province, await office.reporter(reported)])
    expect(await world.ask(token, history)).toEqual({ unitHistory: { rounds: [kept] } });
});

test('10/6, the last day: fifteen more; one in its last millisecond is on time, one at midnight is late', async () => {
  office.at('2026-06-10T16:00:00+07:00');
  for (const [nth, unit] of communes.slice(15, 28).entries()) await office.submits(unit, reportNo(20 + nth));
  await withVillages.adopts('2026-06-10T16:00:00+07:00');
  await office.submits('99901', reportNo(40));
  office.at('2026-06-10T23:59:59.999+07:00');
  await office.submits(communes[29]!, reportNo(41));
  await office.agree();
  office.at('2026-06-11T00:00:00+07:00');
  await office.submits(communes[30]!, reportNo(42));
  office.at('2026-06-11T00:00:01+07:00');
  // Whoever is silent is overdue from this day on, but for the two of the storm.
  const classes = office.clerk.obligations('2026-06-11T00:00:00+07:00').map(([unit, , when]) => [unit, when]);
  expect(classes).toEqual(
    expect.arrayContaining([
      [communes[29], 'ON_TIME'],
      [communes[30], 'LATE'],
    ]),
  );
  await office.agree();
});

test('12/6: the province reviews; one is returned for two figures, one takes its own back, one corrects itself unasked', async () => {
  office.at('2026-06-12T09:00:00+07:00');
  const [returned, withdrawn, mended] = communes as [string, string, string];
  await office.steps(
    'return',
    returned,
    ', reason: "Số liệu chưa khớp", figures: [{ indicator: "tin_bai", reason: "Thiếu danh mục" }, { indicator: "nguoi_dan_tiep_can", reason: "Sai mẫu số" }]',
  );
  await office.steps('withdraw', withdrawn, ', reason: "Gửi nhầm"');
  await office.submits(mended, reportNo(50));
  await office.agree();
  for (const unit of office.clerk.in('SUBMITTED').slice(0, 20)) await office.steps('accept', unit);
  await office.agree();
  // A step out of turn is told what would be in turn.
  const again = await world.send(
    office.province,
    `mutation { returnReport(unit: "${returned}", round: "${ROUND}", expectedVersion: 1, reason: "x") { state } }`,
  );
  expect(again.errors![0]!.extensions).toMatchObject({ code: 'report.wrong_step', details: { allowed: 'submit' } });
});

test('15/6: what was returned or withdrawn comes again: the first stays on time, the second is late now', async () => {
  office.at('2026-06-15T10:00:00+07:00');
  const [returned, withdrawn] = communes as [string, string];
  await office.submits(returned, reportNo(51));
  await office.submits(withdrawn, reportNo(52));
  await office.agree();
  const when = new Map(
    office.clerk.obligations('2026-06-15T10:00:00+07:00').map(([unit, , timeliness]) => [unit, timeliness]),
  );
  expect([when.get(returned), when.get(withdrawn)]).toEqual(['ON_TIME', 'LATE']);
});

test('17/6: of the two of the storm one reports on its last day, the other the day after', async () => {
  office.at('2026-06-17T22:00:00+07:00');
  await office.submits(communes[12]!, reportNo(53));
  office.at('2026-06-18T07:00:00+07:00');
  await office.submits(communes[13]!, reportNo(54));
  await office.agree();
});

test('18/6: a report that came on paper on 10/6 is recorded and on time; a workbook of papers brings two more, late', async () => {
  office.at('2026-06-18T15:00:00+07:00');
  const [paper, ...inWorkbook] = communes.slice(31, 34) as [string, string, string];
  const figures = reportNo(55);
  const { recordPaperReport } = await world.ask<{ recordPaperReport: { stored: boolean; onTime: boolean } }>(
    office.province,
    'mutation ($input: PaperReportInput!) { recordPaperReport(input: $input) { stored onTime } }',
    {
      input: {
        ...{
          unit: paper,
          round: ROUND,
          expectedVersion: 0,
          containsNoSecrets: true,
          receivedOn: '2026-06-10',
          comment: 'đã đối chiếu',
          figures,
        },
        header: { documentNumber: '57/BC-UBND', documentDate: '2026-06-09', signer: 'Lò Văn An' },
      },
    },
  );
  expect(recordPaperReport).toEqual({ stored: true, onTime: true });
  office.clerk.submitted(paper, figures, '2026-06-10T00:00:00+07:00');

  const book = await office.download(office.province, '/below');
  for (const [nth, unit] of inWorkbook.entries()) {
    const head = { 'F van_ban/documentNumber': `${nth + 1}/BC-UBND`, 'F van_ban/documentDate': '11/6/2026' };
    book.write({ ...usualCells, ...head, 'F van_ban/receivedOn': '12/6/2026', 'F tin_bai': 30 + nth }, unit);
  }
  expect(await office.upload(office.province, book, {}, '/below')).toMatchObject({
    stored: true,
    counts: { created: 2 },
  });
  for (const [nth, unit] of inWorkbook.entries())
    office.clerk.submitted(unit, reportOf({ indicator: 'tin_bai', value: 30 + nth }), '2026-06-12T00:00:00+07:00');
  await office.agree();
});

test('19/6: the province asks three communes a quick question; the answers are a round of their own', async () => {
  office.at('2026-06-19T07:30:00+07:00');
  const asked = communes.slice(0, 3);
  const head = await world.token(LAI_CHAU, 'administrator');
  const { openAdHocRound } = await world.ask<{ openAdHocRound: { code: string; expected: number } }>(
    head,
    'mutation ($round: AdHocRoundInput!) { openAdHocRound(round: $round) { code expected } }',
    {
      round: {
        ...{ request: 'Công văn 99/SKHCN', dataFrom: '2026-01-01', dataTo: '2026-06-18' },
        ...{ dueOn: '2026-06-19', dueTime: '17:00', units: asked },
      },
    },
  );
  expect(openAdHocRound).toEqual({ code: '2026X1', expected: 3 });
  const quick = new ProvinceOffice(world, office.province, '2026X1');
  for (const unit of asked) quick.clerk.owes(unit, '2026-06-19', '17:00');
  quick.at('2026-06-19T16:59:59.999+07:00');
  await quick.submits(asked[0]!, reportNo(70));
  quick.at('2026-06-19T17:00:00+07:00');
  await quick.submits(asked[1]!, reportNo(71));
  quick.at('2026-06-19T18:00:00+07:00');
  await quick.agree();
  const summary = await world.send(
    office.province,
    `mutation { requestSummary(round: "2026X1", unit: "${asked[0]}", kind: COMMUNE_REPORT) { id } }`,
  );
  expect(summary.errors![0]!.extensions.code).toBe('export.ad_hoc');
  const { requestSummary: csv } = await world.ask<{ requestSummary: { id: number } }>(
    office.province,
    'mutation { requestSummary(round: "2026X1", kind: FIGURES_CSV) { id } }',
  );
  await inScope(EVERYONE, () => world.app.get(SummariesService).produce(csv.id, { lastTry: true }));
  const headers = { authorization: `Bearer ${office.province}` };
  const file = await (await fetch(`${world.url}/exports/${csv.id}`, { headers })).text();
  expect(file.split('\n').filter((line) => line.includes('tin_bai')).length).toBeGreaterThanOrEqual(2);
  office.at('2026-06-19T18:00:01+07:00');
  await office.agree();
});

test('20/6: an accepted report is corrected: what is accepted stands until the correction is', async () => {
  office.at('2026-06-20T09:00:00+07:00');
  for (const unit of office.clerk.in('SUBMITTED')) await office.steps('accept', unit);
  const corrected = communes[5]!;
  const before = office.clerk.sum('tin_bai', 'ACCEPTED').numerator!;
  await office.submits(corrected, reportNo(95));
  await office.agree();
  expect(office.clerk.sum('tin_bai', 'ACCEPTED').numerator).toBe(before);
  await office.steps('accept', corrected);
  await office.agree();
  expect(office.clerk.sum('tin_bai', 'ACCEPTED').numerator).toBe(before - (10 + 5) + (10 + 95));
});

const CLOSE = 'mutation { closeRound(round: "2026H1") { closedAt sha256 figures } }';
type Closed = { closeRound: { closedAt: string; sha256: string; figures: string } };
let closed: Closed['closeRound'];
let asClosed: Awaited<ReturnType<ProvinceOffice['look']>>;

test('25/6: the round is closed with four communes missing; its figures are signed, and communes are turned away', async () => {
  office.at('2026-06-25T16:30:00+07:00');
  closed = (await world.ask<Closed>(office.province, CLOSE)).closeRound;
  expect(createHash('sha256').update(closed.figures).digest('hex')).toBe(closed.sha256);
  await office.agree();
  asClosed = await office.look(closed.closedAt);
  const silent = office.clerk.in(null);
  expect(silent).toHaveLength(4);
  expect(await office.refused(silent[0]!, 0)).toBe('round.closed');
  const news = office.clerk.sum('tin_bai', 'ACCEPTED');
  expect(closed.figures).toContain(`${LAI_CHAU}|accepted|tin_bai|${news.numerator}|0|${news.value}|`);
});

test('2/7: one report is reopened and mended; the figures of the close stay as they were signed', async () => {
  office.at('2026-07-02T08:00:00+07:00');
  const mended = communes[20]!;
  await world.ask(
    office.province,
    `mutation { reopenRound(round: "${ROUND}", commune: "${mended}", reason: "Cộng nhầm số buổi") }`,
  );
  await office.submits(mended, reportNo(96));
  await office.steps('accept', mended);
  expect(await office.refused(communes[21]!, 1)).toBe('round.closed');
  await office.agree();
  expect(await office.look(closed.closedAt)).toEqual(asClosed);
  const { changesSinceClose: changes } = await world.ask<{
    changesSinceClose: { reports: { unitCode: string }[]; figures: { indicator: string; basis: string }[] };
  }>(office.province, `{ changesSinceClose(round: "${ROUND}") { reports { unitCode } figures { basis indicator } } }`);
  expect(new Set(changes.reports.map(({ unitCode }) => unitCode))).toEqual(new Set([mended]));
  expect(changes.figures).toEqual(expect.arrayContaining([{ basis: 'ACCEPTED', indicator: 'tin_bai' }]));
});

test('6/7: reopened for the late ones, then closed again: another signature, the first one kept', async () => {
  office.at('2026-07-06T08:00:00+07:00');
  await world.ask(office.province, `mutation { reopenRound(round: "${ROUND}", reason: "Bổ sung hai xã nộp muộn") }`);
  const [late, last] = office.clerk.in(null) as [string, string];
  await office.submits(late, reportNo(60));
  await office.submits(last, reportNo(61));
  await office.steps('accept', late);
  const again = (await world.ask<Closed>(office.province, CLOSE)).closeRound;
  expect(again.sha256).not.toBe(closed.sha256);
  await office.agree();
  expect(await office.look(closed.closedAt)).toEqual(asClosed);
  const { closings } = await world.ask<{ closings: { sha256: string; reason: string | null }[] }>(
    office.province,
    `{ closings(round: "${ROUND}") { sha256 reason } }`,
  );
  expect(closings).toEqual([
    { sha256: again.sha256, reason: null },
    { sha256: closed.sha256, reason: 'Bổ sung hai xã nộp muộn' },
  ]);
});

test('and the service agrees with itself', async () => {
  const wrong = await rows(
    world.db.dataSource,
    'select 1 from cell_mismatch union all select 1 from standing_mismatch',
  );
  expect(wrong).toEqual([]);
});
