/** Files on request and by schedule, and the ledger of their mails. The rules are in libs/exports. */
import { Args, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import { type Caller, Can } from '#access';
import {
  ExportDownloads,
  type LayoutKind,
  RecipientsService,
  RunsService,
  type Schedule,
  type ScheduleRun,
  SchedulesService,
  SummariesService,
  type SummaryFile,
  timingText,
  troubleOf,
} from '#exports';
import { WhoCalls } from '../caller.guard.js';
import {
  BounceModel,
  DeliveryPage,
  DownloadLinkModel,
  FileKindEnum,
  RecipientModel,
  ScheduleChangeInput,
  ScheduleInput,
  ScheduleModel,
  SchedulePage,
  ScheduleRunPage,
  SummaryFileModel,
} from '../models/exports.js';
import { asPage } from '../models/shared.js';
import { Refuses } from '../told.js';

const idArg = () => Args('id', { type: () => Int });
const scheduleArg = () => Args('scheduleId', { type: () => Int });
const unitArg = () => Args('unit', { type: () => String, nullable: true, description: "Default: the caller's own" });
const first = () => Args('first', { type: () => Int, defaultValue: 50 });
const after = () => Args('after', { type: () => String, nullable: true });

const shownFile = (file: SummaryFile): SummaryFileModel => ({ ...file, path: `/exports/${file.id}` });

@Resolver()
export class ExportsResolver {
  constructor(
    private readonly summaries: SummariesService,
    private readonly downloads: ExportDownloads,
    private readonly schedulesService: SchedulesService,
    private readonly runs: RunsService,
    private readonly recipientsService: RecipientsService,
  ) {}

  @Mutation(() => SummaryFileModel, {
    description:
      'Asks for a file; it is made in the background: look at summaryFile until READY. The same request gives the same file. Three under way at a time for an account.',
  })
  @Can('export.get') // Each kind of file says who may have it.
  @Refuses('export.ad_hoc', 'export.too_many')
  async requestSummary(
    @WhoCalls() caller: Caller,
    @Args('round') round: string,
    @unitArg() unit: string | null,
    @Args('programme', { defaultValue: 'NQ57-TT' }) programme: string,
    @Args('kind', { type: () => FileKindEnum, defaultValue: 'province_summary' }) kind: LayoutKind,
    @Args('asOf', { type: () => String, nullable: true, description: 'ISO 8601; only what was recorded up to then' })
    asOf: string | null,
  ) {
    return shownFile(await this.summaries.request(caller, { kind, unitCode: unit, programme, round, asOf }));
  }

  @Query(() => SummaryFileModel, { description: 'Where the making of a file stands.' })
  @Can('export.read')
  @Refuses('export.not_found')
  async summaryFile(@WhoCalls() caller: Caller, @idArg() id: number) {
    return shownFile(await this.summaries.file(caller, id));
  }

  @Mutation(() => DownloadLinkModel, { description: 'An address that opens the file without a token, for 15 minutes.' })
  @Can('export.get')
  @Refuses('export.not_found', 'export.not_ready', 'export.failed')
  downloadLink(@WhoCalls() caller: Caller, @idArg() id: number) {
    return this.downloads.link(caller, id);
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
    return asPage({ ...page, items: await this.shown(page.items) });
  }

  @Query(() => ScheduleModel, { description: 'One schedule with its coming runs and its last.' })
  @Can('schedule.manage')
  @Refuses('schedule.not_found')
  async schedule(@WhoCalls() caller: Caller, @idArg() id: number) {
    return this.shownOne(await this.schedulesService.one(caller, id));
  }

  @Query(() => ScheduleRunPage, {
    description: 'The runs of a schedule, newest first; also what failed or was missed.',
  })
  @Can('schedule.manage')
  @Refuses('schedule.not_found')
  async scheduleRuns(
    @WhoCalls() caller: Caller,
    @scheduleArg() scheduleId: number,
    @first() size: number,
    @after() cursor: string | null,
  ) {
    return asPage(await this.runs.runs(caller, scheduleId, { first: size, after: cursor }));
  }

  @Query(() => DeliveryPage, { description: 'The ledger: one row for each due run and recipient, newest first.' })
  @Can('schedule.manage')
  @Refuses('schedule.not_found')
  async deliveries(
    @WhoCalls() caller: Caller,
    @scheduleArg() scheduleId: number,
    @first() size: number,
    @after() cursor: string | null,
  ) {
    return asPage(await this.runs.deliveries(caller, scheduleId, { first: size, after: cursor }));
  }

  @Mutation(() => ScheduleModel, {
    description: 'Makes and mails the summary of a province: after the due date, each week of the round, or by cron.',
  })
  @Can('schedule.manage')
  @Refuses('schedule.invalid', 'recipient.removed')
  async createSchedule(@WhoCalls() caller: Caller, @Args('input') input: ScheduleInput) {
    return this.shownOne(await this.schedulesService.create(caller, input));
  }

  @Mutation(() => ScheduleModel, { description: 'Changes, pauses or resumes a schedule; who saves it answers for it.' })
  @Can('schedule.manage')
  @Refuses('schedule.not_found', 'schedule.invalid', 'recipient.removed')
  async updateSchedule(@WhoCalls() caller: Caller, @idArg() id: number, @Args('change') change: ScheduleChangeInput) {
    return this.shownOne(await this.schedulesService.update(caller, id, change));
  }

  @Mutation(() => Date, {
    description: 'Runs a schedule now, beside its times. Returns the instant under which the run is known.',
  })
  @Can('schedule.manage')
  @Refuses('schedule.not_found', 'schedule.paused')
  runScheduleNow(@WhoCalls() caller: Caller, @idArg() id: number) {
    return this.schedulesService.runNow(caller, id);
  }

  @Mutation(() => Date, {
    description: 'Makes the mail of a schedule as it would be now and sends it to the caller only, marked as a sample.',
  })
  @Can('schedule.manage')
  @Refuses('schedule.not_found', 'schedule.invalid')
  sendSample(
    @WhoCalls() caller: Caller,
    @idArg() id: number,
    @Args('to', { description: "The caller's own address" }) to: string,
  ) {
    return this.schedulesService.sample(caller, id, to);
  }

  @Mutation(() => Boolean, { description: 'Sends a mail again that was sent, failed, or may not have arrived.' })
  @Can('schedule.manage')
  @Refuses('delivery.not_found', 'delivery.under_way')
  async resendDelivery(@WhoCalls() caller: Caller, @idArg() id: number) {
    await this.runs.resend(caller, id);
    return true;
  }

  @Query(() => [RecipientModel], {
    description: 'Addresses that may receive what is told of a unit or those below it.',
  })
  @Can('schedule.manage')
  recipients(@WhoCalls() caller: Caller, @unitArg() unit: string | null) {
    return this.recipientsService.list(caller, unit);
  }

  @Mutation(() => Boolean, {
    description: 'Takes an address back: nothing is sent to it any more, also of what is due.',
  })
  @Can('schedule.manage')
  @Refuses('recipient.not_found')
  async removeRecipient(@WhoCalls() caller: Caller, @unitArg() unit: string | null, @Args('address') address: string) {
    await this.recipientsService.keep(caller, unit, address, false);
    return true;
  }

  @Mutation(() => Boolean, { description: 'An address that was taken back may receive again.' })
  @Can('schedule.manage')
  @Refuses('recipient.not_found')
  async restoreRecipient(@WhoCalls() caller: Caller, @unitArg() unit: string | null, @Args('address') address: string) {
    await this.recipientsService.keep(caller, unit, address, true);
    return true;
  }

  @Query(() => [BounceModel], {
    description:
      'Addresses of a unit and of those below it that nothing is sent to, since a mail came back; newest first.',
  })
  @Can('contact.manage')
  bounces(@WhoCalls() caller: Caller, @unitArg() unit: string | null) {
    return this.recipientsService.bounces(caller, unit);
  }

  @Mutation(() => Boolean, { description: 'The address has been looked at: mails go to it again.' })
  @Can('contact.manage')
  @Refuses('bounce.not_found')
  async clearBounce(@WhoCalls() caller: Caller, @unitArg() unit: string | null, @Args('address') address: string) {
    await this.recipientsService.clearBounce(caller, unit, address);
    return true;
  }

  private async shownOne(schedule: Schedule): Promise<ScheduleModel> {
    return (await this.shown([schedule]))[0]!;
  }

  private async shown(schedules: Schedule[]): Promise<ScheduleModel[]> {
    const next = await this.schedulesService.nextRuns(schedules);
    const last = await this.runs.lastRuns(schedules.map(({ id }) => id));
    return schedules.map((schedule, i) => shownSchedule(schedule, next[i]!, last.get(schedule.id)));
  }
}

function shownSchedule(schedule: Schedule, nextRuns: Date[], lastRun: ScheduleRun | undefined): ScheduleModel {
  const { timing } = schedule;
  return {
    ...schedule,
    when: timingText(timing),
    cron: timing.kind === 'cron' ? timing.cron : null,
    afterDue: 'days' in timing ? { days: timing.days, at: timing.at, last: timing.kind === 'after_last_due' } : null,
    weekly: timing.kind === 'weekly' ? { weekday: timing.weekday, at: timing.at } : null,
    nextRuns,
    lastRun: lastRun ?? null,
    trouble: troubleOf(lastRun),
  };
}
