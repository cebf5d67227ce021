/**
 * Who is calling, and what lies within reach. A token is looked up by its hash on every request, so revoking it works
 * at once. Reach is decided in SQL: a unit is within reach when the caller's unit is in its lineage.
 */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock, EVERYONE, Gathering, inPlace, inScope, localDay, Problem, row, rows } from '#core';
import type { Caller } from './caller.js';
import { type Role, type Verb, verbsOf } from './verbs.js';

export type ReachedUnit = {
  id: number;
  code: string;
  level: number;
  kind: string;
  name: string;
  parentId: number | null;
  /** Ids of the unit and all above it, itself first. */
  lineage: number[];
};

export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();

type Validity = { valid_from: string | null; valid_until: string | null };
/** @param at asked for its day only where there are days to keep to: every request comes by here */
const holdsAt = (at: Date, { valid_from, valid_until }: Validity): boolean => {
  if (valid_from === null && valid_until === null) return true;
  const day = localDay(at);
  return (valid_from ?? day) <= day && day <= (valid_until ?? day);
};

/** As PostgreSQL reads it: an IPv4 address that came over IPv6 is that address. null = none that can be compared. */
function plainAddress(address: string | undefined): string | null {
  const plain = (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return isIP(plain) ? plain : null;
}

/** A token by its hash, and whose it is. */
type Holder = {
  id: number;
  prefix: string;
  expires_at: Date;
  revoked_at: Date | null;
  last_used_at: Date | null;
  verbs: Verb[] | null;
  addresses: string[] | null;
  /** Whether it may be used from where the request comes from. */
  here: boolean;
  account_id: number;
  role: Role;
  valid_from: string | null;
  valid_until: string | null;
  unit_id: number;
  code: string;
  level: number;
};

/** How long uses of tokens are gathered before they are written, ms. */
const GATHERING = 1000;

@Injectable()
export class AccessService implements OnModuleDestroy {
  /** When tokens were last used, still to be written: one statement for many, and no request waits for it. */
  private used = new Map<number, Date>();
  private writing: NodeJS.Timeout | undefined;
  /** Every request asks who calls: those that come at the same time ask together. */
  private readonly holders = new Gathering(
    async (asks: { hash: Buffer; address: string | null }[]): Promise<(Holder | undefined)[]> => {
      const found = await rows<Holder & { place: number }>(
        this.dataSource,
        'select * from token_holders($1::bytea[], $2::inet[])',
        [asks.map(({ hash }) => hash), asks.map(({ address }) => address)],
      );
      return inPlace(asks, found);
    },
  );

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /**
   * @param authorization the header, `Bearer <token>`; the scheme in any case (RFC 9110, 11.1)
   * @param address where the request comes from
   * @throws Problem auth.required | auth.expired | auth.revoked | auth.not_assigned | auth.address
   */
  async authenticate(authorization: string | undefined, address?: string): Promise<Caller> {
    const token = /^Bearer ([\w-]{20,200})$/i.exec(authorization ?? '')?.[1];
    if (!token) throw new Problem('auth.required');
    const found = await this.holders.ask({ hash: hashToken(token), address: plainAddress(address) });
    if (!found) throw new Problem('auth.required');
    const { prefix } = found;
    if (found.revoked_at) throw new Problem('auth.revoked', { prefix });
    const now = this.clock.now();
    if (found.expires_at <= now) throw new Problem('auth.expired', { prefix, on: localDay(found.expires_at) });
    if (!holdsAt(now, found))
      throw new Problem('auth.not_assigned', {
        prefix,
        from: found.valid_from ?? '…',
        until: found.valid_until ?? '…',
      });
    if (!found.here) throw new Problem('auth.address', { prefix, address: address ?? null });
    if (!found.last_used_at || now.getTime() - found.last_used_at.getTime() > 60_000) {
      this.used.set(found.id, now);
      this.writing ??= setTimeout(() => void this.writeUses().catch(() => {}), GATHERING).unref();
    }
    return {
      accountId: found.account_id,
      role: found.role,
      verbs: found.verbs ? new Set(found.verbs.filter((verb) => verbsOf[found.role].has(verb))) : verbsOf[found.role],
      unitId: found.unit_id,
      unitCode: found.code,
      unitLevel: found.level,
      tokenPrefix: prefix,
      address,
      addresses: found.addresses,
      until: found.valid_until,
    };
  }

  /** Writes down the uses gathered so far. */
  async writeUses(): Promise<void> {
    clearTimeout(this.writing);
    this.writing = undefined;
    const used = [...this.used];
    if (used.length === 0) return;
    this.used = new Map();
    await inScope(EVERYONE, () =>
      rows(
        this.dataSource,
        `update api_token t set last_used_at = x.at from unnest($1::int[], $2::timestamptz[]) as x (id, at)
       where t.id = x.id and (t.last_used_at is null or t.last_used_at < x.at)`,
        [used.map(([id]) => id), used.map(([, at]) => at)],
      ),
    );
  }

  async onModuleDestroy(): Promise<void> {
    await this.writeUses().catch(() => {});
  }

  /** @throws Problem access.denied unless the caller holds the verb. */
  allow(caller: Caller, verb: Verb): void {
    if (!caller.verbs.has(verb)) throw new Problem('access.denied', { verb });
  }

  /**
   * For work in the background: the caller that an account would be now, so that what was taken away in the meantime
   * (the role, the account) ends what it had asked for.
   * @throws Problem access.denied when the account is disabled, its assignment over, or its role lacks the verb
   */
  async actingFor(accountId: number, verb: Verb): Promise<Caller> {
    const found = await row<Validity & { role: Role; unit_id: number; code: string; level: number }>(
      this.dataSource,
      `select a.role, a.valid_from::text, a.valid_until::text, a.unit_id, u.code, u.level
       from account a join org_unit u on u.id = a.unit_id where a.id = $1 and a.disabled_at is null`,
      [accountId],
    );
    if (!found || !holdsAt(this.clock.now(), found)) throw new Problem('access.denied', { verb });
    const { role, unit_id: unitId, code: unitCode, level: unitLevel } = found;
    const caller: Caller = { accountId, role, verbs: verbsOf[role], unitId, unitCode, unitLevel, tokenPrefix: '' };
    this.allow(caller, verb);
    return caller;
  }

  /**
   * The unit with this code, if it lies in the caller's subtree; the caller's own unit when no code is given.
   * @throws Problem unit.not_found: the same for a unit that does not exist and one out of reach
   */
  async reach(caller: Caller, code?: string | null): Promise<ReachedUnit> {
    const unit = await row<ReachedUnit>(
      this.dataSource,
      `select u.id, u.code, u.level, u.kind, u.name, u.parent_id as "parentId", l.lineage
       from org_unit c cross join lateral org_unit_known(c.id, $2) u
       cross join lateral (select array_agg(unit_id order by depth) as lineage from lineage(u.id, $2)) l
       where c.code = $1 and $3 = any(l.lineage)`,
      [code ?? caller.unitCode, this.clock.today(), caller.unitId],
    );
    if (!unit) throw new Problem('unit.not_found', { code: code ?? caller.unitCode });
    return unit;
  }
}
