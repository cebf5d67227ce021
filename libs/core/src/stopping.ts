/**
 * How long a program that was told to stop may take to finish what it holds: the programs end themselves by it, and who
 * stops them waits for longer.
 */

/** Milliseconds, by program. The worker's is within the grace of docker-compose.yml. */
export const LONGEST_STOP = { api: 15_000, worker: 50_000 } as const;
/** Milliseconds for its last words, and on a busy machine. */
const BREATH = 5_000;

/** @returns milliseconds after which a program that does not stop may be killed: its drain, its longest stop, a breath */
export function graceOf(program: keyof typeof LONGEST_STOP, { drainSeconds }: { drainSeconds: number }): number {
  return (program === 'api' ? drainSeconds * 1000 : 0) + LONGEST_STOP[program] + BREATH;
}
