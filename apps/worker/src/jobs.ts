/** All background work there is: the name of each job, what it carries, and the one service that does it. */
import type { Handlers, JobRun } from '#core';
import type { SchedulePlanner, ScheduleRunner, SummariesService } from '#exports';
import type { DeliveriesService } from '#mail';
import type { RemindersService } from '#reminders';
import type { ObligationsService } from '#reporting';

export type Jobs = {
  /** Makes the file that was asked for. */
  'summary.produce': { fileId: number };
  /** Every minute, and when a person asked for a run: decides which schedules are due, and makes what is due. */
  'schedule.tick': object;
  /** There is a mail in the ledger to be sent. */
  'delivery.send': object;
  /** Every minute: mails whose pause after a failure is over, and those whose worker was lost. */
  'delivery.sweep': object;
  /** Every morning: reminds those whose report has not come. */
  'reminder.run': object;
  /** Every minute: mergers and splits whose day has come are followed in the open rounds. */
  'unit.follow': object;
  /** Every minute: seals what has been written to the log of events. */
  'audit.seal': object;
};

export const jobNames = [
  'summary.produce',
  'schedule.tick',
  'delivery.send',
  'delivery.sweep',
  'reminder.run',
  'unit.follow',
  'audit.seal',
] as const;

type Doers = {
  summaries: SummariesService;
  planner: SchedulePlanner;
  runner: ScheduleRunner;
  deliveries: DeliveriesService;
  postman: { wake(): void };
  reminders: RemindersService;
  obligations: ObligationsService;
  seal(): Promise<unknown>;
  stopped(): boolean;
  onError(error: unknown): void;
};

const lastTry = (run: JobRun) => run.attempt >= run.attempts;

/** At most one at a time in this process; asked for meanwhile, it is done once more. */
function oneAtATime(work: () => Promise<unknown>): () => Promise<void> {
  let asked = 0;
  let busy = false;
  return async () => {
    asked += 1;
    if (busy) return;
    busy = true;
    try {
      for (let seen = 0; seen !== asked; ) {
        seen = asked;
        await work();
      }
    } finally {
      busy = false;
    }
  };
}

export function handlersOf(doers: Doers): Handlers<Jobs> {
  const { summaries, planner, runner, deliveries, postman, reminders, obligations, seal, stopped, onError } = doers;
  return {
    'summary.produce': async ({ fileId }, run) => void (await summaries.produce(fileId, { lastTry: lastTry(run) })),
    'schedule.tick': oneAtATime(async () => {
      await planner.plan();
      await runner.runDue(onError, stopped);
      await summaries.requeueStuck();
    }),
    'delivery.send': async () => postman.wake(),
    'delivery.sweep': async () => {
      await deliveries.markLost();
      postman.wake();
    },
    'reminder.run': oneAtATime(() => reminders.run()),
    'unit.follow': async () => void (await obligations.followDue()),
    'audit.seal': async () => void (await seal()),
  };
}
