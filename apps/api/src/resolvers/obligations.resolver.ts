/** Extensions of a due date, and units that merge or split. */
import { Args, Field, InputType, Int, Mutation, ObjectType, Resolver } from '@nestjs/graphql';
import { type Caller, Can } from '#access';
import type { BoundaryChange, Successor } from '#organisations';
import { type BoundaryOutcome, type ExtensionGranted, ObligationsService } from '#reporting';
import { WhoCalls } from '../caller.guard.js';
import { Refuses } from '../told.js';

@ObjectType('Extension')
export class ExtensionModel implements ExtensionGranted {
  @Field({ description: 'YYYY-MM-DD, the last day that is on time' }) dueOn!: string;
  @Field(() => Date, { description: 'On time = received before this instant' }) dueBefore!: Date;
  @Field(() => Date) recordedAt!: Date;
}

@InputType()
export class SuccessorInput implements Successor {
  @Field({ description: 'Official code, new or going on' }) code!: string;
  @Field() name!: string;
  @Field({ description: 'xa, phuong, dac_khu …' }) kind!: string;
}

@InputType({ description: 'A merger (several into one) or a split (one into several).' })
export class BoundaryChangeInput implements BoundaryChange {
  @Field({ description: 'YYYY-MM-DD, the first day of the successors' }) effectiveOn!: string;
  @Field({ description: 'The resolution or decision' }) basis!: string;
  @Field(() => [String], { description: 'Codes' }) predecessors!: string[];
  @Field(() => [SuccessorInput]) successors!: SuccessorInput[];
}

@ObjectType()
export class BoundaryOutcomeModel implements BoundaryOutcome {
  @Field(() => Int, { description: 'Obligations that left the totals' }) replaced!: number;
  @Field(() => Int, { description: 'Obligations of the successors' }) created!: number;
}

@Resolver()
export class ObligationsResolver {
  constructor(private readonly obligationsService: ObligationsService) {}

  @Mutation(() => ExtensionModel, { description: 'Grants one unit a later due date, before its first submission.' })
  @Can('report.extend')
  @Refuses(
    'obligation.not_found',
    'round.closed',
    'report.reason_needed',
    'extension.too_late',
    'extension.not_later',
    'extension.too_far',
  )
  extendDueDate(
    @WhoCalls() caller: Caller,
    @Args('unit') unitCode: string,
    @Args('round') round: string,
    @Args('dueOn', { description: 'YYYY-MM-DD' }) dueOn: string,
    @Args('reason') reason: string,
    @Args('programme', { defaultValue: 'NQ57-TT' }) programme: string,
  ) {
    return this.obligationsService.extend(caller, { unitCode, programme, round, dueOn, reason });
  }

  @Mutation(() => BoundaryOutcomeModel, { description: 'Records a merger or split. National administrators only.' })
  @Can('unit.change')
  changeBoundaries(@WhoCalls() caller: Caller, @Args('change') change: BoundaryChangeInput) {
    return this.obligationsService.changeBoundaries(caller, change);
  }
}
