/**
 * Decides which runs are due. Looked at every minute: what fell due since the last look gets its row, once, however many
 * workers look; after an outage the schedule's choice says what is made up for. The table is the truth, the queue only
 * wakes: a due date that moves moves the runs with it, and a rehearsed clock is obeyed.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { recordEvent } from '#audit';
import { Clock, type Db, row, rows, transact } from '#core';
import { decide } from './catch-up.js';
import { COLUMNS, datesFor, datesOf, FROM, type Schedule } from './schedule.rows.js';
import { type RoundDates, runsAfter } from './timing.js';

/** More than any schedule has in years of outage, one an hour at most. */
const MOST_LOOKED_AT = 20_000;

@Injectable()
export class SchedulePlanner {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** @returns how many runs are to be made now */
  plan(): Promise<number> {
    return transact(this.dataSource, async (db) => {
      const alone = await row<{ alone: boolean }>(db, 'select pg_try_advisory_xact_lock(57, 3) as alone');
      if (!alone!.alone) return 0;
      const now = this.clock.now();
      const schedules = await rows<Schedule>(
        db,
        `select ${COLUMNS} from ${FROM} where s.paused_at is null and s.planned_until < $1 order by s.id for update of s`,
        [now],
      );
      const dates = new Map<string, RoundDates[]>();
      let made = 0;
      for (const schedule of schedules) made += await this.planOne(db, schedule, now, dates);
      await rows(db, 'update schedule set planned_until = $2 where id = any($1)', [schedules.map(({ id }) => id), now]);
      return made;
    });
  }

  private async planOne(db: Db, schedule: Schedule, now: Date, known: Map<string, RoundDates[]>): Promise<number> {
    const key = `${schedule.unitId} ${schedule.programmeId}`;
    if (schedule.timing.kind !== 'cron' && !known.has(key))
      known.set(key, await datesOf(db, schedule, this.clock.today()));
    // A round that is not opened has no run yet: its due date may still be another.
    const opened = datesFor(schedule, known.get(key) ?? []).filter(({ roundId }) => roundId !== null);
    const due = runsAfter(schedule.timing, opened, schedule.plannedUntil, MOST_LOOKED_AT, now);
    let made = 0;
    for (const { run, kind } of decide(due, schedule.catchUp, now)) {
      const missed = kind === 'missed';
      const stored = await row(
        db,
        `insert into schedule_run (schedule_id, due_run, kind, round_id, status, next_attempt_at, finished_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (schedule_id, due_run) do nothing returning id`,
        [
          ...[schedule.id, run.at, missed ? 'due' : kind, run.roundId, missed ? 'missed' : 'waiting'],
          ...[missed ? null : now, missed ? now : null],
        ],
      );
      if (!stored) continue;
      if (!missed) made += 1;
      const subject = { scheduleId: schedule.id, dueRun: run.at.toISOString() };
      if (kind !== 'due')
        await recordEvent(
          db,
          { verb: missed ? 'schedule.run_missed' : 'schedule.run_caught_up', unitId: schedule.unitId, subject },
          this.clock.forDatabase(),
        );
    }
    return made;
  }
}
