/**
 * The SQL of questions on one indicator: the one slot of every commune below a unit, round by round, from what stood at
 * an instant; who owes a round, and under which province, is what stood then too. Slot by slot the contribution is the
 * one that cells are made of (migrations/…-reporting-functions.sql), so what is ranked here adds up to the totals.
 */
import { type Db, type Instant, row, rows } from '#core';
import type { Basis, StandingTarget, TotalUnit, Vector } from './reads.js';

/** One unit in one round: a vector of a single slot. */
export type UnitSlot = { unit: { id: number; code: string; parentId: number }; vector: Vector };

/** id, code, parent, round, reported, then the slot: n, d, valued, estimated, not applicable, missing, open, unknown. */
type Line = [number, string, number, number, number, string, string, number, number, number, number, string, number];

/** A round of the question: in which provinces it is closed, by id. */
export type AskedRound = { id: number; code: string; closedIn: ReadonlySet<number> };

/**
 * The slot of every commune that owes one of the rounds, in the order of codes and then of rounds, oldest first.
 * @param provinceId of the communes; null for all of the nation's
 * @param asked oldest first
 */
export async function unitSlots(
  db: Db,
  provinceId: number | null,
  asked: readonly AskedRound[],
  position: number,
  basis: Basis,
  at: Instant,
): Promise<UnitSlot[]> {
  // One value instead of thousands of rows: reading it is most of the work of such an answer.
  const found = await row<{ lines: string | null }>(
    db,
    `with owing as (
       select row_number() over (order by u.code collate "C", r.data_to) as place, o.unit_id, u.code, o.parent_id, o.round_id,
         (st.version_id is not null)::int as reported,
         r.kinds[$3] as kind, v.n[$3] as n, v.d[$3] as d, v.s[$3] as s, st.carry[$3] as carry
       from obligation o
       join round r on r.id = o.round_id
       join org_unit u on u.id = o.unit_id
       join lateral (
         select st.version_id, st.carry from standing st
         where st.obligation_id = o.id and st.basis = $4
           and st.recorded_from <= $5::timestamptz and (st.recorded_to is null or st.recorded_to > $5::timestamptz)
         order by st.recorded_from desc limit 1
       ) st on true
       left join report_version v on v.id = st.version_id
       where o.round_id = any($2) and ($1::int is null or o.parent_id = $1)
     ), slots as (
       select f.* from (
         select array_agg(kind order by place) as kinds, array_agg(n order by place) as n, array_agg(d order by place) as d,
           array_agg(s order by place) as s, array_agg(carry order by place) as carry
         from owing
       ) a cross join lateral contribution(a.kinds, a.n, a.d, a.s, a.carry) f
     )
     select json_agg(json_build_array(o.unit_id, o.code, o.parent_id, o.round_id, o.reported,
       coalesce(f.n, 0)::text, coalesce(f.d, 0)::text, coalesce(f.valued, 0), coalesce(f.estimated, 0),
       coalesce(f.not_applicable, 0), coalesce(f.missing, 0), coalesce(f.open, 0)::text, coalesce(f.unknown, 0)
       ) order by o.place)::text as lines
     from owing o join slots f on f.slot = o.place`,
    [provinceId, asked.map(({ id }) => id), position, basis, at],
  );
  const rounds = new Map(asked.map((round) => [round.id, round]));
  const lines: Line[] = JSON.parse(found?.lines ?? '[]');
  return lines.map(([id, code, parentId, roundId, reported, n, d, valued, estimated, none, missing, open, unknown]) => {
    const round = rounds.get(roundId)!;
    return {
      unit: { id, code, parentId },
      vector: {
        unitId: id,
        round: round.code,
        closed: round.closedIn.has(parentId),
        expected: 1,
        reported,
        n: [n],
        d: [d],
        valued: [valued],
        estimated: [estimated],
        notApplicable: [none],
        missing: [missing],
        open: [open],
        unknown: [unknown],
      },
    };
  });
}

/** In which provinces each of the rounds was closed at the instant. */
export async function withClosings(
  db: Db,
  rounds: readonly { id: number; code: string }[],
  at: Instant,
): Promise<AskedRound[]> {
  const found = await rows<{ roundId: number; parentId: number }>(
    db,
    `select c.round_id as "roundId", c.parent_id as "parentId" from closing c
     where c.round_id = any($1) and c.closed_at <= $2::timestamptz and (c.reopened_at is null or c.reopened_at > $2::timestamptz)`,
    [rounds.map(({ id }) => id), at],
  );
  return rounds.map(({ id, code }) => ({
    id,
    code,
    closedIn: new Set(found.flatMap(({ roundId, parentId }) => (roundId === id ? parentId : []))),
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
     join org_unit_state s on s.recorded_from <= $3::timestamptz and (s.recorded_to is null or s.recorded_to > $3::timestamptz)
     join org_unit u on u.id = s.unit_id and u.level <= 2
     where r.id = $1 and ($2::int[] is null or u.id = any($2))
     order by u.id, s.valid_from > r.data_to, abs(r.data_to - s.valid_from)`,
    [roundId, ids, at],
  );
  return new Map(found.map((unit) => [unit.id, unit]));
}

/** Of targetsOf, those on one indicator: where every commune has its own plan, all of them would be 25 times as many. */
export function targetsOn(
  db: Db,
  indicator: { id: number },
  unitIds: readonly number[],
  at: Instant,
): Promise<StandingTarget[]> {
  return rows<StandingTarget>(
    db,
    `select v.unit_id as "unitId", i.position, pl.key as "planKey", v.title as "planTitle",
       concat(upper(left(v.body->>'document', 1)), substr(v.body->>'document', 2), ' số ' || v.number, ' (' || v.issued_wording || ')') as "planDocument",
       v.illustrative, t.year, t.every_year as "everyYear", t.comparator, t.threshold::text, t.binds, t.wording, t.clause,
       t.denominator_wording as "denominatorWording"
     from target t join indicator i on i.id = t.indicator_id
     join plan_version v on v.id = t.plan_version_id join plan pl on pl.id = v.plan_id
     where t.indicator_id = $1 and v.unit_id = any($2)
       and v.recorded_from <= $3::timestamptz and (v.recorded_to is null or v.recorded_to > $3::timestamptz)
     order by v.unit_id, v.issued_on desc nulls last, v.id desc, t.id`,
    [indicator.id, unitIds, at],
  );
}

/** The half-year before another, the last one opened by the instant. */
export function roundBefore(db: Db, roundId: number, at: Instant): Promise<{ id: number; code: string } | undefined> {
  return row<{ id: number; code: string }>(
    db,
    `select b.id, b.code from round r
     join round b on b.programme_id = r.programme_id and b.year is not null and b.data_to < r.data_to
     where r.id = $1 and b.opened_at <= $2::timestamptz order by b.data_to desc limit 1`,
    [roundId, at],
  );
}
