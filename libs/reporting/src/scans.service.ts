/**
 * The scanned signed copy (PDF) of a version: taken in as a stream, measured and hashed on the way, kept under its hash,
 * handed out to those who may read the report. It is looked at only for what it says it is, never opened or rendered here.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { PassThrough, type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller } from '#access';
import { recordEvent } from '#audit';
import { Clock, CONFIG, type Config, FileStore, Problem, row, transact } from '#core';

export type Scan = {
  id: number;
  fileName: string;
  sha256: string;
  bytes: number;
  at: Date;
  /** Unit code and role of who attached it. */
  by: string;
};

type ScanWish = {
  unitCode: string;
  programme: string;
  round: string;
  /** Number of the version. */
  number: number;
  fileName: string;
  /** Declared by who sends it. */
  containsNoSecrets: boolean;
  /** SHA-256 in hexadecimal digits that the sender expects, if it says one. */
  sha256?: string | null;
};

const MEGABYTE = 1024 * 1024;
const MOST_MB = 20;
const MOST_SCANS = 10;
const LONGEST_NAME = 200;
const TAIL = 1024;

@Injectable()
export class ScansService {
  private readonly store: FileStore;

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly access: AccessService,
    @Inject(CONFIG) config: Config,
  ) {
    this.store = new FileStore(join(config.varDir, 'scans'), 'pdf');
  }

  /**
   * Attaches a scan to a version of the caller's own unit or one below. The same file again is the same scan. Evidence
   * moves no figure, so a closed round still takes it.
   * @throws Problem report.secrecy_undeclared | scan.invalid | scan.too_large | report.not_found | unit.not_found
   */
  async attach(caller: Caller, wish: ScanWish, body: Readable): Promise<Scan> {
    if (wish.containsNoSecrets !== true) throw new Problem('report.secrecy_undeclared');
    const fileName = nameOf(wish.fileName);
    const unit = await this.access.reach(caller, wish.unitCode);
    const version = await row<{ id: string; scans: number }>(
      this.dataSource,
      `select v.id, (select count(*)::int from scan s where s.version_id = v.id) as scans
       from report_version v join obligation o on o.id = v.obligation_id
       join round r on r.id = o.round_id join programme p on p.id = r.programme_id
       where o.unit_id = $1 and p.code = $2 and r.code = $3 and v.number = $4
       order by o.state = 'replaced', o.id desc limit 1`,
      [unit.id, wish.programme, wish.round, wish.number],
    );
    if (!version) throw new Problem('report.not_found', { unit: unit.code, round: wish.round });
    const stored = await this.store.put((out) => pipeline(unharmed(body), looked(wish.sha256), out));
    const id = await transact(this.dataSource, async (db) => {
      // One at a time for a version, so that counting holds.
      await row(db, 'select id from report_version where id = $1 for no key update', [version.id]);
      const known = await row<{ id: number }>(db, 'select id from scan where version_id = $1 and sha256 = $2', [
        version.id,
        stored.sha256,
      ]);
      if (known) return known.id;
      const attached = await row<{ id: number }>(
        db,
        `insert into scan (version_id, file_name, sha256, bytes, account_id, recorded_at)
         select $1, $2, $3, $4, $5, coalesce($6, clock_timestamp())
         where (select count(*) from scan where version_id = $1) < ${MOST_SCANS} returning id`,
        [version.id, fileName, stored.sha256, stored.bytes, caller.accountId, this.clock.forDatabase()],
      );
      if (!attached)
        throw invalid(
          `mỗi lần gửi kèm tối đa ${MOST_SCANS} tệp`,
          `a version carries at most ${MOST_SCANS} scanned copies`,
        );
      await recordEvent(
        db,
        {
          verb: 'report.attached',
          accountId: caller.accountId,
          unitId: unit.id,
          subject: { round: wish.round, number: wish.number, scan: attached.id, sha256: stored.sha256, fileName },
          address: caller.address,
        },
        this.clock.forDatabase(),
      );
      return attached.id;
    });
    return (await this.find(caller, id))!;
  }

  /** @throws Problem scan.not_found: also for one of a unit out of reach; Error when the stored file is gone or damaged */
  async content(caller: Caller, id: number): Promise<{ fileName: string; bytes: Buffer }> {
    const scan = await this.find(caller, id);
    if (!scan) throw new Problem('scan.not_found', { id });
    const bytes = await this.store.read(scan.sha256);
    if (!bytes) throw new Error(`The scan ${id} (${scan.sha256}) is gone or damaged`);
    return { fileName: scan.fileName, bytes };
  }

  private find(caller: Caller, id: number): Promise<Scan | undefined> {
    return row<Scan>(
      this.dataSource,
      `select s.id, s.file_name as "fileName", s.sha256, s.bytes, s.recorded_at as at, u.code || ' ' || a.role as by
       from scan s join report_version v on v.id = s.version_id join obligation o on o.id = v.obligation_id
       join account a on a.id = s.account_id join org_unit u on u.id = a.unit_id
       where s.id = $1 and $2 in (select unit_id from lineage(o.unit_id, $3))`,
      [id, caller.unitId, this.clock.today()],
    );
  }
}

/** Read without being destroyed when what follows fails: whoever brought it can still be answered. */
function unharmed(body: Readable): Readable {
  const passed = new PassThrough();
  body.once('error', (error) => passed.destroy(error));
  body.once('close', () => body.readableEnded || passed.destroy(new Error('the upload was cut off')));
  return body.pipe(passed);
}

const invalid = (reason: string, reasonEn: string) => new Problem('scan.invalid', { reason, reasonEn });

/** A name as it is shown and downloaded: no folders, no control characters. */
function nameOf(given: string): string {
  const name = given.normalize('NFC').trim();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (name === '' || name.length > LONGEST_NAME || /[\u0000-\u001f\u007f/\\]/.test(name))
    throw invalid('tên tệp trống, quá dài hoặc có ký tự lạ', 'the file name is empty, too long or has odd characters');
  return /\.pdf$/i.test(name) ? name : `${name}.pdf`;
}

/** Lets a PDF of bearable size pass; by its first and last bytes and, if the sender said one, its hash. */
function looked(sha256: string | null | undefined): Transform {
  const hash = createHash('sha256');
  let bytes = 0;
  let head = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      if (head.length < 8) head = Buffer.concat([head, chunk]).subarray(0, 8);
      tail = Buffer.concat([tail, chunk]).subarray(-TAIL);
      if (bytes > MOST_MB * MEGABYTE) done(new Problem('scan.too_large', { most: MOST_MB }));
      else if (head.length === 8 && !/^%PDF-[12]\.\d/.test(head.toString('latin1')))
        done(invalid('không phải tệp PDF', 'it is no PDF file'));
      else done(null, chunk);
    },
    flush(done) {
      if (head.length < 8) done(invalid('tệp trống hoặc không phải PDF', 'it is empty or no PDF file'));
      else if (!tail.includes('%%EOF'))
        done(invalid('tệp PDF không trọn vẹn (thiếu phần cuối)', 'the PDF file is cut off (its end is missing)'));
      else if (sha256 && sha256.toLowerCase() !== hash.digest('hex'))
        done(invalid('nội dung không khớp mã SHA-256 gửi kèm', 'the content differs from the SHA-256 sent with it'));
      else done();
    },
  });
}
