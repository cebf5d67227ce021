/**
 * Files on demand: asked for, made in the background, kept by their hash, handed out within reach (export.downloads.ts).
 * Whoever asks is asked for again when the work is done: what the account may no longer see does not come into a file.
 */
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller, scopeOf } from '#access';
import { recordEvent } from '#audit';
import {
  Clock,
  CONFIG,
  type Config,
  type Db,
  FileStore,
  type Instant,
  inScope,
  Problem,
  parseInstant,
  row,
  rows,
  transact,
} from '#core';
import { type Round, RoundsService } from '#reporting';
import { type Bilingual, Horizon } from '#rollups';
import type { Made } from './layouts/layout.js';
import { type LayoutKind, LayoutsService, layoutOf } from './layouts.js';
import { type Progress, ProgressTeller } from './progress.js';
import { Turns } from './turns.js';

export const summaryStatuses = ['requested', 'running', 'ready', 'failed'] as const;
export type SummaryStatus = (typeof summaryStatuses)[number];

export type SummaryFile = {
  id: number;
  kind: LayoutKind;
  status: SummaryStatus;
  unitId: number;
  unitCode: string;
  programme: string;
  round: string;
  /** The instant asked for; null = of the close, else of when it is made. */
  wishedAsOf: Instant | null;
  requestedAt: Date;
  /** When it was ready or had failed. */
  finishedAt: Date | null;
  /** How far the making has come; null before it begins. */
  progress: Progress | null;
  /** The following four are set once it is ready. `asOf`: the instant up to which the record was read. */
  asOf: Date | null;
  fileName: string | null;
  sha256: string | null;
  bytes: number | null;
  /** Why it failed. */
  failure: Bilingual | null;
};

type SummaryWish = {
  kind?: LayoutKind | null;
  unitCode?: string | null;
  programme: string;
  round: string;
  asOf?: string | null;
};

type Production = {
  /** No other try follows: a failure that might have passed is recorded as one that stays. */
  lastTry: boolean;
  /** Runs in the transaction in which the file becomes ready, and so once for a file. */
  whenReady?: (db: Db, file: SummaryFile, made: Made) => Promise<void>;
};

const instantText = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
const FILE_COLUMNS = `f.id, f.kind, f.status, f.unit_id as "unitId", u.code as "unitCode", p.code as programme,
  r.code as round, ${instantText('f.wished_as_of')} as "wishedAsOf", f.requested_at as "requestedAt",
  f.finished_at as "finishedAt", f.progress, f.as_of as "asOf", f.file_name as "fileName", f.sha256, f.bytes, f.failure`;
const FILE_FROM = `summary_file f join org_unit u on u.id = f.unit_id
  join round r on r.id = f.round_id join programme p on p.id = r.programme_id`;

/** Requests of one account that are not finished: more wait until one is. */
const MOST_UNFINISHED = 3;
/** A run that has not ended after this has lost its worker. */
const STUCK = '10 minutes';

/** Files lie under their hash, apart by their extension. */
export function storeOf(config: Config, kind: LayoutKind): FileStore {
  return new FileStore(join(config.varDir, 'exports'), layoutOf(kind).extension);
}

@Injectable()
export class SummariesService {
  private readonly turns = new Turns();

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly access: AccessService,
    private readonly rounds: RoundsService,
    private readonly layouts: LayoutsService,
    private readonly horizon: Horizon,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Asks for a file; a worker makes it. The same request gives the same file: one that the account is waiting for, or one
   * that is ready and tells all that has been recorded since.
   * @throws Problem unit.not_found | round.not_found | request.invalid | access.denied | asof.future | export.too_many |
   *   export.ad_hoc for a kind that is not made of an ad hoc round
   */
  async request(caller: Caller, wish: SummaryWish): Promise<SummaryFile> {
    const kind = wish.kind ?? 'province_summary';
    const unit = await this.layouts.unitFor(caller, kind, wish.unitCode);
    const round = await this.rounds.find(wish.programme, wish.round);
    if (round.year === null && !layoutOf(kind).adHoc) throw new Problem('export.ad_hoc', { round: round.code });
    const asOf = wish.asOf ? parseInstant(wish.asOf) : null;
    if (asOf) await this.horizon.at(asOf);
    return transact(this.dataSource, async (db) => {
      // One request of an account after the other, so that its limit is one.
      await row(db, 'select id from account where id = $1 for update', [caller.accountId]);
      const same = await this.same(db, caller, kind, unit.id, round, asOf);
      if (same) return same;
      const unfinished = await row<{ count: number }>(
        db,
        `select count(*)::int as count from summary_file
         where account_id = $1 and schedule_id is null and status in ('requested', 'running')`,
        [caller.accountId],
      );
      if (unfinished!.count >= MOST_UNFINISHED)
        throw new Problem('export.too_many', { unfinished: unfinished!.count, most: MOST_UNFINISHED });
      const at = this.clock.forDatabase();
      const stored = await row<{ id: number }>(
        db,
        `insert into summary_file (unit_id, round_id, account_id, kind, wished_as_of, status, requested_at)
         values ($1, $2, $3, $4, $5, 'requested', coalesce($6, clock_timestamp())) returning id`,
        [unit.id, round.id, caller.accountId, kind, asOf, at],
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
      `select ${FILE_COLUMNS} from ${FILE_FROM} where f.id = $1 and $2 in (select unit_id from lineage(f.unit_id, $3))`,
      [id, caller.unitId, this.clock.today()],
    );
    if (!file) throw new Problem('export.not_found', { id });
    return file;
  }

  /**
   * Produces a file that was asked for, after those this process was asked for before. May be run again at any time: a
   * file that is ready stays as it is.
   * @returns the refusal (reach lost, no such round) that ended the work and is recorded with the file, else null
   * @throws any other error, so that the work is tried again
   */
  produce(fileId: number, production: Production): Promise<Bilingual | null> {
    return this.turns.take(() => this.produceNow(fileId, production));
  }

  private async produceNow(fileId: number, production: Production): Promise<Bilingual | null> {
    const begun = await row<{ account_id: number }>(
      this.dataSource,
      `update summary_file set status = 'running', started_at = clock_timestamp(), failure = null, finished_at = null, progress = null
       where id = $1 and status <> 'ready' returning account_id`,
      [fileId],
    );
    if (!begun) return null;
    const file = (await this.find(fileId))!;
    const { kind, unitCode, programme, round, wishedAsOf: asOf } = file;
    const progress = new ProgressTeller(this.dataSource, fileId);
    try {
      const caller = await this.access.actingFor(begun.account_id, layoutOf(kind).verb);
      await progress.tell(0, 2, 'Đang đọc số liệu', 'Reading the figures');
      // Read behind the second wall as the caller's own requests are; writing reads on where a file is long.
      const scope = scopeOf(caller);
      const made = await inScope(scope, () => this.layouts.make(caller, kind, { unitCode, programme, round, asOf }));
      await progress.tell(1, 2, 'Đang ghi tệp', 'Writing the file');
      const stored = await inScope(scope, () => storeOf(this.config, kind).put((out) => made.write(out)));
      await transact(this.dataSource, async (db) => {
        const ready = await row(
          db,
          `update summary_file set status = 'ready', finished_at = coalesce($2, clock_timestamp()), as_of = $3,
             file_name = $4, sha256 = $5, bytes = $6, failure = null where id = $1 and status <> 'ready' returning id`,
          [fileId, this.clock.forDatabase(), made.instant, made.fileName, stored.sha256, stored.bytes],
        );
        if (!ready) return;
        await progress.end(db);
        await this.record(db, 'export.produced', file, { fileId, ...stored });
        await production.whenReady?.(db, (await this.find(fileId, db))!, made);
      });
      return null;
    } catch (error) {
      if (error instanceof Problem || production.lastTry) await this.fail(file, error);
      if (error instanceof Problem) return { vi: error.vi, en: error.en };
      throw error;
    }
  }

  /**
   * Files on demand whose worker is gone and whose job the queue no longer has: asked for once more.
   * @returns how many
   */
  async requeueStuck(): Promise<number> {
    return transact(this.dataSource, async (db) => {
      const stuck = await rows<{ id: number; unit_id: number }>(
        db,
        `update summary_file set status = 'requested', started_at = null
         where id in (select id from summary_file where status = 'running' and schedule_id is null
                        and started_at < clock_timestamp() - $1::interval for update skip locked)
         returning id, unit_id`,
        [STUCK],
      );
      for (const { id: fileId, unit_id: unitId } of stuck)
        await recordEvent(
          db,
          { verb: 'export.requeued', unitId, subject: { fileId }, job: 'summary.produce' },
          this.clock.forDatabase(),
        );
      return stuck.length;
    });
  }

  /**
   * The newest file that answers the same request. A ready one as of "now" does so on the day of its figures (tomorrow
   * what is not yet due may be overdue), as long as nothing that it shows was recorded since.
   */
  private same(
    db: Db,
    caller: Caller,
    kind: LayoutKind,
    unitId: number,
    round: Round,
    asOf: Instant | null,
  ): Promise<SummaryFile | undefined> {
    return row<SummaryFile>(
      db,
      `select ${FILE_COLUMNS} from ${FILE_FROM}
       where f.unit_id = $1 and f.round_id = $2 and f.kind = $3 and f.schedule_id is null
         and f.wished_as_of is not distinct from $4::timestamptz
         and (f.status in ('requested', 'running') and f.account_id = $5
              or f.status = 'ready' and (f.wished_as_of is not null
                or (f.as_of at time zone 'Asia/Ho_Chi_Minh')::date = $6::date and not recorded_after($1, $2, f.as_of, $6::date)))
       order by f.id desc limit 1`,
      [unitId, round.id, kind, asOf, caller.accountId, this.clock.today()],
    );
  }

  private find(id: number, db: Db = this.dataSource): Promise<SummaryFile | undefined> {
    return row<SummaryFile>(db, `select ${FILE_COLUMNS} from ${FILE_FROM} where f.id = $1`, [id]);
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
