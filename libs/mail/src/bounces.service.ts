/**
 * Mails that came back. A notification is handed in by whoever holds the mailbox of the return path; it counts only when
 * it names a mail of the ledger by its Message-ID, which nobody but its recipient and the servers between can know, and
 * the recipient that the mail had. Refused for good, the address gets nothing more of that unit until a person clears it.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { recordEvent } from '#audit';
import { Clock, type Db, row, rows, transact } from '#core';
import { type DeliveryReport, type ReportedRecipient, readDeliveryReport } from './delivery-report.js';

/**
 * bounced: recorded, and nothing more is sent to the address · given_up: recorded, the server had tried for days (4.x.x)
 * known: recorded before · delayed: on its way still, or arrived · other_recipient: of a mail of ours, about an address
 * that it did not have · unknown: no mail within reach · no_report: no delivery status notification
 */
const bounceOutcomes = ['bounced', 'given_up', 'known', 'delayed', 'other_recipient', 'unknown', 'no_report'] as const;
export type BounceOutcome = (typeof bounceOutcomes)[number];

export type Bounced = { outcome: BounceOutcome; deliveryId: number | null };

/** Who hands it in: a mail counts if its unit is theirs or below it. */
type BouncedBy = { accountId: number; unitId: number; address?: string };

type Reported = { id: number; recipient: string; unitId: number };

@Injectable()
export class BouncesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** @param raw a mail as it was received; may be cut off behind the headers of the mail it returns */
  async take(raw: Buffer, by: BouncedBy): Promise<Bounced> {
    const report = await readDeliveryReport(raw);
    if (!report) return { outcome: 'no_report', deliveryId: null };
    const mail = await row<Reported>(
      this.dataSource,
      `select d.id, d.recipient, o.unit_id as "unitId" from delivery d
       cross join lateral (select unit_id from schedule where id = d.schedule_id
                           union all select unit_id from reminder where id = d.reminder_id) o
       where d.message_id = any($1) and d.attempts > 0 and $2 in (select unit_id from lineage(o.unit_id, $3))
       order by array_position($1, d.message_id) limit 1`,
      [report.messageIds, by.unitId, this.clock.today()],
    );
    if (!mail) return { outcome: 'unknown', deliveryId: null };
    const about = report.recipients.filter(({ addresses }) => addresses.includes(mail.recipient.toLowerCase()));
    if (about.length === 0) return { outcome: 'other_recipient', deliveryId: mail.id };
    const failed = about.find(({ action }) => action === 'failed');
    if (!failed) return { outcome: 'delayed', deliveryId: mail.id };
    return { outcome: await this.record(mail, report, failed, by), deliveryId: mail.id };
  }

  private async record(
    mail: Reported,
    report: DeliveryReport,
    failed: ReportedRecipient,
    by: BouncedBy,
  ): Promise<'bounced' | 'given_up' | 'known'> {
    const stops = !failed.status.startsWith('4');
    return transact(this.dataSource, async (db) => {
      const at = this.clock.forDatabase();
      const entered = await row(
        db,
        `insert into bounce (delivery_id, report, unit_id, address, stops, reason, account_id, recorded_at)
         values ($1, $2, $3, lower($4), $5, $6, $7, coalesce($8, clock_timestamp())) on conflict do nothing returning id`,
        [mail.id, report.id, mail.unitId, mail.recipient, stops, failed.reason, by.accountId, at],
      );
      if (!entered) return 'known';
      await rows(
        db,
        `update delivery set status = 'bounced', last_error = $2, next_attempt_at = null,
           finished_at = coalesce($3, clock_timestamp()) where id = $1`,
        [mail.id, failed.reason, at],
      );
      const { accountId, address } = by;
      // The server's words may hold addresses, which stay out of the log: it keeps everything for good.
      const subject = { deliveryId: mail.id, status: failed.status, stops };
      await recordEvent(db, { verb: 'delivery.bounced', accountId, address, unitId: mail.unitId, subject }, at);
      return stops ? 'bounced' : 'given_up';
    });
  }
}

/**
 * A person says that mails may go to an address of a unit again, in the caller's transaction.
 * @returns whether anything had stopped it
 */
export async function clearBounces(
  db: Db,
  about: { unitId: number; address: string },
  by: { accountId: number; address?: string },
  at: Date | null,
): Promise<boolean> {
  const cleared = await rows<{ id: number }>(
    db,
    `update bounce set cleared_at = coalesce($4, clock_timestamp()), cleared_by = $3
     where unit_id = $1 and address = lower($2) and stops and cleared_at is null returning id`,
    [about.unitId, about.address, by.accountId, at],
  );
  if (cleared.length === 0) return false;
  const subject = { bounces: cleared.map(({ id }) => id) };
  await recordEvent(db, { verb: 'delivery.bounce_cleared', ...by, unitId: about.unitId, subject }, at);
  return true;
}
