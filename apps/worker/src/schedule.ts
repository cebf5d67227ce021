/** The worker's own times: what looks, every minute, for what is due. What is due, the tables say. */
import type { JobQueue } from '#core';
import type { Jobs } from './jobs.js';

const EVERY_MINUTE = '* * * * *';
const EVERY_MORNING = '0 8 * * *';
const times = {
  'schedule-tick': { name: 'schedule.tick', cron: EVERY_MINUTE },
  'delivery-sweep': { name: 'delivery.sweep', cron: EVERY_MINUTE },
  'reminder-run': { name: 'reminder.run', cron: EVERY_MORNING },
  'unit-follow': { name: 'unit.follow', cron: EVERY_MINUTE },
  'audit-seal': { name: 'audit.seal', cron: EVERY_MINUTE },
} as const;

export async function keepTimes(queue: JobQueue<Jobs>): Promise<void> {
  for (const standing of await queue.schedules()) if (!(standing.id in times)) await queue.unschedule(standing.id);
  for (const [id, time] of Object.entries(times)) await queue.schedule(id, { ...time, payload: {} });
}
