/** The arrays of a version: what libs/reporting lets through is sound, in its own words and in the database's. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { row } from '#core';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import { anyArrays, areSound, form, reports } from '../../../test/support/report-arbitraries.js';
import { checkReport } from './figures.js';
import { type FigureArrays } from './given.js';
import { areSound as mayBeStored } from './report-store.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase(2);
});
afterAll(() => db?.drop());

/** What figures_are_sound says of each, in one question. */
async function judged(many: FigureArrays[]): Promise<boolean[]> {
  const text = (values: (string | number | null)[]) => `{${values.map((value) => value ?? 'null').join(',')}}`;
  const found = await row<{ sound: boolean[] }>(
    db.dataSource,
    `select array_agg(figures_are_sound(x.n::bigint[], x.d::bigint[], x.s::smallint[]) order by x.at) as sound
     from unnest($1::text[], $2::text[], $3::text[]) with ordinality as x (n, d, s, at)`,
    [many.map(({ n }) => text(n)), many.map(({ d }) => text(d)), many.map(({ s }) => text(s))],
  );
  return found!.sound;
}

it('takes every report that was not refused', async () => {
  const checked = fc
    .sample(reports, { numRuns: 4000, seed: 57 })
    .map((given) => checkReport(form, given, [], 'đã kiểm tra', { last: null, yesBefore: new Set() }))
    .filter(({ refused }) => !refused)
    .map(({ figures }) => figures);
  expect(checked.length).toBeGreaterThan(200);
  expect((await judged(checked)).filter((sound) => !sound)).toEqual([]);
});

it('judges any arrays as the rule says', async () => {
  const arrays = fc.sample(anyArrays, { numRuns: 4000, seed: 57 });
  const expected = arrays.map(areSound);
  expect(expected.filter(Boolean).length).toBeGreaterThan(500);
  expect(expected.filter((sound) => !sound).length).toBeGreaterThan(500);
  const found = await judged(arrays);
  expect(arrays.filter((_, i) => found[i] !== expected[i])).toEqual([]);
  expect(arrays.filter((one, i) => mayBeStored(one) !== expected[i])).toEqual([]);
});
