/**
 * Pages of a list that is put in order in memory. A cursor carries the code of the last unit and the instant, so that all
 * pages tell of one moment; where the list stands as it stood then, the unit's place in it is the same.
 */
import { decodeCursor, encodeCursor, type Instant, type Page, type PageRequest, Problem } from '#core';

/** Where a page begins (after which unit) and the instant it answers for: the cursor's, else the one asked for. */
export function placeOf(
  { after }: PageRequest,
  asOf: string | null | undefined,
): { after: string | null; asOf: string | null } {
  if (!after) return { after: null, asOf: asOf ?? null };
  const [code, instant] = decodeCursor(after, 2);
  return { after: String(code), asOf: String(instant) };
}

/** @throws Problem cursor.invalid when no unit of the list has the code `after` */
export function pageOf<T extends { unit: { code: string } }>(
  listed: readonly T[],
  size: number,
  after: string | null,
  asOf: Instant,
): Page<T> {
  const last = after === null ? -1 : listed.findIndex(({ unit }) => unit.code === after);
  if (after !== null && last < 0) throw new Problem('cursor.invalid');
  const items = listed.slice(last + 1, last + 1 + size);
  const end = items.at(-1);
  return {
    items,
    total: listed.length,
    endCursor: end ? encodeCursor([end.unit.code, asOf]) : null,
    hasNextPage: last + 1 + size < listed.length,
  };
}
