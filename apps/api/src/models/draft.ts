/** Drafts and reports that came on paper, in the schema. */
import { Field, InputType, Int, ObjectType } from '@nestjs/graphql';
import type { Draft, DraftWish, GivenFigure, GivenNarrative, PaperReport } from '#reporting';
import { FigureInput, FindingModel, HeaderInput, HeaderModel, NarrativeInput, NO_SECRETS } from './report.js';
import { Exact, FigureStateEnum } from './shared.js';

@InputType({ description: 'A report while it is being written: any part of it.' })
export class DraftInput implements DraftWish {
  @Field({ defaultValue: 'NQ57-TT' }) programme!: string;
  @Field({ description: '2026H1, 2026H2 …' }) round!: string;
  @Field(() => Int, { description: 'Number of the version it is written on; 0 before the first' })
  expectedVersion!: number;
  @Field(() => Int, { description: 'Revision of the draft as it was loaded; 0 when there was none' })
  expectedRevision!: number;
  @Field(() => [FigureInput], { defaultValue: [] }) figures!: FigureInput[];
  @Field(() => [NarrativeInput], { defaultValue: [] }) narratives!: NarrativeInput[];
  @Field(() => String, { nullable: true }) comment?: string | null;
  @Field(() => HeaderInput, { nullable: true }) header?: HeaderInput | null;
}

@ObjectType({ description: 'A figure as it was typed, right or wrong.' })
export class DraftFigure implements GivenFigure {
  @Field() indicator!: string;
  @Field(() => FigureStateEnum) state!: GivenFigure['state'];
  @Field(() => Exact, { nullable: true }) numerator?: string | null;
  @Field(() => Exact, { nullable: true }) denominator?: string | null;
  @Field(() => Exact, { nullable: true }) value?: string | null;
  @Field(() => Boolean, { nullable: true }) yes?: boolean | null;
  @Field(() => String, { nullable: true }) note?: string | null;
  @Field(() => String, { nullable: true }) documentNumber?: string | null;
  @Field(() => String, { nullable: true }) documentDate?: string | null;
}

@ObjectType()
export class DraftNarrative implements GivenNarrative {
  @Field() indicator!: string;
  @Field() text!: string;
}

@ObjectType('Draft', { description: 'Seen by the unit alone, counted nowhere.' })
export class DraftModel implements Draft {
  @Field() round!: string;
  @Field(() => Int, { description: 'Counts the saves' }) revision!: number;
  @Field(() => Int, { description: 'Number of the version it was written on' }) basedOn!: number;
  @Field({ description: 'A newer version has come meanwhile: load it before going on' }) stale!: boolean;
  @Field(() => Date) savedAt!: Date;
  @Field({ description: 'Role and label of the account that saved it last' }) savedBy!: string;
  @Field(() => [DraftFigure]) figures!: DraftFigure[];
  @Field(() => [DraftNarrative]) narratives!: DraftNarrative[];
  @Field(() => String, { nullable: true }) comment?: string | null;
  @Field(() => HeaderModel, { nullable: true }) header?: HeaderModel | null;
  @Field(() => [FindingModel], { description: 'What submitting it now would find, once declared' })
  findings!: Draft['findings'];
}

@InputType({ description: 'A report that came on paper: its number and date stand in the header.' })
export class PaperReportInput implements PaperReport {
  @Field({ name: 'unit', description: 'Official code of the unit that reports' }) unitCode!: string;
  @Field({ description: 'YYYY-MM-DD, the day on which it came: decides on time or late' }) receivedOn!: string;
  @Field({ defaultValue: 'NQ57-TT' }) programme!: string;
  @Field() round!: string;
  @Field(() => Int, { description: 'Number of the version this one replaces; 0 for the first' })
  expectedVersion!: number;
  @Field(() => String, { nullable: true }) idempotencyKey?: string | null;
  @Field(() => [FigureInput]) figures!: FigureInput[];
  @Field(() => [NarrativeInput], { defaultValue: [] }) narratives!: NarrativeInput[];
  @Field(() => String, {
    nullable: true,
    description: 'Answers every warning but proposal.differs, which wants a note of its own',
  })
  comment?: string | null;
  @Field(() => HeaderInput, { description: 'documentNumber and documentDate are needed' }) header!: HeaderInput;
  @Field({ description: NO_SECRETS }) containsNoSecrets!: boolean;
}
