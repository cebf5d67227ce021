/** Rounds and the life of reports. Each operation is one line: the rules are in libs/reporting. */
import { Args, Field, InputType, Int, Mutation, ObjectType, Query, Resolver } from '@nestjs/graphql';
import { type Caller, Can } from '#access';
import {
  type AdHocRequest,
  AdHocRoundsService,
  ReportReader,
  ReportsService,
  type Round,
  RoundsService,
} from '#reporting';
import { ReceivedAt, WhoCalls } from '../caller.guard.js';
import { ReportModel, ReturnedFigureInput, StepResult, SubmitReportInput, SubmitResult } from '../models/report.js';
import { Refuses } from '../told.js';

@ObjectType('Round', { description: 'A reporting period (kỳ báo cáo).' })
export class RoundModel implements Omit<Round, 'id'> {
  @Field() programme!: string;
  @Field() code!: string;
  @Field(() => Int, { nullable: true, description: 'null for an ad hoc round' }) year!: number | null;
  @Field(() => Int, { nullable: true }) half!: number | null;
  @Field(() => String, { nullable: true, description: 'What an ad hoc round answers, in words' }) request!:
    | string
    | null;
  @Field({ description: 'YYYY-MM-DD' }) dataFrom!: string;
  @Field({ description: 'YYYY-MM-DD' }) dataTo!: string;
  @Field(() => Date) openedAt!: Date;
  @Field(() => Int, { description: 'Communes that owe it, of the whole nation' }) expected!: number;
}

@InputType()
export class AdHocRoundInput implements AdHocRequest {
  @Field({ defaultValue: 'NQ57-TT' }) programme!: string;
  @Field({ description: 'Who asks for what: the document that it answers' }) request!: string;
  @Field({ description: 'YYYY-MM-DD, first day of the data' }) dataFrom!: string;
  @Field({ description: 'YYYY-MM-DD, last day of the data' }) dataTo!: string;
  @Field({ description: 'YYYY-MM-DD, the last day that is on time' }) dueOn!: string;
  @Field(() => String, { nullable: true, description: 'HH:MM: on time before it on that day; default: all day' })
  dueTime?: string | null;
  @Field(() => [String], { nullable: true, description: "Communes; default: all below the caller's unit" })
  units?: string[] | null;
}

const programme = () => Args('programme', { defaultValue: 'NQ57-TT' });
const expectedVersion = () =>
  Args('expectedVersion', { type: () => Int, description: 'Number of the version looked at' });

@Resolver()
export class ReportingResolver {
  constructor(
    private readonly roundsService: RoundsService,
    private readonly adHocRounds: AdHocRoundsService,
    private readonly reports: ReportsService,
    private readonly reader: ReportReader,
  ) {}

  @Query(() => [RoundModel], { description: 'All rounds, newest first.' })
  @Can('round.read')
  rounds(@programme() code: string) {
    return this.roundsService.list(code);
  }

  @Query(() => ReportModel, { description: "A unit's report in a round with all its versions." })
  @Can('report.read')
  @Refuses('obligation.not_found')
  report(
    @WhoCalls() caller: Caller,
    @Args('round') round: string,
    @Args('unit', { type: () => String, nullable: true, description: "Default: the caller's own" }) unit: string | null,
    @programme() code: string,
    @Args('replaced', { defaultValue: false, description: 'Only what it owed before a merger or split' })
    replaced: boolean,
  ) {
    return this.reader.report(caller, unit, code, round, replaced);
  }

  @Mutation(() => RoundModel, { description: 'Opens a half-year for every commune. National administrators only.' })
  @Can('round.open')
  @Refuses('round.exists')
  openRound(@WhoCalls() caller: Caller, @Args('code') round: string, @programme() code: string) {
    return this.roundsService.open(caller, code, round);
  }

  @Mutation(() => RoundModel, {
    description:
      'Opens an ad hoc round (đột xuất) of the communes named, under the next free code. Nation or province.',
  })
  @Can('round.open')
  openAdHocRound(@WhoCalls() caller: Caller, @Args('round') round: AdHocRoundInput) {
    return this.adHocRounds.open(caller, round);
  }

  @Mutation(() => SubmitResult, {
    description: "Submits the caller's own report. With an error, or a warning without comment, nothing is stored.",
  })
  @Can('report.submit')
  @Refuses('obligation.not_found', 'round.closed', 'report.stale', 'idempotency.mismatch')
  submitReport(@WhoCalls() caller: Caller, @ReceivedAt() receivedAt: Date, @Args('input') input: SubmitReportInput) {
    return this.reports.submit(caller, input, receivedAt);
  }

  @Mutation(() => StepResult, { description: "Takes back the caller's own report while it is not yet reviewed." })
  @Can('report.withdraw')
  @Refuses('obligation.not_found', 'round.closed', 'report.not_found', 'report.stale', 'report.wrong_step')
  withdrawReport(
    @WhoCalls() caller: Caller,
    @Args('round') round: string,
    @expectedVersion() expected: number,
    @Args('reason', { type: () => String, nullable: true }) reason: string | null,
    @programme() code: string,
  ) {
    return this.reports.withdraw(caller, code, round, expected, reason);
  }

  @Mutation(() => StepResult, {
    description: 'Accepts the newest version: it counts on the accepted basis from now on.',
  })
  @Can('report.accept')
  @Refuses('obligation.not_found', 'round.closed', 'report.not_found', 'report.stale', 'report.wrong_step')
  acceptReport(
    @WhoCalls() caller: Caller,
    @Args('unit') unit: string,
    @Args('round') round: string,
    @expectedVersion() expected: number,
    @programme() code: string,
  ) {
    return this.reports.accept(caller, unit, code, round, expected);
  }

  @Mutation(() => StepResult, { description: 'Returns the newest version for mending, with the reason.' })
  @Can('report.return')
  @Refuses(
    'obligation.not_found',
    'round.closed',
    'report.not_found',
    'report.stale',
    'report.wrong_step',
    'report.reason_needed',
  )
  returnReport(
    @WhoCalls() caller: Caller,
    @Args('unit') unit: string,
    @Args('round') round: string,
    @expectedVersion() expected: number,
    @Args('reason', { description: 'For the whole report; not empty' }) reason: string,
    @Args('figures', { type: () => [ReturnedFigureInput], defaultValue: [], description: 'Reasons of single figures' })
    figures: ReturnedFigureInput[],
    @programme() code: string,
  ) {
    return this.reports.return(caller, {
      unitCode: unit,
      programme: code,
      round,
      expectedVersion: expected,
      reason,
      figures,
    });
  }
}
