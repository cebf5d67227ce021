/** A process steps back with all its threads, and never up. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { projectRoot } from './project-root.js';

/** Field 19 of /proc/…/stat: how nice a thread is; a thread of our own has been started beside the engine's. */
const SCRIPT = `
  import { readdirSync, readFileSync } from 'node:fs';
  import { Worker } from 'node:worker_threads';
  import { stepBack } from './libs/core/src/priority.ts';

  const niceOf = (thread) => Number(readFileSync('/proc/self/task/' + thread + '/stat', 'utf8').split(') ')[1].split(' ')[16]);
  const niceness = () => Object.fromEntries(readdirSync('/proc/self/task').map((thread) => [thread, niceOf(thread)]));
  const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
  await new Promise((settle) => worker.once('online', settle));
  const before = niceness();
  stepBack();
  console.log(JSON.stringify({ before, after: niceness() }));
  process.exit();
`;

type Niceness = Record<string, number>;

/** By thread. @param by what `nice` adds, 0 = started without it */
function steppedBack(by: number): { before: Niceness; after: Niceness } {
  const loader = ['--import', pathToFileURL(join(projectRoot, 'test/support/register.js')).href];
  const node = [process.execPath, ...loader, '--input-type=module', '-e', SCRIPT];
  const [command, ...args] = by > 0 ? ['nice', '-n', String(by), ...node] : node;
  const { stdout, stderr, status } = spawnSync(command!, args, { cwd: projectRoot, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const linux = existsSync('/proc/self/task') ? describe : describe.skip;

linux('a process steps back', () => {
  test('with all its threads', () => {
    const { before, after } = steppedBack(0);
    expect(Object.keys(before).length).toBeGreaterThan(4);
    expect(Object.keys(after)).toEqual(expect.arrayContaining(Object.keys(before)));
    for (const [thread, nice] of Object.entries(after)) expect(nice).toBe(Math.max(15, before[thread] ?? 15));
  });

  test('and never up: one that was started lower stays where it is', () => {
    const { before, after } = steppedBack(18);
    expect(Math.min(...Object.values(before))).toBeGreaterThan(15);
    expect(after).toMatchObject(before);
  });
});
