/** Summary files, schedules and their deliveries in the schema. */
import { Field, InputType, Int, ObjectType } from '@nestjs/graphql';
import {
  type Bounce,
  type CatchUp,
  catchUps,
  type DownloadLink,
  type LayoutKind,
  layoutKinds,
  layouts,
  type Progress,
  type Recipient,
  runKinds,
  runStatuses,
  type Schedule,
  type ScheduleChange,
  type ScheduleRun,
  type ScheduleWish,
  type SummaryFile,
  summaryStatuses,
} from '#exports';
import { type Delivery, deliveryStatuses } from '#mail';
import { enumOf, pageOf, Sentence } from './shared.js';

export const SummaryStatusEnum = enumOf(
  'SummaryStatus',
  summaryStatuses,
  'Where the production of a summary file stands.',
);

export const FileKindEnum = enumOf(
  'FileKind',
  layoutKinds,
  `Kinds of files: ${layouts.map(({ kind, name }) => `${kind.toUpperCase()} "${name}"`).join('; ')}.`,
);

@ObjectType('Progress', { description: 'How far the making of a file has come.' })
export class ProgressModel implements Progress {
  @Field(() => Int, { description: 'Steps done' }) done!: number;
  @Field(() => Int, { description: 'Of so many' }) total!: number;
  @Field({ description: 'What is being done' }) vi!: string;
  @Field() en!: string;
}

@ObjectType('DownloadLink', { description: 'Opens one file without a token, for a while.' })
export class DownloadLinkModel implements DownloadLink {
  @Field() path!: string;
  @Field(() => Date) expiresAt!: Date;
}

@ObjectType('SummaryFile', { description: 'A file of a unit and round, made in the background.' })
export class SummaryFileModel implements Omit<SummaryFile, 'unitId'> {
  @Field(() => Int) id!: number;
  @Field(() => FileKindEnum) kind!: LayoutKind;
  @Field(() => SummaryStatusEnum) status!: SummaryFile['status'];
  @Field() unitCode!: string;
  @Field() programme!: string;
  @Field() round!: string;
  @Field(() => String, {
    nullable: true,
    description: 'The instant asked for; null: of the close, or of when it is made',
  })
  wishedAsOf!: string | null;
  @Field(() => ProgressModel, { nullable: true, description: 'null before it begins' }) progress!: Progress | null;
  @Field(() => Date) requestedAt!: Date;
  @Field(() => Date, { nullable: true, description: 'When it was ready or had failed' }) finishedAt!: Date | null;
  @Field(() => Date, { nullable: true, description: 'The instant up to which the record was read' }) asOf!: Date | null;
  @Field(() => String, { nullable: true }) fileName!: string | null;
  @Field(() => String, { nullable: true, description: 'Of the bytes, in hexadecimal digits' }) sha256!: string | null;
  @Field(() => Int, { nullable: true }) bytes!: number | null;
  @Field(() => Sentence, { nullable: true, description: 'Why it failed' }) failure!: SummaryFile['failure'];
  @Field(() => String, { description: 'Path of the download, with the same token; 409 until it is ready' })
  path!: string;
}

@ObjectType('AfterDue', { description: 'Days after a due date of the round; 1: the day after.' })
export class AfterDueModel {
  @Field(() => Int) days!: number;
  @Field({ description: 'HH:MM in Asia/Ho_Chi_Minh' }) at!: string;
  @Field({ description: 'After the last due date in force; else after the one that most units have' }) last!: boolean;
}

@ObjectType('Weekly', {
  description: 'Each such weekday while a round is collected: to a week after the last due date.',
})
export class WeeklyModel {
  @Field(() => Int, { description: '1 Monday … 7 Sunday' }) weekday!: number;
  @Field({ description: 'HH:MM in Asia/Ho_Chi_Minh' }) at!: string;
}

export const CatchUpEnum = enumOf(
  'CatchUp',
  catchUps,
  'What is made up for after an outage: nothing, the latest run, or each (the newest five at most).',
);
export const RunStatusEnum = enumOf(
  'RunStatus',
  runStatuses,
  'DONE: its mails are in the ledger. MISSED: not made up for.',
);
export const RunKindEnum = enumOf(
  'RunKind',
  runKinds,
  'DUE: at its time; CATCH_UP: made up for later; ASKED: by a person; SAMPLE: to who asked.',
);

@ObjectType('ScheduleRun', { description: 'One run of a schedule, known by the instant at which it was due.' })
export class ScheduleRunModel implements Omit<ScheduleRun, 'scheduleId'> {
  @Field(() => Date) dueRun!: Date;
  @Field(() => RunKindEnum) kind!: ScheduleRun['kind'];
  @Field(() => RunStatusEnum) status!: ScheduleRun['status'];
  @Field(() => Int) attempts!: number;
  @Field(() => Date, { nullable: true }) nextAttemptAt!: Date | null;
  @Field(() => Date, { nullable: true }) finishedAt!: Date | null;
  @Field(() => Sentence, { nullable: true, description: 'Why it failed, or its last try did' })
  failure!: ScheduleRun['failure'];
  @Field(() => Int, { nullable: true }) fileId!: number | null;
  @Field(() => Int, { description: 'Mails of this run in the ledger' }) mails!: number;
  @Field(() => Int) sent!: number;
  @Field(() => Int, { description: 'Refused, or given up after the last try' }) mailsFailed!: number;
  @Field(() => Int, { description: 'Taken by the mail server, and came back' }) bounced!: number;
  @Field(() => Int, { description: 'Nobody knows whether they arrived' }) unknown!: number;
  @Field(() => Int, { description: 'Put off, to be tried again' }) delayed!: number;
}
export const ScheduleRunPage = pageOf(ScheduleRunModel, 'ScheduleRunPage');

@ObjectType('Schedule', { description: 'When the summary of a province is made and mailed, and to whom.' })
export class ScheduleModel
  implements Omit<Schedule, 'unitId' | 'programmeId' | 'accountId' | 'plannedUntil' | 'timing'>
{
  @Field(() => Int) id!: number;
  @Field() unitCode!: string;
  @Field() programme!: string;
  @Field(() => String, {
    nullable: true,
    description: 'null: the round whose date it is; by cron the round opened last',
  })
  round!: string | null;
  @Field() label!: string;
  @Field(() => Sentence, { description: 'Its times in words' }) when!: Sentence;
  @Field(() => String, { nullable: true, description: 'minute hour day month weekday, in Asia/Ho_Chi_Minh' }) cron!:
    | string
    | null;
  @Field(() => AfterDueModel, { nullable: true }) afterDue!: AfterDueModel | null;
  @Field(() => WeeklyModel, { nullable: true }) weekly!: WeeklyModel | null;
  @Field(() => CatchUpEnum) catchUp!: CatchUp;
  @Field(() => [String]) recipients!: string[];
  @Field() paused!: boolean;
  @Field(() => Date) createdAt!: Date;
  @Field(() => [Date], { description: 'The coming five runs that are known; none while it is paused' })
  nextRuns!: Date[];
  @Field(() => ScheduleRunModel, { nullable: true, description: 'Samples aside' }) lastRun!: ScheduleRunModel | null;
  @Field(() => Sentence, { nullable: true, description: 'What a person should look at in the last run' })
  trouble!: Sentence | null;
}
export const SchedulePage = pageOf(ScheduleModel, 'SchedulePage');

export const DeliveryStatusEnum = enumOf(
  'DeliveryStatus',
  deliveryStatuses,
  'UNKNOWN: the mail server may have taken it; only a person sends it again. BOUNCED: it was taken, and came back.',
);

@ObjectType('Delivery', { description: 'One mail of the ledger: one for each schedule, due run and recipient.' })
export class DeliveryModel implements Omit<Delivery, 'scheduleId'> {
  @Field(() => Int) id!: number;
  @Field(() => Date, { description: 'The instant at which the run was due' }) dueRun!: Date;
  @Field() recipient!: string;
  @Field(() => Int, { description: 'The summary file attached' }) fileId!: number;
  @Field({ description: 'Message-ID of the mail, the same in every attempt' }) messageId!: string;
  @Field() subject!: string;
  @Field(() => DeliveryStatusEnum) status!: Delivery['status'];
  @Field(() => Int) attempts!: number;
  @Field(() => String, { nullable: true, description: 'What went wrong in the last attempt' }) lastError!:
    | string
    | null;
  @Field(() => String, { nullable: true, description: "The mail server's last words" }) smtpReply!: string | null;
  @Field(() => Date) createdAt!: Date;
  @Field(() => Date, { nullable: true }) nextAttemptAt!: Date | null;
  @Field(() => Date, { nullable: true }) finishedAt!: Date | null;
}
export const DeliveryPage = pageOf(DeliveryModel, 'DeliveryPage');

@ObjectType('Bounce', { description: 'An address of a unit that nothing is sent to, since a mail to it came back.' })
export class BounceModel implements Bounce {
  @Field() unitCode!: string;
  @Field() address!: string;
  @Field(() => Int, { description: 'The mail that came back' }) deliveryId!: number;
  @Field({ description: 'Of that mail' }) subject!: string;
  @Field({ description: 'Status and words of the mail server that refused it' }) reason!: string;
  @Field(() => Date) at!: Date;
}

@ObjectType('Recipient', { description: 'An address that may receive what is told of a unit.' })
export class RecipientModel implements Recipient {
  @Field() unitCode!: string;
  @Field() address!: string;
  @Field(() => Date) addedAt!: Date;
  @Field(() => Date, { nullable: true, description: 'Taken back: nothing more is sent to it' }) removedAt!: Date | null;
}

@InputType()
export class AfterDueInput {
  @Field(() => Int, { nullable: true, description: '1–60; default 1: the day after' }) days?: number | null;
  @Field(() => String, { nullable: true, description: 'HH:MM in Asia/Ho_Chi_Minh; default 07:00' }) at?: string | null;
  @Field(() => Boolean, {
    nullable: true,
    description:
      'true: after the last due date in force, extensions included; default: after the one that most units have',
  })
  last?: boolean | null;
}

@InputType()
export class WeeklyInput {
  @Field(() => Int, { description: '1 Monday … 7 Sunday' }) weekday!: number;
  @Field(() => String, { nullable: true, description: 'HH:MM in Asia/Ho_Chi_Minh; default 07:00' }) at?: string | null;
}

const CRON = 'minute hour day month weekday, in Asia/Ho_Chi_Minh, at most hourly: "0 7 16 6,12 *"';

@InputType({ description: 'Exactly one of cron, afterDue, weekly.' })
export class ScheduleInput implements ScheduleWish {
  @Field(() => String, { nullable: true, description: "A province; default: the caller's own unit" }) unitCode?:
    | string
    | null;
  @Field({ defaultValue: 'NQ57-TT' }) programme!: string;
  @Field(() => String, {
    nullable: true,
    description: 'Default: the round whose date it is; by cron the one opened last',
  })
  round?: string | null;
  @Field() label!: string;
  @Field(() => String, { nullable: true, description: CRON }) cron?: string | null;
  @Field(() => AfterDueInput, { nullable: true, description: 'The morning after the due date' })
  afterDue?: AfterDueInput | null;
  @Field(() => WeeklyInput, { nullable: true, description: 'Each such weekday of the round' })
  weekly?: WeeklyInput | null;
  @Field(() => CatchUpEnum, { nullable: true, description: 'Default: LATEST' }) catchUp?: CatchUp | null;
  @Field(() => [String], { description: '1–20 e-mail addresses' }) recipients!: string[];
}

@InputType({ description: 'What is left out stays as it is.' })
export class ScheduleChangeInput implements ScheduleChange {
  @Field(() => String, { nullable: true }) round?: string | null;
  @Field(() => Boolean, { nullable: true, description: 'true: no fixed round any more' }) latestRound?: boolean | null;
  @Field(() => String, { nullable: true }) label?: string | null;
  @Field(() => String, { nullable: true, description: CRON }) cron?: string | null;
  @Field(() => AfterDueInput, { nullable: true }) afterDue?: AfterDueInput | null;
  @Field(() => WeeklyInput, { nullable: true }) weekly?: WeeklyInput | null;
  @Field(() => CatchUpEnum, { nullable: true }) catchUp?: CatchUp | null;
  @Field(() => [String], { nullable: true }) recipients?: string[] | null;
  @Field(() => Boolean, { nullable: true, description: 'A paused schedule runs nothing' }) paused?: boolean | null;
}
