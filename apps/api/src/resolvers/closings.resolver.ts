/** Closing a province's round, reopening it, and what has changed since the close. */
import { Args, Field, Int, Mutation, ObjectType, Query, Resolver } from '@nestjs/graphql';
import { type Caller, Can } from '#access';
import {
  type Basis,
  type ChangedFigure,
  type ChangedReport,
  type ChangesSinceClose,
  type Closing,
  ClosingsService,
} from '#rollups';
import { WhoCalls } from '../caller.guard.js';
import { BasisEnum, Exact } from '../models/shared.js';
import { Refuses } from '../told.js';

@ObjectType('Closing', { description: 'A close of a round: the figures as they stood, and their checksum.' })
export class ClosingModel implements Closing {
  @Field({ description: 'Ask totals with asOf = this instant for the closed figures' }) closedAt!: string;
  @Field({ description: 'Of figures in UTF-8, in hexadecimal digits' }) sha256!: string;
  @Field({ description: 'Unit code and role' }) closedBy!: string;
  @Field(() => String, { nullable: true, description: 'null: closed since' }) reopenedAt!: string | null;
  @Field(() => String, { nullable: true, description: 'Of the reopening' }) reason!: string | null;
  @Field({
    description:
      'A line for each basis and indicator: unit|basis|indicator|numerator|denominator|value|estimated|not applicable|missing|expected|reported; numbers in units of 10^-scale of the indicator',
  })
  figures!: string;
}

@ObjectType()
export class TotalParts {
  @Field(() => Exact) numerator!: string;
  @Field(() => Exact) denominator!: string;
  @Field(() => Int, { description: 'Units with a value' }) units!: number;
}

@ObjectType('ChangedFigure')
export class ChangedFigureModel implements ChangedFigure {
  @Field(() => BasisEnum) basis!: Basis;
  @Field() indicator!: string;
  @Field() name!: string;
  @Field(() => TotalParts, { description: 'As of the close' }) before!: TotalParts;
  @Field(() => TotalParts, { description: 'As of asOf' }) after!: TotalParts;
}

@ObjectType('ChangedReport')
export class ChangedReportModel implements ChangedReport {
  @Field() unitCode!: string;
  @Field() unitName!: string;
  @Field(() => BasisEnum) basis!: Basis;
  @Field(() => Int, { nullable: true, description: 'The version that stands since then; null = none' }) version!:
    | number
    | null;
  @Field() at!: string;
  @Field(() => String, { nullable: true, description: 'Unit code and role of who took the step' }) by!: string | null;
}

@ObjectType('ChangesSinceClose')
export class ChangesModel implements ChangesSinceClose {
  @Field() closedAt!: string;
  @Field({ description: 'What was recorded up to this instant, in microseconds' }) asOf!: string;
  @Field(() => [ChangedFigureModel]) figures!: ChangedFigureModel[];
  @Field(() => [ChangedReportModel]) reports!: ChangedReportModel[];
}

const programme = () => Args('programme', { defaultValue: 'NQ57-TT' });
const unitArg = () =>
  Args('unit', { type: () => String, nullable: true, description: "A province; default: the caller's own" });

@Resolver()
export class ClosingsResolver {
  constructor(private readonly closingsService: ClosingsService) {}

  @Query(() => [ClosingModel], { description: 'Every close of a round, newest first.' })
  @Can('total.read')
  closings(
    @WhoCalls() caller: Caller,
    @Args('round') round: string,
    @unitArg() unit: string | null,
    @programme() code: string,
  ) {
    return this.closingsService.history(caller, { unitCode: unit, programme: code, round });
  }

  @Query(() => ChangesModel, { description: 'What differs now from the latest close.' })
  @Can('total.read')
  @Refuses('round.not_closed')
  changesSinceClose(
    @WhoCalls() caller: Caller,
    @Args('round') round: string,
    @unitArg() unit: string | null,
    @programme() code: string,
  ) {
    return this.closingsService.changes(caller, { unitCode: unit, programme: code, round });
  }

  @Mutation(() => ClosingModel, {
    description: 'Closes the round: communes are refused from here. It is the report upward.',
  })
  @Can('round.close')
  @Refuses('round.closed')
  closeRound(
    @WhoCalls() caller: Caller,
    @Args('round') round: string,
    @unitArg() unit: string | null,
    @programme() code: string,
  ) {
    return this.closingsService.close(caller, { unitCode: unit, programme: code, round });
  }

  @Mutation(() => String, {
    description: "Reopens the round, or one commune's report, with the reason. Answers the instant.",
  })
  @Can('round.close')
  @Refuses('report.reason_needed', 'round.not_closed', 'obligation.not_found')
  reopenRound(
    @WhoCalls() caller: Caller,
    @Args('round') round: string,
    @Args('reason') reason: string,
    @unitArg() unit: string | null,
    @Args('commune', { type: () => String, nullable: true, description: 'Only this commune' }) communeCode:
      | string
      | null,
    @programme() code: string,
  ) {
    return this.closingsService.reopen(caller, { unitCode: unit, programme: code, round, communeCode }, reason);
  }
}
