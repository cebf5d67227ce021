/**
 * Imports one plan file in the caller's transaction: read, check, lock the plan, compare, close the standing version
 * and write the new one with its targets and duties. A dry run is the same work rolled back, so it says what the real
 * run says. Rules: docs/semantics.md §1 (an own due date moves upward only when the receiver confirms it), §4 (as-of).
 */
import type { EntityManager } from 'typeorm';
import type { Caller } from '#access';
import { recordEvent } from '#audit';
import { Problem, row, rows } from '#core';
import type { FileFinding } from './file-finding.js';
import type { FindingAt } from './file-reading.js';
import { type PlanChange, planChanges } from './plan-changes.js';
import { checkPlan, type PlanDuty, type PlanFile, parsePlan } from './plan-file.js';
import type { IndicatorKind } from './programme-file.js';
import { fingerprint } from './programme-import.js';

export type PlanImport = {
  /** null when the file could not be read so far. */
  key: string | null;
  /** The version that stands after the import (or would); null when refused. */
  version: number | null;
  status: 'created' | 'updated' | 'unchanged' | 'refused';
  dryRun: boolean;
  changes: PlanChange[];
  /** Worth knowing, no obstacle: an unconfirmed due date, a due day before the data cut-off. */
  notices: FileFinding[];
  /** Why it was refused; nothing was written. */
  errors: FileFinding[];
};

/** Who imports, and the day in Vietnam by which lines of units are read; null = the operator who seeds the system. */
export type Importer = { caller: Caller; today: string } | null;

type Standing = { id: number; version: number; unit_id: number; body: PlanFile; recorded_from: string };
type Cutoffs = { cutoff_h1: string; cutoff_h2: string };

/**
 * @param recordAt the instant to record, or null for the database's clock
 * @throws Problem unit.not_found when the plan's unit is out of the caller's reach
 */
export async function importPlanFile(
  db: EntityManager,
  importer: Importer,
  source: string,
  recordAt: Date | null,
): Promise<Omit<PlanImport, 'dryRun'>> {
  // Announced before anything is stamped: whoever answers for an instant waits for what is recorded up to it.
  await rows(db, 'select begin_recording()');
  const read = parsePlan(source);
  if (!read.ok) return refused(null, read.errors);
  const { value: file, at } = read;

  const unit = await row<{ id: number }>(db, 'select id from org_unit where code = $1', [file.unit]);
  if (!unit) return refused(file.key, [at('unit_unknown', ['unit'], { code: file.unit })]);
  const fromAbove = importer === null || (await reach(db, importer, unit.id, file.unit)) > 0;

  const programme = await row<{ id: number } & Cutoffs>(
    db,
    `select p.id, d.cutoff_h1, d.cutoff_h2 from programme p
     join duty d on d.programme_id = p.id and d.plan_version_id is null and d.recorded_to is null
     where p.code = $1`,
    [file.programme],
  );
  if (!programme) return refused(file.key, [at('programme_unknown', ['programme'], { code: file.programme })]);
  const indicators = await rows<{ id: number; code: string; kind: IndicatorKind }>(
    db,
    'select id, code, kind from indicator where programme_id = $1',
    [programme.id],
  );
  const errors = checkPlan(file, at, new Map(indicators.map((indicator) => [indicator.code, indicator.kind])));
  const parentKey = file.parent?.key ?? null;
  if (parentKey !== null && (parentKey === file.key || !(await planExists(db, programme.id, parentKey))))
    errors.push(at('parent_unknown', ['parent', 'key'], { key: parentKey }));
  if (errors.length > 0) return refused(file.key, errors);

  const planId = await lockPlan(db, programme.id, file.key);
  const standing = await row<Standing>(
    db,
    `select id, version, unit_id, body, recorded_from::text from plan_version
     where plan_id = $1 and recorded_to is null`,
    [planId],
  );
  if (standing && standing.unit_id !== unit.id) return refused(file.key, [at('key_taken', ['key'], { key: file.key })]);

  const duties = file.duties.map((duty) => ({ ...duty, confirmed: confirmed(duty, fromAbove, standing?.body.duties) }));
  const next: PlanFile = { ...file, duties };
  const changes = planChanges(standing?.body ?? null, next);
  const answer = { key: file.key, changes, errors: [] };
  if (standing && changes.length === 0)
    return { ...answer, version: standing.version, status: 'unchanged', notices: [] };

  const caller = importer?.caller ?? null;
  const version = (standing?.version ?? 0) + 1;
  const ids = new Map(indicators.map((indicator) => [indicator.code, indicator.id]));
  const instant = await closeStanding(db, standing, recordAt);
  const versionId = await writeVersion(
    db,
    { planId, version, unitId: unit.id, caller, instant },
    next,
    fingerprint(file),
  );
  await writeTargets(db, versionId, next, ids);
  await writeDuties(db, versionId, { programmeId: programme.id, unitId: unit.id, instant }, duties);
  const subject = { programme: file.programme, key: file.key, version, changes };
  await recordEvent(
    db,
    { verb: 'plan.imported', accountId: caller?.accountId, unitId: unit.id, subject, address: caller?.address },
    recordAt,
  );
  return {
    ...answer,
    version,
    status: standing ? 'updated' : 'created',
    notices: notices(file, duties, programme, at),
  };
}

function refused(key: string | null, errors: FileFinding[]): Omit<PlanImport, 'dryRun'> {
  return { key, version: null, status: 'refused', changes: [], notices: [], errors };
}

/** How many levels the caller's unit stands above the plan's unit; 0 = the same unit. */
async function reach(
  db: EntityManager,
  { caller, today }: NonNullable<Importer>,
  unitId: number,
  code: string,
): Promise<number> {
  const line = await row<{ depth: number }>(db, 'select depth from lineage($1, $2) where unit_id = $3', [
    unitId,
    today,
    caller.unitId,
  ]);
  if (!line) throw new Problem('unit.not_found', { code });
  return line.depth;
}

async function planExists(db: EntityManager, programmeId: number, key: string): Promise<boolean> {
  return (await rows(db, 'select 1 from plan where programme_id = $1 and key = $2', [programmeId, key])).length > 0;
}

/** Imports of one plan come one after the other: this row is their lock. */
async function lockPlan(db: EntityManager, programmeId: number, key: string): Promise<number> {
  await rows(
    db,
    'insert into plan (programme_id, key) values ($1, $2) on conflict on constraint plan_key_unique do nothing',
    [programmeId, key],
  );
  const plan = await row<{ id: number }>(db, 'select id from plan where programme_id = $1 and key = $2 for update', [
    programmeId,
    key,
  ]);
  return plan!.id;
}

/**
 * Only the receiver's word moves a due date upward: an importer above the plan's unit (or the operator) gives it, and
 * what was confirmed stays so while the dates stay. Below, the plan's unit is itself the receiver.
 */
function confirmed(duty: PlanDuty, fromAbove: boolean, standing: PlanDuty[] | undefined): boolean {
  if (!duty.confirmed || duty.edge === 'below' || duty.due_h1 === null || fromAbove) return duty.confirmed;
  const before = standing?.find((other) => other.edge === 'upward');
  const dates = (d: PlanDuty) => JSON.stringify([d.due_h1, d.due_h2, d.strict, d.weekend_to_monday]);
  return before?.confirmed === true && dates(before) === dates(duty);
}

function notices(file: PlanFile, duties: PlanDuty[], standard: Cutoffs, at: FindingAt): FileFinding[] {
  return duties.flatMap((duty, index) => {
    const found: FileFinding[] = [];
    if (file.duties[index]!.confirmed && !duty.confirmed)
      found.push(at('duty_unconfirmed', ['duties', index, 'confirmed']));
    for (const half of ['h1', 'h2'] as const) {
      const due = duty[`due_${half}`];
      const cutoff = duty[`cutoff_${half}`] ?? standard[`cutoff_${half}`];
      if (due !== null && due < cutoff)
        found.push(at('due_before_cutoff', ['duties', index, `due_${half}`], { due, cutoff }));
    }
    return found;
  });
}

/** Ends the standing rows. @returns the instant at which the new ones begin, in PostgreSQL's text, to the microsecond */
async function closeStanding(db: EntityManager, standing: Standing | undefined, at: Date | null): Promise<string> {
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

async function writeTargets(db: EntityManager, versionId: number, plan: PlanFile, ids: Map<string, number>) {
  const targets = plan.targets.map((target) => ({ ...target, indicator_id: ids.get(target.indicator) }));
  await rows(
    db,
    `insert into target (plan_version_id, indicator_id, year, every_year, comparator, threshold, binds, wording, clause,
       denominator_wording)
     select $1, x.indicator_id, x.year, x.every_year, x.comparator, x.threshold, x.binds, x.wording, x.clause,
       x.denominator_wording
     from jsonb_to_recordset($2) as x (indicator_id int, year smallint, every_year boolean, comparator text,
       threshold numeric, binds text, wording text, clause text, denominator_wording text)`,
    [versionId, JSON.stringify(targets)],
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
