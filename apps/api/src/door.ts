/**
 * What holds for every request before any resolver: who may send how much how fast, what may be posted, and when a request
 * counts as received. A page in a browser gets headers that forbid it everything, and no other page may call (no CORS).
 */
import { hash } from 'node:crypto';
import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type DocumentNode, getOperationAST, parse } from 'graphql';
import type { Logger } from 'pino';
import { type Clock, type Config, openRedis, Problem } from '#core';
import { visitOf } from './caller.guard.js';
import { LONGEST_DOCUMENT } from './query-limits.js';

export const LARGEST_BODY = 2 * 1024 * 1024;
/** Of JSON; no request of ours needs more. */
const DEEPEST_JSON = 40;
const MINUTE = 60_000;
/** Callers and addresses remembered at once, in memory. */
const REMEMBERED = 20_000;
/** A NUL written as an escape within the text of a GraphQL document, or JSON given as text. */
const ESCAPED_NUL = /\\u(?:0000|\{0+\})/;
const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;
/** Of the GraphQL-over-HTTP specification; for it, a document that cannot run is answered with 400. */
export const GRAPHQL_TYPE = 'application/graphql-response+json';

type Sent = { query?: unknown; variables?: unknown; operationName?: unknown; extensions?: unknown };
type Parts = { config: Config; clock: Clock; log: Logger };

export async function openDoor(fastify: FastifyInstance, { config, clock, log }: Parts): Promise<void> {
  const headers = safeHeaders(config.environment === 'production');
  fastify.addHook('onRequest', (_, reply, done) => {
    reply.headers(headers);
    done();
  });
  await limitRates(fastify, config, log);
  fastify.addHook('preValidation', async (request, reply) => {
    // The body has been read in full: this instant decides on time or late.
    visitOf(request, clock);
    giveUpAfter(config.requestSeconds, reply);
    if (request.routeOptions.url === '/graphql') checkSent(request, reply);
  });
}

/** Always the same, so written down once; @fastify/helmet would work them out anew for every request. */
function safeHeaders(production: boolean): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    // Two years; browsers heed it over TLS only.
    'strict-transport-security': 'max-age=63072000',
    // GraphiQL, open outside production only, loads its scripts from elsewhere.
    ...(production && { 'content-security-policy': "default-src 'none'; frame-ancestors 'none'" }),
  };
}

/** Counted in memory, or in Redis for all processes together; while Redis is away nobody is refused. */
async function limitRates(fastify: FastifyInstance, config: Config, log: Logger): Promise<void> {
  const redis = config.redisUrl
    ? openRedis(config.redisUrl, (error) => log.warn({ err: error }, 'rate limits: Redis'))
    : undefined;
  if (redis) fastify.addHook('onClose', async () => redis.disconnect());
  const settings = { global: false, timeWindow: MINUTE, cache: REMEMBERED, skipOnError: true, redis };
  await fastify.register(rateLimit, { ...settings, nameSpace: 'rate:' });
  const limits = [
    fastify.createRateLimit({ max: config.ratePerAddress, keyGenerator: (request) => normalizeIP(request.ip) }),
    // The whole header, unread: whoever knows only the prefix of a token cannot use up its share.
    fastify.createRateLimit({
      max: config.ratePerCaller,
      keyGenerator: (request) => hash('sha256', request.headers.authorization!, 'base64url'),
    }),
  ];
  fastify.addHook('onRequest', async (request, reply) => {
    if (request.url.startsWith('/health/')) return;
    for (const limit of request.headers.authorization ? limits : limits.slice(0, 1)) {
      const state = await limit(request);
      if (state.isAllowed || !state.isExceeded) continue;
      reply.header('retry-after', state.ttlInSeconds);
      throw new Problem('request.too_many', { most: state.max, seconds: state.ttlInSeconds });
    }
  });
}

/** Fastify's own limit (`handlerTimeout`) ends with the reading of the body, so it never ends what runs after it. */
function giveUpAfter(seconds: number, reply: FastifyReply): void {
  const timer = setTimeout(() => {
    if (!reply.sent) reply.send(new Problem('query.too_slow', { seconds }));
  }, seconds * 1000);
  timer.unref();
  reply.raw.once('close', () => clearTimeout(timer));
}

/** What a GraphQL request must be before it is looked into (GraphQL over HTTP). @throws Problem */
function checkSent(request: FastifyRequest, reply: FastifyReply): void {
  if (request.headers.accept?.includes(GRAPHQL_TYPE)) reply.type(`${GRAPHQL_TYPE}; charset=utf-8`);
  const post = request.method === 'POST';
  if (post && !JSON_TYPE.test(request.headers['content-type'] ?? '')) throw new Problem('request.media_type');
  const sent = (post ? request.body : request.query) as Sent | null;
  if (Array.isArray(sent)) throw new Problem('request.batched');
  const wrong = wrongPart(sent, post);
  if (wrong) throw new Problem('request.invalid', { reason: wrong });
  if ((sent!.query as string).length > LONGEST_DOCUMENT.characters)
    throw new Problem('query.too_long', LONGEST_DOCUMENT);
  if (!post) mustOnlyRead(sent as { query: string; operationName?: string });
}

/** A link that somebody follows changes nothing. @throws Problem request.method; a document in error is told later */
function mustOnlyRead({ query, operationName }: { query: string; operationName?: string }): void {
  let document: DocumentNode;
  try {
    document = parse(query, { maxTokens: LONGEST_DOCUMENT.tokens });
  } catch {
    return;
  }
  const operation = getOperationAST(document, operationName || undefined);
  if (!operation) throw new Problem('request.invalid', { reason: `operationName: "${operationName ?? ''}"` });
  if (operation.operation !== 'query') throw new Problem('request.method');
}

/** The first thing wrong with what was sent, in words; undefined if it may be read. */
function wrongPart(sent: Sent | null, post: boolean): string | undefined {
  if (sent === null || typeof sent !== 'object') return 'the body: a JSON object';
  if (!isShallow(sent)) return 'nested too deeply';
  if (typeof sent.query !== 'string' || sent.query === '') return 'query: a text';
  if (sent.operationName != null && typeof sent.operationName !== 'string') return 'operationName: a text';
  const map = post ? isMap : isMapAsText;
  if (sent.variables != null && !map(sent.variables)) return 'variables: an object';
  if (sent.extensions != null && !map(sent.extensions)) return 'extensions: an object';
  if (!isCleanText(sent) || holdsEscapedNul(sent)) return 'a text holds a NUL character or a broken surrogate pair';
  return undefined;
}

const isMap = (value: unknown) => typeof value === 'object' && !Array.isArray(value);

/** In an address, JSON comes as text. */
function isMapAsText(text: unknown): boolean {
  try {
    const value: unknown = typeof text === 'string' ? JSON.parse(text) : undefined;
    return value !== null && value !== undefined && isMap(value) && isShallow(value);
  } catch {
    return false;
  }
}

/** In the document, and in variables that came as text in the address. */
function holdsEscapedNul(part: Sent): boolean {
  return [part.query, part.variables].some((text) => typeof text === 'string' && ESCAPED_NUL.test(text));
}

/** Whether objects and lists nest no deeper than any request of ours needs; looked at no deeper either. */
function isShallow(node: unknown, depth = 0): boolean {
  if (depth > DEEPEST_JSON) return false;
  if (node === null || typeof node !== 'object') return true;
  for (const part of Object.values(node)) if (!isShallow(part, depth + 1)) return false;
  return true;
}

/** PostgreSQL stores no NUL and no lone surrogate: refused at the door, once, for every text there is. */
function isCleanText(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  if (Array.isArray(value)) return value.every(isCleanText);
  if (value !== null && typeof value === 'object')
    for (const key of Object.keys(value))
      if (!isCleanText(key) || !isCleanText((value as Record<string, unknown>)[key])) return false;
  return true;
}
