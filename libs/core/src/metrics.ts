/**
 * Figures on how a process is doing, in the form that Prometheus reads, and the inner door where it reads them: a port of
 * its own that is never shown to the outside, with the health of the process beside them.
 */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { DataSource } from 'typeorm';
import { poolOf } from './database.js';
import type { Readiness } from './readiness.js';

export { Gauge, Histogram, Registry } from 'prom-client';

/** Process, event loop, memory, and the pool of connections. @param app which process */
export function newMetrics(app: string, dataSource: DataSource): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ app });
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'baocao_database_connections',
    help: 'Connections of the pool: in use, idle, and requests waiting for one',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { totalCount, idleCount, waitingCount } = poolOf(dataSource);
      this.set({ state: 'used' }, totalCount - idleCount);
      this.set({ state: 'idle' }, idleCount);
      this.set({ state: 'waiting' }, waitingCount);
    },
  });
  return registry;
}

type InnerDoor = { port: number; close(): Promise<void> };

/** Opens the inner door. GET /metrics, /health/live, /health/ready; nothing else. @throws when the port is taken */
export async function openInnerDoor(
  at: { host: string; port: number },
  parts: { registry: Registry; readiness: Readiness },
): Promise<InnerDoor> {
  const server: Server = createServer((request, reply) => {
    const answer = async () => {
      if (request.method !== 'GET') return { status: 405, type: 'text/plain', body: '' };
      if (request.url === '/metrics')
        return { status: 200, type: parts.registry.contentType, body: await parts.registry.metrics() };
      if (request.url === '/health/live') return { status: 200, type: 'application/json', body: '{"status":"ok"}' };
      if (request.url !== '/health/ready') return { status: 404, type: 'text/plain', body: '' };
      const state = await parts.readiness.look();
      return { status: state.status === 'ready' ? 200 : 503, type: 'application/json', body: JSON.stringify(state) };
    };
    answer().then(
      ({ status, type, body }) => reply.writeHead(status, { 'content-type': type }).end(body),
      () => reply.writeHead(500).end(),
    );
  });
  server.requestTimeout = 10_000;
  server.listen(at.port, at.host);
  await once(server, 'listening');
  const address = server.address();
  const close = async () => {
    server.closeAllConnections();
    await new Promise<void>((settle) => server.close(() => settle()));
  };
  return { port: typeof address === 'object' && address ? address.port : at.port, close };
}
