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
import { lockPlan, writePlanVersion } from './plan-version.js';
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

  const { planId, standing } = await lockPlan(db, programme.id, file.key);
  if (standing && standing.unit_id !== unit.id) return refused(file.key, [at('key_taken', ['key'], { key: file.key })]);

  const duties = file.duties.map((duty) => asConfirmed(duty, fromAbove, standing?.body.duties));
  const next: PlanFile = { ...file, duties };
  const changes = planChanges(standing?.body ?? null, next);
  const answer = { key: file.key, changes, errors: [] };
  if (standing && changes.length === 0)
    return { ...answer, version: standing.version, status: 'unchanged', notices: [] };

  const caller = importer?.caller ?? null;
  const place = { planId, programmeId: programme.id, unitId: unit.id };
  const version = await writePlanVersion(db, place, standing, next, fingerprint(file), caller, recordAt);
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
export async function reach(
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

/**
 * Only the receiver's word moves a due date upward: an importer above the plan's unit (or the operator) gives it, and
 * what was confirmed stays so while the dates stay, in the reading that the receiver gave them. Below, the plan's unit is
 * itself the receiver.
 */
function asConfirmed(duty: PlanDuty, fromAbove: boolean, standing: PlanDuty[] | undefined): PlanDuty {
  if (duty.edge === 'below' || duty.due_h1 === null || fromAbove) return duty;
  const before = standing?.find((other) => other.edge === 'upward');
  if (!before?.confirmed || !duty.confirmed || duty.due_h1 !== before.due_h1 || duty.due_h2 !== before.due_h2)
    return { ...duty, confirmed: false };
  return { ...duty, strict: before.strict, weekend_to_monday: before.weekend_to_monday };
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
