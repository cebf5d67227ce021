/**
 * What may happen to an obligation besides its report: its due date extended, or its unit merged or split
 * (docs/semantics.md §1, §5).
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller } from '#access';
import { recordEvent } from '#audit';
import { Clock, type Db, isDay, Problem, row, transact } from '#core';
import { type BoundaryChange, recordSuccession } from '#organisations';
import { refusals } from './db-problems.js';

export type ExtensionGranted = { dueOn: string; dueBefore: Date; recordedAt: Date };
export type BoundaryOutcome = { replaced: number; created: number };

@Injectable()
export class ObligationsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly access: AccessService,
  ) {}

  /**
   * Grants one unit a later due date. From above only, and before its first submission.
   * @param dueOn YYYY-MM-DD, the last day that is on time
   * @throws Problem extension.too_late | extension.not_later | report.reason_needed | obligation.not_found
   */
  async extend(
    caller: Caller,
    wish: { unitCode: string; programme: string; round: string; dueOn: string; reason: string },
  ): Promise<ExtensionGranted> {
    if (!wish.reason.trim()) throw new Problem('report.reason_needed');
    if (!wish.dueOn.startsWith('20') || !isDay(wish.dueOn))
      throw new Problem('request.invalid', { reason: 'dueOn: YYYY-MM-DD' });
    const unit = await this.access.reach(caller, wish.unitCode);
    if (unit.id === caller.unitId) throw new Problem('access.denied', { verb: 'report.extend' });
    const obligation = await row<{ id: number }>(
      this.dataSource,
      `select o.id from obligation o join round r on r.id = o.round_id join programme p on p.id = r.programme_id
       where o.unit_id = $1 and p.code = $2 and r.code = $3
       order by o.state = 'replaced', o.id desc limit 1`,
      [unit.id, wish.programme, wish.round],
    );
    if (!obligation) throw new Problem('obligation.not_found', { unit: unit.code, round: wish.round });
    const granted = await refusals(() =>
      row<{ answer: { dueOn: string; dueBefore: string; recordedAt: string } }>(
        this.dataSource,
        'select extend_obligation($1, $2, $3, $4, $5, $6) as answer',
        [
          caller.accountId,
          obligation.id,
          wish.dueOn,
          wish.reason.normalize('NFC'),
          this.clock.forDatabase(),
          caller.address ?? null,
        ],
      ),
    );
    const { dueOn, dueBefore, recordedAt } = granted!.answer;
    return { dueOn, dueBefore: new Date(dueBefore), recordedAt: new Date(recordedAt) };
  }

  /**
   * Records a merger or split. From the day it takes effect, which may be still to come, it is followed in the open rounds
   * whose due day had not passed then: so far it counts nothing. National administrators only.
   * @throws Problem unit.not_found | request.invalid | access.denied
   */
  async changeBoundaries(caller: Caller, change: BoundaryChange): Promise<BoundaryOutcome> {
    if (caller.unitLevel !== 0) throw new Problem('access.denied', { verb: 'unit.change' });
    return transact(this.dataSource, async (db) => {
      // Whatever is due already comes first. Alone with the record from here on, before anything is stamped: else an
      // instant could be answered for while this is in flight.
      await this.follow(db);
      const { parentId } = await recordSuccession(db, change, this.clock.forDatabase());
      await recordEvent(
        db,
        {
          verb: 'unit.changed',
          accountId: caller.accountId,
          unitId: parentId,
          subject: { ...change },
          address: caller.address,
        },
        this.clock.forDatabase(),
      );
      return this.follow(db);
    });
  }

  /** Follows the mergers and splits whose day has come since. To be called often: mostly there are none. */
  async followDue(): Promise<BoundaryOutcome> {
    const waiting = await row(
      this.dataSource,
      'select from succession where followed_at is null and effective_on <= $1 limit 1',
      [this.clock.today()],
    );
    return waiting ? transact(this.dataSource, (db) => this.follow(db)) : { replaced: 0, created: 0 };
  }

  private async follow(db: Db): Promise<BoundaryOutcome> {
    const followed = await row<{ answer: BoundaryOutcome }>(db, 'select follow_due_successions($1, $2) as answer', [
      this.clock.today(),
      this.clock.forDatabase(),
    ]);
    return followed!.answer;
  }
}
