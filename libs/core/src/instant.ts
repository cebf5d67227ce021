/**
 * Instants of the record, in microseconds. JavaScript's dates stop at milliseconds and would let an as-of question miss
 * what was recorded within one, so such instants travel as text: `2026-06-10T16:59:59.999123Z`.
 */
import { Problem } from './problem.js';

export type Instant = string;

/** @returns the instant in its one form. @throws Problem request.invalid unless it is an ISO 8601 instant with a zone */
export function parseInstant(text: string): Instant {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const whole = match && new Date(`${match[1]}${match[3]}`);
  if (!whole || Number.isNaN(whole.getTime()))
    throw new Problem('request.invalid', { reason: `asOf: "${text.slice(0, 40)}"` });
  return `${whole.toISOString().slice(0, 19)}.${(match[2] ?? '').padEnd(6, '0')}Z`;
}
