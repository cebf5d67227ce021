/**
 * The SQL of the totals: sums per parent from its cells by primary key, a commune's own figures from the version that
 * stands, and the targets in force. Reads only, each for an
 * instant: what was recorded up to it, nothing later (docs/semantics.md §4).
 */
import { type Db, type Instant, rows } from '#core';
import type { Comparator } from './fraction.js';

export type Basis = 'accepted' | 'received';

export type TotalIndicator = {
  id: number;
  position: number;
  code: string;
  name: string;
  kind: 'ratio' | 'flow' | 'stock' | 'milestone' | 'text';
  overTime: 'latest' | 'sum' | 'once' | 'yearly' | 'kept' | 'by_round';
  unitLabel: string | null;
  numerator: string | null;
  denominator: string | null;
  clause: string | null;
  scale: number;
  firstRound: string;
};

export type TotalUnit = {
  id: number;
  code: string;
  level: number;
  kind: string;
  name: string;
  parentId: number | null;
};

/** Sums of one unit in one round, by position − 1. A unit that reports itself has expected 1 or 0. */
export type Vector = {
  unitId: number;
  round: string;
  closed: boolean;
  expected: number;
  reported: number;
  n: string[];
  d: string[];
  valued: number[];
  estimated: number[];
  notApplicable: number[];
  missing: number[];
  /** Last accepted denominators of the units without a value, summed, and how many such units have none. */
  open: string[];
  unknown: number[];
};

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

export function indicatorsOf(db: Db, programme: string): Promise<TotalIndicator[]> {
  return rows<TotalIndicator>(
    db,
    `select i.id, i.position, i.code, i.name, i.kind, i.over_time as "overTime", i.unit_label as "unitLabel",
            i.numerator, i.denominator, i.clause, i.scale, i.first_round as "firstRound"
     from indicator i join programme p on p.id = i.programme_id where p.code = $1 order by i.position`,
    [programme],
  );
}

/** Rounds opened by the instant, among those wanted, oldest first. */
export function openedRounds(
  db: Db,
  programme: string,
  codes: string[],
  at: Instant,
): Promise<{ id: number; code: string }[]> {
  return rows<{ id: number; code: string }>(
    db,
    `select r.id, r.code from round r join programme p on p.id = r.programme_id
     where p.code = $1 and r.code = any($2) and r.opened_at <= $3::timestamptz order by r.data_to`,
    [programme, codes, at],
  );
}

// A cell as it stood at $4: itself if it has not moved since, else the last entry of its history up to then.
const CELL_THEN = `(
    select k.expected, k.reported, k.n, k.d, k.valued, k.estimated, k.not_applicable, k.missing, k.open, k.unknown
    where k.recorded_at <= $4::timestamptz
    union all
    select h.* from (
      select h.expected, h.reported, h.n, h.d, h.valued, h.estimated, h.not_applicable, h.missing, h.open, h.unknown
      from cell_history h
      where k.recorded_at > $4::timestamptz and h.round_id = k.round_id and h.parent_id = k.parent_id and h.basis = k.basis
        and h.recorded_at <= $4::timestamptz
      order by h.recorded_at desc limit 1
    ) h
  )`;

const CLOSED_THEN = `exists (select from closing c where c.round_id = k.round_id and c.parent_id = k.parent_id
    and c.closed_at <= $4::timestamptz and (c.reopened_at is null or c.reopened_at > $4::timestamptz))`;

/** Sums of provinces (or of any unit that collects), one row per unit and round. */
export function cellVectors(
  db: Db,
  unitIds: number[],
  roundIds: number[],
  basis: Basis,
  at: Instant,
): Promise<Vector[]> {
  return rows<Vector>(
    db,
    `select k.parent_id as "unitId", r.code as round, ${CLOSED_THEN} as closed, t.expected, t.reported,
       t.n, t.d, t.valued, t.estimated, t.not_applicable as "notApplicable", t.missing, t.open, t.unknown
     from cell k join round r on r.id = k.round_id cross join lateral ${CELL_THEN} t
     where k.round_id = any($2) and k.parent_id = any($1) and k.basis = $3`,
    [unitIds, roundIds, basis, at],
  );
}

/** The nation in each round: the sum of its provinces' cells, never a row of its own. */
export function nationVectors(
  db: Db,
  nationId: number,
  roundIds: number[],
  basis: Basis,
  at: Instant,
): Promise<Vector[]> {
  return rows<Vector>(
    db,
    `with standing as (
       select k.round_id, ${CLOSED_THEN} as closed, t.*
       from cell k cross join lateral ${CELL_THEN} t where k.round_id = any($2) and k.basis = $3
     ), slots as (
       select s.round_id, f.slot, sum(f.n)::text as n, sum(f.d)::text as d, sum(f.valued)::int as valued,
              sum(f.estimated)::int as estimated, sum(f.not_applicable)::int as not_applicable, sum(f.missing)::int as missing,
              sum(f.open)::text as open, sum(f.unknown)::int as unknown
       from standing s cross join lateral unnest(s.n, s.d, s.valued, s.estimated, s.not_applicable, s.missing, s.open, s.unknown)
         with ordinality as f (n, d, valued, estimated, not_applicable, missing, open, unknown, slot)
       group by s.round_id, f.slot
     ), arrays as (
       select round_id, array_agg(n order by slot) as n, array_agg(d order by slot) as d, array_agg(valued order by slot) as valued,
              array_agg(estimated order by slot) as estimated, array_agg(not_applicable order by slot) as not_applicable,
              array_agg(missing order by slot) as missing, array_agg(open order by slot) as open, array_agg(unknown order by slot) as unknown
       from slots group by round_id
     ), heads as (
       select round_id, bool_and(closed) as closed, sum(expected)::int as expected, sum(reported)::int as reported
       from standing group by round_id
     )
     select $1::int as "unitId", r.code as round, h.closed, h.expected, h.reported, coalesce(a.n, '{}') as n, coalesce(a.d, '{}') as d,
       coalesce(a.valued, '{}') as valued, coalesce(a.estimated, '{}') as estimated,
       coalesce(a.not_applicable, '{}') as "notApplicable", coalesce(a.missing, '{}') as missing, coalesce(a.open, '{}') as open, coalesce(a.unknown, '{}') as unknown
     from heads h join round r on r.id = h.round_id left join arrays a on a.round_id = h.round_id`,
    [nationId, roundIds, basis, at],
  );
}

/** The version of obligation `o` that stood on a basis at an instant, as a join. */
const standingThen = (
  basis: string,
  at: string,
) => `left join standing st on st.obligation_id = o.id and st.basis = ${basis}
       and st.recorded_from <= ${at}::timestamptz and (st.recorded_to is null or st.recorded_to > ${at}::timestamptz)
     left join report_version v on v.id = st.version_id`;

/** What communes themselves reported, in the shape of sums over one unit. Units without an obligation give no row. */
export function reportVectors(
  db: Db,
  unitIds: number[],
  roundIds: number[],
  basis: Basis,
  at: Instant,
): Promise<Vector[]> {
  return rows<Vector>(
    db,
    `select o.unit_id as "unitId", r.code as round, ${CLOSED_THEN.replaceAll('k.', 'o.')} as closed, 1 as expected,
       (v.id is not null)::int as reported, k.n, k.d, k.valued, k.estimated, k.not_applicable as "notApplicable", k.missing, k.open, k.unknown
     from obligation o
     join round r on r.id = o.round_id
     ${standingThen('$3', '$4')}
     cross join lateral (
       select array_agg(f.n order by f.slot) as n, array_agg(f.d order by f.slot) as d,
              array_agg(f.valued order by f.slot) as valued, array_agg(f.estimated order by f.slot) as estimated,
              array_agg(f.not_applicable order by f.slot) as not_applicable, array_agg(f.missing order by f.slot) as missing,
              array_agg(f.open order by f.slot) as open, array_agg(f.unknown order by f.slot) as unknown
       from contribution(r.kinds, v.n, v.d, v.s, st.carry) f
     ) k
     where o.round_id = any($2) and o.unit_id = any($1) and st.obligation_id is not null`,
    [unitIds, roundIds, basis, at],
  );
}

/** Targets of the plans in force that were issued by these units. */
export function targetsOf(db: Db, unitIds: number[], programme: string, at: Instant): Promise<StandingTarget[]> {
  return rows<StandingTarget>(
    db,
    `select v.unit_id as "unitId", i.position, pl.key as "planKey", v.title as "planTitle",
            concat(upper(left(v.body->>'document', 1)), substr(v.body->>'document', 2), ' số ' || v.number, ' (' || v.issued_wording || ')') as "planDocument", v.illustrative,
            t.year, t.every_year as "everyYear", t.comparator, t.threshold::text, t.binds, t.wording, t.clause,
            t.denominator_wording as "denominatorWording"
     from plan_version v
     join plan pl on pl.id = v.plan_id join programme p on p.id = pl.programme_id
     join target t on t.plan_version_id = v.id join indicator i on i.id = t.indicator_id
     where v.unit_id = any($1) and p.code = $2
       and v.recorded_from <= $3::timestamptz and (v.recorded_to is null or v.recorded_to > $3::timestamptz)
     order by v.unit_id, v.issued_on desc nulls last, v.id desc, t.id`,
    [unitIds, programme, at],
  );
}
