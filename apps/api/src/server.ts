/**
 * Builds the HTTP server without listening: main.ts listens with it, tests inject into it. The door's rules that come
 * before any resolver stand in door.ts.
 */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import multipart from '@fastify/multipart';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { Clock, type Config, Registry } from '#core';
import { AppModule } from './app.module.js';
import { LARGEST_BODY, openDoor } from './door.js';
import { UPLOAD_LIMITS } from './forms.controller.js';
import { operate, requestIdOf } from './operation.js';
import { brokenRequest, Problems } from './problem.formatter.js';

export async function createServer(parts: {
  config: Config;
  clock: Clock;
  dataSource: DataSource;
  log: Logger;
}): Promise<NestFastifyApplication> {
  const { config, log } = parts;
  const problems = new Problems(log);
  const patience = config.requestSeconds * 1000;
  const adapter = new FastifyAdapter({
    bodyLimit: LARGEST_BODY,
    genReqId: (request: IncomingMessage) => requestIdOf(request.headers, randomUUID),
    trustProxy: config.trustedProxies.length > 0 ? config.trustedProxies : false,
    requestTimeout: patience,
    // What comes on a standing connection while this process stops is still served, and the connection closed with it:
    // Fastify's own 503 would have neither a code nor a time to come back.
    return503OnClosing: false,
    http: { headersTimeout: patience, connectionsCheckingInterval: Math.min(patience, 5_000) },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      problems.answer(error, request, reply);
    },
    clientErrorHandler: (error, socket) => brokenRequest(error, socket as Socket, config),
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(parts), adapter, {
    logger: false,
    abortOnError: false,
  });
  if (config.corsOrigins.length > 0) app.enableCors({ origin: config.corsOrigins, methods: ['GET', 'POST'] });
  const fastify = adapter.getInstance();
  await app.register(multipart as unknown as Parameters<typeof app.register>[0], { limits: UPLOAD_LIMITS });
  operate(fastify, { ...parts, registry: app.get(Registry) });
  await openDoor(fastify, parts);
  // Handed on as a stream, unread: the guard comes first, and who takes it measures it (ScansService).
  fastify.addContentTypeParser(['application/pdf', 'message/rfc822'], (_request, payload, done) => done(null, payload));
  await app.init();
  await fastify.ready();
  return app;
}
