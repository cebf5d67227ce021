import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { ClosingsService } from './closings.service.js';
import { CompletenessService } from './completeness.service.js';
import { Horizon } from './horizon.js';
import { ProposalsService } from './proposals.service.js';
import { QuestionsService } from './questions.service.js';
import { TotalsService } from './totals.service.js';

@Module({
  imports: [AccessModule],
  providers: [Horizon, TotalsService, CompletenessService, ClosingsService, QuestionsService, ProposalsService],
  exports: [Horizon, TotalsService, CompletenessService, ClosingsService, QuestionsService, ProposalsService],
})
export class RollupsModule {}
