/**
 * Schedules: at which times, in Vietnam's clock, the summary of a province is produced and mailed, and to whom. Managed
 * within reach; when they run is decided in schedule.planner.ts, what then happens in schedule.runner.ts.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller } from '#access';
import { recordEvent } from '#audit';
import {
  Clock,
  type Db,
  decodeCursor,
  type Page,
  type PageRequest,
  Problem,
  pageSize,
  row,
  rows,
  toPage,
  transact,
} from '#core';
import { RoundsService } from '#reporting';
import type { CatchUp } from './catch-up.js';
import { LayoutsService } from './layouts.js';
import { checkedRecipients } from './recipients.js';
import { RecipientsService } from './recipients.service.js';
import {
  COLUMNS,
  datesFor,
  datesOf,
  FROM,
  type Schedule,
  scheduleOf,
  TIMING_COLUMNS,
  timingValues,
} from './schedule.rows.js';
import { checkedTiming, type RoundDates, runsAfter, type TimingWish } from './timing.js';

export type ScheduleWish = TimingWish & {
  unitCode?: string | null;
  programme: string;
  round?: string | null;
  label: string;
  recipients: string[];
  catchUp?: CatchUp | null;
};

/** What is left out, or null, stays as it is; `latestRound` takes the round back to "the one opened last". */
export type ScheduleChange = TimingWish & {
  round?: string | null;
  latestRound?: boolean | null;
  label?: string | null;
  recipients?: string[] | null;
  catchUp?: CatchUp | null;
  paused?: boolean | null;
};

const LONGEST_LABEL = 200;

@Injectable()
export class SchedulesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly access: AccessService,
    private readonly rounds: RoundsService,
    private readonly layouts: LayoutsService,
    private readonly recipients: RecipientsService,
  ) {}

  /** @throws Problem schedule.invalid | unit.not_found | request.invalid (no province) | round.not_found | programme.not_found */
  async create(caller: Caller, wish: ScheduleWish): Promise<Schedule> {
    const unit = await this.layouts.unitFor(caller, 'province_summary', wish.unitCode);
    const kept = await this.checked(wish);
    const timing = checkedTiming(wish);
    return transact(this.dataSource, async (db) => {
      const stored = await row<{ id: number }>(
        db,
        `insert into schedule (unit_id, programme_id, round_code, label, recipients, catch_up, account_id, created_at,
           planned_until, ${TIMING_COLUMNS.join(', ')})
         select $1, p.id, $3, $4, $5, $6, $7, at, at, $9, $10, $11, $12, $13
         from programme p, coalesce($8::timestamptz, clock_timestamp()) at where p.code = $2 returning id`,
        [
          ...[unit.id, wish.programme, wish.round ?? null, kept.label, kept.recipients, wish.catchUp ?? 'latest'],
          ...[caller.accountId, this.clock.forDatabase(), ...timingValues(timing)],
        ],
      );
      if (!stored) throw new Problem('programme.not_found', { code: wish.programme });
      await this.recipients.known(db, caller, unit.id, kept.recipients);
      const schedule = (await scheduleOf(db, stored.id))!;
      await this.saved(db, caller, schedule);
      return schedule;
    });
  }

  /**
   * Who saves it answers for it from now on. Resumed, or given other times, it makes up for nothing of before.
   * @throws Problem schedule.not_found: also for a schedule of a unit out of reach; as `create`
   */
  async update(caller: Caller, id: number, change: ScheduleChange): Promise<Schedule> {
    return transact(this.dataSource, async (db) => {
      const standing = await this.reached(caller, id, db, 'for update of s');
      const wanted = {
        programme: standing.programme,
        round: change.latestRound ? null : (change.round ?? standing.round),
        label: change.label ?? standing.label,
        recipients: change.recipients ?? standing.recipients,
      };
      const kept = await this.checked(wanted);
      const retimed = change.cron != null || change.afterDue != null || change.weekly != null;
      const timing = retimed ? checkedTiming(change) : standing.timing;
      const anew = retimed || wanted.round !== standing.round || (standing.paused && change.paused === false);
      const columns = TIMING_COLUMNS.map((column, i) => `${column} = $${i + 10}`).join(', ');
      await rows(
        db,
        `update schedule set round_code = $2, label = $3, recipients = $4, catch_up = $5, account_id = $6,
           paused_at = case when $7 then coalesce(paused_at, $8, clock_timestamp()) end,
           planned_until = case when $9 then coalesce($8, clock_timestamp()) else planned_until end, ${columns}
         where id = $1`,
        [
          ...[id, wanted.round, kept.label, kept.recipients, change.catchUp ?? standing.catchUp, caller.accountId],
          ...[change.paused ?? standing.paused, this.clock.forDatabase(), anew, ...timingValues(timing)],
        ],
      );
      if (change.recipients) await this.recipients.known(db, caller, standing.unitId, kept.recipients);
      const schedule = (await scheduleOf(db, id))!;
      await this.saved(db, caller, schedule, standing);
      return schedule;
    });
  }

  /** Schedules of the unit and of everything below it, oldest first. */
  async list(caller: Caller, unitCode: string | null, page: PageRequest): Promise<Page<Schedule>> {
    const unit = await this.access.reach(caller, unitCode);
    const size = pageSize(page);
    const after = page.after ? decodeCursor(page.after, 1)[0] : 0;
    if (!Number.isInteger(after)) throw new Problem('cursor.invalid');
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

  /**
   * The coming runs of each schedule, earliest first; none while it is paused. Of rounds that are not opened yet only
   * the programme's own due date is known.
   */
  async nextRuns(schedules: readonly Schedule[], most = 5): Promise<Date[][]> {
    const known = new Map<string, Promise<RoundDates[]>>();
    const dates = (schedule: Schedule) => {
      const key = `${schedule.unitId} ${schedule.programmeId}`;
      if (!known.has(key)) known.set(key, datesOf(this.dataSource, schedule, this.clock.today()));
      return known.get(key)!;
    };
    return Promise.all(
      schedules.map(async (schedule) => {
        if (schedule.paused) return [];
        const rounds = schedule.timing.kind === 'cron' ? [] : datesFor(schedule, await dates(schedule));
        return runsAfter(schedule.timing, rounds, this.clock.now(), most).map(({ at }) => at);
      }),
    );
  }

  /**
   * Runs it now beside its times.
   * @returns the instant under which this run is known
   * @throws Problem schedule.not_found | schedule.paused
   */
  async runNow(caller: Caller, id: number): Promise<Date> {
    return this.ask(caller, id, null);
  }

  /**
   * Makes the summary as the schedule would now and mails it to one address only, marked as a sample. Also of a paused
   * schedule: a sample is what one looks at before it goes out.
   * @param to the caller's own address
   * @returns the instant under which this run is known
   * @throws Problem schedule.not_found | schedule.invalid for what is no address
   */
  async sample(caller: Caller, id: number, to: string): Promise<Date> {
    return this.ask(caller, id, checkedRecipients([to])[0]!);
  }

  private async ask(caller: Caller, id: number, sampleTo: string | null): Promise<Date> {
    return transact(this.dataSource, async (db) => {
      const schedule = await this.reached(caller, id, db, 'for update of s');
      if (schedule.paused && sampleTo === null) throw new Problem('schedule.paused', { id });
      // One a millisecond: an instant is the name of a run.
      const asked = await row<{ due_run: Date }>(
        db,
        `insert into schedule_run (schedule_id, due_run, kind, recipients, account_id, status, next_attempt_at)
         select $1, case when exists (select from schedule_run where schedule_id = $1 and due_run = at)
                    then (select max(due_run) from schedule_run where schedule_id = $1) + interval '1 millisecond' else at end,
           $2, $3, $4, 'waiting', at
         from date_trunc('milliseconds', $5::timestamptz) at returning due_run`,
        [id, sampleTo ? 'sample' : 'asked', sampleTo && [sampleTo], caller.accountId, this.clock.now()],
      );
      const dueRun = asked!.due_run;
      await recordEvent(
        db,
        {
          verb: sampleTo ? 'schedule.sample_requested' : 'schedule.run_requested',
          accountId: caller.accountId,
          unitId: schedule.unitId,
          subject: { scheduleId: id, dueRun: dueRun.toISOString(), ...(sampleTo && { to: sampleTo }) },
          address: caller.address,
          job: 'schedule.tick',
        },
        this.clock.forDatabase(),
      );
      return dueRun;
    });
  }

  private async checked(wish: Pick<ScheduleWish, 'programme' | 'round' | 'label' | 'recipients'>) {
    const label = wish.label.normalize('NFC').trim();
    if (label === '' || label.length > LONGEST_LABEL || /\p{Cc}/u.test(label))
      throw new Problem('schedule.invalid', { reason: `tên lịch / label: 1–${LONGEST_LABEL}` });
    const recipients = checkedRecipients(wish.recipients);
    if (wish.round) await this.rounds.find(wish.programme, wish.round);
    return { label, recipients };
  }

  private saved(db: Db, caller: Caller, schedule: Schedule, before?: Schedule): Promise<void> {
    const told = ({ timing, recipients, catchUp, paused, round, label }: Schedule) => ({
      ...{ label, timing, recipients, catchUp, paused, round },
    });
    return recordEvent(
      db,
      {
        verb: 'schedule.saved',
        accountId: caller.accountId,
        unitId: schedule.unitId,
        subject: { scheduleId: schedule.id, ...told(schedule), before: before ? told(before) : null },
        address: caller.address,
      },
      this.clock.forDatabase(),
    );
  }

  /** @throws Problem schedule.not_found */
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
