/** rollups:rebuild — sums every total anew from the versions that stand; says how many differed (always 0 if all is well). */
import type { Command } from 'commander';
import { Clock, loadConfig, row } from '#core';
import { say, withDatabase } from '../schema.js';

export function addRollupsRebuild(program: Command): void {
  program
    .command('rollups:rebuild')
    .description(
      'tính lại mọi số tổng từ các báo cáo đang có hiệu lực · recompute all totals from the standing reports',
    )
    .action(() => {
      const config = loadConfig();
      return withDatabase(config, async (dataSource) => {
        const found = await row<{ mended: number; cells: number }>(
          dataSource,
          'select rebuild_cells($1) as mended, (select count(*)::int from cell_now) as cells',
          [new Clock(config.clockFile).forDatabase()],
        );
        say(
          `${found!.cells} ô tổng, ${found!.mended} ô phải sửa · ${found!.cells} cells, ${found!.mended} had to be mended.`,
        );
      });
    });
}
