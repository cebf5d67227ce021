/** Reporting: rounds, obligations, versions of reports and their life. Writes go through the SQL functions only. */

export { type AdHocRequest, AdHocRoundsService } from './ad-hoc-rounds.service.js';
export { refusals } from './db-problems.js';
export { scaledText } from './digits.js';
export { type Draft, DraftsService, type DraftWish } from './drafts.service.js';
export type { Finding } from './findings.js';
export type { UnitOutcome } from './form/delivery.js';
export { FormsService } from './form/forms.service.js';
export { type AskedIndicator, type FigureState, figureStates, type GivenFigure, type GivenNarrative } from './given.js';
export type { Header } from './header.js';
export {
  type HistoryExtension,
  type HistoryRound,
  HistoryService,
  type HistoryStep,
  type HistoryVersion,
  type TrailEntry,
  type UnitHistory,
} from './history.service.js';
export { type LocalUnitsAnswer, LocalUnitsService } from './local-units.service.js';
export { type BoundaryOutcome, type ExtensionGranted, ObligationsService } from './obligations.service.js';
export { type PaperReport, PaperService } from './paper.service.js';
export { type LocalReport, localReports, type ProposedFigure, proposalOf } from './proposal.js';
export {
  type LastRound,
  type Paper,
  type Report,
  type ReportFigure,
  ReportReader,
  type ReportVersion,
} from './report.reader.js';
export { adds, arrayText } from './report-store.js';
export * from './reporting.module.js';
export {
  ReportsService,
  type ReturnedFigure,
  type StepAnswer,
  type Submission,
  type SubmitAnswer,
} from './reports.service.js';
export { type Round, RoundsService } from './rounds.service.js';
export { type Scan, ScansService } from './scans.service.js';
export { addsOf, contribution, figuresIn, type Kinds, type Slots } from './sums.js';
export type { FigureChange, TextChange, VersionChanges } from './version-changes.js';
