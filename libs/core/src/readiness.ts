/**
 * Whether a process can do its work at this moment, part by part, each asked anew and given little time: a load balancer
 * or an operator who is told "ready" must be able to rely on it. From the signal to stop on, nothing is ready.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { rows } from './database.js';

type Part = { name: string /** @throws when it does not work */; check: () => Promise<unknown> };
export type State = { status: 'ready' | 'not ready' | 'stopping'; parts: Record<string, string> };

const LIMIT = 2_000;

export class Readiness {
  private stopping = false;
  private migrated = false;

  /** @param more what this process needs besides the database */
  constructor(
    private readonly dataSource: DataSource,
    private readonly more: Part[] = [],
  ) {}

  /** From here on not ready: whoever spreads the load sends no more. */
  stop(): void {
    this.stopping = true;
  }

  get isStopping(): boolean {
    return this.stopping;
  }

  /** Never throws; takes two seconds at most. */
  async look(): Promise<State> {
    const checks: Part[] = [
      { name: 'database', check: () => this.dataSource.query('select 1') },
      { name: 'migrations', check: () => this.upToDate() },
      ...this.more,
    ];
    const told = await Promise.all(
      checks.map(async ({ name, check }) => [name, await inTime(check)] as [string, string]),
    );
    const ready = !this.stopping && told.every(([, state]) => state === 'ok');
    return {
      status: ready ? 'ready' : this.stopping ? 'stopping' : 'not ready',
      parts: Object.fromEntries(told),
    };
  }

  /** Every migration of this program has run. More may have: during an upgrade the next program is ahead. */
  private async upToDate(): Promise<void> {
    if (this.migrated) return;
    const done = new Set(
      (await rows<{ name: string }>(this.dataSource, 'select name from migrations')).map((m) => m.name),
    );
    const missing = this.dataSource.migrations.filter(({ name }) => !done.has(name!));
    if (missing.length > 0) throw new Error(`${missing.length} migrations pending`);
    this.migrated = true;
  }
}

/** @returns 'ok', or in a few words why not, without addresses or passwords */
async function inTime(check: () => Promise<unknown>): Promise<string> {
  const over = new AbortController();
  const late = pause(LIMIT, 'no answer', { signal: over.signal, ref: false }).catch(() => 'no answer');
  const asked = Promise.resolve()
    .then(check)
    .then(
      () => 'ok',
      (error: Error) => (/pending/.test(error.message) ? error.message : 'unreachable'),
    );
  return Promise.race([asked, late]).finally(() => over.abort());
}
