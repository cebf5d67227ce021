/**
 * The API process: reads its configuration, opens the database, listens, and stops in order when told to: first it says
 * that it is not ready, then it finishes what it has begun, then it lets go of the database.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  Clock,
  connect,
  LONGEST_STOP,
  newLogger,
  openInnerDoor,
  Readiness,
  Registry,
  servedConfig,
  WALLED_ROLE,
  wallStands,
} from '#core';
import { createServer } from './server.js';

const config = servedConfig();
const log = newLogger('api', config.logLevel);
const asked = new Promise<NodeJS.Signals>((settle) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, settle);
});

try {
  const walled = await wallStands(config.databaseUrl);
  if (!walled)
    log.warn(
      `row-level security is not in force: the database's user may neither create nor take the role ${WALLED_ROLE}. ` +
        `As a superuser run: create role ${WALLED_ROLE} nologin; grant ${WALLED_ROLE} to <the user of DATABASE_URL>; ` +
        'then npm run db:migrate, and start the API again',
    );
  const dataSource = await connect(config.databaseUrl, {
    walled: walled ? 'always' : undefined,
    pool: config.databasePool,
    name: 'bao-cao-57 api',
    // Somebody waits for the answer: half a minute is more than they will.
    statementTimeout: 30_000,
    acquireTimeout: 5_000,
  });
  const app = await createServer({ config, clock: new Clock(config.clockFile), dataSource, log });
  const readiness = app.get(Readiness);
  await app.listen(config.port, config.host);
  const inner =
    config.metricsPort === undefined
      ? undefined
      : await openInnerDoor(
          { host: config.metricsHost, port: config.metricsPort },
          { registry: app.get(Registry), readiness },
        );
  log.info({ url: await app.getUrl(), metrics: inner?.port }, 'listening');

  log.info({ signal: await asked }, 'stopping');
  readiness.stop();
  await pause(config.drainSeconds * 1000);
  setTimeout(() => {
    log.error('requests under way did not come to their end');
    process.exit(1);
  }, LONGEST_STOP.api).unref();
  await app.close();
  await inner?.close();
  await dataSource.destroy();
  log.info('stopped');
  process.exit(0);
} catch (error) {
  log.fatal({ err: error }, 'the API cannot go on');
  process.exit(1);
}
