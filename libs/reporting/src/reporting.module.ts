import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { ObligationsService } from './obligations.service.js';
import { ReportReader } from './report.reader.js';
import { ReportsService } from './reports.service.js';
import { RoundsService } from './rounds.service.js';

@Module({
  imports: [AccessModule],
  providers: [RoundsService, ReportsService, ReportReader, ObligationsService],
  exports: [RoundsService, ReportsService, ReportReader, ObligationsService],
})
export class ReportingModule {}
