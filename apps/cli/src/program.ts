/**
 * The command line: everything an operator does at the machine. One file per command in commands/, each adding itself
 * here. What goes wrong is said in one sentence; LOG_LEVEL=debug adds where it happened.
 */
import { Command, CommanderError } from 'commander';
import { loadConfig } from '#core';
import { addAuditVerify } from './commands/audit-verify.js';
import { addBackup } from './commands/backup.js';
import { addDbMigrate } from './commands/db-migrate.js';
import { addDbReset } from './commands/db-reset.js';
import { addDbSeed } from './commands/db-seed.js';
import { addDemo } from './commands/demo.js';
import { addDev } from './commands/dev.js';
import { addRollupsRebuild } from './commands/rollups-rebuild.js';
import { addSchema } from './commands/schema.js';
import { addStart } from './commands/start.js';
import { addTokens } from './commands/tokens.js';
import { sentence } from './sentence.js';

const commands = [
  addStart,
  addDev,
  addDemo,
  addTokens,
  addDbMigrate,
  addDbSeed,
  addDbReset,
  addRollupsRebuild,
  addAuditVerify,
  addBackup,
  addSchema,
];

/** @param words after the program's name @returns the exit code */
export async function run(words: readonly string[]): Promise<number> {
  try {
    await programOf().parseAsync(words, { from: 'user' });
    return 0;
  } catch (error) {
    // What commander has to say, it has said.
    if (error instanceof CommanderError) return error.exitCode;
    process.stderr.write(`${sentence(error)}\n`);
    if (logLevel() === 'debug' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    return 1;
  }
}

function programOf(): Command {
  const program = new Command('bao-cao-57')
    .description(
      'Thu thập, tổng hợp báo cáo truyền thông Nghị quyết 57-NQ/TW của cấp xã.\n' +
        "Collects and rolls up the communes' reports on communication about Resolution 57-NQ/TW.",
    )
    .helpOption('-h, --help', 'in trợ giúp · show help')
    .helpCommand('help [command]', 'trợ giúp cho một lệnh · help for a command')
    .addHelpText(
      'after',
      `
Biến môi trường · Environment:
  DATABASE_URL   PostgreSQL có sẵn · a served PostgreSQL      (mặc định · default: PostgreSQL trong var/)
  REDIS_URL      hàng đợi trên Redis · the queue on Redis     (mặc định · default: PostgreSQL)
  SMTP_URL       máy chủ thư · the mail server                (mặc định · default: tệp .eml trong var/mail)
  HOST, PORT     địa chỉ của API · the API's address          (mặc định · default: 127.0.0.1:3000)
  VAR_DIR        nơi giữ dữ liệu · where data is kept         (mặc định · default: var)
Dùng cùng giá trị với dịch vụ đang chạy; các biến khác xem README.md.
Give commands what the service was given; README.md has the others.`,
    );
  program.exitOverride();
  for (const add of commands) add(program);
  return program;
}

function logLevel(): string {
  try {
    return loadConfig().logLevel;
  } catch {
    return 'info';
  }
}
