/** The reference of the bar `questions`: the product's own API, every statement planned as PostgreSQL thinks best. */
import { type Pool, type PoolClient } from 'pg';
import pino from 'pino';
import { Clock, connect, loadConfig } from '#core';
import { createServer } from '../../apps/api/src/server.js';

const config = loadConfig();
const dataSource = await connect(config.databaseUrl!, { pool: config.databasePool, walled: 'always' });
const { master: pool } = dataSource.driver as unknown as { master: Pool };
const replan = (client: PoolClient) => client.query(`set plan_cache_mode = 'auto'`);
pool.on('connect', (client) => void replan(client));
const there = await Promise.all(Array.from({ length: pool.totalCount }, () => pool.connect()));
for (const client of there) {
  await replan(client);
  client.release();
}
const log = pino({ level: config.logLevel });
const app = await createServer({ config, clock: new Clock(), dataSource, log });
await app.listen(config.port, config.host);
process.on('SIGTERM', () => process.exit(0));
