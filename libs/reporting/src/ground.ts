/**
 * What a submission is checked against: what the unit owes in the round, what it said last, which milestones have had their
 * yes, what its local units add up to. One call of a function (migrations/…-ground.sql), since every submission asks it.
 */
import { DataSource } from 'typeorm';
import type { Caller } from '#access';
import { type Clock, type Db, row } from '#core';
import { EDITION, formOf, isAskedOf } from '#programmes';
import type { Finding } from './findings.js';
import type { AskedIndicator, FigureArrays } from './given.js';
import { localReports, type ProposedFigure, proposalOf } from './proposal.js';

export type Ground = {
  obligationId: number;
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
  programmeId: number;
  edition: string;
  n: (string | null)[] | null;
  d: (string | null)[] | null;
  s: number[] | null;
  carry: (string | null)[] | null;
  localKind: string | null;
  asksBelow: boolean;
};

/**
 * @param caller whose own report it is
 * @returns undefined when the unit does not owe the round
 */
export async function groundOf(
  db: Db,
  caller: Caller,
  { programme, round }: { programme: string; round: string },
  clock: Clock,
): Promise<Ground | undefined> {
  const found = await row<Row>(
    db,
    `select g.obligation_id as "obligationId", g.due_before as "dueBefore", g.round_id as "roundId", p.id as "programmeId",
       ${EDITION} as edition, g.n, g.d, g.s, g.carry, g.local_kind as "localKind", g.asks_below as "asksBelow"
     from programme p cross join ground_of($1, p.id, $3) g where p.code = $2`,
    [caller.unitId, programme, round],
  );
  if (!found?.obligationId) return undefined;
  const { obligationId, dueBefore, n, d, s, carry, localKind } = found;
  const form = await formOf(db instanceof DataSource ? db : db.connection, found.programmeId, found.edition);
  const indicators = form.filter(
    (indicator) => indicator.firstRound <= round && (localKind === null || isAskedOf(indicator, localKind)),
  );
  return {
    obligationId,
    dueBefore,
    indicators,
    last: n && d && s && { n, d, s },
    // What is carried over to a milestone that holds once for all is its earlier yes.
    yesBefore: new Set(
      form.flatMap(({ overTime, position }) => (overTime === 'once' && carry?.[position - 1] ? [position] : [])),
    ),
    proposed: found.asksBelow
      ? proposalOf(indicators, await localReports(db, found.roundId, caller.unitId, null, clock.today()))
      : [],
  };
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
