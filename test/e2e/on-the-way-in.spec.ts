/**
 * Reports on their way in, over HTTP: drafts that are saved in part and resumed, a report that came on paper, and the
 * scanned signed copy of a version (docs/semantics.md §3).
 */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RoundsService } from '#reporting';
import { type Figure, reportOf, SUBMIT } from '../support/figures.js';
import { openWorld, type World } from '../support/world.js';

const KHA_SON = '05953';
const NAM_CUONG = '02026';
const IA_PIA = '23926';

let world: World;
let commune: string;
let province: string;
let elsewhere: string;

beforeAll(async () => {
  world = await openWorld('2026-05-20T08:00:00+07:00');
  await world.app.get(RoundsService).open(null, 'NQ57-TT', '2026H1');
  commune = await world.token(KHA_SON, 'reporter');
  province = await world.token('19', 'reviewer');
  elsewhere = await world.token(IA_PIA, 'reporter');
});
afterAll(() => world?.close());

const DRAFT = `revision basedOn stale savedBy comment figures { indicator state numerator denominator value yes }
  findings { severity code indicator }`;
const SAVE = `mutation ($input: DraftInput!) { saveDraft(input: $input) { ${DRAFT} } }`;
const LOAD = `{ draft(round: "2026H1") { ${DRAFT} } }`;
const SUBMIT_DRAFT = `mutation ($revision: Int!) {
  submitDraft(round: "2026H1", expectedRevision: $revision, containsNoSecrets: true) { stored onTime version { number state recordedAt } findings { code } } }`;
const save = (token: string, change: object) =>
  world.send<{ saveDraft: { revision: number; findings: { code: string }[] } }>(token, SAVE, {
    input: { round: '2026H1', expectedVersion: 0, expectedRevision: 0, ...change },
  });
const code = (answer: { errors?: { extensions: { code: string } }[] }) => answer.errors?.[0]?.extensions.code;
const stateOf = async (unit: string) =>
  (
    await world.ask<{
      obligations: {
        nodes: { class: string; timeliness: string; onPaper: boolean; hasDraft: boolean; unit: { code: string } }[];
      };
    }>(
      province,
      '{ obligations(round: "2026H1", first: 200) { nodes { unit { code } class timeliness onPaper hasDraft } } }',
    )
  ).obligations.nodes.find((node) => node.unit.code === unit)!;

describe('a draft', () => {
  const partly: Figure[] = [{ indicator: 'nguoi_dan_tiep_can', numerator: 20, denominator: 10 }];

  test('holds what a submission may not, and tells what it would find', async () => {
    const { data } = await save(commune, { figures: partly, comment: 'đang chờ số liệu của các xóm' });
    expect(data.saveDraft.revision).toBe(1);
    const codes = data.saveDraft.findings.map((finding) => finding.code);
    expect(codes).toContain('ratio.numerator_exceeds');
    expect(codes.filter((one) => one === 'figure.omitted')).toHaveLength(reportOf().length - 1);
    expect(await stateOf(KHA_SON)).toMatchObject({ class: 'NOT_YET_DUE', timeliness: 'NOT_SUBMITTED', hasDraft: true });
    expect(await stateOf(NAM_CUONG)).toMatchObject({ hasDraft: false });
  });

  test('is resumed elsewhere, seen by the unit alone, and not overwritten by who has not seen it', async () => {
    const { draft } = await world.ask<{ draft: object }>(commune, LOAD);
    expect(draft).toMatchObject({
      revision: 1,
      basedOn: 0,
      stale: false,
      figures: [{ indicator: 'nguoi_dan_tiep_can', state: 'VALUE', numerator: '20', denominator: '10' }],
    });
    expect(code(await world.send(province, LOAD))).toBe('access.denied');
    expect(code(await world.send(elsewhere, LOAD))).toBe('draft.not_found');
    const both = await Promise.all(
      [1, 1, 1].map((expectedRevision) => save(commune, { expectedRevision, figures: partly })),
    );
    expect(both.map(code).sort()).toEqual(['draft.stale', 'draft.stale', undefined]);
    expect(both.find((answer) => answer.errors)!.errors![0]!.extensions.details).toEqual({ expected: 1, actual: 2 });
    expect(code(await save(commune, { figures: partly }))).toBe('draft.stale');
  });

  test('is counted nowhere', async () => {
    const [counted] = await world.db.dataSource.query(
      'select (select count(*)::int from report_version) as versions, (select sum(reported)::int from cell_now) as reported',
    );
    expect(counted).toEqual({ versions: 0, reported: 0 });
  });

  test('submitted with errors it stays a draft; mended it becomes the report, once', async () => {
    const refused = await world.ask<Record<string, { stored: boolean }>>(commune, SUBMIT_DRAFT, { revision: 2 });
    expect(refused.submitDraft!.stored).toBe(false);
    await save(commune, { expectedRevision: 2, figures: reportOf(), comment: null });
    expect(code(await world.send(commune, SUBMIT_DRAFT, { revision: 2 }))).toBe('draft.stale');
    const answers = await Promise.all([1, 2].map(() => world.ask<object>(commune, SUBMIT_DRAFT, { revision: 3 })));
    expect(answers[0]).toMatchObject({ submitDraft: { stored: true, onTime: true, version: { number: 1 } } });
    // A lost answer asked for again is the same answer.
    expect([answers[1], await world.ask(commune, SUBMIT_DRAFT, { revision: 3 })]).toEqual([answers[0], answers[0]]);
    expect(code(await world.send(commune, LOAD))).toBe('draft.not_found');
    expect(await stateOf(KHA_SON)).toMatchObject({ class: 'SUBMITTED', hasDraft: false });
  });

  test("left behind by another's submission it is told as stale, and cannot replace what it has not seen", async () => {
    await save(commune, { expectedVersion: 1, figures: reportOf() });
    await world.ask(commune, SUBMIT, {
      input: { round: '2026H1', expectedVersion: 1, figures: reportOf(), containsNoSecrets: true },
    });
    expect(await world.ask(commune, LOAD)).toMatchObject({ draft: { revision: 1, basedOn: 1, stale: true } });
    expect(code(await world.send(commune, SUBMIT_DRAFT, { revision: 1 }))).toBe('report.stale');
    const again = await save(commune, { expectedVersion: 1, expectedRevision: 1, figures: reportOf() });
    expect(code(again)).toBe('report.stale');
    const DISCARD = 'mutation ($revision: Int!) { discardDraft(round: "2026H1", expectedRevision: $revision) }';
    expect(code(await world.send(commune, DISCARD, { revision: 9 }))).toBe('draft.stale');
    expect(await world.ask(commune, DISCARD, { revision: 1 })).toEqual({ discardDraft: true });
  });
});

describe('a report on paper', () => {
  const RECORD = `mutation ($input: PaperReportInput!) { recordPaperReport(input: $input) {
    stored onTime version { number receivedAt } findings { code } } }`;
  const record = (token: string, change: object) =>
    world.send<{ recordPaperReport: { stored: boolean; onTime: boolean } }>(token, RECORD, {
      input: {
        unit: NAM_CUONG,
        round: '2026H1',
        expectedVersion: 0,
        receivedOn: '2026-06-20',
        header: { documentNumber: '57/BC-UBND', documentDate: '2026-06-19', signer: 'Lường Văn Toàn' },
        figures: reportOf(),
        containsNoSecrets: true,
        ...change,
      },
    });

  test('needs its number, its date and a day of receipt that can be', async () => {
    world.at('2026-06-25T08:00:00+07:00');
    const header = { documentNumber: '57/BC-UBND', documentDate: '2026-06-19' };
    for (const change of [
      { header: { ...header, documentNumber: ' ' } },
      { header: { ...header, documentDate: null } },
      { header: { ...header, documentDate: '2026-06-31' } },
      { receivedOn: '20/6/2026' },
      { receivedOn: '2026-06-26' },
      { receivedOn: '2026-06-18' },
      { receivedOn: '2025-12-14', header: { ...header, documentDate: '2025-12-14' } },
    ])
      expect([change, code(await record(province, change))]).toEqual([change, 'paper.invalid']);
    expect(code(await record(commune, {}))).toBe('access.denied');
    expect(code(await record(province, { unit: IA_PIA }))).toBe('unit.not_found');
    expect(code(await record(await world.token(NAM_CUONG, 'reviewer'), {}))).toBe('access.denied');
  });

  test('is on time by the day on which it came, though recorded later, and marked wherever it shows', async () => {
    // Nam Cường's own due day is 20/6: the paper came on the day itself and is recorded five days later.
    const { data } = await record(province, {});
    expect(data.recordPaperReport).toMatchObject({
      stored: true,
      onTime: true,
      version: { receivedAt: '2026-06-19T17:00:00.000Z' },
    });
    expect(await stateOf(NAM_CUONG)).toMatchObject({ class: 'SUBMITTED', timeliness: 'ON_TIME', onPaper: true });
    const { report } = await world.ask<{ report: { versions: object[] } }>(
      province,
      `{ report(round: "2026H1", unit: "${NAM_CUONG}") { versions { paper { documentNumber documentDate receivedOn } steps { by } } } }`,
    );
    expect(report.versions).toEqual([
      {
        paper: { documentNumber: '57/BC-UBND', documentDate: '2026-06-19', receivedOn: '2026-06-20' },
        steps: [{ by: '19 reviewer' }],
      },
    ]);
    expect(await stateOf(KHA_SON)).toMatchObject({ onPaper: false });
    expect(await world.db.dataSource.query('select * from cell_mismatch')).toEqual([]);
  });

  test('a day later it is late; what a form refuses it refuses here too', async () => {
    const [{ code: unit }] = await world.db.dataSource.query(
      `select u.code from obligation o join org_unit u on u.id = o.unit_id join org_unit p on p.id = o.parent_id
       where p.code = '19' and o.newest_number = 0 and o.due_on = '2026-06-10' order by u.code limit 1`,
    );
    const header = { documentNumber: '9/BC', documentDate: '2026-06-09' };
    const wrong = await record(province, {
      unit,
      header,
      receivedOn: '2026-06-11',
      figures: reportOf({ indicator: 'nguoi_dan_tiep_can', numerator: 3, denominator: 2 }),
    });
    expect(wrong.data.recordPaperReport).toMatchObject({
      stored: false,
      findings: [{ code: 'ratio.numerator_exceeds' }],
    });
    const late = await record(province, { unit, header, receivedOn: '2026-06-11' });
    expect(late.data.recordPaperReport).toMatchObject({ stored: true, onTime: false });
  });

  test('an extension recorded after it came does not count for it', async () => {
    const [{ code: unit }] = await world.db.dataSource.query(
      `select u.code from obligation o join org_unit u on u.id = o.unit_id join org_unit p on p.id = o.parent_id
       where p.code = '19' and o.newest_number = 0 and o.due_on = '2026-06-10' order by u.code limit 1`,
    );
    await world.ask(
      province,
      `mutation { extendDueDate(unit: "${unit}", round: "2026H1", dueOn: "2026-06-30", reason: "bão") { dueOn } }`,
    );
    const header = { documentNumber: '9/BC', documentDate: '2026-06-09' };
    expect(code(await record(province, { unit, header, receivedOn: '2026-06-11' }))).toBe('paper.before_extension');
    // In time for the first due date it needs no extension.
    const answer = await record(province, { unit, header, receivedOn: '2026-06-10' });
    expect(answer.data.recordPaperReport).toMatchObject({ stored: true, onTime: true });
  });
});

describe('a scanned copy', () => {
  const pdf = (text = 'bản ký') => Buffer.from(`%PDF-1.7\n${text}\n%%EOF\n`);
  const post = (token: string | null, body: Buffer, options: { path?: string; type?: string; digest?: string } = {}) =>
    fetch(`${world.url}/reports/${options.path ?? `${KHA_SON}/2026H1/1/scans?containsNoSecrets=true`}`, {
      method: 'POST',
      headers: {
        'content-type': options.type ?? 'application/pdf',
        ...(token && { authorization: `Bearer ${token}` }),
        ...(options.digest && { 'content-digest': options.digest }),
      },
      body,
    });
  const problem = async (response: Response) => [
    response.status,
    ((await response.json()) as { error: { code: string } }).error.code,
  ];
  const folder = () => join(world.folder, 'scans');

  test('is kept under its hash and given to those who may read the report, byte by byte', async () => {
    const digest = `sha-256=:${createHash('sha256').update(pdf()).digest('base64')}:`;
    const answer = await post(commune, pdf(), {
      digest,
      path: `${KHA_SON}/2026H1/1/scans?containsNoSecrets=true&name=${encodeURIComponent('Báo cáo 12.pdf')}`,
    });
    expect(answer.status).toBe(201);
    const scan = (await answer.json()) as { id: number; sha256: string; bytes: number };
    expect(scan).toMatchObject({ bytes: pdf().length, fileName: 'Báo cáo 12.pdf', by: `${KHA_SON} reporter` });
    expect(readdirSync(folder())).toEqual([`${scan.sha256}.pdf`]);
    // Sent again it is the same one.
    expect(((await (await post(province, pdf())).json()) as { id: number }).id).toBe(scan.id);
    const get = (token: string) =>
      fetch(`${world.url}/reports/scans/${scan.id}`, { headers: { authorization: `Bearer ${token}` } });
    const read = await get(province);
    expect(Buffer.from(await read.arrayBuffer())).toEqual(pdf());
    expect(Object.fromEntries(read.headers)).toMatchObject({
      'content-type': 'application/pdf',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'content-disposition': expect.stringContaining("filename*=UTF-8''B%C3%A1o%20c%C3%A1o%2012.pdf"),
    });
    expect(await problem(await get(elsewhere))).toEqual([404, 'scan.not_found']);
    expect(await world.ask(commune, '{ report(round: "2026H1") { versions { number scans { id sha256 } } } }')).toEqual(
      {
        report: {
          versions: [
            { number: 2, scans: [] },
            { number: 1, scans: [{ id: scan.id, sha256: scan.sha256 }] },
          ],
        },
      },
    );
  });

  test('is refused by what it is, who sends it and where to, and leaves nothing behind', async () => {
    const before = readdirSync(folder());
    const large = Buffer.concat([pdf(), Buffer.alloc(21 * 1024 * 1024), pdf()]);
    expect(await problem(await post(commune, large))).toEqual([413, 'scan.too_large']);
    expect(await problem(await post(null, pdf('a')))).toEqual([401, 'auth.required']);
    expect(await problem(await post(elsewhere, pdf('a')))).toEqual([404, 'unit.not_found']);
    expect(
      await problem(await post(commune, pdf('a'), { path: `${KHA_SON}/2026H1/7/scans?containsNoSecrets=true` })),
    ).toEqual([404, 'report.not_found']);
    expect(await problem(await post(commune, Buffer.from('<html>%%EOF</html>')))).toEqual([422, 'scan.invalid']);
    expect(await problem(await post(commune, Buffer.from('%PDF-1.7 half of it')))).toEqual([422, 'scan.invalid']);
    expect((await post(commune, pdf('a'), { type: 'image/png' })).status).toBe(415);
    expect(await problem(await post(commune, pdf('a'), { digest: `sha-256=:${'A'.repeat(43)}=:` }))).toEqual([
      422,
      'scan.invalid',
    ]);
    expect(readdirSync(folder())).toEqual(before);
  });
});
