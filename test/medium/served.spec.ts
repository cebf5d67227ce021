/**
 * The service as it is served: several API and worker processes over one PostgreSQL (the one that TEST_DATABASE_URL names,
 * else the run's own), with the queue there or in Redis. Told once and run on both: whichever process is asked, the answer
 * is the same; the loss of a worker, and of Redis, delays and loses nothing; limits hold for all APIs together.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openQueue, row, rows } from '#core';
import { type Jobs, jobNames } from '../../apps/worker/src/jobs.js';
import { reportOf, SUBMIT, type Submitted } from '../support/figures.js';
import { type MailServer, startMailServer } from '../support/mail-server.js';
import { type Running, startProcess } from '../support/processes.js';
import { flushRedis, ownRedis, startRedis, type TestRedis } from '../support/redis.js';
import { until } from '../support/workshop.js';
import { type Answer, openWorld, type World } from '../support/world.js';

const PER_CALLER = 40;
const RECIPIENTS = ['mot@so.example.vn', 'hai@so.example.vn'];
const TOTALS = `{ totals(unit: "19", period: "2026H1", basis: RECEIVED) {
  reported expected totals { indicator { code } numerator denominator display } } }`;

function story(withRedis: boolean) {
  let world: World;
  let redis: TestRedis | undefined;
  let mail: MailServer;
  const apis: Running[] = [];
  const workers: Running[] = [];
  let reviewer: string;
  let schedule: number;

  const environment = () => ({
    NODE_ENV: 'test',
    DATABASE_URL: world.db.url,
    ...(redis && { REDIS_URL: redis.url }),
    SMTP_URL: mail.url,
    CLOCK_FILE: world.config.clockFile!,
    VAR_DIR: world.folder,
    PORT: '0',
    RATE_PER_CALLER: String(PER_CALLER),
  });
  const work = async () => void workers.push(await startProcess('worker', environment()));

  beforeAll(async () => {
    world = await openWorld();
    mail = await startMailServer();
    redis = withRedis ? await startRedis() : undefined;
    apis.push(...(await Promise.all([startProcess('api', environment()), startProcess('api', environment())])));
    await Promise.all([work(), work()]);
    reviewer = await world.token('19', 'reviewer');
  });
  afterAll(async () => {
    await Promise.all([...apis, ...workers].map((process) => process.kill()));
    await mail?.close();
    await redis?.stop();
    await world?.close();
  });

  const send = async <T>(api: number, token: string, query: string, variables?: object) => {
    const response = await fetch(`${apis[api]!.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
    return { status: response.status, ...((await response.json()) as Answer<T>) };
  };
  const ask = async <T>(api: number, token: string, query: string, variables?: object): Promise<T> => {
    const { data, errors } = await send<T>(api, token, query, variables);
    if (errors) throw new Error(errors.map(({ message }) => message).join('; '));
    return data;
  };
  const runNow = async (api: number) =>
    (await ask<{ runScheduleNow: string }>(api, reviewer, `mutation { runScheduleNow(id: ${schedule}) }`))
      .runScheduleNow;
  const mailsOf = (dueRun: string) =>
    rows<{ status: string; messageId: string }>(
      world.db.dataSource,
      'select status, message_id as "messageId" from delivery where schedule_id = $1 and due_run = $2 order by id',
      [schedule, dueRun],
    );
  const sent = (dueRun: string) =>
    until(async () => {
      const mails = await mailsOf(dueRun);
      return mails.length === RECIPIENTS.length && mails.every(({ status }) => status === 'sent') ? mails : undefined;
    });
  const copies = (messageId: string) => mail.mails.filter((mime) => mime.includes(messageId)).length;

  it('whichever API takes a report, all know of it at once', async () => {
    await ask(0, await world.token('VN', 'administrator'), 'mutation { openRound(code: "2026H1") { code } }');
    const found = await ask<{ units: { nodes: { code: string }[] } }>(
      1,
      reviewer,
      '{ units(parent: "19", first: 2) { nodes { code } } }',
    );
    for (const [nth, { code }] of found.units.nodes.entries()) {
      const input = {
        ...{
          round: '2026H1',
          expectedVersion: 0,
          comment: 'đã kiểm tra',
          containsNoSecrets: true,
          idempotencyKey: `k${nth}`,
        },
        figures: reportOf({ indicator: 'tin_bai', value: 10 + nth }),
      };
      const token = await world.token(code, 'reporter');
      // The same request at both at once, as when a line was slow: one report, one answer.
      const [one, other] = await Promise.all([0, 1].map((api) => ask<Submitted>(api, token, SUBMIT, { input })));
      expect(one!.submitReport.stored).toBe(true);
      expect(other!.submitReport.version).toEqual(one!.submitReport.version);
      expect(await ask(1, reviewer, TOTALS)).toEqual(await ask(0, reviewer, TOTALS));
    }
    const { totals } = await ask<{ totals: { reported: number } }>(1, reviewer, TOTALS);
    expect(totals.reported).toBe(2);
    expect(await rows(world.db.dataSource, 'select * from cell_mismatch')).toEqual([]);
  });

  it('workers share the work: each mail is sent once, and its file handed out by either API', async () => {
    const { createSchedule } = await ask<{ createSchedule: { id: number } }>(
      0,
      reviewer,
      'mutation ($input: ScheduleInput!) { createSchedule(input: $input) { id } }',
      { input: { unitCode: '19', label: 'Tổng hợp', cron: '0 7 1 1 *', recipients: RECIPIENTS } },
    );
    schedule = createSchedule.id;
    const mails = await sent(await runNow(0));
    for (const { messageId } of mails) expect(copies(messageId)).toBe(1);
    const file = await row<{ id: number; sha256: string }>(
      world.db.dataSource,
      'select id, sha256 from summary_file where schedule_id = $1',
      [schedule],
    );
    for (const { url } of apis) {
      const response = await fetch(`${url}/exports/${file!.id}`, { headers: { authorization: `Bearer ${reviewer}` } });
      const bytes = Buffer.from(await response.arrayBuffer());
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(file!.sha256);
    }
  });

  it('a worker that is killed is done without', async () => {
    const dueRun = await runNow(1);
    await workers[0]!.kill();
    // What it may have held is taken up by the other once it counts as lost.
    let minutes = 0;
    const queue = await openQueue<Jobs>({ databaseUrl: world.db.url, redisUrl: redis?.url, names: jobNames });
    const ended = await until(async () => {
      const mails = await mailsOf(dueRun);
      if (mails.length === RECIPIENTS.length && mails.every(({ status }) => ['sent', 'unknown'].includes(status)))
        return mails;
      minutes += 1;
      world.at(new Date(Date.parse('2026-05-20T08:00:00+07:00') + minutes * 60_000).toISOString());
      await queue.add('schedule.tick', {});
      await queue.add('delivery.sweep', {});
      return undefined;
    }).finally(() => queue.close());
    for (const { status, messageId } of ended) expect(status === 'sent' ? [1] : [0, 1]).toContain(copies(messageId));
    await work();
  });

  if (!withRedis) return;

  it('limits hold for all APIs together, and nobody is refused while Redis is away', async () => {
    const caller = await world.token('20', 'viewer');
    const statuses: number[] = [];
    for (let call = 0; call < PER_CALLER + 10; call++)
      statuses.push((await send(call % 2, caller, '{ me { unitCode } }')).status);
    expect(statuses.slice(0, PER_CALLER).every((status) => status === 200)).toBe(true);
    expect(statuses.slice(PER_CALLER).every((status) => status === 429)).toBe(true);

    const port = Number(new URL(redis!.url).port);
    await redis!.kill();
    for (const api of [0, 1]) expect((await send(api, caller, '{ me { unitCode } }')).status).toBe(200);
    expect((await fetch(`${apis[0]!.url}/health/ready`)).status).toBe(200);
    redis = await startRedis(port);
  });

  it('what is asked for while Redis is away, or was in it when it was flushed, is done all the same', async () => {
    const port = Number(new URL(redis!.url).port);
    await redis!.kill();
    const meanwhile = await runNow(0);
    redis = await startRedis(port);
    for (const { messageId } of await sent(meanwhile)) expect(copies(messageId)).toBe(1);
    const flushed = await runNow(1);
    await flushRedis(redis.url);
    for (const { messageId } of await sent(flushed)) expect(copies(messageId)).toBe(1);
    for (const worker of workers.slice(1)) expect(worker.alive).toBe(true);
  });
}

describe('served, with the queue in PostgreSQL', () => story(false));
if (ownRedis) describe('served, with the queue in Redis', () => story(true));
else describe.skip('served, with the queue in Redis (skipped: no redis-server on this machine)', () => story(true));
