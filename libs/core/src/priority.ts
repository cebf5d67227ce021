/** How much of the processors a process asks for beside others. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** A thirtieth of the weight of an ordinary process, so far as both want the same processor at the same time. */
const LOW = 15;

/**
 * Lets others come first where processors are few, with every thread of this process: on Linux a priority belongs to a
 * thread, and the engine's own (it collects garbage in them) are there before any of our code. Those to come inherit it.
 * A thread that was started still lower stays there.
 *
 * It is no wall: the caches and the memory's bandwidth are shared as before, and what this process asks of the database
 * is done there by processes that are as important as anybody's.
 */
export function stepBack(): void {
  // Once more when anyone had to be lowered: meanwhile one that was not yet low may have started another.
  while (threads().filter(lower).length > 0);
  stepBackAsSession();
}

/** @returns whether it was higher */
function lower(thread: number): boolean {
  try {
    // Up again is for root alone.
    if (getPriority(thread) >= LOW) return false;
    setPriority(thread, LOW);
    return true;
  } catch {
    // A thread that has ended meanwhile, or a system that lets nobody choose: all works as well, at its old place.
    return false;
  }
}

/**
 * Where Linux shares processors out by session first (autogroup), priorities count within a session only: the one that
 * this process leads, as the launcher starts it, takes the low place among sessions.
 */
function stepBackAsSession(): void {
  try {
    const session = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ')[3];
    if (Number(session) !== process.pid) return;
    // "/autogroup-246 nice 0"
    const now = Number(readFileSync('/proc/self/autogroup', 'utf8').split(' nice ')[1]);
    if (now < LOW) writeFileSync('/proc/self/autogroup', String(LOW));
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
