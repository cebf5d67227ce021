/**
 * Builds the worker: rooms, queue, handlers, the dispatcher that feeds the queue from the event log, and the times of the
 * schedules. main.ts runs it as a process; tests run it beside them.
 */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';
import { Dispatcher, sealEvents } from '#audit';
import { type Clock, type Config, openQueue } from '#core';
import { ScheduleRunner, SchedulesService, SummariesService } from '#exports';
import { DeliveriesService } from '#mail';
import { handlersOf, type Jobs, jobNames } from './jobs.js';
import { Timetable } from './schedule.js';
import { WorkerModule } from './worker.module.js';

export type Worker = {
  /** Takes nothing new, finishes what is under way. The DataSource stays open. */
  stop(): Promise<void>;
};

/** @throws Error in one sentence when the queue cannot be reached */
export async function startWorker(parts: {
  config: Config;
  clock: Clock;
  dataSource: DataSource;
  log: Logger;
}): Promise<Worker> {
  const { config, clock, dataSource, log } = parts;
  const queue = await openQueue<Jobs>({
    databaseUrl: config.databaseUrl!,
    redisUrl: config.redisUrl,
    names: jobNames,
    onError: (error) => log.warn({ err: error }, 'queue'),
  });
  const app = await NestFactory.createApplicationContext(WorkerModule.with(parts), {
    logger: false,
    abortOnError: false,
  });
  const runner = app.get(ScheduleRunner);
  const summaries = app.get(SummariesService);
  const deliveries = app.get(DeliveriesService);
  const timetable = new Timetable(dataSource, queue, app.get(SchedulesService));
  const dispatcher = new Dispatcher(dataSource, {
    names: jobNames,
    handOver: ({ name, payload, jobId }) => queue.add(name as keyof Jobs, payload as Jobs[keyof Jobs], { jobId }),
    onError: (error) => log.warn({ err: error }, 'dispatcher'),
  });
  const seal = () => sealEvents(dataSource, clock.forDatabase());
  await summaries.requeueStuck();
  await timetable.sync();
  await queue.work(handlersOf({ summaries, runner, deliveries, timetable, seal }), {
    onFailure: ({ error, ...failure }) =>
      log[failure.last ? 'error' : 'warn']({ err: error, ...failure }, 'job failed'),
  });
  await queue.add('delivery.sweep', {});
  dispatcher.start();
  return {
    stop: async () => {
      await dispatcher.stop();
      await queue.close();
      await app.close();
    },
  };
}
