/**
 * Whose gaps make a total miss its target: unit i lacks t·dᵢ − nᵢ persons (or whatever the numerator counts), exactly, a
 * surplus being negative; over the units with a value these add up to t·D − N, the shortfall of the total. Pure.
 * What units without a value would add is not known: they stand apart (docs/semantics.md §4, §6).
 */
import { type Fraction, fraction, leastMeeting, type Yardstick } from './fraction.js';
import { byCode } from './ranking.js';
import type { Figure } from './total.js';
import type { UnitKey } from './unit-figures.js';

/** A unit with the parts that the target is held against. */
type HeldFigure = { unit: UnitKey; held: Figure };

export type Contribution = HeldFigure & {
  /** Exact, in what the numerator counts; negative = beyond the target. */
  lacking: Fraction;
  /** Of all that units lack, in percent; null where nothing is lacking here. These add up to 100. */
  share: Fraction | null;
};

export type Gaps = {
  /** Σn and Σd over the units with a value, stored integers. */
  n: bigint;
  d: bigint;
  /** t·D − N: what the total lacks = all that units lack − all that others have beyond the target. */
  shortfall: Fraction;
  lacking: Fraction;
  beyond: Fraction;
  /** The least Σn that meets the target on Σd, and how much of it is lacking; stored integers. */
  needed: bigint;
  missing: bigint;
  /** The one lacking most first; equal ones by code. */
  contributions: Contribution[];
  unknown: HeldFigure[];
  notApplicable: HeldFigure[];
};

/** @param figures of a ratio; @param goal its threshold in percent; @param scale of the stored integers */
export function gapsTo(figures: readonly HeldFigure[], goal: Yardstick, scale = 0): Gaps {
  const { threshold } = goal;
  const whole = 10n ** BigInt(scale);
  // In hundredths of the threshold's denominator every lack is an integer: sums need no common denominators.
  const per = 100n * threshold.d * whole;
  const lackOf = (n: bigint, d: bigint) => threshold.n * d - n * 100n * threshold.d;
  const valued = figures.filter(({ held }) => held.n !== null);
  const lacks = valued.map((figure) => ({ figure, lack: lackOf(figure.held.n!, figure.held.d ?? 0n) }));
  const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n);
  const lacking = sum(lacks.flatMap(({ lack }) => (lack > 0n ? [lack] : [])));
  const beyond = sum(lacks.flatMap(({ lack }) => (lack < 0n ? [-lack] : [])));
  const [n, d] = [sum(valued.map(({ held }) => held.n!)), sum(valued.map(({ held }) => held.d ?? 0n))];
  const needed = leastMeeting({ ...goal, threshold: fraction(threshold.n * d, 100n * threshold.d) });
  return {
    n,
    d,
    shortfall: fraction(lackOf(n, d), per),
    lacking: fraction(lacking, per),
    beyond: fraction(beyond, per),
    needed,
    missing: needed - n,
    contributions: lacks
      .sort((a, b) => (a.lack === b.lack ? byCode(a.figure, b.figure) : a.lack > b.lack ? -1 : 1))
      .map(({ figure, lack }) => ({
        ...figure,
        lacking: fraction(lack, per),
        share: lack > 0n ? fraction(100n * lack, lacking) : null,
      })),
    unknown: figures.filter(({ held }) => held.n === null && !isNotApplicable(held)),
    notApplicable: figures.filter(({ held }) => held.n === null && isNotApplicable(held)),
  };
}

const isNotApplicable = ({ coverage }: Figure) => coverage.expected > 0 && coverage.notApplicable === coverage.expected;
