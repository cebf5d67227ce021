/**
 * The Excel form as commune officers meet it: downloaded over HTTP, filled in, sent, and read back in the totals
 * (docs/semantics.md §7).
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { transact } from '#core';
import { importProgramme, seedProgrammeText } from '#programmes';
import { reportOf, SUBMIT, type Submitted } from '../support/figures.js';
import { DECLARED, OpenForm, usualCells, type Written } from '../support/form.js';
import { openWorld, type World } from '../support/world.js';
import { type RawSheet, readXlsx } from '../support/xlsx.js';

let world: World;
let province: string;
const reporter: Record<string, string> = {};

beforeAll(async () => {
  world = await openWorld('2026-05-20T08:00:00+07:00');
  const nation = await world.token('VN', 'administrator');
  province = await world.token('19', 'reviewer');
  for (const code of ['02026', '05953', '06385', '23926']) reporter[code] = await world.token(code, 'reporter');
  for (const code of ['2026H1', '2026H2'])
    await world.ask(nation, 'mutation ($code: String!) { openRound(code: $code) { code } }', { code });
});
afterAll(() => world?.close());

const get = (token: string, path: string) =>
  fetch(`${world.url}/forms/${path}`, { headers: { authorization: `Bearer ${token}` } });
async function download(token: string, path: string): Promise<Buffer> {
  const response = await get(token, path);
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}
const rowOf = (sheet: RawSheet, key: string) =>
  [...sheet.cells]
    .find(([place, cell]) => place.startsWith('A') && cell.value === key.replaceAll('_', '.'))![0]
    .slice(1);
const valueAt = (sheet: RawSheet, column: string, key: string) =>
  sheet.cells.get(column + rowOf(sheet, key))?.value ?? null;

/** The data validation of a cell. */
const limitAt = (sheet: RawSheet, column: string, key: string) =>
  sheet.xml.match(new RegExp(`<dataValidation [^>]*sqref="${column}${rowOf(sheet, key)}\\b.*?</dataValidation>`))?.[0];

type Finding = {
  severity: string;
  code: string;
  sheet: string;
  cell: string | null;
  indicator: string | null;
  vi: string;
};
type Uploaded = {
  stored: boolean;
  dryRun: boolean;
  counts: Record<string, number>;
  units: {
    unit: string;
    outcome: string;
    version: { number: number; state: string } | null;
    onTime: boolean | null;
    findings: Finding[];
    problem: { code: string } | null;
  }[];
};
type Refused = { error: { code: string; vi: string; en: string; details: Record<string, unknown> } };

async function post(token: string, file: Uint8Array, fields: Record<string, string> = {}, path = '') {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append('file', new Blob([file as never]), 'bieu.xlsx');
  const headers = { authorization: `Bearer ${token}` };
  return fetch(`${world.url}/forms${path}`, { method: 'POST', headers, body });
}
async function upload(
  token: string,
  file: Uint8Array,
  fields?: Record<string, string>,
  path?: string,
): Promise<Uploaded> {
  const response = await post(token, file, fields, path);
  const answer = (await response.json()) as Uploaded & Refused;
  if (response.status !== 200) throw new Error(`${response.status} ${answer.error.code}: ${answer.error.en}`);
  return answer;
}
async function refusal(token: string, file: Uint8Array, fields?: Record<string, string>, path?: string) {
  const response = await post(token, file, fields, path);
  const { error } = (await response.json()) as Refused;
  return { status: response.status, code: error?.code, details: error?.details };
}
const filled = async (token: string, round: string, cells: Written) =>
  (await OpenForm.open(await download(token, round))).write(cells).save();

describe('the form of a commune', () => {
  test('is its own, in Vietnamese, protected but for its cells, with lists and limits', async () => {
    const response = await get(reporter['05953']!, '2026H1');
    expect(response.headers.get('content-disposition')).toContain('Bieu_NQ57_2026H1_05953_KhaSon.xlsx');
    const { sheets } = readXlsx(Buffer.from(await response.arrayBuffer()));
    expect(sheets.map(({ name }) => name)).toEqual(['Báo cáo', 'Mã biểu']);
    const [sheet] = sheets;
    expect(sheet!.cells.get('A1')?.value).toBe('05953');
    expect(sheet!.cells.get('B2')?.value).toBe('XÃ KHA SƠN');
    expect(sheet!.cells.get('B8')?.value).toContain('Hạn nộp: hết ngày 10/6/2026. Báo cáo trên hệ thống: chưa nộp.');
    // In the order that ECMA-376-1 fixes; Excel takes any other for damage.
    const parts = ['sheetData', 'sheetProtection', 'mergeCells', 'dataValidations', 'pageMargins', 'pageSetup'];
    expect(sheet!.xml.match(new RegExp(`<(?:${parts.join('|')})\\b`, 'g'))).toEqual(parts.map((part) => `<${part}`));
    expect(limitAt(sheet!, 'G', 'nguoi_dan_tiep_can')).toContain('Chính thức,Ước thực hiện,Chưa có số liệu');
    expect(limitAt(sheet!, 'G', 'ke_hoach_phu_song')).toContain('Không phát sinh');
    expect(limitAt(sheet!, 'F', 'nguoi_dan_tiep_can/numerator')).toContain('type="whole"');
    expect(valueAt(sheet!, 'F', 'nguoi_dan_tiep_can/denominator')).toBeNull();
  });

  test('carries over nothing but the last denominators, and shows the last figures beside', async () => {
    const submitted = await world.ask<Submitted>(reporter['02026']!, SUBMIT, {
      input: { round: '2026H1', expectedVersion: 0, figures: reportOf(), containsNoSecrets: true },
    });
    expect(submitted.submitReport.stored).toBe(true);
    const [sheet] = readXlsx(await download(reporter['02026']!, '2026H2')).sheets;
    expect(valueAt(sheet!, 'F', 'nguoi_dan_tiep_can/denominator')).toBe('10000');
    expect(valueAt(sheet!, 'F', 'nguoi_dan_tiep_can/numerator')).toBeNull();
    expect(valueAt(sheet!, 'E', 'nguoi_dan_tiep_can/numerator')).toBe('1000');
    expect(valueAt(sheet!, 'F', 'tin_bai')).toBeNull();
    expect(valueAt(sheet!, 'E', 'tin_bai')).toBe('12');
    expect(valueAt(sheet!, 'F', 'ke_hoach_ban_hanh')).toBeNull();
    expect(valueAt(sheet!, 'E', 'ke_hoach_ban_hanh')).toBe('Có');
  });

  test('for a round already answered says what was sent', async () => {
    const [sheet] = readXlsx(await download(reporter['02026']!, '2026H1')).sheets;
    expect(valueAt(sheet!, 'F', 'tin_bai')).toBe('12');
    expect(valueAt(sheet!, 'F', 'khen_thuong_hang_nam')).toBe('Không');
    expect(valueAt(sheet!, 'G', 'nhiem_vu_khcn_truyen_thong')).toBe('Không phát sinh');
    expect(sheet!.cells.get('B8')?.value).toContain('bản 1, đã nộp, chờ duyệt');
  });

  test('of another unit is out of reach, unless it lies below', async () => {
    expect((await get(reporter['05953']!, '2026H1?unit=02026')).status).toBe(404);
    const [sheet] = readXlsx(await download(province, '2026H1?unit=05953')).sheets;
    expect(sheet!.cells.get('A1')?.value).toBe('05953');
    expect((await get(province, '2026H1')).status).toBe(404);
    expect((await get(province, '2031H1?unit=05953')).status).toBe(404);
  });

  test('and those of all communes of a province in one workbook', async () => {
    const { sheets } = readXlsx(await download(province, '2026H1/below'));
    expect(sheets).toHaveLength(93);
    expect(sheets.filter(({ name }) => /^(05953|02026) /.test(name)).map(({ name }) => name)).toEqual([
      '02026 Nam Cường',
      '05953 Kha Sơn',
    ]);
  });
});

describe('a form filled in', () => {
  const haLang = () => reporter['06385']!;

  test('is tried, sent, and stands in the totals; sent again it changes nothing', async () => {
    world.at('2026-06-05T09:00:00+07:00');
    const file = await filled(haLang(), '2026H1', {
      ...usualCells,
      'F tin_bai': 15,
      'G tin_bai': 'Ước thực hiện',
      'H tin_bai': 'Ước đến 14/6',
      'B ket_qua_noi_bat': 'Hai hội nghị tại các thôn.',
      'F van_ban/body': 'Phòng Văn hóa - Xã hội',
      'F van_ban/documentNumber': '21/BC-UBND',
      'F van_ban/documentDate': new Date('2026-06-05T00:00:00Z'),
    });
    const tried = await upload(haLang(), file, { dryRun: 'true' });
    expect(tried.counts).toEqual({ created: 1, updated: 0, unchanged: 0, refused: 0, held_back: 0 });
    const nothing = await world.ask<{ report: { versions: unknown[] } }>(
      haLang(),
      '{ report(round: "2026H1") { versions { number } } }',
    );
    expect(nothing.report.versions).toEqual([]);

    const sent = await upload(haLang(), file);
    expect(sent).toEqual({ ...tried, dryRun: false });
    expect(sent.units[0]).toMatchObject({
      ...{ outcome: 'created', version: { number: 1, state: 'submitted' }, onTime: true, findings: [] },
    });
    const { report } = await world.ask<{ report: { versions: Record<string, unknown>[] } }>(
      haLang(),
      '{ report(round: "2026H1") { versions { header { body documentNumber documentDate } narratives { text } figures { indicator state numerator note } } } }',
    );
    expect(report.versions[0]).toMatchObject({
      header: { body: 'Phòng Văn hóa - Xã hội', documentNumber: '21/BC-UBND', documentDate: '2026-06-05' },
      narratives: [{ text: 'Hai hội nghị tại các thôn.' }],
    });
    expect(report.versions[0]!.figures).toContainEqual({
      ...{ indicator: 'tin_bai', state: 'ESTIMATE', numerator: '15', note: 'Ước đến 14/6' },
    });
    const totals = await world.ask<{ totals: { totals: { indicator: { code: string }; numerator: string }[] } }>(
      haLang(),
      '{ totals(period: "2026H1", basis: RECEIVED) { totals { indicator { code } numerator } } }',
    );
    expect(totals.totals.totals.find(({ indicator }) => indicator.code === 'tin_bai')?.numerator).toBe('15');

    expect((await upload(haLang(), file)).units[0]).toMatchObject({ outcome: 'unchanged', version: { number: 1 } });
  });

  test('downloaded and sent back as it is changes nothing', async () => {
    for (const token of [haLang(), reporter['05953']!, reporter['02026']!])
      for (const round of ['2026H1', '2026H2']) {
        const bytes = await download(token, round);
        for (const file of [bytes, await (await OpenForm.open(bytes)).save()])
          expect((await upload(token, file)).counts).toEqual({
            ...{ created: 0, updated: 0, unchanged: 1, refused: 0, held_back: 0 },
          });
      }
  });

  test('corrected replaces the version it was made from; an older one is a conflict', async () => {
    const before = await filled(haLang(), '2026H1', { 'F tin_bai': 16, ...DECLARED });
    expect((await upload(haLang(), before)).units[0]).toMatchObject({ outcome: 'updated', version: { number: 2 } });
    const late = await OpenForm.open(before);
    const stale = await late.write({ 'F tin_bai': 17 }).save();
    expect(await refusal(haLang(), stale)).toMatchObject({
      ...{ status: 409, code: 'report.stale', details: { expected: 1, actual: 2 } },
    });
    expect(await refusal(haLang(), stale, { dryRun: 'true' })).toMatchObject({ status: 409, code: 'report.stale' });
  });

  test('under a key is taken once, whatever comes between', async () => {
    const file = await filled(haLang(), '2026H1', { 'F tin_bai': 18, ...DECLARED });
    const first = await upload(haLang(), file, { idempotencyKey: 'tin-bai-18' });
    expect(first.units[0]).toMatchObject({ outcome: 'updated', version: { number: 3 } });
    await upload(haLang(), await filled(haLang(), '2026H1', { 'F tin_bai': 19, ...DECLARED }));
    expect(await upload(haLang(), file, { idempotencyKey: 'tin-bai-18' })).toEqual(first);
    const other = await filled(haLang(), '2026H1', { 'F tin_bai': 20, ...DECLARED });
    expect(await refusal(haLang(), other, { idempotencyKey: 'tin-bai-18' })).toMatchObject({
      ...{ status: 409, code: 'idempotency.mismatch' },
    });
  });

  test('with mistakes is told each of them with sheet and cell, and nothing is stored', async () => {
    const form = (await OpenForm.open(await download(reporter['05953']!, '2026H1'))).write({
      ...usualCells,
      'F nguoi_dan_tiep_can/numerator': 10001,
      'F tin_bai': 'mười hai',
      'F ke_hoach_phu_song': undefined,
      'G kenh_mang_xa_hoi': 'Không phát sinh',
    });
    const answer = await upload(reporter['05953']!, await form.save());
    expect(answer).toMatchObject({ stored: false, counts: { refused: 1 } });
    const found = answer.units[0]!.findings.map(({ severity, code, sheet, cell }) => [severity, code, sheet, cell]);
    expect(found).toHaveLength(4);
    expect(found).toEqual(
      expect.arrayContaining([
        ['error', 'cell.number', 'Báo cáo', form.place('F', 'tin_bai')],
        ['error', 'ratio.numerator_exceeds', 'Báo cáo', form.place('F', 'nguoi_dan_tiep_can/numerator')],
        ['warning', 'figure.omitted', 'Báo cáo', form.place('F', 'ke_hoach_phu_song')],
        ['error', 'cell.choice', 'Báo cáo', form.place('G', 'kenh_mang_xa_hoi')],
      ]),
    );
    expect((await upload(reporter['05953']!, await form.save(), { dryRun: 'true' })).units).toEqual(answer.units);
    const { report } = await world.ask<{ report: { versions: unknown[] } }>(
      reporter['05953']!,
      '{ report(round: "2026H1") { versions { number } } }',
    );
    expect(report.versions).toEqual([]);
  });

  test('the last denominators count only once they have been confirmed', async () => {
    const token = reporter['02026']!;
    const { 'F nguoi_dan_tiep_can/denominator': _, ...others } = usualCells;
    const form = (await OpenForm.open(await download(token, '2026H2'))).write(others);
    const refused = await upload(token, await form.save());
    expect(refused.units[0]!.findings).toMatchObject([{ code: 'cell.unconfirmed', cell: form.place('F', 'xac_nhan') }]);
    const taken = await upload(token, await form.write({ 'F xac_nhan': 'Đã kiểm tra' }).save());
    expect(taken.units[0]).toMatchObject({ outcome: 'created', findings: [] });
  });

  test('of another unit, by a reader, or without a token is turned away', async () => {
    const file = await download(haLang(), '2026H1');
    expect(await refusal(reporter['05953']!, file)).toMatchObject({
      ...{ status: 403, code: 'form.other_unit', details: { unit: '06385', own: '05953' } },
    });
    expect(await refusal(await world.token('06385', 'viewer'), file)).toMatchObject({
      status: 403,
      code: 'access.denied',
    });
    expect(await refusal('x'.repeat(30), file)).toMatchObject({ status: 401, code: 'auth.required' });
  });
});

describe('papers of many communes in one workbook', () => {
  const PAPER: Written = {
    'F van_ban/documentNumber': '15/BC-UBND',
    'F van_ban/documentDate': new Date('2026-06-01T00:00:00Z'),
    'F van_ban/receivedOn': '3/6/2026',
  };
  const versionsOf = async (unit: string) => {
    const { report } = await world.ask<{ report: { versions: { number: number; paper: object | null }[] } }>(
      province,
      'query ($unit: String!) { report(unit: $unit, round: "2026H1") { versions { number paper { receivedOn } } } }',
      { unit },
    );
    return report.versions;
  };

  test('are recorded all together or not at all, or each by itself', async () => {
    const book = await OpenForm.open(await download(province, '2026H1/below'));
    const [first, second, third] = book.workbook.worksheets
      .map((sheet) => String(sheet.getCell('A1').value))
      .filter((code) => /^\d{5}$/.test(code) && !['02026', '05953'].includes(code)) as [string, string, string];
    book.write({ ...usualCells, ...PAPER }, first);
    book.write({ ...usualCells, ...PAPER, 'F tin_bai': 'nhiều' }, second);
    book.write(usualCells, third);
    const file = await book.save();

    const together = await upload(province, file, {}, '/below');
    expect(together).toMatchObject({ stored: false, counts: { created: 0, refused: 2, held_back: 1 } });
    expect(await versionsOf(first)).toEqual([]);
    const wrong = together.units.filter(({ outcome }) => outcome === 'refused');
    expect(wrong.map(({ unit, findings }) => [unit, [...new Set(findings.map(({ code }) => code))]])).toEqual([
      [second, ['cell.number']],
      [third, ['cell.paper_incomplete']],
    ]);

    const tried = await upload(province, file, { mode: 'each', dryRun: 'true' }, '/below');
    expect(await versionsOf(first)).toEqual([]);
    const each = await upload(province, file, { mode: 'each' }, '/below');
    expect(each).toEqual({ ...tried, dryRun: false });
    expect(each).toMatchObject({ stored: true, counts: { created: 1, refused: 2, held_back: 0, unchanged: 89 } });
    expect(await versionsOf(first)).toEqual([{ number: 1, paper: { receivedOn: '2026-06-03' } }]);
    expect(await versionsOf(third)).toEqual([]);
  });

  test('only by the level above, and a commune never says when its paper came', async () => {
    const own = await filled(reporter['05953']!, '2026H1', { ...usualCells, 'F van_ban/receivedOn': '3/6/2026' });
    const answer = await upload(reporter['05953']!, own);
    expect(answer.units[0]!.findings.map(({ code }) => code)).toEqual(['cell.paper_only']);
    expect(await refusal(reporter['05953']!, own, {}, '/below')).toMatchObject({ status: 403, code: 'access.denied' });
    const stranger = await world.token('52', 'reviewer');
    expect(await refusal(stranger, own, {}, '/below')).toMatchObject({ status: 404, code: 'unit.not_found' });
  });
});

describe('a form that is not what was handed out', () => {
  const token = () => reporter['05953']!;
  const changed = async (change: (form: OpenForm) => void) => {
    const form = await OpenForm.open(await download(token(), '2026H1'));
    form.write(usualCells);
    change(form);
    return form.save();
  };
  const ids = (form: OpenForm) => form.workbook.worksheets.find(({ name }) => name === 'Mã biểu')!;

  test('is refused by name', async () => {
    const altered = { status: 422, code: 'form.altered' };
    const insert = await changed((form) => form.sheet().spliceRows(20, 0, []));
    expect(await refusal(token(), insert)).toMatchObject(altered);
    const label = await changed((form) => form.write({ 'C tin_bai': 'Số bài báo' }));
    expect(await refusal(token(), label)).toMatchObject({ ...altered, details: { sheet: 'Báo cáo' } });
    const forged = await changed((form) => {
      ids(form).eachRow((row) => {
        if (row.getCell(1).value === 'unit') row.getCell(2).value = '02026';
      });
    });
    expect(await refusal(token(), forged)).toMatchObject({ ...altered, details: { sheet: 'Mã biểu' } });
    const foreign = await changed((form) => form.workbook.removeWorksheet(ids(form).id));
    expect(await refusal(token(), foreign)).toMatchObject({ status: 422, code: 'form.foreign' });
    expect(await refusal(token(), Buffer.from('không phải Excel'))).toMatchObject({
      status: 415,
      code: 'form.not_xlsx',
    });
  });

  test('or is told cell by cell: formulas, merged cells, extra rows', async () => {
    const file = await changed((form) => {
      const sheet = form.sheet();
      form.write({ 'F tin_bai': { formula: '6+6', result: 999 } as never, 'H buoi_phat_thanh': 'ghi chú' });
      sheet.mergeCells(`${form.place('H', 'hoi_nghi_tuyen_truyen')}:${form.place('I', 'hoi_nghi_tuyen_truyen')}`);
      sheet.getCell('C90').value = 'Chỉ tiêu thêm';
      sheet.getCell('L20').style = { font: { bold: true } };
    });
    const { units } = await upload(token(), file);
    expect(units[0]!.outcome).toBe('refused');
    expect(units[0]!.findings.map(({ code }) => code).sort()).toEqual(['cell.formula', 'cell.merged', 'cell.outside']);
  });

  test('an old form is told as old', async () => {
    const file = await changed(() => {});
    const name = 'name: Số tin, bài đã đăng, phát về khoa học';
    expect(seedProgrammeText()).toContain(name);
    const renamed = seedProgrammeText().replace(name, `${name} (mới)`);
    await transact(world.db.dataSource, (db) => importProgramme(db, renamed, world.clock.forDatabase()));
    expect(await refusal(token(), file)).toMatchObject({ status: 409, code: 'form.old', details: { round: '2026H1' } });
  });
});
