import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { CompletenessService } from './completeness.service.js';
import { TotalsService } from './totals.service.js';

@Module({
  imports: [AccessModule],
  providers: [TotalsService, CompletenessService],
  exports: [TotalsService, CompletenessService],
})
export class RollupsModule {}
