/**
 * Submissions: the product's one function against a bare insert of the same figures in one wide row, at the database and
 * over HTTP. Every submission is a first one, in rounds opened for the purpose.
 */
import type { Bar, Outcome } from '../bar.js';
import { alternate, type Measured, median, timed } from '../measure.js';
import { open } from '../questions.js';
import { BARE_INSERT, BARE_SCHEMA } from '../references.js';
import { load, type Stage, tokensOf } from '../stage.js';
import { type Due, freshRound, submitBody, type Writer, writers } from '../submissions.js';

const CONNECTIONS = 8;

async function prepareBare(url: string): Promise<void> {
  const client = await open(url);
  await client.query(BARE_SCHEMA.replace('create table', 'create table if not exists'));
  await client.end();
}

/** Takes the next so many, once each. */
export function dealer<T>(items: T[]): (count: number) => T[] {
  let next = 0;
  return (count) => {
    if (next + count > items.length) throw new Error('the round has too few units for so many submissions');
    next += count;
    return items.slice(next - count, next);
  };
}

async function oneByOne(stage: Stage): Promise<Outcome> {
  await prepareBare(stage.whole);
  const due = dealer(await freshRound(stage.whole, '2032H1'));
  const ours = writers(stage.whole, 1);
  const theirs = writers(stage.whole, 1);
  const bare = theirs.bare(BARE_INSERT);
  try {
    const measured = await alternate(
      400,
      () => timed(() => ours.product.write(due(1)[0]!, 0)),
      () => timed(() => bare.write(anything, 0)),
    );
    return { ...measured, unit: 'ms' };
  } finally {
    await Promise.all([ours.pool.end(), theirs.pool.end()]);
  }
}

const anything: Due = {
  kinds: [],
  carry: null,
  obligation: 1,
  roundId: 1,
  parentId: 1,
  account: 1,
  unit: '',
  province: '',
  n: Array.from({ length: 25 }, (_, i) => String(i * 37)),
  d: Array.from({ length: 25 }, (_, i) => (i < 12 ? String(i * 53 + 1) : null)),
  s: Array.from({ length: 25 }, () => 1),
};

/** Keeps all connections busy with a batch. @returns transactions per second */
async function busy(writer: Writer, batch: Due[]): Promise<number> {
  let next = 0;
  const work = async () => {
    while (next < batch.length) await writer.write(batch[next++]!, 0);
  };
  const ms = await timed(() => Promise.all(Array.from({ length: CONNECTIONS }, work)));
  return (batch.length * 1000) / ms;
}

async function spread(stage: Stage): Promise<Outcome> {
  await prepareBare(stage.whole);
  const ours = writers(stage.whole, CONNECTIONS);
  const theirs = writers(stage.whole, CONNECTIONS);
  const bare = theirs.bare(BARE_INSERT);
  try {
    // The client is no part of what is compared: its code is compiled by the time it counts.
    const earlier = await freshRound(stage.whole, '2032H2');
    await busy(ours.product, earlier);
    await busy(bare, Array<Due>(earlier.length).fill(anything));
    const due = dealer(await freshRound(stage.whole, '2033H1'));
    const measured = await alternate(
      9,
      () => busy(ours.product, due(300)),
      () => busy(bare, Array<Due>(1000).fill(anything)),
    );
    return { ...measured, unit: 'submissions/s' };
  } finally {
    await Promise.all([ours.pool.end(), theirs.pool.end()]);
  }
}

/**
 * Clients at once over HTTP: more than either server has to do at a time, as on the last evening, so that what is compared is
 * work and not waiting; and as few as at the database, for the notes.
 */
const CLIENTS = 32;
/** Rounds that come before: servers that have been at work for a while, not ones whose code is still being compiled. */
const EARLIER = ['2033H2', '2034H1', '2034H2', '2035H1'];
const MEASURED = '2035H2';

async function overHttp(stage: Stage): Promise<Outcome> {
  await prepareBare(stage.whole);
  const [api, bare] = [await stage.api(stage.whole), await stage.bare(stage.whole)];
  const insert = { path: '/report', body: JSON.stringify(anything) };
  let tokens = new Map<string, string>();
  const p95: number[] = [];
  const send = async (due: Due[], round: string, connections: number) => {
    const requests = due.map((item) => ({
      path: '/graphql',
      token: tokens.get(item.unit)!,
      body: submitBody(item, round),
    }));
    const result = await load({ port: api.port, connections, requests, expect: '"stored":true' });
    p95.push(result.p95);
    return result.perSecond;
  };
  const write = async (count: number, connections: number) => {
    const requests = Array(count).fill(insert);
    return (await load({ port: bare.port, connections, requests, expect: '"stored":true' })).perSecond;
  };
  const compare = async (turns: number, due: (count: number) => Due[], batch: number, connections: number) => {
    p95.length = 0;
    const measured: Measured = await alternate(
      turns,
      () => send(due(batch), MEASURED, connections),
      () => write(3 * batch, connections),
    );
    return { ...measured, p95: median(p95) };
  };
  try {
    for (const round of EARLIER) {
      const due = await freshRound(stage.whole, round);
      if (tokens.size === 0) tokens = await reporterTokens(stage.whole, due);
      await send(due, round, CLIENTS);
      await write(due.length, CLIENTS);
    }
    const due = dealer(await freshRound(stage.whole, MEASURED));
    const many = await compare(3, due, 675, CLIENTS);
    const few = await compare(2, due, 200, CONNECTIONS);
    return {
      ...many,
      unit: 'requests/s',
      notes: [
        `${CLIENTS} connections; GraphQL p95 ${many.p95.toFixed(1)} ms; either server had taken ${EARLIER.length} rounds of reports before`,
        `${CONNECTIONS} connections: ${few.subject.toFixed(0)} against ${few.reference.toFixed(0)} requests/s, × ${few.ratio.toFixed(2)}; p95 ${few.p95.toFixed(1)} ms`,
      ],
    };
  } finally {
    await Promise.all([api.stop(), bare.stop()]);
  }
}

/** The reporters' tokens of all provinces that occur. @returns by unit code */
export async function reporterTokens(url: string, due: Due[]): Promise<Map<string, string>> {
  const tokens = new Map<string, string>();
  for (const province of new Set(due.map((item) => item.province)))
    for (const [unit, token] of await tokensOf(url, province, 'reporter', true)) tokens.set(unit, token);
  return tokens;
}

export const submits: Bar[] = [
  {
    name: 'submit',
    title: 'Submit of 25 figures at the database, one connection × a bare wide insert',
    most: 3,
    aim: 2,
    measure: oneByOne,
  },
  {
    name: 'submit-8',
    title: 'Submits at 8 connections spread over provinces × bare inserts at 8',
    least: 0.25,
    aim: 0.4,
    measure: spread,
  },
  {
    name: 'http-submit',
    title: 'Submits over HTTP GraphQL, requests/s × a bare Fastify route doing one insert',
    least: 0.2,
    aim: 0.4,
    measure: overHttp,
  },
];
