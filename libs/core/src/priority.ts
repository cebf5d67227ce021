/** How much of the processors a process asks for beside others. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Leaves about a thirtieth of a contended processor: what is made in the background goes on, and nobody feels it. */
const LOW = 15;

/**
 * Lets others come first where processors are few, with every thread of this process: on Linux a priority belongs to a
 * thread, and the engine's own (it collects garbage in them) are there before any of our code. Those to come inherit it.
 */
export function stepBack(): void {
  for (const thread of threads()) setPriority(thread, LOW);
  stepBackAsSession();
}

/**
 * Where Linux shares processors out by session first (autogroup), priorities count within a session only: the one that
 * this process leads, as the launcher starts it, takes the low place among sessions.
 */
function stepBackAsSession(): void {
  try {
    const session = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ')[3];
    if (Number(session) === process.pid) writeFileSync('/proc/self/autogroup', String(LOW));
  } catch {
    // Not this kind of system.
  }
}

function threads(): number[] {
  try {
    return readdirSync('/proc/self/task').map(Number);
  } catch {
    // No such folder elsewhere: there a priority is the whole process's.
    return [0];
  }
}
