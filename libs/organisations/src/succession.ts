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
  checkWords(change);
  await db.query('lock table org_unit, org_unit_state in share row exclusive mode');
  const { ids: predecessors, level, parentId } = await predecessorsOf(db, change);
  await checkNothingInTheWay(db, change);
  for (const { kind } of change.successors)
    if (!isUnitKind(kind) || kindLevel(kind) !== level) refuse(`kind: "${kind}"`);

  const recordedAt = await instantOfItsOwn(db, at);
  await rows(
    db,
    `update org_unit_state set valid_to = $2 where recorded_to is null and unit_id = any($1)
       and valid_from < $2 and (valid_to is null or valid_to > $2)`,
    [predecessors, change.effectiveOn],
  );
  const successors: number[] = [];
  for (const successor of change.successors)
    successors.push(await begin(db, successor, { level, parentId, from: change.effectiveOn, recordedAt }));
  // Of a commune that was split nobody knows whose its local units are: they stay with the unit that was.
  if (level === levels.commune && successors.length === 1)
    await moveLocalUnits(db, predecessors, successors[0]!, change.effectiveOn, recordedAt);
  await rows(
    db,
    `insert into succession (predecessor_id, successor_id, effective_on, basis, recorded_at)
     select p, s, $3, $4, $5 from unnest($1::int[]) p cross join unnest($2::int[]) s`,
    [predecessors, successors, change.effectiveOn, change.basis.normalize('NFC'), recordedAt],
  );
  return { parentId };
}

/** What can be told without the map. @throws Problem request.invalid */
function checkWords({ effectiveOn, basis, predecessors, successors }: BoundaryChange): void {
  if (!isDay(effectiveOn)) refuse('effectiveOn: YYYY-MM-DD');
  if (!basis.trim()) refuse('basis');
  if (predecessors.length === 0 || successors.length === 0) refuse('predecessors, successors');
  if (new Set(successors.map(({ code }) => code)).size < successors.length)
    refuse('successors: mã lặp lại / a code is repeated');
  for (const { code, name } of successors) {
    if (!CODE.test(code)) refuse(`successors.code: "${code}"`);
    if (!name.trim() || name.length > LONGEST_NAME || /\p{Cc}/u.test(name))
      refuse(`successors.name: 1–${LONGEST_NAME}`);
  }
}

/** The units that end, as they are on that day. @throws Problem unit.not_found | request.invalid unless they are of one kin */
async function predecessorsOf(
  db: Db,
  change: BoundaryChange,
): Promise<{ ids: number[]; level: number; parentId: number }> {
  const found = await rows<{ id: number; code: string; level: number; parentId: number }>(
    db,
    `select id, code, level, parent_id as "parentId" from org_units_on($2) where code = any($1) order by code`,
    [change.predecessors, change.effectiveOn],
  );
  const lost = change.predecessors.find((code) => !found.some((unit) => unit.code === code));
  if (lost !== undefined) throw new Problem('unit.not_found', { code: lost });
  const { level, parentId } = found[0]!;
  if (found.some((unit) => unit.level !== level || unit.parentId !== parentId))
    refuse('predecessors: one level, one parent');
  return { ids: found.map(({ id }) => id), level, parentId };
}

/** A predecessor with states from that day on, or a successor that exists then without being one. @throws Problem request.invalid */
async function checkNothingInTheWay(db: Db, change: BoundaryChange): Promise<void> {
  const inTheWay = await row<{ code: string }>(
    db,
    `select p.code from org_unit p join org_unit_state s on s.unit_id = p.id and s.recorded_to is null
     where case when p.code = any($2) then s.valid_from >= $3
       else p.code = any($1) and (s.valid_to is null or s.valid_to > $3) end
     order by p.code limit 1`,
    [change.successors.map(({ code }) => code), change.predecessors, change.effectiveOn],
  );
  if (inTheWay)
    refuse(
      change.predecessors.includes(inTheWay.code)
        ? `effectiveOn: "${inTheWay.code}" có thay đổi từ ngày đó trở đi / changes on that day or later`
        : `successors: "${inTheWay.code}" đang tồn tại; nếu tiếp tục, ghi mã vào cả predecessors / exists then; if it goes on, name it among the predecessors too`,
    );
}

/** No two changes share their instant, by which their rows belong together. As text: a Date has milliseconds only. */
async function instantOfItsOwn(db: Db, at: Date | null): Promise<string> {
  const recorded = await row<{ at: string }>(
    db,
    `select greatest(record_instant($1::timestamptz), max(greatest(recorded_from, recorded_to)) + interval '1 microsecond')::text as at
     from org_unit_state`,
    [at],
  );
  return recorded!.at;
}

/** The successor's first state; its code may have been a unit's before. @returns its id @throws Problem request.invalid */
async function begin(
  db: Db,
  successor: Successor,
  as: { level: number; parentId: number; from: string; recordedAt: string },
): Promise<number> {
  const { code, kind } = successor;
  await rows(db, 'insert into org_unit (code, level) values ($1, $2) on conflict do nothing', [code, as.level]);
  const unit = await row<{ id: number; level: number }>(db, 'select id, level from org_unit where code = $1', [code]);
  if (unit!.level !== as.level) refuse(`code: "${code}"`);
  const name = successor.name.normalize('NFC').trim();
  await rows(
    db,
    `insert into org_unit_state (unit_id, kind, name, search, name_key, parent_id, valid_from, recorded_from)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [unit!.id, kind, name, searchKey(name), nameKey(name), as.parentId, as.from, as.recordedAt],
  );
  return unit!.id;
}
