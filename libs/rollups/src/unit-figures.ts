/**
 * One indicator over many units: what each answered, its figure in a period, and its exact value. The figures are those
 * that its totals show (total.ts), made from one slot instead of all. Pure (docs/semantics.md §2, §4).
 */
import type { Fraction } from './fraction.js';
import type { Period } from './period.js';
import type { UnitSlot } from './question.reads.js';
import type { TotalIndicator } from './reads.js';
import { type Figure, periodFigures } from './total.js';
import { plus, type Vector } from './vector.js';

/** What a unit answered, as far as it stands; 'value' of a milestone may be an earlier round's yes. */
export const answers = ['value', 'zero_denominator', 'not_applicable', 'missing', 'not_reported'] as const;
export type Answer = (typeof answers)[number];

/** A unit without its name, which only those that are shown need. */
export type UnitKey = { id: number; code: string; parentId: number | null };

export type UnitFigure = {
  unit: UnitKey;
  /** Single-slot vectors of the rounds the figure rests on, the period's own last; see figuresOf. */
  vectors: readonly Vector[];
  /** The period's own figure in stored integers; d of ratios and milestones only. Null without a value. */
  n: bigint | null;
  d: bigint | null;
  /** Exact, not reduced: percent for ratios and milestones, else the number; null also for a zero denominator. */
  value: Fraction | null;
  answer: Answer;
};

/**
 * The figures of the units that owe the period's own round.
 * @param slots oldest round first within a unit; @param roundCode the period's round
 */
export function unitFigures(indicator: TotalIndicator, slots: readonly UnitSlot[], roundCode: string): UnitFigure[] {
  const earlier = new Map<number, Vector[]>();
  const figures: UnitFigure[] = [];
  for (const { unit, vector } of slots) {
    const sofar = earlier.get(unit.id) ?? [];
    if (vector.round === roundCode) figures.push(figureOf(indicator, unit, [...sofar, vector]));
    else earlier.set(unit.id, [...sofar, vector]);
  }
  return figures;
}

/** The same for the units' parents, from slots of one round: Σn, Σd and coverage of the units below. */
export function parentFigures(
  indicator: TotalIndicator,
  slots: readonly UnitSlot[],
  parents: ReadonlyMap<number, UnitKey>,
): UnitFigure[] {
  const sums = new Map<number, Vector>();
  for (const { unit, vector } of slots) {
    const sofar = sums.get(unit.parentId);
    sums.set(unit.parentId, sofar ? plus(sofar, vector) : vector);
  }
  return [...sums].map(([id, vector]) => figureOf(indicator, parents.get(id)!, [vector]));
}

/** What is shown and what a target is held against (of flows the year so far), as the unit's totals have them. */
export function figuresOf(
  indicator: TotalIndicator,
  { vectors }: UnitFigure,
  period: Period,
): { shown: Figure; held: Figure } {
  // The vectors hold one slot, so the indicator stands in the first place.
  return periodFigures({ ...indicator, position: 1 }, vectors, period)!;
}

/** The exact value of stored integers; see UnitFigure.value. */
export function exactValue(
  { kind, scale }: Pick<TotalIndicator, 'kind' | 'scale'>,
  { n, d }: { n: bigint | null; d: bigint | null },
): Fraction | null {
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

function figureOf(indicator: TotalIndicator, unit: UnitKey, vectors: readonly Vector[]): UnitFigure {
  const latest = vectors.at(-1)!;
  const known = latest.valued[0]! > 0;
  const n = known ? BigInt(latest.n[0]!) : null;
  const d = known && (indicator.kind === 'ratio' || indicator.kind === 'milestone') ? BigInt(latest.d[0]!) : null;
  const value = exactValue(indicator, { n, d });
  const answer = value ? 'value' : known ? 'zero_denominator' : silence(latest);
  return { unit, vectors, n, d, value, answer };
}

function silence({ expected, notApplicable, missing }: Vector): Answer {
  if (notApplicable[0] === expected) return 'not_applicable';
  return missing[0]! > 0 ? 'missing' : 'not_reported';
}
