/**
 * Assignments: a role on a unit of the tree, from one day to another, known by unit, role and label. Changing one takes
 * hold with the next request, for its tokens are looked up with it; ending one by hand is at once.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { recordEvent } from '#audit';
import {
  Clock,
  decodeCursor,
  isDay,
  type Page,
  type PageRequest,
  Problem,
  pageSize,
  row,
  rows,
  toPage,
  transact,
} from '#core';
import { AccessService } from './access.service.js';
import type { Caller } from './caller.js';
import { checkGrant } from './grants.js';
import { type Role, verbsOf } from './verbs.js';

type AssignmentName = { unitCode: string; role: Role; label?: string | null };
export type Assignment = {
  unitCode: string;
  unitName: string;
  role: Role;
  label: string;
  /** First and last day in Vietnam, YYYY-MM-DD; null = without bound. */
  from: string | null;
  until: string | null;
  createdAt: Date;
  endedAt: Date | null;
  /** Tokens that are neither revoked nor expired. */
  tokens: number;
};

const USUAL_LABEL = 'API';
const LONGEST_LABEL = 100;

/** @throws Problem request.invalid */
export function labelOf(label: string | null | undefined): string {
  const text = (label ?? USUAL_LABEL).normalize('NFC').trim();
  if (text === '' || [...text].length > LONGEST_LABEL || /\p{Cc}/u.test(text))
    throw new Problem('request.invalid', { reason: `label: 1–${LONGEST_LABEL}` });
  return text;
}

@Injectable()
export class AssignmentsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly access: AccessService,
  ) {}

  /**
   * Makes an assignment or changes its days; one that had ended holds again.
   * @param caller null = the operator at the machine
   * @throws Problem unit.not_found | access.not_held | request.invalid
   */
  async set(
    caller: Caller | null,
    wish: AssignmentName & { from?: string | null; until?: string | null },
  ): Promise<Assignment> {
    const label = labelOf(wish.label);
    const [from, until] = [wish.from ?? null, wish.until ?? null];
    for (const [name, day] of Object.entries({ from, until }))
      if (day !== null && !isDay(day)) throw new Problem('request.invalid', { reason: `${name}: YYYY-MM-DD` });
    if (from && until && until < from) throw new Problem('request.invalid', { reason: 'until ≥ from' });
    const unitId = await this.unitId(caller, wish.unitCode);
    if (caller) checkGrant(caller, { verbs: verbsOf[wish.role], until });
    await transact(this.dataSource, async (db) => {
      await rows(
        db,
        `insert into account (unit_id, role, label, created_at, valid_from, valid_until) values ($1, $2, $3, $4, $5, $6)
         on conflict (unit_id, role, label) do update
         set valid_from = excluded.valid_from, valid_until = excluded.valid_until, disabled_at = null`,
        [unitId, wish.role, label, this.clock.now(), from, until],
      );
      const subject = { role: wish.role, label, from, until };
      await recordEvent(db, { verb: 'assignment.changed', ...by(caller), unitId, subject }, this.clock.forDatabase());
    });
    const page = await this.found(unitId, { role: wish.role, label });
    return page[0]!;
  }

  /** Ends an assignment at once, and with it all its tokens. @throws Problem unit.not_found | assignment.not_found */
  async end(caller: Caller | null, wish: AssignmentName): Promise<void> {
    const label = labelOf(wish.label);
    const unitId = await this.unitId(caller, wish.unitCode);
    await transact(this.dataSource, async (db) => {
      const ended = await row(
        db,
        `update account set disabled_at = $4 where unit_id = $1 and role = $2 and label = $3 and disabled_at is null returning id`,
        [unitId, wish.role, label, this.clock.now()],
      );
      if (!ended) throw new Problem('assignment.not_found', { unit: wish.unitCode, role: wish.role, label });
      const subject = { role: wish.role, label };
      await recordEvent(db, { verb: 'assignment.ended', ...by(caller), unitId, subject }, this.clock.forDatabase());
    });
  }

  /** Assignments of the unit and the units directly below it, by unit code. */
  async list(caller: Caller | null, unitCode: string, page: PageRequest): Promise<Page<Assignment>> {
    const unitId = await this.unitId(caller, unitCode);
    const size = pageSize(page);
    const [code, role, label] = page.after ? decodeCursor(page.after, 3) : ['', '', ''];
    const found = await this.found(unitId, { below: true, after: [code, role, label].map(String), size: size + 1 });
    const count = await row<{ count: number }>(
      this.dataSource,
      `select count(*)::int as count from account a join org_units_on($2) u on u.id = a.unit_id where $1 in (u.id, u.parent_id)`,
      [unitId, this.clock.today()],
    );
    return toPage(found, size, count!.count, (item) => [item.unitCode, item.role, item.label]);
  }

  private found(
    unitId: number,
    wish: { role?: Role; label?: string; below?: boolean; after?: string[]; size?: number },
  ): Promise<Assignment[]> {
    const [code, role, label] = wish.after ?? ['', '', ''];
    return rows<Assignment>(
      this.dataSource,
      `select u.code as "unitCode", u.name as "unitName", a.role, a.label, a.valid_from::text as "from", a.valid_until::text as until,
         a.created_at as "createdAt", a.disabled_at as "endedAt",
         (select count(*)::int from api_token t where t.account_id = a.id and t.revoked_at is null and t.expires_at > $3) as tokens
       from account a join org_units_on($2) u on u.id = a.unit_id
       where (u.id = $1 or ($4 and u.parent_id = $1)) and ($5::text is null or a.role = $5) and ($6::text is null or a.label = $6)
         and (u.code, a.role, a.label) > ($7, $8, $9)
       order by u.code, a.role, a.label limit $10`,
      [unitId, this.clock.today(), this.clock.now(), wish.below ?? false, wish.role ?? null, wish.label ?? null]
        .concat([code, role, label] as never[])
        .concat((wish.size ?? 1) as never),
    );
  }

  private async unitId(caller: Caller | null, code: string): Promise<number> {
    if (caller) return (await this.access.reach(caller, code)).id;
    const unit = await row<{ id: number }>(this.dataSource, 'select id from org_units_on($2) u where u.code = $1', [
      code,
      this.clock.today(),
    ]);
    if (!unit) throw new Problem('unit.not_found', { code });
    return unit.id;
  }
}

const by = (caller: Caller | null) => ({ accountId: caller?.accountId, address: caller?.address });
