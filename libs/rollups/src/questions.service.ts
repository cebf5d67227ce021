/**
 * Questions people ask of one indicator, one request each: all communes below a unit in a ranking, what moved since the
 * last round, best and worst, and whose gaps make the unit miss its target. Read anew from what stands at an instant,
 * compared exactly; units are those that owe the round (docs/semantics.md §1, §4, §6).
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller } from '#access';
import { type PageRequest, Problem, pageSize } from '#core';
import { applicableTarget, coverageOf } from './assessment.js';
import { parseDecimal } from './fraction.js';
import { type Gaps, gapsTo } from './gaps.js';
import { Horizon } from './horizon.js';
import { pageOf, placeOf } from './listed.js';
import { type Move, moveCounts, movedBetween } from './movers.js';
import { type Period, parsePeriod, roundsOf } from './period.js';
import { namesOf, type RankedRound, roundBefore, type UnitSlot, unitSlots, withClosings } from './question.reads.js';
import type {
  About,
  EndsOfRanking,
  GapAnswer,
  IndicatorQuestion,
  Movers,
  PlacedUnit,
  Ranking,
  RankingFilter,
  Seen,
  Standing,
} from './questions.js';
import { bandCounts, extremesOf, gapTo, inOrder, type Ranked, type RankingOrder, ranked } from './ranking.js';
import { programmeAt, type TotalIndicator, type TotalUnit } from './reads.js';
import { plansOn } from './target.reads.js';
import { assessed, type Figure, shown, targetsBinding } from './total.js';
import { answerCounts, figuresOf, parentFigures, type UnitFigure, type UnitKey, unitFigures } from './unit-figures.js';

/** `rounds`: the period's own last, before it those it rests on. */
type Frame = About & { at: Period; rounds: RankedRound[]; lineage: number[] };
const MOST_EXTREMES = 100;

@Injectable()
export class QuestionsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly access: AccessService,
    private readonly horizon: Horizon,
  ) {}

  /**
   * One indicator across all communes below a unit. Ranks are among all of them, whatever is filtered or ordered by.
   * @throws Problem unit.not_found | programme.not_found | round.not_found | period.invalid | request.invalid
   */
  async ranking(
    caller: Caller,
    question: IndicatorQuestion,
    order: RankingOrder,
    filter: RankingFilter,
    page: PageRequest,
  ): Promise<Ranking> {
    const size = pageSize(page);
    const { after, asOf } = placeOf(page, question.asOf);
    const frame = await this.frame(caller, { ...question, asOf });
    if (order.endsWith('_gap') && frame.indicator.kind === 'milestone')
      throw new Problem('request.invalid', { reason: `order: ${order}; "${question.indicator}": milestone` });
    const best = await this.rankedBelow(frame);
    const byTarget = order.endsWith('_gap') || filter.own || filter.superior;
    const against = byTarget ? await this.against(frame, best) : null;
    const statusOf = (unit: Ranked, plan: keyof Standing) => against?.standing(unit, plan)?.status ?? 'no_target';
    const kept = best.filter(
      (unit) =>
        (!filter.answers || filter.answers.includes(unit.answer)) &&
        (!filter.bands || (unit.band !== null && filter.bands.includes(unit.band.code))) &&
        (!filter.own || filter.own.includes(statusOf(unit, 'own'))) &&
        (!filter.superior || filter.superior.includes(statusOf(unit, 'superior'))),
    );
    const names = order === 'name' ? await this.names(frame) : null;
    const listed = inOrder(kept, order, {
      nameOf: ({ unit }) => names!.get(unit.id)!.name,
      gapOf: (unit) => against!.gap(unit, order === 'own_gap' ? 'own' : 'superior'),
    });
    const found = pageOf(listed, size, after, frame.asOf);
    const { place } = against ?? (await this.against(frame, found.items));
    return {
      ...frame,
      names: names ?? (await this.names(frame, found.items)),
      page: { ...found, items: found.items.map(place) },
      bands: frame.indicator.kind === 'ratio' ? bandCounts(best) : [],
      answered: answerCounts(best),
    };
  }

  /** The best and the worst `count` communes below a unit. @throws Problem as ranking does */
  async extremes(caller: Caller, question: IndicatorQuestion, count: number): Promise<EndsOfRanking> {
    if (!Number.isInteger(count) || count < 1 || count > MOST_EXTREMES)
      throw new Problem('request.invalid', { reason: `count: 1–${MOST_EXTREMES}` });
    const frame = await this.frame(caller, question);
    const ends = extremesOf(await this.rankedBelow(frame), count);
    const listed = [...ends.best, ...ends.worst];
    const [{ place }, names] = await Promise.all([this.against(frame, listed), this.names(frame, listed)]);
    return { ...frame, ...ends, names, best: ends.best.map(place), worst: ends.worst.map(place) };
  }

  /**
   * What moved since the half-year opened before: communes below a unit, or its provinces as sums of their communes.
   * @param kept moves to list; all are counted. @throws Problem as ranking does
   */
  async movers(
    caller: Caller,
    question: IndicatorQuestion,
    level: 'province' | 'commune',
    kept: readonly Move[],
    page: PageRequest,
  ): Promise<Movers> {
    const size = pageSize(page);
    const { after, asOf } = placeOf(page, question.asOf);
    const frame = await this.frame(caller, { ...question, asOf });
    const last = frame.rounds.at(-1)!;
    const since = (await roundBefore(this.dataSource, last.id, frame.asOf)) ?? null;
    // Whether a round is closed has no part in what moved.
    const slots = await this.slots(frame, since ? [{ ...since, closedIn: new Set() }, last] : [last]);
    const provinces = level === 'province' ? await this.names(frame) : new Map();
    const figuresIn = (round: string): UnitFigure[] => {
      const ofRound = slots.filter(({ vector }) => vector.round === round);
      if (level === 'commune') return unitFigures(frame.indicator, ofRound, round);
      return parentFigures(frame.indicator, ofRound, provinces);
    };
    const all = movedBetween(since ? figuresIn(since.code) : [], figuresIn(frame.period));
    const listed = all.filter(({ move }) => kept.includes(move));
    const found = pageOf(listed, size, after, frame.asOf);
    return {
      ...frame,
      names: await this.names(frame, found.items),
      since: since?.code ?? null,
      page: {
        ...found,
        items: found.items.map((one) => ({
          ...one,
          before: this.seen(frame, one.before),
          after: this.seen(frame, one.after),
        })),
      },
      counts: moveCounts(all),
    };
  }

  /**
   * Which communes' gaps make the unit miss its target, in persons (or what the numerator counts).
   * @param against the unit's own plan, or the nearest superior one that binds it
   * @throws Problem target.not_found without a target in numbers; request.invalid unless a ratio; else as ranking does
   */
  async gaps(
    caller: Caller,
    question: IndicatorQuestion,
    against: keyof Standing,
    page: PageRequest,
  ): Promise<GapAnswer> {
    const size = pageSize(page);
    const { after, asOf } = placeOf(page, question.asOf);
    const frame = await this.frame(caller, { ...question, asOf });
    const { indicator, unit } = frame;
    if (indicator.kind !== 'ratio')
      throw new Problem('request.invalid', { reason: `"${indicator.code}": ${indicator.kind} ≠ ratio` });
    const [slots, plans] = await Promise.all([
      this.slots(frame, frame.rounds),
      plansOn(this.dataSource, indicator, frame.lineage, frame.asOf),
    ]);
    const binding = targetsBinding(indicator, frame.lineage, plans)[against];
    const goal = applicableTarget(binding, frame.at);
    const { comparator = null, threshold = null } = goal?.target ?? {};
    if (!goal || comparator === null || threshold === null)
      throw new Problem('target.not_found', { unit: unit.code, indicator: indicator.code, period: frame.period });
    const figures = unitFigures(indicator, slots, frame.period).map((figure) => ({
      ...figure,
      held: figuresOf(indicator, figure, frame.at).held,
    }));
    const gaps = gapsTo(figures, { comparator, threshold: parseDecimal(threshold) }, indicator.scale);
    const found = pageOf(gaps.contributions, size, after, frame.asOf);
    return {
      ...frame,
      ...gaps,
      names: await this.names(frame, [...found.items, ...gaps.unknown]),
      target: { ...goal.target, comparator, threshold },
      targetYear: goal.year,
      total: shown(indicator, sumOf(indicator, gaps)),
      page: { ...found, items: found.items.map((one) => ({ ...one, ...shown(indicator, one.held) })) },
    };
  }

  private async frame(caller: Caller, question: IndicatorQuestion): Promise<Frame> {
    const at = parsePeriod(question.period);
    if (at.half === null) throw new Problem('request.invalid', { reason: 'period: <năm>H1 | <năm>H2' });
    const unit = await this.access.reach(caller, question.unitCode);
    const asOf = await this.horizon.at(question.asOf);
    const year = roundsOf({ year: at.year, half: null }).slice(0, at.half);
    const { indicators, rounds } = await programmeAt(this.dataSource, question.programme, year, asOf);
    const indicator = indicators.find(({ code }) => code === question.indicator);
    if (!indicator || indicator.kind === 'text')
      throw new Problem('request.invalid', { reason: `indicator: "${question.indicator.slice(0, 80)}"` });
    if (rounds.at(-1)?.code !== question.period) throw new Problem('round.not_found', { code: question.period });
    // Only what adds up over a year needs its earlier rounds: a milestone's earlier yes has been carried over already.
    const needed = indicator.overTime === 'sum' ? rounds : rounds.slice(-1);
    const asked = await withClosings(this.dataSource, needed, asOf);
    const { period, basis } = question;
    return { unit, indicator, period, basis, asOf, at, rounds: asked, lineage: unit.lineage };
  }

  /** Below a commune there is nothing that owes a round. */
  private async slots({ unit, indicator, basis, asOf }: Frame, rounds: RankedRound[]): Promise<UnitSlot[]> {
    if (unit.level > 1) return [];
    const province = unit.level === 0 ? null : unit.id;
    return unitSlots(this.dataSource, province, rounds, indicator.position, basis, asOf);
  }

  /** Names of units and of what they belong to; of all when none are given. */
  private names({ rounds, asOf }: Frame, units?: readonly { unit: UnitKey }[]): Promise<Map<number, TotalUnit>> {
    const ids = units && [...new Set(units.flatMap(({ unit }) => [unit.id, unit.parentId!]))];
    return namesOf(this.dataSource, ids ?? null, rounds.at(-1)!.id, asOf);
  }

  private seen({ indicator }: Frame, figure: UnitFigure | null): Seen | null {
    if (!figure) return null;
    const own = figuresOf(indicator, figure, parsePeriod(figure.vectors.at(-1)!.round)).shown;
    return { ...shown(indicator, own), answer: figure.answer, coverage: own.coverage };
  }

  /** All communes below, best first. */
  private async rankedBelow(frame: Frame): Promise<Ranked[]> {
    const slots = await this.slots(frame, frame.rounds);
    return ranked(frame.indicator, unitFigures(frame.indicator, slots, frame.period));
  }

  /** How some of the units below stand against their targets. Read for those alone that are shown or sorted by it. */
  private async against(frame: Frame, units: readonly UnitFigure[]) {
    const { indicator, at } = frame;
    const binding = await this.binding(frame, units);
    const standing = (unit: Ranked, plan: keyof Standing) =>
      assessed(figuresOf(indicator, unit, at).held, indicator, binding(unit)[plan], at, unit.vectors.at(-1)!.closed);
    const gap = (unit: Ranked, plan: keyof Standing) =>
      gapTo(figuresOf(indicator, unit, at).held, binding(unit)[plan], at);
    const place = (unit: Ranked): PlacedUnit => ({
      ...unit,
      ...shown(indicator, figuresOf(indicator, unit, at).shown),
      own: standing(unit, 'own'),
      superior: standing(unit, 'superior'),
      ownGap: gap(unit, 'own'),
      superiorGap: gap(unit, 'superior'),
    });
    return { standing, gap, place };
  }

  /** The targets that bind each of some units below. */
  private async binding(frame: Frame, units: readonly UnitFigure[]) {
    const parents = [...new Set(units.map(({ unit }) => unit.parentId!))];
    const ids = [...units.map(({ unit }) => unit.id), ...parents, ...frame.lineage];
    const plans = await plansOn(this.dataSource, frame.indicator, [...new Set(ids)], frame.asOf);
    return ({ unit }: UnitFigure) => {
      const above = frame.lineage[0] === unit.parentId ? frame.lineage : [unit.parentId!, ...frame.lineage];
      return targetsBinding(frame.indicator, [unit.id, ...above], plans);
    };
  }
}

function sumOf({ kind, scale }: TotalIndicator, gaps: Gaps): Figure {
  const [value, notApplicable, missing] = [gaps.contributions, gaps.notApplicable, gaps.unknown].map((of) => of.length);
  const coverage = coverageOf({ value: value!, notApplicable: notApplicable!, missing: missing!, notReported: 0 });
  const { n, d } = value ? gaps : { n: null, d: null };
  return { kind, scale, n, d, coverage, estimated: 0, countedIn: 'units' };
}
