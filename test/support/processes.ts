/**
 * The product's programs as processes of their own, straight from the sources, so that a test can do to them what befalls
 * a machine: kill -9 at any moment, stop in order, start anew as a supervisor would. They never outlive the test.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { dieWithUs, projectRoot } from '#core';

export type Running = {
  pid: number;
  /** Where the API listens; empty of a worker. */
  url: string;
  /** False from the moment it has ended, in whatever way. */
  readonly alive: boolean;
  /** Settles with the signal or the exit code. */
  ended: Promise<string>;
  /** Its last lines, for a test that went wrong. */
  lines: string[];
  /** kill -9. */
  kill(): Promise<void>;
  /** Asks it to stop and waits; by force after 70 s. */
  stop(): Promise<void>;
};

const REGISTER = pathToFileURL(join(projectRoot, 'test/support/register.js')).href;
const LINES_KEPT = 200;
const READY_LIMIT = 60_000;
const STOP_LIMIT = 70_000;
/** What the program says once it can be used. */
const READY = { api: 'listening', worker: 'working' } as const;

/**
 * @param env environment besides PATH; nothing of the test's own gets in. Its log level must let "info" pass
 * @param preload modules to be imported first, as URLs
 * @throws Error with its last lines when it ends before it is ready
 */
export async function startProcess(
  name: 'api' | 'worker',
  env: Record<string, string>,
  preload: string[] = [],
): Promise<Running> {
  const imports = [REGISTER, ...preload].flatMap((url) => ['--import', url]);
  const child = spawn(process.execPath, [...imports, join(projectRoot, `apps/${name}/src/main.ts`)], {
    cwd: projectRoot,
    env: { PATH: process.env.PATH, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  dieWithUs(child, 'TERM');
  const lines: string[] = [];
  let alive = true;
  const ended = once(child, 'exit').then(([code, signal]) => {
    alive = false;
    return String(signal ?? code);
  });
  let url = '';
  const ready = new Promise<void>((settle) => {
    for (const from of [child.stdout, child.stderr])
      createInterface({ input: from }).on('line', (line) => {
        lines.push(line);
        if (lines.length > LINES_KEPT) lines.shift();
        const said = messageOf(line);
        if (said?.msg !== READY[name]) return;
        url = said.url ?? '';
        settle();
      });
  });
  const overdue = setTimeout(() => child.kill('SIGKILL'), READY_LIMIT);
  await Promise.race([
    ready,
    ended.then((how) => {
      throw new Error(`${name} ended (${how}) before it was ready:\n${lines.slice(-20).join('\n')}`);
    }),
  ]).finally(() => clearTimeout(overdue));
  const end = async (signal: NodeJS.Signals) => {
    if (alive) child.kill(signal);
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT);
    await ended;
    clearTimeout(force);
  };
  return {
    pid: child.pid!,
    url,
    ended,
    lines,
    get alive() {
      return alive;
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

function messageOf(line: string): { msg?: string; url?: string } | undefined {
  try {
    return JSON.parse(line) as { msg?: string; url?: string };
  } catch {
    return undefined;
  }
}
