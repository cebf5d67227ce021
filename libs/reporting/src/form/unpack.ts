/**
 * Uploaded files are taken apart in threads of their own, with little memory and little time, few at once: whatever a
 * file holds, it costs the others nothing but those, and its thread can be ended.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Problem } from '#core';
import type { RawCell } from './values.js';

export type RawSheet = { name: string; cells: RawCell[]; merges: string[] };
export type RawBook = { from1904: boolean; sheets: RawSheet[] };
export type Refusal = 'not_xlsx' | 'locked' | 'damaged' | 'too_large';

/** What may come out of a file: entries of the archive, bytes of one part and of all, cells that the sheets list. */
export type UnpackLimits = { entries: number; part: number; total: number; cells: number; milliseconds: number };

const MB = 1024 * 1024;
/** Largest file taken; and what may come out of it. A form of one unit has 17 kB, 0.15 MB inflated, 600 cells. */
export const ONE_UNIT = { entries: 60, part: 1 * MB, total: 2 * MB, cells: 6_000, milliseconds: 3_000 };
/** The largest province has 168 units. */
export const MANY_UNITS = { entries: 400, part: 8 * MB, total: 20 * MB, cells: 200_000, milliseconds: 5_000 };
export const largestFile = (limits: UnpackLimits): number => (limits === ONE_UNIT ? MB / 2 : 4 * MB);

const AT_ONCE = Math.min(2, Math.max(1, availableParallelism() - 1));
const MOST_WAITING = 8;

const problems = {
  not_xlsx: 'form.not_xlsx',
  locked: 'form.locked',
  damaged: 'form.damaged',
  too_large: 'form.too_large',
} as const;

export class Unpacker {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /** @param worker the thread's program; tests may give another */
  constructor(private readonly worker = new URL('./unpack.worker.js', import.meta.url)) {}

  /** Whether one more file would only be turned away: to be asked before its body is read. @throws Problem form.busy */
  expectRoom(): void {
    if (this.waiting.length >= MOST_WAITING) throw new Problem('form.busy');
  }

  /** @throws Problem form.busy | form.not_xlsx | form.locked | form.damaged | form.too_large */
  async unpack(bytes: Uint8Array, limits: UnpackLimits): Promise<RawBook> {
    if (bytes.length > largestFile(limits)) throw new Problem('form.too_large', { what: 'file' });
    await this.turn();
    try {
      return await this.run(bytes, limits);
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }

  /** Waits for a free place; it is handed on by whoever leaves. */
  private async turn(): Promise<void> {
    if (this.running < AT_ONCE) {
      this.running++;
      return;
    }
    this.expectRoom();
    await new Promise<void>((settle) => this.waiting.push(settle));
  }

  private async run(bytes: Uint8Array, limits: UnpackLimits): Promise<RawBook> {
    // A real copy: a Buffer's slice shares its memory with others, which would be taken from them.
    const copy = new Uint8Array(bytes).buffer;
    const thread = new Worker(this.worker, {
      name: 'unpack',
      workerData: { bytes: copy, limits },
      transferList: [copy],
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8, stackSizeMb: 1 },
      env: {},
      execArgv: [],
    });
    let overdue: NodeJS.Timeout | undefined;
    try {
      return await new Promise<RawBook>((settle, fail) => {
        overdue = setTimeout(() => fail(new Problem('form.too_large', { what: 'time' })), limits.milliseconds);
        thread.once('message', (answer: { book: RawBook } | { refused: Refusal; detail: string }) => {
          if ('book' in answer) settle(answer.book);
          else fail(new Problem(problems[answer.refused], { what: answer.detail }));
        });
        thread.once('error', (error: NodeJS.ErrnoException) =>
          fail(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new Problem('form.too_large', { what: 'memory' }) : error),
        );
        thread.once('exit', () => fail(new Problem('form.too_large', { what: 'exit' })));
      });
    } finally {
      clearTimeout(overdue);
      await thread.terminate();
    }
  }
}
