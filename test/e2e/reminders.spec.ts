/**
 * Reminders by mail, day by day over a round: who gets one, who does not any more, the digest of the province, and never
 * a second time (docs/semantics.md §5). The mails are read as they lie in the folder.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EVERYONE, inScope } from '#core';
import { DeliveriesService } from '#mail';
import { RemindersService } from '#reminders';
import { RoundsService } from '#reporting';
import { reportOf, SUBMIT } from '../support/figures.js';
import { openWorld, type World } from '../support/world.js';

const KHA_SON = '05953';
const NAM_CUONG = '02026';
const PROVINCE = '19';
let world: World;
let commune: string;
let province: string;

beforeAll(async () => {
  world = await openWorld('2026-05-20T08:00:00+07:00');
  await world.app.get(RoundsService).open(null, 'NQ57-TT', '2026H1');
  commune = await world.token(KHA_SON, 'reporter');
  province = await world.token(PROVINCE, 'reviewer');
});
afterAll(() => world?.close());

const SET = 'mutation ($contacts: [ContactInput!]!) { setContacts(contacts: $contacts) { unitCode recipients by } }';
const set = (token: string, ...contacts: [unit: string, recipients: string[]][]) =>
  world.send<object>(token, SET, { contacts: contacts.map(([unit, recipients]) => ({ unit, recipients })) });
const code = (answer: { errors?: { extensions: { code: string } }[] }) => answer.errors?.[0]?.extensions.code;

// The worker's part: it works for everyone.
const remind = () => inScope(EVERYONE, () => world.app.get(RemindersService).run());
let seen = 0;
/** Lives through a morning; @returns the new mails as "to | subject", sorted. */
async function morning(day: string, times = 1): Promise<string[]> {
  world.at(`${day}T08:00:00+07:00`);
  for (let i = 0; i < times; i += 1) await remind();
  return delivered();
}
async function delivered(): Promise<string[]> {
  while (await inScope(EVERYONE, () => world.app.get(DeliveriesService).deliverNext(async () => null)));
  const fresh = mails().slice(seen);
  seen += fresh.length;
  return fresh.map(({ to, subject }) => `${to} | ${subject}`).sort();
}
function mails(): { to: string; subject: string; text: string }[] {
  const folder = join(world.folder, 'mail');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort((a, b) => a.localeCompare(b))
    .map((name) => {
      const mime = readFileSync(join(folder, name), 'utf8');
      const header = (field: string) => new RegExp(`^${field}: (.*(?:\r\n[ \t].*)*)`, 'm').exec(mime)![1]!;
      const body = /Content-Type: text\/plain[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/.exec(mime)!;
      const encoding = /Content-Transfer-Encoding: (\S+)/.exec(mime.slice(mime.indexOf('text/plain')))![1]!;
      return { to: header('To'), subject: words(header('Subject')), text: decoded(body[1]!, encoding) };
    });
}
const words = (text: string) =>
  text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?UTF-8\?([BQ])\?([^?]*)\?=/gi, (_, way: string, inner: string) =>
      decoded(inner.replaceAll('_', '=20'), way.toUpperCase() === 'B' ? 'base64' : 'quoted-printable'),
    );
const decoded = (text: string, encoding: string) =>
  encoding === 'base64'
    ? Buffer.from(text, 'base64').toString('utf8')
    : Buffer.from(
        text
          .replace(/=\r\n/g, '')
          .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
        'latin1',
      ).toString('utf8');

test('addresses are set by the unit itself or from above, all or none, and stay out of the log', async () => {
  expect((await set(commune, [KHA_SON, ['vhxh@khason.example.vn']])).data).toEqual({
    setContacts: [{ unitCode: KHA_SON, recipients: ['vhxh@khason.example.vn'], by: `${KHA_SON} reporter` }],
  });
  expect(code(await set(commune, [NAM_CUONG, ['x@y.vn']]))).toBe('unit.not_found');
  expect(code(await set(province, [NAM_CUONG, ['hcc@namcuong.example.vn']], [PROVINCE, ['không phải']]))).toBe(
    'contact.invalid',
  );
  const all = '{ contacts { unitCode recipients } }';
  expect(await world.ask(province, all)).toEqual({
    contacts: [{ unitCode: KHA_SON, recipients: ['vhxh@khason.example.vn'] }],
  });
  await set(province, [NAM_CUONG, ['hcc@namcuong.example.vn']], [PROVINCE, ['so@thainguyen.example.vn']]);
  const log = await world.db.dataSource.query("select subject::text as subject from event where verb = 'contact.set'");
  expect(log).toHaveLength(3);
  expect(log.filter(({ subject }: { subject: string }) => subject.includes('@'))).toEqual([]);
});

test('14 and 3 days before the last day, each unit by its own, and one digest for the province; run again: nothing', async () => {
  expect(await morning('2026-05-26')).toEqual([]);
  const [digest, unit, ...more] = await morning('2026-05-27', 3);
  expect(more).toEqual([]);
  expect(digest).toMatch(
    /^so@thainguyen.example.vn \| \[NQ57\] 92 đơn vị chưa nộp báo cáo 6 tháng đầu năm 2026 – tỉnh Thái Nguyên$/,
  );
  expect(unit).toBe(
    'vhxh@khason.example.vn | [NQ57] Nhắc nộp báo cáo 6 tháng đầu năm 2026 – xã Kha Sơn (hạn 10/06/2026)',
  );
  const [first] = mails();
  const letter = mails().find(({ to }) => to.startsWith('vhxh'))!.text;
  expect(letter).toContain('hạn nộp là hết ngày 10/06/2026, còn 14 ngày');
  expect(letter).toContain('gửi Sở Khoa học và Công nghệ tỉnh Thái Nguyên');
  expect(first).toBeDefined();
  const told = mails().find(({ to }) => to.startsWith('so@'))!.text;
  expect(told).toContain('xã Kha Sơn (hạn 10/06/2026)');
  expect(told).toContain('xã Nam Cường (hạn 20/06/2026)');
  expect(told).toMatch(/Chưa có địa chỉ thư nhận được nên chưa nhắc được \(90 đơn vị\)/);
  // Nam Cường's own last day is 20/6.
  expect((await morning('2026-06-06')).map((line) => line.split(' |')[0])).toEqual([
    'hcc@namcuong.example.vn',
    'so@thainguyen.example.vn',
  ]);
});

test('a day that was missed is made up for within two more, and an extension begins anew', async () => {
  expect((await morning('2026-06-08')).map((line) => line.split(' |')[0])).toEqual([
    'so@thainguyen.example.vn',
    'vhxh@khason.example.vn',
  ]);
  await world.ask(
    province,
    `mutation { extendDueDate(unit: "${KHA_SON}", round: "2026H1", dueOn: "2026-06-13", reason: "bão") { dueOn } }`,
  );
  expect(await morning('2026-06-10')).toContainEqual(expect.stringContaining('xã Kha Sơn (hạn 13/06/2026)'));
  // 90 others are one day over on 11/6; Kha Sơn is not.
  expect((await morning('2026-06-11')).map((line) => line.split(' |')[0])).toEqual(['so@thainguyen.example.vn']);
});

test('it stops on submission, even when the mail is waiting already', async () => {
  world.at('2026-06-14T08:00:00+07:00');
  await remind();
  await world.ask(commune, SUBMIT, {
    input: { round: '2026H1', expectedVersion: 0, figures: reportOf(), containsNoSecrets: true },
  });
  expect((await delivered()).filter((line) => line.startsWith('vhxh'))).toEqual([]);
  const LEDGER = `{ reminders(round: "2026H1", first: 500) { nodes { unitCode occasion day deliveries { recipient status } } } }`;
  const { reminders } = await world.ask<{
    reminders: { nodes: { unitCode: string; occasion: string; day: string; deliveries: object[] }[] };
  }>(province, LEDGER);
  expect(reminders.nodes.filter(({ unitCode }) => unitCode === KHA_SON)).toEqual([
    {
      unitCode: KHA_SON,
      occasion: 'AFTER_1',
      day: '2026-06-13',
      deliveries: [{ recipient: 'vhxh@khason.example.vn', status: 'DROPPED' }],
    },
    {
      unitCode: KHA_SON,
      occasion: 'BEFORE_3',
      day: '2026-06-13',
      deliveries: [{ recipient: 'vhxh@khason.example.vn', status: 'SENT' }],
    },
    {
      unitCode: KHA_SON,
      occasion: 'BEFORE_3',
      day: '2026-06-10',
      deliveries: [{ recipient: 'vhxh@khason.example.vn', status: 'SENT' }],
    },
    {
      unitCode: KHA_SON,
      occasion: 'BEFORE_14',
      day: '2026-06-10',
      deliveries: [{ recipient: 'vhxh@khason.example.vn', status: 'SENT' }],
    },
  ]);
  for (const day of ['2026-06-20', '2026-06-27', '2026-07-20'])
    expect((await morning(day)).filter((line) => line.startsWith('vhxh'))).toEqual([]);
});

test('by hand: those who are missing, named, once a day; not who has reported', async () => {
  world.at('2026-07-21T09:00:00+07:00');
  const REMIND =
    'mutation ($units: [String!]) { remindUnits(round: "2026H1", units: $units) { reminded already withoutAddress } }';
  expect(await world.ask(province, REMIND, { units: [NAM_CUONG] })).toEqual({
    remindUnits: { reminded: ['xã Nam Cường'], already: [], withoutAddress: [] },
  });
  expect(await delivered()).toEqual([expect.stringContaining('hcc@namcuong.example.vn | [NQ57] Nhắc nộp báo cáo')]);
  const { remindUnits } = await world.ask<{ remindUnits: Record<string, string[]> }>(province, REMIND);
  expect([remindUnits.reminded, remindUnits.already, remindUnits.withoutAddress!.length]).toEqual([
    [],
    ['xã Nam Cường'],
    90,
  ]);
  expect(await delivered()).toEqual([]);
  expect(code(await world.send(province, REMIND, { units: [KHA_SON] }))).toBe('reminder.not_needed');
  expect(code(await world.send(commune, REMIND))).toBe('access.denied');
});

test('a closed round reminds nobody', async () => {
  await world.ask(province, 'mutation { closeRound(round: "2026H1") { sha256 } }');
  world.at('2026-07-22T09:00:00+07:00');
  const { remindUnits } = await world.ask<{ remindUnits: object }>(
    province,
    'mutation { remindUnits(round: "2026H1") { reminded withoutAddress } }',
  );
  expect(remindUnits).toEqual({ reminded: [], withoutAddress: [] });
});
