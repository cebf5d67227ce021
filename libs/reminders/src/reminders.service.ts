/**
 * Reminders by mail: to each unit whose report has not come, 14 and 3 days before its last day and 1 and 7 after, and one
 * digest for the receiver with the names that are missing. A row of the ledger stands for each before the mail is written,
 * so nothing is sent twice; what was submitted meanwhile is not asked for (docs/semantics.md §5).
 */
import { Injectable } from '@nestjs/common';
import { DateTime } from 'luxon';
import { DataSource, type EntityManager } from 'typeorm';
import { AccessService, type Caller } from '#access';
import { Clock, Problem, row, rows, transact } from '#core';
import { digestMail, type MailText, type MissingUnit, reminderMail } from '#mail';
import { type UnitKind, unitTitle } from '#organisations';
import { roundLabel } from '#rollups';
import { type Occasion, ReminderLedger } from './reminder.ledger.js';

/** Days from the last day that is on time. A day missed (a worker that stood still) is made up for within two more. */
const OFFSETS = { before_14: -14, before_3: -3, after_1: 1, after_7: 7 } as const;
const MADE_UP_WITHIN = 2;
const MOST_NAMED = 500;

export type RemindedByHand = {
  /** Names of the units that get a mail. */
  reminded: string[];
  /** Reminded by hand today already. */
  already: string[];
  withoutAddress: string[];
};

type Named = { kind: UnitKind; name: string };
type Missing = Named & {
  unit_id: number;
  code: string;
  round_id: number;
  round: string;
  parent_id: number;
  parent: Named;
  receiver: string;
  last_day: string;
  recipients: string[];
};

// The unit and its receiver as they are on the day, with the addresses that stand and have not come back.
const MISSING = `
  select m.unit_id, m.round_id, m.parent_id, m.last_day::text, u.code, u.kind, u.name, r.code as round,
    coalesce(d.receiver, 'UBND ' || case p.kind when 'phuong' then 'phường' when 'dac_khu' then 'đặc khu' else 'xã' end) as receiver,
    jsonb_build_object('kind', p.kind, 'name', p.name) as parent,
    array(select a from unnest(c.recipients) a where bounce_stopping(m.unit_id, a) is null) as recipients
  from unreported m
  join round r on r.id = m.round_id
  left join duty d on d.id = m.duty_id
  cross join lateral org_unit_known(m.unit_id, $1::date) u
  cross join lateral org_unit_known(m.parent_id, $1::date) p
  left join contact c on c.unit_id = m.unit_id and c.recorded_to is null`;

@Injectable()
export class RemindersService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly access: AccessService,
    private readonly ledger: ReminderLedger,
  ) {}

  /** The work of one day: once run or many times, the same mails. One transaction for each receiver and round. */
  async run(): Promise<void> {
    const today = this.clock.today();
    const offsets = JSON.stringify(Object.entries(OFFSETS).map(([occasion, days]) => ({ occasion, days })));
    const due = await rows<Missing & { occasion: Occasion }>(
      this.dataSource,
      `select x.*, k.occasion from (${MISSING}) x
       join jsonb_to_recordset($2) as k (occasion text, days int)
         on $1::date between x.last_day::date + k.days and x.last_day::date + k.days + ${MADE_UP_WITHIN}
       where not exists (select from reminder y where y.round_id = x.round_id and y.unit_id = x.unit_id
                         and y.occasion = k.occasion and y.day = x.last_day::date)
       order by x.round_id, x.parent_id, x.code`,
      [today, offsets],
    );
    for (const group of groupsOf(due)) await transact(this.dataSource, (db) => this.remindGroup(db, group, today));
  }

  /**
   * "Nhắc N đơn vị": by hand, those of these units (all, when none are named) whose report has not come; each at most
   * once a day.
   * @throws Problem round.not_found | unit.not_found | reminder.not_needed for a unit that owes nothing or has reported
   */
  async remind(
    caller: Caller,
    wish: { unitCode: string | null; programme: string; round: string; units: string[] | null },
  ): Promise<RemindedByHand> {
    const receiver = await this.access.reach(caller, wish.unitCode);
    const round = await this.ledger.roundOf(wish);
    const today = this.clock.today();
    const missing = await rows<Missing>(
      this.dataSource,
      `${MISSING} where m.round_id = $2 and m.parent_id = $3 order by u.code`,
      [today, round.id, receiver.id],
    );
    const asked = wish.units && new Set(wish.units);
    const odd = [...(asked ?? [])].find((code) => !missing.some((unit) => unit.code === code));
    if (odd !== undefined)
      throw new Problem('reminder.not_needed', { unit: odd, round: wish.round, receiver: receiver.code });
    const answer: RemindedByHand = { reminded: [], already: [], withoutAddress: [] };
    const wanted = missing.filter(({ code }) => asked?.has(code) ?? true);
    const reachable = wanted.filter(({ recipients }) => recipients.length > 0);
    const entered = await transact(this.dataSource, (db) =>
      this.ledger.enter(
        db,
        reachable.map((to) => ({ to, occasion: 'by_hand', day: today, mail: () => mailOf(to, today, true) })),
        caller,
      ),
    );
    for (const unit of wanted) {
      const { withoutAddress, reminded, already } = answer;
      const place = unit.recipients.length === 0 ? withoutAddress : entered.has(unit.unit_id) ? reminded : already;
      place.push(unitTitle(unit));
    }
    return answer;
  }

  private async remindGroup(
    db: EntityManager,
    group: (Missing & { occasion: Occasion })[],
    today: string,
  ): Promise<void> {
    await this.ledger.enter(
      db,
      group.map((to) => ({
        to,
        occasion: to.occasion,
        day: to.last_day,
        mail: () => mailOf(to, today, false),
      })),
      null,
    );
    const { round_id, parent_id, parent, round } = group[0]!;
    const missing = await rows<Missing>(
      db,
      `${MISSING} where m.round_id = $2 and m.parent_id = $3 order by m.last_day, u.code`,
      [today, round_id, parent_id],
    );
    const contact = await row<{ recipients: string[] }>(
      db,
      `select array(select a from unnest(recipients) a where bounce_stopping(unit_id, a) is null) as recipients
       from contact where unit_id = $1 and recorded_to is null`,
      [parent_id],
    );
    const expected = await row<{ count: number }>(
      db,
      `select count(*)::int as count from obligation where round_id = $1 and parent_id = $2 and state = 'owed'`,
      [round_id, parent_id],
    );
    const mail = digestMail({
      unit: unitTitle(parent),
      period: roundLabel(round),
      expected: expected!.count,
      day: today,
      missing: missing.slice(0, MOST_NAMED).map(
        (unit): MissingUnit => ({
          name: unitTitle(unit),
          lastDay: unit.last_day,
          hasAddress: unit.recipients.length > 0,
        }),
      ),
      more: Math.max(0, missing.length - MOST_NAMED),
    });
    const to = { round_id, unit_id: parent_id, round, recipients: contact?.recipients ?? [] };
    await this.ledger.enter(db, [{ to, occasion: 'digest', day: today, mail: () => mail }], null);
  }
}

function groupsOf<T extends Missing>(due: T[]): T[][] {
  const groups = new Map<string, T[]>();
  for (const unit of due) {
    const key = `${unit.round_id} ${unit.parent_id}`;
    groups.set(key, [...(groups.get(key) ?? []), unit]);
  }
  return [...groups.values()];
}

function mailOf(unit: Missing, today: string, byHand: boolean): MailText {
  return reminderMail({
    unit: unitTitle(unit),
    receiver: `${unit.receiver} ${unitTitle(unit.parent)}`,
    period: roundLabel(unit.round),
    lastDay: unit.last_day,
    daysLeft: DateTime.fromISO(unit.last_day).diff(DateTime.fromISO(today), 'days').days,
    byHand,
  });
}
