/**
 * Handing files out: with a token of one's own, or by a link that a browser can open. A link is a secret in an address:
 * it opens one file, on behalf of one account, for a quarter of an hour; only its hash is kept. That a file was read, by
 * whom and which way, is on record.
 */
import { createHash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller } from '#access';
import { recordEvent } from '#audit';
import { Clock, CONFIG, type Config, EVERYONE, inScope, Problem, row, rows, transact } from '#core';
import { layoutOf } from './layouts.js';
import { SummariesService, type SummaryFile, storeOf } from './summaries.service.js';

export type FileContent = { fileName: string; type: string; bytes: Buffer };
export type DownloadLink = { path: string; expiresAt: Date };

const LINK_MINUTES = 15;

@Injectable()
export class ExportDownloads {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly access: AccessService,
    private readonly summaries: SummariesService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * The file itself; that it was read, and by whom, is recorded.
   * @throws Problem export.not_found | export.not_ready | export.failed; Error when the stored file is gone or damaged
   */
  async content(caller: Caller, id: number): Promise<FileContent> {
    return this.read(caller, await this.ready(caller, id), 'token');
  }

  /** @throws Problem export.not_found | export.not_ready | export.failed */
  async link(caller: Caller, id: number): Promise<DownloadLink> {
    const file = await this.ready(caller, id);
    const secret = randomBytes(32).toString('base64url');
    const now = this.clock.now();
    const expiresAt = new Date(now.getTime() + LINK_MINUTES * 60_000);
    await transact(this.dataSource, async (db) => {
      await rows(db, 'delete from download_link where expires_at < $1', [now]);
      await rows(
        db,
        'insert into download_link (hash, file_id, account_id, created_at, expires_at) values ($1, $2, $3, $4, $5)',
        [hashOf(secret), id, caller.accountId, now, expiresAt],
      );
      const { accountId, address } = caller;
      const subject = { fileId: id, expiresAt: expiresAt.toISOString() };
      const event = { verb: 'export.linked', accountId, unitId: file.unitId, subject, address };
      await recordEvent(db, event, this.clock.forDatabase());
    });
    return { path: `/exports/links/${secret}`, expiresAt };
  }

  /**
   * The file behind a link, if its account still may read it.
   * @throws Problem link.expired: also for what is no link; access.denied | export.not_found
   */
  byLink(secret: string, address?: string): Promise<FileContent> {
    // Nobody's scope is known: the secret is the key, and then the account's own reach decides.
    return inScope(EVERYONE, () => this.openLink(secret, address));
  }

  private async openLink(secret: string, address?: string): Promise<FileContent> {
    const found = await row<{ file_id: number; account_id: number }>(
      this.dataSource,
      'select file_id, account_id from download_link where hash = $1 and expires_at > $2',
      [hashOf(secret), this.clock.now()],
    );
    if (!found) throw new Problem('link.expired');
    const caller = { ...(await this.access.actingFor(found.account_id, 'export.read')), address };
    return this.read(caller, await this.ready(caller, found.file_id), 'link');
  }

  private async ready(caller: Caller, id: number): Promise<SummaryFile> {
    const file = await this.summaries.file(caller, id);
    if (file.status === 'failed')
      throw new Problem('export.failed', { id, reason: file.failure?.vi, reasonEn: file.failure?.en });
    if (file.status !== 'ready') throw new Problem('export.not_ready', { id, status: file.status });
    return file;
  }

  private async read(caller: Caller, file: SummaryFile, by: 'token' | 'link'): Promise<FileContent> {
    const bytes = await storeOf(this.config, file.kind).read(file.sha256!);
    if (!bytes) throw new Error(`The file ${file.sha256} of summary ${file.id} is gone or damaged`);
    const { accountId, address } = caller;
    const subject = { fileId: file.id, sha256: file.sha256, ...(by === 'link' && { by }) };
    await recordEvent(
      this.dataSource,
      { verb: 'export.read', accountId, unitId: file.unitId, subject, address },
      this.clock.forDatabase(),
    );
    return { fileName: file.fileName!, type: layoutOf(file.kind).type, bytes };
  }
}

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
