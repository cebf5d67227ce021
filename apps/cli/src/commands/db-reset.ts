/** db:reset — everything gone, then as after a first start. Never without the word of the operator. */
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { type Config, loadConfig } from '#core';
import { migrate, say, seed, wipe, withDatabase } from '../schema.js';

export function addDbReset(program: Command): void {
  program
    .command('db:reset')
    .description('xóa toàn bộ dữ liệu rồi nạp lại từ đầu · delete all data and begin anew')
    .option('--yes', 'không hỏi lại · do not ask')
    .action(async (options: { yes?: boolean }) => {
      const config = loadConfig();
      if (!options.yes && !(await confirmed(config)))
        throw new Error('Chưa xóa gì. Thêm --yes để xác nhận · Nothing was deleted. Add --yes to confirm.');
      await withDatabase(
        config,
        async (dataSource, url) => {
          await wipe(url);
          await migrate(dataSource, url);
          await seed(dataSource, url, config);
        },
        { alone: true },
      );
      say('Đã xóa và nạp lại từ đầu · The database is as new.');
    });
}

async function confirmed(config: Config): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const where = config.databaseUrl
    ? new URL(config.databaseUrl).host + new URL(config.databaseUrl).pathname
    : config.varDir;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(
      `Xóa TOÀN BỘ dữ liệu (${where})? Gõ "xoa" để đồng ý · Type "xoa" to delete ALL data: `,
    );
    return answer.trim().normalize('NFC').toLowerCase().replace('xóa', 'xoa') === 'xoa';
  } finally {
    terminal.close();
  }
}
