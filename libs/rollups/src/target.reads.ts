/**
 * The targets in force: which plan versions stand at an instant is asked each time; what a version says never changes, so
 * it is read once and kept (docs/semantics.md §6).
 */
import { type Db, type Instant, Recent, row, rows } from '#core';
import type { Comparator } from './fraction.js';

export type StandingTarget = {
  unitId: number;
  position: number;
  planKey: string;
  planTitle: string;
  /** "Kế hoạch số 37/KH–UBND (Ia Pia, ngày 01 tháng 10 năm 2025)": kind, number and date as the document has them. */
  planDocument: string;
  illustrative: boolean;
  year: number | null;
  everyYear: boolean;
  comparator: Comparator | null;
  threshold: string | null;
  binds: 'unit' | 'below' | 'both';
  wording: string;
  clause: string;
  denominatorWording: string | null;
};

/** A version of a plan, which never changes: its targets by the position of their indicator. */
export type Plan = { versionId: number; targets: ReadonlyMap<number, readonly StandingTarget[]> };
/** The plans in force of units, the newest first. */
export type PlansInForce = ReadonlyMap<number, readonly Plan[]>;

const TARGET = `
  select v.id as "versionId", v.unit_id as "unitId", i.position, pl.key as "planKey", v.title as "planTitle",
    concat(upper(left(v.body->>'document', 1)), substr(v.body->>'document', 2), ' số ' || v.number, ' (' || v.issued_wording || ')') as "planDocument",
    v.illustrative, t.year, t.every_year as "everyYear", t.comparator, t.threshold::text, t.binds, t.wording, t.clause,
    t.denominator_wording as "denominatorWording"
  from plan_version v join plan pl on pl.id = v.plan_id
  join target t on t.plan_version_id = v.id join indicator i on i.id = t.indicator_id`;
const IN_FORCE = `v.recorded_from <= $3::timestamptz and (v.recorded_to is null or v.recorded_to > $3::timestamptz)`;
const NEWEST_FIRST = 'v.unit_id, v.issued_on desc nulls last, v.id desc';

type Line = StandingTarget & { versionId: number };

/** How many plans are kept: all of a province's communes several times over. */
const MOST_KEPT = 1000;
const kept = new WeakMap<object, Recent<number, Plan>>();

/** The plans in force that were issued by these units. */
export async function plansOf(
  db: Db,
  unitIds: readonly number[],
  programmeId: number,
  at: Instant,
): Promise<PlansInForce> {
  const versions = await rows<{ id: number; unitId: number }>(
    db,
    `select v.id, v.unit_id as "unitId" from plan_version v join plan pl on pl.id = v.plan_id
     where v.unit_id = any($1) and pl.programme_id = $2 and ${IN_FORCE} order by ${NEWEST_FIRST}`,
    [unitIds, programmeId, at],
  );
  const known = kept.get(db) ?? new Recent<number, Plan>(MOST_KEPT);
  kept.set(db, known);
  const here = new Map<number, Plan>();
  for (const { id } of versions) {
    const plan = known.get(id);
    if (plan) here.set(id, plan);
  }
  const unknown = versions.filter(({ id }) => !here.has(id)).map(({ id }) => id);
  if (unknown.length > 0) {
    const lines = await rows<Line>(db, `${TARGET} where v.id = any($1) order by v.id, t.id`, [unknown]);
    const read = grouped(lines, ({ versionId }) => versionId);
    for (const versionId of unknown) {
      const plan: Plan = { versionId, targets: grouped(read.get(versionId) ?? [], ({ position }) => position) };
      here.set(versionId, plan);
      known.set(versionId, plan);
    }
  }
  const plans = new Map<number, Plan[]>();
  for (const { id, unitId } of versions) plans.set(unitId, [...(plans.get(unitId) ?? []), here.get(id)!]);
  return plans;
}

/** All targets of those plans, one by one. @param programme its code */
export async function targetsOf(
  db: Db,
  unitIds: readonly number[],
  programme: string,
  at: Instant,
): Promise<StandingTarget[]> {
  const found = await row<{ id: number }>(db, 'select id from programme where code = $1', [programme]);
  const plans = found ? await plansOf(db, unitIds, found.id, at) : new Map<number, Plan[]>();
  return [...plans.values()].flatMap((ofUnit) => ofUnit.flatMap(({ targets }) => [...targets.values()].flat()));
}

/** The same for one indicator of very many units, whose plans as a whole would be 25 times as much to read. */
export async function plansOn(
  db: Db,
  indicator: { id: number },
  unitIds: readonly number[],
  at: Instant,
): Promise<PlansInForce> {
  const lines = await rows<Line>(
    db,
    `${TARGET} where t.indicator_id = $1 and v.unit_id = any($2) and ${IN_FORCE} order by ${NEWEST_FIRST}, t.id`,
    [indicator.id, unitIds, at],
  );
  const plans = new Map<number, Plan[]>();
  for (const [versionId, targets] of grouped(lines, (line) => line.versionId)) {
    const { unitId, position } = targets[0]!;
    plans.set(unitId, [...(plans.get(unitId) ?? []), { versionId, targets: new Map([[position, targets]]) }]);
  }
  return plans;
}

function grouped<K, V>(items: readonly V[], keyOf: (item: V) => K): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
