/**
 * Instants of the record, in microseconds. JavaScript's dates stop at milliseconds and would let an as-of question miss
 * what was recorded within one, so such instants travel as text: `2026-06-10T16:59:59.999123Z`.
 */
import { Problem } from './problem.js';

export type Instant = string;

/** Whether a text is `YYYY-MM-DD` of a day that exists, from year 1: 2026-02-30 is none, though JavaScript reads it as 2 March. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text < '0001') return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** @returns the instant in its one form. @throws Problem request.invalid unless it is an ISO 8601 instant with a zone, of the years 1–9999 */
export function parseInstant(text: string): Instant {
  const match = /^((\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const whole = match && isDay(match[2]!) ? new Date(`${match[1]}${match[4]}`) : null;
  if (!match || !whole || Number.isNaN(whole.getTime()) || !isDay(whole.toISOString().slice(0, 10)))
    throw new Problem('request.invalid', { reason: `asOf: "${text.slice(0, 40)}"` });
  return `${whole.toISOString().slice(0, 19)}.${(match[3] ?? '').padEnd(6, '0')}Z`;
}
