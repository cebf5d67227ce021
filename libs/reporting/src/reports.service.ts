/**
 * The life of a report: submitted, accepted, returned, withdrawn, corrected. Each step reads as the rule book does:
 * ground → findings → one SQL function that locks, checks, writes and moves the totals (migrations/…-submissions.sql,
 * …-report-steps.sql).
 */
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller } from '#access';
import { Clock, type Db, Problem, row } from '#core';
import { refusals } from './db-problems.js';
import { checkReport } from './figures.js';
import type { Finding } from './findings.js';
import { type GivenFigure, type GivenNarrative } from './given.js';
import { answerOf, Grounds, type StoredAnswer } from './ground.js';
import { checkDeclaration, checkHeader, type Header } from './header.js';
import { type CheckedReport, ReportStore } from './report-store.js';

export type Submission = {
  programme: string;
  round: string;
  /** Number of the version that this one replaces; 0 for the first. */
  expectedVersion: number;
  idempotencyKey?: string | null;
  figures: GivenFigure[];
  narratives: GivenNarrative[];
  comment?: string | null;
  header?: Header | null;
  /** Declared by who sends it, and kept in the version's header. */
  containsNoSecrets: boolean;
};

export type SubmitAnswer = {
  stored: boolean;
  /** null when nothing was stored. */
  version: { number: number; state: string; receivedAt: Date; recordedAt: Date } | null;
  onTime: boolean | null;
  dueBefore: Date;
  findings: Finding[];
};

export type StepAnswer = { number: number; state: string; recordedAt: Date };
export type ReturnedFigure = { indicator: string; reason: string };
type Step = 'accept' | 'return' | 'withdraw';

const LONGEST_KEY = 200;

@Injectable()
export class ReportsService {
  private readonly grounds: Grounds;
  private readonly reports: ReportStore;

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly access: AccessService,
  ) {
    this.grounds = new Grounds(dataSource, clock);
    this.reports = new ReportStore(dataSource, clock);
  }

  /**
   * Submits the caller's own report. Refused figures are an answer (`stored: false` with findings), not an error.
   * @param receivedAt when the request had been read in full: decides on time or late
   * @param db a transaction that this shall be part of, and may be undone with
   * @throws Problem request.invalid (key) | obligation.not_found | report.stale | round.closed | idempotency.mismatch
   */
  async submit(caller: Caller, input: Submission, receivedAt: Date, db: Db = this.dataSource): Promise<SubmitAnswer> {
    try {
      return await this.attempt(caller, input, receivedAt, db);
    } catch (error) {
      // What the report was checked against has changed meanwhile (a round was opened); a transaction has ended with it.
      if (!(db instanceof DataSource) || (error as { code?: string }).code !== '40001') throw error;
      return this.attempt(caller, input, receivedAt, db);
    }
  }

  private async attempt(caller: Caller, input: Submission, receivedAt: Date, db: Db): Promise<SubmitAnswer> {
    const { idempotencyKey: key, ...content } = input;
    if (key != null && (key === '' || [...key].length > LONGEST_KEY))
      throw new Problem('request.invalid', { reason: `idempotencyKey: 1–${LONGEST_KEY}` });
    const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex');
    const replayed = async () => {
      const earlier = key == null ? undefined : await answerOf(db, caller, key);
      if (earlier && earlier.hash !== hash) throw new Problem('idempotency.mismatch', { key });
      return earlier && storedAnswer(earlier);
    };
    const ground = await this.grounds.of(caller, input, db);
    if (!ground) {
      const answer = await replayed();
      if (answer) return answer;
      throw new Problem('obligation.not_found', { unit: caller.unitCode, round: input.round });
    }
    const checked = checkReport(ground.indicators, input.figures, input.narratives, input.comment ?? null, {
      last: ground.last,
      yesBefore: ground.yesBefore,
      proposed: ground.proposed,
    });
    const headFindings = [...checkDeclaration(input), ...checkHeader(input.header)];
    if (checked.refused || headFindings.length > 0) {
      // What was taken once is not refused when it is sent again; what may be taken, submit_report looks up itself.
      const answer = await replayed();
      if (answer) return answer;
      const findings = [...headFindings, ...checked.findings];
      return { stored: false, version: null, onTime: null, dueBefore: ground.dueBefore, findings };
    }

    // Whoever could not ask any more after a refusal asks first.
    const before = db instanceof DataSource ? undefined : await replayed();
    if (before) return before;
    const report: CheckedReport = {
      ...ground.place,
      accountId: caller.accountId,
      expectedVersion: input.expectedVersion,
      key: key ?? null,
      hash,
      figures: checked.figures,
      kinds: ground.kinds,
      notes: checked.notes,
      narratives: checked.narratives,
      comment: composed(input.comment),
      header: JSON.stringify({ ...input.header, containsNoSecrets: input.containsNoSecrets }).normalize('NFC'),
      findings: checked.findings,
      receivedAt,
      address: caller.address ?? null,
    };
    try {
      return storedAnswer(await this.reports.store(report, db));
    } catch (error) {
      // Sent before to an obligation that a merger has replaced since: what was told then is told again.
      const answer =
        error instanceof Problem && error.code === 'idempotency.mismatch' && db instanceof DataSource
          ? await replayed()
          : undefined;
      if (answer) return answer;
      throw error;
    }
  }

  /** Accepts the newest version: from now on it counts on the accepted basis. */
  accept(
    caller: Caller,
    unitCode: string,
    programme: string,
    round: string,
    expectedVersion: number,
  ): Promise<StepAnswer> {
    return this.review(caller, 'accept', { unitCode, programme, round, expectedVersion, reason: null, figures: [] });
  }

  /** Returns the newest version for mending. @throws Problem report.reason_needed without any reason */
  async return(
    caller: Caller,
    wish: {
      unitCode: string;
      programme: string;
      round: string;
      expectedVersion: number;
      reason: string;
      figures: ReturnedFigure[];
    },
  ): Promise<StepAnswer> {
    if (!wish.reason.trim()) throw new Problem('report.reason_needed');
    return this.review(caller, 'return', wish);
  }

  /** Takes back the caller's own unreviewed version. */
  async withdraw(
    caller: Caller,
    programme: string,
    round: string,
    expectedVersion: number,
    reason: string | null,
  ): Promise<StepAnswer> {
    const obligation = await this.obligation(caller.unitCode, programme, round);
    return this.step(caller, obligation.id, 'withdraw', expectedVersion, composed(reason), []);
  }

  /** A unit's report is reviewed from above: never by the unit itself, whatever its role. */
  private async review(
    caller: Caller,
    step: Step,
    wish: {
      unitCode: string;
      programme: string;
      round: string;
      expectedVersion: number;
      reason: string | null;
      figures: ReturnedFigure[];
    },
  ): Promise<StepAnswer> {
    const unit = await this.access.reach(caller, wish.unitCode);
    if (unit.id === caller.unitId) throw new Problem('access.denied', { verb: `report.${step}` });
    const obligation = await this.obligation(unit.code, wish.programme, wish.round);
    const named = wish.figures.map((figure) => figure.indicator);
    const twice = named.find((code, place) => named.indexOf(code) < place);
    if (twice !== undefined)
      throw new Problem('request.invalid', { reason: `figures.indicator: "${twice}" ghi hai lần / is given twice` });
    const items = wish.figures.map((figure) => {
      const indicatorId = Object.hasOwn(obligation.indicators, figure.indicator)
        ? obligation.indicators[figure.indicator]
        : undefined;
      if (indicatorId === undefined)
        throw new Problem('request.invalid', { reason: `figures.indicator: "${figure.indicator}"` });
      return { indicatorId, reason: figure.reason.normalize('NFC') };
    });
    return this.step(caller, obligation.id, step, wish.expectedVersion, composed(wish.reason), items);
  }

  private async step(
    caller: Caller,
    obligationId: number,
    step: Step,
    expectedVersion: number,
    reason: string | null,
    items: { indicatorId: number; reason: string }[],
  ): Promise<StepAnswer> {
    const done = await refusals(() =>
      row<{ answer: { number: number; state: string; recordedAt: string } }>(
        this.dataSource,
        'select step_report($1, $2, $3, $4, $5, $6, $7, $8) as answer',
        [
          caller.accountId,
          obligationId,
          expectedVersion,
          step,
          reason,
          JSON.stringify(items),
          this.clock.forDatabase(),
          caller.address ?? null,
        ],
      ),
    );
    const { number, state, recordedAt } = done!.answer;
    return { number, state, recordedAt: new Date(recordedAt) };
  }

  private async obligation(
    unitCode: string,
    programme: string,
    round: string,
  ): Promise<{ id: number; indicators: Record<string, number> }> {
    const found = await row<{ id: number; indicators: Record<string, number> }>(
      this.dataSource,
      `select o.id, (select jsonb_object_agg(i.code, i.id) from indicator i where i.programme_id = r.programme_id) as indicators
       from obligation o
       join round r on r.id = o.round_id join programme p on p.id = r.programme_id
       join org_unit u on u.id = o.unit_id
       where u.code = $1 and p.code = $2 and r.code = $3
       order by o.state = 'replaced', o.id desc limit 1`,
      [unitCode, programme, round],
    );
    if (!found) throw new Problem('obligation.not_found', { unit: unitCode, round });
    return found;
  }
}

/** Vietnamese as it is stored: NFC. */
const composed = (text: string | null | undefined): string | null => text?.normalize('NFC') ?? null;

function storedAnswer(answer: StoredAnswer): SubmitAnswer {
  return {
    stored: true,
    version: {
      number: answer.number,
      state: 'submitted',
      receivedAt: answer.receivedAt,
      recordedAt: answer.recordedAt,
    },
    onTime: answer.onTime,
    dueBefore: answer.dueBefore,
    findings: answer.findings,
  };
}
