/**
 * Laws of ranking, movers and gaps that hold whatever the figures are: ranks follow the exact order, nobody is lost or
 * listed twice, changes are exact differences, and what units lack adds up to what the total lacks.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { coverageOf } from './assessment.js';
import { bandOf } from './bands.js';
import { compare, type Fraction, fraction, meets, minus, parseDecimal, percentOf } from './fraction.js';
import { gapsTo } from './gaps.js';
import { moveCounts, movedBetween } from './movers.js';
import { bandCounts, byCode, extremesOf, inOrder, ranked } from './ranking.js';
import type { Figure } from './total.js';
import { answerCounts, exactValue, type UnitFigure } from './unit-figures.js';

/** Each with a chance of its own to tie: shares of small and of huge denominators, 6,999,999/10,000,000 among them. */
const parts = fc.oneof(
  fc.tuple(fc.nat(4), fc.nat(4)).map(([a, b]) => ({ n: BigInt(Math.min(a, b)), d: BigInt(Math.max(a, b)) })),
  fc.bigInt(1n, 10n ** 12n).chain((d) => fc.bigInt(0n, d).map((n) => ({ n, d }))),
  fc.constantFrom({ n: 6_999_999n, d: 10_000_000n }, { n: 7n, d: 10n }, { n: 70n, d: 100n }),
);
const reply = fc.oneof(
  { weight: 5, arbitrary: parts },
  { weight: 1, arbitrary: fc.constantFrom('not_applicable' as const, 'missing' as const, 'not_reported' as const) },
);
type Reply = typeof reply extends fc.Arbitrary<infer T> ? T : never;

const ratio = { kind: 'ratio', scale: 0 } as const;
const none = { value: 0, notApplicable: 0, missing: 0, notReported: 0 };

function unit(number: number, said: Reply): UnitFigure & { held: Figure } {
  const { n, d } = typeof said === 'string' ? { n: null, d: null } : said;
  const kept = { not_applicable: 'notApplicable', missing: 'missing', not_reported: 'notReported' } as const;
  const coverage = coverageOf({ ...none, [typeof said === 'string' ? kept[said] : 'value']: 1 });
  const held: Figure = { ...ratio, n, d, coverage, estimated: 0, countedIn: 'units' };
  const value = exactValue(ratio, { n, d });
  const answer = typeof said === 'string' ? said : value ? 'value' : 'zero_denominator';
  const key = { id: number, code: String(number).padStart(5, '0'), parentId: 1 };
  return { unit: key, vectors: [], n, d, value, answer, held };
}
const country = fc.array(reply, { maxLength: 40 }).map((said) => said.map((one, index) => unit(index + 1, one)));
const threshold = fc.constantFrom('0', '10', '12.5', '33.3333', '70', '100').map(parseDecimal);
const sum = (values: Fraction[]): Fraction =>
  values.reduce((total, value) => fraction(total.n * value.d + value.n * total.d, total.d * value.d), fraction(0n));
const codes = (units: { unit: { code: string } }[]) => units.map((one) => one.unit.code);

describe('ranking', () => {
  test('a rank is one more than the number of higher values, equals share it, and without a value there is none', () => {
    fc.assert(
      fc.property(country, (figures) => {
        for (const one of ranked(ratio, figures)) {
          const higher = figures.filter(({ value }) => value && one.value && compare(value, one.value) > 0);
          expect(one.rank).toBe(one.value === null ? null : higher.length + 1);
        }
      }),
    );
  });

  test('every order lists everybody once, those without a value last', () => {
    const orders = ['best_first', 'worst_first', 'name', 'code', 'own_gap'] as const;
    fc.assert(
      fc.property(country, fc.constantFrom(...orders), threshold, (figures, order, goal) => {
        const listed = inOrder(ranked(ratio, figures), order, {
          nameOf: ({ unit }) => `Xã ${unit.id % 3}`,
          gapOf: ({ value }) => value && minus(value, goal),
        });
        expect(codes([...listed].sort(byCode))).toEqual(codes(figures));
        if (order === 'name' || order === 'code') return;
        const valued = listed.filter(({ value }) => value !== null);
        expect(listed.slice(0, valued.length)).toEqual(valued);
        const direction = order === 'best_first' ? -1 : 1;
        for (const [place, one] of valued.entries()) {
          const next = valued[place + 1];
          if (!next) continue;
          const step = compare(next.value!, one.value!) * direction;
          expect(step).toBeGreaterThanOrEqual(0);
          if (step === 0) expect(one.unit.code < next.unit.code).toBe(true);
        }
      }),
    );
  });

  test('6,999,999 of 10,000,000 ranks below 70 %, which 7/10 and 70/100 share', () => {
    const [almost, ten, hundred] = [
      unit(1, { n: 6_999_999n, d: 10_000_000n }),
      unit(2, { n: 70n, d: 100n }),
      unit(3, { n: 7n, d: 10n }),
    ];
    const listed = ranked(ratio, [almost!, ten!, hundred!]);
    expect(listed.map((one) => [one.unit.code, one.rank, one.band?.code])).toEqual([
      ['00002', 1, 'from_70'],
      ['00003', 1, 'from_70'],
      ['00001', 3, 'from_50'],
    ]);
  });

  test('bands hold every unit with a value once, and answers every unit', () => {
    fc.assert(
      fc.property(country, (figures) => {
        const best = ranked(ratio, figures);
        const inBands = bandCounts(best).reduce((total, { units }) => total + units, 0);
        const answered = answerCounts(figures);
        expect(inBands).toBe(answered.value);
        expect(Object.values(answered).reduce((total, count) => total + count, 0)).toBe(figures.length);
        for (const one of best) if (one.value) expect(one.band).toBe(bandOf(one.n!, one.d!));
      }),
    );
  });

  test('the ends of a ranking are its first and its last values, and what ties beyond them is counted', () => {
    fc.assert(
      fc.property(country, fc.integer({ min: 1, max: 10 }), (figures, count) => {
        const best = ranked(ratio, figures);
        const ends = extremesOf(best, count);
        const valued = best.filter(({ value }) => value !== null);
        expect(ends.valued + ends.withoutValue).toBe(figures.length);
        expect(codes(ends.best)).toEqual(codes(valued.slice(0, count)));
        expect(ends.worst).toHaveLength(Math.min(count, valued.length));
        const [leastBest, mostWorst] = [ends.best.at(-1)?.value, ends.worst.at(-1)?.value];
        const equal = (limit: Fraction) => valued.filter(({ value }) => compare(value!, limit) === 0).length;
        const listed = (units: typeof valued, limit: Fraction) =>
          units.filter(({ value }) => compare(value!, limit) === 0).length;
        expect(ends.tiedWithBest).toBe(leastBest ? equal(leastBest) - listed(ends.best, leastBest) : 0);
        expect(ends.tiedWithWorst).toBe(mostWorst ? equal(mostWorst) - listed(ends.worst, mostWorst) : 0);
        for (const one of valued)
          if (mostWorst && compare(one.value!, mostWorst) < 0) expect(codes(ends.worst)).toContain(one.unit.code);
      }),
    );
  });
});

describe('movers', () => {
  test('each unit of either round makes one move, by the exact difference; the biggest come first', () => {
    fc.assert(
      fc.property(country, country, (before, after) => {
        const moved = movedBetween(before, after);
        expect(new Set(codes(moved))).toEqual(new Set([...codes(before), ...codes(after)]));
        expect(Object.values(moveCounts(moved)).reduce((total, count) => total + count, 0)).toBe(moved.length);
        expect(moved).toHaveLength(Math.max(before.length, after.length));
        for (const one of moved) {
          const was = before.find(({ unit }) => unit.code === one.unit.code)?.value ?? null;
          const is = after.find(({ unit }) => unit.code === one.unit.code)?.value ?? null;
          if (was && is) {
            expect(compare(sum([was, one.change!]), is)).toBe(0);
            expect(one.move).toBe({ '1': 'up', '-1': 'down', '0': 'unchanged' }[String(compare(is, was))]);
          } else {
            expect(one.change).toBeNull();
            expect(one.move).toBe(is ? 'appeared' : was ? 'disappeared' : 'without');
          }
        }
        const sizes = moved.filter(({ move }) => move === 'up' || move === 'down').map(({ change }) => size(change!));
        expect(moved.slice(0, sizes.length).every(({ change }) => change !== null)).toBe(true);
        for (const [place, one] of sizes.entries())
          if (place > 0) expect(compare(sizes[place - 1]!, one)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('gaps', () => {
  test('what reporting units lack adds up to t·D − N exactly, and their shares to 100 %', () => {
    fc.assert(
      fc.property(country, threshold, (figures, goal) => {
        const gaps = gapsTo(figures, { comparator: 'at_least', threshold: goal });
        const valued = figures.filter(({ held }) => held.n !== null);
        const [n, d] = (['n', 'd'] as const).map((part) => valued.reduce((total, one) => total + one.held[part]!, 0n));
        expect([gaps.n, gaps.d]).toEqual([n, d]);
        const shortfall = fraction(goal.n * d! - 100n * goal.d * n!, 100n * goal.d);
        expect(gaps.shortfall).toEqual(shortfall);
        expect(sum(gaps.contributions.map(({ lacking }) => lacking))).toEqual(shortfall);
        expect(minus(gaps.lacking, gaps.beyond)).toEqual(shortfall);
        expect(sum(gaps.contributions.flatMap(({ share }) => share ?? []))).toEqual(
          fraction(gaps.lacking.n > 0n ? 100n : 0n),
        );
        expect(gaps.contributions.length + gaps.unknown.length + gaps.notApplicable.length).toBe(figures.length);
        for (const [place, one] of gaps.contributions.entries())
          if (place > 0) expect(compare(gaps.contributions[place - 1]!.lacking, one.lacking)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('the total meets its target exactly when nothing is missing to the least numerator that does', () => {
    fc.assert(
      fc.property(
        country,
        threshold,
        fc.constantFrom('at_least' as const, 'above' as const),
        (figures, goal, comparator) => {
          const gaps = gapsTo(figures, { comparator, threshold: goal });
          if (gaps.d === 0n) return;
          expect(gaps.missing <= 0n).toBe(meets(percentOf(gaps.n, gaps.d), { comparator, threshold: goal }));
          expect(gaps.missing).toBe(gaps.needed - gaps.n);
        },
      ),
    );
  });

  test('a scaled figure lacks in its own unit: 12.50 of 100.00 against 20 % lacks 7.5', () => {
    const goal = { comparator: 'at_least' as const, threshold: fraction(20n) };
    const gaps = gapsTo([unit(1, { n: 1250n, d: 10_000n })], goal, 2);
    expect(gaps.shortfall).toEqual(fraction(15n, 2n));
    expect([gaps.needed, gaps.missing]).toEqual([2000n, 750n]);
  });
});

const size = ({ n, d }: Fraction): Fraction => ({ n: n < 0n ? -n : n, d });
