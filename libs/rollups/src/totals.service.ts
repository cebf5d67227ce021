/**
 * Totals of a unit, and of all units directly below it in one question, against their targets. Everything is read anew
 * from the standing versions' sums, so the first read after a commit sees it (docs/semantics.md §4).
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller } from '#access';
import { Clock, decodeCursor, type Instant, type Page, type PageRequest, Problem, pageSize, rows, toPage } from '#core';
import { levels } from '#organisations';
import { isAskedOf } from '#programmes';
import { unitsMeeting } from './assessment.js';
import { childrenThen, successorLines } from './boundaries.reads.js';
import { Horizon } from './horizon.js';
import { AD_HOC, halfYearsBetween, parsePeriod, periodCode, roundsUpTo } from './period.js';
import { type Basis, cellLines, type Line, nationLines, programmeAt, reportLines, type TotalUnit } from './reads.js';
import { type PlansInForce, plansOf } from './target.reads.js';
import type { Total } from './total.js';
import { type Ground, KeptTotals } from './unit-totals.js';

export type UnitTotals = {
  unit: TotalUnit;
  period: string;
  basis: Basis;
  /** The instant up to which the record was read. */
  asOf: Instant;
  /** Of the period's latest opened round: units that owe a report, and those whose report counts on this basis. */
  expected: number;
  reported: number;
  closed: boolean;
  totals: readonly Total[];
};

export const boundaries = ['as_reported', 'today'] as const;
export type Boundaries = (typeof boundaries)[number];

/**
 * @property asOf what was recorded up to this instant; now if left out
 * @property figuresAlone nothing is held against targets (`own` and `superior` are null), and no plan is read: those of all
 * communes say many times more than their figures
 */
export type TotalsQuestion = {
  unitCode?: string | null;
  programme: string;
  period: string;
  basis: Basis;
  asOf?: string | null;
  figuresAlone?: boolean;
};

/** Code of an ad hoc round: the year it is due in, and its number. */
const NO_PLANS: PlansInForce = new Map();

type Frame = { ground: Ground; basis: Basis; periodCode: string; asOf: Instant; figuresAlone: boolean };

@Injectable()
export class TotalsService {
  private readonly kept = new KeptTotals();

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly access: AccessService,
    private readonly horizon: Horizon,
  ) {}

  /** Totals of one unit. @throws Problem unit.not_found | period.invalid | round.not_found */
  async totals(caller: Caller, question: TotalsQuestion): Promise<UnitTotals> {
    const framing = this.frame(question);
    const { lineage, ...unit } = await first(this.access.reach(caller, question.unitCode), framing);
    const frame = await framing;
    const [found] = await this.totalsOf(frame, [unit], lineage);
    const below = await this.below(frame, unit, lineage);
    const totals = found!.totals.map((total) => ({
      ...total,
      below: below.get(total.indicator.position)?.meeting ?? null,
      denominatorWordings: below.get(total.indicator.position)?.wordings ?? [],
    }));
    return { ...found!, totals };
  }

  /**
   * Totals of every unit directly below one, in the order of their codes, one page.
   * @param on 'as_reported': the units that owed the report; 'today': reports of merged units count for their successor
   * (10 + 11 = 21), those of a split one stay its own
   */
  async childTotals(
    caller: Caller,
    question: TotalsQuestion,
    page: PageRequest,
    on: Boundaries = 'as_reported',
  ): Promise<Page<UnitTotals>> {
    const size = pageSize(page, 200);
    // A cursor carries its instant: all pages of one list tell of the same moment.
    const [after, asOf] = page.after ? decodeCursor(page.after, 2) : ['', question.asOf ?? null];
    const framing = this.frame({ ...question, asOf: asOf === null ? null : String(asOf) });
    const parent = await first(this.access.reach(caller, question.unitCode), framing);
    const frame = await framing;
    const children = await childrenThen(
      this.dataSource,
      parent,
      // A year has the units of all its rounds, so that a unit merged between two of them keeps what it reported.
      (frame.ground.period.half === null ? frame.ground.rounds : frame.ground.rounds.slice(-1)).map(({ id }) => id),
      frame.asOf,
      on,
      this.clock.today(),
    );
    const wanted = children.filter((unit) => unit.code > String(after)).slice(0, size + 1);
    const totals = await this.totalsOf(frame, wanted, parent.lineage, on);
    return toPage(totals, size, children.length, (item) => [item.unit.code, frame.asOf]);
  }

  /**
   * Totals of one unit in every opened round from one to another, oldest first: the other axis.
   * @throws Problem period.invalid unless both are half-years; round.not_found when none of them is opened
   */
  async series(
    caller: Caller,
    question: Omit<TotalsQuestion, 'period'>,
    from: string,
    to: string,
  ): Promise<UnitTotals[]> {
    const { lineage, ...unit } = await this.access.reach(caller, question.unitCode);
    const [first, last] = [parsePeriod(from), parsePeriod(to)];
    if (first.half === null || last.half === null)
      throw new Problem('period.invalid', { period: first.half === null ? from : to });
    const asOf = await this.horizon.at(question.asOf);
    const codes = halfYearsBetween(first, last);
    const opened = await programmeAt(this.dataSource, question.programme, codes, asOf);
    if (opened.rounds.length === 0) throw new Problem('round.not_found', { code: from });
    const points: UnitTotals[] = [];
    for (const { code } of opened.rounds) {
      const frame = await this.frame({ ...question, period: code, asOf });
      points.push(...(await this.totalsOf(frame, [unit], lineage)));
    }
    return points;
  }

  private async frame(question: TotalsQuestion): Promise<Frame> {
    const adHoc = AD_HOC.exec(question.period);
    const period = adHoc ? { year: Number(adHoc[1]), half: 2 as const } : parsePeriod(question.period);
    const asOf = await this.horizon.at(question.asOf);
    const codes = adHoc ? [question.period] : roundsUpTo(period);
    const programme = await programmeAt(this.dataSource, question.programme, codes, asOf);
    const { id, edition, indicators, rounds } = programme;
    const latest = rounds.at(-1);
    if (!latest || (period.half !== null && latest.code !== question.period))
      throw new Problem('round.not_found', { code: question.period });
    const ground = {
      period,
      adHoc: adHoc !== null,
      heldAt: adHoc ? period : parsePeriod(latest.code),
      programmeId: id,
      edition,
      // An indicator asked only later has no place in an earlier round.
      indicators: indicators.filter((indicator) => indicator.firstRound <= latest.code),
      // An ad hoc round has no place among the half-years; its year's last one stands in for it where figures are combined.
      rounds: adHoc ? [{ ...latest, code: periodCode(period) }] : rounds,
    };
    const { basis, figuresAlone = false } = question;
    return { ground, basis, periodCode: question.period, asOf, figuresAlone };
  }

  /**
   * Totals of units of one level.
   * @param above the lineage that the units share: of the unit itself when there is one, else of their parent
   */
  private async totalsOf(
    frame: Frame,
    units: TotalUnit[],
    above: number[],
    on: Boundaries = 'as_reported',
  ): Promise<UnitTotals[]> {
    const level = units[0]?.level;
    if (level === undefined) return [];
    const ids = units.map((unit) => unit.id);
    const [lines, plans] = await Promise.all([
      this.lines(frame, level, ids, on),
      frame.ground.adHoc || frame.figuresAlone
        ? NO_PLANS
        : plansOf(this.dataSource, [...new Set([...ids, ...above])], frame.ground.programmeId, frame.asOf),
    ]);
    const byUnit = new Map<number, Line[]>(ids.map((id) => [id, []]));
    for (const line of lines) byUnit.get(line.unitId)!.push(line);
    return units.map((unit) => {
      const lineage = above[0] === unit.id ? above : [unit.id, ...above];
      const kept = this.kept.of(frame.ground, byUnit.get(unit.id)!, lineage, plans);
      const { periodCode: period, basis, asOf } = frame;
      // A local unit is asked less than its commune; what it is not asked is not missing.
      const totals =
        level < levels.local ? kept.totals : kept.totals.filter(({ indicator }) => isAskedOf(indicator, unit.kind));
      return { unit, period, basis, asOf, ...kept, totals };
    });
  }

  private lines(frame: Frame, level: number, ids: number[], on: Boundaries): Promise<Line[]> {
    const { basis, asOf } = frame;
    const { rounds } = frame.ground;
    if (level === 0) return nationLines(this.dataSource, ids[0]!, rounds, basis, asOf);
    if (level === 2 && on === 'today')
      return successorLines(this.dataSource, ids, rounds, basis, asOf, this.clock.today());
    return (level === 1 ? cellLines : reportLines)(this.dataSource, ids, rounds, basis, asOf);
  }

  /**
   * Beside a total: how many units directly below meet their own target, of those that have one, and the different
   * wordings of the denominator in their plans (docs/semantics.md §2, §6).
   */
  private async below(
    frame: Frame,
    unit: TotalUnit,
    lineage: number[],
  ): Promise<Map<number, { meeting: { meeting: number; having: number }; wordings: string[] }>> {
    const result = new Map<number, { meeting: { meeting: number; having: number }; wordings: string[] }>();
    if (unit.level > 1 || frame.ground.adHoc) return result;
    const planned = await rows<TotalUnit>(
      this.dataSource,
      `select u.id, u.code, u.level, u.kind, u.name, u.parent_id as "parentId" from org_units_on($2) u
       where u.parent_id = $1 and exists (select from plan_version v where v.unit_id = u.id
         and v.recorded_from <= $3::timestamptz and (v.recorded_to is null or v.recorded_to > $3::timestamptz))
       order by u.code`,
      [unit.id, this.clock.today(), frame.asOf],
    );
    const children = await this.totalsOf(frame, planned, lineage);
    for (const indicator of frame.ground.indicators) {
      const own = children.flatMap(
        ({ totals }) => totals.find((total) => total.indicator.id === indicator.id)?.own ?? [],
      );
      const wordings = [...new Set(own.flatMap((assessment) => assessment.denominatorWording ?? []))];
      result.set(indicator.position, { meeting: unitsMeeting(own), wordings });
    }
    return result;
  }
}

/** The first, while the second is under way; what goes wrong in the second is told only after the first. */
function first<T>(work: Promise<T>, beside: Promise<unknown>): Promise<T> {
  beside.catch(() => {});
  return work;
}
