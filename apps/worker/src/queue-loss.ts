/**
 * When the queue has lost its memory. Events are stamped once their job is handed over, so a Redis that is flushed, or
 * comes back without its last second, takes jobs with it that nobody would hand over again; and with them the worker's
 * times. Every worker looks a few times a minute whether the queue still is the one it was; the first to see that it is
 * not sets the times anew and hands over again what was handed over lately. All jobs bear being run again; what is due
 * by a schedule stands in a table, which the next look finds.
 */
import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';
import { type JobQueue, row, rows, transact } from '#core';
import type { Jobs } from './jobs.js';
import { keepTimes } from './schedule.js';

const LOOK_EVERY = 10_000;
/** What was handed over within this long is handed over again: longer than any backlog. */
const HANDED_OVER_WITHIN = '24 hours';

export class QueueLoss {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly parts: {
      dataSource: DataSource;
      queue: JobQueue<Jobs>;
      log: Logger;
      every?: number;
    },
  ) {}

  start(): void {
    const { log, queue, every = LOOK_EVERY } = this.parts;
    const again = () => {
      this.timer = setTimeout(() => {
        // The times are said again each time, for a clock that was set back meanwhile.
        this.looking = this.look()
          .then(() => keepTimes(queue))
          .catch((error: unknown) => log.warn({ err: error }, 'the queue could not be looked after'))
          .finally(() => this.timer && again());
      }, every);
    };
    again();
  }

  async stop(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.looking;
  }

  /** @returns whether another queue was found than the one seen last */
  async look(): Promise<boolean> {
    const { dataSource, queue, log } = this.parts;
    const identity = await queue.identity();
    const seen = await row<{ identity: string; seen_at: Date }>(
      dataSource,
      `insert into queue_identity (identity, seen_at) values ($1, clock_timestamp())
       on conflict (one) do update set seen_at = case when queue_identity.identity = $1 then clock_timestamp() else queue_identity.seen_at end
       returning identity, seen_at`,
      [identity],
    );
    if (seen!.identity === identity) return false;
    log.warn({ lastSeen: seen!.seen_at }, 'the queue has lost its memory: times are set anew, jobs handed over again');
    await keepTimes(queue);
    await queue.add('schedule.tick', {});
    await transact(dataSource, async (db) => {
      const standing = await row<{ identity: string; seen_at: Date }>(
        db,
        'select identity, seen_at from queue_identity for update',
      );
      if (standing!.identity === identity) return;
      const lately = await rows<{ id: string; job: keyof Jobs; subject: Jobs[keyof Jobs] }>(
        db,
        `select id, job, subject from event
         where job is not null and dispatched_at > $1::timestamptz - $2::interval order by id`,
        [standing!.seen_at, HANDED_OVER_WITHIN],
      );
      for (const { id, job, subject } of lately) await queue.add(job, subject, { jobId: `event-${id}` });
      await rows(db, 'update queue_identity set identity = $1, seen_at = clock_timestamp()', [identity]);
      log.warn({ jobs: lately.length }, 'handed over again');
    });
    return true;
  }
}
