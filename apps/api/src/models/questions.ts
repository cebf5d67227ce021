/** Answers to questions on one indicator over many units, in the schema: rankings, movers, extremes, gaps. */
import { Field, Int, ObjectType } from '@nestjs/graphql';
import {
  type About,
  type Answer,
  answers,
  type Band,
  bandCodes,
  type GapAnswer,
  type Move,
  moves,
  rankingOrders,
  type Seen,
} from '#rollups';
import { BasisEnum, ComparatorEnum, Exact, enumOf, NoValueEnum, Sentence, UnitRef } from './shared.js';
import { AssessmentModel, TotalIndicatorModel } from './totals.js';

export const AnswerEnum = enumOf(
  'FigureAnswer',
  answers,
  'What a unit answered. "No data" is MISSING or NOT_REPORTED.',
);
export const BandEnum = enumOf('RankingBand', bandCodes, 'Half-open: FROM_80 reaches up to 90 %, without 90 % itself.');
export const MoveEnum = enumOf(
  'Move',
  moves,
  'APPEARED: a value now and none in the round before. WITHOUT: in neither.',
);
export const RankingOrderEnum = enumOf(
  'RankingOrder',
  rankingOrders,
  'Equal ones by code, those without a value last. OWN_GAP, SUPERIOR_GAP: the one lacking most first.',
);
export const LevelBelowEnum = enumOf('LevelBelow', ['province', 'commune'], 'Of provinces their communes are summed.');
export const PlanSideEnum = enumOf(
  'PlanSide',
  ['own', 'superior'],
  "The unit's own plan, or the superior one binding it.",
);

const HOW_EXACT = 'Exact, as "n/d" in lowest terms';

@ObjectType('FigureDifference', {
  description: 'Signed; percentage points for ratios and milestones, else the number.',
})
export class DifferenceModel {
  @Field({ description: HOW_EXACT }) exact!: string;
  @Field({ description: '"+3,4 điểm %", "-12"' }) display!: string;
}

@ObjectType('BandOfRanking')
export class BandModel {
  @Field(() => BandEnum) code!: Band['code'];
  @Field(() => Exact, { description: 'Percent, inclusive' }) from!: string;
  @Field(() => Exact, { nullable: true, description: 'Percent, exclusive; null: 100 inclusive' }) to!: string | null;
  @Field(() => Sentence) label!: Sentence;
}

@ObjectType('BandCount')
export class BandCountModel {
  @Field(() => BandModel) band!: BandModel;
  @Field(() => Int) units!: number;
}

@ObjectType('AnswerCounts', { description: 'They add up to the units that owe the round.' })
export class AnswerCountsModel implements Record<Answer, number> {
  @Field(() => Int) value!: number;
  @Field(() => Int) zero_denominator!: number;
  @Field(() => Int) not_applicable!: number;
  @Field(() => Int) missing!: number;
  @Field(() => Int) not_reported!: number;
}

@ObjectType('MoveCounts')
export class MoveCountsModel implements Record<Move, number> {
  @Field(() => Int) up!: number;
  @Field(() => Int) down!: number;
  @Field(() => Int) appeared!: number;
  @Field(() => Int) disappeared!: number;
  @Field(() => Int) unchanged!: number;
  @Field(() => Int) without!: number;
}

@ObjectType({ isAbstract: true })
class Shown {
  @Field(() => Exact, { nullable: true }) numerator!: string | null;
  @Field(() => Exact, { nullable: true }) denominator!: string | null;
  @Field(() => String, { nullable: true, description: 'As people read it; rounded half up, once' }) display!:
    | string
    | null;
  @Field(() => NoValueEnum, { nullable: true }) noValue!: Seen['noValue'];
}

@ObjectType('RankedUnit')
export class RankedUnitModel extends Shown {
  @Field(() => UnitRef) unit!: UnitRef;
  @Field(() => UnitRef) province!: UnitRef;
  @Field(() => AnswerEnum) answer!: Answer;
  @Field(() => Int, { nullable: true, description: 'Among all below, 1 the highest; equal values share it' }) rank!:
    | number
    | null;
  @Field(() => BandModel, { nullable: true, description: 'Of ratios' }) band!: BandModel | null;
  @Field(() => AssessmentModel, { nullable: true, description: "Against the unit's own plan" })
  own!: AssessmentModel | null;
  @Field(() => AssessmentModel, { nullable: true, description: 'Against the nearest superior plan binding it' })
  superior!: AssessmentModel | null;
  @Field(() => DifferenceModel, { nullable: true, description: 'From the own target' }) ownGap!: DifferenceModel | null;
  @Field(() => DifferenceModel, { nullable: true, description: 'From the superior target' })
  superiorGap!: DifferenceModel | null;
}

@ObjectType({ isAbstract: true })
class AboutModel {
  @Field(() => UnitRef) unit!: UnitRef;
  @Field(() => TotalIndicatorModel) indicator!: TotalIndicatorModel;
  @Field() period!: string;
  @Field(() => BasisEnum) basis!: About['basis'];
  @Field({ description: 'What was recorded up to this instant, in microseconds; cursors carry it' }) asOf!: string;
}

@ObjectType({ isAbstract: true })
class PagedAbout extends AboutModel {
  @Field(() => Int, { description: 'Rows on all pages' }) totalCount!: number;
  @Field(() => String, { nullable: true, description: 'Give it as "after" for the next page' }) endCursor!:
    | string
    | null;
  @Field() hasNextPage!: boolean;
}

@ObjectType('Ranking')
export class RankingModel extends PagedAbout {
  @Field(() => [RankedUnitModel]) nodes!: RankedUnitModel[];
  @Field(() => [BandCountModel], { description: 'Of all below, whatever is filtered; empty but for ratios' })
  bands!: BandCountModel[];
  @Field(() => AnswerCountsModel, { description: 'Of all below, whatever is filtered' }) answered!: AnswerCountsModel;
}

@ObjectType('Extremes')
export class ExtremesModel extends AboutModel {
  @Field(() => [RankedUnitModel]) best!: RankedUnitModel[];
  @Field(() => [RankedUnitModel], { description: 'The lowest value first' }) worst!: RankedUnitModel[];
  @Field(() => Int, { description: 'Units not listed whose value equals that of the last one listed' })
  tiedWithBest!: number;
  @Field(() => Int) tiedWithWorst!: number;
  @Field(() => Int, { description: 'Units with a value' }) valued!: number;
  @Field(() => Int) withoutValue!: number;
}

@ObjectType('FigureSeen', { description: "A unit's figure in one round: its own, or the sum of its communes." })
export class SeenModel extends Shown {
  @Field(() => AnswerEnum) answer!: Answer;
  @Field(() => Int, { description: 'Units that owe the round' }) expected!: number;
  @Field(() => Int, { description: 'Of them, those that answered: value or not applicable' }) included!: number;
}

@ObjectType('MovedUnit')
export class MovedUnitModel {
  @Field(() => UnitRef) unit!: UnitRef;
  @Field(() => UnitRef, { nullable: true, description: 'Of a commune' }) province!: UnitRef | null;
  @Field(() => MoveEnum) move!: Move;
  @Field(() => SeenModel, { nullable: true, description: 'Null: it owed nothing then' }) before!: SeenModel | null;
  @Field(() => SeenModel, { nullable: true }) after!: SeenModel | null;
  @Field(() => DifferenceModel, { nullable: true }) change!: DifferenceModel | null;
}

@ObjectType('Movers')
export class MoversModel extends PagedAbout {
  @Field(() => String, { nullable: true, description: 'The round compared with; null: none before' }) since!:
    | string
    | null;
  @Field(() => MoveCountsModel, { description: 'Of all units, listed or not' }) counts!: MoveCountsModel;
  @Field(() => [MovedUnitModel]) nodes!: MovedUnitModel[];
}

@ObjectType({ description: 'In what the numerator counts (persons); negative is beyond the target.' })
export class Amount {
  @Field({ description: HOW_EXACT }) exact!: string;
  @Field() display!: string;
}

@ObjectType('GapTarget')
export class GapTargetModel {
  @Field() planKey!: string;
  @Field() planTitle!: string;
  @Field() illustrative!: boolean;
  @Field(() => Int, { nullable: true, description: 'Stands at the end of this year; null: undated' }) year!:
    | number
    | null;
  @Field(() => ComparatorEnum) comparator!: GapAnswer['target']['comparator'];
  @Field(() => Exact, { description: 'Percent' }) threshold!: string;
  @Field() wording!: string;
  @Field() clause!: string;
}

@ObjectType('GapTotal', { description: 'Σ numerators and Σ denominators over the units with a value.' })
export class GapTotal extends Shown {}

@ObjectType('GapOfUnit')
export class GapOfUnitModel extends Shown {
  @Field(() => UnitRef) unit!: UnitRef;
  @Field(() => UnitRef) province!: UnitRef;
  @Field(() => Amount, { description: 'threshold × denominator − numerator' }) lacking!: Amount;
  @Field(() => String, { nullable: true, description: `Of all that units lack, in percent. ${HOW_EXACT}` }) share!:
    | string
    | null;
  @Field(() => String, { nullable: true }) shareDisplay!: string | null;
}

@ObjectType('UnitWithoutValue')
export class UnitWithoutValueModel {
  @Field(() => UnitRef) unit!: UnitRef;
  @Field(() => UnitRef) province!: UnitRef;
}

@ObjectType('Gaps', {
  description: 'lacking − beyond = shortfall, over the units with a value; those without stand apart.',
})
export class GapsModel extends PagedAbout {
  @Field(() => GapTargetModel) target!: GapTargetModel;
  @Field(() => GapTotal) total!: GapTotal;
  @Field(() => Amount, { description: 'threshold × Σ denominators − Σ numerators' }) shortfall!: Amount;
  @Field(() => Amount, { description: 'What units below the target lack together' }) lacking!: Amount;
  @Field(() => Amount, { description: 'What the others have beyond it together' }) beyond!: Amount;
  @Field(() => Amount, { description: 'The least Σ numerators that meets the target' }) needed!: Amount;
  @Field(() => Amount, { description: 'needed − Σ numerators; not above 0: met on what was reported' })
  missing!: Amount;
  @Field(() => [GapOfUnitModel], { description: 'The one lacking most first' }) nodes!: GapOfUnitModel[];
  @Field(() => [UnitWithoutValueModel], { description: 'Nobody knows what these would add' })
  unknown!: UnitWithoutValueModel[];
  @Field(() => Int) notApplicable!: number;
}
