/**
 * Tells an error that says "not now" (no connection, no room, a lock or statement that took too long) from a mistake of
 * ours: the first is answered with 503 and a time to come back, the second with "internal" and a line to be looked into.
 */

/** SQLSTATE classes and codes of PostgreSQL: connection (08), resources (53), operator's doing (57), conflicts that pass. */
const PASSING = /^(08...|53...|57P0[1-5]|57014|55P03|40001|40P01|25P03|25P04)$/;
const NETWORK = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOTFOUND)$/;
// The last of them is how TypeORM puts it when the connection of a transaction went away between two statements.
const WORDS =
  /timeout exceeded when trying to connect|Connection terminated|not queryable|Connection ended|pool after calling end|timeout expired|[Qq]uery runner (was )?already released/;

/** Looks through what wraps it: TypeORM's driverError, AggregateError's errors, graphql's thrownValue, a cause. */
export function isUnavailable(error: unknown, depth = 0): boolean {
  if (error === null || typeof error !== 'object' || depth > 4) return false;
  const { code, message, driverError, cause, errors, thrownValue } = error as Record<string, unknown>;
  if (typeof code === 'string' && (PASSING.test(code) || NETWORK.test(code))) return true;
  if (typeof message === 'string' && WORDS.test(message)) return true;
  const parts = Array.isArray(errors) ? errors : [];
  return [driverError, cause, thrownValue, ...parts].some((part) => isUnavailable(part, depth + 1));
}
