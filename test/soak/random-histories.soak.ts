/**
 * The long random histories: one undisturbed, one whose connections are killed all the time. What came of them is
 * written to test/soak/RESULTS.md, also when they fail. SOAK_SEED and SOAK_OPERATIONS choose another history.
 */
import { afterAll, afterEach, expect, it } from '@jest/globals';
import { rows } from '#core';
import { type FreshDatabase, freshDatabase } from '../support/database.js';
import { type History, randomHistory } from './random-histories.js';
import { circumstances, writeResults } from './results.js';

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
let server = '';
afterEach(() => db?.drop());
afterAll(() => writeResults('Random histories', resultsOf(told)));

async function lived(
  title: string,
  calls: number,
  more: { inspections: number; killEvery?: number },
): Promise<History> {
  db = await freshDatabase(2);
  const [found] = await rows<{ version: string }>(db.dataSource, `select current_setting('server_version') as version`);
  server = found!.version;
  const history = await randomHistory({ ...wish, ...more, url: db.url, operations: calls });
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

function resultsOf(histories: [string, History][]): string {
  return `Written by \`npm run soak\`: operations on reports of a small country, at random, on ${CONNECTIONS} connections; totals, their
history and the record compared in one snapshot while writers write, and once more at the end. Any disagreement, deadlock
or outcome outside of the rules would stand under "wrong".

${circumstances(seed, server)}
${wish.provinces.length} provinces × ${wish.communes} communes × ${wish.rounds.length} rounds.
${histories.map(([title, history]) => section(title, history)).join('')}`;
}

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
- connections killed: ${history.kills}
- deadlocks: ${history.deadlocks}
- wrong: ${history.wrong.length === 0 ? 'nothing' : history.wrong.map((line) => `\n  - ${line}`).join('')}
${table('operation', history.mix)}${table('outcome', history.outcomes)}`;
}
