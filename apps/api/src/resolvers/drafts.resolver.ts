/** Reports on their way in: drafts of the unit itself, and reports that came on paper. */
import { Args, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import { type Caller, Can } from '#access';
import { DraftsService, PaperService } from '#reporting';
import { ReceivedAt, WhoCalls } from '../caller.guard.js';
import { DraftInput, DraftModel, PaperReportInput } from '../models/draft.js';
import { NO_SECRETS, SubmitResult } from '../models/report.js';
import { Refuses } from '../told.js';

const programmeArg = () => Args('programme', { defaultValue: 'NQ57-TT' });
const revisionArg = () =>
  Args('expectedRevision', { type: () => Int, description: 'Revision of the draft that is looked at' });

@Resolver()
export class DraftsResolver {
  constructor(
    private readonly drafts: DraftsService,
    private readonly papers: PaperService,
  ) {}

  @Query(() => DraftModel, { description: "The caller's own draft." })
  @Can('report.draft')
  @Refuses('obligation.not_found', 'draft.not_found')
  draft(@WhoCalls() caller: Caller, @Args('round') round: string, @programmeArg() programme: string) {
    return this.drafts.one(caller, { programme, round });
  }

  @Mutation(() => DraftModel, {
    description: "Saves the caller's own report in part or whole, whatever is found in it.",
  })
  @Can('report.draft')
  @Refuses('obligation.not_found', 'round.closed', 'report.stale', 'draft.stale')
  saveDraft(@WhoCalls() caller: Caller, @Args('input') input: DraftInput) {
    return this.drafts.save(caller, input);
  }

  @Mutation(() => SubmitResult, { description: 'Submits the draft as it was saved. What is refused stays a draft.' })
  @Can('report.submit')
  @Refuses('obligation.not_found', 'draft.not_found', 'draft.stale', 'round.closed', 'report.stale')
  submitDraft(
    @WhoCalls() caller: Caller,
    @ReceivedAt() receivedAt: Date,
    @Args('round') round: string,
    @revisionArg() revision: number,
    @Args('containsNoSecrets', { description: NO_SECRETS }) containsNoSecrets: boolean,
    @programmeArg() programme: string,
  ) {
    return this.drafts.submit(caller, { programme, round }, revision, containsNoSecrets, receivedAt);
  }

  @Mutation(() => Boolean, { description: 'Throws the draft away.' })
  @Can('report.draft')
  @Refuses('obligation.not_found', 'draft.stale')
  async discardDraft(
    @WhoCalls() caller: Caller,
    @Args('round') round: string,
    @revisionArg() revision: number,
    @programmeArg() programme: string,
  ) {
    await this.drafts.discard(caller, { programme, round }, revision);
    return true;
  }

  @Mutation(() => SubmitResult, {
    description:
      '"Nộp ngoài hệ thống": records the paper report of a unit below, with its number, date and day of receipt.',
  })
  @Can('report.record')
  @Refuses(
    'paper.invalid',
    'paper.before_extension',
    'obligation.not_found',
    'round.closed',
    'report.stale',
    'idempotency.mismatch',
  )
  recordPaperReport(@WhoCalls() caller: Caller, @Args('input') input: PaperReportInput) {
    return this.papers.record(caller, input);
  }
}
