/**
 * What an earlier or a neighbouring run left in the folder of an embedded PostgreSQL: a stale postmaster.pid, a server
 * whose launcher was killed, or a server that is in use right now. A process is ours only if it serves this directory.
 */
import { existsSync, readFileSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { placesOf } from './embedded-place.js';

const STOP_LIMIT = 60_000;

type Launcher = { pid: number; url: string };
const launcherFile = (dir: string) => join(dir, 'launcher.json');

/** Leaves word of a started server for other commands of this project; the file holds the password, so 0600. */
export function announce(dir: string, url: string): () => void {
  writeFileSync(launcherFile(dir), JSON.stringify({ pid: process.pid, url } satisfies Launcher), { mode: 0o600 });
  return () => rmSync(launcherFile(dir), { force: true });
}

/** The URL of the server that a living process of this project runs on this data, if there is one. */
export function findRunning(dataDir: string): string | undefined {
  for (const dir of placesOf(dataDir)) {
    const launcher = readLauncher(dir);
    const postmaster = readPostmaster(dir);
    if (launcher && alive(launcher.pid) && postmaster?.ready && alive(postmaster.pid)) return launcher.url;
  }
  return undefined;
}

/** One that was cut short (a full disk, a power cut) says nothing of anybody who lives. */
function readLauncher(dir: string): Launcher | undefined {
  try {
    return JSON.parse(readFileSync(launcherFile(dir), 'utf8')) as Launcher;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What postmaster.pid says, or undefined without one. Lines: pid, directory, start, port, …, status (8th). */
export function readPostmaster(dir: string): { pid: number; port: number; ready: boolean } | undefined {
  const file = join(dir, 'cluster', 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n');
  const pid = Math.abs(Number(lines[0]));
  return pid > 0 ? { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' } : undefined;
}

/** Deals with a postmaster.pid that an earlier run left: waits for, or stops, what is ours; never touches the rest. */
export async function recover(dir: string, log: (line: string) => void): Promise<void> {
  const left = readPostmaster(dir);
  if (!left || !alive(left.pid)) return;
  const pidFile = join(dir, 'cluster', 'postmaster.pid');
  if (!(await servesThis(dir, left))) {
    log(`Removed a stale ${pidFile}: process ${left.pid} is no server of this directory`);
    rmSync(pidFile, { force: true });
    return;
  }
  const launcher = readLauncher(dir);
  if (launcher && alive(launcher.pid))
    throw new Error(`The database in ${dir} is in use by another process of this project (npm start?).`);
  // The watchdog of a launcher that was killed may be stopping it right now.
  const patience = Date.now() + 1_500;
  while (alive(left.pid) && Date.now() < patience) await sleep(50);
  if (!alive(left.pid)) return;
  log(`Stopping a PostgreSQL (process ${left.pid}) that an earlier run left on ${dir}`);
  process.kill(left.pid, 'SIGINT');
  const limit = Date.now() + STOP_LIMIT;
  while (alive(left.pid)) {
    if (Date.now() > limit) throw new Error(`PostgreSQL (process ${left.pid}) on ${dir} does not stop.`);
    await sleep(50);
  }
}

/** Whether that process is a server on this cluster: by its working directory where /proc tells, else by asking it. */
async function servesThis(dir: string, left: { pid: number; port: number }): Promise<boolean> {
  const cluster = realpathSync(join(dir, 'cluster'));
  if (existsSync('/proc/self/cwd')) return readlinkSync(`/proc/${left.pid}/cwd`) === cluster;
  const password = readFileSync(join(dir, 'password'), 'utf8').trim();
  const client = new Client({ connectionString: `postgres://postgres:${password}@127.0.0.1:${left.port}/postgres` });
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    return realpathSync(rows[0]!.data_directory) === cluster;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Whether a process does anything still; one that ended and waits for its parent (a zombie) does not. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return true;
  }
}
