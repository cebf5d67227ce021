/**
 * The SQL of questions on one indicator: the one slot of every commune below a unit, round by round, from what stood at
 * an instant; who owes a round, and under which province, is what stood then too. Slot by slot the contribution is the
 * one that cells are made of (contribution), so what is ranked here adds up to the totals.
 */
import { type Db, type Instant, row, rows } from '#core';
import { contribution } from '#reporting';
import type { AskedRound, Basis, TotalUnit } from './reads.js';
import type { Vector } from './vector.js';

/** One unit in one round: a vector of a single slot. */
export type UnitSlot = { unit: { id: number; code: string; parentId: number }; vector: Vector };

/** A round of the question: in which provinces it is closed, by id. */
export type RankedRound = AskedRound & { closedIn: ReadonlySet<number> };

/** id, code, parent, round, reported, then the figure: n, d, state and what is carried over. */
type Line = [number, string, number, number, number, number | null, number | null, number | null, number | null];

/**
 * The slot of every commune that owes one of the rounds, in the order of codes and then of rounds, oldest first.
 * @param provinceId of the communes; null for all of the nation's
 * @param asked oldest first
 */
export async function unitSlots(
  db: Db,
  provinceId: number | null,
  asked: readonly RankedRound[],
  position: number,
  basis: Basis,
  at: Instant,
): Promise<UnitSlot[]> {
  // One value instead of thousands of rows: reading them is most of the work of such an answer.
  const found = await row<{ lines: string | null }>(
    db,
    `select string_agg(concat('[', o.unit_id, ',"', u.code, '",', o.parent_id, ',', o.round_id, ',', (st.version_id is not null)::int, ',',
         coalesce(v.n[$2]::text, 'null'), ',', coalesce(v.d[$2]::text, 'null'), ',', coalesce(v.s[$2]::text, 'null'), ',',
         coalesce(st.carry[$2]::text, 'null'), ']'), ',' order by u.code collate "C", r.data_to) as lines
     from obligation o
     join round r on r.id = o.round_id
     join org_unit u on u.id = o.unit_id and u.level = 2
     join standing st on st.obligation_id = o.id and st.basis = $3
       and st.recorded_from <= $4::timestamptz and (st.recorded_to is null or st.recorded_to > $4::timestamptz)
     left join report_version v on v.id = st.version_id
     where o.round_id = any($1) ${provinceId === null ? '' : 'and o.parent_id = $5'}`,
    [asked.map(({ id }) => id), position, basis, at, ...(provinceId === null ? [] : [provinceId])],
  );
  const rounds = new Map(asked.map((round) => [round.id, round]));
  const lines: Line[] = JSON.parse(`[${found?.lines ?? ''}]`);
  return lines.map(([id, code, parentId, roundId, reported, n, d, state, carry]) => {
    const round = rounds.get(roundId)!;
    const figure = { n: [n], d: [d], s: [state ?? -1], carry: [carry] };
    return {
      unit: { id, code, parentId },
      vector: {
        unitId: id,
        round: round.code,
        closed: round.closedIn.has(parentId),
        expected: 1,
        reported,
        ...contribution([round.kinds[position - 1] ?? ''], figure),
      },
    };
  });
}

/** In which provinces each of the rounds was closed at the instant. */
export async function withClosings(db: Db, rounds: readonly AskedRound[], at: Instant): Promise<RankedRound[]> {
  const found = await rows<{ roundId: number; parentId: number }>(
    db,
    `select c.round_id as "roundId", c.parent_id as "parentId" from closing c
     where c.round_id = any($1) and c.closed_at <= $2::timestamptz and (c.reopened_at is null or c.reopened_at > $2::timestamptz)`,
    [rounds.map(({ id }) => id), at],
  );
  return rounds.map((round) => ({
    ...round,
    closedIn: new Set(found.flatMap(({ roundId, parentId }) => (roundId === round.id ? parentId : []))),
  }));
}

/**
 * Units by id, under the name they bore at the end of a round's data window (one founded later: its first name), as known
 * at the instant.
 * @param ids null for all communes and their provinces
 */
export async function namesOf(
  db: Db,
  ids: readonly number[] | null,
  roundId: number,
  at: Instant,
): Promise<Map<number, TotalUnit>> {
  const found = await rows<TotalUnit>(
    db,
    `select distinct on (u.id) u.id, u.code, u.level, s.kind, s.name, s.parent_id as "parentId"
     from round r
     join org_unit_state s on s.recorded_from <= $2::timestamptz and (s.recorded_to is null or s.recorded_to > $2::timestamptz)
     join org_unit u on u.id = s.unit_id and u.level <= 2
     where r.id = $1 ${ids ? 'and u.id = any($3)' : ''}
     order by u.id, s.valid_from > r.data_to, abs(r.data_to - s.valid_from)`,
    [roundId, at, ...(ids ? [ids] : [])],
  );
  return new Map(found.map((unit) => [unit.id, unit]));
}

/** The half-year before another, the last one opened by the instant. */
export function roundBefore(db: Db, roundId: number, at: Instant): Promise<AskedRound | undefined> {
  return row<AskedRound>(
    db,
    `select b.id, b.code, b.kinds from round r
     join round b on b.programme_id = r.programme_id and b.year is not null and b.data_to < r.data_to
     where r.id = $1 and b.opened_at <= $2::timestamptz order by b.data_to desc limit 1`,
    [roundId, at],
  );
}
