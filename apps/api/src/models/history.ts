/** A unit's own page of data, and the changes between two versions, in the schema. */
import { Field, Int, ObjectType } from '@nestjs/graphql';
import type {
  FigureChange,
  HistoryExtension,
  HistoryRound,
  HistoryStep,
  HistoryVersion,
  ReportFigure,
  TextChange,
  TrailEntry,
  VersionChanges,
} from '#reporting';
import { FigureModel } from './report.js';
import { type PageOf, pageOf, VersionStateEnum } from './shared.js';

@ObjectType('FigureChange', { description: 'A figure of two versions side by side; null where one does not have it.' })
export class FigureChangeModel implements FigureChange {
  @Field() indicator!: string;
  @Field() name!: string;
  @Field() kind!: string;
  @Field(() => FigureModel, { nullable: true }) before!: ReportFigure | null;
  @Field(() => FigureModel, { nullable: true }) after!: ReportFigure | null;
}

@ObjectType('TextChange')
export class TextChangeModel implements TextChange {
  @Field({ description: 'Code of a narrative, "comment", or "header.<field>"' }) place!: string;
  @Field({ description: 'As people call it' }) name!: string;
  @Field(() => String, { nullable: true }) before!: string | null;
  @Field(() => String, { nullable: true }) after!: string | null;
}

@ObjectType('VersionChanges', { description: 'What differs between two versions, and nothing else.' })
export class VersionChangesModel implements VersionChanges {
  @Field(() => Int) from!: number;
  @Field(() => Int) to!: number;
  @Field(() => [FigureChangeModel]) figures!: FigureChange[];
  @Field(() => [TextChangeModel]) texts!: TextChange[];
}

@ObjectType('HistoryStep')
export class HistoryStepModel implements HistoryStep {
  @Field(() => VersionStateEnum) state!: string;
  @Field(() => String, { nullable: true }) reason!: string | null;
  @Field(() => Date) at!: Date;
  @Field({ description: 'Unit code and role' }) by!: string;
  @Field(() => Int, { description: 'Figures returned with a reason of their own' }) returnedFigures!: number;
}

@ObjectType('HistoryVersion')
export class HistoryVersionModel implements HistoryVersion {
  @Field(() => Int) number!: number;
  @Field(() => VersionStateEnum) state!: string;
  @Field(() => Date) receivedAt!: Date;
  @Field(() => Date) recordedAt!: Date;
  @Field({ description: '"Nộp ngoài hệ thống"' }) onPaper!: boolean;
  @Field(() => Int) scans!: number;
  @Field(() => [HistoryStepModel]) steps!: HistoryStep[];
}

@ObjectType('HistoryExtension', { description: 'A later due date that was granted.' })
export class HistoryExtensionModel implements HistoryExtension {
  @Field({ description: 'YYYY-MM-DD' }) fromDueOn!: string;
  @Field({ description: 'YYYY-MM-DD' }) dueOn!: string;
  @Field() reason!: string;
  @Field({ description: 'Unit code and role' }) by!: string;
  @Field(() => Date) at!: Date;
}

@ObjectType('HistoryRound', { description: 'What a unit owed and did in one round.' })
export class HistoryRoundModel implements HistoryRound {
  @Field() round!: string;
  @Field({ description: 'owed, exempt or replaced' }) obligation!: string;
  @Field(() => String, { nullable: true }) replacedBecause!: string | null;
  @Field({ description: 'YYYY-MM-DD' }) dueOn!: string;
  @Field(() => String, { nullable: true, description: 'Plan that sets the due date; null = the programme default' })
  duePlan!: string | null;
  @Field(() => Boolean, { nullable: true, description: 'By the first submission; null while there is none' }) onTime!:
    | boolean
    | null;
  @Field(() => [HistoryExtensionModel]) extensions!: HistoryExtension[];
  @Field(() => [HistoryVersionModel], { description: 'Newest first' }) versions!: HistoryVersion[];
  @Field(() => Date, { nullable: true, description: "When the receiver's round was closed" }) closedAt!: Date | null;
}

@ObjectType('TrailEntry', { description: 'One event of the append-only log.' })
export class TrailEntryModel implements TrailEntry {
  @Field(() => Int) id!: number;
  @Field({ description: 'report.submitted, report.accepted, report.extended …' }) verb!: string;
  @Field(() => Date) at!: Date;
  @Field(() => String, { nullable: true, description: 'Unit code and role; null = operator or system' }) by!:
    | string
    | null;
  @Field({ description: 'What the event tells, as JSON' }) subject!: string;
}
export const TrailPage = pageOf(TrailEntryModel, 'TrailPage');

@ObjectType('UnitHistory', { description: "A unit's own page of data." })
export class UnitHistoryModel {
  @Field() unitCode!: string;
  @Field() unitName!: string;
  @Field(() => [HistoryRoundModel], { description: 'Newest first' }) rounds!: HistoryRound[];
  @Field(() => TrailPage, { description: 'Newest first' }) trail!: PageOf<TrailEntry>;
}
