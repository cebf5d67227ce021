/**
 * Closing a province's round, reopening it, and what has changed since. A close is stamped under the lock of the
 * province's totals, keeps the canonical figures and their SHA-256, and is the province's report upward
 * (docs/semantics.md §4; the functions are in migrations/…-functions.sql).
 */
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller, type ReachedUnit } from '#access';
import { Clock, type Instant, Problem, row, rows } from '#core';
import { levels } from '#organisations';
import { refusals } from '#reporting';
import { Horizon } from './horizon.js';
import { type Basis, cellLines, programmeAt, type TotalIndicator } from './reads.js';
import type { Vector } from './vector.js';

export type Closing = {
  closedAt: Instant;
  /** SHA-256 of the canonical figures, hexadecimal. */
  sha256: string;
  closedBy: string;
  reopenedAt: Instant | null;
  reason: string | null;
  /** Canonical lines, see the comment on column closing.figures. */
  figures: string;
};

export type ChangedFigure = {
  basis: Basis;
  indicator: string;
  name: string;
  before: { numerator: string; denominator: string; units: number };
  after: { numerator: string; denominator: string; units: number };
};
export type ChangedReport = {
  unitCode: string;
  unitName: string;
  basis: Basis;
  version: number | null;
  at: Instant;
  by: string | null;
};
export type ChangesSinceClose = {
  closedAt: Instant;
  asOf: Instant;
  figures: ChangedFigure[];
  reports: ChangedReport[];
};

type Place = { unitCode?: string | null; programme: string; round: string };

@Injectable()
export class ClosingsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly access: AccessService,
    private readonly horizon: Horizon,
  ) {}

  /** Closes the round of a province. @throws Problem round.closed | round.not_found | unit.not_found */
  async close(caller: Caller, place: Place): Promise<Closing> {
    const { unit, roundId } = await this.collection(caller, place);
    await refusals(() =>
      rows(this.dataSource, 'select close_round($1, $2, $3, $4, $5)', [
        caller.accountId,
        roundId,
        unit.id,
        this.clock.forDatabase(),
        caller.address ?? null,
      ]),
    );
    return (await this.history(caller, place))[0]!;
  }

  /**
   * Reopens a closed round: all of it, or one commune's report.
   * @throws Problem report.reason_needed | round.not_closed | obligation.not_found
   */
  async reopen(caller: Caller, place: Place & { communeCode?: string | null }, reason: string): Promise<Instant> {
    if (!reason.trim()) throw new Problem('report.reason_needed');
    const { unit, roundId } = await this.collection(caller, place);
    const obligation = place.communeCode
      ? await row<{ id: number }>(
          this.dataSource,
          `select o.id from obligation o join org_unit u on u.id = o.unit_id
           where o.round_id = $1 and o.parent_id = $2 and u.code = $3 and o.state <> 'replaced'`,
          [roundId, unit.id, place.communeCode],
        )
      : null;
    if (place.communeCode && !obligation)
      throw new Problem('obligation.not_found', { unit: place.communeCode, round: place.round });
    const done = await refusals(() =>
      row<{ at: Instant }>(this.dataSource, 'select instant_text(reopen_round($1, $2, $3, $4, $5, $6, $7)) as at', [
        caller.accountId,
        roundId,
        unit.id,
        obligation?.id ?? null,
        reason.normalize('NFC'),
        this.clock.forDatabase(),
        caller.address ?? null,
      ]),
    );
    return done!.at;
  }

  /** Every close of a province's round, newest first; empty when it has never been closed. */
  async history(caller: Caller, place: Place): Promise<Closing[]> {
    const { unit, roundId } = await this.collection(caller, place);
    return rows<Closing>(
      this.dataSource,
      `select instant_text(c.closed_at) as "closedAt", c.sha256, u.code || ' ' || a.role as "closedBy",
              instant_text(c.reopened_at) as "reopenedAt", c.reason, c.figures
       from closing c join account a on a.id = c.closed_by join org_unit u on u.id = a.unit_id
       where c.round_id = $1 and c.parent_id = $2 order by c.closed_at desc`,
      [roundId, unit.id],
    );
  }

  /** The instant of the close in force of a province's round, or null: exports of a closed round hold as of then. */
  async closedAt(unitId: number, programme: string, round: string): Promise<Instant | null> {
    const found = await row<{ at: Instant }>(
      this.dataSource,
      `select instant_text(c.closed_at) as at from closing c join round r on r.id = c.round_id join programme p on p.id = r.programme_id
       where c.parent_id = $1 and p.code = $2 and r.code = $3 and c.reopened_at is null`,
      [unitId, programme, round],
    );
    return found?.at ?? null;
  }

  /**
   * SHA-256 of the canonical figures as of an instant, in the lines of column closing.figures: at a close it is the one
   * kept there. Of the nation, the lines of its provinces in the order of their codes.
   */
  async checksum(unit: { id: number; level: number }, programme: string, round: string, at: Instant): Promise<string> {
    const [collection, { indicators, rounds }] = await Promise.all([
      rows<{ id: number; code: string }>(
        this.dataSource,
        `select u.id, u.code from collection c join org_unit u on u.id = c.parent_id
         join round r on r.id = c.round_id join programme p on p.id = r.programme_id
         where p.code = $1 and r.code = $2 and (u.id = $3 or $4 = 0 and u.level = 1) order by u.code`,
        [programme, round, unit.id, unit.level],
      ),
      programmeAt(this.dataSource, programme, [round], at),
    ]);
    const ids = collection.map(({ id }) => id);
    const asked = indicators.filter(({ kind, firstRound }) => kind !== 'text' && firstRound <= round);
    const lines: string[] = [];
    const vectors = new Map<string, Vector>();
    for (const basis of bases)
      for (const line of await cellLines(this.dataSource, ids, rounds, basis, at))
        vectors.set(`${line.unitId} ${basis}`, line.read());
    for (const { id, code } of collection)
      for (const basis of bases) {
        const vector = vectors.get(`${id} ${basis}`);
        if (vector) lines.push(...asked.map((indicator) => canonicalLine(code, basis, indicator, vector)));
      }
    return createHash('sha256').update(lines.join('\n')).digest('hex');
  }

  /** What differs now from the latest close: totals before and after, and the reports that moved them. @throws Problem round.not_closed */
  async changes(caller: Caller, place: Place): Promise<ChangesSinceClose> {
    const { unit, roundId } = await this.collection(caller, place);
    const latest = (await this.history(caller, place))[0];
    if (!latest) throw new Problem('round.not_closed', { code: place.round });
    const asOf = await this.horizon.at();
    const { indicators, rounds } = await programmeAt(this.dataSource, place.programme, [place.round], asOf);
    const figures: ChangedFigure[] = [];
    for (const basis of ['accepted', 'received'] as const) {
      const [before] = await cellLines(this.dataSource, [unit.id], rounds, basis, latest.closedAt);
      const [after] = await cellLines(this.dataSource, [unit.id], rounds, basis, asOf);
      for (const indicator of indicators) {
        const [was, is] = [slotOf(before?.read(), indicator.position), slotOf(after?.read(), indicator.position)];
        if (JSON.stringify(was) !== JSON.stringify(is))
          figures.push({ basis, indicator: indicator.code, name: indicator.name, before: was, after: is });
      }
    }
    const reports = await rows<ChangedReport>(
      this.dataSource,
      `with moved as (
         select s.obligation_id, s.basis, s.version_id, s.recorded_from as at from standing s
         where s.recorded_from > $3::timestamptz and not exists (  -- only what is carried over changed
           select from standing t where t.obligation_id = s.obligation_id and t.basis = s.basis
             and t.recorded_to = s.recorded_from and t.version_id is not distinct from s.version_id)
         union all
         select s.obligation_id, s.basis, null, s.recorded_to from standing s
         where s.recorded_to > $3::timestamptz and not exists (
           select from standing t where t.obligation_id = s.obligation_id and t.basis = s.basis and t.recorded_from = s.recorded_to)
       )
       select u.code as "unitCode", n.name as "unitName", m.basis, v.number as version, instant_text(m.at) as at, b.code || ' ' || a.role as by
       from moved m
       join obligation o on o.id = m.obligation_id and o.round_id = $1 and o.parent_id = $2
       join org_unit u on u.id = o.unit_id cross join lateral org_unit_known(u.id, $4) n
       left join report_version v on v.id = m.version_id
       left join step_taken x on x.recorded_at = m.at and x.to_state <> 'superseded'
         and x.version_id in (select id from report_version where obligation_id = o.id)
       left join account a on a.id = x.account_id left join org_unit b on b.id = a.unit_id
       where m.at <= $5::timestamptz
       order by m.at, u.code, m.basis`,
      [roundId, unit.id, latest.closedAt, this.clock.today(), asOf],
    );
    return { closedAt: latest.closedAt, asOf, figures, reports };
  }

  private async collection(caller: Caller, place: Place): Promise<{ unit: ReachedUnit; roundId: number }> {
    const unit = await this.access.reach(caller, place.unitCode);
    // A commune that collects from its local units has a collection too, but closes nothing: its report is its word.
    if (unit.level > levels.province) throw new Problem('access.denied', { verb: 'round.close' });
    const found = await row<{ id: number }>(
      this.dataSource,
      `select c.round_id as id from collection c join round r on r.id = c.round_id join programme p on p.id = r.programme_id
       where c.parent_id = $1 and p.code = $2 and r.code = $3`,
      [unit.id, place.programme, place.round],
    );
    if (!found) throw new Problem('round.not_found', { code: place.round });
    return { unit, roundId: found.id };
  }
}

const bases = ['accepted', 'received'] as const;

function canonicalLine(unit: string, basis: Basis, { code, position }: TotalIndicator, vector: Vector): string {
  const slot = position - 1;
  const { n, d, valued, estimated, notApplicable, missing, expected, reported } = vector;
  const figures = [n, d, valued, estimated, notApplicable, missing].map((slots) => slots[slot] ?? 0);
  return [unit, basis, code, ...figures, expected, reported].join('|');
}

function slotOf(
  vector: Vector | undefined,
  position: number,
): { numerator: string; denominator: string; units: number } {
  const slot = position - 1;
  return {
    numerator: String(vector?.n[slot] ?? 0),
    denominator: String(vector?.d[slot] ?? 0),
    units: vector?.valued[slot] ?? 0,
  };
}
