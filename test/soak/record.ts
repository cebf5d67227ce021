/** The record as a checker reads it: plain rows, instants in microseconds, arrays as numbers exact to 2^53. */
import { type Db, rows } from '#core';

export type Version = {
  id: string;
  obligationId: number;
  number: number;
  state: string;
  n: (number | null)[];
  d: (number | null)[];
  s: number[];
  receivedAt: number;
  lastStep: string;
};
export type Obligation = {
  id: number;
  unitId: number;
  roundId: number;
  collection: string;
  state: string;
  recordedAt: number;
  newestNumber: number;
  newestState: string | null;
  firstReceivedAt: number | null;
  received: string | null;
  accepted: string | null;
  /** YYYY-MM-DD */
  dueOn: string;
};
/** Rounds in the order of their data; `kinds` by position, a milestone's by how it goes over time. */
export type Round = { id: number; year: number | null; kinds: string[]; indicators: string[] };
/** A close of a parent's round; `to` is null while it is in force. */
export type Closing = {
  collection: string;
  roundId: number;
  parent: string;
  at: number;
  to: number | null;
  figures: string;
  sha256: string;
};
/** A later due date granted; days as YYYY-MM-DD. In the order in which they were granted. */
export type Extension = { obligationId: number; dueOn: string; fromDueOn: string };
/** What stands on a basis in an interval: a version or none, and what earlier rounds carry over. */
export type Standing = {
  obligationId: number;
  basis: string;
  versionId: string | null;
  carry: (number | null)[];
  from: number;
  to: number | null;
};
/** Sums of one cell, slot by slot; `at` is null for the cell itself. */
export type Sums = { cell: string; at: number | null; expected: number; reported: number; sums: number[][] };
/** `obligationId` is null for a close or reopening of the whole round. */
export type Step = { collection: string; obligationId: number | null; verb: string; at: number };

export type Written = {
  rounds: Round[];
  versions: Version[];
  obligations: Obligation[];
  standing: Standing[];
  cells: Sums[];
  history: Sums[];
  changes: Change[];
  closings: Closing[];
  extensions: Extension[];
  /** In the order in which they were written. */
  steps: Step[];
};

type Raw<T, K extends keyof T> = Omit<T, K> & { [P in K]: string };

const micros = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint::float8`;
const SUMS = 'k.expected, k.reported, k.sums::text as sums';

/**
 * Everything that was reported to these parents, in the snapshot of the transaction that asks.
 * @param parents ids of the units whose collections are read
 */
export async function readRecord(db: Db, parents: readonly number[]): Promise<Written> {
  const rounds = await rows<Round>(
    db,
    `select r.id, r.year, array_agg(case i.kind when 'milestone' then i.over_time else i.kind end order by i.position) as kinds,
       array_agg(i.code order by i.position) as indicators
     from round r join indicator i on i.programme_id = r.programme_id and i.first_round <= r.code
     group by r.id order by r.data_to`,
  );
  const versions = await rows<Raw<Version, 'n' | 'd' | 's'>>(
    db,
    `select v.id::text, v.obligation_id as "obligationId", v.number::int, v.state, v.n::text, v.d::text, v.s::text,
       ${micros('v.received_at')} as "receivedAt",
       (select t.to_state from step_taken t where t.version_id = v.id order by t.id desc limit 1) as "lastStep"
     from report_version v join obligation o on o.id = v.obligation_id and o.parent_id = any($1)
     order by v.obligation_id, v.number`,
    [parents],
  );
  const obligations = await rows<Obligation>(
    db,
    `select o.id, o.unit_id as "unitId", o.round_id as "roundId", o.round_id || '/' || o.parent_id as collection, o.state, ${micros('o.recorded_at')} as "recordedAt", o.newest_number::int as "newestNumber",
       o.newest_state as "newestState", ${micros('o.first_received_at')} as "firstReceivedAt",
       s.received::text, s.accepted::text, o.due_on::text as "dueOn"
     from obligation o left join lateral (
       select max(b.version_id) filter (where b.basis = 'received') as received, max(b.version_id) filter (where b.basis = 'accepted') as accepted
       from standing b where b.obligation_id = o.id and b.recorded_to is null) s on true
     where o.parent_id = any($1)`,
    [parents],
  );
  const standing = await readStanding(db, parents);
  const cells = await rows<Raw<Sums, 'sums'>>(
    db,
    `select k.round_id || '/' || k.parent_id || '/' || k.basis as cell, null as at, ${SUMS} from cell_now k where k.parent_id = any($1)`,
    [parents],
  );
  const history = await rows<Raw<Sums, 'sums'>>(
    db,
    `select k.round_id || '/' || k.parent_id || '/' || k.basis as cell, ${micros('k.recorded_at')} as at, ${SUMS}
     from cell k where k.parent_id = any($1) order by k.round_id, k.parent_id, k.basis, k.recorded_at`,
    [parents],
  );
  const changes = await readChanges(db);
  const steps = await rows<Step>(
    db,
    `select e.id, o.round_id || '/' || o.parent_id as collection, o.id as "obligationId", e.verb, ${micros('e.recorded_at')} as at
     from event e join obligation o on o.id = (e.subject ->> 'obligation')::int
     where e.verb like 'report.%' and o.parent_id = any($1)
     union all
     select e.id, (e.subject ->> 'round') || '/' || e.unit_id, null, e.verb, ${micros('e.recorded_at')}
     from event e where e.verb in ('round.closed', 'round.reopened') and e.unit_id = any($1)
     order by id`,
    [parents],
  );
  const closings = await rows<Closing>(
    db,
    `select c.round_id || '/' || c.parent_id as collection, c.round_id as "roundId", u.code as parent, c.figures, c.sha256,
       ${micros('c.closed_at')} as at, ${micros('c.reopened_at')} as to
     from closing c join org_unit u on u.id = c.parent_id where c.parent_id = any($1) order by c.closed_at`,
    [parents],
  );
  const extensions = await rows<Extension>(
    db,
    `select x.obligation_id as "obligationId", x.due_on::text as "dueOn", x.from_due_on::text as "fromDueOn"
     from extension x join obligation o on o.id = x.obligation_id and o.parent_id = any($1) order by x.recorded_at`,
    [parents],
  );
  return {
    rounds,
    versions: versions.map((version) => ({
      ...version,
      n: elements(version.n),
      d: elements(version.d),
      s: elements(version.s).map(Number),
    })),
    obligations,
    standing,
    cells: cells.map(parsed),
    history: history.map(parsed),
    changes,
    closings,
    extensions,
    steps,
  };
}

/** Every interval, in the order of its obligation, basis and beginning. */
export async function readStanding(db: Db, parents: readonly number[]): Promise<Standing[]> {
  const found = await rows<Raw<Standing, 'carry'>>(
    db,
    `select s.obligation_id as "obligationId", s.basis, s.version_id::text as "versionId", coalesce(s.carry::text, '{}') as carry,
       ${micros('s.recorded_from')} as "from", ${micros('s.recorded_to')} as "to"
     from standing s join obligation o on o.id = s.obligation_id and o.parent_id = any($1)
     order by s.obligation_id, s.basis, s.recorded_from`,
    [parents],
  );
  return found.map((row) => ({ ...row, carry: elements(row.carry) }));
}

/** Something recorded beside reports, in words of its own. */
export type Change = { at: number; what: string };

/** Mergers, splits, extensions, closes and reopenings, in the order of their instants. */
export function readChanges(db: Db): Promise<Change[]> {
  return rows<Change>(
    db,
    `select ${micros('x.recorded_at')} as at, x.what from (
       select recorded_at, 'succession ' || predecessor_id || ' ' || successor_id from succession
       union all select recorded_from, 'unit ' || unit_id from org_unit_state
       union all select recorded_at, 'extension ' || obligation_id || ' ' || due_on from extension
       union all select recorded_at, 'obligation ' || obligation_id || ' ' || to_state from obligation_change
       union all select closed_at, 'close ' || id from closing
       union all select reopened_at, 'reopening ' || id from closing where reopened_at is not null
     ) x (recorded_at, what) where x.recorded_at >= (select min(opened_at) from round) order by x.recorded_at, x.what`,
  );
}

/** Digits of n, d, the last denominators of the silent, then five counts: 84 to an indicator, the first indicator's last. */
const COLUMNS = [18, 18, 18, 6, 6, 6, 6, 6];
/** Where each column stands in Sums: n, d, open, valued, estimated, not applicable, missing, unknown. */
const ROWS = [0, 1, 6, 2, 3, 4, 5, 7];

function parsed(raw: Raw<Sums, 'sums'>): Sums {
  const sums: number[][] = COLUMNS.map(() => []);
  let rest = raw.sums;
  while (rest !== '') {
    let digits = rest.slice(-84).padStart(84, '0');
    rest = rest.slice(0, -84);
    for (const [column, width] of COLUMNS.entries()) {
      sums[ROWS[column]!]!.push(Number(digits.slice(0, width)));
      digits = digits.slice(width);
    }
  }
  return { ...raw, sums };
}

/** '{1,NULL,2}' → [1, null, 2] */
const elements = (array: string): (number | null)[] =>
  array === '{}'
    ? []
    : array
        .slice(1, -1)
        .split(',')
        .map((element) => (element === 'NULL' ? null : Number(element)));
