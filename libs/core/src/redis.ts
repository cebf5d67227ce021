/**
 * A Redis for what may be lost, such as counts of requests: a command that it does not take at once fails at once, so
 * that nobody who asks waits for a Redis that is away. It reconnects by itself.
 */
import { Redis } from 'ioredis';

/** @param onError hears of lost connections. @returns the client; end it with `disconnect()` */
export function openRedis(url: string, onError: (error: Error) => void): Redis {
  const client = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 250,
    connectTimeout: 10_000,
    disconnectTimeout: 0,
  });
  client.on('error', onError);
  return client;
}
