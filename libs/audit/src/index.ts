/** The audit log, which is also the outbox: written in the transaction of the change it tells of. */
import { type Db, requestId, rows } from '#core';

export { Dispatcher } from './dispatcher.js';
export { type SealedHead, sealEvents, sealedHead } from './seal.js';
export { verifyAudit } from './verify.js';

type AuditEvent = {
  /** noun.past-participle, the same word as the verb that allowed it: `report.submit` → `report.submitted` */
  verb: string;
  accountId?: number | null;
  unitId?: number | null;
  subject: Record<string, unknown>;
  address?: string | null;
  /** Name of the background job that must follow, if any (apps/worker/jobs.ts). */
  job?: string | null;
};

/** @param at the instant to record, or null for the database's clock */
export async function recordEvent(db: Db, event: AuditEvent, at: Date | null): Promise<void> {
  await rows(
    db,
    `insert into event (verb, account_id, unit_id, subject, address, recorded_at, job, request_id)
     values ($1, $2, $3, $4, $5, coalesce($6, clock_timestamp()), $7, $8)`,
    [
      event.verb,
      event.accountId ?? null,
      event.unitId ?? null,
      event.subject,
      event.address ?? null,
      at,
      event.job ?? null,
      requestId() ?? null,
    ],
  );
}
