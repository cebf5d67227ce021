/**
 * The service among faults, over all points, with the queue in PostgreSQL and in Redis; SOAK_SEED, SOAK_ROUNDS and
 * SOAK_POINTS choose others.
 */
import { afterAll, expect, it } from '@jest/globals';
import { noRedis, ownRedis } from '../support/redis.js';
import { circumstances, writeResults } from './results.js';
import { type Endured, serviceFaults } from './service-faults.js';
import { servicePoints } from './service-points.js';

const seed = Number(process.env.SOAK_SEED ?? 20261121);
const rounds = Number(process.env.SOAK_ROUNDS ?? 200) / 2;
/** Only the points with these words in their name. */
const words = process.env.SOAK_POINTS;
const only = words ? servicePoints.map(({ name }) => name).filter((name) => name.includes(words)) : undefined;
const log = (line: string) => process.stdout.write(`${line}\n`);
const told: Endured[] = [];
afterAll(() => writeResults('The service among faults', resultsOf()));

async function endure(redis: boolean): Promise<void> {
  const endured = await serviceFaults({ seed, rounds, redis, only, log });
  told.push(endured);
  expect(endured).toMatchObject({ wrong: [], rounds });
}

it(`seed ${seed}: ${rounds} rounds, the queue in PostgreSQL`, () => endure(false));
(ownRedis ? it : it.skip)(`seed ${seed}: ${rounds} rounds, the queue in Redis ${noRedis ?? ''}`, () => endure(true));

function resultsOf(): string {
  return `Written by \`npm run soak\`: two API and two worker processes, a PostgreSQL that flushes to disk, a mail server. Reporters submit
and repeat what was not answered, readers ask as of instants and ask again, a summary is being mailed; in each round one
thing goes wrong at a random moment, and what died is started anew. Then no acknowledged submission may be lost or stored
twice, the log of events is as it was sealed, cells and standings are as recomputed and a rebuild mends nothing, mails were taken once, every API is ready again by
itself and was never "ready" while it could not reach the database, and nobody was answered with an error of ours.
${told.map(section).join('')}`;
}

function section(endured: Endured): string {
  return `
## The queue in ${endured.redis ? 'Redis' : 'PostgreSQL'}

${circumstances(endured.seed, endured.server)}

- ${endured.rounds} rounds over ${Object.keys(endured.points).length} points in ${endured.seconds.toFixed(0)} s; processes killed with SIGKILL: ${endured.kills}
- left out here: ${endured.skipped.join('; ') || 'nothing'}
- ${endured.calls} calls; "not now" ${endured.refused} times, no answer ${endured.unanswered} times
- ${endured.acknowledged} submissions acknowledged, each found once; ${endured.asOf} instants asked again
- ${endured.sealed} events sealed and verified after each round
- ${endured.mails} mails, ${endured.unknown} of them unknown; ${endured.readinessLooks} looks at who is ready
- wrong: ${endured.wrong.length === 0 ? 'nothing' : endured.wrong.map((line) => `\n  - ${line}`).join('')}

| what went wrong | rounds | seconds each |
|---|---:|---:|
${Object.entries(endured.points)
  .map(([name, { rounds, seconds }]) => `| ${name} | ${rounds} | ${(seconds / rounds).toFixed(0)} |`)
  .join('\n')}
`;
}
