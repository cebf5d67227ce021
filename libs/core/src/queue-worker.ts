/** One worker of the queue: takes jobs, hands each to the handler of its name, tells of failures, drains when stopped. */
import { type BackendFactory, type IQueueBackend, type Job, Worker } from 'bullmq';

/** What the jobs of an application carry: job name → payload, JSON only. */
export type JobPayloads = { [name: string]: object };

/** What a handler knows of its run besides the payload. */
export type JobRun = {
  id: string;
  /** 1 for the first try. */
  attempt: number;
  attempts: number;
  /** When the run was due: for a scheduled job the instant its cron names, however late it runs. */
  dueAt: Date;
  /** @param percent 0–100 */
  progress(percent: number): Promise<void>;
};

export type Handlers<Jobs extends JobPayloads> = {
  [Name in keyof Jobs]: (payload: Jobs[Name], run: JobRun) => Promise<void>;
};

export type JobFailure = { id: string; name: string; attempt: number; attempts: number; last: boolean; error: Error };

export type WorkerOptions = {
  /** Jobs at a time; 4 unless given. */
  concurrency?: number;
  onFailure?: (failure: JobFailure) => void;
};

export type Work = {
  /** Takes no more jobs, waits for those under way, closes the connections. */
  stop(): Promise<void>;
};

type Place = { queue: string; prefix: string; store: BackendFactory<IQueueBackend, unknown> };

export async function startWorker<Jobs extends JobPayloads>(
  place: Place,
  handlers: Handlers<Jobs>,
  options: WorkerOptions,
  onError: (error: Error) => void,
): Promise<Work> {
  const worker = new Worker<object, void, string, IQueueBackend, number, unknown>(
    place.queue,
    (job) => handle(job, handlers),
    {
      connection: {},
      prefix: place.prefix,
      concurrency: options.concurrency,
      // A workbook may hold the event loop for seconds: a job counts as abandoned after a minute without a sign.
      lockDuration: 60_000,
      stalledInterval: 30_000,
      maxStalledCount: 3,
      runRetryDelay: 1_000,
    },
    place.store,
  );
  worker.on('error', onError);
  worker.on('failed', (job, error) => {
    if (job) options.onFailure?.(failureOf(job, error));
  });
  try {
    await worker.waitUntilReady();
  } catch (error) {
    await worker.close(true);
    throw error;
  }
  return { stop: () => worker.close() };
}

async function handle<Jobs extends JobPayloads>(
  job: Job<object, void, string>,
  handlers: Handlers<Jobs>,
): Promise<void> {
  const handler = handlers[job.name];
  if (!handler) throw new Error(`No handler for the job "${job.name}"`);
  await handler(job.data as Jobs[string], {
    id: job.id!,
    attempt: job.attemptsMade + 1,
    attempts: job.opts.attempts ?? 1,
    dueAt: new Date(job.opts.prevMillis ?? job.timestamp + (job.opts.delay ?? 0)),
    progress: (percent) => job.updateProgress(percent),
  });
}

function failureOf(job: Job<object, void, string>, error: Error): JobFailure {
  const attempts = job.opts.attempts ?? 1;
  return {
    id: job.id!,
    name: job.name,
    attempt: job.attemptsMade,
    attempts,
    last: job.attemptsMade >= attempts,
    error,
  };
}
