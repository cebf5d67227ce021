/**
 * What happens when a schedule is due. A run is known by its schedule and the instant it was due; tried again it finds
 * its file and its deliveries as it left them, and nobody gets a summary twice.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { recordEvent, sealedHead } from '#audit';
import { Clock, type Db, Problem, row } from '#core';
import { DeliveriesService } from '#mail';
import { RoundsService } from '#reporting';
import { type Schedule, scheduleOf } from './schedules.service.js';
import { SummariesService, type SummaryFile } from './summaries.service.js';
import type { Summary } from './summary.js';
import { mailOf } from './summary.mail.js';

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
   * One due run: the file, then a delivery for each recipient, written together with the file's being ready. Run again
   * for the same instant it does only what is still to do. A paused schedule runs nothing.
   * @throws what producing throws, so that the run is tried again
   */
  async run(scheduleId: number, dueRun: Date, lastTry: boolean): Promise<void> {
    const schedule = await scheduleOf(this.dataSource, scheduleId);
    if (!schedule || schedule.paused) return;
    const fileId = await this.fileOf(schedule, dueRun);
    if (fileId === null) return this.noRound(schedule, dueRun);
    await this.summaries.produce(fileId, {
      lastTry,
      whenReady: (db, file, summary) => this.enqueue(db, schedule, dueRun, file, summary),
    });
  }

  /** @returns null when there is no round to summarise */
  private async fileOf(schedule: Schedule, dueRun: Date): Promise<number | null> {
    const rounds = await this.rounds.list(schedule.programme);
    const round = schedule.round === null ? rounds[0] : rounds.find(({ code }) => code === schedule.round);
    if (!round) return null;
    const wanted = await row<{ id: number }>(
      this.dataSource,
      `insert into summary_file (unit_id, round_id, account_id, schedule_id, due_run, status, requested_at)
       select unit_id, $2, account_id, id, $3, 'requested', coalesce($4, clock_timestamp()) from schedule where id = $1
       on conflict (schedule_id, due_run) do update set status = summary_file.status
       returning id`,
      [schedule.id, round.id, dueRun, this.clock.forDatabase()],
    );
    return wanted!.id;
  }

  private async enqueue(db: Db, schedule: Schedule, dueRun: Date, file: SummaryFile, summary: Summary): Promise<void> {
    const mail = mailOf(summary, file.fileName!, await sealedHead(db));
    const { id: scheduleId, unitId } = schedule;
    for (const recipient of schedule.recipients) {
      const deliveryId = await this.ledger.enqueue(db, { scheduleId, dueRun, recipient, fileId: file.id, mail });
      await recordEvent(
        db,
        { verb: 'delivery.enqueued', unitId, subject: { deliveryId }, job: 'delivery.send' },
        this.clock.forDatabase(),
      );
    }
  }

  private noRound(schedule: Schedule, dueRun: Date): Promise<void> {
    const { vi, en } = new Problem('round.not_found', { code: schedule.round ?? '*' });
    const subject = { scheduleId: schedule.id, dueRun: dueRun.toISOString(), vi, en };
    const event = { verb: 'schedule.run_failed', unitId: schedule.unitId, subject };
    return recordEvent(this.dataSource, event, this.clock.forDatabase());
  }
}
