/** Exports: the summary as a query, as a workbook, on request and by schedule. */
export * from './exports.module.js';
export { CSV_TYPE, type Layout, type Made, XLSX_TYPE } from './layouts/layout.js';
export { type LayoutKind, LayoutsService, layoutKinds, layoutOf, layouts } from './layouts.js';
export { ScheduleRunner } from './schedule.runner.js';
export { type Schedule, type ScheduleChange, SchedulesService, type ScheduleWish } from './schedules.service.js';
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
