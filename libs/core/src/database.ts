/**
 * The way to PostgreSQL: one TypeORM DataSource per process, its migrations the dated SQL files of /migrations.
 * `rows` runs one statement and gives its rows; `transact` runs several as one. The ORM's `save` is not used.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DateTime } from 'luxon';
import { Client, type ClientBase, type Pool } from 'pg';
import { DataSource, type EntityManager, type MigrationInterface, type QueryRunner } from 'typeorm';
import { projectRoot } from './project-root.js';
import { currentScope } from './request.js';
import { prepareScope, ScopedQuery, SET_SCOPE, TAKE_SCOPE, WALLED_ROLE, type Wall } from './scope.js';

/** Anything that runs SQL: the DataSource, or the manager of a transaction. */
export type Db = DataSource | EntityManager;

/**
 * Runs one statement. Outside a transaction one with parameters is prepared: a connection plans it once and not each time,
 * which costs more than running it. @returns its rows; for INSERT, UPDATE and DELETE those of RETURNING.
 */
export async function rows<T>(db: Db, sql: string, parameters: unknown[] = []): Promise<T[]> {
  const scope = walled.has(db) ? currentScope() : undefined;
  if (db instanceof DataSource && (parameters.length > 0 || scope !== undefined)) {
    const pool = (db.driver as unknown as { master: Pool }).master;
    const query = { name: nameOf(sql), text: sql, values: parameters };
    // The scope is taken here: what the pool does when a connection comes free, it does on behalf of whoever freed it.
    const sent = scope === undefined ? query : new ScopedQuery(query, scope);
    return (await pool.query(sent as typeof query)).rows as T[];
  }
  const result = await db.query(sql, parameters);
  // For UPDATE and DELETE TypeORM answers [rows, count].
  if (Array.isArray(result) && result.length === 2 && Array.isArray(result[0]) && typeof result[1] === 'number')
    return result[0] as T[];
  return result as T[];
}

/** Those that the policies bind, always or in a scope. */
const walled = new WeakMap<Db, Wall>();
const names = new Map<string, string>();
/** The name under which a connection keeps the plan of a text: the same text, the same name. */
function nameOf(sql: string): string {
  let name = names.get(sql);
  if (name === undefined) {
    name = createHash('sha256').update(sql).digest('base64url');
    names.set(sql, name);
  }
  return name;
}

/** Like `rows`, for statements that give at most one row. */
export async function row<T>(db: Db, sql: string, parameters: unknown[] = []): Promise<T | undefined> {
  return (await rows<T>(db, sql, parameters))[0];
}

export function transact<T>(dataSource: DataSource, work: (db: EntityManager) => Promise<T>): Promise<T> {
  return dataSource.transaction(async (db) => {
    await keepScope(dataSource, db);
    return work(db);
  });
}

/** Tells a transaction that has just begun in whose scope it works: `transact` does. */
export async function keepScope(dataSource: DataSource, db: EntityManager): Promise<void> {
  const scope = walled.has(dataSource) ? currentScope() : undefined;
  if (scope !== undefined)
    await db.query(walled.get(dataSource) === 'always' ? SET_SCOPE : TAKE_SCOPE, [String(scope)]);
}

const MIGRATION_LOCK_WAIT = '3s';

/** One TypeORM migration per file `migrations/<yyyyMMddHHmmss>-<name>.sql`, in the order of their names. */
function sqlMigrations(only?: readonly string[]): (new () => MigrationInterface)[] {
  const folder = join(projectRoot, 'migrations');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const [stamp, ...words] = file.replace('.sql', '').split('-');
      const millis = DateTime.fromFormat(stamp!, 'yyyyMMddHHmmss', { zone: 'utc' }).toMillis();
      return { file, name: `${words.join('_')}${millis}` };
    })
    .filter(({ name }) => only === undefined || only.includes(name))
    .map(({ file, name }) => {
      return class implements MigrationInterface {
        name = name;
        async up(runner: QueryRunner): Promise<void> {
          // Beside traffic: a change that waits for its lock makes everybody behind it wait. It gives up and is tried
          // again (apps/cli schema.ts); once it has its locks it may take its time.
          await runner.query(`set local lock_timeout = '${MIGRATION_LOCK_WAIT}'; set local statement_timeout = 0`);
          await runner.query(readFileSync(join(folder, file), 'utf8'));
        }
        async down(): Promise<void> {
          throw new Error('Migrations go forward only; restore a backup instead.');
        }
      };
    });
}

type ConnectOptions = {
  pool?: number;
  name?: string;
  /** Milliseconds a statement may take; 0 = without end (commands). 60 s unless given. */
  statementTimeout?: number;
  /** Milliseconds to wait for a connection, a free one of the pool or a new one; 10 s unless given. */
  acquireTimeout?: number;
  /**
   * always: works as the role that sees nothing beyond the scope of a request (scope.ts); in scope: as the owner, and
   * within a scope as that role. Only where `wallStands`.
   */
  walled?: Wall;
  /** Names of the migrations to know of; all unless given. */
  migrations?: readonly string[];
};

/** Milliseconds to wait for a lock: everybody holds theirs for milliseconds, so whoever waits longer waits in vain. */
const LOCK_WAIT = 15_000;
/** Milliseconds a transaction may stand idle before the server ends it, and its locks with it. */
const IDLE_IN_TRANSACTION = 60_000;

/** Connects. @param url postgres:// URL */
export async function connect(url: string, options: ConnectOptions = {}): Promise<DataSource> {
  const session = {
    timezone: 'UTC',
    jit: 'off',
    // A text is planned once a connection. PostgreSQL would plan most of ours anew with every call, since it counts on our
    // parameters to tell much; and with the second wall in it a plan costs more than the answer.
    plan_cache_mode: 'force_generic_plan',
    statement_timeout: options.statementTimeout ?? 60_000,
    lock_timeout: options.statementTimeout === 0 ? 0 : LOCK_WAIT,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION,
    // A line that is dead without a word is given up by the server; keepAlive below does the same on our side.
    tcp_user_timeout: 30_000,
    ...(options.walled === 'always' && { role: WALLED_ROLE }),
  };
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    applicationName: options.name ?? 'bao-cao-57',
    poolSize: options.pool ?? 10,
    connectTimeoutMS: options.acquireTimeout ?? 10_000,
    installExtensions: false,
    migrations: sqlMigrations(options.migrations),
    migrationsTransactionMode: 'each',
    extra: {
      options: Object.entries(session)
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(' '),
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      // A server that ends a connection in the breath in which it opens it finds nobody listening yet, and an error that
      // nobody listens to ends the process. The pool drops the client either way; whoever waits on it is told.
      onConnect: (client: ClientBase) => {
        client.on('error', () => {});
        return options.walled && prepareScope(client, options.walled);
      },
    },
  });
  if (options.walled) walled.set(dataSource, options.walled);
  return dataSource.initialize();
}

/** Whether the database's user may work as the role that the policies bind: the migrations make it, where they may. */
export async function wallStands(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(`set role ${WALLED_ROLE}`);
    const { rows: found } = await client.query<{ active: boolean }>(
      `select row_security_active('report_version') as active`,
    );
    return found[0]!.active;
  } catch (error) {
    // A refusal of the server, not a line that broke.
    if (/^(22023|42501|42704|42P01)$/.test((error as { code?: string }).code ?? '')) return false;
    throw error;
  } finally {
    await client.end();
  }
}

/** The connections behind a DataSource: how many there are, how many are free, how many requests wait for one. */
export function poolOf(dataSource: DataSource): Pick<Pool, 'totalCount' | 'idleCount' | 'waitingCount'> {
  return (dataSource.driver as unknown as { master: Pool }).master;
}
