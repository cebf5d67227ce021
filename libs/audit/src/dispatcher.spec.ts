/** What is promised between an event's commit and its job: handed over once, never before the commit, never lost. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type JobQueue, openQueue, row, rows, transact } from '#core';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import type { WaitingJob } from './dispatcher.js';
import { Dispatcher, recordEvent } from './index.js';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());
beforeEach(() =>
  rows(database.dataSource, 'update event set dispatched_at = clock_timestamp() where dispatched_at is null'),
);

const names = ['tea.brew'] as const;
const told = (cup: number, job: string | null = 'tea.brew') =>
  recordEvent(database.dataSource, { verb: 'tea.wanted', subject: { cup }, job }, null);
const waiting = async () =>
  (await row<{ count: number }>(
    database.dataSource,
    'select count(*)::int from event where job is not null and dispatched_at is null',
  ))!.count;

function dispatcher(handOver: (job: WaitingJob) => Promise<unknown>, onError: (error: unknown) => void = () => {}) {
  return new Dispatcher(database.dataSource, { names, handOver, onError, pause: 20 });
}

describe('the dispatcher', () => {
  it('hands each event over once, however many workers look for it', async () => {
    for (let cup = 1; cup <= 230; cup += 1) await told(cup);
    await told(0, null);
    const handed: number[] = [];
    const take = async (job: WaitingJob) => {
      await pause(Math.random() * 5);
      handed.push(Number(job.payload.cup));
    };
    const workers = [dispatcher(take), dispatcher(take), dispatcher(take)];
    for (const worker of workers) worker.start();
    await until(async () => (await waiting()) === 0);
    await Promise.all(workers.map((worker) => worker.stop()));
    expect(handed.sort((a, b) => a - b)).toEqual(Array.from({ length: 230 }, (_, i) => i + 1));
  });

  it('never sees an event whose change was not committed', async () => {
    const undone = transact(database.dataSource, async (db) => {
      await recordEvent(db, { verb: 'tea.wanted', subject: { cup: 1 }, job: 'tea.brew' }, null);
      expect(await dispatcher(() => Promise.resolve()).dispatch()).toBe(0);
      throw new Error('spilled');
    });
    await expect(undone).rejects.toThrow('spilled');
    expect(await dispatcher(() => Promise.resolve()).dispatch()).toBe(0);
  });

  it('leaves a job it does not know to a worker that does', async () => {
    await told(1, 'coffee.brew');
    expect(await dispatcher(() => Promise.resolve()).dispatch()).toBe(0);
    expect(await waiting()).toBe(1);
  });

  it('stamps what succeeded, keeps what the queue refused, and goes on by itself', async () => {
    for (const cup of [1, 2, 3]) await told(cup);
    let broken = true;
    const handed: number[] = [];
    const errors: unknown[] = [];
    const worker = dispatcher(
      async ({ payload }) => {
        if (broken && payload.cup === 2) throw new Error('the kettle is cold');
        handed.push(Number(payload.cup));
      },
      (error) => errors.push(error),
    );
    await expect(worker.dispatch()).rejects.toThrow('the kettle is cold');
    expect(handed.sort()).toEqual([1, 3]);
    expect(await waiting()).toBe(1);
    worker.start();
    await until(async () => errors.length > 0);
    broken = false;
    await until(async () => (await waiting()) === 0);
    await worker.stop();
    expect(handed.sort()).toEqual([1, 2, 3]);
  });

  it('does not double a job when it died between handing over and stamping', async () => {
    const queue: JobQueue<{ 'tea.brew': { cup: number } }> = await openQueue({ databaseUrl: database.url, names });
    try {
      await told(1);
      const add = (job: WaitingJob) => queue.add('tea.brew', job.payload as { cup: number }, { jobId: job.jobId });
      const dying = dispatcher(async (job) => {
        await add(job);
        throw new Error('power cut');
      });
      await expect(dying.dispatch()).rejects.toThrow('power cut');
      expect(await dispatcher(add).dispatch()).toBe(1);
      expect(await queue.counts()).toMatchObject({ waiting: 1 });
    } finally {
      await queue.close();
    }
  });
});

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await done()) return;
    await pause(25);
  }
  throw new Error('It did not happen within 10 s');
}
