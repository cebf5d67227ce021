/**
 * Every error leaves here in one shape: a Problem with its code and both sentences; what is not a Problem is logged and
 * told as "internal" with the request's id, so that no SQL or stack trace ever reaches a caller.
 */
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { isUnavailable, Problem } from '#core';

const shape = (problem: Problem) => ({ code: problem.code, vi: problem.vi, en: problem.en, details: problem.details });

/** The Problem that an error is to its caller. */
export function problemOf(error: unknown, requestId: string, log: Logger): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HttpException && error.getStatus() < 500)
    return new Problem('request.invalid', { reason: error.message });
  const client = error as { statusCode?: number; message?: string };
  if (client.statusCode && client.statusCode < 500) return new Problem('request.invalid', { reason: client.message });
  if (isUnavailable(error)) {
    log.warn({ err: error, requestId }, 'not available');
    return new Problem('service.unavailable');
  }
  log.error({ err: error, requestId }, 'internal error');
  return new Problem('internal', { requestId });
}

/** Errors of a GraphQL execution. Those of parsing, validation and input have no original error: their text is kept. */
export function formatErrors(
  execution: ExecutionResult,
  requestId: string,
  log: Logger,
): { statusCode: number; response: ExecutionResult } {
  const errors = execution.errors?.flatMap(partsOf).map((error) => {
    const original = error.originalError;
    const known = !original || original instanceof GraphQLError;
    const problem = known
      ? new Problem('request.invalid', { reason: error.message })
      : problemOf(original, requestId, log);
    return new GraphQLError(problem.en, {
      nodes: error.nodes,
      source: error.source,
      positions: error.positions,
      path: error.path,
      extensions: shape(problem),
    });
  });
  const executed = execution.data != null || errors?.some((error) => error.path);
  const empty = !Object.values(execution.data ?? {}).some((field) => field !== null);
  if (empty && errors?.some(({ extensions }) => String(extensions.code).startsWith('service.')))
    return { statusCode: 503, response: { data: execution.data ?? null, errors } };
  return { statusCode: executed ? 200 : 400, response: { data: execution.data ?? null, errors } };
}

/** What parsing and validation find comes wrapped in one error that says nothing; its parts say what to mend. */
function partsOf(error: GraphQLError): GraphQLError[] {
  const parts = (error.originalError as { errors?: unknown } | undefined)?.errors;
  const known = Array.isArray(parts) ? parts.filter((part) => part instanceof GraphQLError) : [];
  return known.length > 0 ? known : [error];
}

/** The same for plain HTTP routes; GraphQL's own errors pass through to formatErrors. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): unknown {
    if (host.getType<string>() === 'graphql') throw error;
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const problem = problemOf(error, String(request.id), this.log);
    return host
      .switchToHttp()
      .getResponse<FastifyReply>()
      .status(problem.status)
      .send({ error: shape(problem) });
  }
}
