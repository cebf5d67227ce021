/** A schedule, as users see it: saved, run at its times by however many workers, mailed once, paused, refused to others. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type JobQueue, nextRuns, openQueue, row, rows } from '#core';
import { ScheduleRunner } from '#exports';
import { openWorkshop, THAI_NGUYEN, until, type Workshop } from '../../../test/support/workshop.js';
import { openWorld } from '../../../test/support/world.js';
import { type Jobs, jobNames } from './jobs.js';

const KHA_SON = '05953';

let shop: Workshop;
beforeAll(async () => {
  shop = await openWorkshop();
});
afterEach(() => shop.rest());
afterAll(() => shop.close());

type Delivery = { recipient: string; status: string; dueRun: string };
const create = async (input: object) =>
  (
    await shop.ask<{ createSchedule: { id: number; nextRuns: string[] } }>(
      shop.reviewer,
      'mutation ($input: ScheduleInput!) { createSchedule(input: $input) { id nextRuns } }',
      {
        input: {
          unitCode: THAI_NGUYEN,
          label: 'Tổng hợp gửi Sở',
          cron: '0 7 16 6,12 *',
          recipients: ['so@a.vn'],
          ...input,
        },
      },
    )
  ).createSchedule;
const deliveries = async (scheduleId: number) =>
  (
    await shop.ask<{ deliveries: { nodes: Delivery[]; totalCount: number } }>(
      shop.reviewer,
      `{ deliveries(scheduleId: ${scheduleId}) { totalCount nodes { recipient status dueRun } } }`,
    )
  ).deliveries.nodes;
const sent = (scheduleId: number, count: number) =>
  until(async () => {
    const found = await deliveries(scheduleId);
    return found.length >= count && found.every(({ status }) => status === 'SENT') ? found : undefined;
  });
const mails = () => {
  const folder = join(shop.config.varDir, 'mail');
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.eml')) : [];
};

describe('a schedule', () => {
  it('tells its coming runs in the time of Vietnam and comes into the queue by itself', async () => {
    await shop.work();
    const { id, nextRuns: coming } = await create({});
    expect(coming).toEqual([
      '2026-06-16T00:00:00.000Z',
      '2026-12-16T00:00:00.000Z',
      '2027-06-16T00:00:00.000Z',
      '2027-12-16T00:00:00.000Z',
      '2028-06-16T00:00:00.000Z',
    ]);
    await withQueue(async (queue) => {
      const standing = async () => (await queue.schedules()).find((schedule) => schedule.id === `schedule-${id}`);
      const kept = await until(standing);
      expect(kept.next).toEqual(nextRuns('0 7 16 6,12 *', new Date(), 1)[0]);

      const change = (input: object) =>
        shop.ask(
          shop.reviewer,
          'mutation ($id: Int!, $change: ScheduleChangeInput!) { updateSchedule(id: $id, change: $change) { id } }',
          {
            id,
            change: input,
          },
        );
      await change({ cron: '30 6 * * 1' });
      await until(async () => ((await standing())?.cron === '30 6 * * 1' ? true : undefined));
      await change({ paused: true });
      await until(async () => ((await standing()) ? undefined : true));
      expect(await shop.refusal(`mutation { runScheduleNow(id: ${id}) }`)).toBe('schedule.paused');
      await shop.app.get(ScheduleRunner).run(id, new Date(), true);
      expect(await deliveries(id)).toEqual([]);
      await change({ paused: false });
      await until(standing);
    });
  });

  it('run on demand mails each recipient once, and again nothing when the run is tried again', async () => {
    await shop.work();
    const { id } = await create({ recipients: ['so.khcn@thainguyen.vn', 'vanphong@thainguyen.vn'] });
    const before = mails().length;
    const { runScheduleNow: dueRun } = await shop.ask<{ runScheduleNow: string }>(
      shop.reviewer,
      `mutation { runScheduleNow(id: ${id}) }`,
    );
    const ledger = await sent(id, 2);
    expect(ledger.map(({ recipient }) => recipient).sort()).toEqual([
      'so.khcn@thainguyen.vn',
      'vanphong@thainguyen.vn',
    ]);
    expect(new Set(ledger.map((delivery) => delivery.dueRun))).toEqual(new Set([dueRun]));
    expect(mails().length - before).toBe(2);

    const files = () => rows(shop.db.dataSource, 'select id from summary_file where schedule_id = $1', [id]);
    const runner = shop.app.get(ScheduleRunner);
    await Promise.all([1, 2, 3].map(() => runner.run(id, new Date(dueRun), false)));
    await pause(1_000);
    expect(await deliveries(id)).toHaveLength(2);
    expect(await files()).toHaveLength(1);
    expect(mails().length - before).toBe(2);
  });

  it('fires once for each due run, however many workers there are and however often a run is tried at once', async () => {
    const { id } = await create({ cron: '* * * * *' });
    await shop.work();
    await shop.work();
    await withQueue(async (queue) => {
      for (let round = 1; round <= 3; round += 1) {
        const [job] = (await until(async () => {
          const delayed = (await queue['queue'].getDelayed()).filter(
            (waiting) => (waiting.data as { scheduleId: number }).scheduleId === id,
          );
          return delayed.length > 0 ? delayed : undefined;
        }))!;
        await job!.promote();
        await sent(id, round);
      }
    });
    const runs = (await sent(id, 3)).map((delivery) => Date.parse(delivery.dueRun));
    expect(new Set(runs).size).toBe(runs.length);
    for (const run of runs) expect(run % 60_000).toBe(0);

    const dueRun = new Date('2026-06-16T07:00:00+07:00');
    const runner = shop.app.get(ScheduleRunner);
    const before = (await deliveries(id)).length;
    await Promise.all([1, 2, 3, 4].map(() => runner.run(id, dueRun, false)));
    const all = await sent(id, before + 1);
    expect(all.filter((delivery) => Date.parse(delivery.dueRun) === dueRun.getTime())).toHaveLength(1);
  });

  it('takes no nonsense, and nobody manages one of another province', async () => {
    const attempt = (input: object, token = shop.reviewer) =>
      shop.refusal('mutation ($input: ScheduleInput!) { createSchedule(input: $input) { id } }', token, {
        input: { unitCode: THAI_NGUYEN, label: 'x', cron: '0 7 * * 1', recipients: ['so@a.vn'], ...input },
      });
    expect(await attempt({ cron: '0 7 31 2 *' })).toBe('schedule.invalid');
    expect(await attempt({ cron: '* * * * * *' })).toBe('schedule.invalid');
    expect(await attempt({ recipients: [] })).toBe('schedule.invalid');
    expect(await attempt({ recipients: ['so@a.vn\r\nBcc: x@b.vn'] })).toBe('schedule.invalid');
    expect(await attempt({ label: ' ' })).toBe('schedule.invalid');
    expect(await attempt({ round: '2030H1' })).toBe('round.not_found');
    expect(await attempt({ unitCode: KHA_SON })).toBe('request.invalid');

    const { id } = await create({});
    const neighbour = await shop.token('20', 'reviewer');
    expect(await attempt({}, neighbour)).toBe('unit.not_found');
    expect(await attempt({}, await shop.token(KHA_SON, 'reporter'))).toBe('access.denied');
    for (const query of [
      `mutation { runScheduleNow(id: ${id}) }`,
      `mutation { updateSchedule(id: ${id}, change: { paused: true }) { id } }`,
      `{ schedule(id: ${id}) { id } }`,
      `{ deliveries(scheduleId: ${id}) { totalCount } }`,
    ])
      expect(await shop.refusal(query, neighbour)).toBe('schedule.not_found');
    const listed = await shop.ask<{ schedules: { nodes: { id: number }[] } }>(
      neighbour,
      '{ schedules { nodes { id } totalCount } }',
    );
    expect(listed.schedules.nodes).toEqual([]);
  });

  it('with no round to summarise leaves a word in the log and mails nothing', async () => {
    const other = await openWorld();
    try {
      const token = await other.token(THAI_NGUYEN, 'reviewer');
      const { createSchedule } = await other.ask<{ createSchedule: { id: number } }>(
        token,
        'mutation ($input: ScheduleInput!) { createSchedule(input: $input) { id } }',
        { input: { unitCode: THAI_NGUYEN, label: 'Sớm', cron: '0 7 * * 1', recipients: ['so@a.vn'] } },
      );
      await other.app.get(ScheduleRunner).run(createSchedule.id, new Date(), true);
      const told = await row<{ subject: { en: string } }>(
        other.db.dataSource,
        `select subject from event where verb = 'schedule.run_failed'`,
      );
      expect(told!.subject.en).toContain('no reporting period');
    } finally {
      await other.close();
    }
  });
});

async function withQueue(use: (queue: JobQueue<Jobs>) => Promise<void>): Promise<void> {
  const queue = await openQueue<Jobs>({ databaseUrl: shop.db.url, names: jobNames });
  await use(queue).finally(() => queue.close());
}
