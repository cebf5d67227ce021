/**
 * Milestones over time, unit by unit, as docs/semantics.md §2 words them: a second way to the figures that SQL counts,
 * for tests to compare with.
 */
import { type Coverage, coverageOf } from '../../libs/rollups/src/assessment.js';
import { comparePeriods, type Period } from '../../libs/rollups/src/period.js';

/** What one unit says of a milestone in one round. */
export type Answer = 'yes' | 'no' | 'not_applicable' | 'missing' | 'not_reported';
export type RoundAnswer = { readonly round: Period; readonly answer: Answer };

/**
 * One unit's milestone at a period. 'once': any yes so far, in any year; 'yearly': any yes in the year so far; 'kept': the
 * latest round's answer, since "duy trì chuyên mục" can lapse (§2). Without a yes the latest opened round's answer stands.
 * @param answers one per round the unit owes. @returns null when the unit owes no round of the period.
 */
export function milestoneAt(
  overTime: 'once' | 'yearly' | 'kept',
  answers: readonly RoundAnswer[],
  period: Period,
): Answer | null {
  const soFar = openedBy(answers, period);
  const inYear = soFar.filter(({ round }) => round.year === period.year);
  const latest = inYear.at(-1);
  if (!latest || isUnopened(latest.round, period)) return null;
  const counting = { once: soFar, yearly: inYear, kept: [latest] }[overTime];
  return counting.some(({ answer }) => answer === 'yes') ? 'yes' : latest.answer;
}

/** Milestones over units (§2, "yes of those answering"): n says yes, d answers yes or no; both null when nobody did. */
export function totalOfAnswers(answers: readonly Answer[]): { n: bigint | null; d: bigint | null; coverage: Coverage } {
  const saying = (...wanted: Answer[]) => answers.filter((answer) => wanted.includes(answer)).length;
  const value = saying('yes', 'no');
  return {
    n: value === 0 ? null : BigInt(saying('yes')),
    d: value === 0 ? null : BigInt(value),
    coverage: coverageOf({
      value,
      notApplicable: saying('not_applicable'),
      missing: saying('missing'),
      notReported: saying('not_reported'),
    }),
  };
}

function openedBy<T extends { readonly round: Period }>(rounds: readonly T[], period: Period): T[] {
  return rounds
    .filter(({ round }) => comparePeriods(round, period) <= 0)
    .sort((a, b) => comparePeriods(a.round, b.round));
}

const isUnopened = (latest: Period, period: Period) => period.half !== null && comparePeriods(latest, period) !== 0;
