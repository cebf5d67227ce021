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
 * @param until none after this
 * @throws Problem schedule.invalid
 */
export function nextRuns(cron: string, after: Date, most: number, until?: Date): Date[] {
  if (cron !== cron.trim() || cron.split(/\s+/).length !== 5)
    throw new Problem('schedule.invalid', {
      reason: `"${cron}": phút giờ ngày tháng thứ / minute hour day month weekday`,
    });
  // The parser would replace H by a number of its own choosing, another one at each reading.
  if (/(^|[\s,])H([\s,/(]|$)/i.test(cron))
    throw new Problem('schedule.invalid', {
      reason: `"${cron}": không dùng H, hãy ghi rõ số / no H, write the number`,
    });
  try {
    const coming = CronExpressionParser.parse(cron, { tz: VIETNAM, currentDate: after });
    const runs: Date[] = [];
    while (runs.length < most) {
      const run = coming.next().toDate();
      if (until && run > until) break;
      runs.push(run);
    }
    return runs;
  } catch (error) {
    throw new Problem('schedule.invalid', { reason: `"${cron}": ${error instanceof Error ? error.message : error}` });
  }
}

/** Whether all runs fall on one minute of the hour: then no two are nearer to each other than an hour. */
export function isAtMostHourly(cron: string): boolean {
  return CronExpressionParser.parse(cron, { tz: VIETNAM }).fields.minute.values.length === 1;
}
