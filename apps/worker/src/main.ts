/** The worker process: reads its configuration, opens the database, works, and on a signal finishes what it holds. */
import pino from 'pino';
import { Clock, connect, loadConfig } from '#core';
import { startWorker } from './worker.js';

const config = loadConfig();
if (!config.databaseUrl) {
  process.stderr.write('DATABASE_URL is not set. Run "npm start" for the embedded database, or set DATABASE_URL.\n');
  process.exit(1);
}
const log = pino({ level: config.logLevel, base: { app: 'worker' } });
// The second signal finds no listener and ends the process at once.
const asked = new Promise<NodeJS.Signals>((settle) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, settle);
});

try {
  const dataSource = await connect(config.databaseUrl, { pool: config.databasePool, name: 'bao-cao-57 worker' });
  const worker = await startWorker({ config, clock: new Clock(config.clockFile), dataSource, log });
  log.info({ queue: config.redisUrl ? 'redis' : 'postgres' }, 'working');
  log.info({ signal: await asked }, 'stopping');
  await worker.stop();
  await dataSource.destroy();
  process.exit(0);
} catch (error) {
  log.fatal({ err: error }, 'the worker cannot go on');
  process.exit(1);
}
