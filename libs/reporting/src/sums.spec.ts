/** What a report adds, and sums as one number: what is said here against what is said in SQL, on random reports. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { row } from '#core';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import { addsOf, contribution, figuresIn } from './sums.js';

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
const report = fc.record({ slots: fc.array(slot, { minLength: 1, maxLength: 12 }), reported: fc.boolean() });

type Slot = typeof slot extends fc.Arbitrary<infer T> ? T : never;
function arraysOf({ slots, reported }: { slots: Slot[]; reported: boolean }) {
  const of = <K extends keyof Slot>(key: K) => slots.map((one) => one[key]);
  const version = reported ? { n: of('n'), d: of('d'), s: of('s') } : { n: [], d: [], s: [] };
  return { kinds: of('kind'), version: { ...version, carry: of('carry') } };
}

/** Rows of slots in SQL as the shape they have here. */
const SLOTS = `json_build_object('n', json_agg(c.n order by slot), 'd', json_agg(c.d order by slot),
  'open', json_agg(open order by slot), 'valued', json_agg(valued order by slot), 'estimated', json_agg(estimated order by slot),
  'notApplicable', json_agg(not_applicable order by slot), 'missing', json_agg(missing order by slot),
  'unknown', json_agg(unknown order by slot)) as slots`;

it('what a report adds is what contribution_of says in SQL, slot by slot and as one number, reported or not', async () => {
  await fc.assert(
    fc.asyncProperty(report, async (given) => {
      const { kinds, version } = arraysOf(given);
      const inSql = await row<{ slots: unknown; same: boolean }>(
        db.dataSource,
        `select ${SLOTS}, (select a.adds from adds_of($1, $2, $3, $4, $5) a) - (select a.adds from adds_of($1, null, null, null, $5) a) = $6::numeric as same from contribution($1, $2, $3, $4, $5) c`,
        [kinds, version.n, version.d, version.s, version.carry, addsOf(kinds, version)],
      );
      expect(inSql).toEqual({ slots: contribution(kinds, version), same: true });
    }),
    { numRuns: 300, seed: 57 },
  );
});

it('sums of many reports, some of them taken back, hold each figure exactly, here and in SQL', async () => {
  const size = 6;
  const units = fc.array(
    fc.record({
      slots: fc.array(slot, { minLength: size, maxLength: size }),
      times: fc.constantFrom(1, 2, 90_000),
      back: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(units, async (many) => {
      // One kind to a slot, as a round has it.
      const kinds = many[0]!.slots.map(({ kind }) => kind);
      let sums = 0n;
      const expected = figuresIn('0', size);
      for (const { slots, times, back } of many) {
        const { version } = arraysOf({ slots, reported: true });
        // The unit owes and is silent, reports, and may be silent again.
        const silent = { n: [], d: [], s: [], carry: version.carry };
        const adds = BigInt(addsOf(kinds, version));
        const owes = await row<{ adds: string }>(db.dataSource, 'select adds from adds_of($1, null, null, null, $2)', [
          kinds,
          silent.carry,
        ]);
        sums += (BigInt(owes!.adds) + adds - (back ? adds : 0n)) * BigInt(times);
        const added = contribution(kinds, back ? silent : version);
        for (const part of Object.keys(expected) as (keyof typeof expected)[])
          for (let at = 0; at < size; at++) expected[part][at]! += added[part][at]! * times;
      }
      const inSql = await row<{ slots: unknown }>(db.dataSource, `select ${SLOTS} from figures_in($1, $2) c`, [
        String(sums),
        size,
      ]);
      expect(figuresIn(String(sums), size)).toEqual(expected);
      expect(inSql!.slots).toEqual(expected);
    }),
    { numRuns: 150, seed: 57 },
  );
});
