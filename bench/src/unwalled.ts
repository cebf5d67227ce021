/** The reference of the bar `rls`: the product's own API, but as the owner of the tables, whom no policy binds. */
import pino from 'pino';
import { Clock, connect, loadConfig } from '#core';
import { createServer } from '../../apps/api/src/server.js';

const config = loadConfig();
const dataSource = await connect(config.databaseUrl!, {
  pool: config.databasePool,
  statementTimeout: 30_000,
  acquireTimeout: 5_000,
});
const log = pino({ level: config.logLevel });
const app = await createServer({ config, clock: new Clock(), dataSource, log });
await app.listen(config.port, config.host);
process.on('SIGTERM', () => process.exit(0));
