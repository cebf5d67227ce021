/** Instants and days as a sheet needs them: Vietnamese wall time as true spreadsheet dates, and in words. */
import { DateTime } from 'luxon';
import { VIETNAM } from '#core';

/** Vietnam's clock is ahead of UTC by as much all year, since 1975; lists of 90,000 rows need no calendar for it. */
const AHEAD = 7 * 3_600_000;
const DAY = 86_400_000;

/**
 * A day as a cell's date. ExcelJS writes the UTC reading of a Date, so the day is given at UTC midnight.
 * @param day `YYYY-MM-DD`
 */
export function dayCell(day: string): Date {
  return new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8, 10))));
}

/**
 * An instant as a cell's date and time on a Vietnamese clock, cut (never rounded) to the second: what was received one
 * millisecond before midnight must not show the next day.
 */
export function momentCell(instant: Date): Date {
  return new Date(Math.floor((instant.getTime() + AHEAD) / 1000) * 1000);
}

/** "17 giờ 05 phút ngày 20/7/2026", Vietnamese time. */
export function asOfText(instant: Date): string {
  return DateTime.fromJSDate(instant).setZone(VIETNAM).toFormat("HH 'giờ' mm 'phút ngày' dd/MM/yyyy");
}

/** "20/07/2026": as running text has a day. @param day `YYYY-MM-DD` */
export function dayText(day: string): string {
  return DateTime.fromISO(day).toFormat('dd/MM/yyyy');
}

/** "20/07/2026 17:05:09,123456": to the microsecond, as the record keeps it, on a Vietnamese clock. */
export function instantText(instant: string): string {
  const local = DateTime.fromISO(instant).setZone(VIETNAM);
  const micros = (/\.(\d+)/.exec(instant)?.[1] ?? '').padEnd(6, '0');
  return `${local.toFormat('dd/MM/yyyy HH:mm:ss')},${micros}`;
}

/** Whole days by which an instant's local day lies behind a due day; 0 when it does not. @param due `YYYY-MM-DD` */
export function daysLate(instant: Date, due: string): number {
  return Math.max(0, Math.floor((instant.getTime() + AHEAD) / DAY) - Math.floor(dayCell(due).getTime() / DAY));
}
