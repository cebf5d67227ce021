/**
 * The Excel form as commune officers meet it: downloaded over HTTP, filled in, sent, and read back in the totals
 * (docs/semantics.md §7).
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { reportOf, SUBMIT, type Submitted } from '../support/figures.js';
import { openWorld, type World } from '../support/world.js';
import { type RawSheet, readXlsx } from '../support/xlsx.js';

let world: World;
let province: string;
const reporter: Record<string, string> = {};

beforeAll(async () => {
  world = await openWorld('2026-05-20T08:00:00+07:00');
  const nation = await world.token('VN', 'administrator');
  province = await world.token('19', 'reviewer');
  for (const code of ['02026', '05953', '06385']) reporter[code] = await world.token(code, 'reporter');
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
  [...sheet.cells].find(([place, cell]) => place.startsWith('A') && cell.value === key)![0].slice(1);
const valueAt = (sheet: RawSheet, column: string, key: string) =>
  sheet.cells.get(column + rowOf(sheet, key))?.value ?? null;

/** The data validation of a cell. */
const limitAt = (sheet: RawSheet, column: string, key: string) =>
  sheet.xml.match(new RegExp(`<dataValidation [^>]*sqref="${column}${rowOf(sheet, key)}\\b.*?</dataValidation>`))?.[0];

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
      input: { round: '2026H1', expectedVersion: 0, figures: reportOf() },
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
