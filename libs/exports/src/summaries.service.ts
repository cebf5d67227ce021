/**
 * Summary files: asked for, produced in the background, kept by their hash, handed out within reach. Whoever asks is
 * asked for again when the work is done: what the account may no longer see does not come into a file.
 */
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller, type ReachedUnit } from '#access';
import { recordEvent } from '#audit';
import { Clock, CONFIG, type Config, type Db, FileStore, Problem, row, rows, transact } from '#core';
import { RoundsService } from '#reporting';
import type { Bilingual } from '#rollups';
import type { Summary } from './summary.js';
import { SummaryQuery } from './summary.query.js';
import { summaryFileName, writeSummary } from './summary.workbook.js';

export const summaryStatuses = ['requested', 'running', 'ready', 'failed'] as const;
export type SummaryStatus = (typeof summaryStatuses)[number];

export type SummaryFile = {
  id: number;
  status: SummaryStatus;
  unitId: number;
  unitCode: string;
  programme: string;
  round: string;
  requestedAt: Date;
  /** When it was ready or had failed. */
  finishedAt: Date | null;
  /** The following four are set once it is ready. `asOf`: the instant up to which the record was read. */
  asOf: Date | null;
  fileName: string | null;
  sha256: string | null;
  bytes: number | null;
  /** Why it failed. */
  failure: Bilingual | null;
};

export type SummaryWish = { unitCode?: string | null; programme: string; round: string };

export type Production = {
  /** No other try follows: a failure that might have passed is recorded as one that stays. */
  lastTry: boolean;
  /** Runs in the transaction in which the file becomes ready, and so once for a file. */
  whenReady?: (db: Db, file: SummaryFile, summary: Summary) => Promise<void>;
};

const COLUMNS = `f.id, f.status, f.unit_id as "unitId", u.code as "unitCode", p.code as programme, r.code as round,
  f.requested_at as "requestedAt", f.finished_at as "finishedAt", f.as_of as "asOf", f.file_name as "fileName",
  f.sha256, f.bytes, f.failure`;
const FROM = `summary_file f join org_unit u on u.id = f.unit_id
  join round r on r.id = f.round_id join programme p on p.id = r.programme_id`;

const PROVINCE = 1;
/** A run that has not ended after this has lost its worker. */
const STUCK = '10 minutes';

@Injectable()
export class SummariesService {
  private readonly store: FileStore;

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly access: AccessService,
    private readonly rounds: RoundsService,
    private readonly query: SummaryQuery,
    @Inject(CONFIG) config: Config,
  ) {
    this.store = new FileStore(join(config.varDir, 'exports'), 'xlsx');
  }

  /**
   * Asks for the summary of a province; a worker produces it.
   * @throws Problem unit.not_found | round.not_found | request.invalid for a unit that is no province
   */
  async request(caller: Caller, wish: SummaryWish): Promise<SummaryFile> {
    const unit = await this.province(caller, wish.unitCode);
    const round = await this.rounds.find(wish.programme, wish.round);
    return transact(this.dataSource, async (db) => {
      const at = this.clock.forDatabase();
      const stored = await row<{ id: number }>(
        db,
        `insert into summary_file (unit_id, round_id, account_id, status, requested_at)
         values ($1, $2, $3, 'requested', coalesce($4, clock_timestamp())) returning id`,
        [unit.id, round.id, caller.accountId, at],
      );
      const fileId = stored!.id;
      await recordEvent(
        db,
        {
          verb: 'export.requested',
          accountId: caller.accountId,
          unitId: unit.id,
          subject: { fileId },
          address: caller.address,
          job: 'summary.produce',
        },
        at,
      );
      return (await this.find(fileId, db))!;
    });
  }

  /** Where the production stands. @throws Problem export.not_found: also for a file of a unit out of reach */
  async file(caller: Caller, id: number): Promise<SummaryFile> {
    const file = await row<SummaryFile>(
      this.dataSource,
      `select ${COLUMNS} from ${FROM} where f.id = $1 and $2 in (select unit_id from lineage(f.unit_id, $3))`,
      [id, caller.unitId, this.clock.today()],
    );
    if (!file) throw new Problem('export.not_found', { id });
    return file;
  }

  /**
   * The workbook itself; that it was read, and by whom, is recorded.
   * @throws Problem export.not_found | export.not_ready | export.failed; Error when the stored file is gone or damaged
   */
  async content(caller: Caller, id: number): Promise<{ fileName: string; bytes: Buffer }> {
    const file = await this.file(caller, id);
    if (file.status === 'failed')
      throw new Problem('export.failed', { id, reason: file.failure?.vi, reasonEn: file.failure?.en });
    if (file.status !== 'ready') throw new Problem('export.not_ready', { id, status: file.status });
    const bytes = await this.store.read(file.sha256!);
    if (!bytes) throw new Error(`The file ${file.sha256} of summary ${id} is gone or damaged`);
    const { accountId, address } = caller;
    const subject = { fileId: id, sha256: file.sha256 };
    await recordEvent(
      this.dataSource,
      { verb: 'export.read', accountId, unitId: file.unitId, subject, address },
      this.clock.forDatabase(),
    );
    return { fileName: file.fileName!, bytes };
  }

  /**
   * Produces a file that was asked for. May be run again at any time: a file that is ready stays as it is.
   * A refusal (reach lost, no such round) is recorded and ends the work.
   * @throws any other error, so that the work is tried again
   */
  async produce(fileId: number, production: Production): Promise<void> {
    const begun = await row<{ account_id: number }>(
      this.dataSource,
      `update summary_file set status = 'running', started_at = clock_timestamp(), failure = null, finished_at = null
       where id = $1 and status <> 'ready' returning account_id`,
      [fileId],
    );
    if (!begun) return;
    const file = (await this.find(fileId))!;
    try {
      const caller = await this.access.actingFor(begun.account_id, 'export.request');
      const summary = await this.query.summary(caller, { ...file, asOf: null });
      const stored = await this.store.put((out) => writeSummary(summary, out));
      await transact(this.dataSource, async (db) => {
        const ready = await row(
          db,
          `update summary_file set status = 'ready', finished_at = coalesce($2, clock_timestamp()), as_of = $3,
             file_name = $4, sha256 = $5, bytes = $6, failure = null
           where id = $1 and status <> 'ready' returning id`,
          [fileId, this.clock.forDatabase(), summary.instant, summaryFileName(summary), stored.sha256, stored.bytes],
        );
        if (!ready) return;
        await this.record(db, 'export.produced', file, { fileId, ...stored });
        await production.whenReady?.(db, (await this.find(fileId, db))!, summary);
      });
    } catch (error) {
      if (error instanceof Problem || production.lastTry) await this.fail(file, error);
      if (!(error instanceof Problem)) throw error;
    }
  }

  /**
   * Files whose worker is gone and whose job the queue no longer has: asked for once more. Called when a worker starts.
   * @returns how many
   */
  async requeueStuck(): Promise<number> {
    return transact(this.dataSource, async (db) => {
      const stuck = await rows<{ id: number; unit_id: number; schedule_id: number | null; due_run: Date | null }>(
        db,
        `update summary_file set status = 'requested', started_at = null
         where id in (select id from summary_file where status = 'running' and started_at < clock_timestamp() - $1::interval
                      for update skip locked)
         returning id, unit_id, schedule_id, due_run`,
        [STUCK],
      );
      for (const file of stuck)
        await recordEvent(
          db,
          file.schedule_id === null
            ? { verb: 'export.requeued', unitId: file.unit_id, subject: { fileId: file.id }, job: 'summary.produce' }
            : {
                verb: 'export.requeued',
                unitId: file.unit_id,
                subject: { scheduleId: file.schedule_id, dueRun: file.due_run!.toISOString() },
                job: 'schedule.run',
              },
          this.clock.forDatabase(),
        );
      return stuck.length;
    });
  }

  /** The province within reach that a summary is of. @throws Problem unit.not_found | request.invalid */
  async province(caller: Caller, unitCode?: string | null): Promise<ReachedUnit> {
    const unit = await this.access.reach(caller, unitCode);
    if (unit.level !== PROVINCE)
      throw new Problem('request.invalid', { reason: `${unit.code}: chỉ tổng hợp được cấp tỉnh / provinces only` });
    return unit;
  }

  private find(id: number, db: Db = this.dataSource): Promise<SummaryFile | undefined> {
    return row<SummaryFile>(db, `select ${COLUMNS} from ${FROM} where f.id = $1`, [id]);
  }

  private async fail(file: SummaryFile, error: unknown): Promise<void> {
    const failure: Bilingual =
      error instanceof Problem
        ? { vi: error.vi, en: error.en }
        : { vi: 'Lỗi hệ thống khi lập tệp tổng hợp.', en: 'Something went wrong on our side while making the file.' };
    await transact(this.dataSource, async (db) => {
      const failed = await row(
        db,
        `update summary_file set status = 'failed', finished_at = coalesce($2, clock_timestamp()), failure = $3
         where id = $1 and status <> 'ready' returning id`,
        [file.id, this.clock.forDatabase(), failure],
      );
      if (failed) await this.record(db, 'export.failed', file, { fileId: file.id, ...failure });
    });
  }

  private record(db: Db, verb: string, file: SummaryFile, subject: Record<string, unknown>): Promise<void> {
    return recordEvent(db, { verb, unitId: file.unitId, subject }, this.clock.forDatabase());
  }
}
