/**
 * Builds the HTTP server without listening: main.ts listens with it, tests inject into it. The door's rules that come
 * before any resolver stand here: what may be posted, how large, and when a request counts as received.
 */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import multipart from '@fastify/multipart';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { Clock, type Config, Problem, Registry } from '#core';
import { AppModule } from './app.module.js';
import { visitOf } from './caller.guard.js';
import { UPLOAD_LIMITS } from './forms.controller.js';
import { operate, requestIdOf } from './operation.js';

const LARGEST_BODY = 2 * 1024 * 1024;
const DEEPEST = 40;
/** A NUL written as an escape within the text of a GraphQL document, or JSON given as text. */
const ESCAPED_NUL = /\\u(?:0000|\{0+\})/;

export async function createServer(parts: {
  config: Config;
  clock: Clock;
  dataSource: DataSource;
  log: Logger;
}): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: LARGEST_BODY,
    genReqId: (request: IncomingMessage) => requestIdOf(request.headers, randomUUID),
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(parts), adapter, {
    logger: false,
    abortOnError: false,
  });
  const fastify = adapter.getInstance();
  await app.register(multipart as unknown as Parameters<typeof app.register>[0], { limits: UPLOAD_LIMITS });
  operate(fastify, { ...parts, registry: app.get(Registry) });
  // Handed on as a stream, unread: the guard comes first, and who takes it measures it (ScansService).
  fastify.addContentTypeParser('application/pdf', (_request, payload, done) => done(null, payload));

  fastify.addHook('preValidation', async (request) => {
    // The body has been read in full: this instant decides on time or late.
    visitOf(request, parts.clock);
    if (request.routeOptions.url !== '/graphql') return;
    if (request.method === 'POST' && !/^application\/json\b/.test(request.headers['content-type'] ?? ''))
      throw new Problem('request.media_type');
    const sent = [request.body, request.query] as ({ query?: unknown; variables?: unknown } | null)[];
    if (!sent.every(isShallow)) throw new Problem('request.invalid', { reason: 'nested too deeply' });
    if (sent.some((part) => part?.query != null && typeof part.query !== 'string'))
      throw new Problem('request.invalid', { reason: 'query: a text' });
    if (!sent.every((part) => isCleanText(part) && !holdsEscapedNul(part)))
      throw new Problem('request.invalid', { reason: 'a text holds a NUL character or a broken surrogate pair' });
  });
  await app.init();
  await fastify.ready();
  return app;
}

/** In the document, and in variables that came as text in the address. */
function holdsEscapedNul(part: { query?: unknown; variables?: unknown } | null): boolean {
  return [part?.query, part?.variables].some((text) => typeof text === 'string' && ESCAPED_NUL.test(text));
}

/** Whether objects and lists nest no deeper than any request of ours needs; looked at level by level, without recursion. */
function isShallow(body: unknown): boolean {
  let level = [body];
  for (let depth = 0; depth <= DEEPEST; depth++) {
    level = level.flatMap((node) => (node !== null && typeof node === 'object' ? Object.values(node) : []));
    if (level.length === 0) return true;
  }
  return false;
}

/** PostgreSQL stores no NUL and no lone surrogate: refused at the door, once, for every text there is. */
function isCleanText(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  if (Array.isArray(value)) return value.every(isCleanText);
  if (value !== null && typeof value === 'object')
    return Object.entries(value).every(([key, part]) => isCleanText(key) && isCleanText(part));
  return true;
}
