/** One after the other. */

/**
 * Files are made one at a time in a process: side by side they would share the one thread that writes them, hold the
 * figures of all in memory, and keep as many connections of the database busy while people wait for an answer.
 */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  /** Does the work once all that was given before has ended, well or not. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work);
    this.last = turn.catch(() => {});
    return turn;
  }
}
