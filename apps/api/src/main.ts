/** The API process: reads its configuration, opens the database, listens, and stops in order when told to. */
import pino from 'pino';
import { Clock, connect, loadConfig } from '#core';
import { createServer } from './server.js';

const config = loadConfig();
if (!config.databaseUrl) {
  process.stderr.write('DATABASE_URL is not set. Run "npm start" for the embedded database, or set DATABASE_URL.\n');
  process.exit(1);
}
const log = pino({ level: config.logLevel, base: { app: 'api' } });
const dataSource = await connect(config.databaseUrl, { pool: config.databasePool, name: 'bao-cao-57 api' });
const app = await createServer({ config, clock: new Clock(config.clockFile), dataSource, log });
await app.listen(config.port, config.host);
log.info({ url: await app.getUrl() }, 'listening');

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, async () => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    await app.close();
    await dataSource.destroy();
    process.exit(0);
  });
