/** A programme may be corrected; what stored figures rest on may not. On real PostgreSQL. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rows, transact } from '#core';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import { importProgramme } from './programme-import.js';
import { seedProgrammeText } from './seed.js';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

describe('importing the programme again', () => {
  const reimport = (text: string) => transact(database.dataSource, (db) => importProgramme(db, text, null));

  it.each([
    [
      'position',
      (text: string) =>
        text
          .replace('position: 12', 'position: 99')
          .replace('position: 13', 'position: 12')
          .replace('position: 99', 'position: 13'),
    ],
    [
      'kind',
      (text: string) =>
        text
          .replace('    kind: stock', '    kind: flow')
          .replace(/(kenh_mang_xa_hoi[\s\S]*?)over_time: latest/, '$1over_time: sum'),
    ],
    ['scale', (text: string) => text.replace('    kind: stock', '    scale: 2\n    kind: stock')],
  ])('refuses to change the %s of an indicator in use', async (field, change) => {
    const text = change(seedProgrammeText());
    const sorted = field === 'position' ? swapped(text) : text;
    await expect(reimport(sorted)).rejects.toMatchObject({
      code: 'plan.invalid',
      details: { errors: expect.arrayContaining([expect.objectContaining({ code: 'indicator_fixed' })]) },
    });
  });

  it('refuses to lose one', async () => {
    const text = seedProgrammeText();
    const last = text.slice(0, text.indexOf('  - position: 34'));
    await expect(reimport(last)).rejects.toMatchObject({
      details: { errors: [expect.objectContaining({ code: 'indicator_removed' })] },
    });
  });

  it('corrects a name, and moves the default due day with its history', async () => {
    const text = seedProgrammeText()
      .replace('name: Kết quả nổi bật', 'name: Kết quả nổi bật trong kỳ')
      .replace('06-10', '06-12');
    expect(await reimport(text)).toEqual({ code: 'NQ57-TT', status: 'updated', indicators: 34 });
    const [named] = await rows(database.dataSource, 'select name from indicator where position = 17');
    expect(named).toEqual({ name: 'Kết quả nổi bật trong kỳ' });
    const history = await rows(
      database.dataSource,
      `select due_h1, recorded_to is null as open from duty where plan_version_id is null order by id`,
    );
    expect(history).toEqual([
      { due_h1: '06-10', open: false },
      { due_h1: '06-12', open: true },
    ]);
    expect(await reimport(text)).toMatchObject({ status: 'unchanged' });
  });

  it('keeps every edition', async () => {
    await reimport(seedProgrammeText().replace('jump: 5,', 'jump: 6,'));
    const editions = await rows<{ sha256: string }>(
      database.dataSource,
      'select e.sha256 from programme_edition e join programme p on p.id = e.programme_id where p.code = $1 order by e.id',
      ['NQ57-TT'],
    );
    expect(editions.length).toBeGreaterThan(1);
    expect(new Set(editions.map(({ sha256 }) => sha256)).size).toBe(editions.length);
  });

  const odd: [string, string, string, string][] = [
    ['a factor that is no number', 'jump: 5,', 'jump: nhiều,', 'check_number'],
    ['a part that is not there', '[do_hoa_thong_tin,', '[khong_co,', 'check_part'],
    ['a part of another kind', '[do_hoa_thong_tin,', '[kenh_mang_xa_hoi,', 'check_part'],
    ['a total among its own parts', '[do_hoa_thong_tin,', '[san_pham_truyen_thong_so,', 'check_part'],
    ['parts of a ratio', 'denominator_shrinks: 0', 'parts: [tin_bai, video_ngan]', 'check_refused'],
    ['schools that add up', 'adds_up_from: [territorial]', 'adds_up_from: [truong_hoc]', 'sum_territorial'],
    ['communes below communes', 'adds_up_from: [territorial]', 'adds_up_from: [xa]', 'local_kind'],
  ];
  it.each(odd)('refuses checks and sums that cannot be: %s', async (_, from, to, code) => {
    const text = seedProgrammeText();
    expect(text).toContain(from);
    await expect(reimport(text.replace(from, to))).rejects.toMatchObject({
      details: { errors: expect.arrayContaining([expect.objectContaining({ code })]) },
    });
  });

  /** Exchanges the 12th and 13th entries, so that the positions still run on. */
  function swapped(text: string): string {
    const parts = text.split(/(?=^ {2}- position:)/m);
    const at = parts.findIndex((part) => part.includes('code: tin_bai'));
    [parts[at], parts[at + 1]] = [parts[at + 1]!, parts[at]!];
    return parts.join('');
  }
});
