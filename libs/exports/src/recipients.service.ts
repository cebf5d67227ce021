/**
 * Which addresses may receive what is told of a unit: whoever saves a schedule vouches for its recipients once, and whoever
 * manages the unit can take an address back. Looked up again when a mail is about to leave, so that who has left the
 * office gets nothing more, also of what was due before.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller } from '#access';
import { recordEvent } from '#audit';
import { Clock, type Db, Problem, row, rows, transact } from '#core';
import { clearBounces } from '#mail';
import type { Bilingual } from '#rollups';
import { checkedRecipients } from './recipients.js';

export type Recipient = { unitCode: string; address: string; addedAt: Date; removedAt: Date | null };

/** An address that nothing is sent to: a mail came back, and nobody has cleared it. */
export type Bounce = {
  unitCode: string;
  address: string;
  deliveryId: number;
  subject: string;
  reason: string;
  at: Date;
};

/** What a mail about to leave is asked for. */
type Leaving = { scheduleId: number; dueRun: Date; recipient: string };

@Injectable()
export class RecipientsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly access: AccessService,
  ) {}

  /**
   * Adds those that are new to the unit.
   * @throws Problem recipient.removed for one that was taken back: it is restored on purpose or not at all
   */
  async known(db: Db, caller: Caller, unitId: number, addresses: readonly string[]): Promise<void> {
    const lower = addresses.map((address) => address.toLowerCase());
    const removed = await row<{ address: string }>(
      db,
      'select address from recipient where unit_id = $1 and address = any($2) and removed_at is not null',
      [unitId, lower],
    );
    if (removed) throw new Problem('recipient.removed', removed);
    await rows(
      db,
      `insert into recipient (unit_id, address, account_id, added_at)
       select $1, address, $3, coalesce($4, clock_timestamp()) from unnest($2::text[]) address on conflict do nothing`,
      [unitId, lower, caller.accountId, this.clock.forDatabase()],
    );
  }

  /** All of the unit and of those below it, by unit and address; also those taken back. */
  async list(caller: Caller, unitCode: string | null): Promise<Recipient[]> {
    const unit = await this.access.reach(caller, unitCode);
    return rows<Recipient>(
      this.dataSource,
      `select u.code as "unitCode", r.address, r.added_at as "addedAt", r.removed_at as "removedAt"
       from recipient r join org_unit u on u.id = r.unit_id
       where $1 in (select unit_id from lineage(r.unit_id, $2)) order by u.code, r.address`,
      [unit.id, this.clock.today()],
    );
  }

  /**
   * Takes an address back, or restores it.
   * @throws Problem unit.not_found | recipient.not_found
   */
  async keep(caller: Caller, unitCode: string | null, address: string, kept: boolean): Promise<void> {
    const unit = await this.access.reach(caller, unitCode);
    const [wanted] = checkedRecipients([address]);
    await transact(this.dataSource, async (db) => {
      const at = this.clock.forDatabase();
      const found = await row(
        db,
        `update recipient set account_id = $3, removed_at = case when $4 then null else coalesce($5, clock_timestamp()) end
         where unit_id = $1 and address = $2 returning address`,
        [unit.id, wanted!.toLowerCase(), caller.accountId, kept, at],
      );
      if (!found) throw new Problem('recipient.not_found', { address });
      await recordEvent(
        db,
        {
          verb: kept ? 'recipient.restored' : 'recipient.removed',
          accountId: caller.accountId,
          unitId: unit.id,
          subject: { address: wanted },
          address: caller.address,
        },
        at,
      );
    });
  }

  /** Of the unit and of those below it, newest first; of several mails to an address the last. */
  async bounces(caller: Caller, unitCode: string | null): Promise<Bounce[]> {
    const unit = await this.access.reach(caller, unitCode);
    return rows<Bounce>(
      this.dataSource,
      `select * from (
         select distinct on (b.unit_id, b.address) u.code as "unitCode", b.address, b.delivery_id as "deliveryId",
           d.subject, b.reason, b.recorded_at as at
         from bounce b join org_unit u on u.id = b.unit_id join delivery d on d.id = b.delivery_id
         where b.stops and b.cleared_at is null and $1 in (select unit_id from lineage(b.unit_id, $2))
         order by b.unit_id, b.address, b.id desc) x order by x.at desc, x."unitCode", x.address`,
      [unit.id, this.clock.today()],
    );
  }

  /** @throws Problem unit.not_found | bounce.not_found */
  async clearBounce(caller: Caller, unitCode: string | null, address: string): Promise<void> {
    const unit = await this.access.reach(caller, unitCode);
    await transact(this.dataSource, async (db) => {
      const by = { accountId: caller.accountId, address: caller.address };
      if (!(await clearBounces(db, { unitId: unit.id, address }, by, this.clock.forDatabase())))
        throw new Problem('bounce.not_found', { address });
    });
  }

  /**
   * Whether a mail may leave now. The account on whose behalf it runs must still manage schedules of the unit; the
   * recipient must still be one of the schedule's, and known to the unit or to one above it. A sample goes to who asked.
   * @returns why not, or null
   */
  async refusal({ scheduleId, dueRun, recipient }: Leaving): Promise<Bilingual | null> {
    const found = await row<{ accountId: number; unitId: number; sample: boolean; named: boolean; known: boolean }>(
      this.dataSource,
      `select coalesce(r.account_id, s.account_id) as "accountId", s.unit_id as "unitId", r.kind = 'sample' as sample,
         exists (select from unnest(s.recipients) a where lower(a) = lower($3)) as named,
         exists (select from recipient k join lineage(s.unit_id, $4) l on l.unit_id = k.unit_id
                 where k.address = lower($3) and k.removed_at is null) as known
       from schedule s left join schedule_run r on r.schedule_id = s.id and r.due_run = $2 where s.id = $1`,
      [scheduleId, dueRun, recipient, this.clock.today()],
    );
    if (!found) throw new Error(`There is no schedule ${scheduleId}`);
    const gone = await this.accountGone(found.accountId, found.unitId);
    if (gone || found.sample) return gone;
    if (found.named && found.known) return null;
    return {
      vi: `Địa chỉ ${recipient} không còn trong danh sách nhận của đơn vị; thư không gửi.`,
      en: `${recipient} is no longer a recipient of this unit; the mail was not sent.`,
    };
  }

  private async accountGone(accountId: number, unitId: number): Promise<Bilingual | null> {
    try {
      const caller = await this.access.actingFor(accountId, 'schedule.manage');
      const within = await row(this.dataSource, 'select unit_id from lineage($1, $2) where unit_id = $3', [
        unitId,
        this.clock.today(),
        caller.unitId,
      ]);
      if (!within) throw new Problem('access.denied', { verb: 'schedule.manage' });
      return null;
    } catch (error) {
      if (error instanceof Problem) return { vi: error.vi, en: error.en };
      throw error;
    }
  }
}
