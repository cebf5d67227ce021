// @ts-check
/** The thread in which uploaded files are taken apart, one after another; it may be ended at any moment. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { Refused, takeApart } from './xlsx-parts.js';

// On Linux a thread has a priority of its own (requests that wait for an answer go first), and a number under which others
// can look how much it has worked.
if (process.platform === 'linux') {
  setPriority(10);
  try {
    parentPort?.postMessage({ task: readlinkSync('/proc/thread-self') });
  } catch {
    // Where /proc is hidden the clock counts.
  }
}

parentPort?.on('message', async ({ bytes, limits }) => {
  try {
    parentPort?.postMessage({ book: await takeApart(Buffer.from(bytes), limits) });
  } catch (error) {
    // Anything else is a mistake of ours: the thread ends with it, and the upload is told as such.
    if (!(error instanceof Refused)) throw error;
    parentPort?.postMessage({ refused: error.reason, detail: error.message });
  }
});
