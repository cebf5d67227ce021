/** The Excel form both ways: made for a unit or for all units below one, and read back as submissions. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller } from '#access';
import { Clock, type Db, Problem, rows, transact } from '#core';
import { levels } from '#organisations';
import { PaperService } from '../paper.service.js';
import { localReports } from '../proposal.js';
import { ReportsService } from '../reports.service.js';
import type { FormUnit } from './content.js';
import { type Delivery, deliver, type UnitOutcome } from './delivery.js';
import type { UnitIds } from './form-ids.js';
import { formKinds, formLayouts, formRound, formUnits } from './forms.query.js';
import { versionOf } from './layout.js';
import { idsOf, readForm, sheetOf } from './reader.js';
import { MANY_UNITS, ONE_UNIT, type RawBook, Unpacker } from './unpack.js';
import { writeForms } from './writer.js';

type FormFile = { fileName: string; bytes: Buffer };

type UploadWish = {
  bytes: Uint8Array;
  /** Says what would happen, and writes nothing. */
  dryRun: boolean;
  /** Papers of units that report to the caller's own, recorded in their place. */
  below: boolean;
  /** All units or none; else each by itself. */
  atomic: boolean;
  idempotencyKey: string | null;
  /** When the request had been read in full: decides on time or late. */
  receivedAt: Date;
};

type UploadAnswer = {
  programme: string;
  round: string;
  dryRun: boolean;
  /** Whether anything was written; in a dry run, whether it would have been. */
  stored: boolean;
  counts: Record<UnitOutcome['outcome'], number>;
  units: UnitOutcome[];
};

/** Ends a transaction that shall leave nothing behind. */
class Undone extends Error {}

@Injectable()
export class FormsService {
  private readonly unpacker = new Unpacker();

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly access: AccessService,
    private readonly reports: ReportsService,
    private readonly papers: PaperService,
  ) {}

  /**
   * The form of a unit that owes the round, filled in with its newest version or, before the first, with the denominators
   * of its last round (docs/semantics.md §3, §7). With `below`, one workbook of all units that report to the unit.
   * @throws Problem unit.not_found | round.not_found | obligation.not_found
   */
  async download(
    caller: Caller,
    wish: { programme: string; round: string; unit?: string | null; below?: boolean },
  ): Promise<FormFile> {
    const unit = await this.access.reach(caller, wish.unit);
    const round = await formRound(this.dataSource, wish.programme, wish.round);
    const wanted = wish.below ? { parentId: unit.id } : { unitIds: [unit.id] };
    const [layoutFor, units] = await Promise.all([
      formLayouts(this.dataSource, round),
      formUnits(this.dataSource, round, wanted, this.clock.today()),
    ]);
    if (units.length === 0) throw new Problem('obligation.not_found', { unit: unit.code, round: round.round.code });
    const fromAbove = wish.below || unit.id !== caller.unitId;
    const today = this.clock.today();
    const below =
      unit.level === levels.commune && !wish.below
        ? await localReports(this.dataSource, round.id, unit.id, null, today)
        : [];
    const bytes = await writeForms(layoutFor, { ...round, units, fromAbove, below }, this.clock.now());
    const subject = ascii(wish.programme.split('-')[0]!);
    return { fileName: `Bieu_${subject}_${ascii(wish.round)}_${ascii(unit.code)}_${ascii(unit.name)}.xlsx`, bytes };
  }

  /** Whether a file would be read now: to be asked before its body is taken in. @throws Problem form.busy */
  expectRoom(): void {
    this.unpacker.expectRoom();
  }

  /**
   * Reads a filled-in form and submits it. What is wrong with the report of a unit is data of the answer; what is wrong
   * with the only unit of a file is thrown.
   * @throws Problem form.* | round.not_found | obligation.not_found | report.stale | round.closed | idempotency.mismatch
   */
  async upload(caller: Caller, wish: UploadWish): Promise<UploadAnswer> {
    if (wish.idempotencyKey !== null && !(wish.idempotencyKey.length >= 1 && wish.idempotencyKey.length <= LONGEST_KEY))
      throw new Problem('request.invalid', { reason: `idempotencyKey: 1–${LONGEST_KEY}` });
    const book = await this.unpacker.unpack(wish.bytes, wish.below ? MANY_UNITS : ONE_UNIT);
    const ids = idsOf(book);
    const stranger = ids.units.find(({ code }) => code !== caller.unitCode);
    if (!wish.below && (stranger || ids.units.length !== 1))
      throw new Problem('form.other_unit', { unit: stranger?.code ?? '', own: caller.unitCode });
    const round = await formRound(this.dataSource, ids.programme, ids.round);
    const layoutFor = await formLayouts(this.dataSource, round);
    const kinds = await formKinds(this.dataSource, round, ids.units, this.clock.today());
    const layouts = new Map(ids.units.map(({ code }) => [code, layoutFor(kinds.get(code) ?? '')]));
    if (versionOf([...layouts.values()]) !== ids.version) throw new Problem('form.old', { round: ids.round });
    const delivery: Delivery = {
      ...{ layouts, programme: ids.programme, round: ids.round, fromAbove: wish.below },
      send: this.senderFor(caller, wish),
    };
    const submit = async (db: Db, unit: UnitIds) => this.one(db, caller, wish, book, unit, delivery, round);
    const units = wish.atomic
      ? await this.together(ids.units, submit, wish.dryRun)
      : await this.eachAlone(ids.units, submit, wish.dryRun);
    const [only] = units;
    if (units.length === 1 && only!.problem) throw only!.problem;
    const counts = { created: 0, updated: 0, unchanged: 0, refused: 0, held_back: 0 };
    for (const { outcome } of units) counts[outcome]++;
    const { programme, round: code } = delivery;
    return { programme, round: code, dryRun: wish.dryRun, stored: counts.created + counts.updated > 0, counts, units };
  }

  /** All or none: a refused unit holds the others back. */
  private async together(ids: UnitIds[], submit: Submit, dryRun: boolean): Promise<UnitOutcome[]> {
    const units: UnitOutcome[] = [];
    await this.undoable(async (db) => {
      for (const unit of ids) {
        await rows(db, 'savepoint unit');
        const outcome = await submit(db, unit);
        // A statement that was refused leaves its transaction unusable until it is taken back.
        if (outcome.outcome === 'refused') await rows(db, 'rollback to savepoint unit');
        units.push(outcome);
      }
      return !dryRun && units.every(({ outcome }) => outcome !== 'refused');
    });
    if (units.every(({ outcome }) => outcome !== 'refused')) return units;
    return units.map((unit) =>
      unit.outcome === 'created' || unit.outcome === 'updated'
        ? { ...unit, outcome: 'held_back', version: null, onTime: null }
        : unit,
    );
  }

  private async eachAlone(ids: UnitIds[], submit: Submit, dryRun: boolean): Promise<UnitOutcome[]> {
    const units: UnitOutcome[] = [];
    for (const unit of ids)
      await this.undoable(async (db) => {
        const outcome = await submit(db, unit);
        units.push(outcome);
        return !dryRun && outcome.outcome !== 'refused';
      });
    return units;
  }

  /** Runs in a transaction that stays only if `work` says so. */
  private async undoable(work: (db: Db) => Promise<boolean>): Promise<void> {
    await transact(this.dataSource, async (db) => {
      if (!(await work(db))) throw new Undone();
    }).catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error;
    });
  }

  private async one(
    db: Db,
    caller: Caller,
    { below, idempotencyKey }: UploadWish,
    book: RawBook,
    ids: UnitIds,
    delivery: Delivery,
    round: Awaited<ReturnType<typeof formRound>>,
  ): Promise<UnitOutcome> {
    let unit: FormUnit | undefined;
    let sheet = ids.code;
    try {
      const raw = sheetOf(book, ids.code);
      sheet = raw.name;
      const owner = below ? await this.access.reach(caller, ids.code) : { id: caller.unitId };
      [unit] = await formUnits(db, round, { unitIds: [owner.id] }, this.clock.today());
      if (!unit) throw new Problem('obligation.not_found', { unit: ids.code, round: delivery.round });
      const form = readForm(delivery.layouts.get(ids.code)!, book, raw, ids, below);
      const key = idempotencyKey !== null && below ? `${idempotencyKey}/${ids.code}` : idempotencyKey;
      return await deliver(db, caller.accountId, form, unit, delivery, key);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      return {
        ...{ unit: ids.code, unitName: unit?.name ?? ids.code, sheet, outcome: 'refused', version: null },
        ...{ onTime: null, dueBefore: null, findings: [], problem },
      };
    }
  }

  private senderFor(caller: Caller, { below, receivedAt }: UploadWish): Delivery['send'] {
    return ({ header, ...report }, unit, db) => {
      const { receivedOn, ...head } = header ?? {};
      return below
        ? this.papers.record(caller, { ...report, header: head, unitCode: unit.code, receivedOn: receivedOn ?? '' }, db)
        : this.reports.submit(caller, { ...report, header: head }, receivedAt, db);
    };
  }
}

type Submit = (db: Db, unit: UnitIds) => Promise<UnitOutcome>;
const LONGEST_KEY = 150;

/** ASCII letters and digits only: "Kha Sơn" → "KhaSon". */
const ascii = (text: string) =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replaceAll('đ', 'd')
    .replaceAll('Đ', 'D')
    .replace(/[^A-Za-z0-9]+/g, '');
