/** A schedule, as users see it: saved, run at its times by however many workers, mailed once, paused, refused to others. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import PostalMime from 'postal-mime';
import { sealEvents, sealedHead } from '#audit';
import { EVERYONE, inScope, row, rows } from '#core';
import { RecipientsService, SchedulePlanner, ScheduleRunner } from '#exports';
import { DeliveriesService } from '#mail';
import { openWorkshop, THAI_NGUYEN, until, type Workshop } from '../../../test/support/workshop.js';
import { openWorld } from '../../../test/support/world.js';

const KHA_SON = '05953';
const MAY = '2026-05-20T08:00:00+07:00';

let shop: Workshop;
beforeAll(async () => {
  shop = await openWorkshop();
});
afterEach(async () => {
  await shop.rest();
  // The schedules of one story are none of the next one's.
  await rows(shop.db.dataSource, 'update schedule set paused_at = coalesce(paused_at, now())');
  shop.at(MAY);
});
afterAll(() => shop.close());

type Delivery = { id: number; recipient: string; status: string; dueRun: string; lastError: string | null };
type Run = { dueRun: string; kind: string; status: string; failure: { vi: string; en: string } | null };
type Shown = { nextRuns: string[]; trouble: { en: string } | null; when: { vi: string }; lastRun: Run | null };
const create = async (input: object) =>
  (
    await shop.ask<{ createSchedule: { id: number; nextRuns: string[] } }>(
      shop.reviewer,
      'mutation ($input: ScheduleInput!) { createSchedule(input: $input) { id nextRuns } }',
      { input: { unitCode: THAI_NGUYEN, label: 'Tổng hợp gửi Sở', recipients: ['so@a.vn'], ...input } },
    )
  ).createSchedule;
const change = (id: number, input: object, token = shop.reviewer) =>
  shop.ask(token, 'mutation ($id: Int!, $to: ScheduleChangeInput!) { updateSchedule(id: $id, change: $to) { id } }', {
    id,
    to: input,
  });
const look = async (id: number) =>
  (
    await shop.ask<{ schedule: Shown }>(
      shop.reviewer,
      `{ schedule(id: ${id}) { nextRuns when { vi } trouble { en } lastRun { dueRun kind status failure { vi en } } } }`,
    )
  ).schedule;
const runs = async (id: number) =>
  (
    await shop.ask<{ scheduleRuns: { nodes: Run[] } }>(
      shop.reviewer,
      `{ scheduleRuns(scheduleId: ${id}) { totalCount nodes { dueRun kind status failure { vi en } } } }`,
    )
  ).scheduleRuns.nodes;
const deliveries = async (scheduleId: number) =>
  (
    await shop.ask<{ deliveries: { nodes: Delivery[]; totalCount: number } }>(
      shop.reviewer,
      `{ deliveries(scheduleId: ${scheduleId}) { totalCount nodes { id recipient status dueRun lastError } } }`,
    )
  ).deliveries.nodes;
const sent = (scheduleId: number, count: number) =>
  until(async () => {
    const found = await deliveries(scheduleId);
    return found.length >= count && found.every(({ status }) => status === 'SENT') ? found : undefined;
  });
const runNow = async (id: number) =>
  (await shop.ask<{ runScheduleNow: string }>(shop.reviewer, `mutation { runScheduleNow(id: ${id}) }`)).runScheduleNow;
const folder = () => join(shop.config.varDir, 'mail');
const mails = () => (existsSync(folder()) ? readdirSync(folder()).filter((name) => name.endsWith('.eml')) : []);

/** A worker works for everybody. */
const asWorker = <T>(work: () => Promise<T>): Promise<T> => inScope(EVERYONE, work);

/** What a worker does every minute, here and now. */
const minute = (ignored: unknown[] = []): Promise<void> =>
  asWorker(async () => {
    await shop.app.get(SchedulePlanner).plan();
    await shop.app.get(ScheduleRunner).runDue((error) => ignored.push(error));
    const [ledger, recipients] = [shop.app.get(DeliveriesService), shop.app.get(RecipientsService)];
    while (await ledger.deliverNext((leaving) => recipients.refusal(leaving)));
  });

describe('the times of a schedule', () => {
  it('by cron, in the time of Vietnam; changed, paused, resumed', async () => {
    const { id, nextRuns } = await create({ cron: '0 7 16 6,12 *' });
    expect(nextRuns).toEqual([
      '2026-06-16T00:00:00.000Z',
      '2026-12-16T00:00:00.000Z',
      '2027-06-16T00:00:00.000Z',
      '2027-12-16T00:00:00.000Z',
      '2028-06-16T00:00:00.000Z',
    ]);
    await change(id, { cron: '30 6 * * 1' });
    expect((await look(id)).nextRuns[0]).toBe('2026-05-24T23:30:00.000Z');
    await change(id, { paused: true });
    expect((await look(id)).nextRuns).toEqual([]);
    expect(await shop.refusal(`mutation { runScheduleNow(id: ${id}) }`)).toBe('schedule.paused');
    shop.at('2026-05-25T06:31:00+07:00');
    await minute();
    expect(await runs(id)).toEqual([]);
    // What fell due while it was paused is not made up for.
    await change(id, { paused: false });
    await minute();
    expect(await runs(id)).toEqual([]);
  });

  it('the morning after the due date: of the round, as it moves, and of the rounds to come', async () => {
    const common = await create({ afterDue: {} });
    // Nam Cường's own plan says 20/6; all others owe by 10/6.
    const last = await create({ afterDue: { last: true, at: '08:00' } });
    expect(common.nextRuns.slice(0, 3)).toEqual([
      '2026-06-11T00:00:00.000Z',
      '2026-12-11T00:00:00.000Z',
      '2027-06-11T00:00:00.000Z',
    ]);
    expect(last.nextRuns).toEqual(['2026-06-21T01:00:00.000Z']);
    expect((await look(common.id)).when.vi).toBe('Ngày hôm sau hạn nộp chung của kỳ, lúc 07:00');
    await rows(
      shop.db.dataSource,
      `update obligation o set due_before = due_before + interval '5 days' from org_unit u
       where u.id = o.unit_id and u.code = '02026'`,
    );
    expect((await look(last.id)).nextRuns).toEqual(['2026-06-26T01:00:00.000Z']);

    shop.at('2026-06-11T06:59:59+07:00');
    await minute();
    expect(await runs(common.id)).toEqual([]);
    shop.at('2026-06-11T07:00:20+07:00');
    await minute();
    expect(await runs(common.id)).toMatchObject([{ dueRun: '2026-06-11T00:00:00.000Z', kind: 'DUE', status: 'DONE' }]);
    expect(await deliveries(common.id)).toMatchObject([{ recipient: 'so@a.vn', status: 'SENT' }]);
    expect(await runs(last.id)).toEqual([]);
    await minute();
    expect(await deliveries(common.id)).toHaveLength(1);
  });

  it('each Monday of the round', async () => {
    const { id, nextRuns } = await create({ weekly: { weekday: 1 }, round: '2026H1' });
    expect(nextRuns.slice(0, 2)).toEqual(['2026-05-25T00:00:00.000Z', '2026-06-01T00:00:00.000Z']);
    shop.at('2026-05-25T07:00:10+07:00');
    await minute();
    shop.at('2026-06-01T07:00:10+07:00');
    await minute();
    expect((await runs(id)).map(({ status }) => status)).toEqual(['DONE', 'DONE']);
  });

  it('are kept once, however many planners look at once', async () => {
    const { id } = await create({ cron: '0 * * * *' });
    shop.at('2026-05-20T09:00:05+07:00');
    const planner = shop.app.get(SchedulePlanner);
    const made = await Promise.all(Array.from({ length: 8 }, () => asWorker(() => planner.plan())));
    expect(made.reduce((sum, count) => sum + count, 0)).toBe(1);
    const runner = shop.app.get(ScheduleRunner);
    await Promise.all([1, 2, 3, 4].map(() => asWorker(() => runner.runDue(() => {}))));
    expect(await deliveries(id)).toHaveLength(1);
    expect(await rows(shop.db.dataSource, 'select id from summary_file where schedule_id = $1', [id])).toHaveLength(1);
  });

  it('missed in an outage are made up for by choice, and said to be late', async () => {
    const wish = { cron: '0 7 * * *' };
    const ids = [];
    for (const catchUp of ['NONE', 'LATEST', 'EACH']) ids.push((await create({ ...wish, catchUp })).id);
    shop.at('2026-06-04T12:00:00+07:00');
    await minute();
    const [none, latest, each] = await Promise.all(ids.map(runs));
    const count = (found: Run[], kind: string, status: string) =>
      found.filter((run) => run.kind === kind && run.status === status).length;
    // 21 May … 4 June.
    expect([count(none!, 'DUE', 'MISSED'), none!.length]).toEqual([15, 15]);
    expect([count(latest!, 'CATCH_UP', 'DONE'), count(latest!, 'DUE', 'MISSED')]).toEqual([1, 14]);
    expect(latest![0]!.dueRun).toBe('2026-06-04T00:00:00.000Z');
    expect([count(each!, 'CATCH_UP', 'DONE'), count(each!, 'DUE', 'MISSED')]).toEqual([5, 10]);
    expect((await look(ids[0]!)).trouble!.en).toContain('missed');
    const body = await row<{ text: string }>(
      shop.db.dataSource,
      'select body_text as text from delivery where schedule_id = $1',
      [ids[1]],
    );
    expect(body!.text).toMatch(/^Thư gửi bù cho lần gửi lúc 07 giờ 00 phút ngày 04\/06\/2026/);
    await minute();
    expect(await deliveries(ids[2]!)).toHaveLength(5);
  });
});

describe('a run', () => {
  it('asked for by a person goes through a worker, to each recipient once, also when it is tried again', async () => {
    await shop.work();
    await shop.work();
    const { id } = await create({ cron: '0 7 1 1 *', recipients: ['so.khcn@thainguyen.vn', 'vanphong@thainguyen.vn'] });
    const before = mails().length;
    const dueRun = await runNow(id);
    const ledger = await sent(id, 2);
    expect(ledger.map(({ recipient }) => recipient).sort()).toEqual([
      'so.khcn@thainguyen.vn',
      'vanphong@thainguyen.vn',
    ]);
    expect(new Set(ledger.map((delivery) => delivery.dueRun))).toEqual(new Set([dueRun]));
    expect(mails().length - before).toBe(2);

    // As if the worker had been lost before it could say that the run is done.
    await rows(
      shop.db.dataSource,
      `update schedule_run set status = 'waiting', next_attempt_at = $2, finished_at = null, file_id = null where schedule_id = $1`,
      [id, shop.clock.now()],
    );
    await Promise.all([1, 2, 3].map(() => asWorker(() => shop.app.get(ScheduleRunner).runDue(() => {}))));
    await pause(500);
    expect(await deliveries(id)).toHaveLength(2);
    expect(mails().length - before).toBe(2);
  });

  it('that is a sample goes to who asked and nobody else, and says so; also of a paused schedule', async () => {
    const { id } = await create({ cron: '0 7 1 1 *' });
    await change(id, { paused: true });
    await sealEvents(shop.db.dataSource, null);
    const seen = new Set(mails());
    await shop.ask(shop.reviewer, `mutation { sendSample(id: ${id}, to: "toi@thainguyen.vn") }`);
    await minute();
    expect(await deliveries(id)).toMatchObject([{ recipient: 'toi@thainguyen.vn', status: 'SENT' }]);
    expect(await runs(id)).toMatchObject([{ kind: 'SAMPLE', status: 'DONE' }]);
    expect((await look(id)).lastRun).toBeNull();
    const [name] = mails().filter((one) => !seen.has(one));
    const mail = await PostalMime.parse(readFileSync(join(folder(), name!)));
    expect(mail.subject).toBe('[MẪU] [NQ57] Tổng hợp báo cáo 6 tháng đầu năm 2026 – tỉnh Thái Nguyên');
    expect(mail.text).toMatch(/^THƯ MẪU: /);
    // The head of the log leaves with it, for its readers to keep.
    const seal = (await sealedHead(shop.db.dataSource))!;
    expect(mail.text).toContain(
      `Niêm phong nhật ký hệ thống số ${seal.number} (SHA-256, lưu để đối chiếu): ${seal.head}`,
    );
    expect(mail.attachments.map(({ filename }) => filename)).toEqual([
      'TongHop_NQ57_6thang_dau_nam_2026_ThaiNguyen.xlsx',
    ]);
    expect(await shop.refusal(`mutation { sendSample(id: ${id}, to: "không phải thư") }`)).toBe('schedule.invalid');
  });

  it('meets a full disk: shows, is tried again, and goes out when there is room', async () => {
    const { id } = await create({ cron: '0 7 1 1 *' });
    const exports = join(shop.config.varDir, 'exports');
    mkdirSync(exports, { recursive: true });
    renameSync(exports, `${exports}-aside`);
    writeFileSync(exports, 'no folder can be made here');
    await runNow(id);
    const heard: unknown[] = [];
    await minute(heard);
    expect(heard).toHaveLength(1);
    expect(await runs(id)).toMatchObject([
      { status: 'WAITING', failure: { en: expect.stringContaining('on our side') } },
    ]);
    expect((await look(id)).trouble!.en).toContain('on our side');
    await rows(shop.db.dataSource, `select 1`);
    renameSync(exports, `${exports}-gone`);
    renameSync(`${exports}-aside`, exports);
    await minute();
    expect(await deliveries(id)).toEqual([]);
    shop.at('2026-05-20T08:01:00+07:00');
    await minute();
    expect(await runs(id)).toMatchObject([{ status: 'DONE', failure: null }]);
    expect(await deliveries(id)).toMatchObject([{ status: 'SENT' }]);
  });

  it('that fails to the end shows on its schedule, and ends', async () => {
    const { id } = await create({ cron: '0 7 1 1 *' });
    const exports = join(shop.config.varDir, 'exports');
    renameSync(exports, `${exports}-aside`);
    writeFileSync(exports, 'no folder can be made here');
    await runNow(id);
    const heard: unknown[] = [];
    for (const minutes of [0, 1, 6, 21, 81, 321, 5_000]) {
      shop.at(new Date(Date.parse(MAY) + minutes * 60_000).toISOString());
      await minute(heard);
    }
    renameSync(exports, `${exports}-gone`);
    renameSync(`${exports}-aside`, exports);
    expect(heard).toHaveLength(6);
    expect(await runs(id)).toMatchObject([{ status: 'FAILED' }]);
    expect((await look(id)).trouble!.en).toContain('on our side');
  });
});

describe('the recipient', () => {
  it('that was taken back gets nothing more, also of what was due; the schedule shows it', async () => {
    const { id } = await create({ cron: '0 7 1 1 *', recipients: ['o.lai@tn.vn', 'Da.Chuyen@tn.vn'] });
    await runNow(id);
    await asWorker(() => shop.app.get(ScheduleRunner).runDue(() => {}));
    const remove = `mutation { removeRecipient(unit: "${THAI_NGUYEN}", address: "da.chuyen@tn.vn") }`;
    expect(await shop.refusal(remove, await shop.token('20', 'reviewer'))).toBe('unit.not_found');
    await shop.ask(shop.reviewer, remove);
    await minute();
    expect((await deliveries(id)).map(({ recipient, status }) => [recipient, status]).sort()).toEqual([
      ['Da.Chuyen@tn.vn', 'FAILED'],
      ['o.lai@tn.vn', 'SENT'],
    ]);
    expect((await look(id)).trouble!.en).toBe('1 mails failed.');
    // Not smuggled in again by saving: restored on purpose, or not at all.
    expect(
      await shop.refusal('mutation ($input: ScheduleInput!) { createSchedule(input: $input) { id } }', shop.reviewer, {
        input: { unitCode: THAI_NGUYEN, label: 'x', cron: '0 7 * * 1', recipients: ['da.chuyen@tn.vn'] },
      }),
    ).toBe('recipient.removed');
    await shop.ask(shop.reviewer, `mutation { restoreRecipient(unit: "${THAI_NGUYEN}", address: "da.chuyen@tn.vn") }`);
    const failed = (await deliveries(id)).find(({ status }) => status === 'FAILED')!;
    await shop.ask(shop.reviewer, `mutation { resendDelivery(id: ${failed.id}) }`);
    await minute();
    expect((await deliveries(id)).every(({ status }) => status === 'SENT')).toBe(true);
  });

  it('gets nothing on behalf of who may no longer; who saves the schedule again answers for it', async () => {
    const leaver = await shop.token(THAI_NGUYEN, 'administrator');
    const { createSchedule } = await shop.ask<{ createSchedule: { id: number } }>(
      leaver,
      'mutation ($input: ScheduleInput!) { createSchedule(input: $input) { id } }',
      { input: { label: 'Của người đã đi', cron: '0 7 1 1 *', recipients: ['so@a.vn'] } },
    );
    const { id } = createSchedule;
    await shop.ask(leaver, `mutation { runScheduleNow(id: ${id}) }`);
    await asWorker(() => shop.app.get(ScheduleRunner).runDue(() => {}));
    await rows(
      shop.db.dataSource,
      `update account set disabled_at = now() where id = (select account_id from schedule where id = $1)`,
      [id],
    );
    await minute();
    expect(await deliveries(id)).toMatchObject([
      { status: 'FAILED', lastError: expect.stringContaining('may not do this') },
    ]);
    shop.at('2027-01-01T07:00:00+07:00');
    await minute();
    expect((await runs(id))[0]).toMatchObject({
      status: 'FAILED',
      failure: { en: expect.stringContaining('may not do') },
    });
    expect((await look(id)).trouble!.en).toContain('may not do');
    await change(id, { label: 'Của người ở lại' });
    await runNow(id);
    await minute();
    expect((await runs(id))[0]).toMatchObject({ status: 'DONE' });
  });
});

describe('nonsense and strangers', () => {
  it('takes no nonsense, and nobody manages one of another province', async () => {
    const attempt = (input: object, token = shop.reviewer) =>
      shop.refusal('mutation ($input: ScheduleInput!) { createSchedule(input: $input) { id } }', token, {
        input: { unitCode: THAI_NGUYEN, label: 'x', cron: '0 7 * * 1', recipients: ['so@a.vn'], ...input },
      });
    expect(await attempt({ cron: '0 7 31 2 *' })).toBe('schedule.invalid');
    expect(await attempt({ cron: '* * * * *' })).toBe('schedule.invalid');
    expect(await attempt({ cron: 'H 7 * * *' })).toBe('schedule.invalid');
    expect(await attempt({ weekly: { weekday: 1 } })).toBe('schedule.invalid');
    expect(await attempt({ cron: null })).toBe('schedule.invalid');
    expect(await attempt({ recipients: [] })).toBe('schedule.invalid');
    expect(await attempt({ recipients: ['so@a.vn\r\nBcc: x@b.vn'] })).toBe('schedule.invalid');
    expect(await attempt({ label: ' ' })).toBe('schedule.invalid');
    expect(await attempt({ round: '2030H1' })).toBe('round.not_found');
    expect(await attempt({ unitCode: KHA_SON })).toBe('request.invalid');

    const { id } = await create({ cron: '0 7 1 1 *' });
    const neighbour = await shop.token('20', 'reviewer');
    expect(await attempt({}, neighbour)).toBe('unit.not_found');
    expect(await attempt({}, await shop.token(KHA_SON, 'reporter'))).toBe('access.denied');
    for (const query of [
      `mutation { runScheduleNow(id: ${id}) }`,
      `mutation { sendSample(id: ${id}, to: "a@b.vn") }`,
      `mutation { updateSchedule(id: ${id}, change: { paused: true }) { id } }`,
      `{ schedule(id: ${id}) { id } }`,
      `{ scheduleRuns(scheduleId: ${id}) { totalCount } }`,
      `{ deliveries(scheduleId: ${id}) { totalCount } }`,
    ])
      expect(await shop.refusal(query, neighbour)).toBe('schedule.not_found');
    const listed = await shop.ask<{ schedules: { nodes: { id: number }[] }; recipients: object[] }>(
      neighbour,
      '{ schedules { nodes { id } totalCount } recipients { address } }',
    );
    expect(listed).toEqual({ schedules: { nodes: [], totalCount: 0 }, recipients: [] });
  });

  it('with no round to summarise shows it and mails nothing', async () => {
    const other = await openWorld();
    try {
      const token = await other.token(THAI_NGUYEN, 'reviewer');
      const { createSchedule } = await other.ask<{ createSchedule: { id: number; nextRuns: string[] } }>(
        token,
        'mutation ($input: ScheduleInput!) { createSchedule(input: $input) { id nextRuns } }',
        { input: { unitCode: THAI_NGUYEN, label: 'Sớm', afterDue: {}, recipients: ['so@a.vn'] } },
      );
      expect(createSchedule.nextRuns[0]).toBe('2026-06-11T00:00:00.000Z');
      await other.ask(token, `mutation { runScheduleNow(id: ${createSchedule.id}) }`);
      await asWorker(() => other.app.get(ScheduleRunner).runDue(() => {}));
      const shown = await other.ask<{ schedule: { trouble: { en: string } } }>(
        token,
        `{ schedule(id: ${createSchedule.id}) { trouble { en } } }`,
      );
      expect(shown.schedule.trouble.en).toContain('no reporting period');
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
