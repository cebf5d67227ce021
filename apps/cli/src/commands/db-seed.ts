/** db:seed — the official list of units and the plans that come with the program; a second run adds only what is new. */

import type { Command } from 'commander';
import { loadConfig } from '#core';
import { migrate, say, seed, withDatabase } from '../schema.js';

export function addDbSeed(program: Command): void {
  program
    .command('db:seed')
    .description('nạp danh mục đơn vị và các kế hoạch mẫu · import the official units and the plans of the seeds')
    .action(async () => {
      const config = loadConfig();
      await withDatabase(config, async (dataSource, url) => {
        await migrate(dataSource, url);
        await seed(dataSource, url, config);
      });
      say('Đã nạp danh mục đơn vị và các kế hoạch · Units and plans are in place.');
    });
}
