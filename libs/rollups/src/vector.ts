/** The sums of one unit in one round, slot by slot, as every total is made from: a parent's from its cells, a unit's own from its version. */
import type { Slots } from '#reporting';

/** A unit that reports itself has expected 1 or 0. */
export type Vector = Slots & {
  unitId: number;
  round: string;
  closed: boolean;
  expected: number;
  reported: number;
};

/** Two units' sums in one round as one; closed when both are. The id is the first one's. */
export function plus(a: Vector, b: Vector): Vector {
  return {
    unitId: a.unitId,
    round: a.round,
    closed: a.closed && b.closed,
    expected: a.expected + b.expected,
    reported: a.reported + b.reported,
    n: added(a.n, b.n),
    d: added(a.d, b.d),
    valued: added(a.valued, b.valued),
    estimated: added(a.estimated, b.estimated),
    notApplicable: added(a.notApplicable, b.notApplicable),
    missing: added(a.missing, b.missing),
    open: added(a.open, b.open),
    unknown: added(a.unknown, b.unknown),
  };
}

const added = (x: readonly number[], y: readonly number[]) =>
  (x.length > y.length ? x : y).map((_, slot) => (x[slot] ?? 0) + (y[slot] ?? 0));
