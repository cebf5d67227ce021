/** Thousands of requests at random from the schema (fuzz.ts): SOAK_SEED and SOAK_REQUESTS choose others. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { rows } from '#core';
import { openWorld, type World } from '../support/world.js';
import { type Fuzzing, fuzz } from './fuzz.js';
import { circumstances, writeResults } from './results.js';

const seed = Number(process.env.SOAK_SEED ?? 20261121);
const requests = Number(process.env.SOAK_REQUESTS ?? 6_000);
let world: World;
let server = '';

beforeAll(async () => {
  process.stdout.write(`seed ${seed}\n`);
  world = await openWorld();
  const [found] = await rows<{ version: string }>(
    world.db.dataSource,
    `select current_setting('server_version') as version`,
  );
  server = found!.version;
  const nation = await world.token('VN', 'administrator');
  await world.ask(nation, 'mutation { openRound(code: "2026H1") { code } }');
});
afterAll(() => world?.close());

it('whatever is sent is answered as a mistake of who sent it', async () => {
  const token = await world.token('05953', 'reporter');
  const form = await fetch(`${world.url}/forms/2026H1`, { headers: { authorization: `Bearer ${token}` } });
  const told = await fuzz(world, { seed, requests, form: Buffer.from(await form.arrayBuffer()) });
  writeResults('Requests at random', resultsOf(told));
  expect(told.wrong).toEqual([]);
});

function resultsOf({ requests, outcomes, asked, wrong }: Fuzzing): string {
  const table = (title: string, map: Map<string, number>) =>
    [`| ${title} | requests |`, '|---|---:|']
      .concat([...map].sort((a, b) => b[1] - a[1]).map(([name, count]) => `| ${name} | ${count} |`))
      .join('\n');
  return `Written by \`npm run soak\`: requests made from the schema, the routes and the refuse of the net (test/soak/fuzz.ts). Wrong would be
an answer of 500 and above, a word of SQL or of our files in it, a header of the sender's, a change by what was refused, and
totals that differ from their recomputation.

${circumstances(seed, server)}

${requests} requests, ${asked.size} doors, **${wrong.length} wrong**${wrong.length > 0 ? `:\n\n${wrong.map((one) => `- ${one}`).join('\n')}` : '.'}

${table('came of it', outcomes)}

${table('asked', asked)}
`;
}
