/**
 * The SQL of questions on one indicator: the one slot of every commune below a unit, round by round, from what stood at
 * an instant; who owes a round, and under which province, is what stood then too. Slot by slot the contribution is the
 * one that cells are made of (migrations/…-reporting-functions.sql), so what is ranked here adds up to the totals.
 */
import { type Db, type Instant, row, rows } from '#core';
import type { Basis, TotalUnit, Vector } from './reads.js';

/** A unit under the name it bore on the round's due day, as known at the instant asked for. */
export type NamedUnit = TotalUnit & { parentId: number };

/** One unit in one round: a vector of a single slot. */
export type UnitSlot = { unit: NamedUnit; vector: Vector };

type SlotRow = Omit<NamedUnit, 'id'> &
  Pick<Vector, 'unitId' | 'round' | 'closed' | 'reported'> & {
    n: string | null;
    d: string | null;
    valued: number;
    estimated: number;
    notApplicable: number;
    missing: number;
    open: string | null;
    unknown: number;
  };

/**
 * The slot of every commune that owes one of the rounds, in the order of codes and then of rounds, oldest first.
 * @param provinceId of the communes; null for all of the nation's
 */
export async function unitSlots(
  db: Db,
  provinceId: number | null,
  roundIds: number[],
  position: number,
  basis: Basis,
  at: Instant,
): Promise<UnitSlot[]> {
  const found = await rows<SlotRow>(
    db,
    `select o.unit_id as "unitId", o.parent_id as "parentId", u.code, u.level, s.kind, coalesce(s.name, u.code) as name, r.code as round,
       exists (select from closing c where c.round_id = o.round_id and c.parent_id = o.parent_id
         and c.closed_at <= $5::timestamptz and (c.reopened_at is null or c.reopened_at > $5::timestamptz)) as closed,
       (st.version_id is not null)::int as reported,
       f.n, f.d, coalesce(f.valued, 0) as valued, coalesce(f.estimated, 0) as estimated,
       coalesce(f.not_applicable, 0) as "notApplicable", coalesce(f.missing, 0) as missing,
       f.open, coalesce(f.unknown, 0) as unknown
     from obligation o
     join round r on r.id = o.round_id
     join org_unit u on u.id = o.unit_id
     join standing st on st.obligation_id = o.id and st.basis = $4
       and st.recorded_from <= $5::timestamptz and (st.recorded_to is null or st.recorded_to > $5::timestamptz)
     left join report_version v on v.id = st.version_id
     left join lateral contribution(r.kinds[$3:$3], v.n[$3:$3], v.d[$3:$3], v.s[$3:$3], st.carry[$3:$3]) f on true
     left join lateral (
       select s.kind, s.name from org_unit_state s
       where s.unit_id = o.unit_id and s.valid_from <= o.due_on
         and s.recorded_from <= $5::timestamptz and (s.recorded_to is null or s.recorded_to > $5::timestamptz)
       order by s.valid_from desc limit 1
     ) s on true
     where o.round_id = any($2) and ($1::int is null or o.parent_id = $1)
     order by u.code collate "C", r.data_to`,
    [provinceId, roundIds, position, basis, at],
  );
  return found.map(({ unitId, parentId, code, level, kind, name, ...slot }) => ({
    unit: { id: unitId, parentId, code, level, kind, name },
    vector: {
      unitId,
      round: slot.round,
      closed: slot.closed,
      expected: 1,
      reported: slot.reported,
      n: [slot.n ?? '0'],
      d: [slot.d ?? '0'],
      valued: [slot.valued],
      estimated: [slot.estimated],
      notApplicable: [slot.notApplicable],
      missing: [slot.missing],
      open: [slot.open ?? '0'],
      unknown: [slot.unknown],
    },
  }));
}

/** The provinces that collect one of the rounds, by id, under the names they bore at the end of its data window. */
export async function collectors(db: Db, roundIds: number[], at: Instant): Promise<Map<number, TotalUnit>> {
  const found = await rows<TotalUnit>(
    db,
    `select u.id, u.code, u.level, s.kind, coalesce(s.name, u.code) as name, s.parent_id as "parentId"
     from (
       select c.parent_id, max(r.data_to) as day from collection c join round r on r.id = c.round_id
       where c.round_id = any($1) group by c.parent_id
     ) k
     join org_unit u on u.id = k.parent_id
     left join lateral (
       select s.kind, s.name, s.parent_id from org_unit_state s
       where s.unit_id = u.id and s.valid_from <= k.day
         and s.recorded_from <= $2::timestamptz and (s.recorded_to is null or s.recorded_to > $2::timestamptz)
       order by s.valid_from desc limit 1
     ) s on true`,
    [roundIds, at],
  );
  return new Map(found.map((unit) => [unit.id, unit]));
}

/** The half-year opened last before another, if there was one by the instant. */
export function roundBefore(db: Db, roundId: number, at: Instant): Promise<{ id: number; code: string } | undefined> {
  return row<{ id: number; code: string }>(
    db,
    `select b.id, b.code from round r
     join round b on b.programme_id = r.programme_id and b.year is not null and b.data_to < r.data_to
     where r.id = $1 and b.opened_at <= $2::timestamptz order by b.data_to desc limit 1`,
    [roundId, at],
  );
}
