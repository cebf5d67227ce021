/**
 * A world with workers: summaries are asked for over HTTP and made by real workers on a real database and queue. The round
 * 2026H1 is open, and a reviewer of Thái Nguyên is at hand.
 */
import { setTimeout as pause } from 'node:timers/promises';
import pino from 'pino';
import { connect } from '#core';
import { RoundsService } from '#reporting';
import { startWorker } from '../../apps/worker/src/worker.js';
import { openWorld, type World } from './world.js';

export const THAI_NGUYEN = '19';

export type Workshop = World & {
  /** Token of a reviewer of the province. */
  reviewer: string;
  /** Starts one more worker. */
  work(): Promise<void>;
  /** Sends all workers home. */
  rest(): Promise<void>;
  /** A plain HTTP request for a file. */
  download(id: number | string, token: string | null): Promise<Response>;
  /** The code of the problem that a GraphQL request meets, undefined for none. */
  refusal(query: string, token?: string, variables?: object): Promise<string | undefined>;
};

export async function openWorkshop(): Promise<Workshop> {
  const world = await openWorld();
  const reviewer = await world.token(THAI_NGUYEN, 'reviewer');
  await world.app.get(RoundsService).open(null, 'NQ57-TT', '2026H1');
  const ends: (() => Promise<void>)[] = [];
  const rest = async () => {
    await Promise.all(ends.splice(0).map((end) => end()));
  };
  return {
    ...world,
    reviewer,
    rest,
    async work() {
      const dataSource = await connect(world.db.url, { pool: 4, walled: 'in scope' });
      const { config, clock } = world;
      const worker = await startWorker({ config, clock, dataSource, log: pino({ level: 'silent' }) });
      ends.push(async () => {
        await worker.stop();
        await dataSource.destroy();
      });
    },
    download: (id, token) =>
      fetch(`${world.url}/exports/${id}`, { headers: token ? { authorization: `Bearer ${token}` } : {} }),
    refusal: async (query, token = reviewer, variables) =>
      (await world.send(token, query, variables)).errors?.[0]?.extensions.code,
    async close() {
      await rest();
      await world.close();
    },
  };
}

/** Looks until there is something to see. @throws Error after a minute: a busy machine is slow, and not wrong */
export async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const limit = Date.now() + 60_000; Date.now() < limit; await pause(50)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error('It did not happen within a minute');
}
