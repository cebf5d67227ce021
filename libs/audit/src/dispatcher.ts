/**
 * The way from the event log to the queue. An event that names a job was written in the transaction of its change; here
 * it is handed over and stamped, by however many workers run at once. A crash between handing over and stamping hands
 * it over again under the same job id, which the queue takes for one. Jobs of a name this worker does not know are left
 * for one that does: during an upgrade old and new workers run side by side.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { rows, transact } from '#core';

export type WaitingJob = {
  name: string;
  /** The event's subject. */
  payload: Record<string, unknown>;
  /** `event-<id>`: the same event always under the same id. */
  jobId: string;
  /** Of the request that the event came from, if it came from one. */
  requestId: string | null;
};

type DispatcherSettings = {
  /** Names of the jobs that may be handed over. */
  names: readonly string[];
  handOver: (job: WaitingJob) => Promise<unknown>;
  onError: (error: unknown) => void;
  /** Milliseconds between looks; 500 unless given. */
  pause?: number;
};

type WaitingEvent = { id: string; job: string; subject: Record<string, unknown>; requestId: string | null };

const BATCH = 100;
const PAUSE = 500;
const PAUSE_AFTER_ERROR = 2_000;
const HAND_OVER_LIMIT = 10_000;

export class Dispatcher {
  private readonly stopped = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: DispatcherSettings,
  ) {}

  /** Looks for waiting events again and again, until `stop`. */
  start(): void {
    this.running = this.loop();
  }

  /** Ends after the batch under way. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  /**
   * Hands over one batch, oldest first.
   * @returns how many were handed over and stamped
   * @throws when the database, or the handing over of any event, failed; what succeeded beside it is stamped
   */
  async dispatch(): Promise<number> {
    const { handed, failure } = await transact(this.dataSource, async (db) => {
      const waiting = await rows<WaitingEvent>(
        db,
        `select id, job, subject, request_id as "requestId" from event
         where job is not null and dispatched_at is null and job = any($1)
         order by id limit ${BATCH} for update skip locked`,
        [this.settings.names],
      );
      const outcomes = await Promise.allSettled(waiting.map((event) => this.handOver(event)));
      const done = waiting.filter((_, i) => outcomes[i]?.status === 'fulfilled').map((event) => event.id);
      if (done.length > 0)
        await rows(db, 'update event set dispatched_at = clock_timestamp() where id = any($1)', [done]);
      return { handed: done.length, failure: outcomes.find((outcome) => outcome.status === 'rejected') };
    });
    if (failure) throw failure.reason;
    return handed;
  }

  private async handOver(event: WaitingEvent): Promise<void> {
    const over = new AbortController();
    const late = pause(HAND_OVER_LIMIT, undefined, { signal: over.signal, ref: false }).then(() => {
      throw new Error(`The queue did not take event ${event.id} (${event.job}) within ${HAND_OVER_LIMIT / 1000} s`);
    });
    late.catch(() => {});
    const job = { name: event.job, payload: event.subject, jobId: `event-${event.id}`, requestId: event.requestId };
    await Promise.race([this.settings.handOver(job), late]).finally(() => over.abort());
  }

  private async loop(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      let wait = this.settings.pause ?? PAUSE;
      try {
        if ((await this.dispatch()) === BATCH) continue;
      } catch (error) {
        this.settings.onError(error);
        wait = PAUSE_AFTER_ERROR;
      }
      await pause(wait, undefined, { signal }).catch(() => {});
    }
  }
}
