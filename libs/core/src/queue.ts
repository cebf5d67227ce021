/**
 * Background work: one queue of named jobs, kept in PostgreSQL by default and in Redis where a Redis is configured.
 * A job runs at least once, never "exactly once": a worker that dies hands its job to the next one, so a handler must
 * bear being run again for the same payload. Failures are retried with exponential backoff and stay visible after the
 * last attempt. Schedules are cron expressions in the time of Vietnam. The queue cannot join a database transaction:
 * what must follow a change is written to the event log with it, and handed over from there.
 */
import { isDeepStrictEqual } from 'node:util';
import { type IQueueBackend, type Job, Queue } from 'bullmq';
import { VIETNAM } from './clock.js';
import { checkCron, nextRuns } from './cron.js';
import { greet, redisIdentity, type Store, storeOf, unreachable } from './queue-store.js';
import { type Handlers, type JobPayloads, startWorker, type Work, type WorkerOptions } from './queue-worker.js';

type QueueSettings<Jobs extends JobPayloads> = {
  /** The queue lives here unless `redisUrl` is given. postgres:// URL */
  databaseUrl: string;
  /** redis:// or rediss:// URL */
  redisUrl?: string;
  /** Every job name there is; `add` and `schedule` refuse others, `work` wants a handler for each. */
  names: readonly (keyof Jobs & string)[];
  /** Namespace: schema in PostgreSQL, key prefix in Redis. Letters, digits and underscores. */
  prefix?: string;
  /** Milliseconds before the first retry, doubling from there: 2 s, 4 s, 8 s, 16 s unless given. */
  firstPause?: number;
  /** Hears of lost connections and the like; the queue goes on by itself. */
  onError?: (error: Error) => void;
};

type AddOptions = {
  /** Adding twice under one id adds once, for as long as the first is kept (done: 7 days; failed: 90). No colon, no bare number. */
  jobId?: string;
  /** Milliseconds from now. */
  delay?: number;
  /** Tries in all, the first included; 5 unless given. */
  attempts?: number;
};

export type Schedule<Jobs extends JobPayloads> = {
  id: string;
  name: keyof Jobs & string;
  cron: string;
  payload: object;
  /** The coming run; in the past when it is waiting for a worker. */
  next: Date;
};

type FailedJob = { id: string; name: string; payload: object; attempts: number; reason: string; failedAt: Date };
type JobCounts = { waiting: number; active: number; delayed: number; failed: number };

/** Tries before a job stays failed. */
const ATTEMPTS = 5;
const DAY = 24 * 3600;

/** @throws Error when the store cannot be reached */
export async function openQueue<Jobs extends JobPayloads>(settings: QueueSettings<Jobs>): Promise<JobQueue<Jobs>> {
  const prefix = settings.prefix ?? 'queue';
  if (!/^[A-Za-z_]\w{0,62}$/.test(prefix))
    throw new Error(`"${prefix}" is no queue prefix: letters, digits and _ only`);
  if (settings.redisUrl) await greet(settings.redisUrl);
  const store = storeOf(settings, prefix);
  const queue: Bull = new Queue(
    'jobs',
    {
      connection: {},
      prefix,
      defaultJobOptions: {
        ...triesOf(settings),
        removeOnComplete: { age: 7 * DAY, count: 10_000 },
        removeOnFail: { age: 90 * DAY },
      },
    },
    store(2),
  );
  queue.on('error', (error) => settings.onError?.(error));
  try {
    await queue.waitUntilReady();
  } catch (error) {
    await queue.close();
    throw unreachable('PostgreSQL', error);
  }
  return new JobQueue<Jobs>(queue, settings, prefix, store);
}

type Bull = Queue<object, void, string, object, void, string, IQueueBackend, unknown>;

export class JobQueue<Jobs extends JobPayloads> {
  private readonly workers = new Set<Work>();

  constructor(
    private readonly queue: Bull,
    private readonly settings: QueueSettings<Jobs>,
    private readonly prefix: string,
    private readonly store: Store,
  ) {}

  /** @returns the job's id, also when a job of that id was there already (then nothing is added) */
  async add<Name extends keyof Jobs & string>(
    name: Name,
    payload: Jobs[Name],
    options: AddOptions = {},
  ): Promise<string> {
    this.known(name);
    const job = await this.queue.add(name, payload, options);
    return job.id!;
  }

  /**
   * Runs a job by the clock of Vietnam. Saying the same again changes nothing, so a run that fell due while no worker
   * ran is kept and made up for, once; another cron, name or payload under the same id replaces the schedule. Say it again
   * now and then: a clock that was set back would leave the coming run far ahead.
   * @param cron five fields: minute, hour, day of month, month, day of week
   * @throws Problem schedule.invalid
   */
  async schedule<Name extends keyof Jobs & string>(
    id: string,
    what: { cron: string; name: Name; payload: Jobs[Name] },
  ): Promise<void> {
    this.known(what.name);
    checkCron(what.cron);
    const payload: unknown = JSON.parse(JSON.stringify(what.payload));
    const standing = await this.queue.getJobScheduler(id);
    const same =
      standing?.pattern === what.cron &&
      standing.tz === VIETNAM &&
      standing.name === what.name &&
      isDeepStrictEqual(standing.template?.data, payload);
    // Later than the coming run: the machine's clock was set back since, and nothing would happen until it has caught up.
    const ahead = Number(standing?.next) > nextRuns(what.cron, new Date(), 1)[0]!.getTime();
    if (same && !ahead && (await this.isPending(`repeat:${id}:${standing.next}`))) return;
    await this.queue.upsertJobScheduler(
      id,
      { pattern: what.cron, tz: VIETNAM },
      { name: what.name, data: what.payload, opts: triesOf(this.settings) },
    );
  }

  /** @returns whether there was such a schedule; its waiting run goes with it */
  unschedule(id: string): Promise<boolean> {
    return this.queue.removeJobScheduler(id);
  }

  async schedules(): Promise<Schedule<Jobs>[]> {
    const found = await this.queue.getJobSchedulers(0, -1, true);
    return found.map((s) => ({
      id: s.key,
      name: s.name,
      cron: s.pattern ?? '',
      payload: s.template?.data ?? {},
      next: new Date(Number(s.next)),
    }));
  }

  /**
   * Starts a worker. Every name needs its handler: a worker that would leave jobs lying does not start.
   * It outlives the loss of the store: it reconnects, and jobs whose worker is gone are run again.
   */
  async work(handlers: Handlers<Jobs>, options: WorkerOptions = {}): Promise<Work> {
    const given = Object.keys(handlers);
    const missing = this.settings.names.filter((name) => !given.includes(name));
    const surplus = given.filter((name) => !this.settings.names.includes(name));
    if (missing.length) throw new Error(`No handler for the job ${missing.join(', ')}`);
    if (surplus.length) throw new Error(`There is no job ${surplus.join(', ')} to handle`);
    const concurrency = options.concurrency ?? 4;
    const started = await startWorker<Jobs>(
      { queue: this.queue.name, prefix: this.prefix, store: this.store(concurrency + 2) },
      handlers,
      { ...options, concurrency },
      (error) => this.settings.onError?.(error),
    );
    const work: Work = {
      stop: async () => {
        this.workers.delete(work);
        await started.stop();
      },
    };
    this.workers.add(work);
    return work;
  }

  /**
   * Which memory the queue has: another text after a Redis was flushed, replaced or restarted, since jobs may be gone
   * then. In PostgreSQL always the same: there jobs are as safe as everything else.
   * @throws Error when Redis cannot be reached
   */
  async identity(): Promise<string> {
    const { redisUrl } = this.settings;
    return redisUrl ? redisIdentity(redisUrl, this.prefix) : 'postgres';
  }

  counts(): Promise<JobCounts> {
    return this.queue.getJobCounts('waiting', 'active', 'delayed', 'failed') as Promise<JobCounts>;
  }

  /** Jobs whose last attempt failed, newest first. */
  async failed(most = 100): Promise<FailedJob[]> {
    const jobs = await this.queue.getFailed(0, most - 1);
    return jobs.map((job) => ({
      id: job.id!,
      name: job.name,
      payload: job.data,
      attempts: job.attemptsMade,
      reason: job.failedReason ?? '',
      failedAt: new Date(job.finishedOn ?? job.timestamp),
    }));
  }

  /** Puts a failed job back in line. @returns false if there is no such failed job */
  async retry(jobId: string): Promise<boolean> {
    const job = await this.queue.getJob(jobId);
    if (!job || !(await job.isFailed())) return false;
    await job.retry('failed', { resetAttemptsMade: true });
    return true;
  }

  /** Lets the workers started here finish what they hold, then lets go of the store. */
  async close(): Promise<void> {
    await Promise.all([...this.workers].map((work) => work.stop()));
    await this.queue.close();
  }

  private known(name: string): void {
    if (!this.settings.names.includes(name)) throw new Error(`There is no job named "${name}"`);
  }

  private async isPending(jobId: string): Promise<boolean> {
    const job: Job | undefined = await this.queue.getJob(jobId);
    return job !== undefined && !(await job.isFailed()) && !(await job.isCompleted());
  }
}

function triesOf(settings: { firstPause?: number }) {
  return { attempts: ATTEMPTS, backoff: { type: 'exponential', delay: settings.firstPause ?? 2_000 } };
}
