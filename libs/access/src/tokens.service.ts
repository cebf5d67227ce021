/**
 * Tokens: issued, listed, replaced and revoked. The secret is shown once, when it is issued; the database keeps its
 * hash. An account (a role on a unit) outlives its tokens, so idempotency keys and the audit trail do too.
 */
import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { recordEvent } from '#audit';
import {
  Clock,
  type Db,
  decodeCursor,
  localDay,
  type Page,
  type PageRequest,
  Problem,
  pageSize,
  row,
  rows,
  toPage,
  transact,
} from '#core';
import { AccessService, hashToken } from './access.service.js';
import { labelOf } from './assignments.service.js';
import type { Caller } from './caller.js';
import { addressesWished, checkGrant, verbsWished } from './grants.js';
import { type Role, type Verb, verbsOf } from './verbs.js';

export type IssuedToken = {
  unitCode: string;
  unitName: string;
  role: Role;
  label: string;
  prefix: string;
  token: string;
  expiresAt: Date;
  verbs: Verb[];
  addresses: string[] | null;
  /** Prefix of the valid token of the same unit, role and label that this one has ended. */
  replaced: string | null;
};
export type TokenState = {
  unitCode: string;
  unitName: string;
  role: Role;
  label: string;
  prefix: string;
  /** What it is for: null = all that its role may. */
  verbs: Verb[] | null;
  /** Where it may be used from: null = anywhere. */
  addresses: string[] | null;
  createdAt: Date;
  expiresAt: Date;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
};

export type TokenWish = {
  unitCode: string;
  /** One for each unit directly below. */
  children?: boolean;
  role: Role;
  days?: number;
  label?: string | null;
  /** Fewer than the role's; null = all of them. */
  verbs?: readonly string[] | null;
  /** Addresses or ranges (CIDR); null = anywhere. */
  addresses?: readonly string[] | null;
};

const DAY = 86_400_000;

@Injectable()
export class TokensService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly access: AccessService,
  ) {}

  /**
   * One new token for the unit, or with `children` one for each unit directly below it. Earlier tokens of the same
   * account are revoked: reissuing is issuing again.
   * @param caller null = the operator at the machine
   * @throws Problem request.invalid | unit.not_found | access.not_held | assignment.ended
   */
  async issue(caller: Caller | null, wish: TokenWish): Promise<IssuedToken[]> {
    const days = wish.days ?? 365;
    if (!Number.isInteger(days) || days < 1 || days > 1096)
      throw new Problem('request.invalid', { reason: 'days: 1–1096' });
    const label = labelOf(wish.label);
    const verbs = verbsWished(wish.verbs, verbsOf[wish.role]);
    const addresses = addressesWished(wish.addresses);
    const expiresAt = new Date(this.clock.now().getTime() + days * DAY);
    if (caller) {
      await this.access.reach(caller, wish.unitCode);
      checkGrant(caller, { verbs: verbs ?? verbsOf[wish.role], addresses, until: localDay(expiresAt) });
    }
    const units = await rows<{ id: number; code: string; name: string }>(
      this.dataSource,
      `select u.id, u.code, u.name from org_units_on($2) u
       where case when $3 then u.parent_id = (select id from org_unit where code = $1) else u.code = $1 end
       order by u.code`,
      [wish.unitCode, this.clock.today(), wish.children ?? false],
    );
    if (units.length === 0) throw new Problem('unit.not_found', { code: wish.unitCode });
    const issued = units.map((unit) => {
      const prefix = randomBytes(5).toString('hex');
      return { unit, prefix, token: `bc57_${prefix}_${randomBytes(32).toString('base64url')}` };
    });
    const replaced = await transact(this.dataSource, async (db) => {
      const before = await this.store(db, issued, { role: wish.role, label, verbs, addresses, expiresAt });
      const subject = {
        role: wish.role,
        prefixes: issued.map((i) => i.prefix),
        ...(verbs && { verbs }),
        ...(addresses && { addresses }),
      };
      const root = await row<{ id: number }>(db, 'select id from org_unit where code = $1', [wish.unitCode]);
      await recordEvent(
        db,
        { verb: 'token.issued', accountId: caller?.accountId, unitId: root?.id, subject, address: caller?.address },
        this.clock.forDatabase(),
      );
      return before;
    });
    return issued.map(({ unit, prefix, token }) => ({
      unitCode: unit.code,
      unitName: unit.name,
      role: wish.role,
      label,
      prefix,
      token,
      expiresAt,
      verbs: verbs ?? [...verbsOf[wish.role]],
      addresses,
      replaced: replaced.get(unit.id) ?? null,
    }));
  }

  /** @returns the prefix of the token that each unit's new one replaces, where there was one, by the unit's id */
  private async store(
    db: Db,
    issued: { unit: { id: number; code: string }; prefix: string; token: string }[],
    wish: { role: Role; label: string; verbs: Verb[] | null; addresses: string[] | null; expiresAt: Date },
  ): Promise<Map<number, string>> {
    const { role, label, verbs, addresses, expiresAt } = wish;
    const now = this.clock.now();
    const unitIds = issued.map((i) => i.unit.id);
    // Locks the accounts, also those there already: of two who issue at once, the second revokes the first one's.
    const accounts = await rows<{ unit_id: number; ended: boolean }>(
      db,
      `insert into account (unit_id, role, label, created_at)
       select unnest($1::int[]), $2, $3, $4
       on conflict (unit_id, role, label) do update set label = excluded.label
       returning unit_id, disabled_at is not null as ended`,
      [unitIds, role, label, now],
    );
    const ended = issued.find(({ unit }) => accounts.some((one) => one.ended && one.unit_id === unit.id));
    if (ended) throw new Problem('assignment.ended', { unit: ended.unit.code, role, label });
    const revoked = await rows<{ unit_id: number; prefix: string; valid: boolean }>(
      db,
      `update api_token t set revoked_at = $4 from account a
       where a.id = t.account_id and a.unit_id = any($1) and a.role = $2 and a.label = $3 and t.revoked_at is null
       returning a.unit_id, t.prefix, t.expires_at > $4 as valid`,
      [unitIds, role, label, now],
    );
    await rows(
      db,
      `insert into api_token (account_id, prefix, hash, created_at, expires_at, verbs, addresses)
       select a.id, x.prefix, x.hash, $6, $7, $8, (select array_agg(network(r::inet)) from unnest($9::text[]) r)
       from unnest($1::int[], $2::text[], $3::bytea[]) as x (unit_id, prefix, hash)
       join account a on a.unit_id = x.unit_id and a.role = $4 and a.label = $5`,
      [
        unitIds,
        issued.map((i) => i.prefix),
        issued.map((i) => hashToken(i.token)),
        role,
        label,
        now,
        expiresAt,
        verbs,
        addresses,
      ],
    );
    return new Map(revoked.flatMap(({ unit_id, prefix, valid }) => (valid ? [[unit_id, prefix]] : [])));
  }

  /** Tokens of the unit and the units directly below it, newest state first; who has used theirs shows in lastUsedAt. */
  async list(
    caller: Caller | null,
    unitCode: string,
    page: PageRequest & { unused?: boolean },
  ): Promise<Page<TokenState>> {
    if (caller) await this.access.reach(caller, unitCode);
    const size = pageSize(page);
    const [afterCode, afterPrefix] = page.after ? decodeCursor(page.after, 2) : ['', ''];
    const base = `
      from api_token t join account a on a.id = t.account_id join org_units_on($2) u on u.id = a.unit_id
      where (u.code = $1 or u.parent_id = (select id from org_unit where code = $1))
        and (not $3 or (t.last_used_at is null and t.revoked_at is null))`;
    const parameters = [unitCode, this.clock.today(), page.unused ?? false];
    const found = await rows<TokenState>(
      this.dataSource,
      `select u.code as "unitCode", u.name as "unitName", a.role, a.label, t.prefix, t.verbs, t.addresses::text[], t.created_at as "createdAt",
              t.expires_at as "expiresAt", t.last_used_at as "lastUsedAt", coalesce(t.revoked_at, a.disabled_at) as "revokedAt"
       ${base} and (u.code, t.prefix) > ($4, $5) order by u.code, t.prefix limit $6`,
      [...parameters, afterCode, afterPrefix, size + 1],
    );
    const count = await row<{ count: number }>(this.dataSource, `select count(*)::int as count ${base}`, parameters);
    return toPage(found, size, count!.count, (item) => [item.unitCode, item.prefix]);
  }

  /** Revokes one token at once. @throws Problem token.not_found out of reach, unknown or revoked before */
  async revoke(caller: Caller | null, prefix: string): Promise<void> {
    await transact(this.dataSource, async (db) => {
      const revoked = await row<{ unit_id: number }>(
        db,
        `update api_token t set revoked_at = $2 from account a
         where a.id = t.account_id and t.prefix = $1 and t.revoked_at is null
           and ($3::int is null or $3 in (select unit_id from lineage(a.unit_id, $4)))
         returning a.unit_id`,
        [prefix, this.clock.now(), caller?.unitId ?? null, this.clock.today()],
      );
      if (!revoked) throw new Problem('token.not_found', { prefix });
      await recordEvent(
        db,
        {
          verb: 'token.revoked',
          accountId: caller?.accountId,
          unitId: revoked.unit_id,
          subject: { prefix },
          address: caller?.address,
        },
        this.clock.forDatabase(),
      );
    });
  }
}

/** Revokes every token of a unit that has ended; its accounts, and what they did, stay. */
export async function revokeTokensOf(db: Db, unitId: number, at: Date): Promise<void> {
  await rows(
    db,
    `update api_token t set revoked_at = $2 from account a
     where a.id = t.account_id and a.unit_id = $1 and t.revoked_at is null`,
    [unitId, at],
  );
}
