/**
 * What is being worked on: a request of the API, or a job that followed from one. Its id is known to everything that runs
 * for it without being handed on: the log writes it into each line, the event log keeps it, and the job it leads to
 * carries it on.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage<string>();

/** Runs `work` and all that it awaits under this id. */
export function inRequest<T>(id: string, work: () => T): T {
  return storage.run(id, work);
}

/** The id of what is being worked on; undefined outside. */
export function requestId(): string | undefined {
  return storage.getStore();
}
