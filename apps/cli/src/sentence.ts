/**
 * What went wrong, in one sentence for the operator: where a system's own words do not say which setting they are about,
 * the setting is named before them.
 */
import { isNativeError } from 'node:util/types';
import { loadConfig, Problem } from '#core';

/** What PostgreSQL says of a table that is not there. */
const UNDEFINED_TABLE = '42P01';
/** Nobody answers; or the server refuses the user, the password, the database, one more connection. */
const NO_DATABASE =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|28000|28P01|3D000|53300|57P03)$/;
const NOT_WRITABLE = /^(EACCES|EPERM|EROFS)$/;

/** @param error anything thrown @returns Vietnamese · English, without a stack */
export function sentence(error: unknown): string {
  if (error instanceof Problem) return `${error.vi} · ${error.en}`;
  if (!isNativeError(error)) return String(error);
  const { code = '', path, errors = [error] } = error as NodeJS.ErrnoException & { errors?: Error[] };
  // Of a name with several addresses each has failed in its own way; the whole says nothing.
  const words = errors.map(({ message }) => message).join('; ');
  if (code === UNDEFINED_TABLE)
    return (
      `Cơ sở dữ liệu ở ${place()} chưa có bảng nào. Dịch vụ dùng nơi khác thì đặt VAR_DIR hay DATABASE_URL như dịch vụ; chưa dùng lần nào thì chạy "npm start" hoặc "npm run db:migrate" trước` +
      ` · The database at ${place()} has no tables yet. If the service has another, give this command the same VAR_DIR or DATABASE_URL; if it never ran, run "npm start" or "npm run db:migrate" first`
    );
  if (NO_DATABASE.test(code))
    return `Không vào được cơ sở dữ liệu tại ${place()} · The database at ${place()} cannot be reached: ${words}`;
  if (NOT_WRITABLE.test(code) && path)
    return `Không có quyền ghi · No right to write: ${path} (VAR_DIR = ${loadConfig().varDir})`;
  return words;
}

/** Where the database is looked for, without its password. */
function place(): string {
  const { databaseUrl, varDir } = loadConfig();
  if (!databaseUrl) return `VAR_DIR=${varDir}`;
  const { host, pathname } = new URL(databaseUrl);
  return `DATABASE_URL (${host}${pathname})`;
}
