/**
 * Programmes and plans for the rest of the house: import (with dry run and versions), and what stands now or stood at
 * an instant. Targets and duties are rows, so totals and obligations join them in SQL; this service is for people.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '#access';
import { Clock, EVERYONE, inScope, keepScope, Problem, row, rows, transact } from '#core';
import type { UnitKind } from '#organisations';
import { confirmDuty, type DutyDecision } from './duty-confirmation.js';
import type { Binds, Comparator, Edge, PlanGoal } from './plan-file.js';
import { importPlanFile, type PlanImport } from './plan-import.js';
import type { Checks, IndicatorKind, OverTime } from './programme-file.js';

export type IndicatorView = {
  id: number;
  position: number;
  code: string;
  name: string;
  kind: IndicatorKind;
  overTime: OverTime;
  unitLabel: string | null;
  numerator: string | null;
  denominator: string | null;
  denominatorGroup: string | null;
  clause: string | null;
  derived: string | null;
  notApplicableAllowed: boolean;
  scale: number;
  firstRound: string;
  addsUpFrom: UnitKind[];
  listedFrom: UnitKind[];
  checks: Checks;
};

export type DutyView = {
  id: number;
  edge: Edge;
  reporters: string;
  receiver: string;
  receiverWording: string | null;
  aggregator: string | null;
  /** MM-DD in the round's year, or null when the document gives no date. */
  dueH1: string | null;
  dueH2: string | null;
  dueWording: string | null;
  cutoffH1: string | null;
  cutoffH2: string | null;
  inferred: boolean;
  confirmed: boolean;
  strict: boolean;
  weekendToMonday: boolean;
  /** Due before the data end: figures of the last days are estimates. */
  dueBeforeCutoff: boolean;
  note: string | null;
};

export type TargetView = {
  id: number;
  indicator: string;
  indicatorName: string;
  kind: IndicatorKind;
  year: number | null;
  everyYear: boolean;
  comparator: Comparator | null;
  /** Exact decimal: percent for a ratio, a number for a count; null = yes (milestone). */
  threshold: string | null;
  binds: Binds;
  wording: string;
  clause: string;
  denominatorWording: string | null;
};

type ProgrammeView = {
  id: number;
  code: string;
  name: string;
  basis: string;
  defaultDuty: DutyView;
  /** In the order of their positions, which run from 1. */
  indicators: IndicatorView[];
};

export type PlanHead = {
  programme: string;
  key: string;
  version: number;
  unitId: number;
  unitCode: string;
  document: string;
  number: string | null;
  /** YYYY-MM-DD, or null when the document leaves the day blank. */
  issuedOn: string | null;
  issuedWording: string;
  signer: string | null;
  title: string;
  parentKey: string | null;
  parentWording: string | null;
  aggregator: string | null;
  /** "minh hoạ": no such text is known; to be shown as such everywhere. */
  illustrative: boolean;
  notes: string[];
  recordedFrom: Date;
};

type PlanView = PlanHead & { duties: DutyView[]; targets: TargetView[]; goals: PlanGoal[] };

const dutyColumns = `d.id, d.edge, d.reporters, d.receiver, d.receiver_wording as "receiverWording", d.aggregator,
  d.due_h1 as "dueH1", d.due_h2 as "dueH2", d.due_wording as "dueWording", d.cutoff_h1 as "cutoffH1",
  d.cutoff_h2 as "cutoffH2", d.inferred, d.confirmed, d.strict, d.weekend_to_monday as "weekendToMonday", d.note,
  (select coalesce(d.due_h1 < coalesce(d.cutoff_h1, s.cutoff_h1) or d.due_h2 < coalesce(d.cutoff_h2, s.cutoff_h2), false)
   from duty s where s.programme_id = d.programme_id and s.plan_version_id is null and s.recorded_to is null) as "dueBeforeCutoff"`;

/**
 * @param mine only those within reach of the unit $3 on the day $4, and those above it, which bind it
 * A condition is in the text or not: "$3 is null or …" would be planned for both at once.
 */
const planHeads = (
  mine: boolean,
) => `select g.code as programme, p.key, v.version, v.unit_id as "unitId", u.code as "unitCode",
    v.body->>'document' as document, v.number, v.issued_on::text as "issuedOn", v.issued_wording as "issuedWording",
    v.body->>'signer' as signer, v.title, v.parent_key as "parentKey", v.parent_wording as "parentWording",
    v.aggregator, v.illustrative, v.body->'notes' as notes, v.recorded_from as "recordedFrom",
    v.id as "versionId", v.body->'goals' as goals
  from plan_version v
  join plan p on p.id = v.plan_id
  join programme g on g.id = p.programme_id
  join org_unit u on u.id = v.unit_id
  where g.code = $1 and case when $2::timestamptz is null then v.recorded_to is null
    else v.recorded_from <= $2 and (v.recorded_to is null or v.recorded_to > $2) end
    ${
      mine
        ? `and (exists (select from lineage(v.unit_id, $4::date) l where l.unit_id = $3)
      or exists (select from lineage($3, $4::date) l where l.unit_id = v.unit_id))`
        : ''
    }`;

@Injectable()
export class PlansService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /**
   * Imports a plan file for the caller's unit or one below it. Errors in the file are data of the answer (status
   * `refused`, nothing written). A dry run is the same work rolled back.
   * @param caller null = the operator who seeds the system
   * @throws Problem unit.not_found when the plan's unit is out of reach
   */
  async importPlan(caller: Caller | null, source: string, options: { dryRun: boolean }): Promise<PlanImport> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.startTransaction();
      // A key is the whole country's: that another unit has taken it must be seen, whoever imports. Reach is checked within.
      await inScope(EVERYONE, () => keepScope(this.dataSource, runner.manager));
      const importer = caller && { caller, today: this.clock.today() };
      const outcome = await importPlanFile(runner.manager, importer, source, this.clock.forDatabase());
      if (options.dryRun || outcome.status === 'refused') await runner.rollbackTransaction();
      else await runner.commitTransaction();
      return { ...outcome, dryRun: options.dryRun };
    } catch (error) {
      if (runner.isTransactionActive) await runner.rollbackTransaction();
      throw error;
    } finally {
      await runner.release();
    }
  }

  /**
   * The receiver's word on the dates that a plan sets for reporting upward. Rounds opened from now on go by it.
   * @throws Problem plan.not_found | duty.not_found | access.denied for the plan's own unit
   */
  async confirmDuty(caller: Caller, decision: DutyDecision): Promise<DutyView> {
    await transact(this.dataSource, (db) =>
      confirmDuty(db, { caller, today: this.clock.today() }, decision, this.clock.forDatabase()),
    );
    const { duties } = await this.plan(caller, decision.programme, decision.key);
    return duties.find(({ edge }) => edge === 'upward')!;
  }

  /** @throws Problem programme.not_found */
  async programme(code: string): Promise<ProgrammeView> {
    const head = await row<Omit<ProgrammeView, 'defaultDuty' | 'indicators'>>(
      this.dataSource,
      'select id, code, name, basis from programme where code = $1',
      [code],
    );
    if (!head) throw new Problem('programme.not_found', { code });
    const defaultDuty = await row<DutyView>(
      this.dataSource,
      `select ${dutyColumns} from duty d
       where d.programme_id = $1 and d.plan_version_id is null and d.recorded_to is null`,
      [head.id],
    );
    const indicators = await rows<IndicatorView>(
      this.dataSource,
      `select id, position, code, name, kind, over_time as "overTime", unit_label as "unitLabel", numerator, denominator,
         denominator_group as "denominatorGroup", clause, derived, not_applicable_allowed as "notApplicableAllowed",
         scale, first_round as "firstRound", adds_up_from as "addsUpFrom", listed_from as "listedFrom", checks
       from indicator where programme_id = $1 order by position`,
      [head.id],
    );
    return { ...head, defaultDuty: defaultDuty!, indicators };
  }

  /**
   * The plans of a programme, highest level first, then by unit code and key.
   * @param caller sees those of its own unit, of those below it and of those above it; null = the operator
   * @param filter `unitCode`: only plans that this unit issued; `asOf`: as recorded at that instant, default now
   * @throws Problem request.invalid | asof.future
   */
  async plans(
    caller: Caller | null,
    filter: { programme: string; unitCode?: string | null; asOf?: Date | null },
  ): Promise<PlanHead[]> {
    const found = await this.heads(caller, filter.programme, filter.asOf ?? null, 'u.code', filter.unitCode ?? null);
    return found.map(({ versionId: _versionId, goals: _goals, ...head }) => head);
  }

  /**
   * One plan with its duties, targets and goals in the order of the document.
   * @param caller as for `plans`
   * @param asOf as recorded at that instant, default now
   * @throws Problem plan.not_found, the same for one that does not exist and one out of sight | request.invalid | asof.future
   */
  async plan(caller: Caller | null, programme: string, key: string, asOf: Date | null = null): Promise<PlanView> {
    const [found] = await this.heads(caller, programme, asOf, 'p.key', key);
    if (!found) throw new Problem('plan.not_found', { key });
    const { versionId, goals, ...head } = found;
    const duties = await rows<DutyView>(
      this.dataSource,
      `select ${dutyColumns} from duty d where d.plan_version_id = $1 order by d.id`,
      [versionId],
    );
    const targets = await rows<TargetView>(
      this.dataSource,
      `select t.id, i.code as indicator, i.name as "indicatorName", i.kind, t.year, t.every_year as "everyYear",
           t.comparator, t.threshold, t.binds, t.wording, t.clause, t.denominator_wording as "denominatorWording"
         from target t join indicator i on i.id = t.indicator_id where t.plan_version_id = $1 order by t.id`,
      [versionId],
    );
    return { ...head, duties, targets, goals };
  }

  /** Those of which `column` is `value`; all where that is null. */
  private heads(caller: Caller | null, programme: string, asOf: Date | null, column: string, value: string | null) {
    const parameters: unknown[] = [programme, this.reached(asOf)];
    if (caller) parameters.push(caller.unitId, this.clock.today());
    if (value !== null) parameters.push(value);
    return rows<PlanHead & { versionId: number; goals: PlanGoal[] }>(
      this.dataSource,
      `${planHeads(caller !== null)} ${value === null ? '' : `and ${column} = $${parameters.length}`}
       order by u.level, u.code, p.key`,
      parameters,
    );
  }

  /** @throws Problem request.invalid for what is no instant of the years 1–9999 | asof.future */
  private reached(asOf: Date | null | undefined): Date | null {
    if (!asOf) return null;
    const year = asOf.getUTCFullYear();
    if (!(year >= 1 && year <= 9999)) throw new Problem('request.invalid', { reason: 'asOf: ISO 8601' });
    const now = this.clock.now();
    if (asOf > now) throw new Problem('asof.future', { asked: asOf.toISOString(), now: now.toISOString() });
    return asOf;
  }
}
