/**
 * What people ask, one request each, over HTTP among 90,000 local units and eleven rounds. Our sessions plan a text once for
 * whoever asks (libs/core/src/database.ts); a text that would fare much better with a plan for its own parameters shows
 * here: the subject is our API, the reference the same API with PostgreSQL planning as it thinks best. The bar is the worst
 * of them; the milliseconds of each stand beside it.
 */
import type { Bar, Outcome } from '../bar.js';
import { PROGRAMME, ROUNDS } from '../country.js';
import { alternate, timed } from '../measure.js';
import { open } from '../questions.js';
import { type Stage, tokensOf } from '../stage.js';

const LATEST = ROUNDS.at(-1)!;
const PROVINCE = '19';
/** PostgreSQL decides after five calls whether a plan is kept; there are up to ten sessions, of which one works mostly. */
const WARMING = 12;
const TURNS = 11;

const on = `programme: "${PROGRAMME}"`;
const period = `period: "${LATEST}", ${on}`;
const round = `round: "${LATEST}", ${on}`;
const of = `indicator: "B01", ${period}, first: 50`;
const shown = '{ totalCount nodes { unit { code name } numerator denominator display } }';
const totals = '{ unit { code } reported totals { numerator denominator display own { status } } }';
const counts = '{ expected onTime late notSubmitted }';
const owing = '{ totalCount nodes { unit { code name } class timeliness dueOn } }';

/** Who asks: the nation, a province, a commune of it. */
type Who = 'nation' | 'province' | 'commune';
const QUESTIONS: [name: string, who: Who, query: string][] = [
  ['totals of the nation', 'nation', `{ totals(${period}) ${totals} }`],
  ['totals of a year', 'nation', `{ totals(period: "${LATEST.slice(0, 4)}", ${on}) ${totals} }`],
  ['totals of a province', 'province', `{ totals(${period}) ${totals} }`],
  ['all communes of a province', 'province', `{ childTotals(${period}) { nodes ${totals} } }`],
  [
    "all communes of a province, today's boundaries",
    'province',
    `{ childTotals(${period}, boundaries: TODAY) { nodes ${totals} } }`,
  ],
  ['totals of a commune', 'commune', `{ totals(${period}) ${totals} }`],
  ['eleven rounds of the nation', 'nation', `{ series(from: "${ROUNDS[0]}", to: "${LATEST}", ${on}) ${totals} }`],
  ['ranking of all communes', 'nation', `{ ranking(${of}) ${shown} }`],
  ['ranking of a province', 'province', `{ ranking(${of}) ${shown} }`],
  ['ranking of all communes by name', 'nation', `{ ranking(${of}, order: NAME) ${shown} }`],
  ['best and worst', 'nation', `{ extremes(indicator: "B01", ${period}) { best { unit { code } display } } }`],
  ['what moved in the nation', 'nation', `{ movers(${of}) { totalCount } }`],
  ['what moved in a province', 'province', `{ movers(${of}) { totalCount } }`],
  ['whose gaps make the nation miss', 'nation', `{ gaps(${of}) { totalCount } }`],
  ['whose gaps make a province miss', 'province', `{ gaps(${of}) { totalCount } }`],
  ['who has reported, of the nation', 'nation', `{ completeness(${round}) ${counts} }`],
  ['who has reported, of a province', 'province', `{ completeness(${round}) ${counts} }`],
  ['obligations of the nation', 'nation', `{ obligations(${round}) ${owing} }`],
  ['obligations of a province that are late', 'province', `{ obligations(${round}, timeliness: LATE) ${owing} }`],
  ['units by a name', 'nation', '{ units(text: "Kha Sơn") { totalCount nodes { code title } } }'],
  ['the first of all units', 'province', '{ units { totalCount nodes { code title } } }'],
  ['plans', 'province', `{ plans(${on}) { key } }`],
  ['rounds', 'commune', `{ rounds(${on}) { code expected } }`],
  ['own report', 'commune', `{ report(${round}) { versions { number state figures { indicator numerator } } } }`],
];

async function measure(stage: Stage): Promise<Outcome> {
  const client = await open(stage.whole);
  const { rows } = await client.query<{ code: string }>(
    `select u.code from org_unit u join org_unit p on p.code = $1 and p.id = any(u.above) where u.level = 2
     order by u.code limit 1`,
    [PROVINCE],
  );
  await client.end();
  const units: Record<Who, string> = { nation: 'VN', province: PROVINCE, commune: rows[0]!.code };
  const tokens = new Map<Who, string>();
  for (const [who, unit] of Object.entries(units) as [Who, string][])
    tokens.set(who, (await tokensOf(stage.whole, unit, 'viewer')).get(unit)!);
  const [ours, replanned] = [await stage.api(stage.whole), await stage.replanned(stage.whole)];
  const asking = (port: number, who: Who, query: string) => async () => {
    const body = JSON.stringify({ query });
    const headers = { authorization: `Bearer ${tokens.get(who)!}`, 'content-type': 'application/json' };
    return timed(async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers, body });
      const { errors } = (await answer.json()) as { errors?: { message: string }[] };
      if (errors) throw new Error(`${query}: ${errors[0]!.message}`);
    });
  };
  try {
    const outcomes: (Outcome & { name: string })[] = [];
    for (const [name, who, query] of QUESTIONS) {
      const [subject, reference] = [asking(ours.port, who, query), asking(replanned.port, who, query)];
      for (let warm = 0; warm < WARMING; warm++) await Promise.all([subject(), reference()]);
      outcomes.push({ name, unit: 'ms', ...(await alternate(TURNS, subject, reference)) });
    }
    const worst = outcomes.reduce((a, b) => (b.ratio > a.ratio ? b : a));
    return {
      ...worst,
      notes: outcomes.map(({ name, subject, ratio }) => `${name}: ${subject.toFixed(0)} ms, × ${ratio.toFixed(2)}`),
    };
  } finally {
    await Promise.all([ours.stop(), replanned.stop()]);
  }
}

export const questions: Bar[] = [
  {
    name: 'questions',
    title: 'What people ask, one request each × the same planned anew for its parameters (the worst kind)',
    most: 1.5,
    measure,
  },
];
