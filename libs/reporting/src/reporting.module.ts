import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { ReportReader } from './report.reader.js';
import { ReportsService } from './reports.service.js';
import { RoundsService } from './rounds.service.js';

@Module({
  imports: [AccessModule],
  providers: [RoundsService, ReportsService, ReportReader],
  exports: [RoundsService, ReportsService, ReportReader],
})
export class ReportingModule {}
