/** The worker's rooms. */
import { type DynamicModule, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Clock, type Config, CoreModule } from '#core';
import { ExportsModule } from '#exports';
import { MailModule } from '#mail';
import { RemindersModule } from '#reminders';

@Module({})
export class WorkerModule {
  static with(parts: { config: Config; clock: Clock; dataSource: DataSource }): DynamicModule {
    return { module: WorkerModule, imports: [CoreModule.with(parts), ExportsModule, MailModule, RemindersModule] };
  }
}
