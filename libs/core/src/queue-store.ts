/** Where the queue lives: PostgreSQL, or a Redis; and what of a Redis must be known besides its jobs. */
import { randomUUID } from 'node:crypto';
import { type BackendFactory, createPostgresBackend, createRedisBackend, type IQueueBackend } from 'bullmq';
import { Redis } from 'ioredis';

/** In PostgreSQL unless `redisUrl` is given. */
type Where = { databaseUrl: string; redisUrl?: string };
/** The store as BullMQ wants it, given a number of connections. */
export type Store = (connections: number) => BackendFactory<IQueueBackend, unknown>;

export function storeOf({ databaseUrl, redisUrl }: Where, prefix: string): Store {
  if (redisUrl)
    return () => (name, options, kind) =>
      createRedisBackend(name, { ...options, connection: { url: redisUrl, connectTimeout: 10_000 } }, kind);
  return (max) => (name, options, kind) =>
    createPostgresBackend(
      name,
      {
        ...options,
        connection: {
          connectionString: databaseUrl,
          schema: prefix,
          migrate: true,
          max,
          connectionTimeoutMillis: 10_000,
          keepAlive: true,
        },
      },
      kind,
    );
}

/** BullMQ waits for a Redis without end; a service that starts had better say that it is not there. */
export async function greet(redisUrl: string): Promise<void> {
  await withRedis(redisUrl, (redis) => redis.ping());
}

/** @returns another text after this Redis was flushed, replaced or restarted. @throws Error when it cannot be reached */
export async function redisIdentity(redisUrl: string, prefix: string): Promise<string> {
  return withRedis(redisUrl, async (redis) => {
    const key = `${prefix}:identity`;
    await redis.set(key, randomUUID(), 'NX');
    const run = /^run_id:(\w+)/m.exec(await redis.info('server'))?.[1];
    return `${run}:${await redis.get(key)}`;
  });
}

/** A connection of its own for one purpose, which gives up instead of waiting. @throws Error in one sentence */
async function withRedis<T>(redisUrl: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: 10_000,
    commandTimeout: 10_000,
    disconnectTimeout: 0,
    retryStrategy: () => null,
  });
  let heard: unknown;
  client.on('error', (error) => {
    heard = error;
  });
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw unreachable('Redis (REDIS_URL)', heard ?? error);
  } finally {
    if (client.status !== 'end') client.disconnect();
  }
}

export function unreachable(where: string, error: unknown): Error {
  const reason = error instanceof AggregateError ? error.errors.map(String).join('; ') : String(error);
  return new Error(`The job queue cannot reach ${where}: ${reason}`, { cause: error });
}
