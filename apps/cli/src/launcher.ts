/**
 * The whole service from one terminal: database, tables, API, worker. Whatever happens (Ctrl-C, a program that dies, a
 * database that ends), everything is stopped in order: first who writes, then the database.
 */
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Config, connect, freePort, graceOf, type OpenDatabase, openDatabase, projectRoot } from '#core';
import { type Program, startProgram } from './programs.js';
import { migrate, say, seed } from './schema.js';
import { sentence } from './sentence.js';

const READY_LIMIT = 60_000;

/** Something that ends the service: null = asked for (exit 0), a sentence = went wrong (exit 1). */
type End = { reason: string | null };

type Hooks = {
  /** For `dev`: called once everything is up, with what restarts the programs. Then a program that dies ends nothing. */
  onReady?: (restart: () => Promise<void>) => void;
};

/**
 * Runs the service until it is asked to stop or something of it ends.
 * @returns the exit code, with which the caller ends the process: an unfinished step of the start is cut off by it
 */
export async function launch(config: Config, hooks: Hooks = {}): Promise<number> {
  const interrupted = new Promise<End>((settle) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => settle({ reason: null }));
  });
  let opening: Promise<OpenDatabase> | undefined;
  let over = false;
  let programs: Program[] = [];
  let stopping = false;
  let fail: (end: End) => void = () => {};
  const failed = new Promise<End>((settle) => {
    fail = settle;
  });

  const startPrograms = async (url: string, port: number) => {
    if (over) return;
    const env = { ...process.env, DATABASE_URL: url, PORT: String(port) };
    programs = (['api', 'worker'] as const).map((name) => startProgram(name, mainOf(name), env));
    const died = Promise.race(
      programs.map(async (program): Promise<End> => {
        const how = await program.ended;
        return { reason: `${program.name} đã dừng bất ngờ (${how}) · ${program.name} ended unexpectedly.` };
      }),
    );
    void died.then((end) => {
      if (stopping) return;
      if (hooks.onReady) say(end.reason ?? '');
      else fail(end);
    });
    await ready(config, port, died);
  };
  const stopPrograms = async () => {
    stopping = true;
    await Promise.all(programs.map((program) => program.stop(graceOf(program.name, config))));
    stopping = false;
  };

  const run = async (): Promise<End> => {
    opening = openDatabase(config, say);
    const database = await opening;
    if (over) return { reason: null };
    if (database.how === 'shared') return { reason: 'Dịch vụ đang chạy ở nơi khác · npm start is running already.' };
    void database.ended.then(() => fail({ reason: 'PostgreSQL đã dừng bất ngờ · PostgreSQL ended unexpectedly.' }));
    const { url } = database;
    await prepare(config, url);
    const port = config.port === 0 ? await freePort() : config.port;
    await portMustBeFree(config.host, port);
    await startPrograms(url, port);
    if (over) return { reason: null };
    welcome(config, port);
    hooks.onReady?.(async () => {
      await stopPrograms();
      await prepare(config, url);
      await startPrograms(url, port);
    });
    return failed;
  };

  const end = await Promise.race([
    interrupted,
    failed,
    run().catch((error: unknown): End => ({ reason: sentence(error) })),
  ]);
  if (end.reason) process.stderr.write(`${end.reason}\n`);
  else say('Đang dừng · Stopping …');
  over = true;
  await stopPrograms();
  // Asked to stop while it was still starting: it is stopped once it is there.
  await opening?.then((database) => database.release()).catch(() => {});
  if (!end.reason) say('Đã dừng · Stopped.');
  return end.reason ? 1 : 0;
}

function mainOf(name: string): string {
  return join(projectRoot, 'dist', 'apps', name, 'src', 'main.js');
}

async function prepare(config: Config, url: string): Promise<void> {
  const dataSource = await connect(url, { pool: 2, name: 'bao-cao-57 start', statementTimeout: 0 });
  try {
    const done = await migrate(dataSource, url);
    if (done.length > 0) say(`Đã nâng cấp cơ sở dữ liệu (${done.length} bước) · ${done.length} migrations ran`);
    if (await seed(dataSource, url, config, true)) say('Đã nạp danh mục đơn vị và kế hoạch · Units and plans imported');
  } finally {
    await dataSource.destroy();
  }
}

function portMustBeFree(host: string, port: number): Promise<void> {
  return new Promise((settle, fail) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) =>
      fail(
        error.code === 'EADDRINUSE'
          ? new Error(`Cổng ${port} đang bận. Chọn cổng khác · Port ${port} is taken; choose another: PORT=${port + 1}`)
          : error,
      ),
    );
    probe.listen(port, host, () => probe.close(() => settle()));
  });
}

/** Waits until the API says that it and its database are ready; gives up when a program died or time is over. */
async function ready(config: Config, port: number, died: Promise<End>): Promise<void> {
  const limit = Date.now() + READY_LIMIT;
  let over = false;
  void died.then(() => {
    over = true;
  });
  while (!over) {
    try {
      const answer = await fetch(`${address(config, port)}/health/ready`, { signal: AbortSignal.timeout(5_000) });
      await answer.arrayBuffer();
      if (answer.ok) return;
    } catch {
      // not listening yet
    }
    if (Date.now() > limit) throw new Error(`API chưa sẵn sàng sau ${READY_LIMIT / 1000} giây · The API is not ready.`);
    await sleep(50);
  }
  throw new Error((await died).reason ?? '');
}

function address(config: Config, port: number): string {
  const host = ['0.0.0.0', '::'].includes(config.host) ? '127.0.0.1' : config.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function welcome(config: Config, port: number): void {
  const api = address(config, port);
  say('');
  say('Dịch vụ đã sẵn sàng · The service is ready');
  say(`  API                ${api}/graphql`);
  if (config.environment !== 'production') say(`  GraphiQL           ${api}/graphiql`);
  say(`  Dữ liệu · Data     ${config.databaseUrl ? 'DATABASE_URL' : config.varDir}`);
  say('  Mã truy cập đầu tiên, ở cửa sổ lệnh khác · The first token, in another terminal:');
  say('      npm run tokens:issue -- --admin');
  say('  Dừng · Stop: Ctrl-C');
  say('');
}
