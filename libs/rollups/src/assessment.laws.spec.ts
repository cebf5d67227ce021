/** What must hold for every figure, target and period: one status, monotonicity, exact shortfalls, bounds that hold. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type AssessmentStatus,
  assess,
  assessmentStatuses,
  bounds,
  coverageOf,
  type Measured,
  type Target,
} from './assessment.js';
import { compare } from './fraction.js';
import { type Period } from './period.js';

const yes = (year: number | null = null, everyYear = false): Target => ({
  year,
  everyYear,
  comparator: null,
  threshold: null,
});
const atLeast = (threshold: string): Target => ({ year: null, everyYear: false, comparator: 'at_least', threshold });
const full = coverageOf({ value: 1, notApplicable: 0, missing: 0, notReported: 0 });
const of92 = (value: number) => coverageOf({ value, notApplicable: 0, missing: 0, notReported: 92 - value });
const ratio = (n: bigint, d: bigint, more: Partial<Measured> = {}): Measured => ({
  kind: 'ratio',
  n,
  d,
  coverage: full,
  ...more,
});
const statusOf = (measured: Measured, targets: readonly Target[], period: Period, closed: boolean) =>
  assess(measured, targets, period, closed).status;

describe('for every figure', () => {
  const threshold = fc.nat({ max: 1000 }).map((tenths) => `${Math.floor(tenths / 10)}.${tenths % 10}`);
  const target: fc.Arbitrary<Target> = fc.oneof(
    fc.record({
      year: fc.integer({ min: 2025, max: 2031 }),
      everyYear: fc.boolean(),
      comparator: fc.constantFrom('at_least' as const, 'above' as const),
      threshold,
    }),
    fc.constantFrom(yes(), yes(2027), yes(2027, true), atLeast('100')),
  );
  const targets = fc.uniqueArray(target, { maxLength: 4, selector: ({ year }) => year });
  const period = fc.record({
    year: fc.integer({ min: 2025, max: 2032 }),
    half: fc.constantFrom(1 as const, 2 as const, null),
  });
  const kind = fc.constantFrom('ratio' as const, 'flow' as const, 'stock' as const, 'milestone' as const);
  const parts = fc
    .bigInt({ min: 1n, max: 5000n })
    .chain((d) => fc.record({ d: fc.constant(d), n: fc.bigInt({ min: 0n, max: d }) }));
  const units = fc.array(parts, { minLength: 1, maxLength: 6 });
  const sum = (of: readonly { n: bigint; d: bigint }[]) =>
    of.reduce((acc, { n, d }) => ({ n: acc.n + n, d: acc.d + d }), { n: 0n, d: 0n });
  const rank: Partial<Record<AssessmentStatus, number>> = {
    not_met: 0,
    behind: 0,
    in_progress: 1,
    on_track: 1,
    met_on_reported: 2,
    met: 3,
  };

  it('there is exactly one status, with its words, whatever comes', () => {
    const counts = fc.record({
      value: fc.nat(3),
      notApplicable: fc.nat(3),
      missing: fc.nat(3),
      notReported: fc.nat(3),
    });
    const maybe = fc.option(fc.bigInt({ min: 0n, max: 9n }), { nil: null });
    const anyKind = fc.oneof(kind, fc.constant('text' as const));
    fc.assert(
      fc.property(anyKind, maybe, maybe, counts, targets, period, fc.boolean(), (k, n, d, c, list, p, closed) => {
        const { status, label, labelEn, reason } = assess({ kind: k, n, d, coverage: coverageOf(c) }, list, p, closed);
        expect(assessmentStatuses).toContain(status);
        expect(label).toBe(label.normalize('NFC'));
        expect(labelEn.length).toBeGreaterThan(0);
        if (reason) expect(status).toBe('no_data');
        if (status === 'met') expect(c.missing + c.notReported).toBe(0);
        if (status === 'not_met') expect(closed && p.half !== 1).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('met means n·100·q ≥ p·d for a threshold p/q, and a fully covered figure that does so is met', () => {
    fc.assert(
      fc.property(parts, threshold, period, ({ n, d }, t, p) => {
        const [whole, tenth] = t.split('.');
        const reaches = n * 100n * 10n >= BigInt(`${whole}${tenth}`) * d;
        expect(statusOf(ratio(n, d), [atLeast(t)], p, false) === 'met').toBe(reaches);
      }),
    );
  });

  it('a larger numerator never worsens the status', () => {
    fc.assert(
      fc.property(parts, kind, targets, period, fc.boolean(), fc.boolean(), ({ n, d }, k, list, p, closed, whole) => {
        const coverage = whole ? full : of92(91);
        const rankOf = (m: bigint) => rank[statusOf({ kind: k, n: m, d, coverage }, list, p, closed)] ?? -1;
        expect(rankOf(n)).toBeLessThanOrEqual(rankOf(n < d ? n + 1n : d));
        expect(rankOf(n)).toBeLessThanOrEqual(rankOf(d));
      }),
      { numRuns: 2000 },
    );
  });

  it('the shortfall is exact: that many more meets, one fewer does not', () => {
    fc.assert(
      fc.property(parts, kind, targets, period, ({ n, d }, k, list, p) => {
        const { shortfall } = assess({ kind: k, n, d, coverage: full }, list, p, true);
        if (!shortfall) return;
        const status = (m: bigint) => statusOf({ kind: k, n: m, d, coverage: full }, list, p, true);
        expect(shortfall.missing).toBe(shortfall.needed - n);
        expect(status(shortfall.needed)).toBe('met');
        expect(status(shortfall.needed - 1n)).not.toBe('met');
      }),
    );
  });

  it('bounds hold the true value however the missing units answer: any numerator, or không phát sinh', () => {
    const lateAnswer = fc.tuple(parts, fc.boolean());
    fc.assert(
      fc.property(units, fc.array(lateAnswer, { maxLength: 5 }), (reported, late) => {
        const { n, d } = sum(reported);
        const { lower, upper } = bounds({
          n,
          d,
          missingDenominators: late.map(([{ d: each }]) => each),
          unknownCount: 0,
        });
        const truth = sum([...reported, ...late.filter(([, applies]) => applies).map(([answer]) => answer)]);
        expect(compare(truth, { n: lower!.n, d: lower!.d! })).toBeGreaterThanOrEqual(0);
        expect(compare(truth, { n: upper!.n, d: upper!.d! })).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('a certain status is the status once all have answered', () => {
    const late = fc.array(parts, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(units, late, targets, period, fc.boolean(), (reported, missing, list, p, closed) => {
        const known = sum(reported);
        const counts = { value: reported.length, notApplicable: 0, missing: 0, notReported: missing.length };
        const open = bounds({ ...known, missingDenominators: missing.map(({ d }) => d), unknownCount: 0 });
        const now = assess(ratio(known.n, known.d, { coverage: coverageOf(counts), ...open }), list, p, closed);
        const whole = coverageOf({ ...counts, value: reported.length + missing.length, notReported: 0 });
        const truth = sum([...reported, ...missing]);
        if (now.certain)
          expect(now.status).toBe(statusOf(ratio(truth.n, truth.d, { coverage: whole }), list, p, closed));
        else expect(now.status).not.toBe('met');
      }),
      { numRuns: 3000 },
    );
  });
});
