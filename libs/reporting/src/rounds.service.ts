/**
 * Reporting periods. Opening one writes down who owes a report, to whom, until when and by which plan: the obligations.
 * Expected counts come from these rows alone. Ad hoc rounds: ad-hoc-rounds.service.ts
 * (docs/semantics.md §1).
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '#access';
import { recordEvent } from '#audit';
import { Clock, type Db, Problem, row, rows, transact } from '#core';

export type Round = {
  id: number;
  programme: string;
  code: string;
  year: number | null;
  half: number | null;
  /** What an ad hoc round answers, in words; null for a half-year. */
  request: string | null;
  /** First and last day of the data window, YYYY-MM-DD. */
  dataFrom: string;
  dataTo: string;
  openedAt: Date;
  /** How many communes owe a report, in the whole nation, whoever asks. */
  expected: number;
};

type NewRound = Pick<Round, 'programme' | 'code' | 'year' | 'half' | 'dataFrom' | 'dataTo' | 'request'>;

const COLUMNS = `r.id, p.code as programme, r.code, r.year, r.half, r.request, to_char(r.data_from, 'YYYY-MM-DD') as "dataFrom",
  to_char(r.data_to, 'YYYY-MM-DD') as "dataTo", r.opened_at as "openedAt",
  expected_in(r.id) as expected`;

/** Data window of a half-year (Nghị định 09/2019/NĐ-CP, Điều 12): 15/12 → 14/6 and 15/6 → 14/12. */
function dataWindow(year: number, half: 1 | 2): { from: string; to: string } {
  return half === 1
    ? { from: `${year - 1}-12-15`, to: `${year}-06-14` }
    : { from: `${year}-06-15`, to: `${year}-12-14` };
}

@Injectable()
export class RoundsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /**
   * Opens a half-year for every commune.
   * @param caller null = the operator at the machine
   * @throws Problem period.invalid | programme.not_found | round.exists | access.denied below the nation
   */
  async open(caller: Caller | null, programme: string, code: string): Promise<Round> {
    const match = /^(20\d\d)H([12])$/.exec(code);
    if (!match) throw new Problem('period.invalid', { period: code });
    if (caller && caller.unitLevel !== 0) throw new Problem('access.denied', { verb: 'round.open' });
    const year = Number(match[1]);
    const half = Number(match[2]) as 1 | 2;
    const window = dataWindow(year, half);
    const opened = await transact(this.dataSource, async (db) => {
      // Mergers and splits up to today come first: the round begins with the units as they are.
      await row(db, 'select follow_due_successions($1, $2)', [this.clock.today(), this.clock.forDatabase()]);
      const of = { programme, code, year, half, dataFrom: window.from, dataTo: window.to, request: null };
      const [today, clock] = [this.clock.today(), this.clock.forDatabase()];
      return this.enter(db, caller, of, async (round) => {
        await rows(db, 'select open_round($1, $2, $3)', [round, today, clock]);
        // Local units owe from the start where their commune's own document dates it.
        const asked = [caller?.accountId ?? null, round, null, null, today, clock, caller?.address ?? null];
        await rows(db, 'select ask_local_units($1, $2, $3, $4, $5, $6, $7)', asked);
      });
    });
    // Thousands of rows have come at once; the planner should know before the first evening of submissions.
    await rows(this.dataSource, 'analyze obligation, standing, collection, cell');
    return opened;
  }

  /**
   * Writes a round and what is owed in it, in the caller's transaction.
   * @param fill writes the obligations of the round with this id
   * @throws Problem programme.not_found | round.exists
   */
  async enter(
    db: Db,
    caller: Caller | null,
    of: NewRound,
    fill: (roundId: number) => Promise<unknown>,
  ): Promise<Round> {
    const { programme, code } = of;
    const owner = await row<{ id: number }>(db, 'select id from programme where code = $1', [programme]);
    if (!owner) throw new Problem('programme.not_found', { code: programme });
    const entered = await row<{ id: number }>(
      db,
      `insert into round (programme_id, code, year, half, data_from, data_to, request, kinds, opened_at)
       select $1, $2, $3, $4, $5, $6, $7,
         array_agg(case i.kind when 'milestone' then i.over_time else i.kind end order by i.position),
         coalesce($8, clock_timestamp())
       from indicator i where i.programme_id = $1 and i.first_round <= $2
       on conflict do nothing returning id`,
      [owner.id, code, of.year, of.half, of.dataFrom, of.dataTo, of.request, this.clock.forDatabase()],
    );
    if (!entered) throw new Problem('round.exists', { code });
    await fill(entered.id);
    const round = await this.find(programme, code, db);
    await recordEvent(
      db,
      {
        verb: 'round.opened',
        accountId: caller?.accountId,
        unitId: caller?.unitId,
        subject: { programme, code, request: round.request, expected: round.expected },
        address: caller?.address,
      },
      this.clock.forDatabase(),
    );
    return round;
  }

  /** @throws Problem round.not_found */
  async find(programme: string, code: string, db: Db = this.dataSource): Promise<Round> {
    const round = await row<Round>(
      db,
      `select ${COLUMNS} from round r join programme p on p.id = r.programme_id where p.code = $1 and r.code = $2`,
      [programme, code],
    );
    if (!round) throw new Problem('round.not_found', { code });
    return round;
  }

  /** All rounds of a programme, newest first. @throws Problem programme.not_found */
  async list(programme: string): Promise<Round[]> {
    const found = await rows<Round>(
      this.dataSource,
      `select ${COLUMNS} from round r join programme p on p.id = r.programme_id where p.code = $1
       order by r.data_to desc, r.id desc`,
      [programme],
    );
    if (found.length > 0 || (await row(this.dataSource, 'select from programme where code = $1', [programme])))
      return found;
    throw new Problem('programme.not_found', { code: programme });
  }
}
