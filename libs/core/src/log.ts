/**
 * The log of a process: lines of JSON on standard output. What must never stand in a log is taken out on the way out,
 * wherever in a line it came from: tokens, passwords in addresses, authorization headers. Of an error from the database
 * its code and constraint are kept, not the values it was about: those are people's reports.
 */
import pino, { type Logger } from 'pino';
import { requestId } from './request.js';

export type { Logger } from 'pino';

/** @param app which process speaks: api, worker */
export function newLogger(app: string, level: string, write?: (line: string) => void): Logger {
  const out = write ? undefined : pino.destination({ fd: 1, sync: true });
  return pino(
    {
      level,
      base: { app },
      serializers: { err: withoutValues },
      mixin: () => {
        const id = requestId();
        return id ? { requestId: id } : {};
      },
    },
    { write: (line: string) => (write ?? ((text) => void out!.write(text)))(scrub(line)) },
  );
}

/** A line without secrets. */
export function scrub(line: string): string {
  return line
    .replace(/\bbc57_[\w-]{4,}/g, 'bc57_***')
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"\\]*:[^\s@"\\]*@/gi, '$1***@')
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, '$1 ***')
    .replace(/("(?:password|secret|pass|authorization)"\s*:\s*)"(?:[^"\\]|\\.)*"/gi, '$1"***"')
    .replace(/\b((?:password|secret|pass)\s*[=:]\s*)[^\s",}\\]+/gi, '$1***');
}

type Told = { type: string; message: string; stack?: string; code?: string; constraint?: string; cause?: Told };

function withoutValues(error: unknown, depth = 0): Told {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { code, constraint, driverError, cause } = error as Error & {
    code?: unknown;
    constraint?: unknown;
    driverError?: unknown;
  };
  const under = driverError instanceof Error ? driverError : cause;
  return {
    type: error.constructor.name,
    message: error.message,
    stack: error.stack,
    ...(code !== undefined && { code: String(code) }),
    ...(constraint !== undefined && { constraint: String(constraint) }),
    ...(under instanceof Error && depth < 3 && { cause: withoutValues(under, depth + 1) }),
  };
}
