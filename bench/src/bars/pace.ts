/**
 * A province in a hurry: 150 submissions a second into one province, paced, and what the cells cost there. The reference
 * is a copy of the database in which the same functions do everything but move a cell.
 */
import type { Bar, Outcome } from '../bar.js';
import { alternate } from '../measure.js';
import { open } from '../questions.js';
import type { Stage } from '../stage.js';
import { type Due, freshRound, type Writer, writers } from '../submissions.js';

const PER_SECOND = 150;
const SECONDS = 3;
const CONNECTIONS = 16;
const ROUND = '2034H1';

/** Communes of the largest province in turn, and again; each turn replaces the version before. */
function hurry(due: Due[]): (count: number) => { due: Due; expected: number }[] {
  let sent = 0;
  return (count) =>
    Array.from({ length: count }, () => {
      const turn = { due: due[sent % due.length]!, expected: Math.floor(sent / due.length) };
      sent += 1;
      return turn;
    });
}

/** Sends at the pace whatever the answers do. @returns 95th percentile of the times from due to done, ms */
async function paced(writer: Writer, turns: { due: Due; expected: number }[]): Promise<number> {
  const start = performance.now() + 20;
  const times = await Promise.all(
    turns.map(async ({ due, expected }, index) => {
      const at = start + (index * 1000) / PER_SECOND;
      await new Promise((settle) => setTimeout(settle, at - performance.now()));
      await writer.write(due, expected);
      return performance.now() - at;
    }),
  );
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)]!;
}

async function side(url: string) {
  const all = await freshRound(url, ROUND);
  const sizes = new Map<string, number>();
  for (const { province } of all) sizes.set(province, (sizes.get(province) ?? 0) + 1);
  const [largest] = [...sizes].sort((a, b) => b[1] - a[1])[0]!;
  const { pool, product } = writers(url, CONNECTIONS);
  const next = hurry(all.filter(({ province }) => province === largest));
  return { pool, run: () => paced(product, next(PER_SECOND * SECONDS)) };
}

/** Takes what moves a cell, from working out what is added to writing it, out of the function that stores a report. */
async function withoutCells(url: string): Promise<void> {
  const client = await open(url);
  try {
    const { rows } = await client.query<{ definition: string }>(
      "select pg_get_functiondef(oid) as definition from pg_proc where proname = 'submit_report'",
    );
    const [whole] = rows.map(({ definition }) => definition);
    const without = whole
      ?.replace(/^ *if adds is null[\s\S]*?end if;$/m, '')
      .replace(/^ *insert into cell [\s\S]*?limit 1;\n.*$/m, '');
    if (!without || without === whole) throw new Error('what moves a cell was not found in submit_report()');
    await client.query(without);
  } finally {
    await client.end();
  }
}

export const pace: Bar[] = [
  {
    name: 'pace',
    title: '150 submits/s paced into one province, p95 × without cells',
    most: 1.5,
    async measure(stage: Stage): Promise<Outcome> {
      const reference = await stage.copy(stage.one, 'without_cells');
      await withoutCells(reference);
      const [ours, theirs] = [await side(stage.one), await side(reference)];
      try {
        return { ...(await alternate(9, ours.run, theirs.run)), unit: 'ms (p95)' };
      } finally {
        await Promise.all([ours.pool.end(), theirs.pool.end()]);
      }
    },
  },
];
