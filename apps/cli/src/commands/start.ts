/** start — the whole service from one terminal, until Ctrl-C. */

import type { Command } from 'commander';
import { loadConfig } from '#core';
import { launch } from '../launcher.js';

export function addStart(program: Command): void {
  program
    .command('start')
    .description('chạy toàn bộ dịch vụ: PostgreSQL, API, tiến trình nền · run database, API and worker')
    .action(async () => {
      process.exit(await launch(loadConfig()));
    });
}
