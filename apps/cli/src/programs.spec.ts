/** What a launcher can rely on: a program's end is told with its cause, and stopping is in order, or by force. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { graceOf, LONGEST_STOP } from '#core';
import { startProgram } from './programs.js';

let folder: string;
const printed: string[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'baocao-programs-'));
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
});

afterAll(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

function program(code: string) {
  const file = join(folder, `${printed.length}-${process.hrtime.bigint()}.mjs`);
  writeFileSync(file, code);
  return startProgram('api', file, { PATH: process.env.PATH, PORT: '3057' });
}

async function hasPrinted(line: string): Promise<void> {
  for (let i = 0; i < 400 && !printed.includes(line); i++) await sleep(25);
  expect(printed).toContain(line);
}

describe('a program of the service', () => {
  test('gets its environment, and its lines come out under its name', async () => {
    const api = program(`console.log('port', process.env.PORT)`);
    await hasPrinted('api    │ port 3057\n');
    expect(await api.ended).toBe('exit code 0');
  });

  test('that dies tells how', async () => {
    expect(await program('process.exit(3)').ended).toBe('exit code 3');
    expect(await program(`process.kill(process.pid, 'SIGKILL')`).ended).toBe('signal SIGKILL');
  });

  test('stops in order, and stopping it again is harmless', async () => {
    const api = program(`
      process.on('SIGTERM', () => { console.log('stopping'); process.exit(0); });
      setInterval(() => {}, 1000);
      console.log('stoppable');`);
    await hasPrinted('api    │ stoppable\n');
    await Promise.all([api.stop(20_000), api.stop(20_000)]);
    await api.stop(20_000);
    expect(printed).toContain('api    │ stopping\n');
    expect(await api.ended).toBe('exit code 0');
  });

  test('that does not heed SIGTERM is killed after the grace', async () => {
    const api = program(`
      process.on('SIGTERM', () => {});
      setInterval(() => {}, 1000);
      console.log('stubborn');`);
    await hasPrinted('api    │ stubborn\n');
    await api.stop(200);
    expect(await api.ended).toBe('signal SIGKILL');
  });

  test('is given the time that it takes for itself, and that it drains', () => {
    expect(graceOf('worker', { drainSeconds: 60 })).toBeGreaterThan(LONGEST_STOP.worker);
    expect(graceOf('api', { drainSeconds: 60 })).toBeGreaterThan(60_000 + LONGEST_STOP.api);
  });
});
