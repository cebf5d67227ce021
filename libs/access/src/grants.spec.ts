/**
 * Narrower tokens and assignments that begin and end, on a real database; and that nobody grants what they do not hold:
 * neither verbs, nor time, nor a wider network.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { Clock, type ProblemCode } from '#core';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import { AccessService } from './access.service.js';
import { AssignmentsService } from './assignments.service.js';
import type { Caller } from './caller.js';
import { checkGrant, holds } from './grants.js';
import { TokensService, type TokenWish } from './tokens.service.js';
import { roles, type Verb, verbsOf } from './verbs.js';

const PROVINCE = '19';
const COMMUNE = '05953';
let db: FreshDatabase;
let access: AccessService;
let tokens: TokensService;
let assignments: AssignmentsService;
const folder = mkdtempSync(join(tmpdir(), 'grants-'));
const clockFile = join(folder, 'clock');
const at = (instant: string) => writeFileSync(clockFile, instant);

beforeAll(async () => {
  db = await freshDatabase(4);
  const clock = new Clock(clockFile);
  access = new AccessService(db.dataSource, clock);
  tokens = new TokensService(db.dataSource, clock, access);
  assignments = new AssignmentsService(db.dataSource, clock, access);
});
beforeEach(() => at('2026-05-20T08:00:00+07:00'));
afterAll(async () => {
  await db?.drop();
  rmSync(folder, { recursive: true });
});

let labels = 0;
const issue = async (wish: Partial<TokenWish>, caller: Caller | null = null) =>
  (await tokens.issue(caller, { unitCode: PROVINCE, role: 'administrator', label: `nhãn ${++labels}`, ...wish }))[0]!;
const enter = (token: string, address?: string) => access.authenticate(`Bearer ${token}`, address);
const refusal = (code: ProblemCode) => expect.objectContaining({ code });
const what = (text: string) => expect.objectContaining({ code: 'access.not_held', details: { what: text } });

describe('a token with allowed addresses', () => {
  const cases: [addresses: string[], from: string | undefined, good: boolean][] = [
    [['203.0.113.7'], '203.0.113.7', true],
    [['203.0.113.7'], '::ffff:203.0.113.7', true],
    [['203.0.113.7'], '203.0.113.8', false],
    [['203.0.113.7'], undefined, false],
    [['203.0.113.7'], 'nonsense', false],
    [['10.1.0.0/16', '2001:db8::/32'], '10.1.255.255', true],
    [['10.1.0.0/16', '2001:db8::/32'], '10.2.0.0', false],
    [['10.1.0.0/16', '2001:db8::/32'], '2001:db8:1::1', true],
    [['10.1.0.0/16', '2001:db8::/32'], '2001:db9::1', false],
    [['10.1.2.3/16'], '10.1.9.9', true],
  ];
  test.each(cases)('%j, used from %s: %s', async (addresses, from, good) => {
    const { token } = await issue({ addresses });
    if (good) expect(await enter(token, from)).toMatchObject({ unitCode: PROVINCE, address: from });
    else await expect(enter(token, from)).rejects.toEqual(refusal('auth.address'));
  });

  test.each([
    [[]],
    [['10.0.0.0/33']],
    [['example.vn']],
    [['10.0.0.1/']],
    [["1.1.1.1'; drop table account"]],
    [Array(21).fill('10.0.0.1')],
  ])('cannot be asked for as %j', (addresses) =>
    expect(issue({ addresses })).rejects.toEqual(refusal('request.invalid')),
  );
});

describe('a token with fewer verbs than its role', () => {
  it('does these and nothing else', async () => {
    const caller = await enter((await issue({ verbs: ['total.read', 'unit.read'] })).token);
    expect([...caller.verbs].sort()).toEqual(['total.read', 'unit.read']);
    access.allow(caller, 'total.read');
    for (const verb of verbsOf.administrator)
      if (!caller.verbs.has(verb)) expect(() => access.allow(caller, verb)).toThrow(refusal('access.denied') as never);
  });

  it('cannot hold what its role does not', async () => {
    for (const verbs of [['report.submit'], ['no.such'], [], ['total.read', '__proto__']])
      await expect(issue({ verbs, role: 'viewer' })).rejects.toEqual(refusal('request.invalid'));
  });

  it('is told from the whole one in the list', async () => {
    const { prefix } = await issue({ verbs: ['total.read'], addresses: ['10.1.2.3/16'], unitCode: COMMUNE });
    const { items } = await tokens.list(null, COMMUNE, {});
    expect(items.find((item) => item.prefix === prefix)).toMatchObject({
      verbs: ['total.read'],
      addresses: ['10.1.0.0/16'],
    });
  });
});

describe('an assignment', () => {
  const name = { unitCode: COMMUNE, role: 'reporter' as const, label: 'theo ngày' };

  it('holds from its first day to the end of its last, for what works in the background too', async () => {
    const set = await assignments.set(null, { ...name, from: '2026-06-01', until: '2026-06-30' });
    expect(set).toMatchObject({ unitCode: COMMUNE, from: '2026-06-01', until: '2026-06-30', endedAt: null, tokens: 0 });
    const { token } = await issue(name);
    const days: [string, boolean][] = [
      ['2026-05-31T23:59:59.999+07:00', false],
      ['2026-06-01T00:00:00+07:00', true],
      ['2026-06-30T23:59:59.999+07:00', true],
      ['2026-07-01T00:00:00+07:00', false],
    ];
    at('2026-06-10T00:00:00+07:00');
    const { accountId } = await enter(token);
    for (const [instant, good] of days) {
      at(instant);
      if (good) {
        expect(await enter(token)).toMatchObject({ until: '2026-06-30' });
        expect(await access.actingFor(accountId, 'report.submit')).toMatchObject({ unitCode: COMMUNE });
      } else {
        await expect(enter(token)).rejects.toEqual(refusal('auth.not_assigned'));
        await expect(access.actingFor(accountId, 'report.submit')).rejects.toEqual(refusal('access.denied'));
      }
    }
  });

  it('ended by hand ends its tokens at once, and gets no more until it is assigned anew', async () => {
    const mine = { ...name, label: 'kết thúc' };
    const { token } = await issue(mine);
    await enter(token);
    await assignments.end(null, mine);
    await expect(enter(token)).rejects.toEqual(refusal('auth.revoked'));
    await expect(issue(mine)).rejects.toEqual(refusal('assignment.ended'));
    await expect(assignments.end(null, mine)).rejects.toEqual(refusal('assignment.not_found'));
    await assignments.set(null, mine);
    expect(await enter(token)).toMatchObject({ unitCode: COMMUNE });
  });

  test.each([
    [{ from: '2026-02-30' }],
    [{ until: 'mai' }],
    [{ from: '2026-06-02', until: '2026-06-01' }],
    [{ label: '' }],
    [{ label: 'a\u0007' }],
    [{ label: 'x'.repeat(101) }],
  ])('cannot be %j', (wish) =>
    expect(assignments.set(null, { ...name, ...wish })).rejects.toEqual(refusal('request.invalid')),
  );

  it('is listed page by page, each once', async () => {
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const page = await assignments.list(null, PROVINCE, { first: 7, after });
      seen.push(...page.items.map((item) => `${item.unitCode} ${item.role} ${item.label}`));
      expect(page.total).toBeGreaterThan(7);
      after = page.endCursor;
      if (!page.hasNextPage) {
        expect(seen).toHaveLength(page.total);
        break;
      }
    }
    expect(new Set(seen).size).toBe(seen.length);
  });
});

describe('nobody grants what they do not hold', () => {
  const holding = async (wish: Partial<TokenWish>, address?: string) => enter((await issue(wish)).token, address);

  it('no verbs: not by a narrower token for itself, nor for those below', async () => {
    const verbs: Verb[] = ['token.manage', 'assignment.manage', 'unit.read', ...verbsOf.viewer];
    const caller = await holding({ verbs });
    expect(await issue({ role: 'viewer' }, caller)).toMatchObject({ role: 'viewer' });
    // Submitting is nobody's for another's unit: it comes with the right to issue tokens, and what else a reporter does not.
    await expect(issue({ role: 'reporter', unitCode: COMMUNE }, caller)).rejects.toEqual(what('report.attach'));
    expect(
      await issue({ role: 'reporter', unitCode: COMMUNE, verbs: ['report.submit', 'report.read'] }, caller),
    ).toMatchObject({ verbs: ['report.submit', 'report.read'] });
    for (const role of ['administrator', 'reviewer'] as const) {
      await expect(issue({ role }, caller)).rejects.toEqual(refusal('access.not_held'));
      await expect(assignments.set(caller, { unitCode: COMMUNE, role })).rejects.toEqual(refusal('access.not_held'));
    }
  });

  it('no time beyond its own', async () => {
    const own = { unitCode: PROVINCE, role: 'administrator' as const, label: 'đến 30/6' };
    await assignments.set(null, { ...own, until: '2026-06-30' });
    const caller = await holding(own);
    await expect(issue({ unitCode: COMMUNE, role: 'reporter', days: 42 }, caller)).rejects.toEqual(
      what('≤ 2026-06-30'),
    );
    expect(await issue({ unitCode: COMMUNE, role: 'reporter', days: 41 }, caller)).toBeDefined();
    for (const until of [null, '2026-07-01'])
      await expect(assignments.set(caller, { ...own, until })).rejects.toEqual(what('≤ 2026-06-30'));
    expect(await assignments.set(caller, { ...own, until: '2026-06-29' })).toMatchObject({ until: '2026-06-29' });
  });

  it('no wider network', async () => {
    const caller = await holding({ addresses: ['10.1.0.0/16', '2001:db8::/32'] }, '10.1.0.1');
    const wish = { unitCode: COMMUNE, role: 'viewer' as const };
    await expect(issue(wish, caller)).rejects.toEqual(what('0.0.0.0/0'));
    for (const wider of ['10.0.0.0/8', '10.2.0.1', '2001:db8::/31', '::/0'])
      await expect(issue({ ...wish, addresses: ['10.1.1.1', wider] }, caller)).rejects.toEqual(what(wider));
    expect(await issue({ ...wish, addresses: ['10.1.7.0/24', '2001:db8::1'] }, caller)).toBeDefined();
  });

  it('nothing beyond its subtree', async () => {
    const caller = await holding({});
    for (const unitCode of ['20', '06385', 'VN']) {
      await expect(assignments.set(caller, { unitCode, role: 'viewer' })).rejects.toEqual(refusal('unit.not_found'));
      await expect(assignments.end(caller, { unitCode, role: 'viewer' })).rejects.toEqual(refusal('unit.not_found'));
      await expect(assignments.list(caller, unitCode, {})).rejects.toEqual(refusal('unit.not_found'));
    }
  });

  it('whoever holds a role whole may hand on what of it is not another’s own step, and only that', () => {
    const verb = fc.constantFrom(...verbsOf.administrator, ...verbsOf.reporter);
    const ownSteps = ['report.submit', 'report.withdraw', 'report.draft'];
    fc.assert(
      fc.property(fc.uniqueArray(verb), fc.uniqueArray(verb), (held, wished) => {
        const caller = { verbs: new Set(held), until: null, addresses: null } as unknown as Caller;
        const may = wished.every((one) => held.includes(one) || ownSteps.includes(one));
        const grant = () => checkGrant(caller, { verbs: wished, until: null });
        if (may) grant();
        else expect(grant).toThrow();
      }),
    );
    expect(roles.filter((role) => verbsOf[role].has('token.manage'))).toEqual(['administrator']);
  });

  it('a range holds another exactly when all its addresses are in it', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    const range = fc.record({
      bits: fc.integer({ min: 22, max: 32 }),
      last: byte,
      third: fc.integer({ min: 0, max: 7 }),
    });
    const text = ({ bits, last, third }: { bits: number; last: number; third: number }) =>
      `10.0.${third}.${last}/${bits}`;
    const all = ({ bits, last, third }: { bits: number; last: number; third: number }) => {
      const size = 2 ** (32 - bits);
      const first = Math.floor((third * 256 + last) / size) * size;
      return [first, first + size - 1] as const;
    };
    fc.assert(
      fc.property(range, range, (outer, inner) => {
        const [[a, b], [c, d]] = [all(outer), all(inner)];
        expect(holds(text(outer), text(inner))).toBe(a <= c && d <= b);
      }),
    );
  });
});
