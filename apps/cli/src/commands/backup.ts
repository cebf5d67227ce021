/** backup, restore — everything the service knows into a folder, and from there into an empty place. */
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { loadConfig, openDatabase } from '#core';
import { backup } from '../backup/backup.js';
import { restore } from '../backup/restore.js';
import { say, withDatabase } from '../schema.js';

const count = (numbers: number[]) => numbers.reduce((sum, each) => sum + each, 0);

export function addBackup(program: Command): void {
  program
    .command('backup')
    .description('sao lưu cơ sở dữ liệu và tệp khi đang chạy · back up database and files while the service works')
    .argument('[folder]', 'thư mục mới · a folder that is not there yet (default: VAR_DIR/backup/<time>)')
    .action(async (folder?: string) => {
      const config = loadConfig();
      const stamp = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
      const target = resolve(folder ?? join(config.varDir, 'backup', `${stamp}Z`));
      const made = await withDatabase(config, (_, url) => backup(url, config.varDir, target));
      const rows = count(made.tables.map((table) => table.rows));
      say(
        `Đã sao lưu · Backed up: ${made.tables.length} bảng · tables, ${rows} dòng · rows, ${made.files.length} tệp · files`,
      );
      say(`  ${target}`);
      say('Chép bản này sang máy khác; nó chứa dữ liệu đơn vị · Copy it to another machine; it holds the units’ data.');
    });
  program
    .command('restore')
    .description('khôi phục bản sao lưu vào nơi trống · restore a backup into an empty place')
    .argument('<folder>', 'thư mục sao lưu · the folder of the backup')
    .action(async (folder: string) => {
      const config = loadConfig();
      const database = await openDatabase(config, (line) => process.stderr.write(`${line}\n`));
      try {
        const { manifest, unknown, migrated } = await restore(resolve(folder), database.url, config.varDir);
        const rows = count(manifest.tables.map((table) => table.rows));
        say(
          `Đã khôi phục · Restored as of ${manifest.takenAt}: ${rows} dòng · rows, ${manifest.files.length} tệp · files; mọi tổng kiểm đều khớp · all sums agree.`,
        );
        if (migrated.length > 0) say(`${migrated.length} bước nâng cấp · migrations of this newer program ran.`);
        if (unknown > 0)
          say(
            `${unknown} thư không rõ đã gửi chưa, xem sổ thư · mails may have gone since the backup: see the ledger, send again by hand.`,
          );
        say(
          'Lịch gửi đến hạn sau thời điểm sao lưu không tự chạy lại · Schedules due since the backup do not run by themselves.',
        );
      } finally {
        await database.release();
      }
    });
}
