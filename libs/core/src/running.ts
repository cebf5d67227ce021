/**
 * The database of a command, wherever it is: the served one (DATABASE_URL), the embedded one that `npm start` is running
 * right now, or the embedded one started for the duration of the command.
 */
import { join } from 'node:path';
import type { Config } from './config.js';
import { startEmbedded } from './embedded.js';
import { findRunning } from './embedded-recovery.js';

export type OpenDatabase = {
  url: string;
  /** served: DATABASE_URL · shared: the server of a running `npm start` · own: started here. */
  how: 'served' | 'shared' | 'own';
  /** Settles when a server started here has ended, asked or not; never for the other two. */
  ended: Promise<void>;
  /** Stops what was started here; leaves the rest running. */
  release(): Promise<void>;
};

/** The folder of the embedded database. */
export function embeddedDir(config: Config): string {
  return join(config.varDir, 'postgres');
}

/** @throws Error with one sentence when the embedded server cannot start */
export async function openDatabase(config: Config, log?: (line: string) => void): Promise<OpenDatabase> {
  const never = new Promise<void>(() => {});
  if (config.databaseUrl)
    return { url: config.databaseUrl, how: 'served', ended: never, release: () => Promise.resolve() };
  const running = findRunning(embeddedDir(config));
  if (running) return { url: running, how: 'shared', ended: never, release: () => Promise.resolve() };
  const server = await startEmbedded({ dataDir: embeddedDir(config), log });
  return { url: server.url, how: 'own', ended: server.ended, release: server.stop };
}
