/** What the queue promises, told once and run on both stores: PostgreSQL, and Redis where there is one. */

import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import { noRedis, startRedis } from '../../../test/support/redis.js';
import { type Relay, startRelay } from '../../../test/support/relay.js';
import { nextRuns } from './cron.js';
import { rows } from './database.js';
import { type JobQueue, openQueue } from './queue.js';
import type { JobFailure } from './queue-worker.js';

type Jobs = { 'summary.make': { unit: string; units?: string[] }; 'mail.send': { to: string } };
const names = ['summary.make', 'mail.send'] as const;
const idle = () => Promise.resolve();

type Store = { databaseUrl: string; redisUrl?: string; line: Relay; end(): Promise<void> };
type Open = () => Promise<Store>;

let database: FreshDatabase | undefined;

async function onPostgres(): Promise<Store> {
  database = await freshDatabase(2);
  const { url, drop } = database;
  const line = await startRelay(url);
  return { databaseUrl: line.url, line, end: () => line.close().then(drop) };
}

async function onRedis(): Promise<Store> {
  const server = await startRedis();
  const line = await startRelay(server.url);
  return {
    databaseUrl: 'postgres://unused.invalid/none',
    redisUrl: line.url,
    line,
    end: () => line.close().then(server.stop),
  };
}

function suite(open: Open) {
  let store: Store;
  let queue: JobQueue<Jobs>;
  let count = 0;
  const opened: JobQueue<Jobs>[] = [];

  beforeAll(async () => {
    store = await open();
  });
  afterAll(() => store.end());
  afterEach(async () => {
    for (const used of opened.splice(0)) {
      // biome-ignore lint/complexity/useLiteralKeys: the brackets reach a private field, on purpose
      await used['queue'].obliterate({ force: true });
      await used.close();
    }
  });

  const fresh = async (onError?: (error: Error) => void) => {
    const prefix = `t${process.pid}_${++count}`;
    queue = await openQueue<Jobs>({ ...store, names, prefix, firstPause: 20, onError });
    opened.push(queue);
    return queue;
  };

  it('hands each job to the handler of its name', async () => {
    const seen: string[] = [];
    await (await fresh()).add('summary.make', { unit: 'Thái Nguyên' });
    await queue.add('mail.send', { to: 'so@example.vn' }, { delay: 50 });
    await queue.work({
      'summary.make': async ({ unit }, run) => {
        await run.progress(50);
        seen.push(unit);
      },
      'mail.send': async ({ to }) => void seen.push(to),
    });
    await until(() => seen.length === 2);
    expect(seen.sort()).toEqual(['Thái Nguyên', 'so@example.vn'].sort());
  });

  it('adds once what is added twice under one id, even after it ran', async () => {
    let runs = 0;
    await fresh();
    await queue.add('mail.send', { to: 'a' }, { jobId: 'event-7' });
    expect(await queue.add('mail.send', { to: 'a' }, { jobId: 'event-7' })).toBe('event-7');
    await queue.work({ 'summary.make': idle, 'mail.send': async () => void runs++ });
    await until(() => runs > 0);
    await queue.add('mail.send', { to: 'a' }, { jobId: 'event-7' });
    await pause(200);
    expect(runs).toBe(1);
  });

  it('retries a failure, tells of it, and keeps it visible after the last try', async () => {
    const failures: JobFailure[] = [];
    const attempts: number[] = [];
    let mended = false;
    await fresh();
    const id = await queue.add('mail.send', { to: 'a' }, { attempts: 3 });
    await queue.work(
      {
        'summary.make': idle,
        'mail.send': async (_, run) => {
          attempts.push(run.attempt);
          if (!mended) throw new Error('the mailbox is on fire');
        },
      },
      { onFailure: (failure) => failures.push(failure) },
    );
    await until(() => failures.some((failure) => failure.last));
    expect(attempts).toEqual([1, 2, 3]);
    expect(failures.map((failure) => failure.last)).toEqual([false, false, true]);
    expect(await queue.counts()).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 1 });
    const [failed] = await queue.failed();
    expect(failed).toMatchObject({ id, name: 'mail.send', payload: { to: 'a' }, attempts: 3 });
    expect(failed!.reason).toBe('the mailbox is on fire');

    mended = true;
    expect(await queue.retry(id)).toBe(true);
    await until(async () => (await queue.counts()).failed === 0 && attempts.length === 4);
    expect(await queue.retry(id)).toBe(false);
  });

  it('keeps schedules in the time of Vietnam and gives each run the instant at which it was due', async () => {
    await fresh();
    await queue.schedule('schedule-1', { cron: '0 7 16 6,12 *', name: 'summary.make', payload: { unit: '19' } });
    const [schedule] = await queue.schedules();
    expect(schedule).toMatchObject({
      id: 'schedule-1',
      name: 'summary.make',
      cron: '0 7 16 6,12 *',
      payload: { unit: '19' },
    });
    expect(schedule!.next).toEqual(nextRuns('0 7 16 6,12 *', new Date(), 1)[0]);

    const due: Date[] = [];
    await queue.work({ 'summary.make': async (_, run) => void due.push(run.dueAt), 'mail.send': idle });
    await promoteDelayed(queue);
    await until(() => due.length === 1);
    expect(due[0]).toEqual(schedule!.next);
    const [after] = await queue.schedules();
    expect(after!.next.getTime()).toBeGreaterThan(schedule!.next.getTime());

    expect(await queue.unschedule('schedule-1')).toBe(true);
    expect(await queue.unschedule('schedule-1')).toBe(false);
    expect(await queue.schedules()).toEqual([]);
    expect((await queue.counts()).delayed).toBe(0);
  });

  it('keeps the waiting run when a schedule is said again, and replaces it when it says something else', async () => {
    await fresh();
    const weekly = { cron: '30 6 * * 1', name: 'summary.make' as const, payload: { unit: '19', units: ['b', 'a'] } };
    await queue.schedule('s', weekly);
    await promoteDelayed(queue);
    await queue.schedule('s', { ...weekly, payload: { units: ['b', 'a'], unit: '19' } });
    expect(await queue.counts()).toMatchObject({ waiting: 1, delayed: 0 });
    await queue.schedule('s', { ...weekly, cron: '30 6 * * 2' });
    expect((await queue.schedules()).map((schedule) => schedule.cron)).toEqual(['30 6 * * 2']);
  });

  it('does not wait for a clock that was set back to catch up', async () => {
    await fresh();
    const minutely = { cron: '* * * * *', name: 'mail.send' as const, payload: { to: 'a' } };
    const later = Date.now() + 3_600_000;
    const clock = jest.spyOn(Date, 'now').mockReturnValue(later);
    await queue.schedule('s', minutely).finally(() => clock.mockRestore());
    expect((await queue.schedules())[0]!.next.getTime()).toBeGreaterThan(later);
    await queue.schedule('s', minutely);
    expect((await queue.schedules())[0]!.next.getTime()).toBeLessThanOrEqual(Date.now() + 60_000);
    expect((await queue.counts()).delayed).toBe(1);
  });

  it('refuses a cron expression that never comes or is not one', async () => {
    await fresh();
    for (const cron of ['', 'mỗi sáng', '0 7 31 2 *', '0 0 7 * * *', '61 7 * * *', '@daily'])
      await expect(queue.schedule('s', { cron, name: 'mail.send', payload: { to: 'a' } })).rejects.toMatchObject({
        code: 'schedule.invalid',
      });
    expect(await queue.schedules()).toEqual([]);
  });

  it('starts no worker that lacks a handler or has one too many, and adds no unknown job', async () => {
    await fresh();
    const lacking = { 'mail.send': idle } as unknown as Parameters<typeof queue.work>[0];
    await expect(queue.work(lacking)).rejects.toThrow('No handler for the job summary.make');
    const surplus = { 'mail.send': idle, 'summary.make': idle, 'tea.make': idle };
    await expect(queue.work(surplus)).rejects.toThrow('There is no job tea.make');
    await expect(queue.add('tea.make' as 'mail.send', { to: 'a' })).rejects.toThrow('no job named "tea.make"');
  });

  it('lets a job under way finish when the worker stops, and takes no other', async () => {
    const done: string[] = [];
    await fresh();
    const work = await queue.work(
      {
        'summary.make': idle,
        'mail.send': async ({ to }) => {
          done.push(`begin ${to}`);
          await pause(300);
          done.push(`end ${to}`);
        },
      },
      { concurrency: 1 },
    );
    await queue.add('mail.send', { to: 'a' });
    await queue.add('mail.send', { to: 'b' });
    await until(() => done.length === 1);
    await work.stop();
    expect(done).toEqual(['begin a', 'end a']);
    expect((await queue.counts()).waiting).toBe(1);
  });

  it('goes on when the store comes back after it was out of reach', async () => {
    const done: string[] = [];
    const heard: Error[] = [];
    await fresh((error) => heard.push(error));
    await queue.work({ 'summary.make': idle, 'mail.send': async ({ to }) => void done.push(to) });
    await queue.add('mail.send', { to: 'before' });
    await until(() => done.length === 1);
    expect(await store.line.cut()).toBeGreaterThan(1);
    await pause(2_500);
    await store.line.mend();
    await queue.add('mail.send', { to: 'after' });
    await until(() => done.length === 2);
    expect(done).toEqual(['before', 'after']);
    expect(heard.length).toBeGreaterThan(0);
    expect(heard.length).toBeLessThan(100);
  });
}

describe('the queue on PostgreSQL', () => {
  suite(onPostgres);

  it('leaves our tables alone: its own live in a schema of their own', async () => {
    const queue = await openQueue<Jobs>({ databaseUrl: database!.url, names });
    await queue.close();
    const schemas = await rows<{ schemaname: string }>(
      database!.dataSource,
      `select distinct schemaname from pg_tables where tablename = 'job' order by 1`,
    );
    expect(schemas.map((found) => found.schemaname)).toContain('queue');
    expect(schemas.map((found) => found.schemaname)).not.toContain('public');
  });
});

if (noRedis) describe.skip(`the queue on Redis (${noRedis})`, () => suite(onRedis));
else describe('the queue on Redis', () => suite(onRedis));

describe('opening the queue', () => {
  it.each([
    ['PostgreSQL', { databaseUrl: 'postgres://nobody@127.0.0.1:1/none' }],
    ['Redis (REDIS_URL)', { databaseUrl: 'postgres://unused.invalid/none', redisUrl: 'redis://127.0.0.1:1' }],
  ])('fails in one sentence when %s is not there', async (where, urls) => {
    await expect(openQueue<Jobs>({ ...urls, names })).rejects.toThrow(`The job queue cannot reach ${where}`);
  });
});

/** Stands in for the passing of days. */
async function promoteDelayed(queue: JobQueue<Jobs>): Promise<void> {
  // biome-ignore lint/complexity/useLiteralKeys: the brackets reach a private field, on purpose
  for (const job of await queue['queue'].getDelayed()) await job.promote();
}

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await done()) return;
    await pause(25);
  }
  throw new Error('It did not happen within 10 s');
}
