/**
 * A commune and its local units: who they are, and that they owe it a report of a round. Whoever may act for the commune
 * acts for it from above too; nobody else's local units are within reach (docs/semantics.md §3, "Local units").
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller, type ReachedUnit, revokeTokensOf } from '#access';
import { recordEvent } from '#audit';
import { Clock, type Db, isDay, Problem, row, rows, transact } from '#core';
import { addLocalUnits, endLocalUnit, type LocalUnitAdded, type LocalUnitWish, levels } from '#organisations';

export type LocalUnitsAnswer = {
  dryRun: boolean;
  units: LocalUnitAdded[];
  /** In the open rounds for which the commune has asked its units: how many owe a report now that did not before. */
  asked: number;
};

/** Later than this no round's reports are any use to the commune's own. */
const FARTHEST_DAYS = 183;

class Undone extends Error {}

@Injectable()
export class LocalUnitsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly access: AccessService,
  ) {}

  /**
   * Adds local units, all or none; those that are there already stay. Where the commune has asked for a round whose day
   * is still to come, the new ones owe it too.
   * @param wish.from YYYY-MM-DD, default today @throws Problem unit.not_found | unit.not_commune | request.invalid
   */
  async add(
    caller: Caller,
    wish: { unitCode?: string | null; units: LocalUnitWish[]; from?: string | null; dryRun: boolean },
  ): Promise<LocalUnitsAnswer> {
    const commune = await this.commune(caller, wish.unitCode);
    const today = this.clock.today();
    const from = wish.from ?? today;
    if (from > today) throw new Problem('request.invalid', { reason: `from: ${from} > ${today}` });
    let answer: LocalUnitsAnswer | undefined;
    const work = async (db: Db) => {
      await row(db, 'select pg_advisory_xact_lock(57, 1)');
      const units = await addLocalUnits(db, commune, wish.units, from, this.clock.forDatabase());
      const added = units.filter(({ outcome }) => outcome === 'created');
      if (added.length > 0) await this.event(db, caller, 'unit.added', commune.id, { from, units: added });
      answer = { dryRun: wish.dryRun, units, asked: added.length > 0 ? await this.askAgain(db, caller, commune) : 0 };
      if (wish.dryRun) throw new Undone();
    };
    await transact(this.dataSource, work).catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error;
    });
    return answer!;
  }

  /**
   * Ends a local unit: it owes no more where it has not reported and the day is still to come; its tokens end too. What
   * it has reported stays.
   * @param wish.on YYYY-MM-DD, the first day without it, default today @returns how many obligations that ended
   * @throws Problem unit.not_found | request.invalid | report.reason_needed
   */
  async close(
    caller: Caller,
    wish: { code: string; on?: string | null; reason: string },
  ): Promise<{ code: string; released: number }> {
    if (!wish.reason.trim()) throw new Problem('report.reason_needed');
    const unit = await this.access.reach(caller, wish.code);
    if (unit.level !== levels.local || unit.id === caller.unitId)
      throw new Problem('access.denied', { verb: 'unit.manage' });
    const today = this.clock.today();
    const on = wish.on ?? today;
    if (!isDay(on) || on > today) throw new Problem('request.invalid', { reason: `on: YYYY-MM-DD ≤ ${today}` });
    const reason = wish.reason.normalize('NFC');
    return transact(this.dataSource, async (db) => {
      await row(db, 'select pg_advisory_xact_lock(57, 1)');
      await endLocalUnit(db, unit, on);
      const done = await row<{ released: number }>(db, 'select release_local_unit($1, $2, $3, $4) as released', [
        ...[unit.id, on, reason, this.clock.forDatabase()],
      ]);
      await revokeTokensOf(db, unit.id, this.clock.now());
      await this.event(db, caller, 'unit.closed', unit.id, { on, reason, released: done!.released });
      return { code: unit.code, released: done!.released };
    });
  }

  /**
   * Asks a commune's local units for their reports of an opened round; those asked already stay as they are.
   * @param wish.dueOn YYYY-MM-DD, the last day on time; default: that of the plan's duty below the commune
   * @returns how many owe now that did not before
   * @throws Problem unit.not_commune | round.not_found | local.undated | request.invalid
   */
  async ask(
    caller: Caller,
    wish: { unitCode?: string | null; programme: string; round: string; dueOn?: string | null },
  ): Promise<{ asked: number; dueOn: string }> {
    const commune = await this.commune(caller, wish.unitCode);
    const today = this.clock.today();
    const round = await row<{ id: number; dueOn: string | null }>(
      this.dataSource,
      `select r.id, (select to_char(l.due_on, 'YYYY-MM-DD') from local_duty(r.id, $3) l) as "dueOn"
       from round r join programme p on p.id = r.programme_id where p.code = $1 and r.code = $2`,
      [wish.programme, wish.round, commune.id],
    );
    if (!round) throw new Problem('round.not_found', { code: wish.round });
    const dueOn = wish.dueOn ?? round.dueOn;
    if (!dueOn) throw new Problem('local.undated', { unit: commune.code });
    const latest = new Date(Date.parse(today) + FARTHEST_DAYS * 86_400_000).toISOString().slice(0, 10);
    if (!isDay(dueOn) || dueOn < today || dueOn > latest)
      throw new Problem('request.invalid', { reason: `dueOn: ${today} – ${latest}` });
    const asked = await transact(this.dataSource, (db) =>
      this.askIn(db, caller, commune, round.id, wish.dueOn ?? null),
    );
    return { asked, dueOn };
  }

  /** For units added later: in each round still running, by the day that their neighbours have. */
  private async askAgain(db: Db, caller: Caller, commune: ReachedUnit): Promise<number> {
    const running = await rows<{ roundId: number; dueOn: string | null }>(
      db,
      `select r.id as "roundId",
         (select to_char(max(o.due_on), 'YYYY-MM-DD') from obligation o
          where o.round_id = r.id and o.parent_id = $1 and o.state = 'owed' and o.duty_id is null) as "dueOn"
       from round r where r.data_to + ${FARTHEST_DAYS} >= $2::date order by r.id`,
      [commune.id, this.clock.today()],
    );
    let asked = 0;
    for (const { roundId, dueOn } of running) asked += await this.askIn(db, caller, commune, roundId, dueOn);
    return asked;
  }

  private async askIn(db: Db, caller: Caller, commune: ReachedUnit, roundId: number, dueOn: string | null) {
    const done = await row<{ asked: number }>(db, 'select ask_local_units($1, $2, $3, $4, $5, $6, $7) as asked', [
      ...[caller.accountId, roundId, commune.id, dueOn, this.clock.today()],
      ...[this.clock.forDatabase(), caller.address ?? null],
    ]);
    return done!.asked;
  }

  private async commune(caller: Caller, code: string | null | undefined): Promise<ReachedUnit> {
    const unit = await this.access.reach(caller, code);
    if (unit.level !== levels.commune) throw new Problem('unit.not_commune', { code: unit.code });
    return unit;
  }

  private event(db: Db, { accountId, address }: Caller, verb: string, unitId: number, subject: object): Promise<void> {
    return recordEvent(db, { verb, accountId, unitId, subject: { ...subject }, address }, this.clock.forDatabase());
  }
}
