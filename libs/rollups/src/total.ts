/**
 * One total, built from sums and targets: figures exact and as displayed, coverage, and how it stands against the unit's
 * own target and the nearest superior one. Pure; the numbers come from reads.ts (docs/semantics.md §4, §6).
 */
import {
  type Assessment,
  assess,
  type Bounds,
  bounds,
  type Coverage,
  countBounds,
  coverageOf,
  type Measured,
  type Parts,
} from './assessment.js';
import { type Bilingual, displayAgainst, displayNumber, displayPercent, displayThreshold } from './display.js';
import { fractionText, parseDecimal } from './fraction.js';
import { type RoundFigure, yearFigure } from './over-time.js';
import { type Period, parsePeriod } from './period.js';
import type { TotalIndicator } from './reads.js';
import type { PlansInForce, StandingTarget } from './target.reads.js';
import type { Vector } from './vector.js';

/** Exact figures of one indicator over one unit and period, before any target. */
export type Figure = Measured & { estimated: number; countedIn: 'units' | 'unit_rounds' };

export type Assessed = {
  status: Assessment['status'];
  certain: boolean;
  label: string;
  labelEn: string;
  planKey: string;
  planTitle: string;
  planDocument: string;
  illustrative: boolean;
  targetYear: number | null;
  comparator: 'at_least' | 'above' | null;
  /** Decimal digits, percent for ratios and milestones. */
  threshold: string | null;
  thresholdDisplay: string | null;
  wording: string;
  clause: string;
  denominatorWording: string | null;
  /** Exact percent as "n/d", e.g. "130/3". */
  pace: string | null;
  paceDisplay: string | null;
  /** How much the numerator lacks, when rounding would mislead or coverage is open: sentences beside the figure. */
  notes: Bilingual[];
};

/** One end: exact decimal digits, and as people read it. */
export type BoundShown = { numerator: string; denominator: string | null; display: string };

export type Total = {
  indicator: TotalIndicator;
  /** Exact decimal digits; null when there is no value. */
  numerator: string | null;
  denominator: string | null;
  /** As people read it: "86,4%", "10.793", "91/92"; null without a value. */
  display: string | null;
  noValue: 'no_data' | 'not_applicable' | 'zero_denominator' | null;
  coverage: Coverage & { estimated: number; countedIn: 'units' | 'unit_rounds' };
  /** What the figure may become once the silent units answer; null at full coverage. Either end null: cannot be said. */
  bounds: { lower: BoundShown | null; upper: BoundShown | null; note: Bilingual | null } | null;
  /** Lũy kế: the year so far, where a half-year shows its own sum (flows); computed, never typed. */
  cumulative: { numerator: string; display: string; coverage: Coverage } | null;
  own: Assessed | null;
  superior: Assessed | null;
  /** Units directly below that meet their own target, of those that have one; null where not asked. */
  below: { meeting: number; having: number } | null;
  /** More than one wording: the total mixes denominators that plans word differently. */
  denominatorWordings: string[];
};

/** One slot of a vector; `open` and `unknown` are what bounds need. */
type SlotFigure = RoundFigure & { estimated: number; open: bigint; unknown: number };

/** The figure of one indicator in one round, from a vector. Null when the unit owes nothing there. */
function roundFigure(indicator: TotalIndicator, vector: Vector): SlotFigure {
  const slot = indicator.position - 1;
  const value = vector.valued[slot] ?? 0;
  const known = value > 0;
  return {
    round: parsePeriod(vector.round),
    n: known ? BigInt(vector.n[slot] ?? 0) : null,
    d: known && hasDenominator(indicator) ? BigInt(vector.d[slot] ?? 0) : null,
    coverage: coverageOf({
      value,
      notApplicable: vector.notApplicable[slot] ?? 0,
      missing: vector.missing[slot] ?? 0,
      // What carries over from earlier rounds is a value without a report.
      notReported: vector.expected - value - (vector.notApplicable[slot] ?? 0) - (vector.missing[slot] ?? 0),
    }),
    open: BigInt(vector.open[slot] ?? 0),
    unknown: vector.unknown[slot] ?? 0,
    estimated: vector.estimated[slot] ?? 0,
  };
}

const hasDenominator = ({ kind }: TotalIndicator) => kind === 'ratio' || kind === 'milestone';

/**
 * The figure of a period, and the one that a target is held against: the same but for flows, where a half-year shows its
 * own sum while the year's target is held against the year so far. A stock is its latest round; a milestone's earlier
 * yes has been carried over into the latest round already.
 * @param vectors one per opened round of the year up to the period, oldest first
 */
export function periodFigures(
  indicator: TotalIndicator,
  vectors: readonly Vector[],
  period: Period,
): { shown: Figure; held: Figure } | null {
  const rounds = vectors.map((vector) => roundFigure(indicator, vector));
  const latest = rounds.at(-1);
  if (!latest) return null;
  const { kind, scale } = indicator;
  const own: Figure = {
    kind,
    scale,
    n: latest.n,
    d: latest.d,
    coverage: latest.coverage,
    estimated: latest.estimated,
    countedIn: 'units',
    ...boundsOf(indicator, latest),
  };
  const year = indicator.overTime === 'sum' ? yearFigure('sum', rounds, period) : null;
  if (!year) return { shown: own, held: own };
  const held: Figure = {
    kind,
    scale,
    n: year.n,
    d: year.d,
    coverage: year.coverage,
    estimated: rounds.reduce((sum, round) => sum + round.estimated, 0),
    countedIn: year.countedIn,
    ...(year.n === null || kind !== 'flow' ? OPEN : countBounds(year.n)),
  };
  return { shown: period.half === null ? held : own, held };
}

const OPEN: Bounds = { lower: null, upper: null, boundsNote: null };

function boundsOf(indicator: TotalIndicator, { n, d, coverage, open, unknown }: SlotFigure): Bounds {
  const silent = coverage.missing + coverage.notReported;
  if (silent === 0) return OPEN;
  const reported = { n: n ?? 0n, d: d ?? 0n };
  if (indicator.kind === 'milestone')
    return bounds({ ...reported, missingDenominators: [BigInt(silent)], unknownCount: 0 });
  if (indicator.kind === 'ratio') return bounds({ ...reported, missingDenominators: [open], unknownCount: unknown });
  return n === null ? OPEN : countBounds(n);
}

/** Targets that bind the unit itself: its own plan's, and apart from them those of the nearest superior that has any. */
export function targetsBinding(
  indicator: TotalIndicator,
  lineage: readonly number[],
  plans: PlansInForce,
): { own: StandingTarget[]; superior: StandingTarget[] } {
  const of = (unitId: number, other: 'unit' | 'below'): StandingTarget[] => {
    // Two plans of one unit on one indicator: the newer one holds.
    for (const plan of plans.get(unitId) ?? []) {
      const fitting = plan.targets.get(indicator.position)?.filter(({ binds }) => binds === 'both' || binds === other);
      if (fitting?.length) return fitting;
    }
    return [];
  };
  const [unit, ...above] = lineage;
  const superior = above.map((ancestor) => of(ancestor, 'below')).find((found) => found.length > 0);
  return { own: unit === undefined ? [] : of(unit, 'unit'), superior: superior ?? [] };
}

/** Holds a figure against the targets of one plan. @returns null without any target there */
export function assessed(
  figure: Figure,
  indicator: TotalIndicator,
  targets: StandingTarget[],
  period: Period,
  closed: boolean,
): Assessed | null {
  const first = targets[0];
  if (!first) return null;
  const result = assess(figure, targets, period, closed);
  const target = result.target;
  const percent = hasDenominator(indicator);
  const threshold = target?.threshold ? parseDecimal(target.threshold) : null;
  const notes: Bilingual[] = result.coverageNote ? [result.coverageNote] : [];
  if (percent && threshold && target?.comparator && figure.n !== null && figure.d !== null) {
    const against = displayAgainst(figure.n, figure.d, { comparator: target.comparator, threshold }, indicator);
    if (against?.note) notes.unshift(against.note);
  }
  return {
    status: result.status,
    certain: result.certain,
    label: result.label,
    labelEn: result.labelEn,
    planKey: first.planKey,
    planTitle: first.planTitle,
    planDocument: first.planDocument,
    illustrative: first.illustrative,
    targetYear: result.targetYear,
    comparator: target?.comparator ?? null,
    threshold: target?.threshold ?? null,
    thresholdDisplay: threshold && (percent ? displayThreshold(threshold) : (target?.threshold ?? null)),
    wording: target?.wording ?? first.wording,
    clause: target?.clause ?? first.clause,
    denominatorWording: target?.denominatorWording ?? null,
    pace: result.pace && fractionText(result.pace),
    paceDisplay: result.pace && displayThreshold(result.pace),
    notes,
  };
}

/** The year so far beside a half-year's own figure; null where they are the same thing. */
export function cumulativeOf({ shown: own, held }: { shown: Figure; held: Figure }): Total['cumulative'] {
  if (own === held || held.n === null) return null;
  return {
    numerator: decimalText(held.n, held.scale ?? 0),
    display: displayNumber(held.n, held.scale),
    coverage: held.coverage,
  };
}

/** The ends between which a figure lies, on the last known denominators (docs/semantics.md §6). */
export function boundsShown(indicator: TotalIndicator, figure: Figure): Total['bounds'] {
  const { lower = null, upper = null, boundsNote = null, coverage } = figure;
  const silent = coverage.missing + coverage.notReported;
  if (silent === 0 || (!lower && !upper && !boundsNote)) return null;
  const end = (parts: Parts | null): BoundShown | null =>
    parts && {
      numerator: decimalText(parts.n, indicator.scale),
      denominator: parts.d === null ? null : decimalText(parts.d, indicator.scale),
      display: parts.d === null ? displayNumber(parts.n, indicator.scale) : displayPercent(parts.n, parts.d)!,
    };
  return { lower: end(lower), upper: end(upper), note: boundsNote };
}

/** What is shown for a figure. A milestone over units reads "yes of answering"; of one unit "Có" or "Không". */
export function shown(
  indicator: TotalIndicator,
  figure: Figure,
): Pick<Total, 'numerator' | 'denominator' | 'display' | 'noValue'> {
  const none = (noValue: Total['noValue']) => ({ numerator: null, denominator: null, display: null, noValue });
  const { n, d, coverage } = figure;
  if (coverage.expected > 0 && coverage.notApplicable === coverage.expected) return none('not_applicable');
  if (n === null) return none('no_data');
  if (hasDenominator(indicator) && (d === null || d === 0n)) return none('zero_denominator');
  return {
    numerator: decimalText(n, indicator.scale),
    denominator: d === null || !hasDenominator(indicator) ? null : decimalText(d, indicator.scale),
    display: displayOf(indicator, n, d, coverage),
    noValue: null,
  };
}

function displayOf(indicator: TotalIndicator, n: bigint, d: bigint | null, coverage: Coverage): string {
  if (indicator.kind === 'ratio') return displayPercent(n, d!)!;
  if (indicator.kind !== 'milestone') return displayNumber(n, indicator.scale);
  if (coverage.expected === 1) return n === 1n ? 'Có' : 'Không';
  return `${displayNumber(n)}/${displayNumber(d!)}`;
}

function decimalText(digits: bigint, scale: number): string {
  if (scale === 0) return String(digits);
  const padded = String(digits).padStart(scale + 1, '0');
  return `${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}
