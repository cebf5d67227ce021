/**
 * Schedules: at which times, in Vietnam's clock, the summary of a province is produced and mailed, and to whom; and the
 * ledger of what was mailed. Managed within reach; what happens at the times is in schedule.runner.ts.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller } from '#access';
import { recordEvent } from '#audit';
import {
  Clock,
  checkCron,
  type Db,
  decodeCursor,
  nextRuns,
  type Page,
  type PageRequest,
  Problem,
  pageSize,
  row,
  rows,
  toPage,
  transact,
} from '#core';
import { DELIVERY_COLUMNS, DeliveriesService, type Delivery } from '#mail';
import { RoundsService } from '#reporting';
import { checkedRecipients } from './recipients.js';
import { SummariesService } from './summaries.service.js';

export type Schedule = {
  id: number;
  unitId: number;
  unitCode: string;
  programme: string;
  /** null = the round opened last, at the time of each run. */
  round: string | null;
  label: string;
  /** minute hour day month weekday, in Asia/Ho_Chi_Minh */
  cron: string;
  recipients: string[];
  paused: boolean;
  createdAt: Date;
};

export type ScheduleWish = {
  unitCode?: string | null;
  programme: string;
  round?: string | null;
  label: string;
  cron: string;
  recipients: string[];
};

/** What is left out, or null, stays as it is; `latestRound` takes the round back to "the one opened last". */
export type ScheduleChange = {
  round?: string | null;
  latestRound?: boolean | null;
  label?: string | null;
  cron?: string | null;
  recipients?: string[] | null;
  paused?: boolean | null;
};

export type ScheduledTime = { id: number; cron: string };

const COLUMNS = `s.id, s.unit_id as "unitId", u.code as "unitCode", p.code as programme, s.round_code as round, s.label,
  s.cron, s.recipients, s.paused_at is not null as paused, s.created_at as "createdAt"`;
const FROM = `schedule s join org_unit u on u.id = s.unit_id join programme p on p.id = s.programme_id`;
const LONGEST_LABEL = 200;
const LARGEST_ID = 2 ** 31 - 1;

/** The schedule with this id, whoever asks. */
export function scheduleOf(db: Db, id: number): Promise<Schedule | undefined> {
  return row<Schedule>(db, `select ${COLUMNS} from ${FROM} where s.id = $1`, [id]);
}

@Injectable()
export class SchedulesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly access: AccessService,
    private readonly rounds: RoundsService,
    private readonly summaries: SummariesService,
    private readonly ledger: DeliveriesService,
  ) {}

  /** @throws Problem schedule.invalid | unit.not_found | request.invalid (no province) | round.not_found | programme.not_found */
  async create(caller: Caller, wish: ScheduleWish): Promise<Schedule> {
    const unit = await this.summaries.province(caller, wish.unitCode);
    const kept = await this.checked(wish);
    return transact(this.dataSource, async (db) => {
      const stored = await row<{ id: number }>(
        db,
        `insert into schedule (unit_id, programme_id, round_code, label, cron, recipients, account_id, created_at)
         select $1, p.id, $3, $4, $5, $6, $7, coalesce($8, clock_timestamp()) from programme p where p.code = $2
         returning id`,
        [
          unit.id,
          wish.programme,
          wish.round ?? null,
          kept.label,
          kept.cron,
          kept.recipients,
          caller.accountId,
          this.clock.forDatabase(),
        ],
      );
      if (!stored) throw new Problem('programme.not_found', { code: wish.programme });
      const schedule = (await scheduleOf(db, stored.id))!;
      await this.saved(db, caller, schedule);
      return schedule;
    });
  }

  /** @throws Problem schedule.not_found: also for a schedule of a unit out of reach; as `create` */
  async update(caller: Caller, id: number, change: ScheduleChange): Promise<Schedule> {
    return transact(this.dataSource, async (db) => {
      const standing = await this.reached(caller, id, db, 'for update of s');
      const wanted = {
        programme: standing.programme,
        round: change.latestRound ? null : (change.round ?? standing.round),
        label: change.label ?? standing.label,
        cron: change.cron ?? standing.cron,
        recipients: change.recipients ?? standing.recipients,
      };
      const kept = await this.checked(wanted);
      await rows(
        db,
        `update schedule set round_code = $2, label = $3, cron = $4, recipients = $5,
           paused_at = case when $6 then coalesce(paused_at, $7, clock_timestamp()) end
         where id = $1`,
        [
          id,
          wanted.round,
          kept.label,
          kept.cron,
          kept.recipients,
          change.paused ?? standing.paused,
          this.clock.forDatabase(),
        ],
      );
      const schedule = (await scheduleOf(db, id))!;
      await this.saved(db, caller, schedule, standing);
      return schedule;
    });
  }

  /** Schedules of the unit and of everything below it, oldest first. */
  async list(caller: Caller, unitCode: string | null, page: PageRequest): Promise<Page<Schedule>> {
    const unit = await this.access.reach(caller, unitCode);
    const size = pageSize(page);
    const after = idOf(page.after) ?? 0;
    const within = `from ${FROM} where $1 in (select unit_id from lineage(s.unit_id, $2))`;
    const parameters = [unit.id, this.clock.today()];
    const found = await rows<Schedule>(
      this.dataSource,
      `select ${COLUMNS} ${within} and s.id > $3 order by s.id limit $4`,
      [...parameters, after, size + 1],
    );
    const count = await row<{ count: number }>(this.dataSource, `select count(*)::int as count ${within}`, parameters);
    return toPage(found, size, count!.count, (schedule) => [schedule.id]);
  }

  /** @throws Problem schedule.not_found */
  async one(caller: Caller, id: number): Promise<Schedule> {
    return this.reached(caller, id, this.dataSource);
  }

  /** The coming runs, earliest first; none while it is paused. */
  nextRuns(schedule: Pick<Schedule, 'cron' | 'paused'>, most = 5): Date[] {
    return schedule.paused ? [] : nextRuns(schedule.cron, this.clock.now(), most);
  }

  /**
   * Runs it now beside its times, for a sample or on demand.
   * @returns the instant under which this run is known
   * @throws Problem schedule.not_found | schedule.paused
   */
  async runNow(caller: Caller, id: number): Promise<Date> {
    return transact(this.dataSource, async (db) => {
      const schedule = await this.reached(caller, id, db);
      if (schedule.paused) throw new Problem('schedule.paused', { id });
      const dueRun = this.clock.now();
      await recordEvent(
        db,
        {
          verb: 'schedule.run_requested',
          accountId: caller.accountId,
          unitId: schedule.unitId,
          subject: { scheduleId: id, dueRun: dueRun.toISOString() },
          address: caller.address,
          job: 'schedule.run',
        },
        this.clock.forDatabase(),
      );
      return dueRun;
    });
  }

  /** The ledger of a schedule, newest first. @throws Problem schedule.not_found */
  async deliveries(caller: Caller, scheduleId: number, page: PageRequest): Promise<Page<Delivery>> {
    await this.reached(caller, scheduleId, this.dataSource);
    const size = pageSize(page);
    const before = idOf(page.after);
    const found = await rows<Delivery>(
      this.dataSource,
      `select ${DELIVERY_COLUMNS} from delivery d where d.schedule_id = $1 and ($2::int is null or d.id < $2)
       order by d.id desc limit $3`,
      [scheduleId, before, size + 1],
    );
    const count = await row<{ count: number }>(
      this.dataSource,
      'select count(*)::int as count from delivery where schedule_id = $1',
      [scheduleId],
    );
    return toPage(found, size, count!.count, (delivery) => [delivery.id]);
  }

  /**
   * Sends a mail again that has been sent, has failed, or may or may not have arrived.
   * @throws Problem delivery.not_found: also for one of a unit out of reach | delivery.under_way
   */
  async resend(caller: Caller, deliveryId: number): Promise<void> {
    const reached = await row(
      this.dataSource,
      `select d.id from delivery d join schedule s on s.id = d.schedule_id
       where d.id = $1 and $2 in (select unit_id from lineage(s.unit_id, $3))`,
      [deliveryId, caller.unitId, this.clock.today()],
    );
    if (!reached) throw new Problem('delivery.not_found', { id: deliveryId });
    await this.ledger.resend(deliveryId, { accountId: caller.accountId, address: caller.address });
  }

  /** Every schedule that is not paused, for whoever keeps the times. */
  active(db: Db): Promise<ScheduledTime[]> {
    return rows<ScheduledTime>(db, 'select id, cron from schedule where paused_at is null order by id');
  }

  private async checked(wish: Pick<ScheduleWish, 'programme' | 'round' | 'label' | 'cron' | 'recipients'>) {
    const label = wish.label.normalize('NFC').trim();
    if (label === '' || label.length > LONGEST_LABEL || /\p{Cc}/u.test(label))
      throw new Problem('schedule.invalid', { reason: `tên lịch / label: 1–${LONGEST_LABEL}` });
    const cron = wish.cron.trim().replace(/\s+/g, ' ');
    checkCron(cron);
    const recipients = checkedRecipients(wish.recipients);
    if (wish.round) await this.rounds.find(wish.programme, wish.round);
    return { label, cron, recipients };
  }

  private saved(db: Db, caller: Caller, schedule: Schedule, before?: Schedule): Promise<void> {
    const told = ({ cron, recipients, paused, round, label }: Schedule) => ({ label, cron, recipients, paused, round });
    return recordEvent(
      db,
      {
        verb: 'schedule.saved',
        accountId: caller.accountId,
        unitId: schedule.unitId,
        subject: { scheduleId: schedule.id, ...told(schedule), before: before ? told(before) : null },
        address: caller.address,
        job: 'schedule.sync',
      },
      this.clock.forDatabase(),
    );
  }

  private async reached(caller: Caller, id: number, db: Db, lock: '' | 'for update of s' = ''): Promise<Schedule> {
    const found = await row<Schedule>(
      db,
      `select ${COLUMNS} from ${FROM} where s.id = $1 and $2 in (select unit_id from lineage(s.unit_id, $3)) ${lock}`,
      [id, caller.unitId, this.clock.today()],
    );
    if (!found) throw new Problem('schedule.not_found', { id });
    return found;
  }
}

/** @throws Problem cursor.invalid unless the cursor holds the id of a row */
function idOf(cursor: string | null | undefined): number | null {
  if (!cursor) return null;
  const [id] = decodeCursor(cursor, 1);
  if (!Number.isInteger(id) || Math.abs(Number(id)) > LARGEST_ID) throw new Problem('cursor.invalid');
  return Number(id);
}
