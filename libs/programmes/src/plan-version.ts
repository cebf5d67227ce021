/**
 * Versions of plans as rows: a new one ends the standing one and brings its targets and duties; nothing that was recorded is
 * overwritten (docs/semantics.md §4, as-of). In the caller's transaction, which has announced itself (begin_recording).
 */
import type { EntityManager } from 'typeorm';
import type { Caller } from '#access';
import { row, rows } from '#core';
import type { PlanDuty, PlanFile } from './plan-file.js';

type StandingPlan = {
  id: number;
  version: number;
  unit_id: number;
  body: PlanFile;
  sha256: string;
  recorded_from: string;
};

/** Imports of one plan come one after the other: this row is their lock. */
export async function lockPlan(
  db: EntityManager,
  programmeId: number,
  key: string,
): Promise<{ planId: number; standing: StandingPlan | undefined }> {
  await rows(
    db,
    'insert into plan (programme_id, key) values ($1, $2) on conflict on constraint plan_key_unique do nothing',
    [programmeId, key],
  );
  const plan = await row<{ id: number }>(db, 'select id from plan where programme_id = $1 and key = $2 for update', [
    programmeId,
    key,
  ]);
  const standing = await row<StandingPlan>(
    db,
    `select id, version, unit_id, body, sha256, recorded_from::text from plan_version
     where plan_id = $1 and recorded_to is null`,
    [plan!.id],
  );
  return { planId: plan!.id, standing };
}

/**
 * Writes the next version of a plan, under the lock of lockPlan.
 * @param sha256 of the file it comes from @param recordAt the instant to record, or null for the database's clock
 * @returns its number
 */
export async function writePlanVersion(
  db: EntityManager,
  { planId, programmeId, unitId }: { planId: number; programmeId: number; unitId: number },
  standing: StandingPlan | undefined,
  plan: PlanFile,
  sha256: string,
  caller: Caller | null,
  recordAt: Date | null,
): Promise<number> {
  const version = (standing?.version ?? 0) + 1;
  const instant = await closeStanding(db, standing, recordAt);
  const versionId = await writeVersion(db, { planId, version, unitId, caller, instant }, plan, sha256);
  await writeTargets(db, versionId, programmeId, plan);
  await writeDuties(db, versionId, { programmeId, unitId, instant }, plan.duties);
  return version;
}

/** Ends the standing rows. @returns the instant at which the new ones begin, in PostgreSQL's text, to the microsecond */
async function closeStanding(db: EntityManager, standing: StandingPlan | undefined, at: Date | null): Promise<string> {
  const { instant } = (await row<{ instant: string }>(
    db,
    `select greatest(record_instant($1::timestamptz), $2::timestamptz + interval '1 microsecond')::text as instant`,
    [at, standing?.recorded_from ?? null],
  ))!;
  if (standing) {
    await rows(db, 'update plan_version set recorded_to = $2 where id = $1', [standing.id, instant]);
    await rows(db, 'update duty set recorded_to = $2 where plan_version_id = $1 and recorded_to is null', [
      standing.id,
      instant,
    ]);
  }
  return instant;
}

type Place = { planId: number; version: number; unitId: number; caller: Caller | null; instant: string };

async function writeVersion(db: EntityManager, place: Place, plan: PlanFile, sha256: string): Promise<number> {
  const written = await row<{ id: number }>(
    db,
    `insert into plan_version (plan_id, version, unit_id, number, issued_on, issued_wording, title, parent_key,
       parent_wording, aggregator, illustrative, body, sha256, account_id, recorded_from)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) returning id`,
    [
      place.planId,
      place.version,
      place.unitId,
      plan.number,
      plan.issued_on,
      plan.issued_wording,
      plan.title,
      plan.parent?.key ?? null,
      plan.parent?.wording ?? null,
      plan.aggregator,
      plan.illustrative,
      plan,
      sha256,
      place.caller?.accountId ?? null,
      place.instant,
    ],
  );
  return written!.id;
}

async function writeTargets(db: EntityManager, versionId: number, programmeId: number, plan: PlanFile): Promise<void> {
  await rows(
    db,
    `insert into target (plan_version_id, indicator_id, year, every_year, comparator, threshold, binds, wording, clause,
       denominator_wording)
     select $1, i.id, x.year, x.every_year, x.comparator, x.threshold, x.binds, x.wording, x.clause, x.denominator_wording
     from rows from (jsonb_to_recordset($2) as (indicator text, year smallint, every_year boolean, comparator text,
       threshold numeric, binds text, wording text, clause text, denominator_wording text)) with ordinality
       as x (indicator, year, every_year, comparator, threshold, binds, wording, clause, denominator_wording, place)
     join indicator i on i.programme_id = $3 and i.code = x.indicator order by x.place`,
    [versionId, JSON.stringify(plan.targets), programmeId],
  );
}

async function writeDuties(
  db: EntityManager,
  versionId: number,
  place: { programmeId: number; unitId: number; instant: string },
  duties: PlanDuty[],
): Promise<void> {
  await rows(
    db,
    `insert into duty (programme_id, plan_version_id, unit_id, recorded_from, edge, reporters, receiver,
       receiver_wording, aggregator, due_h1, due_h2, due_wording, cutoff_h1, cutoff_h2, inferred, confirmed, note,
       strict, weekend_to_monday)
     select $1, $2, $3, $4, x.edge, x.reporters, x.receiver, x.receiver_wording, x.aggregator, x.due_h1, x.due_h2,
       x.due_wording, x.cutoff_h1, x.cutoff_h2, x.inferred, x.confirmed, x.note, x.strict, x.weekend_to_monday
     from jsonb_to_recordset($5) as x (edge text, reporters text, receiver text, receiver_wording text, aggregator text,
       due_h1 text, due_h2 text, due_wording text, cutoff_h1 text, cutoff_h2 text, inferred boolean, confirmed boolean,
       note text, strict boolean, weekend_to_monday boolean)`,
    [place.programmeId, versionId, place.unitId, place.instant, JSON.stringify(duties)],
  );
}
