/** A summary on request, as users see it: asked for, made in the background, downloaded, and by whom not. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { rows } from '#core';
import { NATION } from '#organisations';
import { openWorkshop, THAI_NGUYEN, until, type Workshop } from '../../../test/support/workshop.js';

const KHA_SON = '05953';

let shop: Workshop;
beforeAll(async () => {
  shop = await openWorkshop();
  shop.at('2026-05-20T08:00:30+07:00');
});
afterEach(async () => {
  await shop.rest();
  await rows(shop.db.dataSource, 'update account set disabled_at = null');
});
afterAll(() => shop.close());

type File = {
  id: number;
  status: string;
  sha256: string;
  bytes: number;
  fileName: string;
  failure: { en: string } | null;
};
const FILE = 'id status sha256 bytes fileName failure { vi en }';
const REQUEST = `mutation ($unit: String!, $asOf: String) {
  requestSummary(round: "2026H1", unit: $unit, asOf: $asOf) { ${FILE} }
}`;
const request = async (token = shop.reviewer, asOf?: string) =>
  (await shop.ask<{ requestSummary: File }>(token, REQUEST, { unit: THAI_NGUYEN, asOf })).requestSummary;
const look = async (id: number, token = shop.reviewer) =>
  (await shop.ask<{ summaryFile: File }>(token, `{ summaryFile(id: ${id}) { ${FILE} } }`)).summaryFile;
const done = (id: number) =>
  until(async () => {
    const file = await look(id);
    return ['READY', 'FAILED'].includes(file.status) ? file : undefined;
  });
const problem = async (response: Response) => ({
  status: response.status,
  code: ((await response.json()) as { error: { code: string } }).error.code,
});

describe('a summary on request', () => {
  it('is made in the background, stored under its hash, and handed out as it was stored', async () => {
    const asked = await request();
    expect(asked).toMatchObject({ status: 'REQUESTED', sha256: null, failure: null });
    expect(await problem(await shop.download(asked.id, shop.reviewer))).toEqual({
      status: 409,
      code: 'export.not_ready',
    });

    await shop.work();
    const file = await done(asked.id);
    expect(file).toMatchObject({
      status: 'READY',
      failure: null,
      fileName: expect.stringMatching(/ThaiNguyen\.xlsx$/),
    });
    const onDisk = readFileSync(join(shop.config.varDir, 'exports', `${file.sha256}.xlsx`));
    expect(createHash('sha256').update(onDisk).digest('hex')).toBe(file.sha256);
    expect(onDisk.length).toBe(file.bytes);

    const response = await shop.download(file.id, shop.reviewer);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('spreadsheetml.sheet');
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="${file.fileName}"; filename*=UTF-8''${file.fileName}`,
    );
    expect(Buffer.from(await response.arrayBuffer()).equals(onDisk)).toBe(true);
    // That it was read, by whom and from where, is on record; the attempt while it was not ready is not.
    const read = await rows(
      shop.db.dataSource,
      `select account_id is not null as known, address, subject from event where verb = 'export.read'`,
    );
    expect(read).toEqual([{ known: true, address: '127.0.0.1', subject: { fileId: file.id, sha256: file.sha256 } }]);
  });

  it('stays within reach: neither asked for, seen nor downloaded by a commune or another province', async () => {
    const file = await request();
    const [reporter, head, neighbour] = [
      await shop.token(KHA_SON, 'reporter'),
      await shop.token(KHA_SON, 'reviewer'),
      await shop.token('20', 'reviewer'),
    ];
    const ask = (unit: string) => `mutation { requestSummary(round: "2026H1", unit: "${unit}") { id } }`;
    expect(await shop.refusal(ask(THAI_NGUYEN), reporter)).toBe('access.denied');
    expect(await shop.refusal(ask(THAI_NGUYEN), head)).toBe('unit.not_found');
    expect(await shop.refusal(ask(KHA_SON), head)).toBe('request.invalid');
    for (const token of [reporter, head, neighbour]) {
      expect(await shop.refusal(`{ summaryFile(id: ${file.id}) { id } }`, token)).toBe('export.not_found');
      expect(await problem(await shop.download(file.id, token))).toEqual({ status: 404, code: 'export.not_found' });
    }
    expect(await problem(await shop.download(file.id, null))).toEqual({ status: 401, code: 'auth.required' });
    expect((await look(file.id, await shop.token(NATION, 'viewer'))).id).toBe(file.id);
  });

  it.each(['0', '-1', '99999', '99999999999', '1e3', '..%2f..%2fpackage.json', "1'--"])(
    'finds no file under %s',
    async (id) => {
      expect(await problem(await shop.download(id, shop.reviewer))).toEqual({ status: 404, code: 'export.not_found' });
    },
  );

  it('refuses a round that was never opened', async () => {
    expect(await shop.refusal('mutation { requestSummary(round: "2026H2", unit: "19") { id } }')).toBe(
      'round.not_found',
    );
  });

  it('is not made for an account that lost its right in the meantime, and says so', async () => {
    const leaver = await shop.token(THAI_NGUYEN, 'administrator');
    const { id } = await request(leaver, '2026-05-20T08:00:01+07:00');
    await rows(
      shop.db.dataSource,
      `update account set disabled_at = now() where id = (select account_id from summary_file where id = $1)`,
      [id],
    );
    await shop.work();
    const file = await done(id);
    expect(file).toMatchObject({ status: 'FAILED', sha256: null });
    expect(file.failure!.en).toContain('may not do this');
    expect(await problem(await shop.download(id, shop.reviewer))).toEqual({ status: 409, code: 'export.failed' });
  });

  it('is the same file for the same request, as long as nothing was recorded since', async () => {
    await shop.work();
    const first = await done((await request()).id);
    const colleague = await shop.token(THAI_NGUYEN, 'administrator');
    expect(await request()).toEqual(first);
    expect(await request(colleague)).toEqual(first);

    const asOf = '2026-05-20T08:00:02+07:00';
    const past = await done((await request(shop.reviewer, asOf)).id);
    expect(past.id).not.toBe(first.id);

    // One commune has a later due date now: what stands "as of now" is another file, what stood is not.
    await shop.ask(
      shop.reviewer,
      `mutation { extendDueDate(unit: "${KHA_SON}", round: "2026H1", dueOn: "2026-06-12", reason: "Mưa lũ") { __typename } }`,
    );
    const second = await done((await request()).id);
    expect(second.id).not.toBe(first.id);
    expect((await request()).id).toBe(second.id);
    expect(await request(shop.reviewer, asOf)).toEqual(past);

    // Tomorrow what is not yet due may be overdue.
    shop.at('2026-05-21T08:00:00+07:00');
    expect((await request()).id).not.toBe(second.id);
    shop.at('2026-05-20T08:00:30+07:00');
    expect(await shop.refusal(REQUEST, shop.reviewer, { unit: THAI_NGUYEN, asOf: '2026-05-22T00:00:00Z' })).toBe(
      'asof.future',
    );
  });

  it('is waited for by one account three times at most, and told apart while it is waited for', async () => {
    const eager = await shop.token(THAI_NGUYEN, 'administrator');
    const at = (second: number) => `2026-05-20T08:00:${second}+07:00`;
    const asked = await Promise.all(
      [10, 11, 12, 13, 14, 10].map((second) =>
        shop.send<{ requestSummary: File }>(eager, REQUEST, { unit: THAI_NGUYEN, asOf: at(second) }),
      ),
    );
    const codes = asked.map(({ errors }) => errors?.[0]?.extensions.code ?? 'taken');
    const ids = new Set(asked.flatMap(({ data }) => (data?.requestSummary ? [data.requestSummary.id] : [])));
    expect(ids.size).toBe(3);
    expect(codes.filter((code) => code === 'export.too_many').length).toBeGreaterThanOrEqual(2);
    const again = asked.find(({ data }) => data?.requestSummary)!.data.requestSummary.id;
    expect([...ids]).toContain(again);
    // Another account has its own three.
    const other = await request(shop.reviewer, at(20));
    await shop.work();
    for (const id of [...ids, other.id]) expect(await done(id)).toMatchObject({ status: 'READY' });
    expect((await request(eager, at(15))).status).toBe('REQUESTED');
  });

  it('tells how far it has come', async () => {
    const { id } = await request(shop.reviewer, '2026-05-20T08:00:03+07:00');
    await shop.work();
    await done(id);
    const { summaryFile } = await shop.ask<{ summaryFile: { progress: { done: number; total: number; vi: string } } }>(
      shop.reviewer,
      `{ summaryFile(id: ${id}) { progress { done total vi en } } }`,
    );
    expect(summaryFile.progress.done).toBe(summaryFile.progress.total);
    expect(summaryFile.progress.total).toBeGreaterThan(1);
  });

  it('is opened by a link without a token: this file, for a quarter of an hour, as long as its account may', async () => {
    await shop.work();
    const colleague = await shop.token(THAI_NGUYEN, 'viewer');
    const file = await done((await request()).id);
    const link = async (token: string) =>
      (
        await shop.ask<{ downloadLink: { path: string; expiresAt: string } }>(
          token,
          `mutation { downloadLink(id: ${file.id}) { path expiresAt } }`,
        )
      ).downloadLink;
    const { path, expiresAt } = await link(colleague);
    expect(Date.parse(expiresAt) - shop.clock.now().getTime()).toBe(15 * 60_000);
    const opened = await fetch(shop.url + path);
    expect(
      createHash('sha256')
        .update(Buffer.from(await opened.arrayBuffer()))
        .digest('hex'),
    ).toBe(file.sha256);
    const [read] = await rows<{ subject: object }>(
      shop.db.dataSource,
      `select subject from event where verb = 'export.read' order by id desc limit 1`,
    );
    expect(read!.subject).toEqual({ fileId: file.id, sha256: file.sha256, by: 'link' });
    // Only the hash of the secret is kept.
    const secret = path.split('/').at(-1)!;
    const kept = await rows(shop.db.dataSource, `select 1 from download_link where encode(hash, 'escape') like $1`, [
      secret,
    ]);
    expect(kept).toEqual([]);

    const gone = { status: 404, code: 'link.expired' };
    expect(await problem(await fetch(`${shop.url}${path}x`))).toEqual(gone);
    expect(await problem(await fetch(`${shop.url}/exports/links/x`))).toEqual(gone);
    shop.at(new Date(Date.parse(expiresAt)).toISOString());
    expect(await problem(await fetch(shop.url + path))).toEqual(gone);
    shop.at('2026-05-20T08:00:30+07:00');
    await rows(
      shop.db.dataSource,
      `update account set disabled_at = now() where id = (select account_id from download_link where file_id = $1)`,
      [file.id],
    );
    expect(await problem(await fetch(shop.url + path))).toEqual({ status: 403, code: 'access.denied' });
    expect(
      await shop.refusal(`mutation { downloadLink(id: ${file.id}) { path } }`, await shop.token('20', 'reviewer')),
    ).toBe('export.not_found');
  });

  it('is made after all when the worker that had begun it is gone and its job with it', async () => {
    const { id } = await request(shop.reviewer, '2026-05-20T08:00:04+07:00');
    await rows(
      shop.db.dataSource,
      `update summary_file set status = 'running', started_at = now() - interval '11 minutes' where id = $1`,
      [id],
    );
    await rows(shop.db.dataSource, 'update event set dispatched_at = now() where dispatched_at is null');
    await shop.work();
    expect(await done(id)).toMatchObject({ status: 'READY' });
  });
});
