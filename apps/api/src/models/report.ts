/** Reports in the schema: what is sent, what is answered, what is read back. */
import { Field, InputType, Int, ObjectType } from '@nestjs/graphql';
import type {
  GivenFigure,
  GivenNarrative,
  Header,
  LastRound,
  Paper,
  Report,
  ReportFigure,
  ReportVersion,
  ReturnedFigure,
  Scan,
  StepAnswer,
  SubmitAnswer,
} from '#reporting';
import { Exact, FigureStateEnum, SeverityEnum, VersionStateEnum } from './shared.js';

@InputType({ description: 'One figure. A ratio takes numerator and denominator, a count value, a milestone yes.' })
export class FigureInput implements GivenFigure {
  @Field({ description: 'Code of the indicator' }) indicator!: string;
  @Field(() => FigureStateEnum, { defaultValue: 'value' }) state!: GivenFigure['state'];
  @Field(() => Exact, { nullable: true, description: 'RATIO only' }) numerator?: string | null;
  @Field(() => Exact, {
    nullable: true,
    description: 'RATIO only; left out where another indicator of its denominatorGroup gives it',
  })
  denominator?: string | null;
  @Field(() => Exact, { nullable: true, description: 'FLOW and STOCK only' }) value?: string | null;
  @Field(() => Boolean, { nullable: true, description: 'MILESTONE only' }) yes?: boolean | null;
  @Field(() => String, { nullable: true, description: 'Answers a warning on this figure' }) note?: string | null;
  @Field(() => String, { nullable: true, description: 'Of a milestone: the document that it rests on' })
  documentNumber?: string | null;
  @Field(() => String, { nullable: true, description: 'YYYY-MM-DD' }) documentDate?: string | null;
}

@InputType()
export class NarrativeInput implements GivenNarrative {
  @Field({ description: 'Code of an indicator of kind TEXT' }) indicator!: string;
  @Field() text!: string;
}

@InputType({ description: 'Who signed and under which number: kept with the version as it was sent.' })
export class HeaderInput implements Header {
  @Field(() => String, { nullable: true }) signer?: string | null;
  @Field(() => String, { nullable: true }) signerTitle?: string | null;
  @Field(() => String, { nullable: true }) documentNumber?: string | null;
  @Field(() => String, { nullable: true, description: 'YYYY-MM-DD' }) documentDate?: string | null;
  @Field(() => String, { nullable: true, description: 'The body that made the report, e.g. "Phòng Văn hóa - Xã hội"' })
  body?: string | null;
}

/** The declaration that whoever sends a report makes. */
export const NO_SECRETS = 'Declared: what is sent holds no state secrets. Without it: report.secrecy_undeclared';

@InputType()
export class SubmitReportInput {
  @Field({ defaultValue: 'NQ57-TT' }) programme!: string;
  @Field({ description: '2026H1, 2026H2 …' }) round!: string;
  @Field(() => Int, { description: 'Number of the version this one replaces; 0 for the first' })
  expectedVersion!: number;
  @Field(() => String, {
    nullable: true,
    description:
      '1–200 characters of your own: the same key and content give the same answer again, other content idempotency.mismatch',
  })
  idempotencyKey?: string | null;
  @Field(() => [FigureInput], { description: 'An indicator left out is missing, and a warning' })
  figures!: FigureInput[];
  @Field(() => [NarrativeInput], { defaultValue: [] }) narratives!: NarrativeInput[];
  @Field(() => String, {
    nullable: true,
    description: 'Answers every warning but proposal.differs, which wants a note of its own',
  })
  comment?: string | null;
  @Field(() => HeaderInput, { nullable: true }) header?: HeaderInput | null;
  @Field({ description: NO_SECRETS }) containsNoSecrets!: boolean;
}

@InputType()
export class ReturnedFigureInput implements ReturnedFigure {
  @Field() indicator!: string;
  @Field() reason!: string;
}

@ObjectType({ description: 'Something wrong (error) or odd (warning) in a report.' })
export class FindingModel {
  @Field(() => SeverityEnum) severity!: string;
  @Field({ description: 'Stable code' }) code!: string;
  @Field(() => String, { nullable: true, description: 'Code of the indicator; null when about the whole report' })
  indicator!: string | null;
  @Field() vi!: string;
  @Field() en!: string;
}

@ObjectType()
export class StoredVersion {
  @Field(() => Int) number!: number;
  @Field(() => VersionStateEnum) state!: string;
  @Field(() => Date, { description: 'When the request had been read in full; decides on time or late' })
  receivedAt!: Date;
  @Field(() => Date, { description: 'When it was recorded; orders the record' }) recordedAt!: Date;
}

@ObjectType({ description: 'stored = false: nothing was written, see findings.' })
export class SubmitResult implements SubmitAnswer {
  @Field() stored!: boolean;
  @Field(() => StoredVersion, { nullable: true, description: 'null unless stored' }) version!: SubmitAnswer['version'];
  @Field(() => Boolean, { nullable: true, description: 'By the first submission not withdrawn; null unless stored' })
  onTime!: boolean | null;
  @Field(() => Date, { description: 'On time = received before this instant' }) dueBefore!: Date;
  @Field(() => [FindingModel]) findings!: SubmitAnswer['findings'];
}

@ObjectType()
export class StepResult implements StepAnswer {
  @Field(() => Int) number!: number;
  @Field(() => VersionStateEnum) state!: string;
  @Field(() => Date) recordedAt!: Date;
}

@ObjectType()
export class FigureModel implements ReportFigure {
  @Field({ description: 'Code' }) indicator!: string;
  @Field() name!: string;
  @Field() kind!: string;
  @Field(() => FigureStateEnum) state!: ReportFigure['state'];
  @Field(() => Exact, { nullable: true, description: 'Count, or numerator; 1 or 0 for a milestone' }) numerator!:
    | string
    | null;
  @Field(() => Exact, { nullable: true, description: 'Of ratios' }) denominator!: string | null;
  @Field(() => String, { nullable: true }) note!: string | null;
  @Field(() => String, { nullable: true }) documentNumber!: string | null;
  @Field(() => String, { nullable: true, description: 'YYYY-MM-DD' }) documentDate!: string | null;
  @Field(() => String, { nullable: true, description: 'Why the level above sent this figure back' }) returnReason!:
    | string
    | null;
}

@ObjectType()
export class NarrativeModel {
  @Field() indicator!: string;
  @Field() name!: string;
  @Field() text!: string;
}

@ObjectType({ description: 'One step in the life of a version.' })
export class StepModel {
  @Field(() => VersionStateEnum) state!: string;
  @Field(() => String, { nullable: true }) reason!: string | null;
  @Field(() => Date) at!: Date;
  @Field({ description: 'Unit code and role of who took it' }) by!: string;
}

@ObjectType()
export class HeaderModel implements Header {
  @Field(() => String, { nullable: true }) signer?: string | null;
  @Field(() => String, { nullable: true }) signerTitle?: string | null;
  @Field(() => String, { nullable: true }) documentNumber?: string | null;
  @Field(() => String, { nullable: true }) documentDate?: string | null;
  @Field(() => String, { nullable: true }) body?: string | null;
}

@ObjectType('Paper', { description: '"Nộp ngoài hệ thống": a report that came on paper; the day of receipt decides.' })
export class PaperModel implements Paper {
  @Field() documentNumber!: string;
  @Field({ description: 'YYYY-MM-DD' }) documentDate!: string;
  @Field({ description: 'YYYY-MM-DD' }) receivedOn!: string;
}

@ObjectType('Scan', { description: 'A scanned signed copy (PDF) of a version; GET its path with the same token.' })
export class ScanModel implements Scan {
  @Field(() => Int) id!: number;
  @Field() fileName!: string;
  @Field({ description: 'Of the bytes, in hexadecimal digits' }) sha256!: string;
  @Field(() => Int) bytes!: number;
  @Field(() => Date) at!: Date;
  @Field({ description: 'Unit code and role of who attached it' }) by!: string;
}

@ObjectType('ReportVersion', { description: 'Immutable once sent.' })
export class ReportVersionModel implements ReportVersion {
  @Field(() => Int) number!: number;
  @Field(() => VersionStateEnum) state!: string;
  @Field(() => Date, { description: 'When it had been read in full, or came on paper; decides on time or late' })
  receivedAt!: Date;
  @Field(() => Date, { description: 'When it was recorded; orders the record' }) recordedAt!: Date;
  @Field(() => String, { nullable: true }) comment!: string | null;
  @Field(() => HeaderModel) header!: HeaderModel;
  @Field({ description: 'Declared by who sent it, at receivedAt' }) containsNoSecrets!: boolean;
  @Field(() => PaperModel, { nullable: true, description: 'null: the unit sent it itself' }) paper!: Paper | null;
  @Field(() => [ScanModel], { description: 'Each at /reports/scans/<id>' }) scans!: Scan[];
  @Field(() => [FindingModel]) findings!: ReportVersion['findings'];
  @Field(() => [FigureModel]) figures!: FigureModel[];
  @Field(() => [NarrativeModel]) narratives!: NarrativeModel[];
  @Field(() => [StepModel], { description: 'Oldest first, beginning with its submission' }) steps!: StepModel[];
}

@ObjectType('LastFigure')
export class LastFigureModel {
  @Field() indicator!: string;
  @Field() name!: string;
  @Field() kind!: string;
  @Field(() => FigureStateEnum) state!: ReportFigure['state'];
  @Field(() => Exact, { nullable: true }) numerator!: string | null;
  @Field(() => Exact, { nullable: true }) denominator!: string | null;
}

@ObjectType('LastRound', { description: 'What stands in the last round, to be read beside this one.' })
export class LastRoundModel implements LastRound {
  @Field() round!: string;
  @Field(() => [LastFigureModel]) figures!: LastFigureModel[];
}

@ObjectType('Report')
export class ReportModel implements Report {
  @Field() unitCode!: string;
  @Field() unitName!: string;
  @Field() round!: string;
  @Field({ description: 'YYYY-MM-DD in Asia/Ho_Chi_Minh' }) dueOn!: string;
  @Field(() => Date, { description: 'On time = received before this instant' }) dueBefore!: Date;
  @Field(() => String, { nullable: true, description: 'Plan that sets the due date; null = the programme default' })
  duePlan!: string | null;
  @Field(() => String, { nullable: true, description: 'The due date as the document words it' }) dueWording!:
    | string
    | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'By the first submission not withdrawn; null while there is none',
  })
  onTime!: boolean | null;
  @Field(() => Int, {
    nullable: true,
    description: 'Number of the version that counts on the basis RECEIVED; null = none',
  })
  receivedVersion!: number | null;
  @Field(() => Int, {
    nullable: true,
    description: 'Number of the version that counts on the basis ACCEPTED; null = none',
  })
  acceptedVersion!: number | null;
  @Field(() => LastRoundModel, { nullable: true, description: 'null: nothing stands in an earlier half-year' })
  last!: LastRound | null;
  @Field(() => [ReportVersionModel], { description: 'Newest first' }) versions!: ReportVersionModel[];
}
