/** Notifications as mail servers write them, and mails that look like one and are none. */
import { describe, expect, it, test } from '@jest/globals';
import { exchangeBounce, gmailBounce, postfixBounce } from '../../../test/support/bounces.js';
import { readDeliveryReport } from './delivery-report.js';

const about = { messageId: '<0b5c1f7e-57@so.example.vn>', recipient: 'so@thainguyen.example.vn' };

describe('a notification', () => {
  test.each([
    ['Postfix', postfixBounce, '5.1.1', 'Recipient address rejected: User unknown in virtual mailbox table'],
    [
      'Exchange',
      exchangeBounce,
      '5.1.10',
      'RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
    ],
    ['Gmail', gmailBounce, '5.1.1', 'unnecessary spaces. - gsmtp'],
  ])('of %s names the mail, the recipient and the reason', async (_, shape, status, words) => {
    const report = await readDeliveryReport(shape(about));
    expect(report!.messageIds).toEqual([about.messageId]);
    expect(report!.recipients).toHaveLength(1);
    const [recipient] = report!.recipients;
    expect(recipient).toMatchObject({ action: 'failed', status });
    expect(new Set(recipient!.addresses)).toEqual(new Set([about.recipient]));
    expect(recipient!.reason).toContain(words);
    expect(recipient!.reason).toMatch(new RegExp(`^${status} 550`));
    expect(recipient!.reason).not.toMatch(/[\r\n]/);
  });

  it('is known by its own Message-ID, else by its bytes', async () => {
    const one = await readDeliveryReport(postfixBounce(about));
    expect(one!.id).toBe('<20260616010004.4Zk2xJ01@mx.so.example.vn>');
    const nameless = Buffer.from(
      postfixBounce(about)
        .toString()
        .replace(/^Message-Id:.*\r\n/m, ''),
    );
    const [first, second] = [await readDeliveryReport(nameless), await readDeliveryReport(nameless)];
    expect(first!.id).toMatch(/^[0-9a-f]{64}$/);
    expect(second!.id).toBe(first!.id);
  });

  it('is read as well when the mail it returns is cut off', async () => {
    const whole = gmailBounce(about);
    const cut = whole.subarray(0, 100_000);
    expect(await readDeliveryReport(cut)).toEqual(await readDeliveryReport(whole));
  });

  it('may be about several recipients, each with an end of its own', async () => {
    const several = postfixBounce(about)
      .toString()
      .replace(
        '\r\nFinal-Recipient:',
        '\r\nFinal-Recipient: rfc822; khac@example.vn\r\nAction: Delayed\r\nStatus: 4.4.1\r\n\r\nFinal-Recipient:',
      );
    const report = await readDeliveryReport(Buffer.from(several));
    expect(report!.recipients.map(({ addresses, action, status }) => [addresses[0], action, status])).toEqual([
      ['khac@example.vn', 'delayed', '4.4.1'],
      [about.recipient, 'failed', '5.1.1'],
    ]);
  });
});

test.each<[string, string]>([
  ['an absence note', 'Subject: Undeliverable\r\nAuto-Submitted: auto-replied\r\n\r\nAction: failed\r\nStatus: 5.1.1'],
  ['nothing', ''],
  ['noise', '\0\xff\x00--'.repeat(5_000)],
  [
    'endless nesting',
    Array.from({ length: 2_000 }, (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`).join(
      '',
    ),
  ],
])('%s is no notification', async (_, mail) => {
  expect(await readDeliveryReport(Buffer.from(mail, 'latin1'))).toBeNull();
});

it('what the server says is kept on one line, without control characters, and not endlessly', async () => {
  const odd = postfixBounce(about)
    .toString()
    .replace(/^Diagnostic-Code:.*$/m, `Diagnostic-Code: smtp; =?utf-8?Q?a=00b=0D=0A?= ${'x'.repeat(5_000)}`);
  const [recipient] = (await readDeliveryReport(Buffer.from(odd)))!.recipients;
  expect(recipient!.reason).not.toMatch(/\p{Cc}/u);
  expect(recipient!.reason.length).toBe(500);
});
