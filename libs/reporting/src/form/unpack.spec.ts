/** Files that nobody honest sends: each is refused by name, and costs no more than its thread. */
import { describe, expect, test } from '@jest/globals';
import { hostileFiles, workbookOf } from '../../../../bench/src/hostile.js';
import { ONE_UNIT, Unpacker } from './unpack.js';

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'taken',
    (error: { code?: string }) => error.code ?? error,
  );

describe('hostile files', () => {
  test.each(hostileFiles(0.02).map(({ name, ...file }) => [name, file] as const))('%s', async (_, { bytes, code }) =>
    expect(await codeOf(new Unpacker().unpack(bytes, ONE_UNIT))).toBe(code),
  );

  test('a file too large is not even opened', async () =>
    expect(await codeOf(new Unpacker(new URL('data:text/javascript,')).unpack(Buffer.alloc(600_000), ONE_UNIT))).toBe(
      'form.too_large',
    ));
});

test('an honest small workbook is taken', async () => {
  const { sheets } = await new Unpacker().unpack(workbookOf(), ONE_UNIT);
  expect(sheets).toEqual([
    { name: 'A', merges: [], cells: [{ row: 1, column: 1, text: 'a', type: 'text', formula: false, dated: false }] },
  ]);
});

describe('the thread', () => {
  const threadOf = (code: string, patience?: number) =>
    new Unpacker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), patience);

  test('that never ends is ended', async () =>
    expect(await codeOf(threadOf('for (;;);').unpack(workbookOf(), { ...ONE_UNIT, milliseconds: 300 }))).toBe(
      'form.too_large',
    ));

  // It works for nothing and waits for long, as on a machine where others come first; `then` answers.
  const waiting = (milliseconds: number) => `
    import { readlinkSync } from 'node:fs';
    import { parentPort } from 'node:worker_threads';
    parentPort.postMessage({ task: readlinkSync('/proc/thread-self') });
    parentPort.on('message', () => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${milliseconds});
      parentPort.postMessage({ book: { from1904: false, sheets: [] } });
    });`;
  const linux = process.platform === 'linux' ? test : test.skip;

  linux('that had to wait for its turn on the processor is no reason to refuse the file', async () =>
    expect(await codeOf(threadOf(waiting(1500)).unpack(workbookOf(), { ...ONE_UNIT, milliseconds: 500 }))).toBe(
      'taken',
    ),
  );

  linux('that works too long is ended, however little of the clock that takes', async () => {
    const busy = waiting(0).replace('Atomics.wait', 'for (;;); Atomics.wait');
    expect(await codeOf(threadOf(busy).unpack(workbookOf(), { ...ONE_UNIT, milliseconds: 300 }))).toBe(
      'form.too_large',
    );
  });

  linux('that does not get its turn at all: the file is to come again', async () =>
    expect(await codeOf(threadOf(waiting(60_000), 600).unpack(workbookOf(), ONE_UNIT))).toBe('form.busy'),
  );

  test('that eats memory is ended, and nobody else', async () =>
    expect(
      await codeOf(threadOf('const all = []; for (;;) all.push(Array(1e5).fill({}));').unpack(workbookOf(), ONE_UNIT)),
    ).toBe('form.too_large'));

  test('takes the next file, whatever the one before it held', async () => {
    const unpacker = new Unpacker();
    for (const { bytes, code } of hostileFiles(0.005)) {
      expect(await codeOf(unpacker.unpack(bytes, ONE_UNIT))).toBe(code);
      expect(await codeOf(unpacker.unpack(workbookOf(), ONE_UNIT))).toBe('taken');
    }
  });

  test('more files at once than may wait are turned away, the others served', async () => {
    const unpacker = new Unpacker();
    const answers = await Promise.all(
      Array.from({ length: 16 }, () => codeOf(unpacker.unpack(workbookOf(), ONE_UNIT))),
    );
    expect(new Set(answers)).toEqual(new Set(['taken', 'form.busy']));
    expect(answers.filter((answer) => answer === 'taken').length).toBeGreaterThanOrEqual(8);
    expect(await codeOf(unpacker.unpack(workbookOf(), ONE_UNIT))).toBe('taken');
  });
});
