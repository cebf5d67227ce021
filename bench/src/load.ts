/**
 * The load generator, a process of its own: a fixed number of kept-alive connections over raw sockets, each with one
 * request in flight, so that it costs next to nothing beside what it measures. It sends a list once, or repeats it for a
 * time, or follows a fixed pace; it counts an answer as good only with status 200 and the text it is told to expect.
 */
import { connect, type Socket } from 'node:net';

export type LoadRequest = { path: string; token?: string; body?: string };

export type LoadJob = {
  port: number;
  connections: number;
  requests: LoadRequest[];
  /** Repeat the list for so long; without it every request is sent once. */
  seconds?: number;
  /** What a good answer holds. */
  expect: string;
  /** After each answer a connection rests so long. */
  restMs?: number;
};

export type LoadResult = {
  good: number;
  bad: number;
  /** The first answer that was not good. */
  firstBad: string | null;
  seconds: number;
  perSecond: number;
  p50: number;
  p95: number;
  p99: number;
};

function render(request: LoadRequest, port: number): Buffer {
  const body = Buffer.from(request.body ?? '');
  const head = [
    `${request.body === undefined ? 'GET' : 'POST'} ${request.path} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    ...(request.token ? [`authorization: Bearer ${request.token}`] : []),
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

/** One connection; `ask` sends a request and waits for its whole answer. */
class Connection {
  private readonly chunks: Buffer[] = [];
  private settle: ((answer: Buffer) => void) | null = null;
  private fail: ((error: Error) => void) | null = null;
  private length = 0;
  private wanted = -1;

  constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('close', () => this.fail?.(new Error('the server closed the connection')));
    socket.on('error', (error) => this.fail?.(error));
  }

  static open(port: number): Promise<Connection> {
    return new Promise((settle, fail) => {
      const socket = connect(port, '127.0.0.1', () => settle(new Connection(socket)));
      socket.once('error', fail);
    });
  }

  ask(request: Buffer): Promise<Buffer> {
    return new Promise((settle, fail) => {
      this.settle = settle;
      this.fail = fail;
      this.socket.write(request);
    });
  }

  close(): void {
    this.fail = null;
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.length += chunk.length;
    if (this.wanted < 0) {
      const sofar = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks);
      const head = sofar.indexOf('\r\n\r\n');
      if (head < 0) return;
      const size = /\r\ncontent-length: (\d+)/i.exec(sofar.toString('latin1', 0, head));
      if (!size) {
        this.fail?.(new Error('an answer without content-length'));
        return;
      }
      this.wanted = head + 4 + Number(size[1]);
    }
    if (this.length < this.wanted) return;
    const answer = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks);
    this.chunks.length = 0;
    this.length = 0;
    this.wanted = -1;
    this.settle?.(answer);
  }
}

async function run(job: LoadJob, stopped: () => boolean): Promise<LoadResult> {
  const requests = job.requests.map((request) => render(request, job.port));
  const connections = await Promise.all(Array.from({ length: job.connections }, () => Connection.open(job.port)));
  const times: number[] = [];
  let next = 0;
  let good = 0;
  let firstBad: string | null = null;
  const started = performance.now();
  const ends = job.seconds === undefined ? Number.POSITIVE_INFINITY : started + job.seconds * 1000;
  const work = async (connection: Connection) => {
    while (!stopped() && performance.now() < ends && (job.seconds !== undefined || next < requests.length)) {
      const request = requests[next++ % requests.length]!;
      const before = performance.now();
      const answer = await connection.ask(request);
      times.push(performance.now() - before);
      if (answer.includes('HTTP/1.1 200', 0, 'latin1') && answer.includes(job.expect)) good += 1;
      else firstBad ??= answer.toString('utf8').slice(0, 2000);
      if (job.restMs) await new Promise((settle) => setTimeout(settle, job.restMs));
    }
  };
  await Promise.all(connections.map(work));
  const seconds = (performance.now() - started) / 1000;
  for (const connection of connections) connection.close();
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  const bad = times.length - good;
  return { good, bad, firstBad, seconds, perSecond: good / seconds, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

let stop = false;
process.on('message', (message: LoadJob | 'stop') => {
  if (message === 'stop') {
    stop = true;
    return;
  }
  stop = false;
  run(message, () => stop).then(
    (result) => process.send!({ result }),
    (error: unknown) => process.send!({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
