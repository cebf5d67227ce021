/**
 * The way of a checked report into the database: submit_report, alone or with others that arrived meanwhile
 * (migrations/…-submissions.sql). Together or alone, each has the same answer and is refused for the same reasons.
 */
import { DataSource } from 'typeorm';
import { type Clock, type Db, Gathering, inPlace, row, rows } from '#core';
import { refusals } from './db-problems.js';
import { LARGEST } from './figures.js';
import type { Finding } from './findings.js';
import type { FigureArrays } from './given.js';
import type { StoredAnswer } from './ground.js';
import { addsOf, type Kinds } from './sums.js';

/** A report that has passed its checks, and the collection it goes to as grounds_of told. */
export type CheckedReport = {
  accountId: number;
  obligationId: number;
  roundId: number;
  parentId: number;
  /** Whether the unit owes later rounds too. */
  later: boolean;
  /** What earlier rounds carry over, by position − 1. */
  carry: (string | null)[] | null;
  kinds: Kinds;
  expectedVersion: number;
  key: string | null;
  hash: string;
  figures: FigureArrays;
  notes: unknown[];
  narratives: unknown[];
  comment: string | null;
  /** JSON. */
  header: string;
  findings: Finding[];
  receivedAt: Date;
  address: string | null;
};

/** One: two would stand in each other's way wherever both have a report for one province. */
const LANES = 1;

const ANSWER = `r.number, r.received_at as "receivedAt", r.recorded_at as "recordedAt", r.due_before as "dueBefore",
  r.on_time as "onTime", r.findings`;

export class ReportStore {
  private readonly gathering = new Gathering((reports: CheckedReport[]) => this.together(reports), LANES);

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /**
   * @param db a transaction that this shall be part of, and may be undone with
   * @throws Problem report.stale | round.closed | obligation.not_found | idempotency.mismatch
   */
  async store(report: CheckedReport, db: Db): Promise<StoredAnswer> {
    if (!areSound(report.figures)) throw new Error('Figures that no report may hold have passed its checks');
    // What replaces another report, or reaches into later rounds, is more than what goes together.
    const first = report.expectedVersion === 0 && !report.later;
    return db instanceof DataSource && first ? this.gathering.ask(report) : this.alone(db, report);
  }

  private async together(reports: CheckedReport[]): Promise<(StoredAnswer | Promise<StoredAnswer>)[]> {
    if (reports.length === 1) return [await this.alone(this.dataSource, reports[0]!)];
    const stored = await this.many(reports);
    return reports.map((report, index) => stored[index] ?? this.alone(this.dataSource, report));
  }

  private async alone(db: Db, report: CheckedReport): Promise<StoredAnswer> {
    const { n, d, s } = report.figures;
    const stored = await refusals(() =>
      row<StoredAnswer>(
        db,
        `select ${ANSWER} from submit_report($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
           $20, $21) r`,
        [
          report.accountId,
          report.obligationId,
          report.roundId,
          report.parentId,
          report.later,
          report.expectedVersion,
          report.key,
          report.hash,
          arrayText(n),
          arrayText(d),
          arrayText(s),
          report.carry && arrayText(report.carry),
          adds(report),
          jsonOf(report.notes),
          jsonOf(report.narratives),
          report.comment,
          report.header,
          JSON.stringify(report.findings),
          report.receivedAt,
          this.clock.forDatabase(),
          report.address,
        ],
      ),
    );
    return stored!;
  }

  /** @returns undefined in the place of a report in whose way something was (a lock, a key that is taken …): it is to go alone */
  private async many(reports: CheckedReport[]): Promise<(StoredAnswer | undefined)[]> {
    const stored = await rows<StoredAnswer & { place: number }>(
      this.dataSource,
      `select r.place, ${ANSWER} from submit_reports($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
         $19) r`,
      [
        reports.map((report) => report.accountId),
        reports.map((report) => report.obligationId),
        reports.map((report) => report.roundId),
        reports.map((report) => report.parentId),
        reports.map((report) => report.key),
        reports.map((report) => report.hash),
        reports.map(({ figures }) => arrayText(figures.n)),
        reports.map(({ figures }) => arrayText(figures.d)),
        reports.map(({ figures }) => arrayText(figures.s)),
        reports.map(({ carry }) => carry && arrayText(carry)),
        reports.map(adds),
        reports.map(({ notes }) => jsonOf(notes)),
        reports.map(({ narratives }) => jsonOf(narratives)),
        reports.map((report) => report.comment),
        reports.map((report) => report.header),
        reports.map((report) => JSON.stringify(report.findings)),
        reports.map((report) => report.receivedAt),
        this.clock.forDatabase(),
        reports.map((report) => report.address),
      ],
    );
    return inPlace(reports, stored);
  }
}

const numbers = (digits: readonly (string | null)[] | null) =>
  (digits ?? []).map((digit) => (digit === null ? null : Number(digit)));

const jsonOf = (list: unknown[]) => (list.length > 0 ? JSON.stringify(list) : null);

/**
 * Whether the arrays of a version agree with each other, as figures_are_sound has it in the database: one length, parts only
 * where there is a value, 0 ≤ numerator ≤ denominator, nothing above 10^12.
 */
export function areSound({ n, d, s }: FigureArrays): boolean {
  if (n.length !== s.length || d.length !== s.length) return false;
  for (let slot = 0; slot < s.length; slot++) {
    const [top, bottom] = [n[slot] ?? null, d[slot] ?? null];
    const sound =
      top === null
        ? bottom === null && (s[slot] === 0 || s[slot] === 3)
        : (s[slot] === 1 || s[slot] === 2) && isWithin(Number(top), bottom === null ? MOST : Number(bottom));
    if (!sound) return false;
  }
  return true;
}

const MOST = Number(LARGEST);
const isWithin = (top: number, bottom: number) => top >= 0 && top <= bottom && bottom <= MOST;

/** What the report adds to its parent's totals if it is the first; null otherwise: the database knows what it replaces. */
export const adds = ({
  kinds,
  figures,
  carry,
  expectedVersion,
}: Pick<CheckedReport, 'kinds' | 'figures' | 'carry' | 'expectedVersion'>): string | null =>
  expectedVersion > 0
    ? null
    : addsOf(kinds, { n: numbers(figures.n), d: numbers(figures.d), s: figures.s, carry: numbers(carry) });

/** Numbers as PostgreSQL writes an array of them. */
export const arrayText = (numbers: readonly (string | number | null)[]): string =>
  `{${numbers.map((number) => number ?? 'NULL').join(',')}}`;
