/**
 * The reference server: a bare Fastify with one pool and one statement per route, no rules, no access, no GraphQL. It
 * serves the cells that the product keeps with the JSON built in SQL by primary key; the same table from a live view of
 * one row per figure; and it takes a report with a single insert.
 */
import Fastify from 'fastify';
import { Pool } from 'pg';
import { BARE_INSERT, CELLS_BY_KEY, LIVE_TABLE } from './references.js';

const pool = new Pool({
  connectionString: process.env.DATABASE_URL,
  max: 10,
  options: '-c timezone=UTC -c jit=off',
});
const app = Fastify();

app.get('/health/ready', async () => ({ status: 'ok' }));

const units = pool.query<{ ids: number[] }>('select array_agg(id) as ids from org_unit where level = 1');
const serving = (name: string, sql: string) => async (request: { params: unknown }) => {
  const { round } = request.params as { round: string };
  const found = await pool.query<{ table: string }>({
    name,
    text: sql,
    values: [Number(round), 'accepted', (await units).rows[0]!.ids],
  });
  return found.rows[0]!.table;
};
const json = {
  onRequest: async (_: unknown, reply: { type(of: string): unknown }) => void reply.type('application/json'),
};
app.get('/cells/:round', json, serving('cells', CELLS_BY_KEY));
app.get('/live/:round', json, serving('live', LIVE_TABLE));

type Report = { obligation: number; n: (string | null)[]; d: (string | null)[]; s: number[] };
app.post<{ Body: Report }>('/report', async ({ body }) => {
  await pool.query({
    name: 'report',
    text: BARE_INSERT,
    values: [body.obligation, body.n, body.d, body.s],
  });
  return { stored: true };
});

await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
process.on('SIGTERM', () => process.exit(0));
