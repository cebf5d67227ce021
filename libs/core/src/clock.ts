/**
 * The only source of time. In production it is the machine's clock; a rehearsal (demo, tests) may name a file whose one
 * line is the instant that every process shall take for now, so that a due date can be met or missed on purpose.
 * The database stamps what it records with its own clock; `forDatabase` hands it the rehearsed instant when there is one.
 */
import { readFileSync } from 'node:fs';
import { DateTime } from 'luxon';

export const VIETNAM = 'Asia/Ho_Chi_Minh';

export class Clock {
  /** @param file path of the rehearsal file (ISO 8601 instant), or undefined for real time. */
  constructor(private readonly file?: string) {}

  now(): Date {
    if (!this.file) return new Date();
    const text = readFileSync(this.file, 'utf8').trim();
    const instant = DateTime.fromISO(text);
    if (!instant.isValid) throw new Error(`The clock file ${this.file} does not hold an ISO 8601 instant: "${text}"`);
    return instant.toJSDate();
  }

  /** The rehearsed instant, or null: then the database takes its own clock, read under the lock. */
  forDatabase(): Date | null {
    return this.file ? this.now() : null;
  }

  /** Today in Vietnam, as `YYYY-MM-DD`. */
  today(): string {
    return localDay(this.now());
  }
}

/** The day in Vietnam on which an instant falls, as `YYYY-MM-DD`. */
export function localDay(instant: Date): string {
  return DateTime.fromJSDate(instant).setZone(VIETNAM).toISODate()!;
}

/** The first instant of a local day in Vietnam. @param day `YYYY-MM-DD` */
export function startOfLocalDay(day: string): Date {
  return DateTime.fromISO(day, { zone: VIETNAM }).startOf('day').toJSDate();
}
