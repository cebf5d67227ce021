import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { MailModule } from '#mail';
import { ReportingModule } from '#reporting';
import { RollupsModule } from '#rollups';
import { ScheduleRunner } from './schedule.runner.js';
import { SchedulesService } from './schedules.service.js';
import { SummariesService } from './summaries.service.js';
import { SummaryQuery } from './summary.query.js';

@Module({
  imports: [AccessModule, ReportingModule, RollupsModule, MailModule],
  providers: [SummaryQuery, SummariesService, SchedulesService, ScheduleRunner],
  exports: [SummaryQuery, SummariesService, SchedulesService, ScheduleRunner],
})
export class ExportsModule {}
