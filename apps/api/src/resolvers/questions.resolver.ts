/** Questions people ask of one indicator over all communes below a unit, one request each. */
import { Args, Int, Query, Resolver } from '@nestjs/graphql';
import { type Caller, Can } from '#access';
import {
  type Answer,
  type AssessmentStatus,
  type BandCode,
  type Basis,
  type Move,
  QuestionsService,
  type RankingOrder,
} from '#rollups';
import { AsOf, WhoCalls } from '../caller.guard.js';
import { extremesModel, gapsModel, moversModel, rankingModel } from '../models/questions.answers.js';
import {
  AnswerEnum,
  BandEnum,
  ExtremesModel,
  GapsModel,
  LevelBelowEnum,
  MoveEnum,
  MoversModel,
  PlanSideEnum,
  RankingModel,
  RankingOrderEnum,
} from '../models/questions.js';
import { AssessmentStatusEnum, BasisEnum } from '../models/shared.js';
import { Refuses } from '../told.js';

const programme = () => Args('programme', { defaultValue: 'NQ57-TT' });
const unitArg = () => Args('unit', { type: () => String, nullable: true, description: "Default: the caller's own" });
const basisArg = () => Args('basis', { type: () => BasisEnum, defaultValue: 'accepted' });
const indicatorArg = () => Args('indicator', { description: 'Its code, e.g. "nguoi_dan_tiep_can"' });
const periodArg = () => Args('period', { description: 'A round (2026H1)' });
const first = () => Args('first', { type: () => Int, defaultValue: 50, description: '1–500' });
const after = () => Args('after', { type: () => String, nullable: true });
const listOf = (name: string, of: object, description: string) =>
  Args(name, { type: () => [of], nullable: true, description });
const asOfArg = () =>
  Args('asOf', {
    type: () => String,
    nullable: true,
    description: 'What was recorded up to this instant (ISO 8601, to the microsecond); now if left out',
  });

/** All moves but those that are none. */
const usualMoves: Move[] = ['up', 'down', 'appeared', 'disappeared'];

@Resolver()
export class QuestionsResolver {
  constructor(private readonly questions: QuestionsService) {}

  @Query(() => RankingModel, { description: 'One indicator across all communes below a unit, ranked exactly.' })
  @Can('total.read')
  async ranking(
    @WhoCalls() caller: Caller,
    @indicatorArg() indicator: string,
    @periodArg() period: string,
    @unitArg() unit: string | null,
    @basisArg() basis: Basis,
    @Args('order', { type: () => RankingOrderEnum, defaultValue: 'best_first' }) order: RankingOrder,
    @listOf('own', AssessmentStatusEnum, 'Status against the own plan; no plan counts as NO_TARGET')
    own: AssessmentStatus[] | null,
    @listOf('superior', AssessmentStatusEnum, 'Status against the superior plan') superior: AssessmentStatus[] | null,
    @listOf('answers', AnswerEnum, '"No data": [MISSING, NOT_REPORTED]') answers: Answer[] | null,
    @listOf('bands', BandEnum, 'Of ratios') bands: BandCode[] | null,
    @asOfArg() _: string | null,
    @AsOf() asOf: string,
    @first() size: number,
    @after() cursor: string | null,
    @programme() code: string,
  ) {
    const question = { unitCode: unit, programme: code, period, basis, asOf, indicator };
    const filter = { own, superior, answers, bands };
    return rankingModel(await this.questions.ranking(caller, question, order, filter, { first: size, after: cursor }));
  }

  @Query(() => ExtremesModel, { description: 'The best and the worst communes below a unit.' })
  @Can('total.read')
  async extremes(
    @WhoCalls() caller: Caller,
    @indicatorArg() indicator: string,
    @periodArg() period: string,
    @unitArg() unit: string | null,
    @basisArg() basis: Basis,
    @Args('count', { type: () => Int, defaultValue: 10, description: '1–100 of each' }) count: number,
    @asOfArg() _: string | null,
    @AsOf() asOf: string,
    @programme() code: string,
  ) {
    const question = { unitCode: unit, programme: code, period, basis, asOf, indicator };
    return extremesModel(await this.questions.extremes(caller, question, count));
  }

  @Query(() => MoversModel, { description: 'What moved since the half-year before; biggest ups and downs first.' })
  @Can('total.read')
  async movers(
    @WhoCalls() caller: Caller,
    @indicatorArg() indicator: string,
    @periodArg() period: string,
    @unitArg() unit: string | null,
    @basisArg() basis: Basis,
    @Args('level', { type: () => LevelBelowEnum, defaultValue: 'commune' }) level: 'province' | 'commune',
    @Args('moves', { type: () => [MoveEnum], defaultValue: usualMoves }) moves: Move[],
    @asOfArg() _: string | null,
    @AsOf() asOf: string,
    @first() size: number,
    @after() cursor: string | null,
    @programme() code: string,
  ) {
    const question = { unitCode: unit, programme: code, period, basis, asOf, indicator };
    return moversModel(await this.questions.movers(caller, question, level, moves, { first: size, after: cursor }));
  }

  @Query(() => GapsModel, { description: "Which communes' gaps contribute most to missing the unit's target." })
  @Can('total.read')
  @Refuses('target.not_found')
  async gaps(
    @WhoCalls() caller: Caller,
    @indicatorArg() indicator: string,
    @periodArg() period: string,
    @unitArg() unit: string | null,
    @basisArg() basis: Basis,
    @Args('against', { type: () => PlanSideEnum, defaultValue: 'own' }) against: 'own' | 'superior',
    @asOfArg() _: string | null,
    @AsOf() asOf: string,
    @first() size: number,
    @after() cursor: string | null,
    @programme() code: string,
  ) {
    const question = { unitCode: unit, programme: code, period, basis, asOf, indicator };
    return gapsModel(await this.questions.gaps(caller, question, against, { first: size, after: cursor }));
  }
}
