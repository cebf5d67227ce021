/**
 * Reads at the database: the statements that the product's own service sends for a table of totals with targets, replayed
 * on one connection. "The read" is those among them that read figures, plans and targets; the whole question, with
 * scope, rounds, units and page count, is told beside it.
 */
import type { Client } from 'pg';
import type { Bar, Outcome } from '../bar.js';
import { PROGRAMME, ROUNDS } from '../country.js';
import { alternate, type Measured, timed } from '../measure.js';
import { ask, open, replay, type Statement, statementsOf } from '../questions.js';
import { CELLS_BY_KEY, COMMUNE_CELLS, COMMUNE_CELLS_BY_KEY, PLAIN_CELLS } from '../references.js';
import { moveAfter } from '../submissions.js';

const TURNS = 150;
const LATEST = ROUNDS.at(-1)!;
const nation = { unitCode: 'VN', programme: PROGRAMME, period: LATEST, basis: 'accepted' } as const;
const figuresIn = /\b(cell|standing|report_version|plan_version|target)\b/;
const reading = (statements: Statement[]) => statements.filter(({ text }) => figuresIn.test(text));

async function withClients<T>(urls: string[], work: (...clients: Client[]) => Promise<T>): Promise<T> {
  const clients = await Promise.all(urls.map(open));
  try {
    return await work(...clients);
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

const replayed = (client: Client, statements: Statement[]) => () => timed(() => replay(client, statements));

/** The province with the most communes. */
async function largestProvince(client: Client): Promise<string> {
  const found = await client.query<{ code: string }>(
    `select p.code from cell_now k join org_unit p on p.id = k.parent_id and p.level = 1 join round r on r.id = k.round_id
     where r.code = $1 order by k.expected desc limit 1`,
    [LATEST],
  );
  return found.rows[0]!.code;
}

/** @param children what the cells of the reference belong to, as SQL over `u` */
async function againstCells(url: string, unitCode: string, sql: string, children: string): Promise<Outcome> {
  const statements = await statementsOf(url, { ...nation, unitCode });
  return withClients([url, url], async (a, b) => {
    const found = await b.query<{ round: number; ids: number[] }>(
      `select (select id from round where code = $1) as round, array_agg(u.id) as ids from org_units_on(current_date) u where ${children}`,
      [LATEST],
    );
    const { round, ids } = found.rows[0]!;
    const bare = () => timed(() => ask(b, sql, [round, 'accepted', ids]));
    const read = await alternate(TURNS, replayed(a, reading(statements)), bare);
    const whole = await alternate(TURNS / 2, replayed(a, statements), bare);
    return {
      ...read,
      unit: 'ms',
      notes: [
        `${reading(statements).length} of ${statements.length} statements read figures, plans and targets; all of them together: × ${whole.ratio.toFixed(2)}`,
      ],
    };
  });
}

/** The same question over 11 rounds and 90,000 local units, and over one round and none. */
async function acrossScale(stage: { whole: string; one: string }, unitCode: string | null): Promise<Measured> {
  return withClients([stage.whole, stage.one], async (whole, one) => {
    const code = unitCode ?? (await largestProvince(one));
    const big = await statementsOf(stage.whole, { ...nation, unitCode: code });
    const small = await statementsOf(stage.one, { ...nation, unitCode: code });
    return alternate(TURNS, replayed(whole, big), replayed(one, small));
  });
}

const inMs = (measured: Measured, notes?: string[]): Outcome => ({ ...measured, unit: 'ms', notes });

export const reads: Bar[] = [
  {
    name: 'read-nation',
    title: '34 × 25 with targets, at the database × a bare primary-key read of the same cells with JSON in SQL',
    most: 1.5,
    measure: (stage) =>
      withClients([stage.whole], async (client) => {
        for (const sql of PLAIN_CELLS.split(';')) await client.query(sql);
        return againstCells(stage.whole, 'VN', CELLS_BY_KEY, 'u.level = 1');
      }),
  },
  {
    name: 'read-province',
    title: 'One province’s communes × 25 with targets, at the database × the same as cells by primary key, JSON in SQL',
    most: 1.5,
    measure: (stage) =>
      withClients([stage.whole], async (client) => {
        for (const sql of `${PLAIN_CELLS};${COMMUNE_CELLS}`.split(';')) await client.query(sql);
        const code = await largestProvince(client);
        const children = `u.parent_id = (select id from org_unit where code = '${code}')`;
        return againstCells(stage.whole, code, COMMUNE_CELLS_BY_KEY, children);
      }),
  },
  {
    name: 'scale-nation',
    title: '34 × 25 with 11 rounds and 90,000 local units loaded × with one round and none',
    most: 1.3,
    measure: async (stage) => inMs(await acrossScale(stage, 'VN')),
  },
  {
    name: 'scale-province',
    title: 'One province’s communes with 11 rounds and 90,000 local units loaded × with one round and none',
    most: 1.3,
    measure: async (stage) => inMs(await acrossScale(stage, null)),
  },
  {
    name: 'as-of',
    title: 'The nation’s table as of an earlier instant × current',
    most: 10,
    measure: (stage) =>
      withClients([stage.whole, stage.whole], async (a, b) => {
        const asOf = await moveAfter(stage.whole, LATEST);
        const earlier = await statementsOf(stage.whole, { ...nation, asOf });
        const current = await statementsOf(stage.whole, nation);
        const measured = await alternate(TURNS, replayed(a, earlier), replayed(b, current));
        return inMs(measured, ['every province’s cell has moved since the instant asked for']);
      }),
  },
];
