/**
 * What is being worked on: a request of the API, or a job that followed from one. Its id and its caller's scope are known to
 * everything that runs for it without being handed on: the log writes the id into each line, the event log keeps it, the
 * job it leads to carries it on, and the database shows what lies in the scope (scope.ts).
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Scope } from './scope.js';

type Work = { id?: string; scope?: Scope };
const storage = new AsyncLocalStorage<Work>();

/** Runs `work` and all that it awaits under this id, in no scope as yet. */
export function inRequest<T>(id: string, work: () => T): T {
  return storage.run({ id }, work);
}

/** The id of what is being worked on; undefined outside. */
export function requestId(): string | undefined {
  return storage.getStore()?.id;
}

/** From here on the request works in this scope: called once it is known who calls. */
export function enterScope(scope: Scope): void {
  const work = storage.getStore();
  if (work) work.scope = scope;
}

/** Runs `work` in another scope, under the same id. */
export function inScope<T>(scope: Scope, work: () => T): T {
  return storage.run({ id: requestId(), scope }, work);
}

/** undefined = nobody's: the second wall shows nothing. */
export function currentScope(): Scope | undefined {
  return storage.getStore()?.scope;
}

/** Runs `work` for nobody in particular: under no id and in no scope. */
export function outsideRequests<T>(work: () => T): T {
  return storage.exit(work);
}
