/** What the log promises: it only grows, and what was changed around its triggers is found and named. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { row, rows, transact } from '#core';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import { recordEvent, sealEvents, sealedHead, verifyAudit } from './index.js';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

const told = (cup: number) =>
  recordEvent(database.dataSource, { verb: 'tea.wanted', subject: { cup }, address: '10.0.0.1' }, null);
const seal = (patience?: number) => sealEvents(database.dataSource, null, patience);
const verify = (mailed?: { number: number; head: string }[]) => verifyAudit(database.dataSource, mailed);
const some = async (offset: number) =>
  (await row<{ id: string }>(
    database.dataSource,
    `select id::text from event where verb = 'tea.wanted' order by event.id offset ${offset} limit 1`,
  ))!.id;

/** As the owner of the database can: past the triggers; undone at the end. @returns what verifying said meanwhile */
async function tampered(...statements: string[]): Promise<string[]> {
  const tables = ['event', 'seal'];
  await rows(
    database.dataSource,
    `create table kept_event as table event; create table kept_seal as table seal;
     alter table event disable trigger user; alter table seal disable trigger user`,
  );
  for (const statement of statements) await rows(database.dataSource, statement);
  const { wrong } = await verify();
  for (const table of tables)
    await rows(
      database.dataSource,
      `delete from ${table}; insert into ${table} overriding system value select * from kept_${table};
       drop table kept_${table}; alter table ${table} enable trigger user`,
    );
  return wrong;
}

describe('the log of events', () => {
  it('grows only: no change, no removal, not emptied, and a job is handed over once', async () => {
    await recordEvent(database.dataSource, { verb: 'tea.wanted', subject: { cup: 0 }, job: 'tea.brew' }, null);
    const append = { driverError: expect.objectContaining({ constraint: 'event_append_only' }) };
    for (const sql of [
      `update event set address = '10.0.0.2' where verb = 'tea.wanted'`,
      `delete from event where verb = 'tea.wanted'`,
      'truncate event',
      `update event set dispatched_at = now(), address = '10.0.0.2' where verb = 'tea.wanted'`,
    ])
      await expect(rows(database.dataSource, sql)).rejects.toMatchObject(append);
    await rows(database.dataSource, `update event set dispatched_at = now() where verb = 'tea.wanted'`);
    await expect(
      rows(database.dataSource, `update event set dispatched_at = null where verb = 'tea.wanted'`),
    ).rejects.toMatchObject(append);
  });

  it('is sealed in a chain, that grows only too', async () => {
    expect(await sealedHead(database.dataSource)).toBeUndefined();
    const before = (await row<{ count: number }>(database.dataSource, 'select count(*)::int from event'))!.count;
    expect(await seal()).toBe(before);
    expect(await seal()).toBe(0);
    for (let cup = 1; cup <= 3; cup++) await told(cup);
    expect(await verify()).toMatchObject({ seals: 1, events: before, unsealed: 3, wrong: [] });
    expect(await seal()).toBe(3);
    const head = await sealedHead(database.dataSource);
    expect(head).toMatchObject({ number: 2, head: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await verify([head!])).toMatchObject({ seals: 2, unsealed: 0, head: head!.head, wrong: [] });
    for (const sql of ['update seal set number = 9', 'delete from seal', 'truncate seal'])
      await expect(rows(database.dataSource, sql)).rejects.toMatchObject({
        driverError: expect.objectContaining({ constraint: 'seal_append_only' }),
      });
  });

  it('a job handed over after the seal changes nothing of it', async () => {
    await recordEvent(database.dataSource, { verb: 'tea.wanted', subject: { cup: 4 }, job: 'tea.brew' }, null);
    await seal();
    await rows(
      database.dataSource,
      'update event set dispatched_at = now() where job is not null and dispatched_at is null',
    );
    expect((await verify()).wrong).toEqual([]);
  });
});

describe('verifying', () => {
  it.each([
    ['an altered address', 'altered', (id: string) => `update event set address = '10.9.9.9' where id = ${id}`],
    ['an altered subject', 'altered', (id: string) => `update event set subject = '{"cup": 99}' where id = ${id}`],
    [
      'an altered time, by a microsecond',
      'altered',
      (id: string) => `update event set recorded_at = recorded_at + interval '1 microsecond' where id = ${id}`,
    ],
    ['a removed row', 'removed', (id: string) => `delete from event where id = ${id}`],
  ])('names %s', async (_, word, sql) => {
    const id = await some(1);
    expect(await tampered(sql(id))).toEqual([expect.stringMatching(new RegExp(`Event ${id} .*${word}`))]);
    expect((await verify()).wrong).toEqual([]);
  });

  it('names a row slipped in where a transaction had been undone', async () => {
    await transact(database.dataSource, async (db) => {
      await recordEvent(db, { verb: 'tea.spilled', subject: {} }, null);
      throw new Error('undone');
    }).catch(() => {});
    await told(5);
    await seal();
    const id = String(BigInt(await some(5)) - 1n);
    const wrong = await tampered(
      `insert into event (id, verb, subject, recorded_at) overriding system value values (${id}, 'tea.forged', '{}', now())`,
    );
    expect(wrong).toEqual([expect.stringMatching(new RegExp(`Event ${id} .*slipped in`))]);
  });

  it('finds a removed seal, an altered one, and a chain that no longer ends where a mail said', async () => {
    expect(await tampered('delete from seal where number = 2')).toEqual([expect.stringContaining('Seal 2 is missing')]);
    expect(await tampered(`update seal set leaves[1] = '\\x00' where number = 1`)).toEqual(
      expect.arrayContaining([expect.stringContaining('Seal 1 was altered')]),
    );
    const head = (await sealedHead(database.dataSource))!;
    expect((await verify([{ ...head, head: 'ab'.repeat(32) }])).wrong).toHaveLength(1);
    expect((await verify([{ number: head.number + 1, head: head.head }])).wrong[0]).toContain('is gone');
  });
});

describe('sealing beside writers', () => {
  it('waits for a number that is drawn but not yet to be seen', async () => {
    let ripe = () => {};
    const waiting = new Promise<void>((settle) => {
      ripe = settle;
    });
    let drawn = () => {};
    const early = new Promise<void>((settle) => {
      drawn = settle;
    });
    const slow = transact(database.dataSource, async (db) => {
      await recordEvent(db, { verb: 'tea.slow', subject: {} }, null);
      drawn();
      await waiting;
    });
    await early;
    await told(6);
    expect(await seal(200)).toBe(0);
    ripe();
    await slow;
    expect(await seal()).toBe(2);
    expect((await verify()).wrong).toEqual([]);
  });

  it('leaves nothing out and nothing to be slipped in, while many write and several seal', async () => {
    let over = false;
    const write = async (writer: number) => {
      for (let cup = 0; cup < 25; cup++)
        await transact(database.dataSource, async (db) => {
          await recordEvent(db, { verb: 'tea.wanted', subject: { cup, writer } }, null);
          await pause((cup * 7 + writer * 3) % 11);
          if ((cup + writer) % 5 === 0) throw new Error('undone');
        }).catch(() => {});
    };
    const sealing = Array.from({ length: 2 }, async () => {
      while (!over) await seal();
    });
    await Promise.all(Array.from({ length: 6 }, (_, writer) => write(writer)));
    over = true;
    await Promise.all(sealing);
    await seal();
    const report = await verify();
    expect(report).toMatchObject({ unsealed: 0, wrong: [] });
    expect(report.seals).toBeGreaterThan(6);
    const all = await row<{ count: number }>(database.dataSource, 'select count(*)::int from event');
    expect(report.events).toBe(all!.count);
  });
});
