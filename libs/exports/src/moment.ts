/** Instants and days as a sheet needs them: Vietnamese wall time as true spreadsheet dates, and in words. */
import { DateTime } from 'luxon';
import { localDay, VIETNAM } from '#core';

/**
 * A day as a cell's date. ExcelJS writes the UTC reading of a Date, so the day is given at UTC midnight.
 * @param day `YYYY-MM-DD`
 */
export function dayCell(day: string): Date {
  return new Date(`${day}T00:00:00Z`);
}

/**
 * An instant as a cell's date and time on a Vietnamese clock, cut (never rounded) to the second: what was received one
 * millisecond before midnight must not show the next day.
 */
export function momentCell(instant: Date): Date {
  const local = DateTime.fromJSDate(instant).setZone(VIETNAM).startOf('second');
  return local.setZone('utc', { keepLocalTime: true }).toJSDate();
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
  return Math.max(0, Math.round((dayCell(localDay(instant)).getTime() - dayCell(due).getTime()) / 86_400_000));
}
