/** Summary files on request and by schedule, and the ledger of their mails. The rules are in libs/exports. */
import { Args, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import { type Caller, Can } from '#access';
import { type Schedule, SchedulesService, SummariesService, type SummaryFile } from '#exports';
import { WhoCalls } from '../caller.guard.js';
import {
  DeliveryPage,
  ScheduleChangeInput,
  ScheduleInput,
  ScheduleModel,
  SchedulePage,
  SummaryFileModel,
} from '../models/exports.js';
import { asPage } from '../models/shared.js';

const idArg = () => Args('id', { type: () => Int });
const unitArg = () => Args('unit', { type: () => String, nullable: true, description: "Default: the caller's own" });
const first = () => Args('first', { type: () => Int, defaultValue: 50 });
const after = () => Args('after', { type: () => String, nullable: true });

const shownFile = (file: SummaryFile): SummaryFileModel => ({ ...file, path: `/exports/${file.id}` });

@Resolver()
export class ExportsResolver {
  constructor(
    private readonly summaries: SummariesService,
    private readonly schedulesService: SchedulesService,
  ) {}

  @Mutation(() => SummaryFileModel, {
    description: 'Asks for the Excel summary of a province; it is made in the background.',
  })
  @Can('export.request')
  async requestSummary(
    @WhoCalls() caller: Caller,
    @Args('round') round: string,
    @unitArg() unit: string | null,
    @Args('programme', { defaultValue: 'NQ57-TT' }) programme: string,
  ) {
    return shownFile(await this.summaries.request(caller, { unitCode: unit, programme, round }));
  }

  @Query(() => SummaryFileModel, { description: 'Where the making of a summary file stands.' })
  @Can('export.read')
  async summaryFile(@WhoCalls() caller: Caller, @idArg() id: number) {
    return shownFile(await this.summaries.file(caller, id));
  }

  @Query(() => SchedulePage, { description: 'Schedules of a unit and of everything below it, oldest first.' })
  @Can('schedule.manage')
  async schedules(
    @WhoCalls() caller: Caller,
    @unitArg() unit: string | null,
    @first() size: number,
    @after() cursor: string | null,
  ) {
    const page = await this.schedulesService.list(caller, unit, { first: size, after: cursor });
    return asPage(page, (schedule) => this.shown(schedule));
  }

  @Query(() => ScheduleModel)
  @Can('schedule.manage')
  async schedule(@WhoCalls() caller: Caller, @idArg() id: number) {
    return this.shown(await this.schedulesService.one(caller, id));
  }

  @Query(() => DeliveryPage, { description: 'The ledger: one row for each due run and recipient, newest first.' })
  @Can('schedule.manage')
  async deliveries(
    @WhoCalls() caller: Caller,
    @Args('scheduleId', { type: () => Int }) scheduleId: number,
    @first() size: number,
    @after() cursor: string | null,
  ) {
    return asPage(await this.schedulesService.deliveries(caller, scheduleId, { first: size, after: cursor }));
  }

  @Mutation(() => ScheduleModel, {
    description: 'Makes and mails the summary of a province at the times of a cron expression.',
  })
  @Can('schedule.manage')
  async createSchedule(@WhoCalls() caller: Caller, @Args('input') input: ScheduleInput) {
    return this.shown(await this.schedulesService.create(caller, input));
  }

  @Mutation(() => ScheduleModel, { description: 'Changes, pauses or resumes a schedule.' })
  @Can('schedule.manage')
  async updateSchedule(@WhoCalls() caller: Caller, @idArg() id: number, @Args('change') change: ScheduleChangeInput) {
    return this.shown(await this.schedulesService.update(caller, id, change));
  }

  @Mutation(() => Date, {
    description: 'Runs a schedule now, beside its times. Returns the instant under which the run is known.',
  })
  @Can('schedule.manage')
  runScheduleNow(@WhoCalls() caller: Caller, @idArg() id: number) {
    return this.schedulesService.runNow(caller, id);
  }

  @Mutation(() => Boolean, { description: 'Sends a mail again that was sent, failed, or may not have arrived.' })
  @Can('schedule.manage')
  async resendDelivery(@WhoCalls() caller: Caller, @idArg() id: number) {
    await this.schedulesService.resend(caller, id);
    return true;
  }

  private shown(schedule: Schedule): ScheduleModel {
    return { ...schedule, nextRuns: this.schedulesService.nextRuns(schedule) };
  }
}
