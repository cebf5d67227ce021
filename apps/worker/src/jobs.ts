/** All background work there is: the name of each job, what it carries, and the one service that does it. */
import type { Handlers, JobRun } from '#core';
import type { ScheduleRunner, SummariesService } from '#exports';
import type { DeliveriesService } from '#mail';

export type Jobs = {
  /** Makes the file that was asked for. */
  'summary.produce': { fileId: number };
  /** Brings the queue's times into line with the schedules. */
  'schedule.sync': object;
  /** One run of a schedule; without `dueRun` the instant that its cron names. */
  'schedule.run': { scheduleId: number; dueRun?: string };
  /** Sends one mail of the ledger. */
  'delivery.send': { deliveryId: number };
  /** Every minute: mails whose pause after a failure is over, and those whose worker was lost. */
  'delivery.sweep': object;
  /** Every minute: seals what has been written to the log of events. */
  'audit.seal': object;
};

export const jobNames = [
  'summary.produce',
  'schedule.sync',
  'schedule.run',
  'delivery.send',
  'delivery.sweep',
  'audit.seal',
] as const;

export type Doers = {
  summaries: SummariesService;
  runner: ScheduleRunner;
  deliveries: DeliveriesService;
  timetable: { sync(): Promise<void> };
  seal(): Promise<unknown>;
};

const lastTry = (run: JobRun) => run.attempt >= run.attempts;

/** A mail server that keeps silent makes a sweep last for minutes: the next ones must not take all of a worker's places. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let busy = false;
  return async () => {
    if (busy) return;
    busy = true;
    await work().finally(() => {
      busy = false;
    });
  };
}

export function handlersOf({ summaries, runner, deliveries, timetable, seal }: Doers): Handlers<Jobs> {
  return {
    'summary.produce': ({ fileId }, run) => summaries.produce(fileId, { lastTry: lastTry(run) }),
    'schedule.sync': () => timetable.sync(),
    'schedule.run': ({ scheduleId, dueRun }, run) =>
      runner.run(scheduleId, dueRun ? new Date(dueRun) : run.dueAt, lastTry(run)),
    'delivery.send': ({ deliveryId }) => deliveries.deliver(deliveryId),
    'delivery.sweep': oneAtATime(() => deliveries.sweep()),
    'audit.seal': async () => void (await seal()),
  };
}
