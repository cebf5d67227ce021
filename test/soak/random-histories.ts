/**
 * A random history: writers on many connections do to a small country's reports whatever people may do, often at once
 * and often too late, while a checker reads totals and record in one snapshot; connections may be killed meanwhile.
 * A total must equal its recomputation at every instant, and what was acknowledged is there once (docs/semantics.md §4).
 */
import { setTimeout as pause } from 'node:timers/promises';
import { sealEvents, verifyAudit } from '#audit';
import { connect, rows } from '#core';
import { chance } from './chance.js';
import { changingOperations } from './changes.js';
import { openCountry, WRITER } from './country.js';
import { inspect, type Promised, promise } from './inspection.js';
import { Ledger } from './ledger.js';
import { type Operation, reportOperations, type Stage } from './operations.js';
import type { ServedHistory, Struck } from './served-history.js';

export type HistoryWish = {
  /** A database with units and plans, and no round opened yet. */
  url: string;
  seed: number;
  /** Calls to the service, in all. */
  operations: number;
  connections: number;
  provinces: string[];
  /** Communes of each province that take part. */
  communes: number;
  rounds: string[];
  /** The country has no other provinces: it is read quickly. */
  onlyThese?: boolean;
  /** How often the record is inspected while writers write. */
  inspections: number;
  /** Milliseconds between two kills of a writer's connection, or two strikes at `served`; none when left out. */
  killEvery?: number;
  /** Over HTTP to this service instead of the rooms' own services. */
  served?: ServedHistory;
  mix?: readonly Operation[];
  log?: (line: string) => void;
};

export type History = {
  seed: number;
  calls: number;
  /** Calls per operation. */
  mix: Record<string, number>;
  /** Calls of operations made to conflict. */
  conflicting: number;
  outcomes: Record<string, number>;
  inspections: number;
  /** Slots of cells compared, over all inspections. */
  slots: number;
  /** Instants answered for and asked again. */
  instants: number;
  versions: number;
  /** Closes whose signature was worked out anew. */
  closings: number;
  kills: number;
  /** Of the service that was asked over HTTP: what it was struck by, its requests, those without an answer. */
  struck: Struck;
  asked: number;
  unanswered: number;
  deadlocks: number;
  /** What was wrong, in words; empty when all is well. */
  wrong: string[];
  seconds: number;
};

export async function randomHistory(wish: HistoryWish): Promise<History> {
  const began = performance.now();
  const { served, log = () => {}, mix = [...reportOperations, ...changingOperations] } = wish;
  const country = await openCountry({ ...wish, doors: served && ((secrets) => served.doors(secrets)) });
  const checker = await connect(wish.url, { pool: 3, name: 'random-history-checker' });
  const ledger = new Ledger();
  const promised: Promised[] = [];
  const history: History = {
    ...{ seed: wish.seed, calls: 0, mix: {}, conflicting: 0, outcomes: {}, inspections: 0, slots: 0, instants: 0 },
    ...{ versions: 0, closings: 0, kills: 0, deadlocks: 0, wrong: [], seconds: 0 },
    ...{ struck: {}, asked: 0, unanswered: 0 },
  };
  let over = false;

  const write = async (writer: number) => {
    const stage: Stage = {
      country,
      ledger,
      draw: chance(wish.seed * 1000 + writer),
      cut: (error) => served?.isCut(error) || (wish.killEvery !== undefined && isCut(error)),
    };
    while (history.calls < wish.operations && history.wrong.length === 0)
      await happen(weighted(mix, stage), stage, history);
  };

  const look = async () => {
    // What is answered while the snapshot is being read lies after it.
    const found = await inspect(checker, country.parents, [...promised]);
    history.inspections++;
    history.slots += found.slots;
    history.versions = found.versions;
    history.closings = found.closings;
    history.wrong.push(...found.wrong.slice(0, 20));
    const [rebuilt] = await rows<{ mended: number }>(checker, 'select rebuild_cells(null) as mended');
    if (rebuilt!.mended !== 0) history.wrong.push(`a rebuild mended ${rebuilt!.mended} cells`);
  };
  const watch = async () => {
    for (let nth = 1; !over && nth <= wish.inspections; ) {
      await pause(20);
      if (history.calls < (nth * wish.operations) / (wish.inspections + 1)) continue;
      nth++;
      await look();
      log(`${history.calls} of ${wish.operations} calls, ${history.versions} versions, ${history.wrong.length} wrong`);
    }
  };
  const answer = async () => {
    for (; !over; await pause(100)) if (promised.length < 300) promised.push(await promise(checker, country.parents));
  };
  const kill = async () => {
    const draw = chance(wish.seed);
    while (!over && wish.killEvery !== undefined) {
      await pause(wish.killEvery);
      if (served) {
        await served.strike(draw);
        continue;
      }
      const killed = await rows(
        checker,
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = $1 order by (state = 'active') desc, random() limit 1`,
        [WRITER],
      );
      history.kills += killed.length;
    }
  };

  const around = [watch(), answer(), kill()].map((work) =>
    work.catch((error) => history.wrong.push(`beside the writers: ${error}`)),
  );
  try {
    const writers = Array.from({ length: wish.connections }, (_, writer) => write(writer));
    for (const ended of await Promise.allSettled(writers))
      if (ended.status === 'rejected') history.wrong.push(`a writer ended: ${ended.reason}`);
    over = true;
    await Promise.all(around);
    await look();
    history.wrong.push(...(await ledger.disagreements(checker)).slice(0, 20));
    if (served) history.wrong.push(...served.died, ...(history.wrong.length > 0 ? served.failures() : []));
    await sealEvents(checker, null);
    history.wrong.push(...(await verifyAudit(checker)).wrong);
  } finally {
    over = true;
    await Promise.all(around);
    await checker.destroy();
    await country.close();
  }
  history.instants = promised.length;
  if (served) {
    const { struck, asked, unanswered } = served;
    Object.assign(history, { struck, asked, unanswered, kills: Object.values(struck).reduce((sum, n) => sum + n, 0) });
  }
  history.seconds = (performance.now() - began) / 1000;
  return history;
}

/** One operation, its outcomes counted and held against what it may come to. */
async function happen(operation: Operation, stage: Stage, history: History): Promise<void> {
  let outcomes: string[] | null;
  try {
    outcomes = await operation.run(stage);
  } catch (error) {
    const code = sqlState(error);
    if (code === '40P01') history.deadlocks++;
    history.wrong.push(`${operation.name}: ${code ?? ''} ${error}`);
    return;
  }
  if (!outcomes) return;
  history.calls += outcomes.length;
  history.mix[operation.name] = (history.mix[operation.name] ?? 0) + outcomes.length;
  if (operation.conflicting) history.conflicting += outcomes.length;
  for (const outcome of outcomes) {
    history.outcomes[outcome] = (history.outcomes[outcome] ?? 0) + 1;
    if (outcome !== 'cut' && !operation.may.includes(outcome))
      history.wrong.push(`${operation.name} came to "${outcome}"`);
  }
}

function weighted(mix: readonly Operation[], { draw }: Stage): Operation {
  let left = draw.below(mix.reduce((sum, { weight }) => sum + weight, 0));
  return mix.find(({ weight }) => {
    left -= weight;
    return left < 0;
  })!;
}

type DriverError = { code?: string; message?: string };
const driverError = (error: unknown) => ((error as { driverError?: DriverError }).driverError ?? error) as DriverError;
const sqlState = (error: unknown) => driverError(error).code;

/** The connection was lost under a statement, between two of a transaction, or was found lost when it was taken. */
const isCut = (error: unknown) =>
  sqlState(error) === '57P01' ||
  /Connection terminated|already released|ECONNRESET|EPIPE|not queryable|terminating connection/.test(
    driverError(error).message ?? '',
  );
