/**
 * Whoever sends a report declares that it holds no state secrets (docs/semantics.md §3): at every door the same sentence
 * refuses what is not declared, nothing is stored, and what was declared stays with the version.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EVERYONE, inScope, Problem } from '#core';
import { RoundsService } from '#reporting';
import { formLayouts, formRound, formUnits } from '../../libs/reporting/src/form/forms.query.js';
import { writeForms } from '../../libs/reporting/src/form/writer.js';
import { reportOf, SUBMIT, type Submitted } from '../support/figures.js';
import { DECLARED, OpenForm, usualCells } from '../support/form.js';
import { openWorld, type World } from '../support/world.js';

const KHA_SON = '05953';
const NAM_CUONG = '02026';
const CODE = 'report.secrecy_undeclared';
const { vi, en } = new Problem(CODE);
/** What is found in a report that holds everything else. */
const UNDECLARED = [{ severity: 'ERROR', code: CODE, indicator: null, vi, en }];
const CELL = 'van_ban/containsNoSecrets';

let world: World;
let commune: string;
let province: string;

beforeAll(async () => {
  world = await openWorld('2026-05-20T08:00:00+07:00');
  await world.app.get(RoundsService).open(null, 'NQ57-TT', '2026H1');
  commune = await world.token(KHA_SON, 'reporter');
  province = await world.token('19', 'reviewer');
});
afterAll(() => world?.close());

const stored = async () => {
  const [counted] = await world.db.dataSource.query(
    `select (select count(*)::int from report_version) as versions, (select count(*)::int from scan) as scans,
       (select count(idempotency_key)::int from report_version) as keys`,
  );
  return counted as { versions: number; scans: number; keys: number };
};
const input = { round: '2026H1', expectedVersion: 0, figures: reportOf(), idempotencyKey: 'k' };
const FOUND = 'stored version { number } findings { severity code indicator vi en }';
const versionsOf = async (unit: string, token = province) =>
  (
    await world.ask<{ report: { versions: object[] } }>(
      token,
      `{ report(unit: "${unit}", round: "2026H1") { versions { number containsNoSecrets header { signer } } } }`,
    )
  ).report.versions;
async function send(token: string, path: string, file: Uint8Array, fields: Record<string, string>) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append('file', new Blob([file as never]), 'bieu.xlsx');
  const response = await fetch(`${world.url}/forms${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body,
  });
  return { status: response.status, answer: (await response.json()) as Record<string, never> };
}
const download = async (token: string, path: string) => {
  const response = await fetch(`${world.url}/forms/${path}`, { headers: { authorization: `Bearer ${token}` } });
  return OpenForm.open(Buffer.from(await response.arrayBuffer()));
};

test('by the API', async () => {
  const refused = await world.ask<Submitted>(commune, SUBMIT, { input: { ...input, containsNoSecrets: false } });
  expect(refused.submitReport).toMatchObject({ stored: false, version: null, findings: UNDECLARED });
  // Left out it is asked for by name, like anything that must be said.
  const { errors } = await world.send(commune, SUBMIT, { input });
  expect(errors![0]!.extensions).toMatchObject({ code: 'request.invalid' });
  expect(errors![0]!.extensions.vi).toContain('containsNoSecrets');
  expect(await stored()).toEqual({ versions: 0, scans: 0, keys: 0 });
});

test('a draft is saved without it and submitted with it', async () => {
  const { saveDraft } = await world.ask<{ saveDraft: { revision: number; findings: object[] } }>(
    commune,
    'mutation ($input: DraftInput!) { saveDraft(input: $input) { revision findings { code } } }',
    { input: { round: '2026H1', expectedVersion: 0, expectedRevision: 0, figures: reportOf() } },
  );
  expect(saveDraft).toEqual({ revision: 1, findings: [] });
  const submit = (declared: boolean) =>
    world.ask<{ submitDraft: object }>(
      commune,
      `mutation { submitDraft(round: "2026H1", expectedRevision: 1, containsNoSecrets: ${declared}) { ${FOUND} } }`,
    );
  expect((await submit(false)).submitDraft).toEqual({ stored: false, version: null, findings: UNDECLARED });
  expect((await stored()).versions).toBe(0);
  const taken = await submit(true);
  expect(taken.submitDraft).toEqual({ stored: true, version: { number: 1 }, findings: [] });
  expect(await submit(true)).toEqual(taken);
  expect(await versionsOf(KHA_SON)).toEqual([{ number: 1, containsNoSecrets: true, header: { signer: null } }]);
});

test('declared it is taken once under its key, and kept with the version that it was declared of', async () => {
  const declared = { ...input, expectedVersion: 1, header: { signer: 'Nguyễn Văn A' }, containsNoSecrets: true };
  const taken = await world.ask<Submitted>(commune, SUBMIT, { input: declared });
  expect(taken.submitReport).toMatchObject({ stored: true, version: { number: 2 } });
  expect(await world.ask<Submitted>(commune, SUBMIT, { input: declared })).toEqual(taken);
  const otherwise = await world.send(commune, SUBMIT, { input: { ...declared, containsNoSecrets: false } });
  expect(otherwise.errors![0]!.extensions.code).toBe('idempotency.mismatch');
  expect(await versionsOf(KHA_SON)).toEqual([
    { number: 2, containsNoSecrets: true, header: { signer: 'Nguyễn Văn A' } },
    { number: 1, containsNoSecrets: true, header: { signer: null } },
  ]);
});

test('by the level above for a paper', async () => {
  const record = (containsNoSecrets: boolean) =>
    world.ask<{ recordPaperReport: object }>(
      province,
      `mutation ($input: PaperReportInput!) { recordPaperReport(input: $input) { ${FOUND} } }`,
      {
        input: {
          ...{ unit: NAM_CUONG, round: '2026H1', expectedVersion: 0, receivedOn: '2026-05-19' },
          ...{ figures: reportOf(), header: { documentNumber: '1/BC', documentDate: '2026-05-18' }, containsNoSecrets },
        },
      },
    );
  expect((await record(false)).recordPaperReport).toEqual({ stored: false, version: null, findings: UNDECLARED });
  expect(await versionsOf(NAM_CUONG)).toEqual([]);
  expect((await record(true)).recordPaperReport).toMatchObject({ stored: true });
  expect(await versionsOf(NAM_CUONG)).toMatchObject([{ number: 1, containsNoSecrets: true }]);
});

test('with a scanned copy', async () => {
  const attach = async (query: string) => {
    const response = await fetch(`${world.url}/reports/${KHA_SON}/2026H1/1/scans${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${commune}`, 'content-type': 'application/pdf' },
      body: '%PDF-1.7\nbản ký\n%%EOF\n',
    });
    return { status: response.status, ...((await response.json()) as object) };
  };
  for (const query of ['', '?containsNoSecrets=false', '?containsNoSecrets=', '?containsNoSecrets=1'])
    expect(await attach(query)).toMatchObject({ status: 422, error: { code: CODE, vi, en } });
  expect((await stored()).scans).toBe(0);
  expect(await attach('?containsNoSecrets=true')).toMatchObject({ status: 201, by: `${KHA_SON} reporter` });
});

test('in the Excel form: tried, sent and entered from above, with the cell to choose it in', async () => {
  const token = await world.token('06385', 'reporter');
  const form = await download(token, '2026H1');
  const cell = form.place('F', CELL);
  expect(form.sheet().getCell(cell)).toMatchObject({
    ...{ value: null, protection: { locked: false } },
    dataValidation: { type: 'list', formulae: ['"Không chứa nội dung mật"'] },
  });
  const found = { severity: 'error', code: CODE, indicator: null, vi, en, sheet: 'Báo cáo', cell };
  const undeclared = await form.write({ ...usualCells, [`F ${CELL}`]: undefined }).save();
  const before = await stored();
  for (const fields of [{ dryRun: 'true' }, {}] as Record<string, string>[])
    expect(await send(token, '', undeclared, fields)).toMatchObject({
      ...{ status: 200, answer: { stored: false, units: [{ outcome: 'refused', version: null, findings: [found] }] } },
    });
  const otherwise = await form.write({ [`F ${CELL}`]: 'Không' }).save();
  const { answer } = await send(token, '', otherwise, {});
  expect(answer).toMatchObject({ stored: false, units: [{ findings: [{ code: 'cell.choice', cell }, found] }] });
  expect(await stored()).toEqual(before);

  const declared = await form.write(usualCells).save();
  expect((await send(token, '', declared, {})).answer).toMatchObject({ stored: true, counts: { created: 1 } });
  expect(await versionsOf('06385', token)).toMatchObject([{ number: 1, containsNoSecrets: true }]);
  // The next one does not come with it: it is declared anew. Nothing said anew needs none.
  const next = await download(token, '2026H1');
  expect(next.sheet().getCell(cell).value).toBeNull();
  expect((await send(token, '', await next.save(), {})).answer).toMatchObject({ counts: { unchanged: 1 } });
  const corrected = await next.write({ 'F tin_bai': 13 }).save();
  expect((await send(token, '', corrected, {})).answer).toMatchObject({ counts: { refused: 1 } });

  const [{ code }] = await world.db.dataSource.query(
    `select u.code from obligation o join org_unit u on u.id = o.unit_id join org_unit p on p.id = o.parent_id
     where p.code = '19' and o.newest_number = 0 order by u.code limit 1`,
  );
  const own = await download(province, `2026H1?unit=${code}`);
  const paper = {
    ...{ 'F van_ban/documentNumber': '2/BC', 'F van_ban/documentDate': '18/5/2026' },
    ...{ 'F van_ban/receivedOn': '19/5/2026', [`F ${CELL}`]: undefined },
  };
  const fromAbove = await own.write({ ...usualCells, ...paper }).save();
  expect((await send(province, '/below', fromAbove, {})).answer).toMatchObject({ units: [{ findings: [found] }] });
  const entered = await own.write(DECLARED).save();
  expect((await send(province, '/below', entered, {})).answer).toMatchObject({ counts: { created: 1 } });
});

test('a form made before it asked is refused as an old one, not as one undeclared', async () => {
  const older = await inScope(EVERYONE, async () => {
    const db = world.db.dataSource;
    const round = await formRound(db, 'NQ57-TT', '2026H1');
    const [{ id }] = await db.query('select id from org_unit where code = $1', [KHA_SON]);
    const units = await formUnits(db, round, { unitIds: [id] }, '2026-05-20');
    const layout = (await formLayouts(db, round))(units[0]!.kind);
    layout.rows.splice(
      layout.rows.findIndex(({ key }) => key === CELL.replaceAll('_', '.')),
      1,
    );
    return writeForms(() => layout, { ...round, units, fromAbove: false }, new Date());
  });
  expect(await send(commune, '', older, {})).toMatchObject({
    ...{ status: 409, answer: { error: { code: 'form.old', details: { round: '2026H1' } } } },
  });
});

test('past every door, in the database itself', async () => {
  const before = await stored();
  const insert = (header: string) =>
    world.db.dataSource.query(
      `insert into report_version (obligation_id, number, state, n, d, s, header, account_id, received_at, recorded_at)
       select id, 99, 'withdrawn', '{}', '{}', '{}', $1, (select min(id) from account), now(), now() from obligation limit 1`,
      [header],
    );
  for (const header of ['{}', '{"containsNoSecrets": false}', '{"signer": "true"}'])
    await expect(insert(header)).rejects.toMatchObject({ constraint: 'report_header_declared' });
  expect(await stored()).toEqual(before);
  await insert('{"containsNoSecrets": true}');
  expect((await stored()).versions).toBe(before.versions + 1);
});
