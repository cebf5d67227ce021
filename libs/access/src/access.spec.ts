/** Tokens on a real database: what opens the door, what no longer does, and how far it lets its holder look. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from '@jest/globals';
import { Clock, type ProblemCode, row, rows } from '#core';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import { AccessService } from './access.service.js';
import type { Caller } from './caller.js';
import { TokensService } from './tokens.service.js';
import { type Role, roles, type Verb, verbsOf } from './verbs.js';

let db: FreshDatabase;
let access: AccessService;
let tokens: TokensService;
const folder = mkdtempSync(join(tmpdir(), 'access-'));
const clockFile = join(folder, 'clock');
const at = (instant: string) => writeFileSync(clockFile, instant);

beforeAll(async () => {
  db = await freshDatabase(4);
  const clock = new Clock(clockFile);
  access = new AccessService(db.dataSource, clock);
  tokens = new TokensService(db.dataSource, clock, access);
});
beforeEach(() => at('2026-05-20T08:00:00+07:00'));
afterAll(async () => {
  await db?.drop();
  rmSync(folder, { recursive: true });
});

const issue = async (unitCode: string, role: Role, more: { days?: number; label?: string } = {}) =>
  (await tokens.issue(null, { unitCode, role, ...more }))[0]!;
const enter = (token: string) => access.authenticate(`Bearer ${token}`);
const refusal = (code: ProblemCode) => expect.objectContaining({ code });

describe('a token', () => {
  it('opens the door for its account, and is known by its hash alone', async () => {
    const { token, prefix } = await issue('02026', 'reporter');
    expect(await access.authenticate(`bearer ${token}`)).toEqual(await enter(token));
    expect(await enter(token)).toMatchObject({
      role: 'reporter',
      unitCode: '02026',
      unitLevel: 2,
      tokenPrefix: prefix,
    });
    const [kept] = await rows<{ text: string }>(
      db.dataSource,
      `select concat_ws(' ', to_jsonb(t)::text, (select string_agg(to_jsonb(e)::text, ' ') from event e)) as text
       from api_token t where t.prefix = $1`,
      [prefix],
    );
    const secret = token.split('_')[2]!;
    expect(kept!.text).toContain(prefix);
    expect(kept!.text).not.toContain(secret);
  });

  test.each([
    undefined,
    '',
    'Bearer',
    'Bearer short',
    'Basic dXNlcjpwYXNz',
    `Bearer ${'x'.repeat(50)}`,
    `bearer ${'x'.repeat(50)}`,
  ])('the header %j opens nothing', (header) =>
    expect(access.authenticate(header)).rejects.toEqual(refusal('auth.required')),
  );

  it('is told from every other by its last character', async () => {
    const { token } = await issue('02026', 'viewer');
    await expect(enter(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`)).rejects.toEqual(
      refusal('auth.required'),
    );
    await expect(enter(`${token}A`)).rejects.toEqual(refusal('auth.required'));
  });

  it('expires at its instant, not before', async () => {
    const { token, expiresAt } = await issue('02026', 'viewer', { days: 30 });
    expect(expiresAt).toEqual(new Date('2026-06-19T08:00:00+07:00'));
    at('2026-06-19T07:59:59.999+07:00');
    expect(await enter(token)).toMatchObject({ unitCode: '02026' });
    at('2026-06-19T08:00:00+07:00');
    await expect(enter(token)).rejects.toEqual(
      expect.objectContaining({ code: 'auth.expired', details: expect.objectContaining({ on: '2026-06-19' }) }),
    );
  });

  test.each([0, 1097, 1.5, -1])('cannot be asked to last %d days', (days) =>
    expect(issue('02026', 'viewer', { days })).rejects.toEqual(refusal('request.invalid')),
  );

  it('revoked, is refused from the next request on, once and for all', async () => {
    const { token, prefix } = await issue('02026', 'viewer');
    await enter(token);
    await tokens.revoke(null, prefix);
    await expect(enter(token)).rejects.toEqual(refusal('auth.revoked'));
    await expect(tokens.revoke(null, prefix)).rejects.toEqual(refusal('token.not_found'));
    at('2030-01-01T00:00:00Z');
    await expect(enter(token)).rejects.toEqual(refusal('auth.revoked'));
  });

  it('issued again, ends the one before, and no other account’s', async () => {
    const first = await issue('05953', 'reporter');
    const others = [
      await issue('05953', 'viewer'),
      await issue('05953', 'reporter', { label: 'Excel' }),
      await issue('02026', 'reporter'),
    ];
    const second = await issue('05953', 'reporter');
    await expect(enter(first.token)).rejects.toEqual(refusal('auth.revoked'));
    for (const { token } of [second, ...others]) expect(await enter(token)).toBeDefined();
    expect((await enter(second.token)).accountId).not.toBe((await enter(others[0]!.token)).accountId);
  });

  it('of a disabled account is refused, and nothing is done in its name', async () => {
    const { token } = await issue('06385', 'reviewer');
    const { accountId } = await enter(token);
    expect(await access.actingFor(accountId, 'report.accept')).toMatchObject({ unitCode: '06385', role: 'reviewer' });
    await expect(access.actingFor(accountId, 'token.manage')).rejects.toEqual(refusal('access.denied'));
    await rows(db.dataSource, 'update account set disabled_at = now() where id = $1', [accountId]);
    await expect(enter(token)).rejects.toEqual(refusal('auth.revoked'));
    await expect(access.actingFor(accountId, 'report.accept')).rejects.toEqual(refusal('access.denied'));
  });

  it('is issued to every commune of a province in one go, each seen as unused until it is used', async () => {
    const issued = await tokens.issue(null, { unitCode: '20', role: 'reporter', children: true, label: 'đợt 1' });
    expect(issued).toHaveLength(65);
    expect(new Set(issued.map(({ token }) => token)).size).toBe(65);
    await enter(issued[0]!.token);
    await access.writeUses();
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const page = await tokens.list(null, '20', { first: 10, after, unused: true });
      seen.push(...page.items.map(({ prefix }) => prefix));
      after = page.endCursor;
      if (!page.hasNextPage) break;
    }
    const unused = issued.slice(1).map(({ prefix }) => prefix);
    expect(seen.filter((prefix) => unused.includes(prefix)).sort()).toEqual(unused.sort());
    expect(seen).not.toContain(issued[0]!.prefix);
    expect(new Set(seen).size).toBe(seen.length);
  });
});

describe('reach', () => {
  // Who asks × whom they ask about: the subtree of one's own unit, whatever the role.
  const nation = 'VN';
  const province = '19';
  const commune = '02026';
  const cases: [string, string, string, boolean][] = [
    ['the nation', nation, nation, true],
    ['a province of the nation', nation, province, true],
    ['a commune of the nation', nation, commune, true],
    ['a province itself', province, province, true],
    ['its commune', province, commune, true],
    ['the nation above it', province, nation, false],
    ['the next province', province, '20', false],
    ['a commune of the next province', province, '06385', false],
    ['a commune itself', commune, commune, true],
    ['its sister in the province', commune, '05953', false],
    ['the province above it', commune, province, false],
    ['the nation above both', commune, nation, false],
    ['another province', commune, '20', false],
    ['a commune of another province', commune, '06385', false],
    ['a unit that is not', nation, '99999', false],
    ['no code at all', nation, '', false],
  ];
  const callers = new Map<string, Caller>();
  beforeAll(async () => {
    at('2026-05-20T08:00:00+07:00');
    for (const unit of [nation, province, commune])
      for (const role of roles)
        callers.set(`${unit} ${role}`, await enter((await issue(unit, role, { label: 'reach' })).token));
  });

  test.each(cases)('%s, seen from %s: %s → %s', async (_, from, to, within) => {
    for (const role of roles) {
      const caller = callers.get(`${from} ${role}`)!;
      if (within) expect(await access.reach(caller, to)).toMatchObject({ code: to });
      else await expect(access.reach(caller, to)).rejects.toEqual(refusal('unit.not_found'));
    }
  });

  test.each(cases.filter(([, , to]) => to !== ''))('tokens of %s, from %s: %s → %s', async (_, from, to, within) => {
    const caller = callers.get(`${from} administrator`)!;
    const wish = { unitCode: to, role: 'viewer' as const, label: `từ ${from}` };
    if (!within) {
      await expect(tokens.issue(caller, wish)).rejects.toEqual(refusal('unit.not_found'));
      await expect(tokens.list(caller, to, {})).rejects.toEqual(refusal('unit.not_found'));
      if (to === '99999') return;
      const theirs = await issue(to, 'viewer', { label: 'khác' });
      await expect(tokens.revoke(caller, theirs.prefix)).rejects.toEqual(refusal('token.not_found'));
      expect(await enter(theirs.token)).toBeDefined();
      return;
    }
    const [made] = await tokens.issue(caller, wish);
    expect((await tokens.list(caller, to, { first: 500 })).items.map(({ prefix }) => prefix)).toContain(made!.prefix);
    await tokens.revoke(caller, made!.prefix);
    await expect(enter(made!.token)).rejects.toEqual(refusal('auth.revoked'));
  });

  it('without a code is one’s own unit', async () => {
    for (const caller of callers.values())
      expect([(await access.reach(caller)).code, (await access.reach(caller, null)).code]).toEqual([
        caller.unitCode,
        caller.unitCode,
      ]);
  });

  it('begins with the unit and outlasts it: the reports of a unit that is no more stay readable from above', async () => {
    const viewer = callers.get(`${province} viewer`)!;
    const unit = await row<{ id: number; code: string }>(
      db.dataSource,
      'select id, code from org_units_on($1) where parent_id = $2 and code <> all($3) limit 1',
      ['2026-05-20', viewer.unitId, [commune, '05953']],
    );
    const [{ from }] = (await rows(
      db.dataSource,
      `update org_unit_state set valid_to = '2026-05-20' where unit_id = $1 returning to_char(valid_from - 1, 'YYYY-MM-DD') as from`,
      [unit!.id],
    )) as [{ from: string }];
    expect(await access.reach(viewer, unit!.code)).toMatchObject({ code: unit!.code });
    await expect(access.reach(callers.get(`${commune} viewer`)!, unit!.code)).rejects.toEqual(
      refusal('unit.not_found'),
    );
    await expect(tokens.issue(null, { unitCode: unit!.code, role: 'reporter' })).rejects.toEqual(
      refusal('unit.not_found'),
    );
    at(`${from}T12:00:00+07:00`);
    await expect(access.reach(viewer, unit!.code)).rejects.toEqual(refusal('unit.not_found'));
  });
});

it('a role does what its verbs say and nothing else', () => {
  const verbs = new Set(roles.flatMap((role) => [...verbsOf[role]]));
  const caller = (role: Role): Caller => ({
    accountId: 1,
    role,
    verbs: verbsOf[role],
    unitId: 1,
    unitCode: 'VN',
    unitLevel: 0,
    tokenPrefix: '',
  });
  const allowed = (role: Role, verb: Verb) => {
    try {
      access.allow(caller(role), verb);
      return true;
    } catch (error) {
      expect(error).toEqual(expect.objectContaining({ code: 'access.denied', details: { verb } }));
      return false;
    }
  };
  for (const role of roles)
    for (const verb of verbs) expect([role, verb, allowed(role, verb)]).toEqual([role, verb, verbsOf[role].has(verb)]);
  const only = (verb: Verb) => roles.filter((role) => allowed(role, verb));
  expect([only('report.submit'), only('report.withdraw')]).toEqual([['reporter'], ['reporter']]);
  expect([only('report.accept'), only('report.return')]).toEqual(Array(2).fill(['reviewer', 'administrator']));
  expect([only('token.manage'), only('plan.import'), only('round.open')]).toEqual(Array(3).fill(['administrator']));
  expect(only('total.read')).toEqual([...roles]);
});

it('two who issue for one account at once leave one token alive', async () => {
  await issue('05953', 'viewer', { label: 'cùng lúc' });
  await Promise.all([1, 2, 3, 4].map(() => issue('05953', 'viewer', { label: 'cùng lúc' })));
  const alive = await row<{ count: number }>(
    db.dataSource,
    `select count(*)::int as count from api_token t join account a on a.id = t.account_id
     where a.label = 'cùng lúc' and t.revoked_at is null`,
  );
  expect(alive!.count).toBe(1);
});
