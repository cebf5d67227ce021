/**
 * What the second wall costs: the product's API with row-level security against the same API without, request by request
 * of the kinds that people send. The bar is the dearest of them.
 */
import type { Bar, Outcome } from '../bar.js';
import { PROGRAMME, ROUNDS } from '../country.js';
import type { LoadRequest } from '../load.js';
import { alternate } from '../measure.js';
import { load, type Server, type Stage, tokensOf } from '../stage.js';
import { freshRound, submitBody } from '../submissions.js';
import { tableRequest } from './http-reads.js';
import { dealer, reporterTokens } from './submits.js';

const LATEST = ROUNDS.at(-1)!;
const ROUND = '2036H1';
const CONNECTIONS = 4;
const TURNS = 9;
const SECONDS = 1;
const BATCH = 60;

const REPORT = `query Own($round: String!, $programme: String!) {
  report(round: $round, programme: $programme) { versions { number state figures { indicator numerator denominator } } }
}`;

type Kind = { name: string; expect: string; next(): LoadRequest[]; once?: boolean };

async function kinds(stage: Stage): Promise<Kind[]> {
  const nation = await tableRequest(stage.whole);
  const province = { ...nation, token: (await tokensOf(stage.whole, '19', 'viewer')).get('19')! };
  const communes = [...(await tokensOf(stage.whole, '19', 'viewer', true)).values()];
  const body = JSON.stringify({ query: REPORT, variables: { round: LATEST, programme: PROGRAMME } });
  const all = await freshRound(stage.whole, ROUND);
  const reporters = await reporterTokens(stage.whole, all);
  const due = dealer(all);
  return [
    { name: "the nation's table", expect: '"own":{"status"', next: () => [nation] },
    { name: "a province's table", expect: '"own":{"status"', next: () => [province] },
    {
      name: "a commune's report",
      expect: '"versions"',
      next: () => communes.map((token) => ({ path: '/graphql', token, body })),
    },
    {
      name: 'a submission',
      expect: '"stored":true',
      once: true,
      next: () =>
        due(BATCH).map((one) => ({ path: '/graphql', token: reporters.get(one.unit)!, body: submitBody(one, ROUND) })),
    },
  ];
}

async function measure(stage: Stage): Promise<Outcome> {
  const asked = await kinds(stage);
  const [walled, bare] = [await stage.api(stage.whole), await stage.unwalled(stage.whole)];
  try {
    const outcomes: (Outcome & { name: string })[] = [];
    for (const { name, expect, next, once } of asked) {
      // Milliseconds a request: the more, the dearer.
      const against = (server: Server) => async () => {
        const pace = once ? {} : { seconds: SECONDS };
        const result = await load({ port: server.port, connections: CONNECTIONS, requests: next(), expect, ...pace });
        return 1000 / result.perSecond;
      };
      outcomes.push({ name, unit: 'ms', ...(await alternate(TURNS, against(walled), against(bare))) });
    }
    const [dearest] = [...outcomes].sort((a, b) => b.ratio - a.ratio);
    return { ...dearest!, notes: outcomes.map(({ name, ratio }) => `${name}: × ${ratio.toFixed(2)}`) };
  } finally {
    await Promise.all([walled.stop(), bare.stop()]);
  }
}

export const rls: Bar[] = [
  {
    name: 'rls',
    title: 'A request over HTTP with row-level security × the same without (the dearest kind)',
    most: 1.3,
    aim: 1.15,
    measure,
  },
];
