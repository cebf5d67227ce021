/** The programme's indicators; plans with their targets and duties; importing a plan file. */
import { Args, Field, Int, Mutation, ObjectType, Query, Resolver } from '@nestjs/graphql';
import { type Caller, Can } from '#access';
import {
  type DutyView,
  type FieldChange,
  type FileFinding,
  type IndicatorView,
  type PlanChange,
  type PlanImport,
  PlansService,
  type TargetView,
} from '#programmes';
import { WhoCalls } from '../caller.guard.js';
import { ComparatorEnum, Exact, IndicatorKindEnum, OverTimeEnum } from '../models/shared.js';
import { Refuses } from '../told.js';

@ObjectType('Checks', { description: 'Soft rules of an indicator: what is odd asks for a comment.' })
export class ChecksModel {
  @Field(() => Exact, { nullable: true, description: 'Times more or less than in the last round' }) jump?: string;
  @Field(() => Exact, { nullable: true, description: 'Percent by which a denominator may shrink' })
  denominatorShrinks?: string;
  @Field(() => [String], { nullable: true, description: 'Codes of the counts that make it up' }) parts?: string[];
  @Field(() => [String], { nullable: true, description: 'Codes of its counts by channel' }) channels?: string[];
}

@ObjectType('Indicator', { description: 'Chỉ tiêu: what every unit reports, with the clause it comes from.' })
export class IndicatorModel implements Omit<IndicatorView, 'id' | 'checks'> {
  @Field(() => Int) position!: number;
  @Field({ description: 'Used in figures and totals' }) code!: string;
  @Field() name!: string;
  @Field(() => IndicatorKindEnum) kind!: IndicatorView['kind'];
  @Field(() => OverTimeEnum) overTime!: IndicatorView['overTime'];
  @Field(() => String, { nullable: true, description: 'Đơn vị tính' }) unitLabel!: string | null;
  @Field(() => String, { nullable: true }) numerator!: string | null;
  @Field(() => String, { nullable: true }) denominator!: string | null;
  @Field(() => String, { nullable: true, description: 'Indicators of one group share one denominator' })
  denominatorGroup!: string | null;
  @Field(() => String, { nullable: true }) clause!: string | null;
  @Field(() => String, { nullable: true, description: 'How it was derived, where no clause states it' }) derived!:
    | string
    | null;
  @Field({ description: 'Whether "không phát sinh" is accepted' }) notApplicableAllowed!: boolean;
  @Field(() => Int, { description: 'Decimals that figures may have' }) scale!: number;
  @Field() firstRound!: string;
  @Field(() => [String], { description: 'Kinds of local units that add up to a proposal for their commune' })
  addsUpFrom!: IndicatorView['addsUpFrom'];
  @Field(() => [String], { description: 'Kinds of local units that are asked and only listed' })
  listedFrom!: IndicatorView['listedFrom'];
  @Field(() => ChecksModel) checks!: ChecksModel;
}

@ObjectType('Duty', { description: 'Who reports to whom, until when, in the words of the document.' })
export class DutyModel implements Omit<DutyView, 'id'> {
  @Field(() => String, { description: 'upward: the unit itself to its parent; below: units below to this one' })
  edge!: DutyView['edge'];
  @Field() reporters!: string;
  @Field() receiver!: string;
  @Field(() => String, { nullable: true }) receiverWording!: string | null;
  @Field(() => String, { nullable: true, description: 'The body that puts the report together' }) aggregator!:
    | string
    | null;
  @Field(() => String, { nullable: true, description: 'MM-DD; null = the document gives no date' }) dueH1!:
    | string
    | null;
  @Field(() => String, { nullable: true, description: 'MM-DD' }) dueH2!: string | null;
  @Field(() => String, { nullable: true }) dueWording!: string | null;
  @Field(() => String, { nullable: true, description: 'MM-DD, last day of the data' }) cutoffH1!: string | null;
  @Field(() => String, { nullable: true, description: 'MM-DD' }) cutoffH2!: string | null;
  @Field({ description: 'Read from the context, not stated' }) inferred!: boolean;
  @Field({ description: 'Confirmed by the receiver: only then it moves a due date' }) confirmed!: boolean;
  @Field({ description: '"trước ngày X" read as before X begins' }) strict!: boolean;
  @Field({ description: 'A due date on a Saturday or Sunday is that of the next Monday' }) weekendToMonday!: boolean;
  @Field({ description: 'Due before the data end: figures of the last days are estimates (ước thực hiện)' })
  dueBeforeCutoff!: boolean;
  @Field(() => String, { nullable: true }) note!: string | null;
}

@ObjectType('Target', { description: "A target in its plan's own words." })
export class TargetModel implements Omit<TargetView, 'id' | 'kind'> {
  @Field() indicator!: string;
  @Field() indicatorName!: string;
  @Field(() => Int, { nullable: true, description: 'Stands at the end of its second half; null = undated' }) year!:
    | number
    | null;
  @Field({ description: '"hằng năm" from that year on' }) everyYear!: boolean;
  @Field(() => ComparatorEnum, { nullable: true }) comparator!: TargetView['comparator'];
  @Field(() => Exact, { nullable: true, description: 'Percent for ratios; null = yes, or words only' }) threshold!:
    | string
    | null;
  @Field(() => String, { description: 'unit, below or both' }) binds!: TargetView['binds'];
  @Field() wording!: string;
  @Field() clause!: string;
  @Field(() => String, { nullable: true }) denominatorWording!: string | null;
}

@ObjectType('Programme')
export class ProgrammeModel {
  @Field() code!: string;
  @Field() name!: string;
  @Field({ description: 'The legal basis' }) basis!: string;
  @Field(() => DutyModel, { description: 'Holds where no plan says otherwise' }) defaultDuty!: DutyModel;
  @Field(() => [IndicatorModel]) indicators!: IndicatorModel[];
}

@ObjectType('PlanHead')
export class PlanHeadModel {
  @Field() key!: string;
  @Field(() => Int) version!: number;
  @Field({ description: 'The unit whose authority issued it' }) unitCode!: string;
  @Field(() => String, { nullable: true }) document!: string | null;
  @Field(() => String, { nullable: true, description: 'Số, ký hiệu; null when the document leaves it blank' }) number!:
    | string
    | null;
  @Field(() => String, { nullable: true, description: 'YYYY-MM-DD' }) issuedOn!: string | null;
  @Field() issuedWording!: string;
  @Field() title!: string;
  @Field(() => String, { nullable: true }) parentKey!: string | null;
  @Field(() => String, { nullable: true }) parentWording!: string | null;
  @Field(() => String, { nullable: true }) aggregator!: string | null;
  @Field({ description: '"minh hoạ": no such text is known' }) illustrative!: boolean;
  @Field(() => [String]) notes!: string[];
}

@ObjectType('Plan')
export class PlanModel extends PlanHeadModel {
  @Field(() => [TargetModel]) targets!: TargetModel[];
  @Field(() => [DutyModel]) duties!: DutyModel[];
}

@ObjectType('FieldChange')
export class FieldChangeModel implements FieldChange {
  @Field() field!: string;
  @Field(() => String, { nullable: true }) from!: string | null;
  @Field(() => String, { nullable: true }) to!: string | null;
}

@ObjectType('PlanChange')
export class PlanChangeModel implements PlanChange {
  @Field(() => String, { description: 'head, duty, target or goal' }) part!: PlanChange['part'];
  @Field(() => String, { description: 'added, removed or changed' }) kind!: PlanChange['kind'];
  @Field() subject!: string;
  @Field(() => [FieldChangeModel]) fields!: FieldChangeModel[];
}

@ObjectType({ description: 'Something about a plan file, by field and line.' })
export class FileFindingModel {
  @Field() code!: string;
  @Field({ description: 'e.g. targets[2].threshold' }) path!: string;
  @Field(() => Int, { nullable: true }) line!: number | null;
  @Field() vi!: string;
  @Field() en!: string;
}

@ObjectType('PlanImport', {
  description: 'refused: nothing was written, see errors. A dry run says what the real run says.',
})
export class PlanImportModel implements Omit<PlanImport, 'notices' | 'errors'> {
  @Field(() => String, { nullable: true }) key!: string | null;
  @Field(() => Int, { nullable: true }) version!: number | null;
  @Field(() => String, { description: 'created, updated, unchanged or refused' }) status!: PlanImport['status'];
  @Field() dryRun!: boolean;
  @Field(() => [PlanChangeModel]) changes!: PlanChangeModel[];
  @Field(() => [FileFindingModel]) notices!: FileFinding[];
  @Field(() => [FileFindingModel]) errors!: FileFinding[];
}

const programmeArg = () => Args('programme', { defaultValue: 'NQ57-TT' });

@Resolver()
export class ProgrammesResolver {
  constructor(private readonly plansService: PlansService) {}

  @Query(() => ProgrammeModel, {
    description: 'The form: every indicator, and the duty that holds where no plan says otherwise.',
  })
  @Can('plan.read')
  async programme(@Args('code', { defaultValue: 'NQ57-TT' }) code: string) {
    const programme = await this.plansService.programme(code);
    const indicators = programme.indicators.map(({ checks, ...indicator }) => ({
      ...indicator,
      checks: { ...checks, denominatorShrinks: checks.denominator_shrinks },
    }));
    return { ...programme, indicators };
  }

  @Query(() => [PlanHeadModel], {
    description: "Plans of the caller's unit, of those below and above it, in force or as recorded at an instant.",
  })
  @Can('plan.read')
  plans(
    @WhoCalls() caller: Caller,
    @programmeArg() programme: string,
    @Args('unit', { type: () => String, nullable: true, description: 'Only those that this unit issued' }) unitCode:
      | string
      | null,
    @Args('asOf', { type: () => Date, nullable: true, description: 'As recorded at this instant; now if left out' })
    asOf: Date | null,
  ) {
    return this.plansService.plans(caller, { programme, unitCode, asOf });
  }

  @Query(() => PlanModel, {
    description: 'One plan with its targets and duties, in force or as recorded at an instant.',
  })
  @Can('plan.read')
  @Refuses('plan.not_found')
  plan(
    @WhoCalls() caller: Caller,
    @Args('key') key: string,
    @programmeArg() programme: string,
    @Args('asOf', { type: () => Date, nullable: true, description: 'As recorded at this instant; now if left out' })
    asOf: Date | null,
  ) {
    return this.plansService.plan(caller, programme, key, asOf);
  }

  @Mutation(() => PlanImportModel, {
    description:
      'Imports a plan file (YAML). A new version keeps the earlier one on record. What is wrong with the file is in errors of the answer, not a refusal.',
  })
  @Can('plan.import')
  importPlan(
    @WhoCalls() caller: Caller,
    @Args('file', { description: 'Text of the file' }) file: string,
    @Args('dryRun', { defaultValue: false }) dryRun: boolean,
  ) {
    return this.plansService.importPlan(caller, file, { dryRun });
  }

  @Mutation(() => DutyModel, {
    description:
      "The receiver's word on the due date that a plan sets for reporting upward, and how it is read. Rounds opened from now on go by it.",
  })
  @Can('duty.confirm')
  @Refuses('plan.not_found', 'duty.not_found')
  confirmDuty(
    @WhoCalls() caller: Caller,
    @Args('plan', { description: 'Key of the plan' }) key: string,
    @programmeArg() programme: string,
    @Args('confirmed', { defaultValue: true }) confirmed: boolean,
    @Args('strict', { type: () => Boolean, nullable: true, description: 'Default: as it is' }) strict: boolean | null,
    @Args('weekendToMonday', { type: () => Boolean, nullable: true, description: 'Default: as it is' })
    weekendToMonday: boolean | null,
    @Args('note', { type: () => String, nullable: true }) note: string | null,
  ) {
    return this.plansService.confirmDuty(caller, { programme, key, confirmed, strict, weekendToMonday, note });
  }
}
