import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { MailModule } from '#mail';
import { ReportingModule } from '#reporting';
import { RollupsModule } from '#rollups';
import { LayoutsService } from './layouts.js';
import { ScheduleRunner } from './schedule.runner.js';
import { SchedulesService } from './schedules.service.js';
import { SummariesService } from './summaries.service.js';
import { SummaryQuery } from './summary.query.js';

@Module({
  imports: [AccessModule, ReportingModule, RollupsModule, MailModule],
  providers: [SummaryQuery, LayoutsService, SummariesService, SchedulesService, ScheduleRunner],
  exports: [SummaryQuery, LayoutsService, SummariesService, SchedulesService, ScheduleRunner],
})
export class ExportsModule {}
