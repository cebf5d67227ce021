/**
 * A small world for stories: the real API on a real port over a database of its own, a clock that the story sets, and a
 * cast of people with tokens. What a story does goes through HTTP, as its users' would.
 */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pino from 'pino';
import { AccessService, type Role, TokensService } from '#access';
import { Clock, type Config, connect, loadConfig } from '#core';
import { createServer } from '../../apps/api/src/server.js';
import { type FreshDatabase, freshDatabase } from './database.js';

export type Answer<T> = {
  data: T;
  errors?: {
    message: string;
    extensions: { code: string; vi: string; en: string; details: Record<string, unknown> };
  }[];
};

export type World = {
  db: FreshDatabase;
  clock: Clock;
  config: Config;
  url: string;
  folder: string;
  app: NestFastifyApplication;
  /** Sets the time for everybody. @param instant ISO 8601 */
  at(instant: string): void;
  /** A token for a unit, made as the operator at the machine makes it. */
  token(unitCode: string, role: Role, label?: string): Promise<string>;
  /** One GraphQL request; errors fail the story. */
  ask<T>(token: string, query: string, variables?: object): Promise<T>;
  /** One GraphQL request; what came back, errors too. @param to another API over the same database */
  send<T>(
    token: string | null,
    query: string,
    variables?: object,
    to?: string,
  ): Promise<Answer<T> & { status: number }>;
  close(): Promise<void>;
};

/** @param settings environment variables of the API besides those of every world */
export async function openWorld(
  instant = '2026-05-20T08:00:00+07:00',
  pool = 10,
  settings: Record<string, string> = {},
): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'world-'));
  const clockFile = join(folder, 'clock');
  const at = (iso: string) => {
    // Renamed into place: another process that reads the time never finds an empty file.
    writeFileSync(`${clockFile}.next`, iso);
    renameSync(`${clockFile}.next`, clockFile);
  };
  at(instant);
  const db = await freshDatabase(pool);
  const config = loadConfig({
    NODE_ENV: 'test',
    DATABASE_URL: db.url,
    CLOCK_FILE: clockFile,
    VAR_DIR: folder,
    LOG_LEVEL: 'silent',
    // A story asks faster than people do.
    RATE_PER_CALLER: '1000000',
    RATE_PER_ADDRESS: '1000000',
    ...settings,
  });
  const clock = new Clock(clockFile);
  const walled = await connect(db.url, { pool, walled: 'always' });
  const app = await createServer({
    config,
    clock,
    // As in production: behind the second wall.
    dataSource: walled,
    log: pino({ level: 'error' }, pino.destination({ fd: 2, sync: true })),
  });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const operator = new TokensService(db.dataSource, clock, new AccessService(db.dataSource, clock));

  const send: World['send'] = async (token, query, variables, to = url) => {
    const response = await fetch(`${to}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query, variables }),
    });
    return { status: response.status, ...((await response.json()) as Answer<never>) };
  };
  return {
    db,
    clock,
    config,
    url,
    folder,
    app,
    at,
    send,
    async token(unitCode, role, label) {
      const [issued] = await operator.issue(null, { unitCode, role, label });
      return issued!.token;
    },
    async ask(token, query, variables) {
      const answer = await send<never>(token, query, variables);
      if (answer.errors)
        throw new Error(answer.errors.map((error) => `${error.extensions?.code}: ${error.message}`).join('; '));
      return answer.data;
    },
    async close() {
      await app.close();
      await walled.destroy();
      await db.drop();
      rmSync(folder, { recursive: true });
    },
  };
}
