/** Pages of lists: a cursor is the sort key of the last row, opaque to clients; totals are counted, never guessed. */
import { Problem } from './problem.js';

export type Page<T> = { items: T[]; total: number; endCursor: string | null; hasNextPage: boolean };
export type PageRequest = { first?: number | null; after?: string | null };

/** Rows on one page, at most. */
export const LARGEST_PAGE = 500;

export function pageSize(request: PageRequest, usual = 50): number {
  const size = request.first ?? usual;
  if (!Number.isInteger(size) || size < 1 || size > LARGEST_PAGE)
    throw new Problem('request.invalid', { reason: `first: 1–${LARGEST_PAGE}` });
  return size;
}

export function encodeCursor(key: (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

const LARGEST = 2 ** 31 - 1;

/** What a sort key is made of: text that the database can hold, and its integers. */
const isKeyPart = (part: unknown): part is string | number =>
  typeof part === 'string' ? !part.includes('\0') : Number.isInteger(part) && Math.abs(Number(part)) <= LARGEST;

/** @throws Problem cursor.invalid unless the cursor holds exactly `length` strings or integers of the database. */
export function decodeCursor(cursor: string, length: number): (string | number)[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(key) && key.length === length && key.every(isKeyPart)) return key;
  } catch {
    // fall through: not a cursor of ours
  }
  throw new Problem('cursor.invalid');
}

/** Builds a page from rows fetched with `limit size + 1`. @param keyOf the sort key of a row */
export function toPage<T>(found: T[], size: number, total: number, keyOf: (item: T) => (string | number)[]): Page<T> {
  const items = found.slice(0, size);
  const last = items.at(-1);
  return { items, total, endCursor: last ? encodeCursor(keyOf(last)) : null, hasNextPage: found.length > size };
}
