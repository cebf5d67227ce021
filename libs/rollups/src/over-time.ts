/**
 * From rounds to a year (docs/semantics.md §2, "over time"): a stock is its latest opened round, a flow the sum of its
 * rounds. Units are summed within a round before rounds are combined; milestones, whose "any yes" belongs to a unit, are
 * combined unit by unit in SQL (reads.ts). A target of year Y is held against these figures (lũy kế), not against one
 * round's flow.
 */
import { type Coverage, coverageOf } from './assessment.js';
import { comparePeriods, type Period } from './period.js';

/** A unit's or a total's figure in one opened round; n and d null where no value was reported. */
export type RoundFigure = {
  readonly round: Period;
  readonly n: bigint | null;
  readonly d: bigint | null;
  readonly coverage: Coverage;
};

/** `rounds` are those the figure rests on; coverage counts units or, where rounds are added, units times rounds. */
type YearFigure = Omit<RoundFigure, 'round'> & {
  readonly countedIn: 'units' | 'unit_rounds';
  readonly rounds: readonly Period[];
};

/**
 * A ratio or count in its year, up to the period (a year: all its opened rounds).
 * 'latest' is the latest opened round as it is: nothing is carried forward, so a round opened but not yet answered leaves
 * no data. 'sum' adds n and d over the rounds, with coverage in unit-rounds (§2).
 * @param figures one per opened round; rounds of other years are left out.
 * @returns null when the half-year, or every round of the year, has not been opened.
 */
export function yearFigure(
  overTime: 'latest' | 'sum',
  figures: readonly RoundFigure[],
  period: Period,
): YearFigure | null {
  const opened = openedBy(figures, period).filter(({ round }) => round.year === period.year);
  const latest = opened.at(-1);
  if (!latest || isUnopened(latest.round, period)) return null;
  if (overTime === 'latest') {
    const { n, d, coverage, round } = latest;
    return { n, d, coverage, countedIn: 'units', rounds: [round] };
  }
  const counted = (count: keyof Coverage) => opened.reduce((sum, { coverage }) => sum + coverage[count], 0);
  return {
    n: sumOfKnown(opened.map(({ n }) => n)),
    d: sumOfKnown(opened.map(({ d }) => d)),
    coverage: coverageOf({
      value: counted('value'),
      notApplicable: counted('notApplicable'),
      missing: counted('missing'),
      notReported: counted('notReported'),
    }),
    countedIn: 'unit_rounds',
    rounds: opened.map(({ round }) => round),
  };
}

function openedBy<T extends { readonly round: Period }>(rounds: readonly T[], period: Period): T[] {
  return rounds
    .filter(({ round }) => comparePeriods(round, period) <= 0)
    .sort((a, b) => comparePeriods(a.round, b.round));
}

const isUnopened = (latest: Period, period: Period) => period.half !== null && comparePeriods(latest, period) !== 0;

function sumOfKnown(values: readonly (bigint | null)[]): bigint | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0n);
}
