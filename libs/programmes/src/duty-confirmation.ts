/**
 * The receiver's word on a duty: a plan's own due date moves upward only when the level above has confirmed it. The same
 * decision sets how the date is read (strictly, over a weekend). It makes a new version of the plan, so what held before
 * stays on record; open rounds keep the due dates they were opened with (docs/semantics.md §1).
 */
import type { EntityManager } from 'typeorm';
import { recordEvent } from '#audit';
import { Problem, row, rows } from '#core';
import { planChanges } from './plan-changes.js';
import type { PlanFile } from './plan-file.js';
import { type Importer, reach } from './plan-import.js';
import { lockPlan, writePlanVersion } from './plan-version.js';

export type DutyDecision = {
  programme: string;
  /** Key of the plan. */
  key: string;
  confirmed: boolean;
  /** "Trước ngày X" read as before X begins; null: as it is. */
  strict?: boolean | null;
  /** A due date on a weekend is that of the next Monday; null: as it is. */
  weekendToMonday?: boolean | null;
  /** Why; null: the note stays. */
  note?: string | null;
};

/** @throws Problem plan.not_found, also for one out of reach | duty.not_found | access.denied for the plan's own unit */
export async function confirmDuty(
  db: EntityManager,
  importer: NonNullable<Importer>,
  decision: DutyDecision,
  recordAt: Date | null,
): Promise<void> {
  const { programme, key } = decision;
  const { caller } = importer;
  await rows(db, 'select begin_recording()');
  const found = await row<{ programmeId: number }>(
    db,
    `select g.id as "programmeId" from plan p join programme g on g.id = p.programme_id
     join plan_version v on v.plan_id = p.id and v.recorded_to is null
     where g.code = $1 and p.key = $2 and exists (select from lineage(v.unit_id, $3) l where l.unit_id = $4)`,
    [programme, key, importer.today, caller.unitId],
  );
  if (!found) throw new Problem('plan.not_found', { key });
  const { planId, standing } = await lockPlan(db, found.programmeId, key);
  const unit =
    standing && (await row<{ code: string }>(db, 'select code from org_unit where id = $1', [standing.unit_id]));
  if (!standing || !unit) throw new Problem('plan.not_found', { key });
  if ((await reach(db, importer, standing.unit_id, unit.code)) === 0)
    throw new Problem('access.denied', { verb: 'duty.confirm' });
  const own = standing.body.duties.find(({ edge }) => edge === 'upward');
  if (!own || own.due_h1 === null) throw new Problem('duty.not_found', { key });

  const decided = {
    ...own,
    confirmed: decision.confirmed,
    strict: decision.strict ?? own.strict,
    weekend_to_monday: decision.weekendToMonday ?? own.weekend_to_monday,
    note: decision.note?.normalize('NFC').trim() || own.note,
  };
  const next: PlanFile = {
    ...standing.body,
    duties: standing.body.duties.map((duty) => (duty === own ? decided : duty)),
  };
  const changes = planChanges(standing.body, next);
  if (changes.length === 0) return;
  const place = { planId, programmeId: found.programmeId, unitId: standing.unit_id };
  const version = await writePlanVersion(db, place, standing, next, standing.sha256, caller, recordAt);
  await recordEvent(
    db,
    {
      verb: 'duty.confirmed',
      accountId: caller.accountId,
      unitId: standing.unit_id,
      subject: { programme, key, version, confirmed: decision.confirmed, changes },
      address: caller.address,
    },
    recordAt,
  );
}
