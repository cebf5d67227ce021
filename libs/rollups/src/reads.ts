/**
 * The SQL of the totals: the frame of a question, sums per parent from its cells by primary key, and a unit's own figures
 * from the version that stands. Reads only, each for an instant: what was recorded up to it, nothing later
 * (docs/semantics.md §4). Sums and reports travel as one text of PostgreSQL's own: a third of the work of rows or JSON.
 */
import { type Db, type Instant, Problem, row } from '#core';
import { EDITION, formOf, type Indicator } from '#programmes';
import { contribution, figuresIn, type Kinds } from '#reporting';
import type { Vector } from './vector.js';

export type Basis = 'accepted' | 'received';
export type TotalIndicator = Omit<Indicator, 'notApplicableAllowed'>;

export type TotalUnit = {
  id: number;
  code: string;
  level: number;
  kind: string;
  name: string;
  parentId: number | null;
};

export type AskedRound = { id: number; code: string; kinds: Kinds };

/** A programme's form, and the rounds among those wanted that were opened by the instant, oldest first. */
export async function programmeAt(
  db: Db,
  code: string,
  rounds: readonly string[],
  at: Instant,
): Promise<{ id: number; edition: string; indicators: readonly TotalIndicator[]; rounds: AskedRound[] }> {
  const found = await row<{ id: number; edition: string; rounds: AskedRound[] }>(
    db,
    `select p.id, ${EDITION} as edition, (
       select coalesce(json_agg(json_build_object('id', r.id, 'code', r.code, 'kinds', r.kinds) order by r.data_to), '[]')
       from round r where r.programme_id = p.id and r.code = any($2) and r.opened_at <= $3::timestamptz) as rounds
     from programme p where p.code = $1`,
    [code, rounds, at],
  );
  const indicators = found ? await formOf(db, found.id, found.edition) : [];
  if (!found || indicators.length === 0) throw new Problem('programme.not_found', { code });
  return { ...found, indicators };
}

// A cell as it stood at $4: its newest row up to then.
const CELL_THEN = `(
    select h.expected, h.reported, h.sums from cell h
    where h.round_id = k.round_id and h.parent_id = k.parent_id and h.basis = $3 and h.recorded_at <= $4::timestamptz
    order by h.recorded_at desc limit 1
  )`;

const CLOSED_THEN = `exists (select from closing c where c.round_id = k.round_id and c.parent_id = k.parent_id
    and c.closed_at <= $4::timestamptz and (c.reopened_at is null or c.reopened_at > $4::timestamptz))`;

/**
 * One unit's sums in one round as PostgreSQL wrote them. The text is everything that `read` gives comes from (with the
 * round's kinds, which never change), so that what follows from the same text need not be worked out twice.
 */
export type Line = { unitId: number; round: string; text: string; read(): Vector };

/** One line of PostgreSQL's arrays: "7,2,0,1,1,{1,NULL},{…}". */
const numbersIn = (text: string): (number | (number | null)[])[] =>
  JSON.parse(`[${text.replaceAll('{', '[').replaceAll('}', ']').replaceAll('NULL', 'null')}]`);

/** Lines joined by ";", each beginning with the ids of unit and round. */
function linesIn(
  text: string | null,
  rounds: readonly AskedRound[],
  read: (text: string, round: AskedRound) => Vector,
) {
  if (!text) return [];
  const byId = new Map(rounds.map((round) => [round.id, round]));
  return text.split(';').map((line): Line => {
    const [unitId, roundId] = line.split(',', 2).map(Number);
    const round = byId.get(roundId!)!;
    return { unitId: unitId!, round: round.code, text: line, read: () => read(line, round) };
  });
}

/** Sums of a unit from its line: unit, round, closed, expected, reported, and the number that holds its figures. */
function summed(text: string, { code, kinds }: AskedRound): Vector {
  const [unitId, , closed, expected, reported, sums = ''] = text.split(',');
  return {
    unitId: Number(unitId),
    round: code,
    closed: closed === '1',
    expected: Number(expected),
    reported: Number(reported),
    ...figuresIn(sums, kinds.length),
  };
}

/** A unit's own report from its line: unit, round, closed, reported, then n, d, s and carry. */
function reportedOnce(text: string, { code, kinds }: AskedRound): Vector {
  const line = numbersIn(text);
  const [unitId, , closed, reported] = line as number[];
  const [n, d, s, carry] = line.slice(4) as [number[], number[], number[], number[]];
  return {
    unitId: unitId!,
    round: code,
    closed: closed === 1,
    expected: 1,
    reported: reported!,
    ...contribution(kinds, { n, d, s, carry }),
  };
}

const idsOf = (rounds: readonly AskedRound[]) => rounds.map(({ id }) => id);

/** Sums of provinces (or of any unit that collects), one for each unit and round. */
export async function cellLines(
  db: Db,
  unitIds: number[],
  rounds: readonly AskedRound[],
  basis: Basis,
  at: Instant,
): Promise<Line[]> {
  const found = await row<{ lines: string | null }>(
    db,
    `select string_agg(concat_ws(',', k.parent_id, k.round_id, (${CLOSED_THEN})::int, t.expected, t.reported, t.sums), ';') as lines
     from (select * from unnest($1::int[]) as p (parent_id) cross join unnest($2::int[]) as r (round_id)) k
     cross join lateral ${CELL_THEN} t`,
    [unitIds, idsOf(rounds), basis, at],
  );
  return linesIn(found!.lines, rounds, summed);
}

/** The nation in each round: the sum of its provinces' cells, never a row of its own. */
export async function nationLines(
  db: Db,
  nationId: number,
  rounds: readonly AskedRound[],
  basis: Basis,
  at: Instant,
): Promise<Line[]> {
  const found = await row<{ lines: string | null }>(
    db,
    `with standing as (
       select k.round_id, ${CLOSED_THEN} as closed, t.*
       from (select p.id as parent_id, r.round_id from org_unit p cross join unnest($2::int[]) as r (round_id) where p.level = 1) k
       cross join lateral ${CELL_THEN} t
     ), sum as (
       select round_id, bool_and(closed) as closed, sum(expected) as expected, sum(reported) as reported, sum(sums) as sums
       from standing group by round_id
     )
     select string_agg(concat_ws(',', $1::int, s.round_id, s.closed::int, s.expected, s.reported, s.sums), ';') as lines
     from sum s`,
    [nationId, idsOf(rounds), basis, at],
  );
  return linesIn(found!.lines, rounds, summed);
}

/** What units themselves reported, in the shape of sums over one unit. Units that owe nothing have none. */
export async function reportLines(
  db: Db,
  unitIds: number[],
  rounds: readonly AskedRound[],
  basis: Basis,
  at: Instant,
): Promise<Line[]> {
  const found = await row<{ lines: string | null }>(
    db,
    `select string_agg(concat_ws(',', o.unit_id, o.round_id, (c.id is not null)::int, (v.id is not null)::int,
       coalesce(v.n, '{}'), coalesce(v.d, '{}'), coalesce(v.s, '{}'), coalesce(st.carry, '{}')), ';') as lines
     from obligation o
     join standing st on st.obligation_id = o.id and st.basis = $3
       and st.recorded_from <= $4::timestamptz and (st.recorded_to is null or st.recorded_to > $4::timestamptz)
     left join report_version v on v.id = st.version_id
     left join closing c on c.round_id = o.round_id and c.parent_id = o.parent_id
       and c.closed_at <= $4::timestamptz and (c.reopened_at is null or c.reopened_at > $4::timestamptz)
     where o.round_id = any($2) and o.unit_id = any($1)`,
    [unitIds, idsOf(rounds), basis, at],
  );
  return linesIn(found!.lines, rounds, reportedOnce);
}
