/** A commune's local units, the reports they owe it, and what they add up to. */
import { Args, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import { type Caller, Can } from '#access';
import { DraftsService, LocalUnitsService } from '#reporting';
import { ProposalsService } from '#rollups';
import { AsOf, WhoCalls } from '../caller.guard.js';
import {
  AdoptedModel,
  LocalUnitClosedModel,
  LocalUnitInput,
  LocalUnitsAnswerModel,
  LocalUnitsAskedModel,
  ProposalModel,
} from '../models/proposal.js';
import { Refuses } from '../told.js';

const programmeArg = () => Args('programme', { defaultValue: 'NQ57-TT' });
const communeArg = () =>
  Args('unit', { type: () => String, nullable: true, description: "The commune; default: the caller's own" });
const optional = (name: string, description: string) => Args(name, { type: () => String, nullable: true, description });

@Resolver()
export class LocalUnitsResolver {
  constructor(
    private readonly localUnits: LocalUnitsService,
    private readonly proposals: ProposalsService,
    private readonly drafts: DraftsService,
  ) {}

  @Mutation(() => LocalUnitsAnswerModel, {
    description: 'Adds local units of a commune from a list, all or none; those that are there already stay.',
  })
  @Can('unit.manage')
  @Refuses('unit.not_commune')
  addLocalUnits(
    @WhoCalls() caller: Caller,
    @Args('units', { type: () => [LocalUnitInput] }) units: LocalUnitInput[],
    @communeArg() unitCode: string | null,
    @optional('from', 'YYYY-MM-DD, the first day they exist; default today') from: string | null,
    @Args('dryRun', { defaultValue: false }) dryRun: boolean,
  ) {
    return this.localUnits.add(caller, { unitCode, units, from, dryRun });
  }

  @Mutation(() => LocalUnitClosedModel, { description: 'Ends a local unit; what it reported stays, its tokens end.' })
  @Can('unit.manage')
  @Refuses('report.reason_needed')
  closeLocalUnit(
    @WhoCalls() caller: Caller,
    @Args('code') code: string,
    @Args('reason') reason: string,
    @optional('on', 'YYYY-MM-DD, the first day without it; default today') on: string | null,
  ) {
    return this.localUnits.close(caller, { code, reason, on });
  }

  @Mutation(() => LocalUnitsAskedModel, { description: 'Asks the local units of a commune for their reports.' })
  @Can('round.ask')
  @Refuses('unit.not_commune', 'local.undated')
  askLocalUnits(
    @WhoCalls() caller: Caller,
    @Args('round') round: string,
    @communeArg() unitCode: string | null,
    @optional('dueOn', "YYYY-MM-DD, the last day on time; default: that of the commune's own plan") dueOn:
      | string
      | null,
    @programmeArg() programme: string,
  ) {
    return this.localUnits.ask(caller, { unitCode, programme, round, dueOn });
  }

  @Query(() => ProposalModel, { description: "What a commune's local units add up to, now or as of an instant." })
  @Can('report.read')
  @Refuses('unit.not_commune')
  proposal(
    @WhoCalls() caller: Caller,
    @Args('round') round: string,
    @communeArg() unitCode: string | null,
    @optional('asOf', 'What was recorded up to this instant (ISO 8601); now if left out') _: string | null,
    @AsOf() asOf: string,
    @programmeArg() programme: string,
  ) {
    return this.proposals.read(caller, { unitCode, programme, round, asOf });
  }

  @Mutation(() => AdoptedModel, {
    description: "Takes the proposal over into the caller's own draft, whole or only some indicators.",
  })
  @Can('report.draft')
  @Refuses('unit.not_commune', 'obligation.not_found', 'round.closed', 'report.stale', 'draft.stale')
  async adoptProposal(
    @WhoCalls() caller: Caller,
    @Args('round') round: string,
    @Args('expectedVersion', { type: () => Int, description: 'Number of the newest version; 0 before the first' })
    expectedVersion: number,
    @Args('expectedRevision', { type: () => Int, description: 'Revision of the draft; 0 when there is none' })
    expectedRevision: number,
    @Args('indicators', { type: () => [String], nullable: true, description: 'Default: all' })
    indicators: string[] | null,
    @optional('asOf', 'The proposal as it was looked at') asOf: string | null,
    @programmeArg() programme: string,
  ) {
    const proposal = await this.proposals.read(caller, { programme, round, asOf });
    const figures = ProposalsService.adoptable(proposal, indicators);
    const draft = await this.drafts.adopt(
      caller,
      { programme, round, expectedVersion, expectedRevision },
      figures,
      proposal.asOf,
    );
    const left = proposal.figures.flatMap(({ exceeds }) => exceeds ?? []);
    return { draft, adopted: figures.map(({ indicator }) => indicator), left };
  }
}
