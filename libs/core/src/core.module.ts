/** Hands every room the same configuration, clock and database. Global: rooms inject them by class. */
import { type DynamicModule, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from './clock.js';
import type { Config } from './config.js';

/** Injection token of the validated configuration. */
export const CONFIG = Symbol('config');

@Module({})
export class CoreModule {
  static with(parts: { config: Config; clock: Clock; dataSource: DataSource }): DynamicModule {
    return {
      module: CoreModule,
      global: true,
      providers: [
        { provide: CONFIG, useValue: parts.config },
        { provide: Clock, useValue: parts.clock },
        { provide: DataSource, useValue: parts.dataSource },
      ],
      exports: [CONFIG, Clock, DataSource],
    };
  }
}
