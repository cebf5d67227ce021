/**
 * Which units stand below one, and what they reported, in the boundaries of the report or in today's: a merger hands its
 * predecessors' figures on, a split invents no shares (docs/semantics.md §1, §4).
 */
import { type Db, type Instant, rows } from '#core';
import { type AskedRound, type Basis, type Line, reportLines, type TotalUnit } from './reads.js';
import { plus } from './vector.js';

/**
 * What stands in the place of units today: their own reports and those of the units merged into them, added up unit by
 * unit and round by round. Of a split unit nothing is handed on.
 */
export async function successorLines(
  db: Db,
  unitIds: number[],
  rounds: readonly AskedRound[],
  basis: Basis,
  at: Instant,
  today: string,
): Promise<Line[]> {
  const former = await rows<{ id: number; today: number }>(
    db,
    `select u.id, unit_today(u.id, $3) as today
     from (select unnest($1::int[]) union select predecessor_id from succession) u (id)
     where exists (select from obligation o where o.unit_id = u.id and o.round_id = any($2))`,
    [unitIds, rounds.map(({ id }) => id), today],
  );
  const mine = new Map(former.filter(({ today }) => unitIds.includes(today)).map(({ id, today }) => [id, today]));
  const sums = new Map<string, Line>();
  for (const line of await reportLines(db, [...mine.keys()], rounds, basis, at)) {
    const unitId = mine.get(line.unitId)!;
    const key = `${unitId} ${line.round}`;
    const sofar = sums.get(key);
    const read = () => (sofar ? plus(sofar.read(), line.read()) : { ...line.read(), unitId });
    sums.set(key, { unitId, round: line.round, text: `${sofar ? `${sofar.text}+` : ''}${line.text}`, read });
  }
  return [...sums.values()];
}

/**
 * The units directly below one, by code: of the nation its provinces; of a province those that owed a report in one of the
 * rounds at that instant, or with 'today' what stands in their places.
 */
export function childrenThen(
  db: Db,
  parent: { id: number; level: number },
  roundIds: number[],
  at: Instant,
  on: 'as_reported' | 'today',
  today: string,
): Promise<TotalUnit[]> {
  const columns = 'u.id, u.code, u.level, u.kind, u.name, u.parent_id as "parentId"';
  if (parent.level !== 1)
    return rows<TotalUnit>(
      db,
      `select ${columns} from org_units_on($2) u where u.parent_id = $1 and u.level <= 2 order by u.code`,
      [parent.id, today],
    );
  // Whoever owes now has owed since it was recorded: only of one that no longer does, what stood has to be looked up.
  return rows<TotalUnit>(
    db,
    `select ${columns}
     from (
       select case when $4 = 'today' then unit_today(o.unit_id, $5) else o.unit_id end as id,
         max(case when $4 = 'today' then $5::date else o.due_on end) as day
       from obligation o
       where o.round_id = any($2) and o.parent_id = $1 and o.recorded_at <= $3::timestamptz and (o.state = 'owed' or exists (
         select from standing s where s.obligation_id = o.id and s.recorded_from <= $3::timestamptz
           and (s.recorded_to is null or s.recorded_to > $3::timestamptz)))
       group by 1
     ) c cross join lateral org_unit_known(c.id, c.day) u
     order by u.code`,
    [parent.id, roundIds, at, on, today],
  );
}
