/** A single report's figures are made by the rule that cells are made by, in SQL: one against the other on random reports. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { row } from '#core';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import { contribution } from './vector.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.drop());

const figure = fc.constantFrom(0, 1, 2, 37, 1_000_000_000_000);
const slot = fc
  .record({
    kind: fc.constantFrom('ratio', 'flow', 'stock', 'text', 'once', 'yearly', 'kept'),
    n: figure,
    d: fc.option(figure),
    s: fc.constantFrom(0, 1, 2, 3),
    carry: fc.constantFrom(null, 1, 5),
  })
  // As figures_are_sound has it: parts only where there is a value.
  .map((one) => (one.s === 1 || one.s === 2 ? one : { ...one, n: null, d: null }));

it('contribution is what contribution_of says in SQL, reported or not', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(slot, { minLength: 1, maxLength: 12 }), fc.boolean(), async (slots, reported) => {
      const of = <K extends keyof (typeof slots)[number]>(key: K) => slots.map((one) => one[key]);
      const version = reported ? { n: of('n'), d: of('d'), s: of('s') } : { n: [], d: [], s: [] };
      const inSql = await row<{ slots: unknown }>(
        db.dataSource,
        `select json_build_object('n', json_agg(c.n order by slot), 'd', json_agg(c.d order by slot),
           'valued', json_agg(valued order by slot), 'estimated', json_agg(estimated order by slot),
           'notApplicable', json_agg(not_applicable order by slot), 'missing', json_agg(missing order by slot),
           'open', json_agg(open order by slot), 'unknown', json_agg(unknown order by slot)) as slots
         from contribution($1, $2, $3, $4, $5) c`,
        [of('kind'), version.n, version.d, version.s, of('carry')],
      );
      expect(contribution(of('kind'), { ...version, carry: of('carry') })).toEqual(inSql!.slots);
    }),
    { numRuns: 300, seed: 57 },
  );
});
