/**
 * What a submission is checked against: what the unit owes in the round, what it said last, which milestones have had their
 * yes, what its local units add up to. One call of a function (migrations/…-together.sql), since every submission
 * asks it.
 */
import { DataSource } from 'typeorm';
import type { Caller } from '#access';
import { type Clock, type Db, Gathering, inPlace, row, rows } from '#core';
import { EDITION, formOf, isAskedOf } from '#programmes';
import type { Finding } from './findings.js';
import type { AskedIndicator, FigureArrays } from './given.js';
import { localReports, type ProposedFigure, proposalOf } from './proposal.js';
import type { Kinds } from './sums.js';

export type Ground = {
  /** What is written, what is locked for it, and what earlier rounds carry over to it, by position − 1. */
  place: { obligationId: number; roundId: number; parentId: number; later: boolean; carry: (string | null)[] | null };
  kinds: Kinds;
  dueBefore: Date;
  indicators: AskedIndicator[];
  /** The figures of the last half-year's report that stands. */
  last: FigureArrays | null;
  /** Positions of the milestones that hold once for all and have had their yes. */
  yesBefore: Set<number>;
  /** What its local units add up to now. */
  proposed: ProposedFigure[];
};

/** What the sender of a version is told, and told again for the same key. */
export type StoredAnswer = {
  number: number;
  receivedAt: Date;
  recordedAt: Date;
  dueBefore: Date;
  onTime: boolean;
  findings: Finding[];
};

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
  private readonly kinds = new Map<number, Kinds>();

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
    const lasting = db instanceof DataSource ? db : db.connection;
    const form = await formOf(lasting, found.programmeId, found.edition);
    const indicators = form.filter(
      (indicator) => indicator.firstRound <= round && (localKind === null || isAskedOf(indicator, localKind)),
    );
    return {
      place: { obligationId, roundId, parentId, later, carry },
      kinds: await this.kindsOf(lasting, roundId),
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

  /** What a round asks is settled when it opens. */
  private async kindsOf(db: Db, roundId: number): Promise<Kinds> {
    const known = this.kinds.get(roundId);
    if (known) return known;
    const found = await row<{ kinds: string[] }>(db, 'select kinds from round where id = $1', [roundId]);
    this.kinds.set(roundId, found!.kinds);
    return found!.kinds;
  }

  private async found(db: Db, asks: Question[]): Promise<(Row | undefined)[]> {
    const found = await rows<Row & { place: number }>(
      db,
      `select g.place, g.obligation_id as "obligationId", g.due_before as "dueBefore", g.round_id as "roundId",
         g.parent_id as "parentId", g.later, g.programme_id as "programmeId", ${EDITION} as edition, g.n, g.d, g.s, g.carry,
         g.local_kind as "localKind", g.asks_below as "asksBelow"
       from grounds_of($1::int[], $2::text[], $3::text[]) g join programme p on p.id = g.programme_id`,
      [asks.map(({ unitId }) => unitId), asks.map(({ programme }) => programme), asks.map(({ round }) => round)],
    );
    return inPlace(asks, found);
  }
}

/** What the sender of a version is told, as columns of report_version `v`. */
const TOLD = `v.number::int, v.received_at as "receivedAt", v.recorded_at as "recordedAt", v.told_due_before as "dueBefore",
  v.told_on_time as "onTime", v.findings`;

/** What a caller's submission with this key was told, and the hash of what it sent. */
export function answerOf(db: Db, caller: Caller, key: string): Promise<(StoredAnswer & { hash: string }) | undefined> {
  return row(
    db,
    `select ${TOLD}, v.request_hash as hash from report_version v where v.account_id = $1 and v.idempotency_key = $2`,
    [caller.accountId, key],
  );
}
