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
});
afterEach(() => shop.rest());
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
const request = async (token = shop.reviewer) =>
  (
    await shop.ask<{ requestSummary: File }>(
      token,
      `mutation { requestSummary(round: "2026H1", unit: "${THAI_NGUYEN}") { ${FILE} } }`,
    )
  ).requestSummary;
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
    const { id } = await request(leaver);
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

  it('is made after all when the worker that had begun it is gone and its job with it', async () => {
    const { id } = await request();
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
