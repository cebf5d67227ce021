/**
 * One indicator over many units: what each answered, its figure in a period, and its exact value. The figures are those
 * that its totals show (total.ts), made from one slot instead of all. Pure (docs/semantics.md §2, §4).
 */
import type { Fraction } from './fraction.js';
import type { Period } from './period.js';
import type { UnitSlot } from './question.reads.js';
import type { TotalIndicator, TotalUnit, Vector } from './reads.js';
import { type Figure, periodFigures } from './total.js';

/** What a unit answered, as far as it stands; 'value' of a milestone may be an earlier round's yes. */
export const answers = ['value', 'zero_denominator', 'not_applicable', 'missing', 'not_reported'] as const;
export type Answer = (typeof answers)[number];

export type UnitFigure = {
  unit: TotalUnit;
  /** In the period itself, and what a target is held against: of flows the year so far. */
  shown: Figure;
  held: Figure;
  /** Exact: percent for ratios and milestones, else the number; null without a value. */
  value: Fraction | null;
  answer: Answer;
  /** The round of the period is closed in the unit's province. */
  closed: boolean;
};

/**
 * The figures of the units that owe the period's own round.
 * @param slots oldest round first within a unit; @param roundCode the period's round
 */
export function unitFigures(
  indicator: TotalIndicator,
  slots: readonly UnitSlot[],
  period: Period,
  roundCode: string,
): UnitFigure[] {
  const byUnit = new Map<number, UnitSlot[]>();
  for (const slot of slots) {
    const sofar = byUnit.get(slot.unit.id);
    if (sofar) sofar.push(slot);
    else byUnit.set(slot.unit.id, [slot]);
  }
  return [...byUnit.values()].flatMap((ofUnit) => {
    const latest = ofUnit.at(-1)!;
    if (latest.vector.round !== roundCode) return [];
    return [
      figureOf(
        indicator,
        latest.unit,
        ofUnit.map(({ vector }) => vector),
        period,
      ),
    ];
  });
}

/** The same for the units' parents: Σn, Σd and coverage of the units below, one figure per parent, in order of first sight. */
export function parentFigures(
  indicator: TotalIndicator,
  slots: readonly UnitSlot[],
  period: Period,
  parents: ReadonlyMap<number, TotalUnit>,
): UnitFigure[] {
  const byParent = new Map<number, Vector[]>();
  for (const { unit, vector } of slots) {
    const sofar = byParent.get(unit.parentId);
    if (sofar) sofar.push(vector);
    else byParent.set(unit.parentId, [vector]);
  }
  return [...byParent].map(([id, vectors]) =>
    figureOf(indicator, parents.get(id)!, [vectors.reduce(sumOfSlots)], period),
  );
}

function figureOf(indicator: TotalIndicator, unit: TotalUnit, vectors: Vector[], period: Period): UnitFigure {
  // The vectors hold one slot, so the indicator stands in the first place.
  const { shown, held } = periodFigures({ ...indicator, position: 1 }, vectors, period)!;
  const value = exactValue(shown);
  return { unit, shown, held, value, answer: answerOf(shown, value), closed: vectors.at(-1)!.closed };
}

/** The exact value of a figure, not reduced: percent for ratios and milestones, else the number. */
export function exactValue({ kind, n, d, scale = 0 }: Figure): Fraction | null {
  if (n === null) return null;
  if (kind !== 'ratio' && kind !== 'milestone') return { n, d: 10n ** BigInt(scale) };
  return d === null || d === 0n ? null : { n: 100n * n, d };
}

/** How many units answered what. */
export function answerCounts(units: readonly UnitFigure[]): Record<Answer, number> {
  const counts = Object.fromEntries(answers.map((answer) => [answer, 0])) as Record<Answer, number>;
  for (const { answer } of units) counts[answer] += 1;
  return counts;
}

function answerOf({ n, coverage }: Figure, value: Fraction | null): Answer {
  if (value) return 'value';
  if (n !== null) return 'zero_denominator';
  if (coverage.notApplicable > 0 && coverage.notApplicable === coverage.expected) return 'not_applicable';
  return coverage.notReported === coverage.expected ? 'not_reported' : 'missing';
}

/** Σ over two single-slot vectors of one round; closed when both are. */
function sumOfSlots(a: Vector, b: Vector): Vector {
  const add = (one: readonly number[], other: readonly number[]) => [one[0]! + other[0]!];
  const addExact = (one: readonly string[], other: readonly string[]) => [String(BigInt(one[0]!) + BigInt(other[0]!))];
  return {
    unitId: a.unitId,
    round: a.round,
    closed: a.closed && b.closed,
    expected: a.expected + b.expected,
    reported: a.reported + b.reported,
    n: addExact(a.n, b.n),
    d: addExact(a.d, b.d),
    valued: add(a.valued, b.valued),
    estimated: add(a.estimated, b.estimated),
    notApplicable: add(a.notApplicable, b.notApplicable),
    missing: add(a.missing, b.missing),
    open: addExact(a.open, b.open),
    unknown: add(a.unknown, b.unknown),
  };
}
