/** The nation's table over HTTP: the product's GraphQL API against a bare Fastify route, requests per second. */
import type { Bar, Outcome } from '../bar.js';
import { PROGRAMME, ROUNDS } from '../country.js';
import type { LoadRequest } from '../load.js';
import { alternate } from '../measure.js';
import { open } from '../questions.js';
import { LIVE_SCHEMA, PLAIN_CELLS } from '../references.js';
import { load, type Stage, tokensOf } from '../stage.js';
import { keepMoving } from '../submissions.js';

const LATEST = ROUNDS.at(-1)!;
const CONNECTIONS = 4;
const TURNS = 5;
const SECONDS = 1;
const MOVES = 30;
const WARMING = 10;

/** What a client asks to draw the table: each province's 25 indicators with coverage and how they stand. */
export const NATION_TABLE = `query NationTable($period: String!, $programme: String!) {
  childTotals(period: $period, programme: $programme, basis: ACCEPTED, first: 200) {
    totalCount
    nodes {
      unit { code name }
      expected
      reported
      closed
      totals {
        indicator { code }
        numerator
        denominator
        display
        noValue
        coverage { expected included }
        own { status label threshold }
      }
    }
  }
}`;

export async function tableRequest(url: string): Promise<LoadRequest> {
  const token = (await tokensOf(url, 'VN', 'viewer')).get('VN')!;
  const body = JSON.stringify({ query: NATION_TABLE, variables: { period: LATEST, programme: PROGRAMME } });
  return { path: '/graphql', token, body };
}

async function against(stage: Stage, route: string): Promise<Outcome> {
  const client = await open(stage.whole);
  const found = await client.query<{ id: number }>('select id from round where code = $1', [LATEST]);
  await client.end();
  const [api, bare] = [await stage.api(stage.whole), await stage.bare(stage.whole)];
  try {
    const table = await tableRequest(stage.whole);
    const cells = { path: `/${route}/${found.rows[0]!.id}` };
    const common = { connections: CONNECTIONS, seconds: SECONDS };
    let milliseconds = 0;
    const subject = async () => {
      const result = await load({ ...common, port: api.port, requests: [table], expect: '"own":{"status"' });
      milliseconds = result.p50;
      return result.perSecond;
    };
    const reference = async () =>
      (await load({ ...common, port: bare.port, requests: [cells], expect: '"valued"' })).perSecond;
    // A process that has just begun is slow for its first seconds.
    for (let second = 0; second < WARMING; second++) await subject();
    for (let second = 0; second < WARMING; second++) await reference();
    const measured = await alternate(TURNS, subject, reference);
    const p50 = milliseconds;
    // What the product keeps of earlier answers serves it only where nothing has moved.
    const moving = await keepMoving(stage.whole, LATEST, MOVES);
    const meanwhile = await alternate(2, subject, reference).finally(() => moving.stop());
    return {
      ...measured,
      unit: 'requests/s',
      notes: [
        `${CONNECTIONS} connections; GraphQL p50 ${p50.toFixed(1)} ms`,
        `while ${MOVES} reports a second are replaced and accepted, each moving a province in the table: ${meanwhile.subject.toFixed(0)} against ${meanwhile.reference.toFixed(0)}, × ${meanwhile.ratio.toFixed(2)}`,
      ],
    };
  } finally {
    await Promise.all([api.stop(), bare.stop()]);
  }
}

export const httpReads: Bar[] = [
  {
    name: 'http-read',
    title: '34 × 25 over HTTP GraphQL, requests/s × a bare Fastify route serving the same cells',
    least: 0.2,
    aim: 0.4,
    measure: async (stage) => {
      const client = await open(stage.whole);
      for (const sql of PLAIN_CELLS.split(';')) await client.query(sql);
      await client.end();
      return against(stage, 'cells');
    },
  },
  {
    name: 'http-live',
    title:
      '34 × 25 over HTTP GraphQL, requests/s × the same table over HTTP from a live SQL view of one row per figure',
    least: 5,
    aim: 15,
    measure: async (stage) => {
      const client = await open(stage.whole);
      for (const sql of LIVE_SCHEMA.split(';')) await client.query(sql);
      await client.end();
      return against(stage, 'live');
    },
  },
];
