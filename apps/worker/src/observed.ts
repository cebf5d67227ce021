/**
 * What an operator sees of the worker: how long jobs take and how they end, what waits, and the figures of the business
 * itself: reports expected, received, accepted and overdue, mails by their state. Asked of the database when Prometheus
 * comes by, so that every worker tells the same and none counts by itself.
 */
import type { DataSource } from 'typeorm';
import {
  type Clock,
  Gauge,
  type Handlers,
  Histogram,
  inRequest,
  type JobQueue,
  type Logger,
  newMetrics,
  type Registry,
  row,
  rows,
} from '#core';
import type { Jobs } from './jobs.js';

/** Measures each handler, and lets it work under the id of the request that it follows from. */
export function observed(handlers: Handlers<Jobs>, registry: Registry): Handlers<Jobs> {
  const duration = new Histogram({
    name: 'baocao_job_seconds',
    help: 'Jobs by name and how they ended',
    labelNames: ['job', 'outcome'],
    buckets: [0.05, 0.25, 1, 5, 15, 60, 300],
    registers: [registry],
  });
  const watch = <Payload extends object>(job: string, handler: Handlers<Record<string, Payload>>[string]) => {
    // Told from the start: Prometheus counts no rise of what was not there before, and the first failure must be seen.
    duration.zero({ job, outcome: 'failed' });
    const watched: typeof handler = async (payload, run) => {
      const ended = duration.startTimer({ job });
      const { requestId } = payload as { requestId?: string };
      try {
        await inRequest(requestId ?? `job-${run.id}`, () => handler(payload, run));
        ended({ outcome: 'done' });
      } catch (error) {
        ended({ outcome: run.attempt >= run.attempts ? 'failed' : 'tried again' });
        throw error;
      }
    };
    return watched;
  };
  const entries = Object.entries(handlers) as [string, Handlers<Record<string, object>>[string]][];
  return Object.fromEntries(entries.map(([job, handler]) => [job, watch(job, handler)])) as unknown as Handlers<Jobs>;
}

/** Reports, mails, files, what waits. */
export function workerMetrics(parts: {
  dataSource: DataSource;
  clock: Clock;
  queue: JobQueue<Jobs>;
  log: Logger;
}): Registry {
  const { dataSource, clock, queue, log } = parts;
  const registry = newMetrics('worker', dataSource);
  const gauge = (name: string, help: string, labelNames: string[], collect: (gauge: Gauge) => Promise<void>) =>
    new Gauge({
      ...{ name, help, labelNames, registers: [registry] },
      async collect() {
        // What cannot be asked is not told, rather than told as it was; the other figures are told all the same.
        this.reset();
        await collect(this).catch((error: unknown) =>
          log.warn({ err: error, metric: name }, 'a figure cannot be told'),
        );
      },
    });
  gauge(
    'baocao_reports',
    'What communes owe their provinces in the two rounds opened last: expected, received, accepted, overdue (nothing received, due date over)',
    ['round', 'state'],
    async (reports) => {
      for (const { round, ...states } of await rows<Record<string, string> & { round: string }>(
        dataSource,
        `select r.code as round, c.expected, c.received, c.accepted, o.overdue
         from (select id, code from round order by opened_at desc limit 2) r
         cross join lateral (
           select sum(expected) filter (where basis = 'received') as expected,
             sum(reported) filter (where basis = 'received') as received,
             sum(reported) filter (where basis = 'accepted') as accepted
           from cell_now where round_id = r.id and parent_id in (select id from org_unit where level = 1)) c
         cross join lateral (
           select count(*) as overdue from obligation
           where round_id = r.id and parent_id in (select id from org_unit where level = 1) and state = 'owed' and first_received_at is null
             and due_before <= coalesce($1, clock_timestamp())) o`,
        [clock.forDatabase()],
      ))
        for (const [state, count] of Object.entries(states)) reports.set({ round, state }, Number(count));
    },
  );
  gauge(
    'baocao_mails',
    'Mails of the ledger by state; unknown: may have arrived, a person decides',
    ['state'],
    async (mails) => {
      for (const state of ['pending', 'sending', 'sent', 'unknown', 'failed', 'bounced']) mails.set({ state }, 0);
      for (const { state, count } of await rows<{ state: string; count: string }>(
        dataSource,
        'select status as state, count(*) from delivery group by status',
      ))
        mails.set({ state }, Number(count));
    },
  );
  gauge('baocao_files', 'Summary files by state', ['state'], async (files) => {
    for (const state of ['requested', 'running', 'ready', 'failed']) files.set({ state }, 0);
    for (const { state, count } of await rows<{ state: string; count: string }>(
      dataSource,
      'select status as state, count(*) from summary_file group by status',
    ))
      files.set({ state }, Number(count));
  });
  gauge(
    'baocao_outbox',
    'Events whose job waits to be handed to the queue, and the age of the oldest in seconds',
    ['what'],
    async (outbox) => {
      const waiting = await row<{ count: string; age: number }>(
        dataSource,
        `select count(*), coalesce(extract(epoch from coalesce($1, clock_timestamp()) - min(recorded_at)), 0)::float as age
       from event where job is not null and dispatched_at is null`,
        [clock.forDatabase()],
      );
      outbox.set({ what: 'waiting' }, Number(waiting!.count));
      outbox.set({ what: 'oldest_seconds' }, waiting!.age);
    },
  );
  gauge('baocao_unsealed_events', 'Events since the last seal', [], async (unsealed) => {
    const since = await row<{ count: string }>(
      dataSource,
      'select count(*) from event where id > coalesce((select max(to_id) from seal), 0)',
    );
    unsealed.set(Number(since!.count));
  });
  gauge('baocao_queue_jobs', 'Jobs of the queue by state', ['state'], async (jobs) => {
    for (const [state, count] of Object.entries(await queue.counts())) jobs.set({ state }, count);
  });
  return registry;
}
