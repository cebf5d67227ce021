/** Totals and completeness in the schema. */
import { Field, Int, ObjectType } from '@nestjs/graphql';
import type { Assessed, Completeness, CompletenessClass, ObligationState, Total, UnitTotals } from '#rollups';
import {
  AssessmentStatusEnum,
  BasisEnum,
  ClassEnum,
  ComparatorEnum,
  CountedInEnum,
  Exact,
  IndicatorKindEnum,
  NoValueEnum,
  OverTimeEnum,
  pageOf,
  Sentence,
  TimelinessEnum,
  UnitRef,
} from './shared.js';

@ObjectType('TotalIndicator')
export class TotalIndicatorModel {
  @Field(() => Int) position!: number;
  @Field() code!: string;
  @Field() name!: string;
  @Field(() => IndicatorKindEnum) kind!: string;
  @Field(() => OverTimeEnum) overTime!: string;
  @Field(() => String, { nullable: true, description: 'Đơn vị tính' }) unitLabel!: string | null;
  @Field(() => String, { nullable: true }) numerator!: string | null;
  @Field(() => String, { nullable: true }) denominator!: string | null;
}

@ObjectType({ description: 'expected = value + notApplicable + missing + notReported; included = the first two.' })
export class CoverageModel {
  @Field(() => Int) expected!: number;
  @Field(() => Int) included!: number;
  @Field(() => Int) value!: number;
  @Field(() => Int) notApplicable!: number;
  @Field(() => Int) missing!: number;
  @Field(() => Int) notReported!: number;
  @Field(() => Int, { description: 'Of the values, those marked "ước thực hiện"' }) estimated!: number;
  @Field(() => CountedInEnum) countedIn!: string;
}

@ObjectType({ description: 'Counted in units times rounds.' })
export class RoundsCoverageModel {
  @Field(() => Int) expected!: number;
  @Field(() => Int) included!: number;
  @Field(() => Int) value!: number;
  @Field(() => Int) notApplicable!: number;
  @Field(() => Int) missing!: number;
  @Field(() => Int) notReported!: number;
}

@ObjectType('Assessment', { description: 'A figure held against the targets of one plan, in exact arithmetic.' })
export class AssessmentModel implements Omit<Assessed, 'notes'> {
  @Field(() => AssessmentStatusEnum) status!: Assessed['status'];
  @Field({ description: 'No answer of a missing unit could change the status' }) certain!: boolean;
  @Field({ description: 'The status in Vietnamese' }) label!: string;
  @Field() labelEn!: string;
  @Field() planKey!: string;
  @Field() planTitle!: string;
  @Field({ description: 'Kind, number and date of the document' }) planDocument!: string;
  @Field({ description: '"minh hoạ": no such plan text is known' }) illustrative!: boolean;
  @Field(() => Int, { nullable: true, description: 'Stands at the end of this year; null: undated' }) targetYear!:
    | number
    | null;
  @Field(() => ComparatorEnum, { nullable: true }) comparator!: Assessed['comparator'];
  @Field(() => Exact, {
    nullable: true,
    description: 'Percent for ratios and milestones, else the number; null: worded only',
  })
  threshold!: string | null;
  @Field(() => String, { nullable: true }) thresholdDisplay!: string | null;
  @Field({ description: "The target in the plan's own words" }) wording!: string;
  @Field({ description: 'Where in the document' }) clause!: string;
  @Field(() => String, { nullable: true }) denominatorWording!: string | null;
  @Field(() => String, { nullable: true, description: 'Exact percent as "n/d", e.g. "130/3"' }) pace!: string | null;
  @Field(() => String, { nullable: true }) paceDisplay!: string | null;
  @Field(() => [Sentence], { description: 'What the rounded figure alone would not tell' }) notes!: Sentence[];
}

@ObjectType({ description: 'Units directly below that meet their own target, of those that have one.' })
export class BelowModel {
  @Field(() => Int) meeting!: number;
  @Field(() => Int) having!: number;
}

@ObjectType({ description: 'Lũy kế: the year so far, computed.' })
export class CumulativeModel {
  @Field(() => Exact) numerator!: string;
  @Field({ description: 'As people read it; rounded half up, once' }) display!: string;
  @Field(() => RoundsCoverageModel) coverage!: RoundsCoverageModel;
}

@ObjectType({ description: 'One end of what a figure may become; a ratio on the last known denominators.' })
export class BoundModel {
  @Field(() => Exact) numerator!: string;
  @Field(() => Exact, { nullable: true }) denominator!: string | null;
  @Field({ description: 'As people read it; rounded half up, once' }) display!: string;
}

@ObjectType({ description: 'Between which ends a figure lies while units are silent; null where that cannot be said.' })
export class BoundsModel {
  @Field(() => BoundModel, { nullable: true }) lower!: BoundModel | null;
  @Field(() => BoundModel, { nullable: true }) upper!: BoundModel | null;
  @Field(() => Sentence, { nullable: true, description: 'Why there are none' }) note!: Sentence | null;
}

@ObjectType('Total')
export class TotalModel implements Omit<Total, 'own' | 'superior' | 'indicator'> {
  @Field(() => TotalIndicatorModel) indicator!: TotalIndicatorModel;
  @Field(() => Exact, {
    nullable: true,
    description: 'Σ; the number itself of a count, the units saying yes of a milestone; null without a value',
  })
  numerator!: string | null;
  @Field(() => Exact, { nullable: true, description: 'Σ; of a milestone the units that answered; null for a count' })
  denominator!: string | null;
  @Field(() => String, { nullable: true, description: 'As people read it; rounded half up, once' }) display!:
    | string
    | null;
  @Field(() => NoValueEnum, { nullable: true, description: 'null where there is a value' }) noValue!: Total['noValue'];
  @Field(() => CoverageModel) coverage!: Total['coverage'];
  @Field(() => BoundsModel, { nullable: true, description: 'null at full coverage' }) bounds!: Total['bounds'];
  @Field(() => CumulativeModel, { nullable: true, description: 'Flows at a half-year: the year so far' })
  cumulative!: Total['cumulative'];
  @Field(() => AssessmentModel, { nullable: true, description: "Against the unit's own plan" })
  own!: AssessmentModel | null;
  @Field(() => AssessmentModel, {
    nullable: true,
    description: 'Against the nearest superior plan that binds units below',
  })
  superior!: AssessmentModel | null;
  @Field(() => BelowModel, {
    nullable: true,
    description: 'Of totals alone, not of its lists; null where no unit below has a target of its own',
  })
  below!: Total['below'];
  @Field(() => [String], { description: 'More than one: plans below word the denominator differently' })
  denominatorWordings!: string[];
}

@ObjectType('UnitTotals')
export class UnitTotalsModel implements Omit<UnitTotals, 'totals'> {
  @Field(() => UnitRef) unit!: UnitTotals['unit'];
  @Field() period!: string;
  @Field(() => BasisEnum) basis!: UnitTotals['basis'];
  @Field({
    description: 'What was recorded up to this instant, in microseconds; asked again for it, the answer is the same',
  })
  asOf!: string;
  @Field(() => Int, { description: 'Units that owe a report' }) expected!: number;
  @Field(() => Int, { description: 'Units whose report counts on this basis' }) reported!: number;
  @Field() closed!: boolean;
  @Field(() => [TotalModel], { description: 'In the order of the form; texts are not among them' })
  totals!: TotalModel[];
}
export const UnitTotalsPage = pageOf(UnitTotalsModel, 'UnitTotalsPage');

@ObjectType({ description: 'Obligations by class; the seven add up to all obligations.' })
export class ClassCounts implements Record<CompletenessClass, number> {
  @Field(() => Int) exempt!: number;
  @Field(() => Int) replaced!: number;
  @Field(() => Int) not_yet_due!: number;
  @Field(() => Int) overdue!: number;
  @Field(() => Int) returned!: number;
  @Field(() => Int) submitted!: number;
  @Field(() => Int) accepted!: number;
}

@ObjectType('Completeness')
export class CompletenessModel implements Completeness {
  @Field() round!: string;
  @Field({
    description: 'What was recorded up to this instant, in microseconds; asked again for it, the answer is the same',
  })
  asOf!: string;
  @Field(() => ClassCounts) counts!: ClassCounts;
  @Field(() => Int, { description: 'All but exempt and replaced' }) expected!: number;
  @Field(() => Int) onTime!: number;
  @Field(() => Int, { description: 'First submitted after its due date' }) late!: number;
  @Field(() => Int, { description: 'expected − onTime − late' }) notSubmitted!: number;
}

@ObjectType('Obligation')
export class ObligationModel implements ObligationState {
  @Field(() => UnitRef) unit!: ObligationState['unit'];
  @Field(() => ClassEnum) class!: CompletenessClass;
  @Field(() => TimelinessEnum) timeliness!: ObligationState['timeliness'];
  @Field({ description: 'YYYY-MM-DD' }) dueOn!: string;
  @Field(() => String, { nullable: true, description: 'Plan that sets the due date; null = the programme default' })
  duePlan!: string | null;
  @Field(() => String, { nullable: true, description: 'The due date as the document words it' }) dueWording!:
    | string
    | null;
  @Field(() => Date, { nullable: true, description: 'Of the first submission not withdrawn; null while there is none' })
  firstReceivedAt!: Date | null;
  @Field(() => Int, { description: 'Its number; 0 before the first' }) newestVersion!: number;
  @Field({ description: '"Nộp ngoài hệ thống": the newest version was recorded from paper' }) onPaper!: boolean;
  @Field({ description: 'Nothing is submitted, but a draft has been begun' }) hasDraft!: boolean;
}
export const ObligationPage = pageOf(ObligationModel, 'ObligationPage');
