/** The embedded PostgreSQL through its life: first start, restart, crash, neighbours, and a folder nobody may enter. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { startEmbedded } from './embedded.js';
import { alive, findRunning } from './embedded-recovery.js';
import { projectRoot } from './project-root.js';

const asRoot = process.getuid?.() === 0;
const toClean: (() => unknown)[] = [];

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'baocao-embedded-'));
  toClean.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function start(dataDir: string, lines: string[] = [], fast = true) {
  const server = await startEmbedded({ dataDir, fast, log: (line) => lines.push(line) });
  toClean.push(() => rmSync(server.dataDir, { recursive: true, force: true }), server.stop);
  return server;
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

/** Another process of the project that runs a server, as `npm start` does. */
async function launcher(dataDir: string): Promise<{ process: ChildProcess; pid: number }> {
  const script = `
    import { register } from 'node:module';
    register('./test/support/loader.js', '${pathToFileURL(projectRoot).href}/');
    const { startEmbedded } = await import('${pathToFileURL(join(projectRoot, 'libs/core/src/embedded.ts')).href}');
    const server = await startEmbedded({ dataDir: process.argv[1], fast: true });
    process.on('SIGINT', () => console.log('interrupted'));
    console.log(server.pid);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, dataDir], {
    cwd: projectRoot,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  toClean.push(() => child.kill('SIGKILL'));
  const [line] = await once(child.stdout!.setEncoding('utf8'), 'data');
  return { process: child, pid: Number(line) };
}

async function gone(pid: number): Promise<boolean> {
  for (let i = 0; i < 200 && alive(pid); i++) await sleep(50);
  return !alive(pid);
}

afterEach(async () => {
  for (const clean of toClean.splice(0).reverse()) await clean();
});

describe('the embedded PostgreSQL', () => {
  test('starts from nothing, speaks Vietnamese, listens here only, and keeps its data between starts', async () => {
    const dataDir = temporaryFolder();
    const first = await start(dataDir);
    await ask(first.url, `create table commune as select 'Xã Kha Sơn' as name`);
    expect(await ask(first.url, `select upper(name) from commune`)).toEqual(['XÃ KHA SƠN']);
    expect(await ask(first.url, `select current_setting('listen_addresses')`)).toEqual(['127.0.0.1']);
    expect(statSync(join(first.dataDir, 'password')).mode & 0o777).toBe(0o600);
    await first.stop();
    await first.stop();
    expect(alive(first.pid)).toBe(false);

    const second = await start(dataDir);
    expect(await ask(second.url, 'select name from commune')).toEqual(['Xã Kha Sơn']);
  });

  test('refuses a wrong password', async () => {
    const server = await start(temporaryFolder());
    const wrong = new URL(server.url);
    wrong.password = 'wrong';
    await expect(ask(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
  });

  test('recovers when the server was killed, and says that it ended', async () => {
    const dataDir = temporaryFolder();
    const killed = await start(dataDir, [], false);
    await ask(killed.url, 'create table survivor as select 1 as one');
    process.kill(killed.pid, 'SIGKILL');
    await killed.ended;

    const next = await start(dataDir);
    expect(await ask(next.url, 'select one from survivor')).toEqual([1]);
  });

  test('is not stopped by a word to other commands that a full disk cut short', async () => {
    const dataDir = temporaryFolder();
    const first = await start(dataDir);
    await first.stop();
    writeFileSync(join(first.dataDir, 'launcher.json'), '');
    expect(findRunning(dataDir)).toBeUndefined();
    const next = await start(dataDir);
    expect(findRunning(dataDir)).toBe(next.url);
  });

  test('is not deceived by a stale postmaster.pid whose number another process carries now', async () => {
    const dataDir = temporaryFolder();
    const first = await start(dataDir);
    const pidFile = join(first.dataDir, 'cluster', 'postmaster.pid');
    const stale = readFileSync(pidFile, 'utf8').replace(/^\d+/, String(process.pid));
    await first.stop();
    writeFileSync(pidFile, stale);

    const lines: string[] = [];
    const next = await start(dataDir, lines);
    expect(await ask(next.url, 'select 1')).toEqual([1]);
    expect(lines.join()).toContain('stale');
  });

  test('lives through Ctrl-C at its group, and never outlives a launcher that is killed', async () => {
    const dataDir = temporaryFolder();
    const { process: child, pid } = await launcher(dataDir);
    const interrupted = once(child.stdout!, 'data');
    process.kill(-child.pid!, 'SIGINT');
    await interrupted;
    await sleep(300);
    expect(alive(pid)).toBe(true);

    child.kill('SIGKILL');
    const next = await start(dataDir);
    expect(await gone(pid)).toBe(true);
    expect(await ask(next.url, 'select 1')).toEqual([1]);
  });

  test('a server in use is found by other commands, and a second start on its data is refused', async () => {
    const dataDir = temporaryFolder();
    expect(findRunning(dataDir)).toBeUndefined();
    const first = await start(dataDir);
    expect(findRunning(dataDir)).toBe(first.url);
    await expect(start(dataDir)).rejects.toThrow('in use by another process');
    await first.stop();
    expect(findRunning(dataDir)).toBeUndefined();
  });

  (asRoot ? test : test.skip)('as root, below a folder that nobody else may enter, it stands elsewhere', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o700);
    const dataDir = join(folder, 'project', 'var', 'postgres');
    const lines: string[] = [];
    const first = await start(dataDir, lines);
    expect(first.dataDir.startsWith(folder)).toBe(false);
    expect(lines.join()).toContain(first.dataDir);
    await ask(first.url, 'create table kept as select 57 as number');
    expect(findRunning(dataDir)).toBe(first.url);
    await first.stop();

    const second = await start(dataDir);
    expect(await ask(second.url, 'select number from kept')).toEqual([57]);
  });
});
