/**
 * What a submission is checked against: what the unit owes in the round, what it said last, which milestones have had their
 * yes, what its local units add up to. One call of a function (migrations/…-gathered-submissions.sql), since every submission
 * asks it.
 */
import { DataSource } from 'typeorm';
import type { Caller } from '#access';
import { type Clock, type Db, Gathering, inPlace, row, rows } from '#core';
import { EDITION, formOf, isAskedOf } from '#programmes';
import type { Finding } from './findings.js';
import type { AskedIndicator, FigureArrays } from './given.js';
import { localReports, type ProposedFigure, proposalOf } from './proposal.js';

export type Ground = {
  /** What is written, and what is locked for it. */
  place: { obligationId: number; roundId: number; parentId: number; later: boolean };
  dueBefore: Date;
  indicators: AskedIndicator[];
  /** The figures of the last half-year's report that stands. */
  last: FigureArrays | null;
  /** Positions of the milestones that hold once for all and have had their yes. */
  yesBefore: Set<number>;
  /** What its local units add up to now. */
  proposed: ProposedFigure[];
};

/** What submit_report answers, and gives again for the same key. */
export type StoredAnswer = {
  number: number;
  state: string;
  receivedAt: string;
  recordedAt: string;
  dueBefore: string;
  onTime: boolean;
  findings: Finding[];
};

/** Under which submissions keep their answers. */
export const OPERATION = 'report.submit';

type Row = {
  obligationId: number | null;
  dueBefore: Date;
  roundId: number;
  parentId: number;
  later: boolean;
  programmeId: number;
  edition: string;
  n: (string | null)[] | null;
  d: (string | null)[] | null;
  s: number[] | null;
  carry: (string | null)[] | null;
  localKind: string | null;
  asksBelow: boolean;
};

type Question = { unitId: number; programme: string; round: string };

/** Answers what requests ask at the same time in one statement. */
export class Grounds {
  private readonly gathering = new Gathering((asks: Question[]) => this.found(this.dataSource, asks));

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /**
   * @param caller whose own report it is
   * @param db a transaction to ask within
   * @returns undefined when the unit does not owe the round
   */
  async of(
    caller: Caller,
    { programme, round }: { programme: string; round: string },
    db: Db = this.dataSource,
  ): Promise<Ground | undefined> {
    const question = { unitId: caller.unitId, programme, round };
    const found = db instanceof DataSource ? await this.gathering.ask(question) : (await this.found(db, [question]))[0];
    if (!found?.obligationId) return undefined;
    const { obligationId, roundId, parentId, later, dueBefore, n, d, s, carry, localKind } = found;
    const form = await formOf(db instanceof DataSource ? db : db.connection, found.programmeId, found.edition);
    const indicators = form.filter(
      (indicator) => indicator.firstRound <= round && (localKind === null || isAskedOf(indicator, localKind)),
    );
    return {
      place: { obligationId, roundId, parentId, later },
      dueBefore,
      indicators,
      last: n && d && s && { n, d, s },
      // What is carried over to a milestone that holds once for all is its earlier yes.
      yesBefore: new Set(
        form.flatMap(({ overTime, position }) => (overTime === 'once' && carry?.[position - 1] ? [position] : [])),
      ),
      proposed: found.asksBelow
        ? proposalOf(indicators, await localReports(db, roundId, caller.unitId, null, this.clock.today()))
        : [],
    };
  }

  private async found(db: Db, asks: Question[]): Promise<(Row | undefined)[]> {
    const found = await rows<Row & { place: string }>(
      db,
      `select x.place, g.obligation_id as "obligationId", g.due_before as "dueBefore", g.round_id as "roundId",
         g.parent_id as "parentId", g.later, p.id as "programmeId", ${EDITION} as edition, g.n, g.d, g.s, g.carry,
         g.local_kind as "localKind", g.asks_below as "asksBelow"
       from unnest($1::int[], $2::text[], $3::text[]) with ordinality as x (unit_id, programme, round, place)
       join programme p on p.code = x.programme
       cross join ground_of(x.unit_id, p.id, x.round) g`,
      [asks.map(({ unitId }) => unitId), asks.map(({ programme }) => programme), asks.map(({ round }) => round)],
    );
    return inPlace(asks, found);
  }
}

/** The answer that a caller's submission with this key got, and the hash of what it sent. */
export function answerOf(
  db: Db,
  caller: Caller,
  key: string,
): Promise<{ hash: string; answer: StoredAnswer } | undefined> {
  return row(db, 'select hash, answer from idempotency where account_id = $1 and operation = $2 and key = $3', [
    caller.accountId,
    OPERATION,
    key,
  ]);
}
