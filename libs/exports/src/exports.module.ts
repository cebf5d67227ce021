import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { MailModule } from '#mail';
import { ReportingModule } from '#reporting';
import { RollupsModule } from '#rollups';
import { ExportDownloads } from './export.downloads.js';
import { LayoutsService } from './layouts.js';
import { RecipientsService } from './recipients.service.js';
import { RunsService } from './runs.service.js';
import { SchedulePlanner } from './schedule.planner.js';
import { ScheduleRunner } from './schedule.runner.js';
import { SchedulesService } from './schedules.service.js';
import { SummariesService } from './summaries.service.js';
import { SummaryQuery } from './summary.query.js';

const services = [
  SummaryQuery,
  LayoutsService,
  SummariesService,
  ExportDownloads,
  SchedulesService,
  SchedulePlanner,
  ScheduleRunner,
  RecipientsService,
  RunsService,
];

@Module({
  imports: [AccessModule, ReportingModule, RollupsModule, MailModule],
  providers: services,
  exports: services,
})
export class ExportsModule {}
