/** The ledger on a real database against a real mail server: a mail is sent once, or a person knows that nobody knows. */

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import PostalMime from 'postal-mime';
import type { DataSource } from 'typeorm';
import { Clock, type Config, connect, loadConfig, row, rows, transact } from '#core';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import { type Behaviour, type MailServer, reply, startMailServer } from '../../../test/support/mail-server.js';
import { ATTEMPTS, DELIVERY_COLUMNS, DeliveriesService, type Delivery, type Permit } from './deliveries.js';
import { transportOf } from './transports.js';

const START = new Date('2026-06-16T00:00:00Z');
const mail = { subject: 'Tổng hợp', text: 'Kính gửi', html: '<p>Kính gửi</p>' };
const workbook = Buffer.from('Xã Kha Sơn');
const sha256 = createHash('sha256').update(workbook).digest('hex');
const minutes = (count: number) => count * 60_000;

let database: FreshDatabase;
let dataSource: DataSource;
let varDir: string;
let server: MailServer;
let behaviour: Behaviour;
let config: Config;
let clock: Clock;
let deliveries: DeliveriesService;
let scheduleId: number;
let fileId: number;
let accountId: number;
let run = 0;

const setClock = (instant: Date) => writeFile(join(varDir, 'clock'), instant.toISOString());
const later = (millis: number) => setClock(new Date(clock.now().getTime() + millis));

beforeAll(async () => {
  database = await freshDatabase();
  dataSource = database.dataSource;
  varDir = await mkdtemp(join(tmpdir(), 'baocao-ledger-'));
  await mkdir(join(varDir, 'exports'));
  clock = new Clock(join(varDir, 'clock'));
  ({ scheduleId, fileId, accountId } = await seed());
});
afterAll(async () => {
  await database.drop();
  await rm(varDir, { recursive: true });
});

beforeEach(async () => {
  behaviour = {};
  server = await startMailServer(behaviour);
  config = loadConfig({ VAR_DIR: varDir, SMTP_URL: server.url, MAIL_FROM: 'NQ57 <bao-cao@so.example.vn>' });
  deliveries = serviceOn(dataSource);
  await writeFile(join(varDir, 'exports', `${sha256}.xlsx`), workbook);
  await setClock(START);
  run++;
});
afterEach(async () => {
  await server.close();
  await rows(dataSource, 'delete from delivery');
});

const serviceOn = (db: DataSource) => new DeliveriesService(db, clock, transportOf(config, clock), config);
const enqueue = (recipient = 'so@thainguyen.example.vn') =>
  transact(dataSource, (db) =>
    deliveries.enqueue(db, { scheduleId, dueRun: new Date(START.getTime() + run), recipient, fileId, mail }),
  );
const ledger = async (id: number) =>
  (await row<Delivery>(dataSource, `select ${DELIVERY_COLUMNS} from delivery d where d.id = $1`, [id]))!;
const everyone = () => Promise.resolve(null);
const deliver = (ledgerOf = deliveries, permit: Permit = everyone) => ledgerOf.deliverNext(permit);
/** What a worker does every minute. */
const sweep = async (ledgerOf = deliveries) => {
  await ledgerOf.markLost();
  while (await deliver(ledgerOf));
};
const says = (code: number, words: string) => () => Promise.reject(reply(code, words));

describe('a mail of the ledger', () => {
  it('is entered once for a run and recipient', async () => {
    const id = await enqueue();
    const { messageId } = await ledger(id);
    expect(await enqueue()).toBe(id);
    expect(await enqueue('khac@thainguyen.example.vn')).not.toBe(id);
    expect((await ledger(id)).messageId).toBe(messageId);
    expect(messageId).toMatch(/^<[0-9a-f-]{36}@so\.example\.vn>$/);
  });

  it('is not there when the transaction it was entered in came to nothing', async () => {
    const wish = { scheduleId, dueRun: START, recipient: 'so@example.vn', fileId, mail };
    await expect(
      transact(dataSource, async (db) => {
        await deliveries.enqueue(db, wish);
        throw new Error('no disk');
      }),
    ).rejects.toThrow('no disk');
    expect(await rows(dataSource, 'select id from delivery where due_run = $1', [START])).toEqual([]);
  });

  it('goes out with its workbook, and the reply is kept', async () => {
    const id = await enqueue();
    await deliver();
    const sent = await ledger(id);
    expect(sent).toMatchObject({
      status: 'sent',
      attempts: 1,
      lastError: null,
      finishedAt: START,
      nextAttemptAt: null,
    });
    expect(sent.smtpReply).toMatch(/^250 /);
    const arrived = await PostalMime.parse(server.mails[0]!);
    expect(arrived).toMatchObject({ messageId: sent.messageId, subject: mail.subject });
    expect(arrived.attachments[0]).toMatchObject({ filename: 'TongHop_NQ57_2026H1_ThaiNguyen.xlsx' });
    expect(Buffer.from(arrived.attachments[0]!.content as ArrayBuffer)).toEqual(workbook);
    await deliver();
    expect(server.mails).toHaveLength(1);
  });

  it('stands as "sending" in the ledger before a word is said to the server', async () => {
    const id = await enqueue();
    const seen: string[] = [];
    behaviour.connect = async () => void seen.push((await ledger(id)).status);
    await deliver();
    expect(seen).toEqual(['sending']);
  });

  it('is sent once by workers that race for it', async () => {
    const others = await Promise.all([connect(database.url, { pool: 4 }), connect(database.url, { pool: 4 })]);
    const workers = others.map(serviceOn);
    try {
      for (let round = 0; round < 5; round++) {
        const id = await enqueue(`so${round}@example.vn`);
        await Promise.all([...workers, ...workers, ...workers].flatMap((worker) => [deliver(worker), sweep(worker)]));
        expect(await ledger(id)).toMatchObject({ status: 'sent', attempts: 1 });
        expect(server.mails).toHaveLength(round + 1);
      }
    } finally {
      await Promise.all(others.map((other) => other.destroy()));
    }
  });
});

describe('a mail that surely did not go', () => {
  it('is put off by a greylisting server and sent after the pause, under the same Message-ID', async () => {
    const id = await enqueue();
    behaviour.rcptTo = says(450, 'Greylisted');
    await deliver();
    const putOff = await ledger(id);
    expect(putOff).toMatchObject({
      status: 'pending',
      attempts: 1,
      nextAttemptAt: new Date(START.getTime() + minutes(1)),
    });
    expect(putOff.smtpReply).toMatch(/^450 Greylisted/);

    delete behaviour.rcptTo;
    await deliver();
    await sweep();
    expect(server.mails).toEqual([]);
    await later(minutes(1));
    await sweep();
    expect(await ledger(id)).toMatchObject({ status: 'sent', attempts: 2, lastError: null });
    expect((await PostalMime.parse(server.mails[0]!)).messageId).toBe(putOff.messageId);
  });

  it('is tried six times over five hours, then has failed', async () => {
    const id = await enqueue();
    await server.line.cut();
    const pauses: number[] = [];
    for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
      await sweep();
      const { nextAttemptAt, status } = await ledger(id);
      expect(status).toBe('pending');
      pauses.push((nextAttemptAt!.getTime() - clock.now().getTime()) / minutes(1));
      await setClock(nextAttemptAt!);
    }
    expect(pauses).toEqual([1, 5, 15, 60, 240]);
    await sweep();
    expect(await ledger(id)).toMatchObject({
      status: 'failed',
      attempts: 6,
      lastError: expect.stringContaining('ECONNREFUSED'),
    });
    await server.line.mend();
    await later(minutes(10_000));
    await sweep();
    expect(server.mails).toEqual([]);
  });

  it('has failed at once when the server refuses it, with the words of the server', async () => {
    const id = await enqueue();
    behaviour.rcptTo = says(550, 'No such user here');
    await deliver();
    const failed = await ledger(id);
    expect(failed).toMatchObject({ status: 'failed', attempts: 1, finishedAt: START });
    expect(failed.smtpReply).toMatch(/^550 No such user here/);
  });

  it('does not leave for who may not have it any more, and says so', async () => {
    const id = await enqueue();
    const asked: unknown[] = [];
    await deliver(deliveries, (leaving) => {
      asked.push(leaving);
      return Promise.resolve({ vi: 'đã gỡ', en: 'taken back' });
    });
    expect(asked).toEqual([
      { scheduleId, dueRun: new Date(START.getTime() + run), recipient: 'so@thainguyen.example.vn' },
    ]);
    expect(await ledger(id)).toMatchObject({ status: 'failed', attempts: 1, lastError: 'đã gỡ · taken back' });
    expect(server.mails).toEqual([]);
  });

  it('waits while it cannot be asked whether the recipient may have it', async () => {
    const id = await enqueue();
    await deliver(deliveries, () => Promise.reject(new Error('no database')));
    expect(await ledger(id)).toMatchObject({ status: 'pending', lastError: expect.stringContaining('no database') });
    expect(server.mails).toEqual([]);
  });

  it('is broken off when the worker stops, and goes later', async () => {
    const id = await enqueue();
    const stop = new AbortController();
    behaviour.rcptTo = async () => {
      stop.abort();
      await new Promise((settle) => setTimeout(settle, 50));
    };
    await deliveries.deliverNext(everyone, stop.signal);
    expect(await ledger(id)).toMatchObject({ status: 'pending', lastError: 'this program is stopping' });
    expect(server.mails).toEqual([]);
  });

  it('does not leave with a workbook that is damaged', async () => {
    await writeFile(join(varDir, 'exports', `${sha256}.xlsx`), 'Xã Kha Son');
    const id = await enqueue();
    await deliver();
    expect((await ledger(id)).status).toBe('failed');
    expect(server.mails).toEqual([]);
  });

  it('waits for its workbook while the disk is away, and leaves with it', async () => {
    const exports = join(varDir, 'exports');
    await rename(exports, `${exports}.away`);
    const id = await enqueue();
    await deliver();
    expect(await ledger(id)).toMatchObject({ status: 'pending', lastError: expect.stringContaining('ENOENT') });
    expect(server.mails).toEqual([]);
    await rename(`${exports}.away`, exports);
    await later(minutes(1));
    await deliver();
    expect((await ledger(id)).status).toBe('sent');
  });
});

describe('a mail that may have gone', () => {
  const cutAfterDot = async () => {
    behaviour.dot = async () => void (await server.line.cut());
    const id = await enqueue();
    await deliver();
    delete behaviour.dot;
    await server.line.mend();
    return id;
  };

  it('is unknown, and never sent again by itself', async () => {
    const id = await cutAfterDot();
    expect(await ledger(id)).toMatchObject({ status: 'unknown', attempts: 1, smtpReply: null });
    expect(server.mails).toHaveLength(1);
    await later(minutes(10_000));
    await sweep();
    await deliver();
    expect(server.mails).toHaveLength(1);
  });

  it('is not broken off when the worker stops: the reply is waited for', async () => {
    const id = await enqueue();
    const stop = new AbortController();
    behaviour.dot = async () => stop.abort();
    await deliveries.deliverNext(everyone, stop.signal);
    expect(await ledger(id)).toMatchObject({ status: 'sent' });
    expect(server.mails).toHaveLength(1);
  });

  it('is sent again when a person asks, as the same mail, and the log says who asked', async () => {
    const id = await cutAfterDot();
    await deliveries.resend(id, { accountId, address: '10.0.0.7' });
    await expect(deliveries.resend(id, { accountId })).rejects.toMatchObject({ code: 'delivery.under_way' });
    await deliver();
    expect(await ledger(id)).toMatchObject({ status: 'sent', attempts: 2 });
    const [first, second] = await Promise.all(server.mails.map((mime) => PostalMime.parse(mime)));
    expect(second!.messageId).toBe(first!.messageId);
    const asked = await rows(
      dataSource,
      `select account_id, address, job, subject from event where verb = 'delivery.resent' and subject->>'deliveryId' = $1`,
      [`${id}`],
    );
    expect(asked).toEqual([
      { account_id: accountId, address: '10.0.0.7', job: 'delivery.send', subject: { deliveryId: id, was: 'unknown' } },
    ]);
    await expect(deliveries.resend(2_000_000, { accountId })).rejects.toMatchObject({ code: 'delivery.not_found' });
  });

  it('has as many tries as a new one when a person asks', async () => {
    const id = await cutAfterDot();
    await deliveries.resend(id, { accountId });
    await server.line.cut();
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      await sweep();
      expect((await ledger(id)).status).toBe(attempt < ATTEMPTS ? 'pending' : 'failed');
      await later(minutes(240));
    }
  });

  it('is what a lost worker leaves behind: unknown after a while, not sent again', async () => {
    let letGo: (() => void) | undefined;
    const hanging = new Promise<void>((settle) => {
      letGo = settle;
    });
    const reached = new Promise<void>((settle) => {
      behaviour.dot = () => {
        settle();
        return hanging;
      };
    });
    const id = await enqueue();
    const underWay = deliver();
    await reached;

    const nextWorker = serviceOn(dataSource);
    await later(minutes(14));
    await sweep(nextWorker);
    expect((await ledger(id)).status).toBe('sending');
    await later(minutes(2));
    await sweep(nextWorker);
    expect(await ledger(id)).toMatchObject({ status: 'unknown', lastError: 'the worker was lost while sending' });
    await deliver(nextWorker);
    expect(server.mails).toHaveLength(1);

    // It was not lost after all: what it learnt counts.
    letGo!();
    await underWay;
    expect(await ledger(id)).toMatchObject({ status: 'sent', attempts: 1, lastError: null });
  });
});

it('a worker that stood still before the dialogue, and was given up, says nothing any more', async () => {
  const id = await enqueue();
  const nextWorker = serviceOn(dataSource);
  await deliver(deliveries, async () => {
    await later(minutes(16));
    await nextWorker.markLost();
    expect((await ledger(id)).status).toBe('unknown');
    await deliveries.resend(id, { accountId });
    await deliver(nextWorker);
    return null;
  });
  expect(await ledger(id)).toMatchObject({ status: 'sent', attempts: 2 });
  expect(server.mails).toHaveLength(1);
});

async function seed(): Promise<{ scheduleId: number; fileId: number; accountId: number }> {
  const made = await row<{ schedule_id: number; file_id: number; account_id: number }>(
    dataSource,
    `with unit as (insert into org_unit (code, level) values ('mail-test', 1) returning id),
       programme as (
         insert into programme (code, name, basis, body, sha256, recorded_at)
         values ('mail-test', 'Thử', 'Thử', '{}', '-', $1) returning id),
       round as (
         insert into round (programme_id, code, year, half, data_from, data_to, kinds, opened_at)
         select id, '2026H1', 2026, 1, '2025-12-15', '2026-06-14', '{}', $1 from programme returning id),
       account as (
         insert into account (unit_id, role, label, created_at)
         select id, 'reviewer', 'Sở', $1 from unit returning id),
       schedule as (
         insert into schedule (unit_id, programme_id, label, cron, recipients, account_id, created_at)
         select unit.id, programme.id, 'Hằng kỳ', '0 7 16 6,12 *', '{so@example.vn}', account.id, $1
         from unit, programme, account returning id),
       file as (
         insert into summary_file (unit_id, round_id, account_id, status, requested_at, finished_at, as_of, file_name, sha256, bytes)
         select unit.id, round.id, account.id, 'ready', $1, $1, $1, 'TongHop_NQ57_2026H1_ThaiNguyen.xlsx', $2, $3
         from unit, round, account returning id)
     select schedule.id as schedule_id, file.id as file_id, account.id as account_id from schedule, file, account`,
    [START, sha256, workbook.length],
  );
  return { scheduleId: made!.schedule_id, fileId: made!.file_id, accountId: made!.account_id };
}
