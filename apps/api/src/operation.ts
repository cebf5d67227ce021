/**
 * What keeps the API standing when much is asked of it, and lets an operator see how it stands: the id of each request,
 * no more requests at a time than can be served, a time to come back with every "not now", and figures on all of it.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { type Config, Histogram, inRequest, Problem, type Registry } from '#core';

/** Requests at a time for each connection of the pool: at two milliseconds a request, the last waits for a moment only. */
const PER_CONNECTION = 20;
/** Seconds after which to come back. */
const COME_BACK = 3;
/** Doors that must answer however much is asked. */
const ALWAYS = /^\/health\//;
const GIVEN_ID = /^[\w.-]{8,64}$/;

/** The id that a proxy in front has given, if it is one that may stand in a log; else a new one. */
export function requestIdOf(headers: Record<string, string | string[] | undefined>, fresh: () => string): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && GIVEN_ID.test(given) ? given : fresh();
}

/** Adds the hooks; before any other, so that what is refused here costs nothing. */
export function operate(
  fastify: FastifyInstance,
  { config, log, registry }: { config: Config; log: Logger; registry: Registry },
): void {
  const duration = new Histogram({
    name: 'baocao_http_request_seconds',
    help: 'Requests by route and status: from the first byte read to the last one written',
    labelNames: ['route', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
    registers: [registry],
  });
  // Told from the start: Prometheus counts no rise of what was not there before, and the first failure must be seen.
  fastify.addHook('onRoute', ({ url }) => duration.zero({ route: url, status: '500' }));
  const most = config.databasePool * PER_CONNECTION;
  const underWay = new Set<FastifyRequest>();
  /** Requests refused before their body was whole: their senders may take their time, but hold up no stop. */
  const unread = new Set<FastifyRequest['raw']>();
  let stopping = false;

  fastify.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    if (ALWAYS.test(request.url)) return;
    if (underWay.size >= most) throw new Problem('service.busy');
    underWay.add(request);
    reply.raw.once('close', () => underWay.delete(request));
  });
  // After the body has been read: what comes from here on, comes for this request.
  fastify.addHook('preHandler', (request, _reply, done) => inRequest(request.id, done));
  fastify.addHook('onSend', async (_request: FastifyRequest, reply: FastifyReply) => {
    if (reply.statusCode === 503 && !reply.hasHeader('retry-after')) reply.header('retry-after', String(COME_BACK));
  });
  fastify.addHook('preClose', async () => {
    stopping = true;
    for (const { socket } of unread) socket.destroySoon();
  });
  fastify.addHook('onResponse', async ({ raw }) => {
    if (raw.complete) return;
    if (stopping) return raw.socket.destroySoon();
    unread.add(raw);
    raw.once('close', () => unread.delete(raw));
  });
  fastify.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    duration.observe({ route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
    log.info(
      {
        requestId: request.id,
        method: request.method,
        // The secret of a download link is nobody's to read in a log.
        url: request.url.split('?')[0]!.replace(/(\/links\/).*/, '$1…'),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'request',
    );
  });
}
