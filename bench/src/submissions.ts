/** Submissions at the database, in the words of the product's own functions, and as a client would send them. */
import { randomUUID } from 'node:crypto';
import { Client, Pool } from 'pg';
import { connect } from '#core';
import { adds, arrayText } from '#reporting';
import { openRound, PROGRAMME, roundNumber } from './country.js';
import { SESSION } from './questions.js';

/** What a unit is about to report: its obligation, the account of its reporter, its figures. */
export type Due = {
  obligation: number;
  roundId: number;
  kinds: string[];
  carry: (string | null)[] | null;
  parentId: number;
  account: number;
  unit: string;
  province: string;
  n: (string | null)[];
  d: (string | null)[];
  s: number[];
};

export const SUBMIT =
  'select * from submit_report($1, $2, $3, $4, false, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)';

/** Values of SUBMIT, as the product fills them. @param expected number of the version replaced */
export function submitValues(due: Due, expected: number): unknown[] {
  return [
    due.account,
    due.obligation,
    due.roundId,
    due.parentId,
    expected,
    randomUUID(),
    'bench',
    arrayText(due.n),
    arrayText(due.d),
    arrayText(due.s),
    due.carry && arrayText(due.carry),
    adds({ ...due, figures: due, expectedVersion: expected }),
    null,
    null,
    null,
    '{"containsNoSecrets": true}',
    '[]',
  ]
    .concat(new Date() as never)
    .concat([null, null]);
}

/** Opens a round for a bar's own use and gives everything due in it, provinces in turn. */
export async function freshRound(url: string, code: string): Promise<Due[]> {
  const dataSource = await connect(url, { pool: 1, name: 'bench' });
  try {
    await dataSource.query('set statement_timeout = 0');
    const round = await openRound(dataSource, code);
    await dataSource.query('analyze obligation; analyze standing; analyze collection; analyze cell');
    return await dueIn(dataSource, round, roundNumber(code));
  } finally {
    await dataSource.destroy();
  }
}

type Queries = { query(sql: string, values?: unknown[]): Promise<unknown> };

async function dueIn(db: Queries, round: number, k: number): Promise<Due[]> {
  await db.query(
    `insert into account (unit_id, role, label, created_at)
     select unit_id, 'reporter', 'bench', clock_timestamp() from obligation where round_id = $1 on conflict do nothing`,
    [round],
  );
  const found = await db.query(
    `select o.id as obligation, o.round_id as "roundId", r.kinds, b.carry::text[] as carry, o.parent_id as "parentId", a.id as account, u.code as unit,
       p.code as province, f.n::text[] as n, f.d::text[] as d, f.s
     from obligation o join round r on r.id = o.round_id
     join standing b on b.obligation_id = o.id and b.basis = 'received' and b.recorded_to is null
     join org_unit u on u.id = o.unit_id and u.level = 2 join org_unit p on p.id = o.parent_id
     join account a on a.unit_id = u.id and a.role = 'reporter' and a.label = 'bench'
     cross join lateral bench.figures(o.unit_id, $2::int) f
     where o.round_id = $1 order by row_number() over (partition by o.parent_id order by o.unit_id), o.parent_id`,
    [round, k],
  );
  return (Array.isArray(found) ? found : (found as { rows: Due[] }).rows) as Due[];
}

/** One commune of each province, whose report may be replaced and accepted again and again. */
async function movable(client: Client, code: string): Promise<{ obligation: number; number: number }[]> {
  const found = await client.query<{ obligation: number; number: number }>(
    `select distinct on (o.parent_id) o.id as obligation, o.newest_number as number
     from obligation o join round r on r.id = o.round_id join org_unit u on u.id = o.unit_id and u.level = 2
     where r.code = $1 order by o.parent_id, o.unit_id`,
    [code],
  );
  return found.rows;
}

/** Reports anew, with other figures each time, and accepts: the province's cells move on both bases. */
async function move(client: Client, item: { obligation: number; number: number }): Promise<void> {
  await client.query(
    `select submit_report(1, $1, o.round_id, o.parent_id, owes_later(o.unit_id, o.round_id), $2::int, null, '', f.n, f.d, f.s, null,
       null, null, null, null, '{"containsNoSecrets": true}', '[]', now(), null, null)
     from obligation o cross join lateral bench.figures(o.unit_id, 12 + $2::int) f where o.id = $1`,
    [item.obligation, item.number],
  );
  item.number += 1;
  await client.query(`select step_report(1, $1, $2, 'accept', null, '[]', null, null)`, [item.obligation, item.number]);
}

/**
 * Moves every province's cells once more: one commune of each reports anew and is accepted.
 * @returns the instant before, to the microsecond
 */
export async function moveAfter(url: string, code: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ at: string }>('select recording_horizon(null) as at');
    for (const item of await movable(client, code)) await move(client, item);
    return rows[0]!.at;
  } finally {
    await client.end();
  }
}

/** Moves a province's cells so many times a second, province after province, until stopped. */
export async function keepMoving(url: string, code: string, perSecond: number): Promise<{ stop(): Promise<void> }> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const items = await movable(client, code);
  let going = true;
  const work = async () => {
    for (let turn = 0; going; turn++) {
      const next = performance.now() + 1000 / perSecond;
      await move(client, items[turn % items.length]!);
      await new Promise((settle) => setTimeout(settle, Math.max(0, next - performance.now())));
    }
  };
  const done = work().finally(() => client.end());
  return {
    stop() {
      going = false;
      return done;
    },
  };
}

export type Writer = { write(due: Due, expected: number): Promise<unknown> };

/** Writers over a pool of so many connections. */
export function writers(url: string, connections: number): { pool: Pool; product: Writer; bare(sql: string): Writer } {
  const pool = new Pool({ connectionString: url, max: connections, options: SESSION });
  // A connection that is lost while idle is replaced by the pool; whoever waits on one is told.
  pool.on('error', () => {});
  return {
    pool,
    product: {
      write: (due, expected) => pool.query({ name: 'submit', text: SUBMIT, values: submitValues(due, expected) }),
    },
    bare: (text) => ({
      write: (due) => pool.query({ name: 'bare', text, values: [due.obligation, due.n, due.d, due.s] }),
    }),
  };
}

const kindOf = (position: number) => (position <= 12 ? 'ratio' : position <= 20 ? 'count' : 'milestone');
const STATES = ['MISSING', 'VALUE', 'ESTIMATE', 'NOT_APPLICABLE'];

export const SUBMIT_MUTATION = `mutation Submit($input: SubmitReportInput!) {
  submitReport(input: $input) {
    stored onTime dueBefore
    version { number state receivedAt recordedAt }
    findings { severity code indicator vi }
  }
}`;

/** The body of the request by which a commune sends its 25 figures. */
export function submitBody(due: Due, round: string, idempotencyKey: string = randomUUID()): string {
  const figures = due.s.map((state, slot) => {
    const given = state === 1 || state === 2;
    const kind = kindOf(slot + 1);
    return {
      indicator: `B${String(slot + 1).padStart(2, '0')}`,
      state: STATES[state],
      ...(given && kind === 'ratio' && { numerator: due.n[slot], denominator: due.d[slot] }),
      ...(given && kind === 'count' && { value: due.n[slot] }),
      ...(given && kind === 'milestone' && { yes: due.n[slot] === '1' }),
    };
  });
  const input = {
    programme: PROGRAMME,
    round,
    expectedVersion: 0,
    idempotencyKey,
    figures,
    comment: 'Đã đối chiếu số liệu.',
    containsNoSecrets: true,
  };
  return JSON.stringify({ query: SUBMIT_MUTATION, variables: { input } });
}
