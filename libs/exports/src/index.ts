/** Exports: the summary as a query, as a workbook, on request and by schedule. */
export * from './exports.module.js';
export { ScheduleRunner } from './schedule.runner.js';
export { type Schedule, type ScheduleChange, SchedulesService, type ScheduleWish } from './schedules.service.js';
export {
  SummariesService,
  type SummaryFile,
  type SummaryStatus,
  type SummaryWish,
  summaryStatuses,
} from './summaries.service.js';
export { type Summary, type SummaryNarrative, SummaryQuery } from './summary.query.js';
export { summaryFileName, writeSummary, XLSX_TYPE } from './summary.workbook.js';
