/**
 * A worker and a queue that loses its memory: a Redis that is flushed, or restarted without its last second. What had been
 * handed over is done all the same, the schedules' times come back, and nobody gets a mail twice.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { connect, openInnerDoor, openQueue, row, rows } from '#core';
import { flushRedis, noRedis, startRedis, type TestRedis } from '../../../test/support/redis.js';
import { openWorkshop, THAI_NGUYEN, until, type Workshop } from '../../../test/support/workshop.js';
import { type Jobs, jobNames } from './jobs.js';
import { startWorker, type Worker } from './worker.js';

(noRedis ? describe.skip : describe)(`a queue in Redis ${noRedis ?? ''}`, () => {
  let shop: Workshop;
  let redis: TestRedis;
  beforeAll(async () => {
    shop = await openWorkshop();
    redis = await startRedis();
  });
  afterAll(async () => {
    await shop.close();
    await redis.stop();
  });

  async function working(use: (worker: Worker) => Promise<void>): Promise<void> {
    const dataSource = await connect(shop.db.url, { pool: 4 });
    const config = { ...shop.config, redisUrl: redis.url };
    const worker = await startWorker({
      ...{
        config,
        clock: shop.clock,
        dataSource,
        log: pino({ level: 'warn' }, pino.destination({ fd: 2, sync: true })),
      },
      lookEvery: 300,
    });
    try {
      await use(worker);
    } finally {
      await worker.stop();
      await dataSource.destroy();
    }
  }
  const flush = () => flushRedis(redis.url);
  const schedule = async () =>
    (
      await shop.ask<{ createSchedule: { id: number } }>(
        shop.reviewer,
        'mutation ($input: ScheduleInput!) { createSchedule(input: $input) { id } }',
        { input: { unitCode: THAI_NGUYEN, label: 'Tổng hợp', cron: '0 7 16 6,12 *', recipients: ['so@a.vn'] } },
      )
    ).createSchedule.id;
  const scheduled = async () => {
    const queue = await openQueue<Jobs>({ databaseUrl: shop.db.url, redisUrl: redis.url, names: jobNames });
    return (await queue.schedules().finally(() => queue.close())).map(({ id }) => id).sort();
  };
  const sent = async () =>
    (await rows<{ status: string }>(shop.db.dataSource, 'select status from delivery order by id')).map(
      ({ status }) => status,
    );

  it('is flushed while jobs wait: they are handed over again, and times are set anew', async () => {
    let id = 0;
    let times: string[] = [];
    await working(async () => {
      id = await schedule();
      times = await scheduled();
    });
    expect(times).toEqual(expect.arrayContaining(['audit-seal', 'delivery-sweep', 'schedule-tick']));
    // Handed over to a queue that nobody works on, and lost with it.
    await shop.ask(shop.reviewer, `mutation { runScheduleNow(id: ${id}) }`);
    await rows(
      shop.db.dataSource,
      'update event set dispatched_at = clock_timestamp() where job is not null and dispatched_at is null',
    );
    await flush();
    await working(async () => {
      await until(async () => ((await sent()).join() === 'sent' ? true : undefined));
      expect(await scheduled()).toEqual(times);
      // And once more under a worker's hands.
      await flush();
      await until(async () => ((await scheduled()).join() === times.join() ? true : undefined));
      await until(async () =>
        (await row(
          shop.db.dataSource,
          "select 1 from queue_identity where seen_at > clock_timestamp()::timestamptz - interval '1 s'",
        ))
          ? true
          : undefined,
      );
    });
    expect(await sent()).toEqual(['sent']);
    expect(readdirSync(join(shop.folder, 'mail')).filter((name) => name.endsWith('.eml'))).toHaveLength(1);
  });

  it('tells an operator how it stands, with the figures of the business', async () => {
    await working(async (worker) => {
      expect(await worker.readiness.look()).toMatchObject({ status: 'ready', parts: { queue: 'ok' } });
      const inner = await openInnerDoor({ host: '127.0.0.1', port: 0 }, worker);
      await until(async () => {
        const told = await (await fetch(`http://127.0.0.1:${inner.port}/metrics`)).text();
        return /baocao_job_seconds_count\{[^}]*job="delivery.sweep"/.test(told) ? true : undefined;
      });
      const told = await (await fetch(`http://127.0.0.1:${inner.port}/metrics`)).text();
      await inner.close();
      expect(told).toMatch(/baocao_reports\{round="2026H1",state="expected",app="worker"\} 3321/);
      expect(told).toMatch(/baocao_reports\{round="2026H1",state="received",app="worker"\} 0/);
      expect(told).toMatch(/baocao_mails\{state="sent",app="worker"\} 1/);
      expect(told).toMatch(/baocao_mails\{state="unknown",app="worker"\} 0/);
      expect(told).toMatch(/baocao_queue_jobs\{state="failed",app="worker"\} 0/);
    });
  });
});
