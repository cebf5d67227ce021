/**
 * Mails that come back after the mail server had taken them: the notification is handed in as the mail server got it, the
 * ledger and those who look into it learn of it, and the address gets nothing more until a person says so.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AccessService, TokensService } from '#access';
import { EVERYONE, inScope } from '#core';
import { RecipientsService, SchedulePlanner, ScheduleRunner } from '#exports';
import { DeliveriesService } from '#mail';
import { RemindersService } from '#reminders';
import { RoundsService } from '#reporting';
import { type BounceOf, exchangeBounce, gmailBounce, postfixBounce } from '../support/bounces.js';
import { openWorld, type World } from '../support/world.js';

const SO = 'so@thainguyen.example.vn';
const BAN = 'ban@thainguyen.example.vn';
const KHA_SON = '05953';
const OFFICE = 'vhxh@khason.example.vn';

let world: World;
let province: string;
let machine: string;
let schedule: number;

beforeAll(async () => {
  world = await openWorld('2026-05-20T08:00:00+07:00');
  await world.app.get(RoundsService).open(null, 'NQ57-TT', '2026H1');
  province = await world.token('19', 'reviewer');
  const operator = new TokensService(
    world.db.dataSource,
    world.clock,
    new AccessService(world.db.dataSource, world.clock),
  );
  const wish = { unitCode: 'VN', role: 'administrator', label: 'thư trả lại', verbs: ['delivery.bounce'] } as const;
  machine = (await operator.issue(null, { ...wish, verbs: [...wish.verbs] }))[0]!.token;
  const { createSchedule } = await world.ask<{ createSchedule: { id: number } }>(
    province,
    'mutation ($input: ScheduleInput!) { createSchedule(input: $input) { id } }',
    { input: { unitCode: '19', label: 'Gửi Sở', recipients: [SO, BAN], cron: '0 7 1 1 *' } },
  );
  schedule = createSchedule.id;
});
afterAll(() => world?.close());

type Mail = { id: number; recipient: string; status: string; messageId: string; lastError: string | null };

/** The worker's part: it works for everyone. */
const work = () =>
  inScope(EVERYONE, async () => {
    await world.app.get(SchedulePlanner).plan();
    await world.app.get(ScheduleRunner).runDue((error) => {
      throw error;
    });
    const recipients = world.app.get(RecipientsService);
    while (await world.app.get(DeliveriesService).deliverNext((leaving) => recipients.refusal(leaving)));
  });
async function mails(to?: string): Promise<Mail[]> {
  const { deliveries } = await world.ask<{ deliveries: { nodes: Mail[] } }>(
    province,
    `{ deliveries(scheduleId: ${schedule}) { nodes { id recipient status messageId lastError } } }`,
  );
  return deliveries.nodes.filter(({ recipient }) => to === undefined || recipient === to);
}
const left = () => {
  const folder = join(world.folder, 'mail');
  return existsSync(folder) ? readdirSync(folder).length : 0;
};
/** A summary goes out. @returns its mails, those to `SO` and to `BAN` */
async function summary(): Promise<[Mail, Mail]> {
  await world.ask(province, `mutation { runScheduleNow(id: ${schedule}) }`);
  await work();
  const found = await mails();
  return [found.find(({ recipient }) => recipient === SO)!, found.find(({ recipient }) => recipient === BAN)!];
}
async function handIn(
  mail: Buffer,
  token = machine,
): Promise<{ outcome: string; deliveryId: number | null; vi: string }> {
  const answer = await fetch(`${world.url}/bounces`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'message/rfc822' },
    body: mail as never,
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as never;
}
const stopped = async (token = province) =>
  (
    await world.ask<{ bounces: { unitCode: string; address: string; reason: string; subject: string }[] }>(
      token,
      '{ bounces { unitCode address reason subject deliveryId } }',
    )
  ).bounces;
/** Everything that a notification may move. */
const record = () =>
  world.db.dataSource.query(
    `select (select jsonb_agg(to_jsonb(d) order by d.id) from delivery d) as mails, (select count(*) from bounce) as bounces,
       (select count(*) from event) as events`,
  );

test.each([
  ['Postfix', postfixBounce],
  ['Exchange', exchangeBounce],
  ['Gmail', gmailBounce],
])(
  'refused for good, as %s says it: the mail has bounced, its address gets nothing more, the others do',
  async (_, shape) => {
    const [mail, other] = await summary();
    expect([mail.status, other.status]).toEqual(['SENT', 'SENT']);
    const notification = shape({ messageId: mail.messageId, recipient: SO });
    expect(await handIn(notification)).toMatchObject({ outcome: 'bounced', deliveryId: mail.id });

    const [bounced] = await mails(SO);
    expect(bounced).toMatchObject({
      id: mail.id,
      status: 'BOUNCED',
      lastError: expect.stringMatching(/^5\.1\.10? 550/),
    });
    expect(await stopped()).toEqual([
      expect.objectContaining({ unitCode: '19', address: SO, reason: bounced!.lastError, deliveryId: mail.id }),
    ]);
    const { schedule: shown } = await world.ask<{ schedule: { trouble: { vi: string }; lastRun: object } }>(
      province,
      `{ schedule(id: ${schedule}) { trouble { vi } lastRun { mails sent bounced mailsFailed } } }`,
    );
    expect(shown).toEqual({
      trouble: { vi: '1 thư bị trả lại.' },
      lastRun: { mails: 2, sent: 1, bounced: 1, mailsFailed: 0 },
    });

    const before = left();
    const [next, nextOther] = await summary();
    expect(next).toMatchObject({ status: 'FAILED', lastError: expect.stringContaining(`${SO} bị trả lại (5.1.1`) });
    expect(nextOther.status).toBe('SENT');
    expect(left()).toBe(before + 1);

    // Handed in again, also after a person has cleared the address, it is the same one.
    expect(await handIn(notification)).toMatchObject({ outcome: 'known' });
    await world.ask(province, `mutation { clearBounce(address: "${SO.toUpperCase()}") }`);
    const cleared = await record();
    expect(await handIn(notification)).toMatchObject({ outcome: 'known' });
    expect(await record()).toEqual(cleared);
    expect(await stopped()).toEqual([]);
    const [last] = await summary();
    expect(last.status).toBe('SENT');
  },
);

test('who sends the mail again says that the address is right: it goes, under its Message-ID, and may come back again', async () => {
  const [mail] = await summary();
  await handIn(postfixBounce({ messageId: mail.messageId, recipient: SO, number: 2 }));
  await world.ask(province, `mutation { resendDelivery(id: ${mail.id}) }`);
  await work();
  const again = (await mails(SO)).find(({ id }) => id === mail.id)!;
  expect(again).toEqual({ ...mail, status: 'SENT', lastError: null });
  expect(await stopped()).toEqual([]);
  expect(await handIn(postfixBounce({ messageId: mail.messageId, recipient: SO, number: 3 }))).toMatchObject({
    outcome: 'bounced',
  });
  await world.ask(province, `mutation { clearBounce(address: "${SO}") }`);
});

test('given up after days of trying: the mail has bounced, the address stays', async () => {
  const [mail] = await summary();
  const expired: BounceOf = { messageId: mail.messageId, recipient: SO, status: '4.4.1', number: 4 };
  expect(await handIn(postfixBounce(expired))).toMatchObject({ outcome: 'given_up' });
  expect((await mails(SO))[0]).toMatchObject({ id: mail.id, status: 'BOUNCED' });
  expect(await stopped()).toEqual([]);
  expect((await summary())[0].status).toBe('SENT');
});

test('what waits, what is forged and what is no notification changes nothing, and says so', async () => {
  const [mail] = await summary();
  const { messageId } = mail;
  const lang = await world.token('20', 'administrator');
  const before = await record();
  const seen = [];
  for (const [notification, token] of [
    [postfixBounce({ messageId, recipient: SO, action: 'delayed', status: '4.4.1' })],
    [exchangeBounce({ messageId, recipient: SO, action: 'delivered', status: '2.1.5' })],
    [postfixBounce({ messageId: '<5d0c1f7e-0000-4000-8000-000000000057@localhost>', recipient: SO })],
    [postfixBounce({ messageId, recipient: BAN })],
    // A province's machine learns nothing of another one's mails.
    [postfixBounce({ messageId, recipient: SO }), lang],
    [Buffer.from(`From: x@y.vn\r\nIn-Reply-To: ${messageId}\r\nSubject: Undelivered\r\n\r\nAction: failed\r\n`)],
    [Buffer.alloc(3_000_000, 'x')],
    [Buffer.alloc(0)],
  ] as [Buffer, string?][]) {
    const { outcome, vi } = await handIn(notification, token);
    expect(vi).toMatch(/không có gì thay đổi/);
    seen.push(outcome);
  }
  expect(seen).toEqual([
    ...['delayed', 'delayed', 'unknown', 'other_recipient', 'unknown', 'no_report', 'no_report', 'no_report'],
  ]);
  expect(await record()).toEqual(before);
});

test('handed in by several at once it counts once', async () => {
  const [mail] = await summary();
  const notification = gmailBounce({ messageId: mail.messageId, recipient: SO, number: 5 });
  const outcomes = await Promise.all(Array.from({ length: 6 }, () => handIn(notification)));
  expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual([...['bounced'], ...Array(5).fill('known')]);
  await world.ask(province, `mutation { clearBounce(address: "${SO}") }`);
});

test('a reminder that comes back: the unit is told to be without an address, and clears it itself', async () => {
  const commune = await world.token(KHA_SON, 'reporter');
  const other = await world.token('02026', 'reporter');
  const set = 'mutation ($c: [ContactInput!]!) { setContacts(contacts: $c) { unitCode } }';
  await world.ask(province, set, {
    c: [
      { unit: KHA_SON, recipients: [OFFICE] },
      { unit: '19', recipients: [SO] },
    ],
  });
  const remind = () =>
    world.ask<{ remindUnits: { reminded: string[]; withoutAddress: string[] } }>(
      province,
      `mutation { remindUnits(round: "2026H1", units: ["${KHA_SON}"]) { reminded withoutAddress } }`,
    );
  expect(await remind()).toEqual({ remindUnits: { reminded: ['xã Kha Sơn'], withoutAddress: [] } });
  await work();
  const [reminder] = await world.db.dataSource.query(
    'select message_id as "messageId" from delivery where recipient = $1',
    [OFFICE],
  );
  expect(await handIn(postfixBounce({ messageId: reminder.messageId, recipient: OFFICE, number: 6 }))).toMatchObject({
    outcome: 'bounced',
  });
  const { reminders } = await world.ask<{ reminders: { nodes: { deliveries: object[] }[] } }>(
    province,
    '{ reminders(round: "2026H1") { nodes { deliveries { recipient status } } } }',
  );
  expect(reminders.nodes[0]!.deliveries).toEqual([{ recipient: OFFICE, status: 'BOUNCED' }]);

  world.at('2026-05-27T08:00:00+07:00');
  expect(await remind()).toEqual({ remindUnits: { reminded: [], withoutAddress: ['xã Kha Sơn'] } });
  await inScope(EVERYONE, () => world.app.get(RemindersService).run());
  const [digest] = await world.db.dataSource.query(
    `select body_text as text from delivery where recipient = $1 and reminder_id is not null`,
    [SO],
  );
  expect(digest.text).toMatch(/Chưa có địa chỉ thư nhận được nên chưa nhắc được \(92 đơn vị\): .*xã Kha Sơn/);

  const clear = `mutation { clearBounce(unit: "${KHA_SON}", address: "${OFFICE}") }`;
  expect((await stopped(commune)).map(({ address }) => address)).toEqual([OFFICE]);
  expect(await stopped(other)).toEqual([]);
  expect((await world.send(other, clear)).errors?.[0]?.extensions.code).toBe('unit.not_found');
  await world.ask(commune, clear);
  expect((await world.send(commune, clear)).errors?.[0]?.extensions.code).toBe('bounce.not_found');
  expect(await remind()).toEqual({ remindUnits: { reminded: ['xã Kha Sơn'], withoutAddress: [] } });
});

test('it is on record who handed it in and who cleared it, without an address', async () => {
  const log = await world.db.dataSource.query(
    `select e.verb, a.role, u.code, e.subject::text as subject from event e join account a on a.id = e.account_id
     join org_unit u on u.id = e.unit_id where e.verb like 'delivery.bounce%' order by e.id`,
  );
  expect(log[0]).toMatchObject({ verb: 'delivery.bounced', role: 'administrator', code: '19' });
  expect(log[1]).toMatchObject({ verb: 'delivery.bounce_cleared', role: 'reviewer', code: '19' });
  expect(log.at(-1)).toMatchObject({ verb: 'delivery.bounce_cleared', role: 'reporter', code: KHA_SON });
  expect(log.filter(({ subject }: { subject: string }) => subject.includes('@'))).toEqual([]);
});

test('the door takes mails only', async () => {
  const answer = await fetch(`${world.url}/bounces`, {
    method: 'POST',
    headers: { authorization: `Bearer ${machine}`, 'content-type': 'application/pdf' },
    body: '%PDF',
  });
  expect(answer.status).toBe(400);
  expect(((await answer.json()) as { error: { code: string } }).error.code).toBe('request.invalid');
});
