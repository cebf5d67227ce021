import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { ClosingsService } from './closings.service.js';
import { CompletenessService } from './completeness.service.js';
import { Horizon } from './horizon.js';
import { TotalsService } from './totals.service.js';

@Module({
  imports: [AccessModule],
  providers: [Horizon, TotalsService, CompletenessService, ClosingsService],
  exports: [Horizon, TotalsService, CompletenessService, ClosingsService],
})
export class RollupsModule {}
