/** Local units and what they add up to, in the schema. */
import { Field, InputType, Int, ObjectType } from '@nestjs/graphql';
import type { LocalUnitAdded, LocalUnitWish } from '#organisations';
import type { LocalUnitsAnswer, ProposedFigure } from '#reporting';
import type { LocalFigures, Proposal, ProposalFigure } from '#rollups';
import { DraftModel } from './draft.js';
import { Exact, FigureStateEnum, Sentence } from './shared.js';

@InputType({ description: 'A local unit of a commune.' })
export class LocalUnitInput implements LocalUnitWish {
  @Field({
    description: 'thon, xom, lang, ban, buon, ap, soc, khu_pho, to_dan_pho, khom, tieu_khu, truong_hoc, co_quan',
  })
  kind!: string;
  @Field({ description: 'Without its kind; of a school or office the whole name' }) name!: string;
  @Field(() => String, { nullable: true, description: "<the commune's code>.01 …; numbered if left out" })
  code?: string | null;
}

@ObjectType('LocalUnitAdded')
export class LocalUnitAddedModel implements LocalUnitAdded {
  @Field() code!: string;
  @Field() kind!: string;
  @Field() name!: string;
  @Field(() => String, { description: 'created or unchanged' }) outcome!: LocalUnitAdded['outcome'];
}

@ObjectType('LocalUnitsAnswer', { description: 'A dry run says what the real run says.' })
export class LocalUnitsAnswerModel implements LocalUnitsAnswer {
  @Field() dryRun!: boolean;
  @Field(() => [LocalUnitAddedModel]) units!: LocalUnitAdded[];
  @Field(() => Int, { description: 'Reports they owe now, in rounds for which the commune has asked its units' })
  asked!: number;
}

@ObjectType('LocalUnitClosed')
export class LocalUnitClosedModel {
  @Field() code!: string;
  @Field(() => Int, { description: 'Reports that it owes no more' }) released!: number;
}

@ObjectType('LocalUnitsAsked')
export class LocalUnitsAskedModel {
  @Field(() => Int, { description: 'Units that owe now and did not before' }) asked!: number;
  @Field({ description: 'YYYY-MM-DD, the last day on time' }) dueOn!: string;
}

@ObjectType('ProposalCoverage', { description: 'expected = value + notApplicable + missing + notReported' })
export class ProposalCoverageModel {
  @Field(() => Int) expected!: number;
  @Field(() => Int) value!: number;
  @Field(() => Int, { description: 'Of the values' }) estimated!: number;
  @Field(() => Int) notApplicable!: number;
  @Field(() => Int) missing!: number;
  @Field(() => Int) notReported!: number;
}

@ObjectType('ProposalLimit')
export class ProposalLimitModel {
  @Field(() => Exact) denominator!: string;
  @Field() round!: string;
}

@ObjectType('CommuneFigure')
export class CommuneFigureModel {
  @Field(() => FigureStateEnum) state!: string;
  @Field(() => Exact, { nullable: true }) numerator!: string | null;
  @Field(() => Exact, { nullable: true }) denominator!: string | null;
  @Field(() => String, { nullable: true, description: 'The reason of a change' }) note!: string | null;
  @Field(() => Int) version!: number;
}

@ObjectType('ProposedFigure')
export class ProposalFigureModel implements ProposalFigure {
  @Field() indicator!: string;
  @Field() name!: string;
  @Field(() => String, { nullable: true }) unitLabel!: string | null;
  @Field(() => Exact, { nullable: true, description: 'Σ; null while no unit has a value' }) numerator!: string | null;
  @Field(() => Exact, { nullable: true }) denominator!: string | null;
  @Field(() => ProposalCoverageModel) coverage!: ProposedFigure['coverage'];
  @Field() complete!: boolean;
  @Field(() => ProposalLimitModel, { nullable: true, description: "The commune's own denominator" })
  limit!: ProposalFigure['limit'];
  @Field(() => Sentence, { nullable: true, description: 'Above the limit: an error, never a cap' })
  exceeds!: ProposalFigure['exceeds'];
  @Field(() => CommuneFigureModel, { nullable: true, description: 'What the commune itself reported' })
  reported!: ProposalFigure['reported'];
  @Field() differs!: boolean;
}

@ObjectType('LocalFigure')
export class LocalFigureModel {
  @Field() indicator!: string;
  @Field() name!: string;
  @Field(() => FigureStateEnum) state!: string;
  @Field(() => Exact, { nullable: true }) numerator!: string | null;
  @Field(() => Exact, { nullable: true }) denominator!: string | null;
}

@ObjectType('LocalReport')
export class LocalReportModel implements LocalFigures {
  @Field({ description: 'Code' }) unit!: string;
  @Field() kind!: string;
  @Field() name!: string;
  @Field({ description: 'YYYY-MM-DD' }) dueOn!: string;
  @Field(() => Int, { nullable: true, description: 'null: nothing received' }) version!: number | null;
  @Field({ description: 'false: schools and offices, only listed' }) addsUp!: boolean;
  @Field(() => [LocalFigureModel]) figures!: LocalFigures['figures'];
}

@ObjectType('Proposal', { description: "What a commune's local units add up to: a proposal for its own report." })
export class ProposalModel implements Proposal {
  @Field() unitCode!: string;
  @Field() unitName!: string;
  @Field() round!: string;
  @Field(() => String) asOf!: string;
  @Field(() => Int, { description: 'Local units that owe the round' }) expected!: number;
  @Field(() => Int) reported!: number;
  @Field(() => [ProposalFigureModel]) figures!: ProposalFigure[];
  @Field(() => [LocalReportModel]) units!: LocalFigures[];
}

@ObjectType('Adopted')
export class AdoptedModel {
  @Field(() => DraftModel) draft!: DraftModel;
  @Field(() => [String], { description: 'Indicators taken over' }) adopted!: string[];
  @Field(() => [Sentence], { description: 'Sums above the limit, left out' }) left!: Sentence[];
}
