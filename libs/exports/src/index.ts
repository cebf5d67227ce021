/** Exports: the summary as a query, as a workbook, on request and by schedule. */

export { type CatchUp, catchUps } from './catch-up.js';
export { type DownloadLink, ExportDownloads, type FileContent } from './export.downloads.js';
export * from './exports.module.js';
export { type Made, XLSX_TYPE } from './layouts/layout.js';
export { type LayoutKind, LayoutsService, layoutKinds, layouts } from './layouts.js';
export type { Progress } from './progress.js';
export { checkedRecipients } from './recipients.js';
export { type Bounce, type Recipient, RecipientsService } from './recipients.service.js';
export { type RunStatus, RunsService, runStatuses, type ScheduleRun, troubleOf } from './runs.service.js';
export { SchedulePlanner } from './schedule.planner.js';
export type { Schedule } from './schedule.rows.js';
export { type RunKind, runKinds, ScheduleRunner } from './schedule.runner.js';
export { type ScheduleChange, SchedulesService, type ScheduleWish } from './schedules.service.js';
export { SummariesService, type SummaryFile, type SummaryStatus, summaryStatuses } from './summaries.service.js';
export type { Summary } from './summary.js';
export { SummaryQuery } from './summary.query.js';
export { writeSummary } from './summary.workbook.js';
export { timingText } from './timing.js';
export { Turns } from './turns.js';
