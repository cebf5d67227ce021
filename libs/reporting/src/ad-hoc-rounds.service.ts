/**
 * Ad hoc rounds ("đột xuất"): what the nation or a province asks of its communes beside the half-years, until a day or an
 * hour of its own. They are rounds like all others, but enter no year: no other round's figures, no target (docs/semantics.md §1).
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller } from '#access';
import { Clock, isDay, Problem, row, rows, transact, VIETNAM } from '#core';
import { type Round, RoundsService } from './rounds.service.js';

export type AdHocRequest = {
  programme: string;
  /** Who asks for what: the document that it answers. */
  request: string;
  /** First and last day of the data, YYYY-MM-DD. */
  dataFrom: string;
  dataTo: string;
  /** The last day that is on time, YYYY-MM-DD. */
  dueOn: string;
  /** HH:MM in Vietnam: on time = received before it on that day; null: the whole day. */
  dueTime?: string | null;
  /** Codes of communes; null: all below the caller's unit. */
  units?: string[] | null;
};

const LONGEST_REQUEST = 500;

@Injectable()
export class AdHocRoundsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly access: AccessService,
    private readonly rounds: RoundsService,
  ) {}

  /**
   * Opens an ad hoc round for communes below the caller's unit, under the next free code of the year it is due in (2026X1).
   * @throws Problem request.invalid | unit.not_found | programme.not_found | access.denied below a province
   */
  async open(caller: Caller, wish: AdHocRequest): Promise<Round> {
    if (caller.unitLevel > 1) throw new Problem('access.denied', { verb: 'round.open' });
    const dueBefore = this.checked(wish);
    const units = await this.asked(caller, wish.units ?? null);
    const year = wish.dueOn.slice(0, 4);
    return transact(this.dataSource, async (db) => {
      // Alone with the record from here on, so the next number is free.
      await row(db, 'select follow_due_successions($1, $2)', [this.clock.today(), this.clock.forDatabase()]);
      const taken = await row<{ nth: number }>(
        db,
        `select coalesce(max(substring(r.code from 6)::int), 0) as nth from round r join programme p on p.id = r.programme_id
         where p.code = $1 and r.code like $2 || 'X%'`,
        [wish.programme, year],
      );
      const request = wish.request.normalize('NFC').trim();
      const of = { ...wish, request, code: `${year}X${taken!.nth + 1}`, year: null, half: null };
      return this.rounds.enter(db, caller, of, (round) =>
        rows(db, 'select open_ad_hoc_round($1, $2, $3, $4, $5::timestamp at time zone $6, $7)', [
          ...[round, units, this.clock.today(), wish.dueOn, dueBefore, VIETNAM, this.clock.forDatabase()],
        ]),
      );
    });
  }

  /** @returns the first instant that is too late, as a local time. @throws Problem request.invalid */
  private checked({ request, dataFrom, dataTo, dueOn, dueTime }: AdHocRequest): string {
    const refuse = (reason: string): never => {
      throw new Problem('request.invalid', { reason });
    };
    for (const [name, day] of Object.entries({ dataFrom, dataTo, dueOn }))
      if (!day.startsWith('20') || !isDay(day)) refuse(`${name}: YYYY-MM-DD`);
    if (dataTo <= dataFrom) refuse('dataTo: phải sau dataFrom / must be after dataFrom');
    if (dueOn < this.clock.today()) refuse('dueOn: đã qua / is over');
    if (!request.trim() || request.length > LONGEST_REQUEST) refuse(`request: 1–${LONGEST_REQUEST}`);
    if (dueTime != null && !/^([01]\d|2[0-3]):[0-5]\d$/.test(dueTime)) refuse('dueTime: HH:MM');
    return dueTime == null ? `${dueOn} 24:00` : `${dueOn} ${dueTime}`;
  }

  /** Ids of the communes asked. */
  private async asked(caller: Caller, codes: string[] | null): Promise<number[]> {
    if (codes?.length === 0) throw new Problem('request.invalid', { reason: 'units: trống / empty' });
    const found = await rows<{ id: number; code: string }>(
      this.dataSource,
      `select u.id, u.code from org_units_on($1) u
       where u.level = 2 and ($2::text[] is null or u.code = any($2)) and $3 in (select unit_id from lineage(u.id, $1))`,
      [this.clock.today(), codes, caller.unitId],
    );
    for (const code of codes ?? [])
      if (!found.some((unit) => unit.code === code)) {
        const { level } = await this.access.reach(caller, code);
        throw new Problem('request.invalid', { reason: `units: "${code}" (${level}) không phải xã / is no commune` });
      }
    return found.map(({ id }) => id);
  }
}
