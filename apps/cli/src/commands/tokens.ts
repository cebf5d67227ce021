/**
 * tokens:issue | tokens:list | tokens:revoke — the operator's way to tokens: the first administrator's, and one for every
 * commune of a province. A secret is printed once; issuing again replaces it. assignments:set | list | end: until when a
 * role on a unit holds.
 */
import type { Command } from 'commander';
import { DateTime } from 'luxon';
import {
  AccessService,
  type Assignment,
  AssignmentsService,
  type Role,
  roles,
  type TokenState,
  TokensService,
} from '#access';
import { Clock, loadConfig, VIETNAM } from '#core';
import { say, withDatabase } from '../schema.js';

function withTokens(work: (tokens: TokensService) => Promise<void>): Promise<void> {
  const config = loadConfig();
  return withDatabase(config, (dataSource) => {
    const clock = new Clock(config.clockFile);
    return work(new TokensService(dataSource, clock, new AccessService(dataSource, clock)));
  });
}

function withAssignments(work: (assignments: AssignmentsService) => Promise<void>): Promise<void> {
  const config = loadConfig();
  return withDatabase(config, (dataSource) => {
    const clock = new Clock(config.clockFile);
    return work(new AssignmentsService(dataSource, clock, new AccessService(dataSource, clock)));
  });
}

/** @throws Error that names the roles there are */
function roleOf(text: string): Role {
  if (!(roles as readonly string[]).includes(text)) throw new Error(`--role: ${roles.join(' | ')}`);
  return text as Role;
}

const listOf = (text: string | undefined): string[] | null =>
  text === undefined ? null : text.split(',').map((item) => item.trim());

const local = (instant: Date | null) =>
  instant ? DateTime.fromJSDate(instant, { zone: VIETNAM }).toFormat('dd/MM/yyyy HH:mm') : '–';

function stateOf(token: TokenState): string {
  if (token.revokedAt) return `thu hồi · revoked ${local(token.revokedAt)}`;
  return token.lastUsedAt ? `dùng lần cuối · last used ${local(token.lastUsedAt)}` : 'chưa dùng · never used';
}

const narrowed = ({ verbs, addresses }: TokenState): string =>
  [addresses && `từ · from ${addresses.join(', ')}`, verbs && `chỉ · only ${verbs.join(', ')}`]
    .filter(Boolean)
    .join('; ');

type IssueOptions = {
  admin?: boolean;
  unit?: string;
  province?: string;
  role?: string;
  days: string;
  label: string;
  addresses?: string;
  verbs?: string;
};

export function addTokens(program: Command): void {
  program
    .command('tokens:issue')
    .description('cấp mã truy cập; cấp lại thì mã cũ hết hiệu lực · issue tokens; issuing again replaces the old one')
    .option('--admin', 'quản trị toàn quốc · an administrator of the whole country')
    .option('--unit <code>', 'một đơn vị · one unit')
    .option('--province <code>', 'mỗi xã của tỉnh một mã · one for each commune of the province')
    .option('--role <role>', `${roles.join(' | ')} (mặc định · default: reporter)`)
    .option('--days <n>', 'số ngày hiệu lực · days until it expires', '365')
    .option('--label <text>', 'tên phân công, khi một vai trò có nhiều mã · tells several of one role apart', 'API')
    .option('--addresses <list>', 'chỉ dùng từ các địa chỉ này · only from there: 203.0.113.7,10.1.0.0/16')
    .option('--verbs <list>', 'hẹp hơn vai trò · fewer than the role holds: report.read,total.read')
    .action((options: IssueOptions) => {
      const unitCode = options.admin ? 'VN' : (options.unit ?? options.province);
      if (!unitCode) throw new Error('Cần một trong · one of these is needed: --admin, --unit 02026, --province 19');
      const role = options.admin ? 'administrator' : roleOf(options.role ?? 'reporter');
      const children = !options.admin && !options.unit;
      return withTokens(async (tokens) => {
        const [verbs, addresses] = [listOf(options.verbs), listOf(options.addresses)];
        const days = Number(options.days);
        const issued = await tokens.issue(null, {
          unitCode,
          role,
          children,
          days,
          label: options.label,
          verbs,
          addresses,
        });
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
            say([token.unitCode, token.unitName, token.role, token.prefix, stateOf(token), narrowed(token)].join('\t'));
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
  addAssignments(program);
}

const days = ({ from, until, endedAt }: Assignment): string =>
  endedAt ? `kết thúc · ended ${local(endedAt)}` : `${from ?? '…'} → ${until ?? '…'}`;

function addAssignments(program: Command): void {
  type Named = { unit: string; role: string; label: string };
  const named = (command: Command) =>
    command
      .requiredOption('--unit <code>', 'mã đơn vị · code of the unit')
      .requiredOption('--role <role>', roles.join(' | '))
      .option('--label <text>', 'tên phân công · name of the assignment', 'API');
  named(program.command('assignments:set'))
    .description('phân công một vai trò tại đơn vị, hoặc đổi thời hạn · assign a role on a unit, or change its days')
    .option('--from <day>', 'ngày đầu tiên · first day, YYYY-MM-DD')
    .option('--until <day>', 'ngày cuối cùng · last day, YYYY-MM-DD')
    .action(({ unit, role, ...more }: Named & { from?: string; until?: string }) =>
      withAssignments(async (assignments) => {
        const set = await assignments.set(null, { unitCode: unit, role: roleOf(role), ...more });
        say([set.unitCode, set.unitName, set.role, set.label, days(set)].join('\t'));
      }),
    );
  named(program.command('assignments:end'))
    .description('kết thúc ngay một phân công và mọi mã của nó · end an assignment and all its tokens at once')
    .action(({ unit, role, label }: Named) =>
      withAssignments(async (assignments) => {
        await assignments.end(null, { unitCode: unit, role: roleOf(role), label });
        say(`Đã kết thúc · Ended: ${unit} ${role} ${label}`);
      }),
    );
  program
    .command('assignments:list')
    .description('ai giữ vai trò gì, đến khi nào · who holds which role, until when')
    .requiredOption('--unit <code>', 'đơn vị và các đơn vị trực thuộc · the unit and those directly below')
    .action(({ unit }: { unit: string }) =>
      withAssignments(async (assignments) => {
        let after: string | null = null;
        do {
          const page = await assignments.list(null, unit, { first: 500, after });
          for (const one of page.items)
            say([one.unitCode, one.unitName, one.role, one.label, days(one), `${one.tokens} mã · tokens`].join('\t'));
          after = page.hasNextPage ? page.endCursor : null;
        } while (after);
      }),
    );
}
