/** Totals that are kept are those worked out anew: whatever they follow from is in their key. */
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Line, TotalIndicator } from './reads.js';
import type { Plan, StandingTarget } from './target.reads.js';
import { type Ground, KeptTotals, totalsOfUnit } from './unit-totals.js';

const indicator = (position: number, kind: TotalIndicator['kind'], edition: string): TotalIndicator => ({
  id: position,
  position,
  code: `c${position}`,
  name: `Chỉ tiêu ${position} của ${edition}`,
  kind,
  overTime: kind === 'flow' ? 'sum' : 'latest',
  unitLabel: null,
  numerator: null,
  denominator: null,
  clause: null,
  scale: 0,
  firstRound: '2026H1',
  checks: {},
  addsUpFrom: [],
  listedFrom: [],
  denominatorGroup: null,
});
const kinds = ['ratio', 'flow', 'stock'] as const;
const ROUNDS = [
  { id: 1, code: '2026H1', kinds },
  { id: 2, code: '2026H2', kinds },
];
const HALVES = [1, 2] as const;
const grounds = ['first', 'second'].flatMap((edition) =>
  [null, ...HALVES].flatMap((half) =>
    HALVES.filter((latest) => half === null || half === latest).map(
      (latest): Ground => ({
        period: { year: 2026, half },
        heldAt: { year: 2026, half: latest },
        programmeId: 1,
        adHoc: false,
        edition,
        indicators: kinds.map((kind, slot) => indicator(slot + 1, kind, edition)),
        rounds: ROUNDS.slice(0, latest),
      }),
    ),
  ),
);

const slots = (most: number) => fc.tuple(...kinds.map(() => fc.integer({ min: 0, max: most })));
/** Sums of three units in one round; few different figures, so that the same come again. */
const line = fc.record({
  unitId: fc.integer({ min: 5, max: 6 }),
  round: fc.constantFrom(...ROUNDS.map(({ code }) => code)),
  closed: fc.boolean(),
  n: slots(1),
  valued: slots(2),
  open: slots(1),
  unknown: slots(1),
});
function lineOf({
  unitId,
  round,
  closed,
  n,
  valued,
  open,
  unknown,
}: typeof line extends fc.Arbitrary<infer T> ? T : never): Line {
  const none = [0, 0, 0];
  const vector = { unitId, round, closed, expected: 3, reported: 2, n, d: [3, 0, 0], valued, open, unknown };
  const text = JSON.stringify(vector);
  return { unitId, round, text, read: () => ({ ...vector, estimated: none, notApplicable: none, missing: none }) };
}

/** A version of a plan says what its number says. */
function planOf(versionId: number): Plan {
  const targets = kinds.map((kind, slot): [number, StandingTarget[]] => [
    slot + 1,
    [2026, 2027].map((year) => ({
      unitId: 1,
      position: slot + 1,
      planKey: `p${versionId}`,
      planTitle: `Kế hoạch ${versionId}`,
      planDocument: '',
      illustrative: false,
      year,
      everyYear: false,
      comparator: 'at_least',
      threshold: kind === 'ratio' ? String(versionId * 10) : String(versionId % 3),
      binds: versionId % 2 === 0 ? 'both' : 'unit',
      wording: '',
      clause: '',
      denominatorWording: null,
    })),
  ]);
  return { versionId, targets: new Map(targets) };
}
const inForce = fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 2 });

it('totals are the same, kept or not, in whatever order they are asked for', () => {
  const question = fc.record({
    ground: fc.constantFrom(...grounds),
    lines: fc.uniqueArray(line, { maxLength: 2, selector: ({ round }) => round }),
    own: inForce,
    above: inForce,
  });
  let again = 0;
  fc.assert(
    fc.property(fc.array(question, { minLength: 2, maxLength: 30 }), (questions) => {
      const kept = new KeptTotals();
      for (const { ground, lines, own, above } of [...questions, ...questions]) {
        const plans = new Map([
          [5, own.map(planOf)],
          [1, above.map(planOf)],
        ]);
        const asked = [ground, lines.map(lineOf), [5, 1], plans] as const;
        const answer = kept.of(...asked);
        expect(answer).toEqual(totalsOfUnit(...asked));
        if (kept.of(...asked) === answer) again += 1;
      }
    }),
    { numRuns: 60 },
  );
  expect(again).toBeGreaterThan(0);
});

it('what is kept cannot be changed', () => {
  const { totals } = new KeptTotals().of(grounds[0]!, [], [5], new Map());
  expect(() => Object.assign(totals[0]!, { display: '100%' })).toThrow(TypeError);
  expect(() => Object.assign(totals[0]!.coverage, { value: 1 })).toThrow(TypeError);
});
