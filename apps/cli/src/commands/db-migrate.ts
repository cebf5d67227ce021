/** db:migrate — brings the tables to the state that this version of the program expects. */

import type { Command } from 'commander';
import { loadConfig } from '#core';
import { migrate, say, withDatabase } from '../schema.js';

export function addDbMigrate(program: Command): void {
  program
    .command('db:migrate')
    .description('nâng cấp cấu trúc cơ sở dữ liệu · run the pending migrations')
    .action(async () => {
      const done = await withDatabase(loadConfig(), migrate);
      for (const name of done) say(`  ${name}`);
      say(
        done.length > 0
          ? `Đã chạy ${done.length} bước · ${done.length} migrations ran.`
          : 'Đã là bản mới nhất · Nothing to do.',
      );
    });
}
