/** audit:verify — works every seal on the log of events out anew; names what was altered, removed or slipped in. */
import type { Command } from 'commander';
import { verifyAudit } from '#audit';
import { loadConfig } from '#core';
import { say, withDatabase } from '../schema.js';

export function addAuditVerify(program: Command): void {
  program
    .command('audit:verify')
    .description('kiểm tra nhật ký có bị sửa, xoá không · check that the log of events was not altered')
    .argument(
      '[seals...]',
      'số và mã niêm phong ghi trong thư, dạng 7:ab12… · seals as printed in mails, written number:head',
    )
    .action(async (given: string[]) => {
      const mailed = given.map(readSeal);
      const report = await withDatabase(loadConfig(), (dataSource) => verifyAudit(dataSource, mailed));
      for (const line of report.wrong) say(line);
      const { seals, events, unsealed, head } = report;
      say(
        `${seals} niêm phong, ${events} sự kiện, ${unsealed} chưa niêm phong · ${seals} seals, ${events} events, ${unsealed} not sealed yet.`,
      );
      if (head) say(`Niêm phong cuối · Last seal: ${seals}:${head}`);
      if (report.wrong.length > 0)
        throw new Error(`Nhật ký KHÔNG nguyên vẹn (${report.wrong.length}) · The log has been TAMPERED with.`);
      say('Nhật ký nguyên vẹn · The log is whole.');
    });
}

function readSeal(text: string): { number: number; head: string } {
  const match = /^(\d{1,9}):([0-9a-fA-F]{64})$/.exec(text);
  if (!match) throw new Error(`"${text}": cần dạng 7:ab12… (64 ký tự) · write it as number:head, 64 digits`);
  return { number: Number(match[1]), head: match[2]! };
}
