/** A schedule as it stands in its table, and the due dates of the rounds that it may go by. Read by all who deal with schedules. */
import { type Db, row, rows } from '#core';
import type { CatchUp } from './catch-up.js';
import type { RoundDates, Timing } from './timing.js';

export type Schedule = {
  id: number;
  unitId: number;
  unitCode: string;
  programmeId: number;
  programme: string;
  /** null = the round whose due date it is; by cron the round opened last, at the time of each run. */
  round: string | null;
  label: string;
  timing: Timing;
  recipients: string[];
  catchUp: CatchUp;
  paused: boolean;
  /** On whose behalf it runs: who saved it last. */
  accountId: number;
  createdAt: Date;
  /** Runs due up to here are decided. */
  plannedUntil: Date;
};

export const COLUMNS = `s.id, s.unit_id as "unitId", u.code as "unitCode", s.programme_id as "programmeId",
  p.code as programme, s.round_code as round, s.label, s.recipients, s.catch_up as "catchUp",
  s.paused_at is not null as paused, s.account_id as "accountId", s.created_at as "createdAt",
  s.planned_until as "plannedUntil", json_strip_nulls(json_build_object('kind', s.timing, 'cron', s.cron,
    'days', s.days_after, 'weekday', s.weekday, 'at', s.at_time)) as timing`;
export const FROM = `schedule s join org_unit u on u.id = s.unit_id join programme p on p.id = s.programme_id`;

/** The columns of a timing, in this order. */
export const TIMING_COLUMNS = ['timing', 'cron', 'days_after', 'weekday', 'at_time'] as const;
export function timingValues(timing: Timing): unknown[] {
  const { kind, cron, days, weekday, at } = timing as Partial<Record<string, unknown>>;
  return [kind, cron ?? null, days ?? null, weekday ?? null, at ?? null];
}

/** The schedule with this id, whoever asks. */
export function scheduleOf(db: Db, id: number): Promise<Schedule | undefined> {
  return row<Schedule>(db, `select ${COLUMNS} from ${FROM} where s.id = $1`, [id]);
}

/** Half-years that are looked at ahead of the one opened last. */
const AHEAD = 6;

/**
 * The dates of all rounds for a unit, and what the programme's own due dates will be in the coming half-years.
 * @param day `YYYY-MM-DD`: units stand where they stand on it
 */
export async function datesOf(
  db: Db,
  of: Pick<Schedule, 'unitId' | 'programmeId'>,
  day: string,
): Promise<RoundDates[]> {
  const opened = await rows<RoundDates>(
    db,
    `select round_id as "roundId", code, opened_at as "openedAt", closed_at as "closedAt", common, last
     from due_dates($1, $2, $3)`,
    [of.unitId, of.programmeId, day],
  );
  const coming = await rows<{ code: string; due: Date }>(
    db,
    `with newest as (select coalesce(max(year * 2 + half - 1), extract(year from $2::date)::int * 2 - 1) as nth
                     from round where programme_id = $1 and year is not null),
       coming as (select (nth + k) / 2 as year, (nth + k) % 2 + 1 as half from newest, generate_series(1, ${AHEAD}) k)
     select year || 'H' || half as code, default_due($1, year, half) as due from coming
     where default_due($1, year, half) is not null`,
    [of.programmeId, day],
  );
  const unopened = { roundId: null, openedAt: null, closedAt: null, last: null };
  return [...opened, ...coming.map(({ code, due }) => ({ ...unopened, code, common: due }))];
}

/** The rounds that a schedule goes by. */
export const datesFor = ({ round }: Pick<Schedule, 'round'>, dates: readonly RoundDates[]): RoundDates[] =>
  dates.filter(({ code }) => round === null || code === round);
