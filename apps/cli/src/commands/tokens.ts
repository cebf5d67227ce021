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
import { Clock, type Db, loadConfig, Problem, row, VIETNAM } from '#core';
import { say, withDatabase } from '../schema.js';

function withTokens(work: (tokens: TokensService, db: Db) => Promise<void>): Promise<void> {
  const config = loadConfig();
  return withDatabase(config, (dataSource) => {
    const clock = new Clock(config.clockFile);
    return work(new TokensService(dataSource, clock, new AccessService(dataSource, clock)), dataSource);
  });
}

function withAssignments(work: (assignments: AssignmentsService, db: Db) => Promise<void>): Promise<void> {
  const config = loadConfig();
  return withDatabase(config, (dataSource) => {
    const clock = new Clock(config.clockFile);
    return work(new AssignmentsService(dataSource, clock, new AccessService(dataSource, clock)), dataSource);
  });
}

/** @throws Error that names the roles there are */
function roleOf(text: string): Role {
  if (!(roles as readonly string[]).includes(text)) throw new Error(`--role: ${roles.join(' | ')}`);
  return text as Role;
}

/** A list of a unit that does not exist is a mistyped code, not an empty list. @throws Problem unit.not_found */
async function known(db: Db, code: string): Promise<void> {
  if (!(await row(db, 'select 1 from org_unit where code = $1', [code]))) throw new Problem('unit.not_found', { code });
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

const some = (prefixes: string[]) => prefixes.slice(0, 5).join(', ') + (prefixes.length > 5 ? ', …' : '');

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
      if (!unitCode || [options.admin, options.unit, options.province].filter(Boolean).length > 1)
        throw new Error('Cần đúng một trong · exactly one of these is needed: --admin, --unit 02026, --province 19');
      if (options.admin && options.role && options.role !== 'administrator')
        throw new Error(
          `--admin: vai trò là administrator; cần vai trò khác thì dùng · for another role: --unit VN --role ${options.role}`,
        );
      const role = options.admin ? 'administrator' : roleOf(options.role ?? 'reporter');
      const children = !options.admin && !options.unit;
      return withTokens(async (tokens, db) => {
        await known(db, unitCode);
        const [verbs, addresses] = [listOf(options.verbs), listOf(options.addresses)];
        const days = Number(options.days);
        const issued = await tokens
          .issue(null, {
            unitCode,
            role,
            children,
            days,
            label: options.label,
            verbs,
            addresses,
          })
          .catch((error: unknown) => {
            if (children && error instanceof Problem && error.code === 'unit.not_found')
              throw new Error(
                `--province ${unitCode}: không có đơn vị trực thuộc; cho chính đơn vị thì dùng · nothing reports to it; for the unit itself: --unit ${unitCode}`,
              );
            throw error;
          });
        say('mã đơn vị\tđơn vị\tvai trò\thết hạn\ttoken');
        for (const one of issued)
          say([one.unitCode, one.unitName, one.role, local(one.expiresAt), one.token].join('\t'));
        const replaced = issued.flatMap((one) => one.replaced ?? []);
        // Beside the list, which may be going into a file.
        if (replaced.length > 0)
          process.stderr.write(
            `Lưu ý: ${replaced.length} mã cấp trước vừa hết hiệu lực: ${some(replaced)} · Note: ${replaced.length} tokens issued before have just ended\n`,
          );
      });
    });
  program
    .command('tokens:list')
    .description('ai đã dùng mã của mình · who has used theirs')
    .option('--province <code>', 'tỉnh và các xã của tỉnh · the province and its communes')
    .option('--unit <code>', 'đơn vị và các đơn vị trực thuộc · the unit and those directly below')
    .option('--unused', 'chỉ mã chưa dùng · only those never used')
    .action((options: { province?: string; unit?: string; unused?: boolean }) => {
      const code = options.unit ?? options.province;
      if (!code) throw new Error('Cần một trong · one of these is needed: --province 19, --unit 02026');
      return withTokens(async (tokens, db) => {
        await known(db, code);
        say('mã đơn vị\tđơn vị\tvai trò\tmã\ttình trạng\tgiới hạn');
        let after: string | null = null;
        do {
          const page = await tokens.list(null, code, { first: 500, after, unused: options.unused });
          for (const token of page.items)
            say([token.unitCode, token.unitName, token.role, token.prefix, stateOf(token), narrowed(token)].join('\t'));
          after = page.hasNextPage ? page.endCursor : null;
        } while (after);
      });
    });
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
      withAssignments(async (assignments, db) => {
        await known(db, unit);
        say('mã đơn vị\tđơn vị\tvai trò\tphân công\tthời hạn\tmã truy cập');
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
