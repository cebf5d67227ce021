/** Every kind of file, made from a real record and read back by another library: who may have it, and what it is called. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NATION } from '#organisations';
import { type Exported, openExports } from '../../../test/support/exports.js';
import { openBook } from '../../../test/support/sheets.js';
import { layoutKinds, layoutOf, layouts } from './layouts.js';

const KHA_SON = '05953';
const unitAt = ['VN', '19', KHA_SON];

let country: Exported;
beforeAll(async () => {
  country = await openExports();
}, 60_000);
afterAll(() => country.close());

describe('kinds of files', () => {
  it.each(layouts.map(({ kind, levels }) => [kind, unitAt[levels.at(-1)!]!] as const))(
    '%s is made of %s',
    async (kind, unitCode) => {
      const made = await country.make(kind, unitCode);
      const { extension } = layoutOf(kind);
      expect(made.fileName).toMatch(/^[A-Za-z0-9._-]+$/);
      expect(made.fileName.endsWith(`.${extension}`)).toBe(true);
      expect(made.instant).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      const file = await country.written(made);
      if (extension === 'xlsx') expect(openBook(file).names.length).toBeGreaterThan(0);
      else expect(file.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    },
    60_000,
  );

  it('are made of the units they are of, and of no other', async () => {
    for (const { kind, levels } of layouts)
      for (const level of [0, 1, 2].filter((one) => !levels.includes(one)))
        await expect(country.make(kind, unitAt[level]!)).rejects.toMatchObject({ code: 'request.invalid' });
  });

  it('are given to those who may ask, within their reach', async () => {
    const refused = async (kind: (typeof layoutKinds)[number], role: 'reporter' | 'viewer', own: string, of: string) =>
      expect(country.make(kind, of, { caller: await country.caller(own, role) })).rejects;
    await (await refused('province_summary', 'reporter', KHA_SON, '19')).toMatchObject({ code: 'access.denied' });
    await (await refused('nation_summary', 'viewer', NATION, NATION)).toMatchObject({ code: 'access.denied' });
    await (await refused('commune_report', 'reporter', KHA_SON, '02026')).toMatchObject({ code: 'unit.not_found' });
    const own = await country.make('commune_report', KHA_SON, { caller: await country.caller(KHA_SON, 'reporter') });
    expect(own.fileName).toBe('PhuLuc_NQ57_6thang_dau_nam_2026_05953KhaSon.xlsx');
  });
});
