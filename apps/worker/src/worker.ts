/**
 * Builds the worker: rooms, queue, handlers, the dispatcher that feeds the queue from the event log, and the times of the
 * schedules. main.ts runs it as a process; tests run it beside them.
 */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';
import { Dispatcher, sealEvents } from '#audit';
import { type Clock, type Config, openQueue, Readiness, type Registry } from '#core';
import { RecipientsService, SchedulePlanner, ScheduleRunner, SummariesService } from '#exports';
import { DeliveriesService, Postman } from '#mail';
import { RemindersService } from '#reminders';
import { ObligationsService } from '#reporting';
import { handlersOf, type Jobs, jobNames } from './jobs.js';
import { observed, workerMetrics } from './observed.js';
import { QueueLoss } from './queue-loss.js';
import { keepTimes } from './schedule.js';
import { WorkerModule } from './worker.module.js';

export type Worker = {
  readiness: Readiness;
  registry: Registry;
  /** Takes nothing new, finishes what is under way. The DataSource stays open. */
  stop(): Promise<void>;
};

/** @throws Error in one sentence when the queue cannot be reached */
export async function startWorker(parts: {
  config: Config;
  clock: Clock;
  dataSource: DataSource;
  log: Logger;
  /** Milliseconds between two looks at whether the queue still is the one it was; 10 s unless given. */
  lookEvery?: number;
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
  const [summaries, planner, runner] = [app.get(SummariesService), app.get(SchedulePlanner), app.get(ScheduleRunner)];
  const [deliveries, recipients] = [app.get(DeliveriesService), app.get(RecipientsService)];
  const [reminders, obligations] = [app.get(RemindersService), app.get(ObligationsService)];
  let over = false;
  const postman = new Postman({
    deliverNext: (stop) => deliveries.deliverNext((leaving) => recipients.refusal(leaving), stop),
    onError: (error) => log.warn({ err: error }, 'mail'),
  });
  const loss = new QueueLoss({ dataSource, queue, log, every: parts.lookEvery });
  const registry = workerMetrics({ dataSource, clock, queue, log });
  const readiness = new Readiness(dataSource, [{ name: 'queue', check: () => queue.counts() }]);
  const dispatcher = new Dispatcher(dataSource, {
    names: jobNames,
    handOver: ({ name, payload, jobId, requestId }) =>
      queue.add(name as keyof Jobs, { ...(payload as Jobs[keyof Jobs]), ...(requestId && { requestId }) }, { jobId }),
    onError: (error) => log.warn({ err: error }, 'dispatcher'),
  });
  const seal = () => sealEvents(dataSource, clock.forDatabase());
  const onError = (error: unknown) => log.warn({ err: error }, 'schedule run');
  const stopped = () => over;
  await keepTimes(queue);
  await loss.look();
  const doers = { summaries, planner, runner, deliveries, postman, reminders, obligations };
  const handlers = handlersOf({ ...doers, seal, onError, stopped });
  await queue.work(observed(handlers, registry), {
    onFailure: ({ error, ...failure }) =>
      log[failure.last ? 'error' : 'warn']({ err: error, ...failure }, 'job failed'),
  });
  await queue.add('schedule.tick', {});
  await queue.add('delivery.sweep', {});
  dispatcher.start();
  loss.start();
  return {
    readiness,
    registry,
    stop: async () => {
      readiness.stop();
      over = true;
      await loss.stop();
      await Promise.all([dispatcher.stop(), postman.stop(), queue.close()]);
      await postman.stop();
      await app.close();
    },
  };
}
