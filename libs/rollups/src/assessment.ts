/**
 * A value held against the targets of one plan for one indicator: which target applies, the pace towards it, the bounds
 * that missing units leave open, and one status out of nine. Pure and exact (docs/semantics.md §6); statuses are decided
 * on integers, and display.ts only words them.
 */
import { type Bilingual, displayNumber } from './display.js';
import {
  type Comparator,
  type Fraction,
  fraction,
  interpolate,
  leastMeeting,
  meets,
  parseDecimal,
  percentOf,
  type Yardstick,
} from './fraction.js';
import { halfYearOrdinal, type Period } from './period.js';

type FigureKind = 'ratio' | 'flow' | 'stock' | 'milestone' | 'text';

/**
 * One target. `year` null = undated; `everyYear` = each year from `year` on ("hằng năm"). `threshold` is a decimal
 * string: percent for ratios and milestones, a number for counts. Without comparator: "yes" for a milestone, else words only.
 */
export type Target = {
  readonly year: number | null;
  readonly everyYear: boolean;
  readonly comparator: Comparator | null;
  readonly threshold: string | null;
};

/** Units (or unit-rounds, for flows over a year) by what they answered; expected is their sum, included the first two (§4). */
export type Coverage = {
  readonly expected: number;
  readonly value: number;
  readonly notApplicable: number;
  readonly missing: number;
  readonly notReported: number;
  readonly included: number;
};

export type Parts = { readonly n: bigint; readonly d: bigint | null };

/** What the value may become once the missing units answer; null where that cannot be said. */
export type Bounds = {
  readonly lower: Parts | null;
  readonly upper: Parts | null;
  readonly boundsNote: Bilingual | null;
};

/**
 * A unit's figure or a total. `n` and `d` are stored integers with the indicator's `scale` (default 0); of a milestone
 * n counts the units saying yes and d those answering, so that a unit's own yes is 1/1. Without bounds nothing is certain
 * below full coverage.
 */
export type Measured = {
  readonly kind: FigureKind;
  readonly n: bigint | null;
  readonly d: bigint | null;
  readonly scale?: number;
  readonly coverage: Coverage;
  readonly countedIn?: 'units' | 'unit_rounds';
} & Partial<Bounds>;

const wordings = {
  met: ['Đạt', 'met'],
  met_on_reported: ['Đạt trên số đã báo cáo', 'met on what was reported'],
  on_track: ['Đúng tiến độ', 'on track'],
  behind: ['Chậm tiến độ', 'behind'],
  in_progress: ['Đang thực hiện', 'in progress'],
  not_met: ['Chưa đạt', 'not met'],
  not_applicable: ['Không phát sinh', 'not applicable'],
  no_data: ['Chưa có số liệu', 'no data'],
  no_target: ['Không có mục tiêu', 'no target'],
} as const;

export type AssessmentStatus = keyof typeof wordings;
export const assessmentStatuses = Object.keys(wordings) as AssessmentStatus[];

/**
 * `certain`: no answer of a missing unit could change the status, on the last known denominators. `targetYear`: the year
 * whose end the target stands at (for a yearly target, the occurrence ahead). `pace` in percent. `shortfall` in stored
 * integers: the least numerator that meets the target, and how much of it is lacking. `reason`: why there is no value.
 */
export type Assessment<T extends Target = Target> = {
  readonly status: AssessmentStatus;
  readonly certain: boolean;
  readonly label: string;
  readonly labelEn: string;
  readonly target: T | null;
  readonly targetYear: number | null;
  readonly pace: Fraction | null;
  readonly shortfall: { readonly needed: bigint; readonly missing: bigint } | null;
  readonly coverageNote: Bilingual | null;
  readonly reason: 'zero_denominator' | 'absent_denominator' | null;
};

type Applicable<T extends Target> = { readonly target: T; readonly year: number | null };

/** Coverage from its four disjoint counts (§4). */
export function coverageOf(counts: Pick<Coverage, 'value' | 'notApplicable' | 'missing' | 'notReported'>): Coverage {
  const included = counts.value + counts.notApplicable;
  return { ...counts, included, expected: included + counts.missing + counts.notReported };
}

/**
 * The nearest target not yet passed: the least year ≥ the period's, a yearly one recurring; else the undated one; else
 * null (after the last, §6). Where a yearly target and a dated one fall on the same year, the later declared one holds.
 * @param targets all of one plan for one indicator.
 */
export function applicableTarget<T extends Target>(targets: readonly T[], { year }: Period): Applicable<T> | null {
  let nearest: { target: T; year: number; declared: number } | null = null;
  for (const target of targets) {
    if (target.year === null || (!target.everyYear && target.year < year)) continue;
    const due = Math.max(target.year, year);
    if (!nearest || due < nearest.year || (due === nearest.year && target.year > nearest.declared))
      nearest = { target, year: due, declared: target.year };
  }
  if (nearest) return { target: nearest.target, year: nearest.year };
  const undated = targets.find((target) => target.year === null);
  return undated ? { target: undated, year: null } : null;
}

/**
 * Where the value should stand by now, in percent, exactly: t0 + (t1 − t0)·k/K in half-years between two targets of one
 * plan, the target itself at its own half-year (§6). For ratios only. Nam Cường at 2028H2: 130/3.
 * @returns null before the first target, after the last, and where a neighbour has no number: nothing is invented.
 */
export function pace(targets: readonly Target[], period: Period): Fraction | null {
  const ahead = applicableTarget(targets, period);
  if (!ahead || ahead.year === null || ahead.target.threshold === null) return null;
  const to = parseDecimal(ahead.target.threshold);
  const end = endOf(ahead.year);
  const now = halfYearOrdinal(period);
  if (now === end) return to;

  const passed = lastPassed(targets, period.year);
  if (!passed || passed.target.threshold === null) return null;
  const start = endOf(passed.year);
  return interpolate(parseDecimal(passed.target.threshold), to, BigInt(now - start), BigInt(end - start));
}

/**
 * The bounds of a ratio (or of a milestone's share, each missing unit counting 1): missing units add nothing to n, or
 * all of their last accepted denominators (§6). One unknown denominator leaves no bounds, and a note that says so.
 * @param reported sums over the units with a value; `missingDenominators` of the units without, in the same scale.
 */
export function bounds(reported: {
  n: bigint;
  d: bigint;
  missingDenominators: readonly bigint[];
  unknownCount: number;
}): Bounds {
  const { n, d, missingDenominators, unknownCount } = reported;
  if (unknownCount > 0) {
    const units = displayNumber(BigInt(unknownCount));
    const boundsNote = { vi: `mẫu số chưa biết: ${units} đơn vị`, en: `denominator unknown: ${unknownCount} units` };
    return { lower: null, upper: null, boundsNote };
  }
  const open = missingDenominators.reduce((sum, denominator) => sum + denominator, 0n);
  if (d + open === 0n) return { lower: null, upper: null, boundsNote: null };
  return { lower: { n, d: d + open }, upper: { n: n + open, d: d + open }, boundsNote: null };
}

/** The bounds of a count: what is missing can only add, and nobody knows how much (§6). */
export function countBounds(n: bigint): Bounds {
  return { lower: { n, d: null }, upper: null, boundsNote: null };
}

/**
 * The one status of a value against its applicable target (§6).
 * @param targets all of one plan for one indicator; @param period a year is assessed as at its second half;
 * @param closed whether the round of the period (for a year: its H2) is closed: before that nothing is "not met".
 */
export function assess<T extends Target>(
  measured: Measured,
  targets: readonly T[],
  period: Period,
  closed: boolean,
): Assessment<T> {
  const { kind, coverage } = measured;
  const full = coverage.included === coverage.expected;
  const applicable = applicableTarget(targets, period);
  const goal = applicable && yardstick(kind, applicable.target);
  const paced = goal && kind === 'ratio' ? pace(targets, period) : null;
  const answer = (status: AssessmentStatus, more: Partial<Assessment<T>> = {}): Assessment<T> => ({
    status,
    certain: full,
    label: wordings[status][0],
    labelEn: wordings[status][1],
    target: applicable?.target ?? null,
    targetYear: applicable?.year ?? null,
    pace: paced,
    shortfall: null,
    coverageNote: full ? null : coverageNote(measured, more.certain ?? false),
    reason: null,
    ...more,
  });

  if (!applicable || !goal) return answer('no_target', { certain: true, coverageNote: null });
  if (coverage.expected > 0 && coverage.notApplicable === coverage.expected) return answer('not_applicable');
  if (measured.n === null || coverage.value === 0) return answer('no_data');
  const value = exactValue(measured, { n: measured.n, d: measured.d });
  if (!value) return answer('no_data', { reason: measured.d === 0n ? 'zero_denominator' : 'absent_denominator' });

  const due = applicable.year === period.year && period.half !== 1;
  const statusAt = (at: Fraction): AssessmentStatus => {
    if (meets(at, goal)) return 'met';
    if (due && closed) return 'not_met';
    if (paced === null) return 'in_progress';
    return meets(at, { comparator: goal.comparator, threshold: paced }) ? 'on_track' : 'behind';
  };
  const status = statusAt(value);
  const [low, high] = [measured.lower, measured.upper].map((parts) => (parts ? exactValue(measured, parts) : null));
  // A status never worsens as the value grows, so equal statuses at the ends hold for everything between.
  const held = !!low && statusAt(low) === status && (status === 'met' || (!!high && statusAt(high) === status));
  const certain = full || held;
  if (status === 'met' && certain) return answer('met', { certain });
  if (status === 'met') {
    const [vi, en] = wordings.met_on_reported;
    const share = includedShare(measured);
    return answer('met_on_reported', { certain, label: `${vi} (${share.vi})`, labelEn: `${en} (${share.en})` });
  }
  return answer(status, { certain, shortfall: shortfall(measured, measured.n, goal) });
}

/** Beside a total (§6): how many of the units below meet their own target, of those that have one. */
export function unitsMeeting(assessments: readonly Pick<Assessment, 'status'>[]): { meeting: number; having: number } {
  const having = assessments.filter(({ status }) => status !== 'no_target');
  return { meeting: having.filter(({ status }) => status === 'met').length, having: having.length };
}

const endOf = (year: number) => halfYearOrdinal({ year, half: 2 });
const isShare = (kind: FigureKind) => kind === 'ratio' || kind === 'milestone';
const wholeOf = (scale = 0) => 10n ** BigInt(scale);

/** A milestone's bare "yes" over units is all of those answering; other targets without a number are words only. */
function yardstick(kind: FigureKind, { comparator, threshold }: Target): Yardstick | null {
  if (kind === 'text') return null;
  if (comparator !== null && threshold !== null) return { comparator, threshold: parseDecimal(threshold) };
  return kind === 'milestone' ? { comparator: 'at_least', threshold: fraction(100n) } : null;
}

/** Percent for ratios and milestones, the unscaled number for counts; null without a denominator other than 0. */
function exactValue({ kind, scale }: Measured, { n, d }: Parts): Fraction | null {
  if (!isShare(kind)) return fraction(n, wholeOf(scale));
  return d === null || d === 0n ? null : percentOf(n, d);
}

function shortfall({ kind, d, scale }: Measured, n: bigint, { comparator, threshold }: Yardstick) {
  const [whole, per] = isShare(kind) ? [d ?? 0n, 100n] : [wholeOf(scale), 1n];
  const needed = leastMeeting({ comparator, threshold: fraction(threshold.n * whole, threshold.d * per) });
  return { needed, missing: needed - n };
}

function lastPassed<T extends Target>(targets: readonly T[], before: number): { target: T; year: number } | null {
  let last: { target: T; year: number; declared: number } | null = null;
  for (const target of targets) {
    if (target.year === null || target.year >= before) continue;
    const year = target.everyYear ? before - 1 : target.year;
    if (!last || year > last.year || (year === last.year && target.year > last.declared))
      last = { target, year, declared: target.year };
  }
  return last;
}

function includedShare({ coverage, countedIn }: Measured): Bilingual {
  const { included, expected } = coverage;
  const [vi, en] = countedIn === 'unit_rounds' ? ['lượt báo cáo', 'unit reports'] : ['đơn vị', 'units'];
  return {
    vi: `${displayNumber(BigInt(included))}/${displayNumber(BigInt(expected))} ${vi}`,
    en: `${included}/${expected} ${en}`,
  };
}

function coverageNote(measured: Measured, certain: boolean): Bilingual {
  const share = includedShare(measured);
  const onKnown = { vi: 'chắc chắn trên mẫu số gần nhất đã biết', en: 'certain on last known denominators' };
  const parts = [
    measured.countedIn === 'unit_rounds' ? share : { vi: `${share.vi} đã trả lời`, en: `${share.en} answered` },
    ...(certain && measured.kind === 'ratio' ? [onKnown] : []),
    ...(measured.boundsNote ? [measured.boundsNote] : []),
  ];
  return { vi: parts.map(({ vi }) => vi).join('; '), en: parts.map(({ en }) => en).join('; ') };
}
