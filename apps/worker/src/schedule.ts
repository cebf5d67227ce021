/** The worker's own times: what looks, every minute, for what is due. What is due, the tables say. */
import type { JobQueue } from '#core';
import type { Jobs } from './jobs.js';

const EVERY_MINUTE = '* * * * *';
const times = {
  'schedule-tick': 'schedule.tick',
  'delivery-sweep': 'delivery.sweep',
  'audit-seal': 'audit.seal',
} as const;

export async function keepTimes(queue: JobQueue<Jobs>): Promise<void> {
  for (const standing of await queue.schedules()) if (!(standing.id in times)) await queue.unschedule(standing.id);
  for (const [id, name] of Object.entries(times)) await queue.schedule(id, { cron: EVERY_MINUTE, name, payload: {} });
}
