/** A line to a server that a test can cut and mend: a TCP relay on a port of its own, which outlives the cuts. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export type Relay = {
  /** The same URL by way of the relay. */
  url: string;
  /** Drops every connection and refuses new ones. @returns how many were dropped */
  cut(): Promise<number>;
  /** From the next connection on that sends these words, nothing comes back any more: done, and its answer lost. */
  loseAnswerTo(words: string): void;
  /** Takes connections again, if it was cut. */
  mend(): Promise<void>;
  /** Holds every byte back, as a line does that is dead without a word; new connections are taken and hear nothing. */
  freeze(): void;
  /** What was held back goes on its way. */
  thaw(): void;
  close(): Promise<void>;
};

/** @param target postgres:// or redis:// URL with a port */
export async function startRelay(target: string): Promise<Relay> {
  const { hostname, port } = new URL(target);
  const lines = new Set<Socket>();
  let lost: string | null = null;
  let frozen = false;
  const carry = (near: Socket) => {
    const far = connect(Number(port), hostname);
    for (const end of [near, far]) {
      lines.add(end);
      end.on('error', () => {});
      end.on('close', () => {
        lines.delete(end);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
    near.on('data', (sent: Buffer) => {
      if (lost === null || !sent.includes(lost)) return;
      lost = null;
      far.unpipe(near).resume();
    });
    if (frozen) for (const end of [near, far]) end.pause();
  };
  const hold = (held: boolean) => {
    frozen = held;
    for (const line of lines) held ? line.pause() : line.resume();
  };
  let server = await listen(carry, 0);
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('the relay has no port');
  const cut = async () => {
    const dropped = lines.size / 2;
    const closed = once(server, 'close');
    server.close();
    for (const line of lines) line.destroy();
    await closed;
    return dropped;
  };
  const mend = async () => {
    if (!server.listening) server = await listen(carry, address.port);
  };
  const url = new URL(target);
  url.host = `127.0.0.1:${address.port}`;
  const close = async () => {
    if (server.listening) await cut();
  };
  const loseAnswerTo = (words: string) => {
    lost = words;
  };
  return { url: url.href, cut, loseAnswerTo, mend, freeze: () => hold(true), thaw: () => hold(false), close };
}

async function listen(carry: (near: Socket) => void, port: number): Promise<Server> {
  const server = createServer(carry).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
