/** Roll-ups: totals, completeness and assessment. Reads only; what they mean is docs/semantics.md §4–6. */
export { type AssessmentStatus, assessmentStatuses } from './assessment.js';
export { type Band, type BandCode, bandCodes } from './bands.js';
export {
  type ChangedFigure,
  type ChangedReport,
  type ChangesSinceClose,
  type Closing,
  ClosingsService,
} from './closings.service.js';
export {
  type Completeness,
  type CompletenessClass,
  CompletenessService,
  completenessClasses,
  type ObligationState,
  type Timeliness,
  timelinesses,
} from './completeness.service.js';
export { type Bilingual, displayFraction, displayNumber, displayPercentage, displayPoints } from './display.js';
export { fractionText } from './fraction.js';
export { Horizon } from './horizon.js';
export { type Move, moves } from './movers.js';
export { AD_HOC, halfYearsBetween, parsePeriod, periodLabel, roundLabel } from './period.js';
export { type LocalFigures, type Proposal, type ProposalFigure, ProposalsService } from './proposals.service.js';
export type {
  About,
  EndsOfRanking,
  GapAnswer,
  IndicatorQuestion,
  Movers,
  Names,
  PlacedUnit,
  Ranking,
  Seen,
  SeenMove,
} from './questions.js';
export { QuestionsService } from './questions.service.js';
export { type RankingOrder, rankingOrders } from './ranking.js';
export type { Basis, TotalIndicator, TotalUnit } from './reads.js';
export * from './rollups.module.js';
export { type StandingTarget, targetsOf } from './target.reads.js';
export type { Assessed, BoundShown, Total } from './total.js';
export { type Boundaries, boundaries, type TotalsQuestion, TotalsService, type UnitTotals } from './totals.service.js';
export { type Answer, answers } from './unit-figures.js';
