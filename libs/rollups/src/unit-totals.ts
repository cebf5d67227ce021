/**
 * All totals of one unit in a period, from its sums and the targets that bind it. Pure: whoever gives the same sums, form,
 * rounds and plans gets the same totals; so they are kept under all of that as their key, and the database is asked each
 * time what the sums and the plans are.
 */
import { Recent } from '#core';
import type { Period } from './period.js';
import type { AskedRound, Line, TotalIndicator } from './reads.js';
import type { PlansInForce } from './target.reads.js';
import {
  assessed,
  boundsShown,
  cumulativeOf,
  type Figure,
  periodFigures,
  shown,
  type Total,
  targetsBinding,
} from './total.js';

/** What the totals of all units in one answer have in common. */
export type Ground = {
  period: Period;
  /** The half-year by which targets are held: the latest one opened in the period. */
  heldAt: Period;
  programmeId: number;
  /** Of the programme: its indicators change only with it. */
  edition: string;
  indicators: readonly TotalIndicator[];
  /** An ad hoc round stands alone: nothing is added up with it, and no target is held against it. */
  adHoc: boolean;
  /** Opened rounds of the year up to the period, oldest first. */
  rounds: readonly AskedRound[];
};

/**
 * Of the period's latest opened round: units that owe a report, those whose report counts on the basis, and whether it is
 * closed. Frozen in full, since kept totals are handed out again.
 */
type TotalsOfUnit = { expected: number; reported: number; closed: boolean; totals: readonly Total[] };

/** Units whose totals are kept: all provinces and those of several provinces' communes, about 20 KB each. */
const MOST_KEPT = 512;

export class KeptTotals {
  private readonly kept = new Recent<string, TotalsOfUnit>(MOST_KEPT);

  /** As `totalsOfUnit`, worked out once. */
  of(ground: Ground, lines: readonly Line[], lineage: readonly number[], plans: PlansInForce): TotalsOfUnit {
    const key = keyOf(ground, lines, lineage, plans);
    const known = this.kept.get(key);
    if (known) return known;
    const totals = frozen(totalsOfUnit(ground, lines, lineage, plans));
    this.kept.set(key, totals);
    return totals;
  }
}

/** Everything that the totals of a unit follow from. */
export function keyOf(ground: Ground, lines: readonly Line[], lineage: readonly number[], plans: PlansInForce): string {
  const versions = lineage.map((unit) => (plans.get(unit) ?? []).map(({ versionId }) => versionId));
  return [groundKey(ground), versions.join('/'), ...lines.map(({ round, text }) => `${round}=${text}`)].join('|');
}

const keys = new WeakMap<Ground, string>();
function groundKey(ground: Ground): string {
  let key = keys.get(ground);
  if (key === undefined) {
    const { programmeId, edition, period, heldAt, adHoc, rounds } = ground;
    key = JSON.stringify([programmeId, edition, period, heldAt, adHoc, rounds]);
    keys.set(ground, key);
  }
  return key;
}

/**
 * @param lines sums of the unit, at most one for each round
 * @param lineage the unit and those above it, itself first; @param plans in force, of all of these
 */
export function totalsOfUnit(
  { period, heldAt, adHoc, indicators, rounds }: Ground,
  lines: readonly Line[],
  lineage: readonly number[],
  plans: PlansInForce,
): TotalsOfUnit {
  const ordered = rounds.flatMap(({ code }) => lines.filter(({ round }) => round === code).map((line) => line.read()));
  // Nothing is carried forward: a unit that owes nothing in the latest round has only its flows of the year so far.
  const latest = ordered.find((vector) => vector.round === rounds.at(-1)!.code);
  const closed = latest?.closed ?? false;
  const vectorsFor = (indicator: TotalIndicator) =>
    latest || (period.half === null && indicator.overTime === 'sum') ? ordered : [];
  const totals = indicators
    .filter((indicator) => indicator.kind !== 'text')
    .map((indicator): Total => {
      const figures = periodFigures(indicator, vectorsFor(indicator), period);
      const figure = figures?.shown ?? nothing(indicator);
      const held = figures?.held ?? figure;
      const binding = targetsBinding(indicator, lineage, plans);
      return {
        indicator,
        ...shown(indicator, figure),
        bounds: boundsShown(indicator, figure),
        coverage: { ...figure.coverage, estimated: figure.estimated, countedIn: figure.countedIn },
        cumulative: figures && !adHoc ? cumulativeOf(figures) : null,
        own: assessed(held, indicator, binding.own, heldAt, closed),
        superior: assessed(held, indicator, binding.superior, heldAt, closed),
        below: null,
        denominatorWordings: [],
      };
    });
  return { expected: latest?.expected ?? 0, reported: latest?.reported ?? 0, closed, totals };
}

const nothing = (indicator: TotalIndicator): Figure => ({
  kind: indicator.kind,
  scale: indicator.scale,
  n: null,
  d: null,
  coverage: { expected: 0, value: 0, notApplicable: 0, missing: 0, notReported: 0, included: 0 },
  estimated: 0,
  countedIn: 'units',
});

function frozen<T>(value: T): T {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
