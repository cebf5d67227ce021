/**
 * When a schedule runs, as people say it: the morning after the due date, each Monday of the round, or a cron expression for
 * the rest. Pure: given the due dates of the rounds, the runs after an instant. All days and hours are those of Vietnam.
 */
import { DateTime } from 'luxon';
import { checkCron, isAtMostHourly, nextRuns, Problem, VIETNAM } from '#core';

export type Timing =
  | { kind: 'cron'; cron: string }
  /** `days` after the due date: 1 = the day after. after_due: the date that most units have; after_last_due: the last one in force. */
  | { kind: 'after_due' | 'after_last_due'; days: number; at: string }
  /** While a round is being collected: from its opening until a week after the last due date, or its close. weekday 1 = Monday. */
  | { kind: 'weekly'; weekday: number; at: string };

/** As people give it: exactly one of the three. `at` is HH:MM, 07:00 unless given. */
export type TimingWish = {
  cron?: string | null;
  afterDue?: { days?: number | null; at?: string | null; last?: boolean | null } | null;
  weekly?: { weekday: number; at?: string | null } | null;
};

/** The dates of a round for one unit. An instant of a due date is the first that is too late. */
export type RoundDates = {
  /** null while it is not opened. */
  roundId: number | null;
  code: string;
  openedAt: Date | null;
  closedAt: Date | null;
  common: Date | null;
  last: Date | null;
};

type DueRun = { at: Date; roundId: number | null };

const MORNING = '07:00';
const HOUR = /^([01]\d|2[0-3]):[0-5]\d$/;
const LONGEST_AFTER = 60;
const WEEK = 7;

const wrong = (reason: string) => new Problem('schedule.invalid', { reason });

/** @throws Problem schedule.invalid */
export function checkedTiming(wish: TimingWish): Timing {
  const given = [wish.cron, wish.afterDue, wish.weekly].filter((one) => one !== null && one !== undefined);
  if (given.length !== 1)
    throw wrong('chọn đúng một trong ba: cron, afterDue, weekly / exactly one of cron, afterDue, weekly');
  if (wish.afterDue) {
    const { days, at, last } = wish.afterDue;
    if (days != null && !(Number.isInteger(days) && days >= 1 && days <= LONGEST_AFTER))
      throw wrong(`afterDue.days: 1–${LONGEST_AFTER}`);
    return { kind: last ? 'after_last_due' : 'after_due', days: days ?? 1, at: hourOf(at) };
  }
  if (wish.weekly) {
    const { weekday, at } = wish.weekly;
    if (!(Number.isInteger(weekday) && weekday >= 1 && weekday <= WEEK))
      throw wrong('weekly.weekday: 1 (thứ Hai / Monday) – 7 (Chủ nhật / Sunday)');
    return { kind: 'weekly', weekday, at: hourOf(at) };
  }
  return { kind: 'cron', cron: checkedCron(wish.cron!) };
}

function hourOf(at: string | null | undefined): string {
  if (at == null) return MORNING;
  if (!HOUR.test(at)) throw wrong(`"${at}": giờ:phút / HH:MM, 00:00–23:59`);
  return at;
}

/** One minute in the first field means at most one run an hour: a summary is not a ticker. */
function checkedCron(given: string): string {
  const cron = given.trim().replace(/\s+/g, ' ');
  checkCron(cron);
  if (!isAtMostHourly(cron))
    throw wrong(
      `"${cron}": quá dày, nhiều nhất mỗi giờ một lần – trường phút phải là một số / too frequent: at most once an hour, the minute must be one number`,
    );
  return cron;
}

/**
 * The runs strictly after an instant, earliest first.
 * @param rounds the dates of the rounds for the schedule's unit @param until none after this
 */
export function runsAfter(
  timing: Timing,
  rounds: readonly RoundDates[],
  after: Date,
  most: number,
  until?: Date,
): DueRun[] {
  if (timing.kind === 'cron') return nextRuns(timing.cron, after, most, until).map((at) => ({ at, roundId: null }));
  return rounds
    .flatMap((round) => (timing.kind === 'weekly' ? weekly(timing, round) : afterDue(timing, round)))
    .filter(({ at }) => at > after && (!until || at <= until))
    .sort((a, b) => a.at.getTime() - b.at.getTime())
    .slice(0, most);
}

/** What lay before the opening of a round that was opened late is no run. */
function afterDue(timing: Timing & { kind: 'after_due' | 'after_last_due' }, round: RoundDates): DueRun[] {
  const due = timing.kind === 'after_due' ? round.common : round.last;
  if (!due) return [];
  const at = atHour(dayOf(due).plus({ days: timing.days - 1 }), timing.at);
  return round.openedAt === null || at > round.openedAt ? [{ at, roundId: round.roundId }] : [];
}

function weekly(timing: Timing & { kind: 'weekly' }, { roundId, openedAt, closedAt, last }: RoundDates): DueRun[] {
  if (!openedAt || !last) return [];
  const runs: DueRun[] = [];
  const end = dayOf(last).plus({ days: WEEK });
  const opened = dayOf(openedAt);
  let day = opened.plus({ days: (timing.weekday - opened.weekday + WEEK) % WEEK });
  for (; day < end; day = day.plus({ days: WEEK })) {
    const at = atHour(day, timing.at);
    if (at > openedAt && (!closedAt || at < closedAt)) runs.push({ at, roundId });
  }
  return runs;
}

const dayOf = (instant: Date) => DateTime.fromJSDate(instant).setZone(VIETNAM).startOf('day');

function atHour(day: DateTime, at: string): Date {
  const [hour, minute] = at.split(':').map(Number);
  return day.set({ hour, minute }).toJSDate();
}

const WEEKDAYS_VI = ['thứ Hai', 'thứ Ba', 'thứ Tư', 'thứ Năm', 'thứ Sáu', 'thứ Bảy', 'Chủ nhật'];
const WEEKDAYS_EN = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** The timing in a sentence. */
export function timingText(timing: Timing): { vi: string; en: string } {
  if (timing.kind === 'cron')
    return { vi: `Theo biểu thức cron "${timing.cron}"`, en: `By the cron expression "${timing.cron}"` };
  if (timing.kind === 'weekly')
    return {
      vi: `Mỗi ${WEEKDAYS_VI[timing.weekday - 1]} trong kỳ thu báo cáo, lúc ${timing.at}`,
      en: `Each ${WEEKDAYS_EN[timing.weekday - 1]} while the round is collected, at ${timing.at}`,
    };
  const [vi, en] =
    timing.kind === 'after_due' ? ['hạn nộp chung', 'the common due date'] : ['hạn nộp cuối cùng', 'the last due date'];
  return timing.days === 1
    ? { vi: `Ngày hôm sau ${vi} của kỳ, lúc ${timing.at}`, en: `The day after ${en} of the round, at ${timing.at}` }
    : {
        vi: `${timing.days} ngày sau ${vi} của kỳ, lúc ${timing.at}`,
        en: `${timing.days} days after ${en}, at ${timing.at}`,
      };
}
