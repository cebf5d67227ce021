/**
 * Reports as they might come in, sound and unsound, for property tests; and the rule of the stored arrays written a
 * second time, to hold against libs/reporting and against the database's figures_are_sound.
 */
import fc from 'fast-check';
import type { AskedIndicator, GivenFigure } from '#reporting';
import type { FigureArrays } from '../../libs/reporting/src/given.js';

/** An indicator at a position, of any kind, with everything else at its plainest. */
export function indicator(position: number, kind: AskedIndicator['kind'], more: Partial<AskedIndicator> = {}) {
  const overTime = ({ ratio: 'latest', flow: 'sum', stock: 'latest', milestone: 'once', text: 'by_round' } as const)[
    kind
  ];
  const made: AskedIndicator = {
    id: 100 + position,
    position,
    code: `${kind}_${position}`,
    name: `Chỉ tiêu ${position}`,
    kind,
    overTime,
    notApplicableAllowed: true,
    scale: 0,
    denominatorGroup: null,
    addsUpFrom: [],
    listedFrom: [],
    checks: {
      ...(kind !== 'milestone' && kind !== 'text' && { jump: '5' }),
      ...(kind === 'ratio' && { denominator_shrinks: '0' }),
    },
    ...more,
  };
  return made;
}

/** A form with every kind, both rules for not applicable, two scales, and a position (7) that is not asked. */
export const form: AskedIndicator[] = [
  indicator(1, 'ratio'),
  indicator(2, 'ratio', { notApplicableAllowed: false }),
  indicator(3, 'flow', { scale: 2 }),
  indicator(4, 'stock', { notApplicableAllowed: false }),
  indicator(5, 'milestone'),
  indicator(6, 'text'),
  indicator(8, 'milestone', { overTime: 'kept', notApplicableAllowed: false }),
];

const digits = fc.oneof(
  { weight: 8, arbitrary: fc.nat({ max: 50 }).map(String) },
  { weight: 2, arbitrary: fc.bigInt({ min: 0n, max: 2_000_000_000_000n }).map(String) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('1.5', '1.25', '1.234', '1,5', '1 234', ' 12', '+5', '-1', '1e3', '', '٣', '0007'),
  },
);
const maybe = <T>(arbitrary: fc.Arbitrary<T>, often = 3) => fc.option(arbitrary, { nil: null, freq: often });
const states = fc.constantFrom(
  'value' as const,
  'value' as const,
  'estimate' as const,
  'missing' as const,
  'not_applicable' as const,
);

/** A figure as its kind asks for it: what is wrong, if anything, is the numbers or the state. */
const fitting = (asked: AskedIndicator): fc.Arbitrary<GivenFigure> =>
  fc.record({ state: states, n: digits, d: digits, yes: fc.boolean() }).map(({ state, n, d, yes }) => {
    const parts = {
      ratio: { numerator: n, denominator: d },
      flow: { value: n },
      stock: { value: n },
      milestone: { yes },
      text: {},
    }[asked.kind];
    const answered = state === 'value' || state === 'estimate';
    return { indicator: asked.code, state, ...(answered ? parts : {}) };
  });

/** A figure with any parts at all. */
const careless = (asked: AskedIndicator): fc.Arbitrary<GivenFigure> =>
  fc.record({
    indicator: fc.constant(asked.code),
    state: states,
    numerator: maybe(digits),
    denominator: maybe(digits),
    value: maybe(digits, 1),
    yes: maybe(fc.boolean(), 1),
    note: maybe(fc.constantFrom('ước thực hiện', ''), 1),
    documentNumber: maybe(fc.constant('12/BC-UBND'), 1),
    documentDate: maybe(fc.constantFrom('2026-06-10', '2026-02-30', '10/6/2026', ''), 1),
  });

/** A report on the form: mostly careful, sometimes with figures left out, repeated or of no indicator asked. */
export const reports: fc.Arbitrary<GivenFigure[]> = fc
  .tuple(
    ...form
      .filter(({ kind }) => kind !== 'text')
      .map((asked) =>
        fc.oneof(
          { weight: 30, arbitrary: fitting(asked).map((figure) => [figure]) },
          { weight: 1, arbitrary: careless(asked).map((figure) => [figure]) },
          { weight: 1, arbitrary: fc.array(fitting(asked), { maxLength: 2 }) },
        ),
      ),
  )
  .map((figures) => figures.flat());

/** Arrays of any shape, a slot now and then as it must not be. */
export const anyArrays: fc.Arbitrary<FigureArrays> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(['5', null, 1], ['5', '9', 2], [null, null, 0], [null, null, 3]) },
      {
        weight: 1,
        arbitrary: fc.tuple(
          maybe(fc.constantFrom('-1', '0', '1', '5', '1000000000000', '1000000000001')),
          maybe(fc.constantFrom('-1', '0', '1', '5', '1000000000000', '1000000000001')),
          fc.integer({ min: -1, max: 4 }),
        ),
      },
    ),
    { maxLength: 4 },
  )
  .chain((slots) =>
    fc.record({ cut: fc.constantFrom(0, 0, 0, 1), which: fc.constantFrom('n', 'd', 's') }).map(({ cut, which }) => {
      const arrays = {
        n: slots.map(([n]) => n as string | null),
        d: slots.map(([, d]) => d as string | null),
        s: slots.map(([, , s]) => s as number),
      };
      return { ...arrays, [which]: arrays[which as 'n'].slice(cut) };
    }),
  );

/** The rule of the stored arrays: one length; parts only where there is a value; 0 ≤ n ≤ d; nothing above 10^12. */
export function areSound({ n, d, s }: FigureArrays): boolean {
  if (n.length !== s.length || d.length !== s.length) return false;
  const inRange = (digits: string | null | undefined) =>
    digits == null || (BigInt(digits) >= 0n && BigInt(digits) <= 10n ** 12n);
  return s.every((state, slot) => {
    const [top, bottom] = [n[slot] ?? null, d[slot] ?? null];
    if (!inRange(top) || !inRange(bottom)) return false;
    if (state === 0 || state === 3) return top === null && bottom === null;
    if (state !== 1 && state !== 2) return false;
    return top !== null && (bottom === null || BigInt(top) <= BigInt(bottom));
  });
}
