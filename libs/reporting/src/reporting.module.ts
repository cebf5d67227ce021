import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { AdHocRoundsService } from './ad-hoc-rounds.service.js';
import { DraftsService } from './drafts.service.js';
import { FormsService } from './form/forms.service.js';
import { HistoryService } from './history.service.js';
import { LocalUnitsService } from './local-units.service.js';
import { ObligationsService } from './obligations.service.js';
import { PaperService } from './paper.service.js';
import { ReportReader } from './report.reader.js';
import { ReportsService } from './reports.service.js';
import { RoundsService } from './rounds.service.js';
import { ScansService } from './scans.service.js';

const services = [
  RoundsService,
  AdHocRoundsService,
  ReportsService,
  ReportReader,
  ObligationsService,
  PaperService,
  DraftsService,
  ScansService,
  HistoryService,
  FormsService,
  LocalUnitsService,
];

@Module({
  imports: [AccessModule],
  providers: services,
  exports: services,
})
export class ReportingModule {}
