/** What a mail becomes on its way, and what is concluded when the way fails, against a real mail server and a real folder. */

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import PostalMime from 'postal-mime';
import { Clock, loadConfig } from '#core';
import { type Behaviour, type MailServer, reply, startMailServer } from '../../../test/support/mail-server.js';
import { FolderTransport, type Message, SendFailure, SmtpTransport, transportOf } from './transports.js';

const FROM = 'Báo cáo NQ57 <bao-cao@skhcn.example.vn>';
const workbook = Buffer.from('PK\u0003\u0004 Xã Kha Sơn: đạt 86,4 %', 'utf8');
const message: Message = {
  messageId: '<5d0c1f7e@skhcn.example.vn>',
  to: 'tong-hop@thainguyen.example.vn',
  subject: '[NQ57] Tổng hợp báo cáo 6 tháng đầu năm 2026 – tỉnh Thái Nguyên',
  text: 'Kính gửi: Sở Khoa học và Công nghệ\n.\nmột dấu chấm đứng riêng',
  html: '<p>Kính gửi: Sở Khoa học và Công nghệ</p>',
  attachments: [
    {
      fileName: 'TongHop_NQ57_2026H1_ThaiNguyen.xlsx',
      contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      content: workbook,
    },
  ],
};

async function expectTheMessage(mime: string | Buffer): Promise<void> {
  const mail = await PostalMime.parse(mime);
  expect(mail.from).toMatchObject({ name: 'Báo cáo NQ57', address: 'bao-cao@skhcn.example.vn' });
  expect(mail.to?.map((to) => to.address)).toEqual([message.to]);
  expect(mail.messageId).toBe(message.messageId);
  expect(mail.subject).toBe(message.subject);
  expect(mail.text?.trimEnd()).toBe(message.text);
  expect(mail.html?.trimEnd()).toBe(message.html);
  expect(mail.headers.find(({ key }) => key === 'auto-submitted')?.value).toBe('auto-generated');
  expect(mail.attachments.map(({ filename, mimeType }) => [filename, mimeType])).toEqual([
    [message.attachments[0]!.fileName, message.attachments[0]!.contentType],
  ]);
  expect(Buffer.from(mail.attachments[0]!.content as ArrayBuffer)).toEqual(workbook);
}

describe('by SMTP', () => {
  let server: MailServer;
  afterEach(() => server.close());

  const impatient = { connect: 1_000, greeting: 500, message: 1_000, reply: 1_000 };
  const transport = () => new SmtpTransport(server.url, FROM, new Clock(), impatient);
  const failureOf = async (sent: Promise<unknown>): Promise<SendFailure> => {
    const failure: unknown = await sent.then(
      () => undefined,
      (error) => error,
    );
    expect(failure).toBeInstanceOf(SendFailure);
    return failure as SendFailure;
  };

  it('arrives whole, with the reply of the server', async () => {
    server = await startMailServer();
    const sent = await transport().send(message);
    expect(sent.reply).toMatch(/^250 /);
    expect(server.mails).toHaveLength(1);
    await expectTheMessage(server.mails[0]!);
  });

  it('what does not arrive comes back to the sender, or to the return path that is set', async () => {
    const seen: string[] = [];
    server = await startMailServer({ mailFrom: async (address) => void seen.push(address) });
    await transport().send(message);
    const settings = { SMTP_URL: server.url, MAIL_FROM: FROM, MAIL_RETURN_PATH: 'tra-lai@skhcn.example.vn' };
    await transportOf(loadConfig(settings), new Clock()).send(message);
    expect(seen).toEqual(['bao-cao@skhcn.example.vn', 'tra-lai@skhcn.example.vn']);
    expect((await PostalMime.parse(server.mails[1]!)).from).toMatchObject({ address: 'bao-cao@skhcn.example.vn' });
  });

  it('waits for a server that is slow but speaks', async () => {
    const slow = () => pause(200);
    server = await startMailServer({ connect: slow, mailFrom: slow, rcptTo: slow, dot: slow });
    expect((await transport().send(message)).reply).toMatch(/^250 /);
  });

  it('logs in where the server wants it', async () => {
    server = await startMailServer({ login: (user, password) => user === 'nq57@so' && password === 'mật/khẩu' });
    const url = server.url.replace('//', `//${encodeURIComponent('nq57@so')}:${encodeURIComponent('mật/khẩu')}@`);
    expect((await new SmtpTransport(url, FROM, new Clock(), impatient).send(message)).reply).toMatch(/^250 /);
    const wrong = new SmtpTransport(server.url.replace('//', '//nq57:wrong@'), FROM, new Clock(), impatient);
    expect(await failureOf(wrong.send(message))).toMatchObject({
      outcome: 'later',
      reply: expect.stringMatching(/^535/),
    });
  });

  const says = (code: number, words: string) => () => Promise.reject(reply(code, words));
  it.each<[string, Behaviour, SendFailure['outcome'], RegExp]>([
    ['an unknown recipient', { rcptTo: says(550, 'No such user') }, 'refused', /^550 No such user/],
    ['greylisting', { rcptTo: says(450, 'Greylisted, try again') }, 'later', /^450 Greylisted/],
    ['a sender it does not like', { mailFrom: says(553, 'Not you') }, 'refused', /^553/],
    ['a server that closes for today', { mailFrom: says(421, 'Closing') }, 'later', /^421/],
    ['a session out of order', { mailFrom: says(503, 'Bad sequence') }, 'later', /^503/],
    ['a mail refused after it was read', { dot: says(554, 'Looks like spam') }, 'refused', /^554/],
    ['a mail put off after it was read', { dot: says(451, 'Disk full') }, 'later', /^451/],
    ['a mail larger than it takes', { size: 500 }, 'refused', /^552/],
  ])('%s', async (_, behaviour, outcome, words) => {
    server = await startMailServer(behaviour);
    expect(await failureOf(transport().send(message))).toMatchObject({ outcome, reply: expect.stringMatching(words) });
  });

  const cut = async () => void (await server.line.cut());
  const silent = () => pause(1_500);
  it.each<[string, Behaviour, SendFailure['outcome']]>([
    ['breaks off at the greeting', { connect: cut }, 'later'],
    ['breaks off at the sender', { mailFrom: cut }, 'later'],
    ['breaks off at the recipient', { rcptTo: cut }, 'later'],
    ['falls silent at the greeting', { connect: silent }, 'later'],
    ['falls silent at the recipient', { rcptTo: silent }, 'later'],
    ['breaks off after the final dot', { dot: cut }, 'unknown'],
    ['falls silent after the final dot', { dot: silent }, 'unknown'],
  ])('a server that %s', async (_, behaviour, outcome) => {
    server = await startMailServer(behaviour);
    expect(await failureOf(transport().send(message))).toMatchObject({ outcome, reply: null });
  });

  it('knows that a mail broken off before its final dot was not taken', async () => {
    server = await startMailServer({ data: cut });
    const heavy = { ...message.attachments[0]!, content: Buffer.alloc(40_000_000, 'x') };
    const failure = await failureOf(transport().send({ ...message, attachments: [heavy] }));
    expect(failure).toMatchObject({ outcome: 'later', reply: null });
  });

  it('gives up on a server that does not take the message, long before it would be granted time to answer it', async () => {
    server = await startMailServer({ rcptTo: () => pause(1_300) });
    const failure = await failureOf(transport().send(message));
    expect(failure).toMatchObject({ outcome: 'later', message: 'the mail server had not taken the message after 1 s' });
  });

  it('nobody there', async () => {
    server = await startMailServer();
    await server.line.cut();
    expect(await failureOf(transport().send(message))).toMatchObject({ outcome: 'later', reply: null });
  });

  it('a subject cannot smuggle in a header', async () => {
    server = await startMailServer();
    await transport().send({ ...message, subject: 'Tổng hợp\r\nBcc: kẻ@lạ.vn' });
    const mail = await PostalMime.parse(server.mails[0]!);
    expect(mail.headers.map(({ key }) => key)).not.toContain('bcc');
  });
});

describe('into a folder', () => {
  let varDir: string;
  beforeEach(async () => {
    varDir = await mkdtemp(join(tmpdir(), 'baocao-mail-'));
  });
  afterEach(() => rm(varDir, { recursive: true }));

  it('is what happens without SMTP_URL: one .eml a mail, named by time and Message-ID, nothing beside it', async () => {
    const clockFile = join(varDir, 'clock');
    await writeFile(clockFile, '2026-06-16T00:00:05Z\n');
    const config = loadConfig({ VAR_DIR: varDir, MAIL_FROM: FROM });
    const sent = await transportOf(config, new Clock(clockFile)).send(message);
    const name = '20260616-070005-5d0c1f7e@skhcn.example.vn.eml';
    expect(sent.reply).toBe(`written to ${name}`);
    expect(await readdir(join(varDir, 'mail'))).toEqual([name]);
    const mime = await readFile(join(varDir, 'mail', name));
    await expectTheMessage(mime);
    expect((await PostalMime.parse(mime)).date).toBe('2026-06-16T00:00:05.000Z');
  });

  it('is tried again later when the disk does not take it', async () => {
    await writeFile(join(varDir, 'mail'), 'a file where the folder should be');
    const transport = new FolderTransport(join(varDir, 'mail'), FROM, new Clock());
    await expect(transport.send(message)).rejects.toMatchObject({ outcome: 'later', reply: null });
  });
});
