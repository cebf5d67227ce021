/** Exports: the summary as a query, as a workbook, on request and by schedule. */

export { type CatchUp, catchUps } from './catch-up.js';
export { type DownloadLink, ExportDownloads, type FileContent } from './export.downloads.js';
export * from './exports.module.js';
export { CSV_TYPE, type Layout, type Made, XLSX_TYPE } from './layouts/layout.js';
export { type LayoutKind, LayoutsService, layoutKinds, layoutOf, layouts } from './layouts.js';
export type { Progress } from './progress.js';
export { checkedRecipients } from './recipients.js';
export { type Bounce, type Leaving, type Recipient, RecipientsService } from './recipients.service.js';
export { type RunStatus, RunsService, runStatuses, type ScheduleRun, troubleOf } from './runs.service.js';
export { SchedulePlanner } from './schedule.planner.js';
export type { Schedule } from './schedule.rows.js';
export { type RunKind, runKinds, ScheduleRunner } from './schedule.runner.js';
export { type ScheduleChange, SchedulesService, type ScheduleWish } from './schedules.service.js';
export {
  SummariesService,
  type SummaryFile,
  type SummaryStatus,
  type SummaryWish,
  summaryStatuses,
} from './summaries.service.js';
export type { LayoutWish, Summary, SummaryNarrative } from './summary.js';
export { SummaryQuery } from './summary.query.js';
export { summaryFileName, writeSummary } from './summary.workbook.js';
export { type Timing, type TimingWish, timingKinds, timingText } from './timing.js';
export { Turns } from './turns.js';
