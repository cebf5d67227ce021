/**
 * The service that a random history is lived with over HTTP: two API processes and a worker beside them, struck at random
 * moments. An API or the worker is killed with SIGKILL and started anew as a supervisor would, or the database ends a
 * session of theirs. What an operation asks of a room's service is a GraphQL request here.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { Caller } from '#access';
import { Problem, type ProblemCode, rows } from '#core';
import { type Running, startProcess } from '../support/processes.js';
import type { Chance } from './chance.js';
import type { Doors, Secrets } from './country.js';

const PATIENCE = 30_000;
const APIS = ['api 0', 'api 1'] as const;
type Name = (typeof APIS)[number] | 'worker';
/** Milliseconds that a program works before it may be struck: else nobody would ever be answered on a slow machine. */
const LIFE = 2_000;

/** No answer came: what was asked for has been done, or has not, for good. */
class Cut extends Error {}

export type Struck = Record<string, number>;

export class ServedHistory {
  readonly struck: Struck = {};
  /** Requests that were sent, and those that nobody answered. */
  asked = 0;
  unanswered = 0;
  /** Programs that ended by themselves. */
  readonly died: string[] = [];
  private readonly programs = new Map<Name, Running & { since: number }>();
  private readonly killed = new Set<Running>();
  private readonly starting = new Set<Promise<void>>();
  private readonly folder = mkdtempSync(join(tmpdir(), 'baocao-served-'));

  private constructor(
    private readonly url: string,
    /** Straight to the database. */
    private readonly db: DataSource,
  ) {}

  static async open(url: string, db: DataSource): Promise<ServedHistory> {
    const served = new ServedHistory(url, db);
    await Promise.all(([...APIS, 'worker'] as const).map((name) => served.start(name)));
    await pause(LIFE);
    return served;
  }

  isCut = (error: unknown): boolean => error instanceof Cut;

  /** One thing goes wrong. What died is started anew meanwhile; until it is back, others are struck. */
  async strike(draw: Chance): Promise<void> {
    const what = draw.pick([...APIS, ...APIS, 'worker', ...Array(5).fill('a session')] as (Name | 'a session')[]);
    const program = what === 'a session' ? undefined : this.programs.get(what);
    // One API always works: what befalls both at once is played by the service's faults (service-points.ts).
    const alone = what !== 'worker' && APIS.some((name) => !this.programs.get(name)!.alive);
    if (!program?.alive || alone || performance.now() - program.since < LIFE) {
      const ended = await rows(
        this.db,
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name like 'bao-cao-57 %' order by (state = 'active') desc, random() limit 1`,
      );
      return this.count('session of PostgreSQL ended', ended.length);
    }
    this.killed.add(program);
    await program.kill();
    const name = what as Name;
    this.count(name === 'worker' ? 'worker killed' : 'API killed', 1);
    this.starting.add(this.start(name).catch((error) => void this.died.push(String(error))));
  }

  /** The services as their callers reach them. @param secrets tokens by `<unit code> <role>` */
  doors(secrets: Secrets): Doors {
    const ask = async <T>(caller: Caller, field: string, types: string, variables: object): Promise<T> => {
      const names = [...types.matchAll(/\$(\w+)/g)].map(([, name]) => `${name}: $${name}`);
      const [name] = field.split(' ');
      const query = `mutation (${types}) { ${field.replace(name!, `${name}(${names.join(', ')})`)} }`;
      return this.ask<T>(secrets.get(`${caller.unitCode} ${caller.role}`)!, name!, query, variables);
    };
    const step = async (caller: Caller, field: string, types: string, variables: object) => {
      const answer = await ask<{ number: number; state: string }>(
        caller,
        `${field} { number state }`,
        types,
        variables,
      );
      return { ...answer, state: answer.state.toLowerCase() } as never;
    };
    return {
      reports: {
        submit: async (caller, submission) => {
          const figures = submission.figures.map((figure) => ({ ...figure, state: figure.state?.toUpperCase() }));
          const answer = await ask<{ stored: boolean; version: { number: number; state: string } | null }>(
            caller,
            'submitReport { stored version { number state } findings { code } }',
            '$input: SubmitReportInput!',
            { input: { ...submission, figures } },
          );
          const { version } = answer;
          return { ...answer, version: version && { ...version, state: version.state.toLowerCase() } } as never;
        },
        accept: (caller, unit, _programme, round, expectedVersion) =>
          step(caller, 'acceptReport', '$unit: String!, $round: String!, $expectedVersion: Int!', {
            ...{ unit, round, expectedVersion },
          }),
        return: (caller, { unitCode: unit, round, expectedVersion, reason }) =>
          step(caller, 'returnReport', '$unit: String!, $round: String!, $expectedVersion: Int!, $reason: String!', {
            ...{ unit, round, expectedVersion, reason },
          }),
        withdraw: (caller, _programme, round, expectedVersion, reason) =>
          step(caller, 'withdrawReport', '$round: String!, $expectedVersion: Int!, $reason: String', {
            ...{ round, expectedVersion, reason },
          }),
      },
      obligations: {
        extend: (caller, { unitCode: unit, round, dueOn, reason }) =>
          ask(caller, 'extendDueDate { dueOn }', '$unit: String!, $round: String!, $dueOn: String!, $reason: String!', {
            ...{ unit, round, dueOn, reason },
          }),
        changeBoundaries: (caller, change) =>
          ask(caller, 'changeBoundaries { replaced created }', '$change: BoundaryChangeInput!', { change }),
      },
      closings: {
        close: (caller, { round }) => ask(caller, 'closeRound { figures sha256 }', '$round: String!', { round }),
        reopen: (caller, { round, communeCode: commune }, reason) =>
          ask(caller, 'reopenRound', '$round: String!, $reason: String!, $commune: String', { round, reason, commune }),
      },
    };
  }

  /** What programs, also those that are no more, have lately logged as mistakes of their own. */
  failures(): string[] {
    const all = new Set([...this.killed, ...this.programs.values()]);
    return [...all].flatMap(({ lines }) => lines.filter((line) => line.includes('"level":50'))).slice(-10);
  }

  async close(): Promise<void> {
    await Promise.all(this.starting);
    for (const program of this.programs.values()) this.killed.add(program);
    await Promise.all([...this.programs.values()].map((program) => program.kill()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private count(what: string, times: number): void {
    this.struck[what] = (this.struck[what] ?? 0) + times;
  }

  private async start(name: Name): Promise<void> {
    const program = await this.begun(name);
    this.programs.set(name, Object.assign(program, { since: performance.now() }));
    void program.ended.then((how) => {
      if (!this.killed.has(program))
        this.died.push(`${name} ended by itself (${how}): ${program.lines.slice(-3).join(' | ')}`);
    });
  }

  /** As a supervisor does: whose session ends while it starts is started again. */
  private async begun(name: Name, tries = 5): Promise<Running> {
    const environment = {
      NODE_ENV: 'test',
      DATABASE_URL: this.url,
      VAR_DIR: this.folder,
      PORT: '0',
      RATE_PER_CALLER: '1000000',
      RATE_PER_ADDRESS: '1000000',
    };
    return startProcess(name === 'worker' ? 'worker' : 'api', environment).catch((error) => {
      if (tries === 1) throw error;
      return this.begun(name, tries - 1);
    });
  }

  /** One request to an API that runs. @throws Problem as answered; Cut, once nothing of it is under way any more */
  private async ask<T>(token: string, name: string, query: string, variables: object): Promise<T> {
    const url = await this.running();
    this.asked++;
    let answer: Response;
    let body: { data?: Record<string, T>; errors?: { message: string; extensions?: Told }[]; error?: Told };
    try {
      answer = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(PATIENCE),
      });
      body = (await answer.json()) as typeof body;
    } catch (error) {
      this.unanswered++;
      await this.settled();
      throw new Cut(String(error));
    }
    const told = body.errors?.[0]?.extensions ?? body.error;
    if (told?.code === 'service.unavailable' || told?.code === 'service.busy') {
      this.unanswered++;
      await this.settled();
      throw new Cut(told.code);
    }
    if (told?.code === 'internal') throw new Error(`${name}: internal, ${JSON.stringify(told)}`);
    if (told) throw new Problem(told.code as ProblemCode, told.details);
    if (!body.data) throw new Error(`${name} was answered with ${answer.status} ${JSON.stringify(body)}`);
    return body.data[name]!;
  }

  private async running(): Promise<string> {
    for (const limit = Date.now() + 60_000; Date.now() < limit; await pause(20)) {
      const urls = APIS.flatMap((name) => (this.programs.get(name)!.alive ? [this.programs.get(name)!.url] : []));
      if (urls.length > 0) return urls[Math.floor(Math.random() * urls.length)]!;
    }
    throw new Error('no API came back within a minute');
  }

  /** What a killed API had begun, the database may still end: waits until every transaction of now is over. */
  private async settled(): Promise<void> {
    const open = await rows<{ pid: number; began: string }>(
      this.db,
      `select pid, xact_start::text as began from pg_stat_activity
       where datname = current_database() and application_name = 'bao-cao-57 api' and xact_start is not null`,
    );
    const asked = JSON.stringify(open);
    for (const limit = Date.now() + 30_000; Date.now() < limit; await pause(10)) {
      const [left] = await rows<{ count: number }>(
        this.db,
        `select count(*)::int as count from pg_stat_activity a
         join jsonb_to_recordset($1) as x (pid int, began timestamptz) on x.pid = a.pid and x.began = a.xact_start`,
        [asked],
      );
      if (left!.count === 0) return;
    }
    throw new Error('a transaction of an API that was killed never ended');
  }
}

type Told = { code: string; details?: Record<string, unknown> };
