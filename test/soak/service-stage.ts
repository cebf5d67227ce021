/**
 * A whole service to be broken: a PostgreSQL of its own that flushes to disk as in production, two API and two worker
 * processes, a Redis where there is one, a mail server; lines between them that can be cut; clocks that can be set. What
 * dies is started anew by `recover`, as a supervisor would, and nothing else is ever done by hand.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { DataSource } from 'typeorm';
import { AccessService, TokensService } from '#access';
import { Clock, connect, type EmbeddedServer, freePort, openQueue, projectRoot, rows, startEmbedded } from '#core';
import { importOfficialUnits } from '#organisations';
import { importSeedPlans } from '#programmes';
import { RoundsService } from '#reporting';
import { type Jobs, jobNames } from '../../apps/worker/src/jobs.js';
import { type SetClock, settableClock } from '../support/database-clock.js';
import type { FullDisk } from '../support/full-disk.js';
import { type MailServer, startMailServer } from '../support/mail-server.js';
import { type Running, startProcess } from '../support/processes.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { type Relay, startRelay } from '../support/relay.js';
import { SEEDED_AT } from '../support/sql.js';
import { PROGRAMME } from './country.js';

/** Bytes of the disk that the database may have to itself, where this process may mount one. */
const DISK = 900_000_000;
const SHIFTED = pathToFileURL(join(projectRoot, 'test/support/shifted-date.js')).href;
export const PROVINCES = ['19', '20'];

export type Names = 'api 0' | 'api 1' | 'worker 0' | 'worker 1';

export class Stage {
  readonly programs = new Map<Names, Running>();
  /** Spans in which no API could reach the database, by the test's monotonic clock. */
  readonly outages: { from: number; to: number }[] = [];
  /** Programs that ended without being killed or asked to. */
  readonly died: string[] = [];
  disk: FullDisk | undefined;
  kills = 0;
  private readonly expected = new Set<Running>();
  private shift = 0;

  private constructor(
    readonly folder: string,
    private postgres: EmbeddedServer,
    private readonly port: number,
    /** Straight to the database, past the lines. */
    readonly db: DataSource,
    readonly line: Relay,
    readonly mail: MailServer,
    readonly setDatabaseClock: SetClock,
    public redis: { server: TestRedis; line: Relay; port: number } | undefined,
    /** Whether the database has a disk of its own, small enough to be filled. */
    readonly ownDisk: boolean,
    /** What the mail server took, by Message-ID: one entry a copy. */
    readonly taken: readonly string[],
  ) {}

  static async open(withRedis: boolean): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'baocao-stage-'));
    chmodSync(folder, 0o755);
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    const ownDisk =
      process.getuid?.() === 0 &&
      spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK},mode=0755`, 'tmpfs', disk]).status === 0;
    const port = await freePort();
    const postgres = await startEmbedded({ dataDir: join(disk, 'postgres'), port });
    await prepare(postgres.url);
    const db = await connect(postgres.url, { pool: 4, name: 'stage' });
    const setDatabaseClock = await settableClock(db);
    const line = await startRelay(postgres.url);
    const taken: string[] = [];
    const mail = await startMailServer({
      dot: async (mime) => void taken.push(/^Message-ID: *(<[^>]+>)/im.exec(mime)?.[1] ?? 'none'),
    });
    const redisPort = withRedis ? await freePort() : 0;
    const server = withRedis ? await startRedis(redisPort) : undefined;
    const redis = server && { server, line: await startRelay(server.url), port: redisPort };
    const stage = new Stage(folder, postgres, port, db, line, mail, setDatabaseClock, redis, ownDisk, taken);
    stage.setMachineClock(0);
    await stage.recover();
    return stage;
  }

  /** Of the database, past the lines. */
  get url(): string {
    return this.postgres.url;
  }

  /** Of the APIs that run. */
  get urls(): string[] {
    return [...this.programs].flatMap(([name, { alive, url }]) => (name.startsWith('api') && alive ? [url] : []));
  }

  async kill(...names: Names[]): Promise<void> {
    await Promise.all(
      names.map((name) => {
        const program = this.programs.get(name)!;
        this.expected.add(program);
        this.kills++;
        return program.kill();
      }),
    );
  }

  /** Asks a program to stop, and waits until it has. */
  async ask(name: Names): Promise<void> {
    const program = this.programs.get(name)!;
    this.expected.add(program);
    await program.stop();
  }

  /** The whole server, as a power cut ends it: no checkpoint, nothing said to anybody. */
  async killPostgres(): Promise<void> {
    this.kills++;
    process.kill(this.postgres.pid, 'SIGKILL');
    await this.postgres.ended;
  }

  async startPostgres(): Promise<void> {
    this.postgres = await startEmbedded({ dataDir: join(this.folder, 'disk', 'postgres'), port: this.port });
  }

  /** Whether the server has ended by itself. */
  async postgresEnded(): Promise<boolean> {
    return Promise.race([this.postgres.ended.then(() => true), pause(20, false)]);
  }

  async killRedis(): Promise<void> {
    this.kills++;
    await this.redis!.server.kill();
  }

  /** Another one on its port, empty. */
  async startRedis(): Promise<void> {
    this.redis!.server = await startRedis(this.redis!.port);
  }

  /** For API and worker processes. @param seconds ahead of the true time, or behind it */
  setMachineClock(seconds: number): void {
    writeFileSync(join(this.folder, 'shift'), String(seconds));
  }

  /** For the database: minutes go by. */
  async passMinutes(count: number): Promise<void> {
    this.shift += count * 60;
    await this.setDatabaseClock(this.shift);
  }

  /** The database's clock as it would be had nobody set it. */
  get databaseShift(): number {
    return this.shift;
  }

  /** Time in which no API can reach the database, from now until what is returned is called. */
  outage(): () => void {
    const span = { from: performance.now(), to: Number.POSITIVE_INFINITY };
    this.outages.push(span);
    return () => {
      span.to = performance.now();
    };
  }

  /** The supervisor's work: lines are mended, servers run, and each program that is gone is started anew. */
  async recover(): Promise<void> {
    this.line.thaw();
    await this.line.mend();
    if (await this.postgresEnded()) await this.startPostgres();
    this.redis?.line.thaw();
    await this.redis?.line.mend();
    const names: Names[] = ['api 0', 'api 1', 'worker 0', 'worker 1'];
    await Promise.all(names.map((name) => this.start(name)));
  }

  /** What a worker does every minute; the queue is opened anew, since the last one may have gone down with its server. */
  async minute(): Promise<void> {
    const queue = await openQueue<Jobs>({
      databaseUrl: this.postgres.url,
      redisUrl: this.redis?.server.url,
      names: jobNames,
    });
    try {
      await queue.add('schedule.tick', {});
      await queue.add('delivery.sweep', {});
    } finally {
      await queue.close();
    }
  }

  async close(): Promise<void> {
    for (const program of this.programs.values()) this.expected.add(program);
    await Promise.all([...this.programs.values()].map((program) => program.kill()));
    await this.db.destroy();
    await Promise.all([this.line.close(), this.mail.close(), this.redis?.line.close()]);
    await this.redis?.server.stop();
    await this.postgres.stop();
    if (this.ownDisk) spawnSync('umount', ['--lazy', join(this.folder, 'disk')]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async start(name: Names): Promise<void> {
    const standing = this.programs.get(name);
    if (standing?.alive) return;
    if (standing && !this.expected.has(standing))
      this.died.push(`${name} ended by itself (${await standing.ended}): ${standing.lines.slice(-3).join(' | ')}`);
    this.programs.set(name, await startProcess(name.split(' ')[0] as 'api' | 'worker', this.environment(), [SHIFTED]));
  }

  private environment(): Record<string, string> {
    return {
      NODE_ENV: 'test',
      DATABASE_URL: this.line.url,
      ...(this.redis && { REDIS_URL: this.redis.line.url }),
      SMTP_URL: this.mail.url,
      MAIL_FROM: 'NQ57 <bao-cao@so.example.vn>',
      VAR_DIR: join(this.folder, 'var'),
      PORT: '0',
      DATABASE_POOL: '4',
      RATE_PER_CALLER: '1000000',
      RATE_PER_ADDRESS: '1000000',
      DATE_SHIFT_FILE: join(this.folder, 'shift'),
    };
  }
}

/** Tables, units (of two provinces the communes, so that all is quickly read), plans, a round. */
async function prepare(url: string): Promise<void> {
  const db = await connect(url, { pool: 2 });
  try {
    await db.runMigrations();
    await importOfficialUnits(db, SEEDED_AT);
    await importSeedPlans(db, SEEDED_AT);
    await rows(
      db,
      `update org_unit_state s set recorded_to = clock_timestamp() from org_unit u, org_unit p
       where u.id = s.unit_id and u.level = 2 and p.id = s.parent_id and not p.code = any($1)`,
      [PROVINCES],
    );
    // The disk is small: what a crash is mended from may not take all of it.
    await db.query(`alter system set max_wal_size = '128MB'`);
    await db.query(`alter system set min_wal_size = '32MB'`);
    await db.query('select pg_reload_conf()');
    await new RoundsService(db, new Clock()).open(null, PROGRAMME, '2026H1');
  } finally {
    await db.destroy();
  }
}

/** A token as the operator at the machine makes it. */
export async function tokenOf(
  stage: Stage,
  unitCode: string,
  role: 'reporter' | 'reviewer' | 'viewer',
): Promise<string> {
  const clock = new Clock();
  const operator = new TokensService(stage.db, clock, new AccessService(stage.db, clock));
  const [issued] = await operator.issue(null, { unitCode, role });
  return issued!.token;
}
