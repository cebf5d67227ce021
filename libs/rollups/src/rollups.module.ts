import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { ClosingsService } from './closings.service.js';
import { CompletenessService } from './completeness.service.js';
import { Horizon } from './horizon.js';
import { QuestionsService } from './questions.service.js';
import { TotalsService } from './totals.service.js';

@Module({
  imports: [AccessModule],
  providers: [Horizon, TotalsService, CompletenessService, ClosingsService, QuestionsService],
  exports: [Horizon, TotalsService, CompletenessService, ClosingsService, QuestionsService],
})
export class RollupsModule {}
