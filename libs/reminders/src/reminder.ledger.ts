/**
 * The ledger of reminders: who was reminded of which round, for which occasion and day, once (the table's constraint).
 * An entry and its mails are written in one transaction, before a mail leaves.
 */
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AccessService, type Caller } from '#access';
import { recordEvent } from '#audit';
import { Clock, decodeCursor, type Page, type PageRequest, Problem, pageSize, row, rows, toPage } from '#core';
import { DeliveriesService, type DeliveryStatus, type MailText } from '#mail';

export const occasions = ['before_14', 'before_3', 'after_1', 'after_7', 'by_hand', 'digest'] as const;
export type Occasion = (typeof occasions)[number];

export type ReminderEntry = {
  id: number;
  unitCode: string;
  unitName: string;
  occasion: Occasion;
  /** YYYY-MM-DD */
  day: string;
  at: Date;
  /** Unit code and role of who sent it by hand. */
  by: string | null;
  deliveries: { recipient: string; status: DeliveryStatus }[];
};

/** Whom a reminder goes to; without recipients it is entered, and no mail leaves. */
type Addressee = { round_id: number; unit_id: number; round: string; recipients: string[] };
@Injectable()
export class ReminderLedger {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly access: AccessService,
    private readonly deliveries: DeliveriesService,
  ) {}

  /** The ledger of a receiver's units and its own digests, newest first. @throws Problem round.not_found | unit.not_found */
  async list(
    caller: Caller,
    question: { unitCode: string | null; programme: string; round: string },
    page: PageRequest,
  ): Promise<Page<ReminderEntry>> {
    const unit = await this.access.reach(caller, question.unitCode);
    const round = await this.roundOf(question);
    const size = pageSize(page);
    const before = page.after ? Number(decodeCursor(page.after, 1)[0]) : null;
    const from = `from reminder m where m.round_id = $1 and (m.unit_id = $2 or exists (
      select from obligation o where o.round_id = m.round_id and o.unit_id = m.unit_id and o.parent_id = $2))`;
    const found = await rows<ReminderEntry>(
      this.dataSource,
      `select x.id, x.occasion, x.day::text, x.recorded_at as at, u.code as "unitCode", u.name as "unitName",
         (select b.code || ' ' || a.role from account a join org_unit b on b.id = a.unit_id where a.id = x.account_id) as by,
         (select coalesce(jsonb_agg(jsonb_build_object('recipient', d.recipient, 'status', d.status) order by d.id), '[]')
          from delivery d where d.reminder_id = x.id) as deliveries
       from (select m.* ${from} and ($3::int is null or m.id < $3) order by m.id desc limit $4) x
       cross join lateral org_unit_known(x.unit_id, $5::date) u order by x.id desc`,
      [round.id, unit.id, before, size + 1, this.clock.today()],
    );
    const count = await row<{ count: number }>(this.dataSource, `select count(*)::int as count ${from}`, [
      round.id,
      unit.id,
    ]);
    return toPage(found, size, count!.count, (entry) => [entry.id]);
  }

  /** @throws Problem round.not_found */
  async roundOf({ programme, round }: { programme: string; round: string }): Promise<{ id: number }> {
    const found = await row<{ id: number }>(
      this.dataSource,
      'select r.id from round r join programme p on p.id = r.programme_id where p.code = $1 and r.code = $2',
      [programme, round],
    );
    if (!found) throw new Problem('round.not_found', { code: round });
    return found;
  }

  /**
   * Enters reminders and their mails, in one statement however many there are: most units of a country are silent ones.
   * @returns the ids of the units that had not been entered before
   */
  async enter(
    db: EntityManager,
    wishes: { to: Addressee; occasion: Occasion; day: string; mail: () => MailText }[],
    by: Caller | null,
  ): Promise<Set<number>> {
    const at = this.clock.forDatabase();
    const entered = await rows<{ id: number; unit_id: number; occasion: Occasion; recorded_at: Date }>(
      db,
      `insert into reminder (round_id, unit_id, occasion, day, recipients, account_id, recorded_at)
       select x.round_id, x.unit_id, x.occasion, x.day, x.recipients, $2, coalesce($3, clock_timestamp())
       from jsonb_to_recordset($1) as x (round_id int, unit_id int, occasion text, day date, recipients text[])
       on conflict on constraint reminder_once do nothing returning id, unit_id, occasion, recorded_at`,
      [
        JSON.stringify(
          wishes.map(({ to, occasion, day }) => ({
            round_id: to.round_id,
            unit_id: to.unit_id,
            occasion,
            day,
            recipients: to.recipients,
          })),
        ),
        by?.accountId ?? null,
        at,
      ],
    );
    const ids = new Map(entered.map((reminder) => [`${reminder.unit_id} ${reminder.occasion}`, reminder]));
    for (const { to, occasion, day, mail } of wishes) {
      const reminder = ids.get(`${to.unit_id} ${occasion}`);
      if (!reminder || to.recipients.length === 0) continue;
      const text = mail();
      for (const recipient of to.recipients) {
        const deliveryId = await this.deliveries.enqueueReminder(db, {
          reminderId: reminder.id,
          dueRun: reminder.recorded_at,
          recipient,
          mail: text,
        });
        const event = {
          verb: 'reminder.enqueued',
          accountId: by?.accountId,
          unitId: to.unit_id,
          subject: { deliveryId, round: to.round, occasion, day },
          address: by?.address,
          job: 'delivery.send',
        };
        await recordEvent(db, event, at);
      }
    }
    return new Set(entered.map((reminder) => reminder.unit_id));
  }
}
