/**
 * Ranking units by one indicator: exact order by cross multiplication, ties sharing a rank, units without a value last
 * and unranked; and the two ends of such a ranking. Pure (docs/semantics.md §4, §6).
 */
import { applicableTarget } from './assessment.js';
import { type Band, bandOf, rankingBands } from './bands.js';
import { compare, type Fraction, minus, parseDecimal } from './fraction.js';
import type { Period } from './period.js';
import type { TotalIndicator } from './reads.js';
import type { StandingTarget } from './target.reads.js';
import type { Figure } from './total.js';
import { exactValue, type UnitFigure } from './unit-figures.js';

export const rankingOrders = ['best_first', 'worst_first', 'name', 'code', 'own_gap', 'superior_gap'] as const;
export type RankingOrder = (typeof rankingOrders)[number];

export type Ranked = UnitFigure & {
  /** 1 is the highest value; equal values share a rank, and the next one counts them all (1, 2, 2, 4). */
  rank: number | null;
  /** Of ratios only. */
  band: Band | null;
};

/** Best first, equal values by code; units without a value last, by code. */
export function ranked({ kind }: Pick<TotalIndicator, 'kind'>, figures: readonly UnitFigure[]): Ranked[] {
  const withValue = figures.filter(({ value }) => value !== null);
  const without = figures.filter(({ value }) => value === null);
  withValue.sort((a, b) => compare(b.value!, a.value!) || byCode(a, b));
  let rank = 0;
  const inOrder = withValue.map((figure, place): Ranked => {
    const previous = withValue[place - 1];
    if (!previous || compare(previous.value!, figure.value!) !== 0) rank = place + 1;
    return { ...figure, rank, band: kind === 'ratio' ? bandOf(figure.n!, figure.d!) : null };
  });
  return [...inOrder, ...without.sort(byCode).map((figure): Ranked => ({ ...figure, rank: null, band: null }))];
}

/**
 * What a figure is away from its target, signed (− is lacking): percentage points for ratios, else the number. Null
 * without value or target, and for a milestone, which is a yes or a no.
 */
export function gapTo(
  { kind, scale = 0, n, d }: Figure,
  targets: readonly StandingTarget[],
  period: Period,
): Fraction | null {
  if (kind === 'milestone') return null;
  const threshold = applicableTarget(targets, period)?.target.threshold;
  const value = threshold ? exactValue({ kind, scale }, { n, d }) : null;
  return value && threshold ? minus(value, parseDecimal(threshold)) : null;
}

/**
 * The ranking in another order. Units without what the order goes by come last; equals stand in the order of codes.
 * @param by `nameOf` for the order of names; `gapOf` the gap that 'own_gap' and 'superior_gap' go by, most lacking first
 */
export function inOrder(
  best: readonly Ranked[],
  order: RankingOrder,
  by: { nameOf(unit: Ranked): string; gapOf(unit: Ranked): Fraction | null },
): Ranked[] {
  switch (order) {
    case 'best_first':
      return [...best];
    case 'worst_first':
      return worstFirst(best);
    case 'name':
      return [...best].sort((a, b) => vietnamese.compare(by.nameOf(a), by.nameOf(b)) || byCode(a, b));
    case 'code':
      return [...best].sort(byCode);
    default:
      return sortedBy(best, by.gapOf);
  }
}

/** How many units stand in each band, all bands listed, lowest first. */
export function bandCounts(units: readonly Ranked[]): { band: Band; units: number }[] {
  return rankingBands.map((band) => ({ band, units: units.filter((unit) => unit.band === band).length }));
}

export type Extremes = {
  best: Ranked[];
  worst: Ranked[];
  /** Units beyond `count` whose value equals that of the last one listed. */
  tiedWithBest: number;
  tiedWithWorst: number;
  valued: number;
  withoutValue: number;
};

/** The best and the worst `count` of a ranking; with fewer than twice as many values a unit can be in both. */
export function extremesOf(best: readonly Ranked[], count: number): Extremes {
  const valued = best.filter(({ rank }) => rank !== null);
  const worst = worstFirst(valued);
  const beyond = (units: readonly Ranked[]) => units.slice(count).filter(({ rank }) => rank === units[count - 1]!.rank);
  return {
    best: valued.slice(0, count),
    worst: worst.slice(0, count),
    tiedWithBest: beyond(valued).length,
    tiedWithWorst: beyond(worst).length,
    valued: valued.length,
    withoutValue: best.length - valued.length,
  };
}

const worstFirst = (units: readonly Ranked[]) => sortedBy(units, ({ value }) => value);
const vietnamese = new Intl.Collator('vi');

export function byCode(a: { unit: { code: string } }, b: { unit: { code: string } }): number {
  return a.unit.code < b.unit.code ? -1 : a.unit.code > b.unit.code ? 1 : 0;
}

/** Least first, what has no key last. */
function sortedBy(units: readonly Ranked[], keyOf: (unit: Ranked) => Fraction | null): Ranked[] {
  const keyed = units.map((unit) => ({ unit, key: keyOf(unit) }));
  keyed.sort((a, b) => {
    if (a.key && b.key) return compare(a.key, b.key) || byCode(a.unit, b.unit);
    return Number(a.key === null) - Number(b.key === null) || byCode(a.unit, b.unit);
  });
  return keyed.map(({ unit }) => unit);
}
