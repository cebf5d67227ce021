/** How a bar is measured: subject and reference in turns within one run, and the ratio of their medians. */

export type Measured = { subject: number; reference: number; ratio: number };

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** @returns milliseconds that the work took */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

/**
 * Runs both in turns, the one that begins changing each time, after a tenth as many turns that do not count.
 * @param subject and `reference` do their work once and answer what is compared: milliseconds, requests per second …
 */
export async function alternate(
  turns: number,
  subject: () => Promise<number>,
  reference: () => Promise<number>,
): Promise<Measured> {
  const figures: [number[], number[]] = [[], []];
  const warming = Math.ceil(turns / 10);
  for (let turn = 0; turn < turns + warming; turn++) {
    const order = turn % 2 === 0 ? [0, 1] : [1, 0];
    for (const side of order) {
      const figure = await (side === 0 ? subject : reference)();
      if (turn >= warming) figures[side as 0 | 1].push(figure);
    }
  }
  const [a, b] = figures.map(median);
  return { subject: a!, reference: b!, ratio: a! / b! };
}
