/**
 * The delivery ledger: one row for each schedule, due run and recipient. A row is marked 'sending' and committed before
 * the dialogue with the mail server begins, and the outcome is committed after it. A mail that surely did not go is
 * tried again, with growing pauses; one that may have gone is 'unknown' and left to a person, since nobody shall get a
 * summary twice by mistake. Sent again by a person it keeps its Message-ID, so that a mail box can tell the copy.
 */
import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { recordEvent } from '#audit';
import { Clock, CONFIG, type Config, type Db, Problem, row, rows, transact } from '#core';
import { summaryAttachment } from './attachment.js';
import { clearBounces } from './bounces.service.js';
import type { MailText } from './messages.js';
import { type Message, SendFailure, type Transport } from './transports.js';

export const TRANSPORT = Symbol('mail transport');

/** `dropped`: a reminder that what it asks for overtook. `bounced`: taken by the mail server, and came back. */
export const deliveryStatuses = ['pending', 'sending', 'sent', 'unknown', 'failed', 'dropped', 'bounced'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

export type Delivery = {
  id: number;
  scheduleId: number;
  dueRun: Date;
  recipient: string;
  fileId: number;
  messageId: string;
  subject: string;
  status: DeliveryStatus;
  attempts: number;
  lastError: string | null;
  /** The mail server's last words. */
  smtpReply: string | null;
  createdAt: Date;
  nextAttemptAt: Date | null;
  finishedAt: Date | null;
};

/** Asked for each mail before a word is said to the mail server. @returns why the recipient may not have it, or null */
export type Permit = (leaving: {
  scheduleId: number;
  dueRun: Date;
  recipient: string;
}) => Promise<{ vi: string; en: string } | null>;

type NewDelivery = { scheduleId: number; dueRun: Date; recipient: string; fileId: number; mail: MailText };

type NewReminder = { reminderId: number; dueRun: Date; recipient: string; mail: MailText };

/** A mail is of a schedule, with its file, or of a reminder. */
type Claimed = {
  id: number;
  scheduleId: number | null;
  reminderId: number | null;
  dueRun: Date;
  attempts: number;
  attempts_allowed: number;
  file_id: number | null;
} & Omit<Message, 'attachments'>;

/** Minutes to wait after each failed attempt: a greylisting server wants 5 to 15. After the last the mail has failed. */
const PAUSES = [1, 5, 15, 60, 240];
export const ATTEMPTS = PAUSES.length + 1;
/** A dialogue that has not ended after this has lost its worker: longer than the transport's patience in all (510 s). */
const LOST_AFTER = '15 minutes';

/** Columns of a Delivery, for whoever lists the ledger; the table is called d. */
export const DELIVERY_COLUMNS = `d.id, d.schedule_id as "scheduleId", d.due_run as "dueRun", d.recipient,
  d.file_id as "fileId", d.message_id as "messageId", d.subject, d.status, d.attempts, d.last_error as "lastError",
  d.smtp_reply as "smtpReply", d.created_at as "createdAt", d.next_attempt_at as "nextAttemptAt", d.finished_at as "finishedAt"`;

@Injectable()
export class DeliveriesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    @Inject(TRANSPORT) private readonly transport: Transport,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Enters a mail into the ledger, in the caller's transaction; entered before, it stays as it is.
   * @returns the id of its row
   */
  async enqueue(db: Db, wish: NewDelivery): Promise<number> {
    const { scheduleId, dueRun, recipient, fileId, mail } = wish;
    const entered = await row<{ id: number }>(
      db,
      `insert into delivery (schedule_id, due_run, recipient, file_id, message_id, subject, body_text, body_html,
         attempts_allowed, created_at, next_attempt_at)
       select $1, $2, $3, $4, $5, $6, $7, $8, $9, at, at from coalesce($10::timestamptz, clock_timestamp()) at
       on conflict (schedule_id, due_run, recipient) do nothing returning id`,
      [
        ...[scheduleId, dueRun, recipient, fileId, newMessageId(this.config.mailFrom)],
        ...[mail.subject, mail.text, mail.html, ATTEMPTS, this.clock.forDatabase()],
      ],
    );
    if (entered) return entered.id;
    const standing = await row<{ id: number }>(
      db,
      'select id from delivery where schedule_id = $1 and due_run = $2 and recipient = $3',
      [scheduleId, dueRun, recipient],
    );
    return standing!.id;
  }

  /** Enters the mail of a reminder, without an attachment, in the caller's transaction. @returns the id of its row */
  async enqueueReminder(db: Db, { reminderId, dueRun, recipient, mail }: NewReminder): Promise<number> {
    const entered = await row<{ id: number }>(
      db,
      `insert into delivery (reminder_id, due_run, recipient, message_id, subject, body_text, body_html,
         attempts_allowed, created_at, next_attempt_at)
       select $1, $2, $3, $4, $5, $6, $7, $8, at, at from coalesce($9::timestamptz, clock_timestamp()) at returning id`,
      [
        ...[reminderId, dueRun, recipient, newMessageId(this.config.mailFrom)],
        ...[mail.subject, mail.text, mail.html, ATTEMPTS, this.clock.forDatabase()],
      ],
    );
    return entered!.id;
  }

  /**
   * Sends the mail that has been due for longest and that nobody else is sending. How it went stands in the ledger.
   * @param permit decides whether the recipient may have it now
   * @returns false when there was nothing to send
   * @throws only when the ledger itself cannot be written
   */
  async deliverNext(permit: Permit, stop?: AbortSignal): Promise<boolean> {
    const claimed = await this.claim();
    if (!claimed) return false;
    if (await this.overtaken(claimed)) {
      await this.conclude(claimed, 'dropped', null, null);
      return true;
    }
    const outcome = await this.send(claimed, permit, stop);
    if (outcome === null) return true;
    if (outcome instanceof SendFailure) await this.failed(claimed, outcome);
    else await this.conclude(claimed, 'sent', null, outcome.reply);
    return true;
  }

  /** Mails whose worker was lost in the dialogue become unknown: they may have arrived. */
  async markLost(): Promise<void> {
    await rows(
      this.dataSource,
      `update delivery set status = 'unknown', finished_at = coalesce($1, clock_timestamp()),
         last_error = 'the worker was lost while sending'
       where status = 'sending' and sending_at < coalesce($1, clock_timestamp()) - $2::interval`,
      [this.clock.forDatabase(), LOST_AFTER],
    );
  }

  /**
   * A person asks for a mail to be sent again, knowing that it may have arrived. It keeps its Message-ID. Of one that
   * came back this says that the address may be written to again.
   * Whether the person may is for the caller to know.
   * @throws Problem delivery.not_found | delivery.under_way
   */
  async resend(id: number, by: { accountId: number; address?: string }): Promise<void> {
    await transact(this.dataSource, async (db) => {
      const at = this.clock.forDatabase();
      const again = await row<{ unitId: number; recipient: string; was: DeliveryStatus }>(
        db,
        `with standing as (select id, status from delivery where id = $1 for update)
         update delivery d set status = 'pending', finished_at = null, attempts_allowed = d.attempts + $3,
           next_attempt_at = coalesce($2, clock_timestamp())
         from standing, schedule s
         where d.id = standing.id and s.id = d.schedule_id and standing.status in ('sent', 'unknown', 'failed', 'bounced')
         returning s.unit_id as "unitId", d.recipient, standing.status as was`,
        [id, at, ATTEMPTS],
      );
      if (!again) {
        const known = await row(db, 'select id from delivery where id = $1', [id]);
        throw new Problem(known ? 'delivery.under_way' : 'delivery.not_found', { id });
      }
      const { unitId, recipient, was } = again;
      await clearBounces(db, { unitId, address: recipient }, by, at);
      const subject = { deliveryId: id, was };
      await recordEvent(db, { verb: 'delivery.resent', ...by, unitId, subject, job: 'delivery.send' }, at);
    });
  }

  /** Whether what a reminder asks for has come meanwhile, or its address was taken back. */
  private async overtaken({ reminderId, to }: Claimed): Promise<boolean> {
    if (reminderId === null) return false;
    const found = await row<{ moot: boolean }>(this.dataSource, 'select reminder_is_moot($1, $2) as moot', [
      reminderId,
      to,
    ]);
    return found!.moot;
  }

  /** @returns why nothing is sent to this address, or null */
  private async cameBack({ scheduleId, reminderId, to }: Claimed): Promise<{ vi: string; en: string } | null> {
    const found = await row<{ reason: string | null }>(
      this.dataSource,
      `select bounce_stopping(coalesce((select unit_id from schedule where id = $1),
         (select unit_id from reminder where id = $2)), $3) as reason`,
      [scheduleId, reminderId, to],
    );
    if (!found?.reason) return null;
    return {
      vi: `Thư trước gửi tới ${to} bị trả lại (${found.reason}); ngừng gửi cho tới khi có người cho phép lại.`,
      en: `A mail to ${to} came back; nothing is sent until a person clears the address.`,
    };
  }

  /** One statement, and so committed before anything is said to a mail server. */
  private claim(): Promise<Claimed | undefined> {
    return row<Claimed>(
      this.dataSource,
      `update delivery set status = 'sending', attempts = attempts + 1, next_attempt_at = null,
         sending_at = coalesce($1, clock_timestamp())
       where id = (select id from delivery where status = 'pending' and next_attempt_at <= coalesce($1, clock_timestamp())
                   order by next_attempt_at, id limit 1 for update skip locked)
       returning id, schedule_id as "scheduleId", reminder_id as "reminderId", due_run as "dueRun", attempts, attempts_allowed, file_id,
         message_id as "messageId", recipient as "to", subject, body_text as text, body_html as html`,
      [this.clock.forDatabase()],
    );
  }

  /** @returns null when the mail was given up meanwhile and nothing was said of it */
  private async send(
    claimed: Claimed,
    permit: Permit,
    stop?: AbortSignal,
  ): Promise<{ reply: string } | SendFailure | null> {
    let begun = false;
    try {
      const { scheduleId, dueRun, file_id, messageId, to, subject, text, html } = claimed;
      const refusal =
        (await this.cameBack(claimed)) ??
        (scheduleId === null ? null : await permit({ scheduleId, dueRun, recipient: to }));
      if (refusal) return new SendFailure('refused', `${refusal.vi} · ${refusal.en}`, null);
      const attachments =
        file_id === null ? [] : [await summaryAttachment(this.dataSource, this.config.varDir, file_id)];
      if (!(await this.stillOurs(claimed))) return null;
      begun = true;
      return await this.transport.send({ messageId, to, subject, text, html, attachments }, stop);
    } catch (error) {
      if (error instanceof SendFailure) return error;
      return new SendFailure(begun ? 'unknown' : 'later', String(error), null, { cause: error });
    }
  }

  /**
   * Asked last before the dialogue: a worker that stood still (a machine asleep, a database out of reach) may have been
   * given up, and a person may have asked for the mail since. From here on counts the time after which it is lost.
   */
  private async stillOurs({ id, attempts }: Claimed): Promise<boolean> {
    const ours = await row(
      this.dataSource,
      `update delivery set sending_at = coalesce($3, clock_timestamp())
       where id = $1 and attempts = $2 and status = 'sending' returning id`,
      [id, attempts, this.clock.forDatabase()],
    );
    return ours !== undefined;
  }

  private async failed(claimed: Claimed, failure: SendFailure): Promise<void> {
    const { outcome, message, reply } = failure;
    const left = claimed.attempts_allowed - claimed.attempts;
    if (outcome === 'unknown') await this.conclude(claimed, 'unknown', message, reply);
    else if (outcome === 'refused' || left <= 0) await this.conclude(claimed, 'failed', message, reply);
    else
      await rows(
        this.dataSource,
        `update delivery set status = 'pending', last_error = $3, smtp_reply = $4,
           next_attempt_at = coalesce($5, clock_timestamp()) + make_interval(mins => $6)
         where id = $1 and attempts = $2 and status = 'sending'`,
        [claimed.id, claimed.attempts, message, reply, this.clock.forDatabase(), PAUSES[ATTEMPTS - 1 - left]],
      );
  }

  /** Also what was given up as unknown meanwhile gets its true end, as long as nobody asked for it to be sent again. */
  private async conclude(
    claimed: Claimed,
    status: 'sent' | 'unknown' | 'failed' | 'dropped',
    error: string | null,
    reply: string | null,
  ): Promise<void> {
    await rows(
      this.dataSource,
      `update delivery set status = $3, last_error = $4, smtp_reply = $5, finished_at = coalesce($6, clock_timestamp())
       where id = $1 and attempts = $2 and status in ('sending', 'unknown')`,
      [claimed.id, claimed.attempts, status, error, reply, this.clock.forDatabase()],
    );
  }
}

/** @param from "Báo cáo NQ57 <bao-cao@example.vn>" or the bare address */
function newMessageId(from: string): string {
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
  return `<${randomUUID()}@${domain}>`;
}
