/**
 * Where a unit wants its reminders: e-mail addresses, set by the unit itself or by those above it. Only offices' addresses
 * are asked for, no names; what stood before is kept, with who changed it.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller } from '#access';
import { recordEvent } from '#audit';
import { Clock, Problem, row, rows, transact } from '#core';
import { checkedRecipients } from '#exports';

export type Contact = { unitCode: string; unitName: string; recipients: string[]; since: Date; by: string };
export type ContactWish = { unitCode: string; recipients: string[] };

const MOST = 500;

@Injectable()
export class ContactsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly access: AccessService,
  ) {}

  /**
   * Sets the addresses of units within reach, all or none; an empty list ends the reminders of a unit.
   * @throws Problem unit.not_found | contact.invalid | request.invalid (more than 500, a unit twice)
   */
  async set(caller: Caller, wishes: ContactWish[]): Promise<Contact[]> {
    if (wishes.length < 1 || wishes.length > MOST || new Set(wishes.map((wish) => wish.unitCode)).size < wishes.length)
      throw new Problem('request.invalid', { reason: `contacts: 1–${MOST}, mỗi đơn vị một lần / each unit once` });
    const checked: { unitId: number; recipients: string[] }[] = [];
    for (const { unitCode, recipients } of wishes) {
      const unit = await this.access.reach(caller, unitCode);
      checked.push({ unitId: unit.id, recipients: recipients.length === 0 ? [] : addressesOf(unit.code, recipients) });
    }
    await transact(this.dataSource, async (db) => {
      const at = this.clock.forDatabase();
      for (const { unitId, recipients } of checked) {
        // The unit's row is the lock of its contact.
        await row(db, 'select id from org_unit where id = $1 for no key update', [unitId]);
        const changed = await row(
          db,
          `with standing as (select * from contact where unit_id = $1 and recorded_to is null),
           ended as (
             update contact c set recorded_to = greatest(coalesce($3, clock_timestamp()), c.recorded_from)
             from standing s where c.id = s.id and s.recipients <> $2 returning c.id)
           select 1 where exists (select from ended) or not exists (select from standing)`,
          [unitId, recipients, at],
        );
        if (!changed) continue;
        await rows(
          db,
          `insert into contact (unit_id, recipients, account_id, recorded_from)
           values ($1, $2, $3, coalesce($4, clock_timestamp()))`,
          [unitId, recipients, caller.accountId, at],
        );
        // Addresses stay out of the log, which keeps everything for good.
        const event = { verb: 'contact.set', accountId: caller.accountId, unitId, address: caller.address };
        await recordEvent(db, { ...event, subject: { addresses: recipients.length } }, at);
      }
    });
    return this.list(
      caller,
      wishes.map((wish) => wish.unitCode),
    );
  }

  /** The contacts of these units, or of the caller's unit and all that are directly below it. */
  async list(caller: Caller, units: string[] | null): Promise<Contact[]> {
    return rows<Contact>(
      this.dataSource,
      `select u.code as "unitCode", u.name as "unitName", c.recipients, c.recorded_from as since, b.code || ' ' || a.role as by
       from contact c join account a on a.id = c.account_id join org_unit b on b.id = a.unit_id
       cross join lateral org_unit_known(c.unit_id, $1) u
       where c.recorded_to is null and $2 in (select unit_id from lineage(c.unit_id, $1))
         and case when $3::text[] is null then u.id = $2 or u.parent_id = $2 else u.code = any($3) end
       order by u.code`,
      [this.clock.today(), caller.unitId, units],
    );
  }
}

function addressesOf(unit: string, given: string[]): string[] {
  try {
    return checkedRecipients(given);
  } catch (error) {
    if (error instanceof Problem) throw new Problem('contact.invalid', { unit, reason: error.details.reason });
    throw error;
  }
}
