// @ts-check
/** The thread in which one uploaded file is taken apart; it lives for that file alone and may be ended at any moment. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { Refused, takeApart } from './xlsx-parts.js';

// On Linux a thread has a priority of its own: requests that wait for an answer go first.
if (process.platform === 'linux') setPriority(10);

const { bytes, limits } = workerData;
try {
  parentPort?.postMessage({ book: await takeApart(Buffer.from(bytes), limits) });
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  parentPort?.postMessage({ refused: error.reason, detail: error.message });
}
