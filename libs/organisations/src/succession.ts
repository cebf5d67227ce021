/**
 * A merger or split on the map: predecessors end, successors begin, and the succession table says who followed whom.
 * History is never rewritten: a state that ends keeps its row with the day it ended (docs/semantics.md §1).
 */
import { type Db, isDay, Problem, row, rows } from '#core';
import { isUnitKind, kindLevel, levels } from './kinds.js';
import { moveLocalUnits } from './local-units.js';
import { nameKey, searchKey } from './normalise.js';

export type Successor = { code: string; name: string; kind: string };
export type BoundaryChange = {
  /** YYYY-MM-DD, the first day on which the successors exist. */
  effectiveOn: string;
  /** The resolution or decision. */
  basis: string;
  /** Codes of units that are merged or split; one that goes on under its code is among the successors too. */
  predecessors: string[];
  successors: Successor[];
};

/** Official codes are digits; a local unit's may have letters and separators. */
const CODE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,19}$/;
const LONGEST_NAME = 200;

const refuse = (reason: string): never => {
  throw new Problem('request.invalid', { reason });
};

/**
 * Records the change of units of one level and one parent. Run inside a transaction.
 * @returns the parent of all of them
 * @throws Problem unit.not_found | request.invalid
 */
export async function recordSuccession(db: Db, change: BoundaryChange, at: Date | null): Promise<{ parentId: number }> {
  if (!isDay(change.effectiveOn)) refuse('effectiveOn: YYYY-MM-DD');
  if (!change.basis.trim()) refuse('basis');
  if (change.predecessors.length === 0 || change.successors.length === 0) refuse('predecessors, successors');
  const codes = change.successors.map((successor) => successor.code);
  if (new Set(codes).size < codes.length) refuse('successors: mã lặp lại / a code is repeated');
  for (const { code, name } of change.successors) {
    if (!CODE.test(code)) refuse(`successors.code: "${code}"`);
    if (!name.trim() || name.length > LONGEST_NAME || /\p{Cc}/u.test(name))
      refuse(`successors.name: 1–${LONGEST_NAME}`);
  }
  await db.query('lock table org_unit, org_unit_state in share row exclusive mode');
  const old = await rows<{ id: number; code: string; level: number; parentId: number }>(
    db,
    `select id, code, level, parent_id as "parentId" from org_units_on($2) where code = any($1) order by code`,
    [change.predecessors, change.effectiveOn],
  );
  const lost = change.predecessors.find((code) => !old.some((unit) => unit.code === code));
  if (lost !== undefined) throw new Problem('unit.not_found', { code: lost });
  const { level, parentId } = old[0]!;
  if (old.some((unit) => unit.level !== level || unit.parentId !== parentId))
    refuse('predecessors: one level, one parent');
  const inTheWay = await row<{ code: string }>(
    db,
    `select p.code from org_unit p join org_unit_state s on s.unit_id = p.id and s.recorded_to is null
     where case when p.code = any($2) then s.valid_from >= $3
       else p.code = any($1) and (s.valid_to is null or s.valid_to > $3) end
     order by p.code limit 1`,
    [codes, change.predecessors, change.effectiveOn],
  );
  if (inTheWay)
    refuse(
      change.predecessors.includes(inTheWay.code)
        ? `effectiveOn: "${inTheWay.code}" có thay đổi từ ngày đó trở đi / changes on that day or later`
        : `successors: "${inTheWay.code}" đang tồn tại; nếu tiếp tục, ghi mã vào cả predecessors / exists then; if it goes on, name it among the predecessors too`,
    );
  for (const successor of change.successors)
    if (!isUnitKind(successor.kind) || kindLevel(successor.kind) !== level) refuse(`kind: "${successor.kind}"`);

  // As text: a Date has milliseconds, and no two changes may share their instant.
  const recorded = await row<{ at: string }>(
    db,
    `select greatest(record_instant($1::timestamptz), max(greatest(recorded_from, recorded_to)) + interval '1 microsecond')::text as at
     from org_unit_state`,
    [at],
  );
  await rows(
    db,
    `update org_unit_state set valid_to = $2 where recorded_to is null and unit_id = any($1)
       and valid_from < $2 and (valid_to is null or valid_to > $2)`,
    [old.map((unit) => unit.id), change.effectiveOn],
  );
  const successors: number[] = [];
  for (const successor of change.successors) {
    const name = successor.name.normalize('NFC').trim();
    await rows(db, 'insert into org_unit (code, level) values ($1, $2) on conflict do nothing', [
      successor.code,
      level,
    ]);
    const unit = await row<{ id: number; level: number }>(db, 'select id, level from org_unit where code = $1', [
      successor.code,
    ]);
    if (unit!.level !== level) refuse(`code: "${successor.code}"`);
    await rows(
      db,
      `insert into org_unit_state (unit_id, kind, name, search, name_key, parent_id, valid_from, recorded_from)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [unit!.id, successor.kind, name, searchKey(name), nameKey(name), parentId, change.effectiveOn, recorded!.at],
    );
    successors.push(unit!.id);
  }
  if (level === levels.commune && successors.length === 1)
    await moveLocalUnits(
      db,
      old.map((unit) => unit.id),
      successors[0]!,
      change.effectiveOn,
      recorded!.at,
    );
  await rows(
    db,
    `insert into succession (predecessor_id, successor_id, effective_on, basis, recorded_at)
     select p, s, $3, $4, $5 from unnest($1::int[]) p cross join unnest($2::int[]) s`,
    [old.map((unit) => unit.id), successors, change.effectiveOn, change.basis.normalize('NFC'), recorded!.at],
  );
  return { parentId };
}
