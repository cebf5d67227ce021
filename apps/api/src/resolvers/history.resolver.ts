/** What a unit has done over the rounds, and what differs between two versions of its report. */
import { Args, Int, Query, Resolver } from '@nestjs/graphql';
import { type Caller, Can } from '#access';
import { HistoryService } from '#reporting';
import { WhoCalls } from '../caller.guard.js';
import { UnitHistoryModel, VersionChangesModel } from '../models/history.js';
import { asPage } from '../models/shared.js';
import { Refuses } from '../told.js';

const unitArg = () => Args('unit', { type: () => String, nullable: true, description: "Default: the caller's own" });
const programmeArg = () => Args('programme', { defaultValue: 'NQ57-TT' });

@Resolver()
export class HistoryResolver {
  constructor(private readonly history: HistoryService) {}

  @Query(() => UnitHistoryModel, {
    description:
      'Everything on record of one unit: rounds with versions, steps and extensions, and the trail of events.',
  })
  @Can('report.read')
  async unitHistory(
    @WhoCalls() caller: Caller,
    @unitArg() unit: string | null,
    @Args('first', { type: () => Int, defaultValue: 50, description: 'Entries of the trail' }) first: number,
    @Args('after', { type: () => String, nullable: true }) after: string | null,
    @programmeArg() programme: string,
  ) {
    const found = await this.history.unit(caller, unit, programme, { first, after });
    return { ...found, trail: asPage(found.trail) };
  }

  @Query(() => VersionChangesModel, { description: 'What differs between two versions of a report, figure by figure.' })
  @Can('report.read')
  @Refuses('obligation.not_found', 'report.no_version')
  reportChanges(
    @WhoCalls() caller: Caller,
    @Args('round') round: string,
    @Args('from', { type: () => Int, description: 'Number of a version' }) from: number,
    @Args('to', { type: () => Int, description: 'Number of a version' }) to: number,
    @unitArg() unitCode: string | null,
    @programmeArg() programme: string,
    @Args('replaced', { defaultValue: false, description: 'Of what it owed before a merger or split' })
    replaced: boolean,
  ) {
    return this.history.changes(caller, { unitCode, programme, round, from, to, replaced });
  }
}
