/** The worker process: reads its configuration, opens the database, works, and on a signal finishes what it holds. */
import { Clock, connect, LONGEST_STOP, newLogger, openInnerDoor, servedConfig, stepBack, wallStands } from '#core';
import { startWorker } from './worker.js';

// Where processors are few, those who read come before files that are being made.
stepBack();
const config = servedConfig();
const log = newLogger('worker', config.logLevel);
// The second signal finds no listener and ends the process at once.
const asked = new Promise<NodeJS.Signals>((settle) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, settle);
});

try {
  const dataSource = await connect(config.databaseUrl, {
    // What it makes for somebody it reads behind the wall; where none stands, the API tells what to do.
    walled: (await wallStands(config.databaseUrl)) ? 'in scope' : undefined,
    pool: config.databasePool,
    name: 'bao-cao-57 worker',
  });
  const worker = await startWorker({ config, clock: new Clock(config.clockFile), dataSource, log });
  // The API has the port that was named, the worker of the same machine the next one.
  const inner =
    config.metricsPort === undefined
      ? undefined
      : await openInnerDoor({ host: config.metricsHost, port: config.metricsPort && config.metricsPort + 1 }, worker);
  log.info({ queue: config.redisUrl ? 'redis' : 'postgres', metrics: inner?.port }, 'working');
  log.info({ signal: await asked }, 'stopping');
  setTimeout(() => {
    log.error('jobs under way did not come to their end; another worker takes them up');
    process.exit(1);
  }, LONGEST_STOP.worker).unref();
  await worker.stop();
  await inner?.close();
  await dataSource.destroy();
  process.exit(0);
} catch (error) {
  log.fatal({ err: error }, 'the worker cannot go on');
  process.exit(1);
}
