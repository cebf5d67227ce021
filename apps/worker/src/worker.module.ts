/** The worker's rooms. */
import { type DynamicModule, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Clock, type Config, CoreModule } from '#core';
import { ExportsModule } from '#exports';
import { MailModule } from '#mail';
import { RemindersModule } from '#reminders';
import { ReportingModule } from '#reporting';

@Module({})
export class WorkerModule {
  static with(parts: { config: Config; clock: Clock; dataSource: DataSource }): DynamicModule {
    const rooms = [ReportingModule, ExportsModule, MailModule, RemindersModule];
    return { module: WorkerModule, imports: [CoreModule.with(parts), ...rooms] };
  }
}
