/** Summary files, schedules and their deliveries in the schema. */
import { Field, InputType, Int, ObjectType } from '@nestjs/graphql';
import { type Schedule, type ScheduleChange, type ScheduleWish, type SummaryFile, summaryStatuses } from '#exports';
import { type Delivery, deliveryStatuses } from '#mail';
import { enumOf, pageOf, Sentence } from './shared.js';

export const SummaryStatusEnum = enumOf(
  'SummaryStatus',
  summaryStatuses,
  'Where the production of a summary file stands.',
);

@ObjectType('SummaryFile', { description: 'The Excel summary of a province and round, made in the background.' })
export class SummaryFileModel implements Omit<SummaryFile, 'unitId'> {
  @Field(() => Int) id!: number;
  @Field(() => SummaryStatusEnum) status!: SummaryFile['status'];
  @Field() unitCode!: string;
  @Field() programme!: string;
  @Field() round!: string;
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

@ObjectType('Schedule', { description: 'When the summary of a province is made and mailed, and to whom.' })
export class ScheduleModel implements Omit<Schedule, 'unitId'> {
  @Field(() => Int) id!: number;
  @Field() unitCode!: string;
  @Field() programme!: string;
  @Field(() => String, { nullable: true, description: 'null: the round opened last, at each run' }) round!:
    | string
    | null;
  @Field() label!: string;
  @Field({ description: 'minute hour day month weekday, in Asia/Ho_Chi_Minh' }) cron!: string;
  @Field(() => [String]) recipients!: string[];
  @Field() paused!: boolean;
  @Field(() => Date) createdAt!: Date;
  @Field(() => [Date], { description: 'The coming five runs; none while it is paused' }) nextRuns!: Date[];
}
export const SchedulePage = pageOf(ScheduleModel, 'SchedulePage');

export const DeliveryStatusEnum = enumOf(
  'DeliveryStatus',
  deliveryStatuses,
  'UNKNOWN: the mail server may have taken it; only a person sends it again.',
);

@ObjectType('Delivery', { description: 'One mail of the ledger: one for each schedule, due run and recipient.' })
export class DeliveryModel implements Omit<Delivery, 'scheduleId'> {
  @Field(() => Int) id!: number;
  @Field(() => Date, { description: 'The instant at which the run was due' }) dueRun!: Date;
  @Field() recipient!: string;
  @Field(() => Int, { description: 'The summary file attached' }) fileId!: number;
  @Field() messageId!: string;
  @Field() subject!: string;
  @Field(() => DeliveryStatusEnum) status!: Delivery['status'];
  @Field(() => Int) attempts!: number;
  @Field(() => String, { nullable: true }) lastError!: string | null;
  @Field(() => String, { nullable: true, description: "The mail server's last words" }) smtpReply!: string | null;
  @Field(() => Date) createdAt!: Date;
  @Field(() => Date, { nullable: true }) nextAttemptAt!: Date | null;
  @Field(() => Date, { nullable: true }) finishedAt!: Date | null;
}
export const DeliveryPage = pageOf(DeliveryModel, 'DeliveryPage');

@InputType()
export class ScheduleInput implements ScheduleWish {
  @Field(() => String, { nullable: true, description: "A province; default: the caller's own unit" }) unitCode?:
    | string
    | null;
  @Field({ defaultValue: 'NQ57-TT' }) programme!: string;
  @Field(() => String, { nullable: true, description: 'Default: the round opened last, at each run' }) round?:
    | string
    | null;
  @Field() label!: string;
  @Field({ description: 'minute hour day month weekday, in Asia/Ho_Chi_Minh: "0 7 16 6,12 *"' }) cron!: string;
  @Field(() => [String], { description: '1–20 e-mail addresses' }) recipients!: string[];
}

@InputType({ description: 'What is left out stays as it is.' })
export class ScheduleChangeInput implements ScheduleChange {
  @Field(() => String, { nullable: true }) round?: string | null;
  @Field(() => Boolean, { nullable: true, description: 'true: no fixed round any more' }) latestRound?: boolean | null;
  @Field(() => String, { nullable: true }) label?: string | null;
  @Field(() => String, { nullable: true }) cron?: string | null;
  @Field(() => [String], { nullable: true }) recipients?: string[] | null;
  @Field(() => Boolean, { nullable: true, description: 'A paused schedule runs nothing' }) paused?: boolean | null;
}
