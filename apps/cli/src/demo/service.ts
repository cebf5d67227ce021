/**
 * The product as it is installed, on an empty embedded PostgreSQL in a folder of its own: database, API and worker as
 * processes, and a clock that the story sets. From outside only the address and the first token are handed out.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AccessService, TokensService } from '#access';
import {
  Clock,
  type Config,
  connect,
  embeddedDir,
  findRunning,
  freePort,
  graceOf,
  loadConfig,
  openDatabase,
  projectRoot,
} from '#core';
import { type Program, startProgram } from '../programs.js';
import { migrate, say, seed, wipe } from '../schema.js';

export type Service = {
  /** http://127.0.0.1:port */
  url: string;
  folder: string;
  /** Token of the first administrator, made as `tokens:issue --admin` makes it. */
  firstToken: string;
  /** Sets the time for API and worker. @param instant ISO 8601 */
  at(instant: string): void;
  /** Settles with a sentence if a part of the service ends by itself. */
  broken: Promise<string>;
  stop(): Promise<void>;
};

const READY_LIMIT = 60_000;

/** @param folder absolute; emptied first. @throws Error in one sentence when the service does not come up */
export async function startService(folder: string, instant: string): Promise<Service> {
  const clockFile = join(folder, 'clock');
  const environment = {
    NODE_ENV: 'development',
    VAR_DIR: folder,
    CLOCK_FILE: clockFile,
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    LOG_LEVEL: 'warn',
    // Whatever this machine is set up for: the demo touches no other database, queue or mail server.
    DATABASE_URL: '',
    REDIS_URL: '',
    SMTP_URL: '',
    MAIL_FROM: '',
    // Three provinces report from one address within a minute.
    RATE_PER_CALLER: '100000',
    RATE_PER_ADDRESS: '100000',
    TRUSTED_PROXIES: '',
    CORS_ORIGINS: '',
    REQUEST_SECONDS: '',
  };
  const config = loadConfig(environment);
  if (findRunning(embeddedDir(config)))
    throw new Error(
      `Bản chạy thử đang dùng ${folder}, hãy dừng trước · The demo is running in ${folder}; stop it first.`,
    );
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const at = (iso: string) => {
    // Renamed into place: whoever reads the time never finds an empty file.
    writeFileSync(`${clockFile}.next`, iso);
    renameSync(`${clockFile}.next`, clockFile);
  };
  at(instant);

  const database = await openDatabase(config, say);
  let programs: Program[] = [];
  const stop = async () => {
    await Promise.all(programs.map((program) => program.stop(graceOf(program.name, config))));
    await database.release();
  };
  try {
    const firstToken = await prepare(database.url, config);
    const env = { ...process.env, ...environment, DATABASE_URL: database.url };
    programs = (['api', 'worker'] as const).map((name) =>
      startProgram(name, join(projectRoot, 'dist', 'apps', name, 'src', 'main.js'), env),
    );
    const url = `http://127.0.0.1:${config.port}`;
    const broken = Promise.race([
      ...programs.map(async ({ name, ended }) => `${name} đã dừng bất ngờ · ended unexpectedly (${await ended})`),
      database.ended.then(() => 'PostgreSQL đã dừng bất ngờ · PostgreSQL ended unexpectedly'),
    ]);
    await Promise.race([ready(url), broken.then((reason) => Promise.reject(new Error(reason)))]);
    return { url, folder, firstToken, at, broken, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Tables, official units, plans, and the first token. */
async function prepare(url: string, config: Config): Promise<string> {
  // A folder that the database user may not enter is stood for by another place, which the removal above did not reach.
  await wipe(url);
  const dataSource = await connect(url, { pool: 2, name: 'bao-cao-57 demo' });
  try {
    await migrate(dataSource, url);
    await seed(dataSource, url, config);
    const clock = new Clock(config.clockFile);
    const operator = new TokensService(dataSource, clock, new AccessService(dataSource, clock));
    const [issued] = await operator.issue(null, { unitCode: 'VN', role: 'administrator' });
    return issued!.token;
  } finally {
    await dataSource.destroy();
  }
}

async function ready(url: string): Promise<void> {
  const limit = Date.now() + READY_LIMIT;
  for (;;) {
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    if (Date.now() > limit) throw new Error(`API chưa sẵn sàng sau ${READY_LIMIT / 1000} giây · The API is not ready.`);
    await sleep(50);
  }
}
