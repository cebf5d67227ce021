/**
 * What a new version of a plan changes, field by field: the answer of a dry run, of an import, and the content of the
 * audit event. Pure; no change means that the file says what stands already.
 */
import { dutyKey, goalKey, type PlanFile, targetKey } from './plan-file.js';

export type FieldChange = { field: string; from: string | null; to: string | null };

export type PlanChange = {
  part: 'head' | 'duty' | 'target' | 'goal';
  kind: 'added' | 'removed' | 'changed';
  /** Which one: the plan's key, `upward`, `nguoi_dan_tiep_can 2027`, … */
  subject: string;
  /** Fields that differ; for what was added or removed, all that say something. */
  fields: FieldChange[];
};

type Fields = Record<string, unknown>;

/** @param before the standing version, or null for a new plan */
export function planChanges(before: PlanFile | null, after: PlanFile): PlanChange[] {
  return [
    ...listChanges('head', before && [before], [after], headFields, (plan) => plan.key),
    ...listChanges('duty', before?.duties, after.duties, (duty) => duty, dutyKey),
    ...listChanges('target', before?.targets, after.targets, (target) => target, targetKey),
    ...listChanges('goal', before?.goals, after.goals, (goal) => goal, goalKey),
  ];
}

function headFields(plan: PlanFile): Fields {
  const { duties: _duties, targets: _targets, goals: _goals, parent, notes, ...head } = plan;
  return {
    ...head,
    parent_key: parent?.key ?? null,
    parent_wording: parent?.wording ?? null,
    notes: notes.length > 0 ? notes.join('\n') : null,
  };
}

function listChanges<T>(
  part: PlanChange['part'],
  before: T[] | null | undefined,
  after: T[],
  fieldsOf: (item: T) => Fields,
  keyOf: (item: T) => string,
): PlanChange[] {
  const old = new Map((before ?? []).map((item) => [keyOf(item), item]));
  const now = new Map(after.map((item) => [keyOf(item), item]));
  const changes: PlanChange[] = [];
  for (const [subject, item] of now) {
    const previous = old.get(subject);
    const fields = fieldChanges(previous ? fieldsOf(previous) : {}, fieldsOf(item));
    if (fields.length > 0) changes.push({ part, kind: previous ? 'changed' : 'added', subject, fields });
  }
  for (const [subject, item] of old)
    if (!now.has(subject)) changes.push({ part, kind: 'removed', subject, fields: fieldChanges(fieldsOf(item), {}) });
  return changes;
}

function fieldChanges(before: Fields, after: Fields): FieldChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map((field) => ({ field, from: word(before[field]), to: word(after[field]) }))
    .filter(({ from, to }) => from !== to);
}

function word(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}
