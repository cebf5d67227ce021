/** Cron expressions in the time of Vietnam: five fields, minute first. The queue runs by them, schedules are checked by them. */
import { type CronExpression, CronExpressionParser } from 'cron-parser';
import { VIETNAM } from './clock.js';
import { Problem } from './problem.js';

/** @throws Problem schedule.invalid unless the expression has five fields and a run to come */
export function checkCron(cron: string): void {
  nextRuns(cron, new Date(0), 1);
}

/**
 * The coming runs after an instant, earliest first.
 * @throws Problem schedule.invalid
 */
export function nextRuns(cron: string, after: Date, most: number): Date[] {
  return parsed(cron, after, (runs) => runs.take(most).map((run) => run.toDate()));
}

/** The last run before an instant. @throws Problem schedule.invalid */
export function lastRun(cron: string, before: Date): Date {
  return parsed(cron, before, (runs) => runs.prev().toDate());
}

function parsed<T>(cron: string, from: Date, ask: (runs: CronExpression) => T): T {
  if (cron !== cron.trim() || cron.split(/\s+/).length !== 5)
    throw new Problem('schedule.invalid', {
      reason: `"${cron}": phút giờ ngày tháng thứ / minute hour day month weekday`,
    });
  try {
    return ask(CronExpressionParser.parse(cron, { tz: VIETNAM, currentDate: from }));
  } catch (error) {
    throw new Problem('schedule.invalid', { reason: `"${cron}": ${error instanceof Error ? error.message : error}` });
  }
}
