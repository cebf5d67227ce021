/**
 * Whether the record agrees with itself: totals recomputed here from the versions, without a word of the service's SQL,
 * against the cells, their history and the standing intervals (docs/semantics.md §3, §4). All in one snapshot.
 */
import { createHash } from 'node:crypto';
import { type DataSource } from 'typeorm';
import { rows } from '#core';
import { readChanges, readRecord, readStanding, type Standing, type Written } from './record.js';
import { BASES, grouped, histories, standingOf, totals } from './sums.js';

/** An instant that was answered for, and what stood then: asked again, it must be the same. */
export type Promised = { at: number; stood: string };

export type Inspection = { wrong: string[]; slots: number; versions: number; closings: number };

/** @returns what is wrong, in words, and how much was compared. @param promised what was answered before, as of then */
export function inspect(
  dataSource: DataSource,
  parents: readonly number[],
  promised: readonly Promised[],
): Promise<Inspection> {
  return dataSource.transaction('REPEATABLE READ', async (db) => {
    const mismatches = await rows<object>(db, 'select * from cell_mismatch limit 20');
    const misplaced = await rows<object>(db, 'select * from standing_mismatch limit 20');
    const record = await readRecord(db, parents);
    const wrong = [
      ...mismatches.map((mismatch) => `cell_mismatch: ${JSON.stringify(mismatch)}`),
      ...misplaced.map((mismatch) => `standing_mismatch: ${JSON.stringify(mismatch)}`),
      ...lives(record),
      ...intervals(record),
      ...order(record),
      ...closes(record),
      ...dueDates(record),
      ...totals(record),
      ...histories(record),
      ...promised
        .filter(({ at, stood }) => stoodAt(record, at) !== stood)
        .map(({ at }) => `as of ${at}: not what was answered`),
    ];
    return {
      wrong,
      slots: record.cells.reduce((sum, cell) => sum + (cell.sums[0]?.length ?? 0), 0),
      versions: record.versions.length,
      closings: record.closings.length,
    };
  });
}

/** Answers for an instant as the service does: first the instant, then what was recorded up to it. */
export async function promise(dataSource: DataSource, parents: readonly number[]): Promise<Promised> {
  const [horizon] = await rows<{ at: number }>(
    dataSource,
    `select (extract(epoch from recording_horizon(null)::timestamptz) * 1000000)::bigint::float8 as at`,
  );
  const standing = await readStanding(dataSource, parents);
  const changes = await readChanges(dataSource);
  return { at: horizon!.at, stood: stoodAt({ standing, changes }, horizon!.at) };
}

function stoodAt({ standing, changes }: Pick<Written, 'standing' | 'changes'>, at: number): string {
  const stood = standing.filter(({ from, to }) => from <= at && (to === null || to > at));
  const hash = createHash('sha256');
  for (const { obligationId, basis, versionId, carry } of stood)
    hash.update(`${obligationId}/${basis}/${versionId}/${carry}\n`);
  for (const change of changes) if (change.at <= at) hash.update(`${change.at} ${change.what}\n`);
  return hash.digest('hex');
}

/** Numbers without a gap, states as the last step left them, and the obligation's own columns. */
function lives({ obligations, versions, standing }: Written): string[] {
  const wrong: string[] = [];
  const byObligation = grouped(versions, ({ obligationId }) => obligationId);
  const open = new Map(
    standing.filter(({ to }) => to === null).map((row) => [`${row.obligationId}/${row.basis}`, row.versionId]),
  );
  for (const obligation of obligations) {
    const own = byObligation.get(obligation.id) ?? [];
    const expect = (what: string, found: unknown, expected: unknown) => {
      if (found !== expected) wrong.push(`obligation ${obligation.id}, ${what}: ${found}, by its versions ${expected}`);
    };
    const stands = standingOf(obligation, own);
    for (const basis of BASES) {
      expect(`${basis} version`, obligation[basis], stands[basis]);
      expect(`standing ${basis}`, open.get(`${obligation.id}/${basis}`) ?? null, stands[basis]);
    }
    expect('newest number', obligation.newestNumber, own.length);
    expect('newest state', obligation.newestState, own.at(-1)?.state ?? null);
    const received = own.filter(({ state }) => state !== 'withdrawn').map((v) => v.receivedAt);
    expect('first received', obligation.firstReceivedAt, received.length > 0 ? Math.min(...received) : null);
    own.forEach((version, i) => {
      expect('version number', version.number, i + 1);
      expect(`state of version ${version.number}`, version.state, version.lastStep);
    });
  }
  return wrong;
}

/** One interval after another from when the obligation was recorded, and for as long as it is owed. */
function intervals({ standing, obligations }: Written): string[] {
  const known = new Map(obligations.map((obligation) => [obligation.id, obligation]));
  const follows = (one: Standing | undefined, other: Standing) =>
    one?.obligationId === other.obligationId && one.basis === other.basis;
  return standing.flatMap((row, i) => {
    const { recordedAt, state } = known.get(row.obligationId)!;
    const [before, after] = [standing[i - 1], standing[i + 1]];
    const begins = follows(before, row) ? before!.to : recordedAt;
    const name = `standing of ${row.obligationId}/${row.basis}`;
    const wrong = row.from === begins ? [] : [`${name} begins at ${row.from} and not at ${begins}`];
    if (!(after && follows(after, row)) && (row.to === null) !== (state === 'owed'))
      wrong.push(`${name} ends at ${row.to}, ${state}`);
    return wrong;
  });
}

/** Within one parent's round every step has an instant of its own, in the order in which it was written. */
function order({ steps }: Written): string[] {
  const last = new Map<string, number>();
  return steps.flatMap(({ collection, at }) => {
    const before = last.get(collection) ?? 0;
    last.set(collection, at);
    return at > before ? [] : [`recorded_at of ${collection}: ${at} after ${before}`];
  });
}

/** Between a close and its reopening nothing is written, but to reports reopened alone since. */
function closes({ steps, closings }: Written): string[] {
  const byCollection = grouped(closings, ({ collection }) => collection);
  return [...grouped(steps, ({ collection }) => collection)].flatMap(([collection, own]) => {
    let open = true;
    const alone = new Set<number | null>();
    const wrong: string[] = [];
    const closed = byCollection.get(collection) ?? [];
    const told = own.filter(({ verb }) => verb === 'round.closed' || verb === 'round.reopened').map(({ at }) => at);
    const kept = closed.flatMap(({ at, to }) => (to === null ? [at] : [at, to]));
    if (told.join() !== kept.join()) wrong.push(`closes of ${collection}: kept ${kept}, by the events ${told}`);
    for (const { verb, obligationId, at } of own) {
      if (verb === 'round.closed') alone.clear();
      if (verb === 'round.closed' || verb === 'round.reopened') open = verb === 'round.reopened';
      else if (verb === 'report.reopened') alone.add(obligationId);
      else if (!open && !alone.has(obligationId)) wrong.push(`${verb} in ${collection} at ${at}, though it was closed`);
    }
    return wrong;
  });
}

/** Every extension begins where the one before it ended and goes further; the last one is the due date. */
function dueDates({ extensions, obligations }: Written): string[] {
  const byObligation = grouped(extensions, ({ obligationId }) => obligationId);
  return obligations.flatMap(({ id, dueOn }) => {
    const own = byObligation.get(id) ?? [];
    const sound = own.every((one, i) => one.dueOn > one.fromDueOn && (own[i + 1]?.fromDueOn ?? dueOn) === one.dueOn);
    return sound ? [] : [`due date of obligation ${id} is not what was granted`];
  });
}
