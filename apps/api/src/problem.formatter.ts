/**
 * Every error leaves here in one shape: a Problem with its code and both sentences; what is not a Problem is logged and
 * told as "internal" with the request's id, so that no SQL or stack trace ever reaches a caller.
 */
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { type Config, isUnavailable, Problem } from '#core';
import { GRAPHQL_TYPE, LARGEST_BODY } from './door.js';
import { LONGEST_DOCUMENT } from './query-limits.js';

const shape = (problem: Problem) => ({ code: problem.code, vi: problem.vi, en: problem.en, details: problem.details });

/** What errors of the framework carry besides their message. */
type Coded = { code?: string; statusCode?: number; message?: string };

export class Problems {
  constructor(private readonly log: Logger) {}

  /** The Problem that an error is to its caller. */
  of(error: unknown, request: FastifyRequest | undefined): Problem {
    if (error instanceof Problem) return error;
    const { code, statusCode, message } = (error ?? {}) as Coded;
    const path = request?.url.split('?')[0] ?? '';
    if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new Problem('request.too_large', { most: LARGEST_BODY });
    if (statusCode === 415) return new Problem('request.media_type');
    const status = error instanceof HttpException ? error.getStatus() : statusCode;
    if (status === 404) return new Problem('route.not_found', { method: request?.method, path });
    if (status && status < 500) return new Problem('request.invalid', { reason: message });
    if (isUnavailable(error)) {
      this.log.warn({ err: error, requestId: request?.id }, 'not available');
      return new Problem('service.unavailable');
    }
    this.log.error({ err: error, requestId: request?.id }, 'internal error');
    return new Problem('internal', { requestId: String(request?.id ?? 'none') });
  }

  /** The answer of a plain HTTP route. */
  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const problem = this.of(error, request);
    return reply.status(problem.status).send({ error: shape(problem) });
  }

  /** Errors of a GraphQL request. Those of parsing, validation and input have no original error: their text is kept. */
  format(
    execution: ExecutionResult,
    request: FastifyRequest | undefined,
  ): { statusCode: number; response: ExecutionResult } {
    const known = execution.errors?.flatMap(partsOf).map((error) => ({ error, problem: this.told(error, request) }));
    const errors = known?.map(
      ({ error, problem }) =>
        new GraphQLError(problem.en, {
          nodes: error.nodes,
          source: error.source,
          positions: error.positions,
          path: error.path,
          extensions: shape(problem),
        }),
    );
    const empty = !Object.values(execution.data ?? {}).some((field) => field !== null);
    if (empty && known?.some(({ problem }) => problem.code.startsWith('service.')))
      return { statusCode: 503, response: { data: execution.data ?? null, errors } };
    if (execution.data != null || errors?.some((error) => error.path))
      return { statusCode: 200, response: { data: execution.data ?? null, errors } };
    // A document that cannot run: 400 in the specification's own media type, 200 for clients of plain JSON, as it asks.
    // What is refused for another reason (a limit, a wrong body) has the status of its problem for all.
    const refused = known?.find(({ error }) => !isOfDocument(error) || isTooLong(error));
    const plain = !request?.headers.accept?.includes(GRAPHQL_TYPE);
    const statusCode = refused ? refused.problem.status : plain ? 200 : 400;
    return { statusCode, response: { errors } };
  }

  private told(error: GraphQLError, request: FastifyRequest | undefined): Problem {
    if (isTooLong(error)) return new Problem('query.too_long', LONGEST_DOCUMENT);
    if (isOfDocument(error)) return new Problem('request.invalid', { reason: error.message });
    return this.of(error.originalError, request);
  }
}

const isOfDocument = (error: GraphQLError) => !error.originalError || error.originalError instanceof GraphQLError;

/** The parser says it in words only. */
const isTooLong = (error: GraphQLError) =>
  /^Syntax Error: Document contains more tha[nt] \d+ tokens/.test(error.message);

/** What parsing and validation find comes wrapped in one error that says nothing; its parts say what to mend. */
function partsOf(error: GraphQLError): GraphQLError[] {
  const parts = (error.originalError as { errors?: unknown } | undefined)?.errors;
  const known = Array.isArray(parts) ? parts.filter((part) => part instanceof GraphQLError) : [];
  return known.length > 0 ? known : [error];
}

/** The same for plain HTTP routes; GraphQL's own errors pass through to `format`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly problems: Problems) {}

  catch(error: unknown, host: ArgumentsHost): unknown {
    if (host.getType<string>() === 'graphql') throw error;
    const http = host.switchToHttp();
    return this.problems.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}

/** What is not even a request of HTTP is answered by hand, and the connection ended. */
export function brokenRequest(error: NodeJS.ErrnoException, socket: Socket, config: Config): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? new Problem('request.too_slow', { seconds: config.requestSeconds })
      : new Problem('request.invalid', {
          reason: error.code === 'HPE_HEADER_OVERFLOW' ? 'headers too large' : 'not HTTP',
        });
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : problem.status;
  const body = JSON.stringify({ error: shape(problem) });
  const begun = (socket as { _httpMessage?: ServerResponse })._httpMessage?.headersSent;
  if (!begun)
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json; charset=utf-8\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
  socket.destroySoon();
}
