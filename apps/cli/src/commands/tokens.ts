/**
 * tokens:issue | tokens:list | tokens:revoke — the operator's way to tokens: the first administrator's, and one for every
 * commune of a province. A secret is printed once; issuing again replaces it.
 */
import type { Command } from 'commander';
import { DateTime } from 'luxon';
import { AccessService, type Role, roles, type TokenState, TokensService } from '#access';
import { Clock, loadConfig, VIETNAM } from '#core';
import { say, withDatabase } from '../schema.js';

function withTokens(work: (tokens: TokensService) => Promise<void>): Promise<void> {
  const config = loadConfig();
  return withDatabase(config, (dataSource) => {
    const clock = new Clock(config.clockFile);
    return work(new TokensService(dataSource, clock, new AccessService(dataSource, clock)));
  });
}

const local = (instant: Date | null) =>
  instant ? DateTime.fromJSDate(instant, { zone: VIETNAM }).toFormat('dd/MM/yyyy HH:mm') : '–';

function stateOf(token: TokenState): string {
  if (token.revokedAt) return `thu hồi · revoked ${local(token.revokedAt)}`;
  return token.lastUsedAt ? `dùng lần cuối · last used ${local(token.lastUsedAt)}` : 'chưa dùng · never used';
}

export function addTokens(program: Command): void {
  program
    .command('tokens:issue')
    .description('cấp mã truy cập; cấp lại thì mã cũ hết hiệu lực · issue tokens; issuing again replaces the old one')
    .option('--admin', 'quản trị toàn quốc · an administrator of the whole country')
    .option('--unit <code>', 'một đơn vị · one unit')
    .option('--province <code>', 'mỗi xã của tỉnh một mã · one for each commune of the province')
    .option('--role <role>', `${roles.join(' | ')} (mặc định · default: reporter)`)
    .option('--days <n>', 'số ngày hiệu lực · days until it expires', '365')
    .action((options: { admin?: boolean; unit?: string; province?: string; role?: string; days: string }) => {
      if (options.role && !(roles as readonly string[]).includes(options.role))
        throw new Error(`--role: ${roles.join(' | ')}`);
      const unitCode = options.admin ? 'VN' : (options.unit ?? options.province);
      if (!unitCode) throw new Error('Cần một trong · one of these is needed: --admin, --unit 02026, --province 19');
      const role = options.admin ? 'administrator' : ((options.role ?? 'reporter') as Role);
      const children = !options.admin && !options.unit;
      return withTokens(async (tokens) => {
        const issued = await tokens.issue(null, { unitCode, role, children, days: Number(options.days) });
        say('mã đơn vị\tđơn vị\tvai trò\thết hạn\ttoken');
        for (const one of issued)
          say([one.unitCode, one.unitName, one.role, local(one.expiresAt), one.token].join('\t'));
      });
    });
  program
    .command('tokens:list')
    .description('ai đã dùng mã của mình · who has used theirs')
    .requiredOption('--province <code>', 'tỉnh hoặc đơn vị · the province or unit')
    .option('--unused', 'chỉ mã chưa dùng · only those never used')
    .action((options: { province: string; unused?: boolean }) =>
      withTokens(async (tokens) => {
        let after: string | null = null;
        do {
          const page = await tokens.list(null, options.province, { first: 500, after, unused: options.unused });
          for (const token of page.items)
            say([token.unitCode, token.unitName, token.role, token.prefix, stateOf(token)].join('\t'));
          after = page.hasNextPage ? page.endCursor : null;
        } while (after);
      }),
    );
  program
    .command('tokens:revoke <prefix>')
    .description('thu hồi ngay một mã · revoke one token at once')
    .action((prefix: string) =>
      withTokens(async (tokens) => {
        await tokens.revoke(null, prefix);
        say(`Đã thu hồi ${prefix} · Revoked.`);
      }),
    );
}
