/** Cron expressions in the time of Vietnam: five fields, minute first. The queue runs by them, schedules are checked by them. */
import { CronExpressionParser } from 'cron-parser';
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
  if (cron !== cron.trim() || cron.split(/\s+/).length !== 5)
    throw new Problem('schedule.invalid', {
      reason: `"${cron}": phút giờ ngày tháng thứ / minute hour day month weekday`,
    });
  try {
    return CronExpressionParser.parse(cron, { tz: VIETNAM, currentDate: after })
      .take(most)
      .map((run) => run.toDate());
  } catch (error) {
    throw new Problem('schedule.invalid', { reason: `"${cron}": ${error instanceof Error ? error.message : error}` });
  }
}
