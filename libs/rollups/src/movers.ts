/**
 * What moved between two rounds: per unit both values and the exact difference; biggest moves first, then who appeared
 * and who disappeared. Pure. The values are the rounds' own, so flows compare half-year with half-year.
 */
import { compare, type Fraction, minus } from './fraction.js';
import { byCode } from './ranking.js';
import type { UnitFigure, UnitKey } from './unit-figures.js';

/** 'appeared': a value now and none before; 'disappeared': the other way; 'without': none in either round. */
export const moves = ['up', 'down', 'appeared', 'disappeared', 'unchanged', 'without'] as const;
export type Move = (typeof moves)[number];

export type Moved = {
  unit: UnitKey;
  /** Null where the unit owed nothing in that round. */
  before: UnitFigure | null;
  after: UnitFigure | null;
  move: Move;
  /** Exact: percentage points for ratios and milestones, else the number; null unless both rounds have a value. */
  change: Fraction | null;
};

/** Biggest change first, up or down, equal ones by code; then appeared, disappeared, unchanged and without, by code. */
export function movedBetween(before: readonly UnitFigure[], after: readonly UnitFigure[]): Moved[] {
  const earlier = new Map(before.map((figure) => [figure.unit.id, figure]));
  const now = new Set(after.map(({ unit }) => unit.id));
  const all = [
    ...after.map((figure) => moved(earlier.get(figure.unit.id) ?? null, figure)),
    ...before.filter(({ unit }) => !now.has(unit.id)).map((figure) => moved(figure, null)),
  ];
  const size = ({ change }: Moved): Fraction =>
    change ? { n: change.n < 0n ? -change.n : change.n, d: change.d } : { n: 0n, d: 1n };
  return all
    .map((unit) => ({ unit, size: size(unit), place: placeOf[unit.move] }))
    .sort((a, b) => a.place - b.place || compare(b.size, a.size) || byCode(a.unit, b.unit))
    .map(({ unit }) => unit);
}

/** Ups and downs stand together: it is the size that orders them. */
const placeOf: Record<Move, number> = { up: 0, down: 0, appeared: 1, disappeared: 2, unchanged: 3, without: 4 };

/** How many units made each move. */
export function moveCounts(units: readonly Moved[]): Record<Move, number> {
  const counts = Object.fromEntries(moves.map((move) => [move, 0])) as Record<Move, number>;
  for (const { move } of units) counts[move] += 1;
  return counts;
}

function moved(before: UnitFigure | null, after: UnitFigure | null): Moved {
  const [was, is] = [before?.value ?? null, after?.value ?? null];
  const change = was && is ? minus(is, was) : null;
  return { unit: (after ?? before)!.unit, before, after, move: moveOf(was, is, change), change };
}

function moveOf(was: Fraction | null, is: Fraction | null, change: Fraction | null): Move {
  if (change) return change.n > 0n ? 'up' : change.n < 0n ? 'down' : 'unchanged';
  if (is) return 'appeared';
  return was ? 'disappeared' : 'without';
}
