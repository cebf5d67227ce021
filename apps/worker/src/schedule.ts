/** Keeps the queue's times in line with the table of schedules: at every start, and whenever a schedule was saved. */
import type { DataSource } from 'typeorm';
import { type JobQueue, rows, transact } from '#core';
import type { SchedulesService } from '#exports';
import type { Jobs } from './jobs.js';

/** Any number that no other program of the database takes for its advisory lock. */
const SYNC_LOCK = 57_202_612;

export class Timetable {
  constructor(
    private readonly dataSource: DataSource,
    private readonly queue: JobQueue<Jobs>,
    private readonly schedules: SchedulesService,
  ) {}

  /** One worker at a time, and each reads the table under the lock: the last to finish cannot bring back what is old. */
  async sync(): Promise<void> {
    await transact(this.dataSource, async (db) => {
      await rows(db, 'select pg_advisory_xact_lock($1)', [SYNC_LOCK]);
      const wanted = new Map(
        (await this.schedules.active(db)).map((schedule) => [`schedule-${schedule.id}`, schedule]),
      );
      await this.queue.schedule('delivery-sweep', { cron: '* * * * *', name: 'delivery.sweep', payload: {} });
      await this.queue.schedule('audit-seal', { cron: '* * * * *', name: 'audit.seal', payload: {} });
      for (const standing of await this.queue.schedules())
        if (standing.name === 'schedule.run' && !wanted.has(standing.id)) await this.queue.unschedule(standing.id);
      for (const [id, { id: scheduleId, cron }] of wanted)
        await this.queue.schedule(id, { cron, name: 'schedule.run', payload: { scheduleId } });
    });
  }
}
