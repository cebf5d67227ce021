/**
 * The sums of one unit in one round, slot by slot, as every total is made from. A parent's come from its cells; a unit
 * that reports itself is its own sum of one, made here from its version by the rule that cells are made by
 * (contribution_of in migrations/…-reporting-functions.sql; a test holds the two against each other).
 */

/**
 * By position − 1. A unit that reports itself has expected 1 or 0. Numbers hold them exactly: a figure is at most 10^12,
 * and 3,321 communes times that is below 2^53.
 */
export type Vector = {
  unitId: number;
  round: string;
  closed: boolean;
  expected: number;
  reported: number;
  n: number[];
  d: number[];
  valued: number[];
  estimated: number[];
  notApplicable: number[];
  missing: number[];
  /** Last accepted denominators of the units without a value, summed, and how many such units have none. */
  open: number[];
  unknown: number[];
};

/** What a round asks, by position − 1: ratio, flow, stock, text, or a milestone's once, yearly, kept. */
export type Kinds = readonly string[];

/** A version that stands (all empty: nothing reported) and what earlier rounds carry over, by position − 1. */
export type Reported = {
  n: readonly (number | null)[];
  d: readonly (number | null)[];
  s: readonly number[];
  carry: readonly (number | null)[];
};

type Slots = Omit<Vector, 'unitId' | 'round' | 'closed' | 'expected' | 'reported'>;

/** What one unit's report adds to its parent's sums: its own figures in the shape of sums. */
export function contribution(kinds: Kinds, { n, d, s, carry }: Reported): Slots {
  const slots: Slots = {
    n: [],
    d: [],
    valued: [],
    estimated: [],
    notApplicable: [],
    missing: [],
    open: [],
    unknown: [],
  };
  for (let slot = 0; slot < kinds.length; slot++) {
    const kind = kinds[slot];
    const state = s[slot] ?? -1;
    const before = carry[slot] ?? null;
    const carried = (kind === 'once' || kind === 'yearly') && before === 1 && n[slot] !== 1;
    const given = state === 1 || state === 2;
    const open = kind === 'ratio' && state <= 0;
    slots.n.push(carried ? 1 : given ? (n[slot] ?? 0) : 0);
    slots.d.push(carried ? 1 : given ? (d[slot] ?? 0) : 0);
    slots.valued.push(carried || given ? 1 : 0);
    slots.estimated.push(state === 2 && !carried ? 1 : 0);
    slots.notApplicable.push(state === 3 && !carried ? 1 : 0);
    slots.missing.push(state === 0 && !carried && kind !== 'text' ? 1 : 0);
    slots.open.push(open ? (before ?? 0) : 0);
    slots.unknown.push(open && before === null ? 1 : 0);
  }
  return slots;
}

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
