/** When a schedule runs, by the dates of its rounds: what people say, held against the calendar. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { startOfLocalDay, VIETNAM } from '#core';
import { checkedTiming, type RoundDates, runsAfter, type Timing, timingText } from './timing.js';

/** @param due the due day itself; what is received before the next local midnight is on time */
const round = (code: string, opened: string, due: string, last = due, closed: string | null = null): RoundDates => ({
  roundId: Number(code.slice(0, 4)),
  code,
  openedAt: new Date(`${opened}+07:00`),
  closedAt: closed === null ? null : new Date(`${closed}+07:00`),
  common: tooLate(due),
  last: tooLate(last),
});
const tooLate = (due: string) => new Date(startOfLocalDay(due).getTime() + 86_400_000);
const LONG_AGO = new Date('2020-01-01T00:00:00Z');
const runs = (timing: Timing, rounds: RoundDates[], after = LONG_AGO, most = 50) =>
  runsAfter(timing, rounds, after, most).map(({ at }) =>
    DateTime.fromJSDate(at).setZone(VIETNAM).toFormat('ccc yyyy-MM-dd HH:mm', { locale: 'en' }),
  );
const H1 = round('2026H1', '2026-05-04T08:00', '2026-06-10', '2026-06-20');

describe('the morning after the due date', () => {
  it('is the day after the date that most units have, or after the last one', () => {
    expect(runs(checkedTiming({ afterDue: {} }), [H1])).toEqual(['Thu 2026-06-11 07:00']);
    expect(runs(checkedTiming({ afterDue: { last: true } }), [H1])).toEqual(['Sun 2026-06-21 07:00']);
    expect(runs(checkedTiming({ afterDue: { days: 3, at: '16:30' } }), [H1])).toEqual(['Sat 2026-06-13 16:30']);
  });

  it('is the due day itself where "trước ngày" is read strictly', () => {
    const strict = { ...H1, common: startOfLocalDay('2026-06-10') };
    expect(runs(checkedTiming({ afterDue: {} }), [strict])).toEqual(['Wed 2026-06-10 07:00']);
  });

  it('comes for each round, in order, also for one that is not opened yet', () => {
    const coming = { ...H1, roundId: null, openedAt: null, last: null, common: tooLate('2026-12-10') };
    expect(runs(checkedTiming({ afterDue: {} }), [coming, H1])).toEqual([
      'Thu 2026-06-11 07:00',
      'Fri 2026-12-11 07:00',
    ]);
    expect(runs(checkedTiming({ afterDue: { last: true } }), [coming])).toEqual([]);
  });

  it('is none that lay before the round was opened', () => {
    const lateOpened = round('2026H1', '2026-06-11T07:00', '2026-06-10');
    expect(runs(checkedTiming({ afterDue: {} }), [lateOpened])).toEqual([]);
    expect(runs(checkedTiming({ afterDue: { at: '07:01' } }), [lateOpened])).toEqual(['Thu 2026-06-11 07:01']);
  });
});

describe('each Monday of the round', () => {
  const mondays: Timing = { kind: 'weekly', weekday: 1, at: '07:00' };

  it('begins after the opening and ends a week after the last due date', () => {
    // Opened on a Monday at 08:00: that day's 07:00 is past.
    expect(runs(mondays, [H1])).toEqual([
      'Mon 2026-05-11 07:00',
      'Mon 2026-05-18 07:00',
      'Mon 2026-05-25 07:00',
      'Mon 2026-06-01 07:00',
      'Mon 2026-06-08 07:00',
      'Mon 2026-06-15 07:00',
      'Mon 2026-06-22 07:00',
    ]);
  });

  it('ends with the close', () => {
    const closed = round('2026H1', '2026-05-04T08:00', '2026-06-10', '2026-06-20', '2026-06-15T07:00');
    expect(runs(mondays, [closed]).at(-1)).toBe('Mon 2026-06-08 07:00');
  });

  it('keeps to its weekday and hour, within the round, whatever the round', () => {
    const day = fc.integer({ min: 0, max: 2000 }).map((n) => DateTime.fromISO('2026-01-01').plus({ days: n }));
    fc.assert(
      fc.property(day, fc.nat(200), fc.integer({ min: 1, max: 7 }), fc.nat(23), (opened, length, weekday, hour) => {
        const due = opened.plus({ days: length });
        const at = `${`${hour}`.padStart(2, '0')}:15`;
        const found = runsAfter(
          { kind: 'weekly', weekday, at },
          [round('2026H1', `${opened.toISODate()}T09:00`, due.toISODate()!)],
          LONG_AGO,
          1000,
        ).map((run) => DateTime.fromJSDate(run.at).setZone(VIETNAM));
        const days = found.map((one) => one.toISODate()!);
        expect(found.every((one) => one.weekday === weekday && one.toFormat('HH:mm') === at)).toBe(true);
        expect(days.every((one) => one >= opened.toISODate()! && one <= due.plus({ days: 7 }).toISODate()!)).toBe(true);
        // One in each week, none left out.
        for (let i = 1; i < found.length; i++) expect(found[i]!.diff(found[i - 1]!, 'days').days).toBe(7);
        expect(found.length).toBeGreaterThanOrEqual(Math.floor((length + 8) / 7) - 1);
      }),
    );
  });
});

describe('by cron', () => {
  it('is in the time of Vietnam, and strictly after', () => {
    const timing = checkedTiming({ cron: ' 0  7 16 6,12 * ' });
    expect(timing).toEqual({ kind: 'cron', cron: '0 7 16 6,12 *' });
    expect(runs(timing, [], new Date('2026-06-16T00:00:00Z'), 2)).toEqual([
      'Wed 2026-12-16 07:00',
      'Wed 2027-06-16 07:00',
    ]);
  });

  it.each([
    ['* * * * *', /at most once an hour/],
    ['0,30 7 * * *', /at most once an hour/],
    ['*/15 * * * *', /at most once an hour/],
    ['H 7 * * *', /no H/],
    ['0 H(7-9) * * *', /no H/],
    ['0 7 * * H/2', /no H/],
    ['0 7 31 2 *', /31/],
    ['0 7 * *', /minute hour day month weekday/],
    ['0 0 7 * * *', /minute hour day month weekday/],
    ['@daily', /minute hour day month weekday/],
    ['7 giờ sáng thứ hai', /./],
  ])('"%s" is refused', (cron, why) => {
    expect(() => checkedTiming({ cron })).toThrow(expect.objectContaining({ code: 'schedule.invalid' }));
    expect(() => checkedTiming({ cron })).toThrow(why);
  });

  it.each(['0 * * * *', '0 7 * * THU', '30 6 L * *', '0 7 * * MON#1'])('"%s" is taken', (cron) => {
    expect(checkedTiming({ cron })).toEqual({ kind: 'cron', cron });
  });
});

it('is exactly one of the three, within bounds', () => {
  for (const wish of [
    {},
    { cron: '0 7 * * 1', weekly: { weekday: 1 } },
    { afterDue: { days: 0 } },
    { afterDue: { days: 61 } },
    { afterDue: { days: 1.5 } },
    { afterDue: { at: '24:00' } },
    { weekly: { weekday: 0 } },
    { weekly: { weekday: 8 } },
    { weekly: { weekday: 1, at: '7:00' } },
  ])
    expect(() => checkedTiming(wish)).toThrow(expect.objectContaining({ code: 'schedule.invalid' }));
});

it('says itself in words', () => {
  expect(timingText(checkedTiming({ afterDue: {} })).vi).toBe('Ngày hôm sau hạn nộp chung của kỳ, lúc 07:00');
  expect(timingText(checkedTiming({ afterDue: { days: 3, last: true } })).vi).toBe(
    '3 ngày sau hạn nộp cuối cùng của kỳ, lúc 07:00',
  );
  expect(timingText(checkedTiming({ weekly: { weekday: 7, at: '18:00' } })).vi).toBe(
    'Mỗi Chủ nhật trong kỳ thu báo cáo, lúc 18:00',
  );
});
