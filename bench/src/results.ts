/** What a whole run found, as the file that is committed. The machine is told in general words only. */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '#core';
import { type Bar, holds, type Outcome } from './bar.js';
import type { Evening } from './bars/evening.js';

export const figure = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

export function limit(bar: Bar): string {
  const bound = bar.most === undefined ? `≥ ${bar.least}` : `≤ ${bar.most}`;
  return bar.aim === undefined ? bound : `${bound}, aim ${bar.aim}`;
}

export function writeResults(
  outcomes: { bar: Bar; outcome: Outcome }[],
  evening: Evening,
  machine: { postgres: string; date: string; load: [before: number, after: number] },
): void {
  const lines = [
    '# What the bench measured',
    '',
    `${machine.date}. ${cpus().length} cores, Node ${process.versions.node}, PostgreSQL ${machine.postgres} (embedded, fsync and`,
    'synchronous_commit on), everything on one machine over loopback. Subject and reference run in turns within one run;',
    `the ratio is that of the medians. Load average ${machine.load.map((load) => load.toFixed(1)).join(' before the bars, ')} after them; what is above`,
    'some 3 is others at work on the machine. **Trust the ratios, not the milliseconds.**',
    '',
    'Data: 3,321 communes × 25 indicators × 11 rounds with targets for every province and commune, and 90,000 local units',
    'below them that report in every round. `npm run bench` makes it anew; `npm run bench -- <name>` runs one bar.',
    '',
    '| bar | subject × reference | subject | reference | ratio | must be | |',
    '|---|---|---|---|---|---|---|',
    ...outcomes.map(({ bar, outcome }) =>
      [
        '',
        `\`${bar.name}\``,
        bar.title,
        `${figure(outcome.subject)} ${outcome.unit}`,
        `${figure(outcome.reference)} ${outcome.unit}`,
        `**${outcome.ratio.toFixed(2)}**`,
        limit(bar),
        holds(bar, outcome.ratio) ? 'holds' : 'FAILS',
        '',
      ]
        .join(' | ')
        .trim(),
    ),
    '',
    ...outcomes.flatMap(({ bar, outcome }) => (outcome.notes ?? []).map((note) => `- \`${bar.name}\`: ${note}.`)),
    '',
    '## The evening of the deadline',
    '',
    `All communes submit over HTTP at once while readers poll the nation’s table: ${evening.holds ? 'holds' : 'FAILS'}.`,
    '',
    '| | |',
    '|---|---|',
    ...evening.lines.map(([what, how]) => `| ${what} | ${how} |`),
    '',
  ];
  writeFileSync(join(projectRoot, 'bench', 'RESULTS.md'), lines.join('\n'));
}
