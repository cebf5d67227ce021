/**
 * The way to PostgreSQL: one TypeORM DataSource per process, its migrations the dated SQL files of /migrations.
 * `rows` runs one statement and gives its rows; `transact` runs several as one. The ORM's `save` is not used.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DateTime } from 'luxon';
import type { ClientBase, Pool } from 'pg';
import { DataSource, type EntityManager, type MigrationInterface, type QueryRunner } from 'typeorm';
import { projectRoot } from './project-root.js';

/** Anything that runs SQL: the DataSource, or the manager of a transaction. */
export type Db = DataSource | EntityManager;

/**
 * Runs one statement. Outside a transaction one with parameters is prepared: a connection plans it once and not each time,
 * which costs more than running it. @returns its rows; for INSERT, UPDATE and DELETE those of RETURNING.
 */
export async function rows<T>(db: Db, sql: string, parameters: unknown[] = []): Promise<T[]> {
  if (db instanceof DataSource && parameters.length > 0) {
    const pool = (db.driver as unknown as { master: Pool }).master;
    return (await pool.query({ name: nameOf(sql), text: sql, values: parameters })).rows as T[];
  }
  const result = await db.query(sql, parameters);
  // For UPDATE and DELETE TypeORM answers [rows, count].
  if (Array.isArray(result) && result.length === 2 && Array.isArray(result[0]) && typeof result[1] === 'number')
    return result[0] as T[];
  return result as T[];
}

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
  return dataSource.transaction(work);
}

/** One TypeORM migration per file `migrations/<yyyyMMddHHmmss>-<name>.sql`, in the order of their names. */
export function sqlMigrations(): (new () => MigrationInterface)[] {
  const folder = join(projectRoot, 'migrations');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const [stamp, ...words] = file.replace('.sql', '').split('-');
      const millis = DateTime.fromFormat(stamp!, 'yyyyMMddHHmmss', { zone: 'utc' }).toMillis();
      return class implements MigrationInterface {
        name = `${words.join('_')}${millis}`;
        async up(runner: QueryRunner): Promise<void> {
          await runner.query(readFileSync(join(folder, file), 'utf8'));
        }
        async down(): Promise<void> {
          throw new Error('Migrations go forward only; restore a backup instead.');
        }
      };
    });
}

/** Connects. @param url postgres:// URL */
export async function connect(url: string, options: { pool?: number; name?: string } = {}): Promise<DataSource> {
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    applicationName: options.name ?? 'bao-cao-57',
    poolSize: options.pool ?? 10,
    installExtensions: false,
    migrations: sqlMigrations(),
    migrationsTransactionMode: 'each',
    extra: {
      options: '-c timezone=UTC -c statement_timeout=60000 -c jit=off',
      // A server that ends a connection in the breath in which it opens it finds nobody listening yet, and an error that
      // nobody listens to ends the process. The pool drops the client either way; whoever waits on it is told.
      onConnect: (client: ClientBase) => void client.on('error', () => {}),
    },
  });
  return dataSource.initialize();
}
