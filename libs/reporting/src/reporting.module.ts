import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { FormsService } from './form/forms.service.js';
import { ObligationsService } from './obligations.service.js';
import { ReportReader } from './report.reader.js';
import { ReportsService } from './reports.service.js';
import { RoundsService } from './rounds.service.js';

@Module({
  imports: [AccessModule],
  providers: [RoundsService, ReportsService, ReportReader, ObligationsService, FormsService],
  exports: [RoundsService, ReportsService, ReportReader, ObligationsService, FormsService],
})
export class ReportingModule {}
