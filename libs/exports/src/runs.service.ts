/** What a schedule has done: its runs and the ledger of their mails, to be seen and, where nobody knows, sent again by a person. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '#access';
import { Clock, decodeCursor, type Page, type PageRequest, Problem, pageSize, row, rows, toPage } from '#core';
import { DELIVERY_COLUMNS, DeliveriesService, type Delivery } from '#mail';
import type { Bilingual } from '#rollups';
import type { RunKind } from './schedule.runner.js';
import { SchedulesService } from './schedules.service.js';

export const runStatuses = ['waiting', 'running', 'done', 'failed', 'missed'] as const;
export type RunStatus = (typeof runStatuses)[number];

export type ScheduleRun = {
  scheduleId: number;
  dueRun: Date;
  kind: RunKind;
  status: RunStatus;
  attempts: number;
  nextAttemptAt: Date | null;
  finishedAt: Date | null;
  /** Why it failed; of one that waits, why its last try did. */
  failure: Bilingual | null;
  fileId: number | null;
  /** Its mails: how many, and of them sent, given up, come back, nobody knows; the others are on their way. */
  mails: number;
  sent: number;
  mailsFailed: number;
  bounced: number;
  unknown: number;
  /** Of those on their way: put off by the mail server, or it could not be reached. */
  delayed: number;
};

const RUN = `r.schedule_id as "scheduleId", r.due_run as "dueRun", r.kind, r.status, r.attempts,
  r.next_attempt_at as "nextAttemptAt", r.finished_at as "finishedAt", r.failure, r.file_id as "fileId", m.*`;
const MAILS = `cross join lateral (
  select count(*)::int as mails, count(*) filter (where d.status = 'sent')::int as sent,
    count(*) filter (where d.status = 'failed')::int as "mailsFailed", count(*) filter (where d.status = 'unknown')::int as unknown,
    count(*) filter (where d.status = 'bounced')::int as bounced,
    count(*) filter (where d.status = 'pending' and d.attempts > 0)::int as delayed
  from delivery d where d.schedule_id = r.schedule_id and d.due_run = r.due_run) m`;

@Injectable()
export class RunsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly schedules: SchedulesService,
    private readonly ledger: DeliveriesService,
  ) {}

  /** The runs of a schedule, newest first. @throws Problem schedule.not_found */
  async runs(caller: Caller, scheduleId: number, page: PageRequest): Promise<Page<ScheduleRun>> {
    await this.schedules.one(caller, scheduleId);
    const size = pageSize(page);
    const before = idOf(page.after);
    const found = await rows<ScheduleRun & { id: number }>(
      this.dataSource,
      `select r.id, ${RUN} from schedule_run r ${MAILS} where r.schedule_id = $1 and ($2::int is null or r.id < $2)
       order by r.id desc limit $3`,
      [scheduleId, before, size + 1],
    );
    const count = await row<{ count: number }>(
      this.dataSource,
      'select count(*)::int as count from schedule_run where schedule_id = $1',
      [scheduleId],
    );
    return toPage(found, size, count!.count, (run) => [run.id]);
  }

  /** The last run of each schedule, samples aside; those that never ran are left out. */
  async lastRuns(scheduleIds: readonly number[]): Promise<Map<number, ScheduleRun>> {
    const found = await rows<ScheduleRun>(
      this.dataSource,
      `select ${RUN} from unnest($1::int[]) s (id)
       cross join lateral (select * from schedule_run where schedule_id = s.id and kind <> 'sample'
                           order by due_run desc limit 1) r ${MAILS}`,
      [scheduleIds],
    );
    return new Map(found.map((run) => [run.scheduleId, run]));
  }

  /** The ledger of a schedule, newest first. @throws Problem schedule.not_found */
  async deliveries(caller: Caller, scheduleId: number, page: PageRequest): Promise<Page<Delivery>> {
    await this.schedules.one(caller, scheduleId);
    const size = pageSize(page);
    const before = idOf(page.after);
    const found = await rows<Delivery>(
      this.dataSource,
      `select ${DELIVERY_COLUMNS} from delivery d where d.schedule_id = $1 and ($2::int is null or d.id < $2)
       order by d.id desc limit $3`,
      [scheduleId, before, size + 1],
    );
    const count = await row<{ count: number }>(
      this.dataSource,
      'select count(*)::int as count from delivery where schedule_id = $1',
      [scheduleId],
    );
    return toPage(found, size, count!.count, (delivery) => [delivery.id]);
  }

  /**
   * Sends a mail again that has been sent, has failed, or may or may not have arrived.
   * @throws Problem delivery.not_found: also for one of a unit out of reach | delivery.under_way
   */
  async resend(caller: Caller, deliveryId: number): Promise<void> {
    const reached = await row(
      this.dataSource,
      `select d.id from delivery d join schedule s on s.id = d.schedule_id
       where d.id = $1 and $2 in (select unit_id from lineage(s.unit_id, $3))`,
      [deliveryId, caller.unitId, this.clock.today()],
    );
    if (!reached) throw new Problem('delivery.not_found', { id: deliveryId });
    await this.ledger.resend(deliveryId, { accountId: caller.accountId, address: caller.address });
  }
}

/** What a person should look at in a run, in a sentence; null when all went well or is on its way. */
export function troubleOf(run: ScheduleRun | undefined): Bilingual | null {
  if (!run) return null;
  if (run.failure) return run.failure;
  if (run.status === 'missed')
    return { vi: 'Lần gửi gần nhất bị bỏ lỡ, không gửi bù.', en: 'The last run was missed and not made up for.' };
  const parts = [
    ...(run.mailsFailed > 0 ? [[`${run.mailsFailed} thư không gửi được`, `${run.mailsFailed} mails failed`]] : []),
    ...(run.bounced > 0 ? [[`${run.bounced} thư bị trả lại`, `${run.bounced} mails came back`]] : []),
    ...(run.unknown > 0
      ? [[`${run.unknown} thư chưa rõ đã tới hay chưa`, `of ${run.unknown} mails nobody knows whether they arrived`]]
      : []),
    ...(run.delayed > 0
      ? [[`${run.delayed} thư đang chờ gửi lại`, `${run.delayed} mails wait to be tried again`]]
      : []),
  ];
  if (parts.length === 0) return null;
  return { vi: `${parts.map(([vi]) => vi).join('; ')}.`, en: `${parts.map(([, en]) => en).join('; ')}.` };
}

/** @throws Problem cursor.invalid unless the cursor holds the id of a row */
function idOf(cursor: string | null | undefined): number | null {
  if (!cursor) return null;
  const [id] = decodeCursor(cursor, 1);
  if (!Number.isInteger(id)) throw new Problem('cursor.invalid');
  return Number(id);
}
