/**
 * The service under strain, as an operator and a caller see it: honest about whether it can serve, "not now" with a time
 * to come back instead of an error of ours, ids that lead from an answer to the log, and figures behind an inner door.
 */
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { connect, openInnerDoor, Readiness, Registry, row, rows } from '#core';
import { createServer } from '../../apps/api/src/server.js';
import { type Relay, startRelay } from '../support/relay.js';
import { until } from '../support/workshop.js';
import { openWorld, type World } from '../support/world.js';

const CONNECTIONS = 2;
/** Requests that may be under way at a time (apps/api/src/operation.ts). */
const PLACES = CONNECTIONS * 20;

let world: World;
let token: string;
let relay: Relay;
let url: string;
const ends: (() => Promise<unknown>)[] = [];

/** A second API over the same database, with few connections and a line that can be cut. */
beforeAll(async () => {
  world = await openWorld();
  token = await world.token('19', 'reviewer');
  relay = await startRelay(world.db.url);
  const dataSource = await connect(relay.url, { pool: CONNECTIONS });
  const app = await createServer({
    config: { ...world.config, databasePool: CONNECTIONS },
    clock: world.clock,
    dataSource,
    log: pino({ level: 'silent' }),
  });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
  const inner = await openInnerDoor(
    { host: '127.0.0.1', port: 0 },
    { registry: app.get(Registry), readiness: app.get(Readiness) },
  );
  innerUrl = `http://127.0.0.1:${inner.port}`;
  ends.push(
    () => inner.close(),
    () => app.close(),
    () => dataSource.destroy(),
    () => relay.close(),
    () => world.close(),
  );
  stop = () => app.get(Readiness).stop();
});
let innerUrl: string;
let stop: () => void;
afterAll(async () => {
  for (const end of ends) await end();
});

const ask = (headers: Record<string, string> = {}, query = '{ me { unitCode } }') =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body: JSON.stringify({ query }),
  });
const codeOf = async (answer: Response) => {
  const { error, errors } = (await answer.json()) as {
    error?: { code: string };
    errors?: { extensions: { code: string } }[];
  };
  return error?.code ?? errors?.[0]?.extensions.code;
};
const ready = async (at = url) => {
  const answer = await fetch(`${at}/health/ready`);
  return { ...((await answer.json()) as { parts: Record<string, string> }), status: answer.status };
};

describe('an API whose database goes away', () => {
  it('says so, answers "not now" with a time to come back, and is well again by itself', async () => {
    expect(await ready()).toMatchObject({ status: 200, parts: { database: 'ok', migrations: 'ok' } });
    await relay.cut();
    expect(await ready()).toMatchObject({ status: 503, parts: { database: 'unreachable' } });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const refused = await ask();
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await codeOf(refused)).toBe('service.unavailable');
    const download = await fetch(`${url}/exports/1`, { headers: { authorization: `Bearer ${token}` } });
    expect(download.status).toBe(503);
    expect(download.headers.get('retry-after')).not.toBeNull();
    await relay.mend();
    await until(async () => ((await ready()).status === 200 ? true : undefined));
    expect((await ask()).status).toBe(200);
  });

  it('is not ready before the last migration has run, nor once it was told to stop', async () => {
    const [last] = await rows<{ name: string }>(
      world.db.dataSource,
      'delete from migrations where id = (select max(id) from migrations) returning name',
    );
    const fresh = new Readiness(world.db.dataSource);
    expect(await fresh.look()).toMatchObject({ status: 'not ready', parts: { migrations: '1 migrations pending' } });
    await rows(world.db.dataSource, 'insert into migrations (timestamp, name) values (0, $1)', [last!.name]);
    expect((await fresh.look()).status).toBe('ready');
    fresh.stop();
    expect((await fresh.look()).status).toBe('stopping');
  });
});

describe('an API that is asked too much', () => {
  it('refuses at once what it cannot serve, serves the rest, and stays ready to tell', async () => {
    const holder = await connect(world.db.url, { pool: 1 });
    const runner = holder.createQueryRunner();
    await runner.startTransaction();
    // Whoever asks for an instant waits behind this lock.
    await runner.query('select pg_advisory_xact_lock(57, 1)');
    const asked = Array.from({ length: 70 }, () =>
      ask(
        {},
        '{ completeness(round: "2026H1") { expected } totals(unit: "19", period: "2026H1", basis: RECEIVED) { expected } }',
      ),
    );
    // While the lock is held nothing that got in comes out: of those that ask, all but the served places are refused.
    let refusals = 0;
    let allRefused = () => {};
    const refusing = new Promise<void>((settle) => {
      allRefused = settle;
    });
    const answers = Promise.all(
      asked.map(async (asking) => {
        const answer = await asking;
        const told = [answer.status, await codeOf(answer)] as const;
        if (told[1] === 'service.busy' && ++refusals === asked.length - PLACES) allRefused();
        return told;
      }),
    );
    await refusing;
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    await runner.rollbackTransaction();
    await holder.destroy();
    const statuses = await answers;
    const refused = statuses.filter(([, code]) => code === 'service.busy');
    expect(refused).toHaveLength(asked.length - PLACES);
    expect(statuses.every(([status, code]) => status !== 500 && code !== 'internal')).toBe(true);
    expect((await ask()).status).toBe(200);
  });
});

const metrics = async () => (await fetch(`${innerUrl}/metrics`)).text();

describe('an API that is told to stop', () => {
  // Waiting for the rest would last until requests are given up, a minute.
  it('waits for nobody whose upload it has refused already', async () => {
    const world = await openWorld();
    const { hostname, port } = new URL(world.url);
    const line = createConnection(Number(port), hostname);
    const head = ['POST /forms HTTP/1.1', 'Host: x', 'Content-Type: multipart/form-data; boundary=b'];
    line.write([...head, `Authorization: Bearer ${'x'.repeat(30)}`, 'Content-Length: 100000', '', '--b'].join('\r\n'));
    const [answer] = (await once(line, 'data')) as [Buffer];
    expect(String(answer)).toMatch(/^HTTP\/1\.1 401 /);
    const gone = once(line, 'close');
    line.resume();
    await world.close();
    await gone;
  }, 30_000);
});

describe('what an operator sees', () => {
  it("a request's id: the one a proxy gave, else a new one, never one that would spoil the log; and in the event log", async () => {
    const answered = async (given?: string) =>
      (await ask(given === undefined ? {} : { 'x-request-id': given })).headers.get('x-request-id');
    expect(await answered('proxy-12345678')).toBe('proxy-12345678');
    expect(await answered()).toMatch(/^[0-9a-f-]{36}$/);
    expect(await answered('a b {"level":60}')).toMatch(/^[0-9a-f-]{36}$/);
    const nation = await world.token('VN', 'administrator');
    const mutation = 'mutation { openRound(code: "2026H1") { code } }';
    await ask({ 'x-request-id': 'opening-2026H1', authorization: `Bearer ${nation}` }, mutation);
    const event = await row<{ request_id: string }>(
      world.db.dataSource,
      `select request_id from event where verb = 'round.opened'`,
    );
    expect(event!.request_id).toBe('opening-2026H1');
  });

  it('figures behind the inner door only, with health beside them', async () => {
    const told = await metrics();
    expect(told).toMatch(/baocao_http_request_seconds_count\{app="api",route="\/graphql",status="503"\} \d/);
    expect(told).toMatch(/baocao_database_connections\{state="idle",app="api"\} \d/);
    expect(told).toContain('nodejs_eventloop_lag_seconds');
    expect((await fetch(`${url}/metrics`)).ok).toBe(false);
    expect((await ready(innerUrl)).status).toBe(200);
    expect((await fetch(`${innerUrl}/graphql`)).status).toBe(404);
    stop();
    expect((await ready(innerUrl)).status).toBe(503);
    expect((await ready()).status).toBe(503);
  });
});
