/**
 * Reads a delivery status notification (RFC 3464): the mail by which a mail server says later that a mail of ours did not
 * arrive. Pure: which mail that was, and what follows, is for bounces.service.ts. A mail that is no such notification
 * (an answer, an absence note) is none, whatever its text says.
 */
import { createHash } from 'node:crypto';
import PostalMime from 'postal-mime';

export type ReportedRecipient = {
  /** Addresses named, in lower case: as we wrote it, and as it was in the end. */
  addresses: string[];
  /** failed | delayed | delivered | relayed | expanded, in lower case. */
  action: string;
  /** RFC 3463: "5.1.1"; empty when not given. */
  status: string;
  /** Status and the words of the server that refused it, on one line. */
  reason: string;
};

export type DeliveryReport = {
  /** Of the notification itself: its Message-ID, or the SHA-256 of its bytes. */
  id: string;
  /** The mails that it may be about, with angle brackets: of the copy it returns, and those it answers. */
  messageIds: string[];
  recipients: ReportedRecipient[];
};

const MOST_RECIPIENTS = 50;
const LONGEST_REASON = 500;
const MESSAGE_ID = /<[!-;=?-~]{3,250}>/g;

/**
 * @param raw the mail as it was received; it may be cut off behind the headers of the mail it returns
 * @returns null for anything but a notification
 */
export async function readDeliveryReport(raw: Buffer): Promise<DeliveryReport | null> {
  // What nests too deeply or has endless headers is no notification.
  const mail = await PostalMime.parse(raw).catch(() => null);
  const status = mail?.attachments.find(({ mimeType }) => mimeType === 'message/delivery-status');
  if (!mail || !status) return null;
  const returned = mail.attachments.filter(({ mimeType }) => /^(message\/rfc822|text\/rfc822-headers)$/.test(mimeType));
  const copies = await Promise.all(returned.map(({ content }) => fieldsOf(text(content))));
  const messageIds = [...copies.map((copy) => copy.get('message-id')), ...[mail.inReplyTo, mail.references]].flatMap(
    (ids) => ids?.match(MESSAGE_ID) ?? [],
  );
  // The first group is about the message as a whole, each further one about one recipient.
  const [, ...groups] = text(status.content).split(/(?:\r?\n[ \t]*){2,}/);
  const recipients = await Promise.all(groups.slice(0, MOST_RECIPIENTS).map(recipientOf));
  return {
    id: mail.messageId?.match(MESSAGE_ID)?.[0] ?? createHash('sha256').update(raw).digest('hex'),
    messageIds: [...new Set(messageIds)],
    recipients: recipients.filter((recipient) => recipient !== null),
  };
}

async function recipientOf(group: string): Promise<ReportedRecipient | null> {
  const fields = await fieldsOf(group);
  const action = fields.get('action')?.trim().toLowerCase();
  if (!action) return null;
  const addresses = ['original-recipient', 'final-recipient'].flatMap((field) => addressOf(fields.get(field)));
  const status = /^\s*([245]\.\d{1,3}\.\d{1,3})\b/.exec(fields.get('status') ?? '')?.[1] ?? '';
  const words = (fields.get('diagnostic-code') ?? '').replace(/^\s*[\w.-]+\s*;/, '');
  const reason = `${status} ${words}`.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return { addresses, action, status, reason: reason.slice(0, LONGEST_REASON).toWellFormed() || action };
}

/** "rfc822;<so@example.vn>" → so@example.vn */
function addressOf(field: string | undefined): string[] {
  const address = field
    ?.replace(/^[^;]*;/, '')
    .trim()
    .replace(/^<(.*)>$/, '$1');
  return address ? [address.toLowerCase()] : [];
}

/** Fields as of a header, folded lines put together; of one that is there twice, the first. */
async function fieldsOf(header: string): Promise<Map<string, string>> {
  const { headers } = await PostalMime.parse(`${header.trim()}\r\n\r\n`).catch(() => ({ headers: [] }));
  return new Map(headers.toReversed().map(({ key, value }) => [key, value]));
}

const text = (content: ArrayBuffer | Uint8Array | string) =>
  typeof content === 'string' ? content : Buffer.from(content as ArrayBuffer).toString('utf8');
