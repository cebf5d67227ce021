/**
 * The questions of the read bars, as the product's own service asks them of the database: the statements are recorded
 * while the service answers once, and replayed in their order on one connection, rows parsed as the product parses them.
 * Nothing is left out: scope, rounds, units, targets and the page's count are part of the question.
 */
import { createHash } from 'node:crypto';
import { Client, type Pool } from 'pg';
import { AccessService, type Caller, verbsOf } from '#access';
import { Clock, connect } from '#core';
import { Horizon, type TotalsQuestion, TotalsService } from '#rollups';

export type Statement = { name: string; text: string; values: unknown[] };

/** The statements of one childTotals question, in their order. @param size units on the page */
export async function statementsOf(url: string, question: TotalsQuestion, size = 200): Promise<Statement[]> {
  const dataSource = await connect(url, { pool: 4, name: 'bench' });
  try {
    const clock = new Clock();
    const access = new AccessService(dataSource, clock);
    const totals = new TotalsService(dataSource, clock, access, new Horizon(dataSource, clock));
    const statements: Statement[] = [];
    const caller = await nation(dataSource);
    // A first answer reads what is kept for good (the form, what plans say); the next ones are what people wait for.
    await totals.childTotals(caller, question, { first: size });
    const pool = (dataSource.driver as unknown as { master: Pool }).master;
    const query = pool.query.bind(pool);
    pool.query = ((statement: Statement) => {
      statements.push(statement);
      return query(statement);
    }) as unknown as typeof pool.query;
    const page = await totals.childTotals(caller, question, { first: size });
    if (page.items.length < 2 || page.items.some((item) => item.totals.length === 0))
      throw new Error('the question has no answer worth measuring');
    return statements;
  } finally {
    await dataSource.destroy();
  }
}

/** The ministry's reader. */
async function nation(db: Awaited<ReturnType<typeof connect>>): Promise<Caller> {
  const [unit] = (await db.query('select id, code from org_unit where level = 0')) as { id: number; code: string }[];
  return {
    accountId: 1,
    role: 'viewer',
    unitId: unit!.id,
    unitCode: unit!.code,
    unitLevel: 0,
    verbs: verbsOf.viewer,
    tokenPrefix: 'bench',
  };
}

/** Settings of a session as the product's have them (libs/core/src/database.ts). */
export const SESSION = '-c timezone=UTC -c jit=off -c plan_cache_mode=force_generic_plan';

export async function open(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, options: SESSION });
  await client.connect();
  return client;
}

export async function replay(client: Client, statements: readonly Statement[]): Promise<void> {
  for (const { name, text, values } of statements) await client.query({ name, text, values });
}

/** One statement, prepared as the product prepares its own. */
export function ask<T extends object>(client: Client, text: string, values: unknown[]) {
  return client.query<T>({ name: createHash('sha256').update(text).digest('base64url'), text, values });
}
