/**
 * The long random histories: one undisturbed, one whose connections are killed all the time, and one over HTTP to API
 * processes that are killed, with the worker and the database's sessions. What came of them is written to
 * test/soak/RESULTS.md, also when they fail. SOAK_SEED and SOAK_OPERATIONS choose another history.
 */
import { afterAll, afterEach, expect, it } from '@jest/globals';
import { rows } from '#core';
import { type FreshDatabase, freshDatabase } from '../support/database.js';
import { type History, randomHistory } from './random-histories.js';
import { circumstances, writeResults } from './results.js';
import { ServedHistory } from './served-history.js';

const seed = Number(process.env.SOAK_SEED ?? 20261121);
const operations = Number(process.env.SOAK_OPERATIONS ?? 12_000);
const CONNECTIONS = 16;
const wish = {
  seed,
  connections: CONNECTIONS,
  provinces: ['19', '20', '52', '01'],
  communes: 8,
  rounds: ['2026H1', '2026H2', '2027H1'],
  log: (line: string) => process.stdout.write(`${line}\n`),
};

const told: [string, History][] = [];
let db: FreshDatabase;
let served: ServedHistory | undefined;
let server = '';
afterEach(async () => {
  await served?.close();
  await db?.drop();
});
afterAll(() => writeResults('Random histories', resultsOf(told)));

async function lived(
  title: string,
  calls: number,
  more: { inspections: number; killEvery?: number },
  overHttp = false,
): Promise<History> {
  db = await freshDatabase(2);
  served = overHttp ? await ServedHistory.open(db.url, db.dataSource) : undefined;
  const [found] = await rows<{ version: string }>(db.dataSource, `select current_setting('server_version') as version`);
  server = found!.version;
  const history = await randomHistory({ ...wish, ...more, served, url: db.url, operations: calls });
  told.push([title, history]);
  return history;
}

it('an undisturbed history', async () => {
  const history = await lived('Undisturbed', operations, { inspections: 20 });
  expect(history).toMatchObject({ wrong: [], deadlocks: 0 });
  expect(history.conflicting / history.calls).toBeGreaterThan(0.2);
});

it('a history whose connections are killed', async () => {
  const history = await lived('Connections killed', Math.ceil(operations / 4), { inspections: 10, killEvery: 50 });
  expect(history).toMatchObject({ wrong: [], deadlocks: 0 });
  expect(history.kills).toBeGreaterThan(20);
});

it('a history over HTTP whose APIs, worker and sessions are killed', async () => {
  const history = await lived(
    'Over HTTP, APIs, worker and sessions killed',
    operations,
    { inspections: 10, killEvery: 400 },
    true,
  );
  expect(history).toMatchObject({ wrong: [], deadlocks: 0 });
  expect(history.struck['API killed']).toBeGreaterThan(1);
});

function resultsOf(histories: [string, History][]): string {
  return `Written by \`npm run soak\`: operations on reports of a small country, at random, on ${CONNECTIONS} connections; totals, their
history and the record compared in one snapshot while writers write, and once more at the end; then each acknowledged
submission is looked for, and the sealed log of events verified. Over HTTP, ${CONNECTIONS} callers ask two API processes with a worker
beside them; what is not answered is sent again under its key. Any disagreement, deadlock, submission lost or stored twice, or
outcome outside of the rules would stand under "wrong".

${circumstances(seed, server)}
${wish.provinces.length} provinces × ${wish.communes} communes × ${wish.rounds.length} rounds.
${histories.map(([title, history]) => section(title, history)).join('')}`;
}

const struckOf = ({ struck }: History) =>
  Object.entries(struck)
    .map(([what, times]) => `${what}: ${times}`)
    .join(', ');

function section(title: string, history: History): string {
  const share = (count: number) => `${((100 * count) / history.calls).toFixed(1)} %`;
  const table = (heading: string, counts: Record<string, number>) =>
    `\n| ${heading} | calls | share |\n|---|---:|---:|\n${Object.entries(counts)
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => `| ${name} | ${count} | ${share(count)} |\n`)
      .join('')}`;
  return `
## ${title}

- ${history.calls} calls in ${history.seconds.toFixed(1)} s; ${share(history.conflicting)} made to conflict; ${history.versions} versions stored
- ${history.inspections} inspections, ${history.slots} slots compared, ${history.instants} instants answered for and asked again
- ${history.closings} closes signed anew; after each inspection a rebuild in the middle of traffic, which must mend nothing
- ${history.asked > 0 ? `${history.asked} requests, ${history.unanswered} of them without an answer; ${struckOf(history)}` : `connections killed: ${history.kills}`}
- deadlocks: ${history.deadlocks}
- wrong: ${history.wrong.length === 0 ? 'nothing' : history.wrong.map((line) => `\n  - ${line}`).join('')}
${table('operation', history.mix)}${table('outcome', history.outcomes)}`;
}
