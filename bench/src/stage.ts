/**
 * What the bars run on: an embedded PostgreSQL with durable settings in a temporary folder, its databases, the product's
 * API and the bare reference server as processes of their own, the load generator, and tokens as the operator issues
 * them. Everything ends with the bench.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { AccessService, type Role, TokensService } from '#access';
import { Clock, connect, dieWithUs, freePort, projectRoot, startEmbedded } from '#core';
import { loadBase, loadLocalUnits, loadRounds, ROUNDS } from './country.js';
import type { LoadJob, LoadResult } from './load.js';

export type Server = { port: number; pid: number; stop(): Promise<void> };

export type Stage = {
  /** All rounds and the local units. */
  whole: string;
  /** All rounds, no local units. */
  communes: string;
  /** One round, no local units. */
  one: string;
  /** A copy of a database, made by copying its files; nobody may be connected to it. */
  copy(of: string, name: string): Promise<string>;
  api(url: string): Promise<Server>;
  bare(url: string): Promise<Server>;
  /** The API as the owner of the tables, whom row-level security does not bind. */
  unwalled(url: string): Promise<Server>;
  /** The API whose every statement PostgreSQL plans as it thinks best. */
  replanned(url: string): Promise<Server>;
  close(): Promise<void>;
};

const missing = (): never => {
  throw new Error('This bar says that it needs no data, and asks for some');
};

/** For bars that need no data. */
export const NO_STAGE: Stage = {
  get whole() {
    return missing();
  },
  get communes() {
    return missing();
  },
  get one() {
    return missing();
  },
  copy: missing,
  api: missing,
  bare: missing,
  unwalled: missing,
  replanned: missing,
  close: () => Promise.resolve(),
};

export async function openStage(log: (line: string) => void): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'bao-cao-57-bench-'));
  const server = await startEmbedded({ dataDir: folder, database: 'base', log });
  const children: Server[] = [];
  const address = (name: string) => {
    const url = new URL(server.url);
    url.pathname = `/${name}`;
    return url.href;
  };
  const copy = async (of: string, name: string) => {
    const admin = new Client({ connectionString: address('postgres') });
    await admin.connect();
    // Whoever has just hung up may still be seen; whoever has not is cut off.
    const template = new URL(of).pathname.slice(1);
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${template}'`);
    await admin.query(`create database ${name} template ${template} strategy file_copy`);
    await admin.end();
    return address(name);
  };
  const close = async () => {
    await Promise.all(children.map((child) => child.stop()));
    await server.stop();
    for (const path of [server.dataDir, folder]) rmSync(path, { recursive: true, force: true });
  };
  const start = async (url: string, file: string): Promise<Server> => {
    const child = await startServer(url, file);
    children.push(child);
    return child;
  };
  try {
    await loadBase(server.url, log);
    const one = await copy(server.url, 'one');
    await loadRounds(one, ROUNDS.slice(-1), log);
    const communes = await copy(server.url, 'communes');
    await loadRounds(communes, ROUNDS, log);
    const whole = await copy(communes, 'whole');
    await loadLocalUnits(whole, log);
    return {
      whole,
      communes,
      one,
      copy,
      api: (url) => start(url, join(projectRoot, 'dist', 'apps', 'api', 'src', 'main.js')),
      bare: (url) => start(url, join(projectRoot, 'dist', 'bench', 'src', 'bare.js')),
      unwalled: (url) => start(url, join(projectRoot, 'dist', 'bench', 'src', 'unwalled.js')),
      replanned: (url) => start(url, join(projectRoot, 'dist', 'bench', 'src', 'replanned.js')),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

export async function startServer(url: string, file: string): Promise<Server> {
  const port = await freePort();
  const child = fork(file, {
    execArgv: ['--enable-source-maps'],
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      DATABASE_URL: url,
      PORT: String(port),
      LOG_LEVEL: 'error',
      // All load comes from one address here; requests are counted, but none is refused.
      RATE_PER_CALLER: '1000000000',
      RATE_PER_ADDRESS: '1000000000',
    },
  });
  dieWithUs(child, 'TERM');
  const ended = new Promise<void>((settle) => child.once('exit', () => settle()));
  for (let tries = 0; !(await answers(port)); tries++) {
    if (child.exitCode !== null || tries > 600) throw new Error(`${file} did not start`);
    await new Promise((settle) => setTimeout(settle, 50));
  }
  return {
    port,
    pid: child.pid!,
    async stop() {
      if (child.exitCode === null) child.kill('SIGTERM');
      await ended;
    },
  };
}

async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok;
  } catch {
    return false;
  }
}

/** The most memory that a process has held resident so far, in MB (Linux tells; elsewhere NaN). */
export function peakMemory(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

/** Load under way; `stop` ends a timed one early. */
export type Load = { result: Promise<LoadResult>; stop(): void };

/** Sends a load from a process of its own. */
export function startLoad(job: LoadJob): Load {
  const child: ChildProcess = fork(join(projectRoot, 'dist', 'bench', 'src', 'load.js'));
  const result = new Promise<LoadResult>((settle, fail) => {
    child.once('message', (message: { result?: LoadResult; error?: string }) => {
      if (message.result) settle(message.result);
      else fail(new Error(message.error));
    });
    child.once('exit', () => fail(new Error('the load generator ended early')));
  }).finally(() => child.connected && child.disconnect());
  child.send(job);
  return { result, stop: () => child.connected && child.send('stop') };
}

/** The same, waited for; one answer that is not good fails the bench. */
export async function load(job: LoadJob): Promise<LoadResult> {
  const result = await startLoad(job).result;
  if (result.bad > 0) throw new Error(`${result.bad} answers were not good; the first: ${result.firstBad}`);
  return result;
}

/** Tokens as the operator issues them: of the unit, or of the units below it. @returns by unit code */
export async function tokensOf(
  url: string,
  unitCode: string,
  role: Role,
  children = false,
): Promise<Map<string, string>> {
  const dataSource = await connect(url, { pool: 1, name: 'bench' });
  try {
    const clock = new Clock();
    const tokens = new TokensService(dataSource, clock, new AccessService(dataSource, clock));
    const issued = await tokens.issue(null, { unitCode, role, children });
    return new Map(issued.map((token) => [token.unitCode, token.token]));
  } finally {
    await dataSource.destroy();
  }
}
