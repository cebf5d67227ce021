/** Mails among faults, 200 rounds over all points; SOAK_SEED and SOAK_ROUNDS choose others. Written to RESULTS.md, also when it fails. */
import { expect, it } from '@jest/globals';
import { deliveryFaults, type Told } from './delivery-faults.js';
import { circumstances, writeResults } from './results.js';

const seed = Number(process.env.SOAK_SEED ?? 20261121);
const rounds = Number(process.env.SOAK_ROUNDS ?? 200);

it(`seed ${seed}: ${rounds} rounds`, async () => {
  const told = await deliveryFaults({ seed, rounds, log: (line) => process.stdout.write(`${line}\n`) });
  writeResults('Mails among faults', resultsOf(told));
  expect(told).toMatchObject({ wrong: [], lost: 0, doubled: 0, rounds });
});

function resultsOf(told: Told): string {
  return `Written by \`npm run soak\`: a run of a schedule with three recipients, two worker processes racing for it, real mail
servers; in each round one thing goes wrong at a random moment, is mended as a supervisor would mend it, and time passes.
Then the ledger is held against what the mail servers took. A mail named to a server while nothing stands as "sending" in
the ledger would be wrong too.

${circumstances(told.seed, told.server)}

- ${told.rounds} rounds over ${Object.keys(told.points).length} points in ${told.seconds.toFixed(0)} s; workers killed with SIGKILL: ${told.kills}; a full disk here: ${told.disk}
- ${told.mails} mails: ${told.sent} sent, ${told.refused} refused for good, ${told.unknown} unknown (${told.unknownTaken} of them had been taken)
- sent again because a person asked: ${told.resent}, each as the same mail, once
- lost: ${told.lost}; doubled: ${told.doubled}
- wrong: ${told.wrong.length === 0 ? 'nothing' : told.wrong.map((line) => `\n  - ${line}`).join('')}

| what went wrong | rounds |
|---|---:|
${Object.entries(told.points)
  .map(([name, count]) => `| ${name} | ${count} |`)
  .join('\n')}
`;
}
