/**
 * Seals on the log of events. A seal holds the SHA-256 of each event since the seal before it, and that seal's head: an
 * event altered or removed later, even by who may switch triggers off, no longer fits; a chain forged anew no longer
 * ends in the heads that left with the mails. Hashes are worked out here, not in the database whose owner is doubted.
 * With an event that tells of a report sent, the report is sealed: what never changes of it.
 *
 * Numbers of events are drawn before their transactions commit and may become visible in another order. So only what
 * nobody can join any more is sealed: up to the highest number seen, once all who were writing events then have ended.
 */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import { type Db, row, rows, transact } from '#core';

export type SealedHead = {
  number: number;
  /** The last event it covers. */
  toId: string;
  /** SHA-256 in hexadecimal digits. */
  head: string;
  sealedAt: Date;
};

export type SealRow = {
  number: number;
  form: Form;
  fromId: string;
  toId: string;
  ids: string[];
  leaves: Buffer[];
  previous: Buffer;
  head: Buffer;
  /** As text with microseconds. */
  sealedAt: string;
};

/** What leaves are hashes of: 1 = the events, as before there were reports in it; 2 = the events and the reports that they tell of. */
type Form = 1 | 2;
const NEWEST: Form = 2;

const BATCH = 5_000;
const PATIENCE = 20_000;
const LOOK_AGAIN = 50;
export const FIRST = Buffer.alloc(32);

const instant = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
const SEAL = `number, form, from_id::text as "fromId", to_id::text as "toId", ids::text[] as ids, leaves, previous, head,
  ${instant('sealed_at')} as "sealedAt"`;

/**
 * Seals what has been written since the last seal. Only one process seals at a time.
 * @param at the rehearsed instant, or null for the database's clock
 * @returns how many events were sealed; 0 also while another process seals or a writer does not come to an end
 */
export async function sealEvents(dataSource: DataSource, at: Date | null, patience = PATIENCE): Promise<number> {
  const horizon = await settled(dataSource, patience);
  if (horizon === null) return 0;
  let sealed = 0;
  for (;;) {
    const count = await transact(dataSource, (db) => sealNext(db, horizon, at));
    sealed += count;
    if (count < BATCH) return sealed;
  }
}

/** The newest seal, to be shown to people outside; undefined while nothing is sealed. */
export function sealedHead(db: Db): Promise<SealedHead | undefined> {
  return row<SealedHead>(
    db,
    `select number, to_id::text as "toId", encode(head, 'hex') as head, sealed_at as "sealedAt"
     from seal order by number desc limit 1`,
  );
}

/** The seals after a number, oldest first. */
export function sealsAfter(db: Db, number: number, most: number): Promise<SealRow[]> {
  return rows<SealRow>(db, `select ${SEAL} from seal where number > $1 order by number limit $2`, [number, most]);
}

/** `version`: id of the report's version that the event tells of. */
export type Leaf = { id: string; verb: string; version: string | null; leaf: Buffer };

const EVENT = `e.id::text, e.verb, e.account_id, e.unit_id, e.subject::text, e.address, ${instant('e.recorded_at')}, e.job, e.request_id`;
/** Of a version all but its state, which its life moves, and the reasons for which figures are returned. */
const REPORT = `(
  select json_build_array(v.obligation_id, v.number, v.n::text, v.d::text, v.s::text, v.comment, v.header::text, v.findings::text,
    v.account_id, ${instant('v.received_at')}, ${instant('v.recorded_at')},
    (select json_agg(json_build_array(f.indicator_id, f.note, f.document_number, f.document_date) order by f.indicator_id)
     from figure_note f where f.version_id = v.id and num_nonnulls(f.note, f.document_number, f.document_date) > 0),
    (select json_agg(json_build_array(t.indicator_id, t.body) order by t.indicator_id) from narrative t where t.version_id = v.id))
  from report_version v where e.verb = 'report.submitted' and v.id = (e.subject->>'version')::bigint)`;

/** The events of a range with their hashes, in order. */
export async function leavesOf(
  db: Db,
  from: string,
  to: string,
  form: Form,
  most = Number.MAX_SAFE_INTEGER,
): Promise<Leaf[]> {
  const found = await rows<Omit<Leaf, 'leaf'> & { canonical: unknown[] }>(
    db,
    `select e.id::text, e.verb, case e.verb when 'report.submitted' then e.subject->>'version' end as version,
       json_build_array(${EVENT}${form === 1 ? '' : `, ${REPORT}`}) as canonical
     from event e where e.id between $1 and $2 order by e.id limit $3`,
    [from, to, most],
  );
  return found.map(({ canonical, ...event }) => ({ ...event, leaf: sha256(JSON.stringify(canonical)) }));
}

/** What a seal's head must be, from what it covers. */
export function headOf(seal: Omit<SealRow, 'head' | 'form'>): Buffer {
  const { number, fromId, toId, ids, leaves, previous, sealedAt } = seal;
  const covered = [sha256(ids.join(',')), sha256(Buffer.concat(leaves))].map((hash) => hash.toString('hex'));
  return sha256(JSON.stringify([number, previous.toString('hex'), fromId, toId, ids.length, ...covered, sealedAt]));
}

async function sealNext(db: EntityManager, horizon: string, at: Date | null): Promise<number> {
  const alone = await row<{ alone: boolean }>(db, 'select pg_try_advisory_xact_lock(57, 2) as alone');
  if (!alone!.alone) return 0;
  const last = await row<{ number: number; toId: string; head: Buffer }>(
    db,
    'select number, to_id::text as "toId", head from seal order by number desc limit 1',
  );
  const fromId = String(BigInt(last?.toId ?? '0') + 1n);
  if (BigInt(fromId) > BigInt(horizon)) return 0;
  const events = await leavesOf(db, fromId, horizon, NEWEST, BATCH);
  if (events.length === 0) return 0;
  const now = await row<{ at: string }>(db, `select ${instant('coalesce($1::timestamptz, clock_timestamp())')} as at`, [
    at,
  ]);
  const seal = {
    number: (last?.number ?? 0) + 1,
    fromId,
    toId: events.at(-1)!.id,
    ids: events.map(({ id }) => id),
    leaves: events.map(({ leaf }) => leaf),
    previous: last?.head ?? FIRST,
    sealedAt: now!.at,
  };
  await rows(
    db,
    `insert into seal (number, form, from_id, to_id, ids, leaves, previous, head, sealed_at)
     values ($1, $9, $2, $3, $4, $5, $6, $7, $8)`,
    [seal.number, fromId, seal.toId, seal.ids, seal.leaves, seal.previous, headOf(seal), seal.sealedAt, NEWEST],
  );
  return events.length;
}

/**
 * The highest number up to which no event can come any more, or null when that does not settle in time. Who draws a
 * number holds a lock on the table from before the drawing to the end of the transaction, so whoever could still bring
 * in a number up to the highest one seen is among those who hold that lock after the look.
 */
async function settled(db: Db, patience: number): Promise<string | null> {
  const highest = await row<{ id: string | null }>(db, 'select max(id)::text as id from event');
  if (!highest?.id) return null;
  const writing = async () =>
    (
      await rows<{ who: string }>(
        db,
        `select virtualtransaction as who from pg_locks
         where locktype = 'relation' and relation = 'event'::regclass and granted and pid is distinct from pg_backend_pid()
           and database = (select oid from pg_database where datname = current_database())
           and mode in ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')`,
      )
    ).map(({ who }) => who);
  let awaited = await writing();
  for (const limit = performance.now() + patience; awaited.length > 0; ) {
    if (performance.now() > limit) return null;
    await pause(LOOK_AGAIN);
    const still = new Set(await writing());
    awaited = awaited.filter((who) => still.has(who));
  }
  return highest.id;
}

function sha256(of: string | Buffer): Buffer {
  return createHash('sha256').update(of).digest();
}
