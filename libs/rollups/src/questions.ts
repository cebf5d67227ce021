/**
 * What is asked of one indicator over many units, and the shapes of the answers (questions.service.ts): every answer says
 * of what, for which period and as of when it speaks, and names the units it shows.
 */
import type { Instant, Page } from '#core';
import type { AssessmentStatus, Coverage } from './assessment.js';
import type { BandCode } from './bands.js';
import type { Comparator, Fraction } from './fraction.js';
import type { Contribution, Gaps } from './gaps.js';
import type { Move, Moved } from './movers.js';
import type { bandCounts, Extremes, Ranked } from './ranking.js';
import type { Basis, TotalIndicator, TotalUnit } from './reads.js';
import type { StandingTarget } from './target.reads.js';
import type { Assessed, Total } from './total.js';
import type { TotalsQuestion } from './totals.service.js';
import type { Answer } from './unit-figures.js';

/** @property period a half-year, the code of its round; @property indicator its code */
export type IndicatorQuestion = TotalsQuestion & { indicator: string };

/** Each list keeps the units that are in it; null keeps all. A unit without any target counts as 'no_target'. */
export type RankingFilter = {
  own?: AssessmentStatus[] | null;
  superior?: AssessmentStatus[] | null;
  answers?: Answer[] | null;
  bands?: BandCode[] | null;
};

/** What every answer says of itself. */
export type About = {
  unit: TotalUnit;
  indicator: TotalIndicator;
  period: string;
  basis: Basis;
  /** The instant up to which the record was read. */
  asOf: Instant;
};

/** The units that the answer shows, and their provinces, by id. */
export type Names = { names: ReadonlyMap<number, TotalUnit> };

/** As the unit's own totals show it. */
export type Shown = Pick<Total, 'numerator' | 'denominator' | 'display' | 'noValue'>;
/** Against its own plan, and against the nearest superior one that binds it; null without a target there. */
export type Standing = { own: Assessed | null; superior: Assessed | null };
export type PlacedUnit = Ranked & Shown & Standing & { ownGap: Fraction | null; superiorGap: Fraction | null };

/** `bands` (ratios only) and `answered` count all units below, whatever the filter keeps. */
export type Ranking = About &
  Names & {
    page: Page<PlacedUnit>;
    bands: ReturnType<typeof bandCounts>;
    answered: Record<Answer, number>;
  };
/** A unit's figure in one round, and of how many units it is (one, or a province's communes). */
export type Seen = Shown & { answer: Answer; coverage: Coverage };
export type SeenMove = Omit<Moved, 'before' | 'after'> & { before: Seen | null; after: Seen | null };
/** `since`: the round compared with; null when nothing was opened before. `counts` of all units, listed or not. */
export type Movers = About & Names & { since: string | null; page: Page<SeenMove>; counts: Record<Move, number> };
export type EndsOfRanking = About &
  Names &
  Omit<Extremes, 'best' | 'worst'> & { best: PlacedUnit[]; worst: PlacedUnit[] };
export type GapAnswer = About &
  Names &
  Omit<Gaps, 'contributions'> & {
    target: StandingTarget & { comparator: Comparator; threshold: string };
    /** The year at whose end it stands; null = undated. */
    targetYear: number | null;
    /** Σn and Σd over the units with a value, as people read them. */
    total: Shown;
    page: Page<Contribution & Shown>;
  };
