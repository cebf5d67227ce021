/**
 * Uploaded files are taken apart in threads of their own, with little memory and little work, few at once: whatever a
 * file holds, it costs the others nothing but those. A thread that works too long is ended; one that answers takes the next
 * file. What counts is the work of the thread and not the clock: on the evening of the deadline an honest file may wait long
 * for its turn on the processor, and must not be called too large for it.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Problem } from '#core';
import type { RawCell } from './values.js';

export type RawSheet = { name: string; cells: RawCell[]; merges: string[] };
export type RawBook = { from1904: boolean; sheets: RawSheet[] };
export type Refusal = 'not_xlsx' | 'locked' | 'damaged' | 'too_large';

/**
 * What may come out of a file: entries of the archive, bytes of one part and of all, cells that the sheets list; and the
 * work it may take, in ms of a processor (where that is not known, which is not on Linux: of the clock).
 */
export type UnpackLimits = { entries: number; part: number; total: number; cells: number; milliseconds: number };

const MB = 1024 * 1024;
/** Largest file taken; and what may come out of it. A form of one unit has 17 kB, 0.15 MB inflated, 600 cells. */
export const ONE_UNIT = { entries: 60, part: 1 * MB, total: 2 * MB, cells: 6_000, milliseconds: 3_000 };
/** The largest province has 168 units. */
export const MANY_UNITS = { entries: 400, part: 8 * MB, total: 20 * MB, cells: 200_000, milliseconds: 5_000 };
const largestFile = (limits: UnpackLimits): number => (limits === ONE_UNIT ? MB / 2 : 4 * MB);

/** How long a file is worked on at most, ms by the clock: then the machine is too busy, and the file may come again. */
const PATIENCE = 20_000;
const LOOK_EVERY = 100;
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
  /** Threads that wait for a file; at most as many as run at once. */
  private idle: Worker[] = [];
  /** Under which task the system knows a thread (Linux): "<process>/task/<thread>". */
  private readonly tasks = new WeakMap<Worker, string>();

  /** @param worker the thread's program, and how long it is waited for; tests may give others */
  constructor(
    private readonly worker = new URL('./unpack.worker.js', import.meta.url),
    private readonly patience = PATIENCE,
  ) {}

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
    const thread = this.idle.pop() ?? this.thread();
    thread.ref();
    let looking: NodeJS.Timeout | undefined;
    const [began, before] = [performance.now(), this.worked(thread) ?? 0];
    let deafen = () => {};
    let answered = false;
    try {
      return await new Promise<RawBook>((settle, fail) => {
        const look = () => {
          const waited = performance.now() - began;
          const worked = this.worked(thread);
          if ((worked === undefined ? waited : worked - before) > limits.milliseconds)
            fail(new Problem('form.too_large', { what: 'time' }));
          else if (waited > this.patience) fail(new Problem('form.busy'));
        };
        looking = setInterval(look, LOOK_EVERY);
        const answer = (told: { book: RawBook } | { refused: Refusal; detail: string } | { task: string }) => {
          if ('task' in told) return;
          answered = true;
          if ('book' in told) settle(told.book);
          else fail(new Problem(problems[told.refused], { what: told.detail }));
        };
        const error = (told: NodeJS.ErrnoException) =>
          fail(told.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new Problem('form.too_large', { what: 'memory' }) : told);
        const exit = () => fail(new Problem('form.too_large', { what: 'exit' }));
        thread.on('message', answer).on('error', error).on('exit', exit);
        deafen = () => thread.off('message', answer).off('error', error).off('exit', exit);
        // A real copy: a Buffer's slice shares its memory with others, which would be taken from them.
        const copy = new Uint8Array(bytes).buffer;
        thread.postMessage({ bytes: copy, limits }, [copy]);
      });
    } finally {
      clearInterval(looking);
      deafen();
      if (answered) this.rest(thread);
      else await thread.terminate();
    }
  }

  /** Milliseconds of a processor that a thread has had so far; undefined where that is not known. */
  private worked(thread: Worker): number | undefined {
    const task = this.tasks.get(thread);
    if (task === undefined) return undefined;
    try {
      // After the name, which may hold anything: the times in user and system mode are the 12th and 13th, in 10 ms.
      const stat = readFileSync(`/proc/${task}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ');
      return (Number(stat[11]) + Number(stat[12])) * 10;
    } catch {
      return undefined;
    }
  }

  /** Starting a thread costs more than reading a form: one that has answered waits for the next file. */
  private rest(thread: Worker): void {
    thread.unref();
    this.idle.push(thread);
  }

  private thread(): Worker {
    const thread = new Worker(this.worker, {
      name: 'unpack',
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8, stackSizeMb: 1 },
      env: {},
      execArgv: [],
    });
    thread.on('message', (told: object) => {
      if ('task' in told) this.tasks.set(thread, String(told.task));
    });
    // If it ends while it rests, nobody waits for it, and it takes no further file.
    thread.on('error', () => {});
    thread.on('exit', () => {
      this.idle = this.idle.filter((other) => other !== thread);
    });
    return thread;
  }
}
