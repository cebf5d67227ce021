/**
 * The SQL of the totals: the frame of a question, sums per parent from its cells by primary key, and a unit's own figures
 * from the version that stands. Reads only, each for an instant: what was recorded up to it, nothing later
 * (docs/semantics.md §4). Sums travel as one text of PostgreSQL's own arrays: a third of the work of rows or JSON.
 */
import { type Db, type Instant, Problem, row } from '#core';
import { EDITION, formOf, type Indicator } from '#programmes';
import { contribution, type Kinds, type Vector } from './vector.js';

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

const SLOTS = 'n, d, valued, estimated, not_applicable, missing, open, unknown'.split(', ');
const slotsOf = (of: string) => SLOTS.map((slot) => `${of}.${slot}`).join(', ');

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

/** Sums of a unit from its line: unit, round, closed, expected, reported, then the slots. */
function summed(text: string, { code }: AskedRound): Vector {
  const line = numbersIn(text);
  const [unitId, , closed, expected, reported] = line as number[];
  const [n, d, valued, estimated, notApplicable, missing, open, unknown] = line.slice(5) as number[][];
  return {
    unitId: unitId!,
    round: code,
    closed: closed === 1,
    expected: expected!,
    reported: reported!,
    n: n!,
    d: d!,
    valued: valued!,
    estimated: estimated!,
    notApplicable: notApplicable!,
    missing: missing!,
    open: open!,
    unknown: unknown!,
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
    `select string_agg(concat_ws(',', k.parent_id, k.round_id, (${CLOSED_THEN})::int, t.expected, t.reported, ${slotsOf('t')}), ';') as lines
     from cell k cross join lateral ${CELL_THEN} t
     where k.round_id = any($2) and k.parent_id = any($1) and k.basis = $3`,
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
       from cell k join org_unit p on p.id = k.parent_id and p.level = 1 cross join lateral ${CELL_THEN} t
       where k.round_id = any($2) and k.basis = $3
     ), slots as (
       select s.round_id, f.slot, ${SLOTS.map((slot) => `sum(f.${slot})::bigint as ${slot}`).join(', ')}
       from standing s cross join lateral unnest(${slotsOf('s')}) with ordinality as f (${SLOTS.join(', ')}, slot)
       group by s.round_id, f.slot
     ), arrays as (
       select round_id, ${SLOTS.map((slot) => `array_agg(${slot} order by slot) as ${slot}`).join(', ')}
       from slots group by round_id
     ), heads as (
       select round_id, bool_and(closed) as closed, sum(expected) as expected, sum(reported) as reported
       from standing group by round_id
     )
     select string_agg(concat_ws(',', $1::int, h.round_id, h.closed::int, h.expected, h.reported,
       ${SLOTS.map((slot) => `coalesce(a.${slot}, '{}')`).join(', ')}), ';') as lines
     from heads h left join arrays a on a.round_id = h.round_id`,
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
