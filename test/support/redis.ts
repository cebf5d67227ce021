/**
 * A Redis for the tests that want one: the server that TEST_REDIS_URL names, or a redis-server of one's own on a free
 * port, without persistence, in a temporary folder. Where there is neither, `redisAt` says why and the tests are skipped.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from '#core';

export type TestRedis = {
  url: string;
  /** kill -9, where it is a server of our own; start another on its port. */
  kill(): Promise<void>;
  stop(): Promise<void>;
};

/** Everything that a Redis holds, gone. */
export async function flushRedis(url: string): Promise<void> {
  const client = new Redis(url);
  await client.flushall().finally(() => client.disconnect());
}

const given = process.env.TEST_REDIS_URL;
const installed = spawnSync('redis-server', ['--version']).status === 0;

/** Why there is no Redis here, or undefined when there is one. */
export const noRedis: string | undefined =
  given || installed ? undefined : 'skipped: no TEST_REDIS_URL and no redis-server on this machine';

/** Whether tests can have a Redis that is killed and started again. */
export const ownRedis = installed;

/** @param asked the port of a server of our own, whatever TEST_REDIS_URL says */
export async function startRedis(asked?: number): Promise<TestRedis> {
  if (given && asked === undefined) {
    const kill = () => Promise.reject(new Error('TEST_REDIS_URL is not ours to kill'));
    return { url: given, kill, stop: () => Promise.resolve() };
  }
  const folder = mkdtempSync(join(tmpdir(), 'baocao-redis-'));
  const port = asked ?? (await freePort());
  const server = spawn(
    'redis-server',
    ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder],
    { stdio: 'ignore' },
  );
  const url = `redis://127.0.0.1:${port}`;
  const ended = async (signal: NodeJS.Signals) => {
    await end(server, signal);
    rmSync(folder, { recursive: true, force: true });
  };
  const stop = () => ended('SIGTERM');
  try {
    await answering(url);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, kill: () => ended('SIGKILL'), stop };
}

async function answering(url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.ping();
      return;
    } catch {
      await pause(50);
    } finally {
      client.disconnect();
    }
  }
  throw new Error(`redis-server did not answer at ${url} within 5 s`);
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill(signal);
  await once(server, 'exit');
}
