/**
 * npm run bench [-- name …]: makes the data, measures all bars or those named, prints them as they come, and ends with
 * exit code 1 when one fails. A run of everything also writes bench/RESULTS.md.
 */
import { loadavg } from 'node:os';
import { type Bar, holds, type Outcome } from './bar.js';
import { type Evening, evening } from './bars/evening.js';
import { exportBars } from './bars/exports.js';
import { hostile } from './bars/hostile.js';
import { httpReads } from './bars/http-reads.js';
import { pace } from './bars/pace.js';
import { questions } from './bars/questions.js';
import { reads } from './bars/reads.js';
import { rebuild } from './bars/rebuild.js';
import { rls } from './bars/rls.js';
import { bigSheets } from './bars/sheets.js';
import { submits } from './bars/submits.js';
import { open } from './questions.js';
import { figure, limit, writeResults } from './results.js';
import { NO_STAGE, openStage } from './stage.js';

const bars: Bar[] = [
  ...reads,
  ...httpReads,
  ...questions,
  ...submits,
  ...pace,
  ...rebuild,
  ...rls,
  ...hostile,
  ...bigSheets,
  ...exportBars,
];
const EVENING = 'deadline-evening';
const asked = process.argv.slice(2);
const known = [...bars.map((bar) => bar.name), EVENING];
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`No such bar: ${unknown.join(', ')}. There are: ${known.join(', ')}\n`);
  process.exit(2);
}
const wanted = (name: string) => asked.length === 0 || asked.includes(name);
const say = (line: string) => process.stdout.write(`${line}\n`);

const needsData = wanted(EVENING) || bars.some(({ name, alone }) => wanted(name) && !alone);
if (needsData) say('Making the data …');
const stage = needsData ? await openStage(say) : NO_STAGE;
let failed = false;
const outcomes: { bar: Bar; outcome: Outcome }[] = [];
let night: Evening | undefined;
/** A run of everything takes less than a third of it on a machine of its own. */
const LONGEST = 30 * 60_000;
const end = async (code: number) => {
  await stage.close();
  process.exit(code);
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void end(130));
setTimeout(() => {
  process.stderr.write('The bench takes too long and is ended.\n');
  void end(1);
}, LONGEST).unref();
const before = loadavg()[0]!;
/** What goes wrong in one bar fails that bar, and the others are measured still. */
const measured = (bar: Bar): Promise<Outcome> =>
  bar.measure(stage).catch((error: unknown) => {
    const none = Number.NaN;
    return { subject: none, reference: none, ratio: none, unit: '', notes: [`not measured: ${error}`] };
  });

try {
  for (const bar of bars.filter(({ name }) => wanted(name))) {
    const outcome = await measured(bar);
    outcomes.push({ bar, outcome });
    const good = holds(bar, outcome.ratio);
    failed ||= !good;
    say(`${good ? 'holds' : 'FAILS'}  ${bar.name}: × ${outcome.ratio.toFixed(2)} (${limit(bar)})  ${bar.title}`);
    say(`       ${figure(outcome.subject)} against ${figure(outcome.reference)} ${outcome.unit}`);
    for (const note of outcome.notes ?? []) say(`       ${note}`);
  }
  if (wanted(EVENING)) {
    night = await evening(stage);
    failed ||= !night.holds;
    say(`${night.holds ? 'holds' : 'FAILS'}  ${EVENING}`);
    for (const [what, how] of night.lines) say(`       ${what}: ${how}`);
  }
  if (asked.length === 0 && night) {
    const client = await open(stage.whole);
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    await client.end();
    writeResults(outcomes, night, {
      postgres: rows[0]!.server_version,
      date: new Date().toISOString().slice(0, 10),
      load: [before, loadavg()[0]!],
    });
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  failed = true;
}
await end(failed ? 1 : 0);
