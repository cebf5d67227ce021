/**
 * Files that nobody honest sends, one after another over HTTP while others read the nation's table: each refused by name
 * within a second, with under 100 MB more memory in the API, the others' p95 at most doubled. Quiet and hostile windows
 * alternate, so that a busy machine weighs on both.
 */
import { writeFileSync } from 'node:fs';
import type { Bar, Outcome } from '../bar.js';
import { hostileFiles } from '../hostile.js';
import { median } from '../measure.js';
import { open } from '../questions.js';
import { load, peakMemory, type Stage, startLoad, tokensOf } from '../stage.js';
import { tableRequest } from './http-reads.js';

const TURNS = 3;
const QUIET_SECONDS = 8;
const READERS = 2;
/** Bytes of the largest file that is taken from a unit. */
const LARGEST = 512 * 1024;
const MOST = { milliseconds: 1000, megabytes: 100, slower: 2 };

type Refused = { name: string; expected: string; code: string; milliseconds: number };

async function send(port: number, token: string, file: ReturnType<typeof hostileFiles>[number]): Promise<Refused> {
  const body = new FormData();
  body.append('file', new Blob([new Uint8Array(file.bytes)]), 'bieu.xlsx');
  const before = performance.now();
  const response = await fetch(`http://127.0.0.1:${port}/forms`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body,
  });
  const answer = (await response.json()) as { error?: { code: string } };
  const milliseconds = performance.now() - before;
  // What is larger than any form is not even opened.
  const expected = file.bytes.length > LARGEST ? 'form.too_large' : file.code;
  return { name: file.name, expected, code: answer.error?.code ?? `HTTP ${response.status}`, milliseconds };
}

/** The peak of resident memory is counted anew from here on (Linux). */
const forgetPeak = (pid: number) => writeFileSync(`/proc/${pid}/clear_refs`, '5');

async function measure(stage: Stage): Promise<Outcome> {
  const files = hostileFiles();
  const client = await open(stage.whole);
  const { rows } = await client.query<{ code: string }>(
    'select code from org_unit where level = 2 order by code limit 1',
  );
  await client.end();
  const unit = rows[0]!.code;
  const token = (await tokensOf(stage.whole, unit, 'reporter')).get(unit)!;
  const table = await tableRequest(stage.whole);
  const api = await stage.api(stage.whole);
  const reading = { port: api.port, connections: READERS, requests: [table], restMs: 20, expect: '"own":{"status"' };
  try {
    for (const file of files) await send(api.port, token, file);
    await load({ ...reading, seconds: 3 });
    const refused: Refused[] = [];
    const [quiet, busy]: [number[], number[]] = [[], []];
    const [quietPeaks, busyPeaks]: [number[], number[]] = [[], []];
    for (let turn = 0; turn < TURNS; turn++) {
      forgetPeak(api.pid);
      quiet.push((await load({ ...reading, seconds: QUIET_SECONDS })).p95);
      quietPeaks.push(peakMemory(api.pid));
      forgetPeak(api.pid);
      const others = startLoad({ ...reading, seconds: 600 });
      for (const file of files) refused.push(await send(api.port, token, file));
      others.stop();
      const result = await others.result;
      if (result.bad > 0) throw new Error(`${result.bad} answers of others were not good: ${result.firstBad}`);
      busy.push(result.p95);
      busyPeaks.push(peakMemory(api.pid));
    }
    const wrong = refused.find(({ code, expected }) => code !== expected);
    if (wrong) throw new Error(`${wrong.name} came to ${wrong.code} instead of ${wrong.expected}`);
    const times = files.map(({ name }) => ({
      name,
      milliseconds: median(refused.filter((one) => one.name === name).map((one) => one.milliseconds)),
    }));
    const slowest = times.reduce((a, b) => (b.milliseconds > a.milliseconds ? b : a));
    const worst = Math.max(...refused.map(({ milliseconds }) => milliseconds));
    const memory = Math.max(...busyPeaks) - Math.max(...quietPeaks);
    const slower = median(busy) / median(quiet);
    const shares = [worst / MOST.milliseconds, memory / MOST.megabytes, slower / MOST.slower];
    return {
      ...{ subject: Math.max(...shares), reference: 1, ratio: Math.max(...shares), unit: 'of the nearest limit' },
      notes: [
        `${files.length} files, ${TURNS} times, all refused by name; slowest median ${slowest.milliseconds.toFixed(0)} ms (${slowest.name}), slowest of all ${worst.toFixed(0)} ms (limit ${MOST.milliseconds})`,
        `memory: ${Math.max(...busyPeaks).toFixed(0)} MB at its peak against ${Math.max(...quietPeaks).toFixed(0)} MB without, ${memory.toFixed(0)} MB more (limit ${MOST.megabytes})`,
        `others' p95: ${median(busy).toFixed(0)} ms against ${median(quiet).toFixed(0)} ms, × ${slower.toFixed(2)} (limit ${MOST.slower})`,
      ],
    };
  } finally {
    await api.stop();
  }
}

export const hostile: Bar[] = [
  {
    name: 'hostile',
    title: 'hostile files over HTTP, the nearest of three limits: 1 s each, 100 MB more, others’ p95 doubled',
    most: 1,
    measure,
  },
];
