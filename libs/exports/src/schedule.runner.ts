/**
 * What happens when a run is due: the file, then a delivery for each recipient, written together with the run's being
 * done. A run is claimed before anything is made, so that workers do not double it; whatever is tried again finds its
 * file and its deliveries as it left them. What may pass (a full disk) is tried again with growing pauses, to an end.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { recordEvent, sealedHead } from '#audit';
import { Clock, type Db, Problem, row, rows, transact } from '#core';
import { DeliveriesService } from '#mail';
import { RoundsService } from '#reporting';
import type { Bilingual } from '#rollups';
import type { Made } from './layouts/layout.js';
import { type Schedule, scheduleOf } from './schedule.rows.js';
import { SummariesService, type SummaryFile } from './summaries.service.js';
import { mailOf } from './summary.mail.js';

export const runKinds = ['due', 'catch_up', 'asked', 'sample'] as const;
export type RunKind = (typeof runKinds)[number];

type ClaimedRun = {
  id: number;
  scheduleId: number;
  dueRun: Date;
  kind: RunKind;
  roundId: number | null;
  recipients: string[] | null;
  accountId: number | null;
  attempts: number;
};

/** Minutes to wait after each failed attempt. After the last the run has failed. */
const PAUSES = [1, 5, 15, 60, 240];
const RUN_ATTEMPTS = PAUSES.length + 1;
/** A run that has not ended after this has lost its worker. */
const LOST_AFTER = '10 minutes';

const SYSTEM: Bilingual = {
  vi: 'Lỗi hệ thống khi lập hoặc gửi bảng tổng hợp.',
  en: 'Something went wrong on our side while making the summary.',
};

@Injectable()
export class ScheduleRunner {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly rounds: RoundsService,
    private readonly summaries: SummariesService,
    private readonly ledger: DeliveriesService,
  ) {}

  /**
   * Makes every run that is due, one after the other. Several workers may do so at once.
   * @param onError hears of what is no refusal: of what may pass
   * @returns how many were taken
   */
  async runDue(onError: (error: unknown) => void, stopped: () => boolean = () => false): Promise<number> {
    await this.takeBackLost();
    for (let taken = 0; ; taken += 1) {
      const run = stopped() ? undefined : await this.claim();
      if (!run) return taken;
      await this.make(run).catch(async (error: unknown) => {
        if (!(error instanceof Problem)) onError(error);
        await this.notMade(run, error);
      });
    }
  }

  private claim(): Promise<ClaimedRun | undefined> {
    return row<ClaimedRun>(
      this.dataSource,
      `update schedule_run set status = 'running', attempts = attempts + 1, next_attempt_at = null,
         started_at = coalesce($1, clock_timestamp())
       where id = (select id from schedule_run where status = 'waiting' and next_attempt_at <= coalesce($1, clock_timestamp())
                   order by next_attempt_at, id limit 1 for update skip locked)
       returning id, schedule_id as "scheduleId", due_run as "dueRun", kind, round_id as "roundId", recipients,
         account_id as "accountId", attempts`,
      [this.clock.forDatabase()],
    );
  }

  private async make(run: ClaimedRun): Promise<void> {
    const schedule = (await scheduleOf(this.dataSource, run.scheduleId))!;
    if (schedule.paused && run.kind !== 'sample') throw new Problem('schedule.paused', { id: schedule.id });
    const fileId = await this.fileOf(schedule, run);
    const failure = await this.summaries.produce(fileId, {
      lastTry: run.attempts >= RUN_ATTEMPTS,
      whenReady: (db, file, made) => this.enqueue(db, schedule, run, file, made),
    });
    if (failure) await this.conclude(this.dataSource, run, { failure });
  }

  /** @throws Problem round.not_found when there is no round to summarise */
  private async fileOf(schedule: Schedule, run: ClaimedRun): Promise<number> {
    const rounds = await this.rounds.list(schedule.programme);
    // Left open, it is a half-year's: an ad hoc round has no summary of the period.
    const round = rounds.find(({ id, code, year }) => {
      if (run.roundId !== null) return id === run.roundId;
      return schedule.round === null ? year !== null : code === schedule.round;
    });
    if (!round) throw new Problem('round.not_found', { code: schedule.round ?? '*' });
    const wanted = await row<{ id: number }>(
      this.dataSource,
      `insert into summary_file (unit_id, round_id, account_id, schedule_id, due_run, status, requested_at)
       values ($1, $2, $3, $4, $5, 'requested', coalesce($6, clock_timestamp()))
       on conflict (schedule_id, due_run) do update set status = summary_file.status
       returning id`,
      [
        ...[schedule.unitId, round.id, run.accountId ?? schedule.accountId, schedule.id, run.dueRun],
        this.clock.forDatabase(),
      ],
    );
    return wanted!.id;
  }

  private async enqueue(db: Db, schedule: Schedule, run: ClaimedRun, file: SummaryFile, made: Made): Promise<void> {
    const { id: scheduleId, unitId } = schedule;
    const { dueRun } = run;
    const about = { sample: run.kind === 'sample', lateOf: run.kind === 'catch_up' ? dueRun : null };
    const mail = mailOf(made.summary!, file.fileName!, await sealedHead(db), about);
    for (const recipient of run.recipients ?? schedule.recipients) {
      const deliveryId = await this.ledger.enqueue(db, { scheduleId, dueRun, recipient, fileId: file.id, mail });
      await recordEvent(
        db,
        { verb: 'delivery.enqueued', unitId, subject: { deliveryId }, job: 'delivery.send' },
        this.clock.forDatabase(),
      );
    }
    await this.conclude(db, run, { fileId: file.id });
  }

  /** A refusal ends the run; what may pass is tried again while there are tries left. */
  private async notMade(run: ClaimedRun, error: unknown): Promise<void> {
    const failure = error instanceof Problem ? { vi: error.vi, en: error.en } : SYSTEM;
    if (error instanceof Problem || run.attempts >= RUN_ATTEMPTS)
      return this.conclude(this.dataSource, run, { failure });
    await rows(
      this.dataSource,
      `update schedule_run set status = 'waiting', failure = $3,
         next_attempt_at = coalesce($4, clock_timestamp()) + make_interval(mins => $5)
       where id = $1 and attempts = $2 and status = 'running'`,
      [run.id, run.attempts, failure, this.clock.forDatabase(), PAUSES[run.attempts - 1]],
    );
  }

  private async conclude(
    db: Db,
    run: { id: number; scheduleId: number; dueRun: Date },
    outcome: { fileId: number } | { failure: Bilingual },
  ): Promise<void> {
    const { fileId, failure } = { fileId: null, failure: null, ...outcome };
    const ended = await row<{ unitId: number }>(
      db,
      `update schedule_run r set status = case when $2::int is null then 'failed' else 'done' end, file_id = $2, failure = $3,
         next_attempt_at = null, finished_at = coalesce($4, clock_timestamp())
       from schedule s where r.id = $1 and s.id = r.schedule_id and r.status in ('running', 'waiting')
       returning s.unit_id as "unitId"`,
      [run.id, fileId, failure, this.clock.forDatabase()],
    );
    if (!ended || !failure) return;
    const subject = { scheduleId: run.scheduleId, dueRun: run.dueRun.toISOString(), ...failure };
    await recordEvent(db, { verb: 'schedule.run_failed', unitId: ended.unitId, subject }, this.clock.forDatabase());
  }

  /** Runs whose worker is gone wait again; one that has cost as many workers as it had tries has failed. */
  private async takeBackLost(): Promise<void> {
    const spent = await transact(this.dataSource, async (db) => {
      const lost = await rows<{ id: number; scheduleId: number; dueRun: Date; attempts: number }>(
        db,
        `update schedule_run set status = 'waiting', next_attempt_at = coalesce($1, clock_timestamp())
         where id in (select id from schedule_run where status = 'running'
                        and started_at < coalesce($1, clock_timestamp()) - $2::interval for update skip locked)
         returning id, schedule_id as "scheduleId", due_run as "dueRun", attempts`,
        [this.clock.forDatabase(), LOST_AFTER],
      );
      return lost.filter(({ attempts }) => attempts >= RUN_ATTEMPTS);
    });
    for (const run of spent) await this.conclude(this.dataSource, run, { failure: SYSTEM });
  }
}
