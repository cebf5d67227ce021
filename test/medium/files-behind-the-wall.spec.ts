/**
 * Files are made by the worker, which works as the database's owner; but what a file shows it reads behind the second wall,
 * in the scope of whoever asked for it. So with the first wall torn down a file of other people's units is empty, and with
 * both standing it is the same, byte by byte, as without the second one.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, jest, test } from '@jest/globals';
import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { strFromU8, unzipSync } from 'fflate';
import pino from 'pino';
import type { DataSource } from 'typeorm';
import { connect, EVERYONE, inScope, row, rows, transact } from '#core';
import { type LayoutKind, layoutKinds, SummariesService } from '#exports';
import { WorkerModule } from '../../apps/worker/src/worker.module.js';
import { reportOf, SUBMIT } from '../support/figures.js';
import { tearDownFirstWall } from '../support/first-wall.js';
import { openWorkshop, type Workshop } from '../support/workshop.js';

const KHA_SON = '05953';
const THAI_NGUYEN = '19';
const NEWS = 76_543;
/** What only those may read whom a file is for: a figure of a commune, or that another one has not reported. */
const markOf = (kind: LayoutKind) => (kind === 'reminders' ? 'Nam Cường' : String(NEWS));
/** Of the nation nobody is kept out who may ask for it. */
const KINDS = layoutKinds.filter((kind) => kind !== 'nation_summary');

let shop: Workshop;
/** Workers that read behind the wall, as in production, and as the owner throughout. */
const workers: Record<'walled' | 'owner', { app: INestApplicationContext; dataSource: DataSource }> = {} as never;
let asOf: string;

beforeAll(async () => {
  shop = await openWorkshop();
  await shop.ask(await shop.token(KHA_SON, 'reporter'), SUBMIT, {
    input: {
      round: '2026H1',
      expectedVersion: 0,
      containsNoSecrets: true,
      figures: reportOf({ indicator: 'tin_bai', value: NEWS }),
      comment: 'đúng',
    },
  });
  await shop.ask(
    shop.reviewer,
    `mutation { acceptReport(unit: "${KHA_SON}", round: "2026H1", expectedVersion: 1) { state } }`,
  );
  for (const code of [KHA_SON, '20', '02026']) await shop.token(code, 'reviewer');
  for (const kind of ['walled', 'owner'] as const) {
    const dataSource = await connect(shop.db.url, {
      pool: 3,
      ...(kind === 'walled' && { walled: 'in scope' as const }),
    });
    const parts = { config: shop.config, clock: shop.clock, dataSource, log: pino({ level: 'silent' }) };
    workers[kind] = {
      app: await NestFactory.createApplicationContext(WorkerModule.with(parts), { logger: false }),
      dataSource,
    };
  }
  shop.at('2026-05-20T08:00:30+07:00');
  asOf = (
    await shop.ask<{ totals: { asOf: string } }>(shop.reviewer, '{ totals(unit: "19", period: "2026H1") { asOf } }')
  ).totals.asOf;
});
afterAll(async () => {
  for (const { app, dataSource } of Object.values(workers)) {
    await app.close();
    await dataSource.destroy();
  }
  await shop?.close();
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** A file of a unit, made for the reviewer of another: the request that the first wall would have refused. */
async function made(by: 'walled' | 'owner', kind: LayoutKind, unit: string, reviewerOf: string) {
  const file = await row<{ id: number }>(
    shop.db.dataSource,
    `insert into summary_file (unit_id, round_id, account_id, kind, wished_as_of, status, requested_at)
     select u.id, r.id, a.id, $1, $4, 'requested', now() from org_unit u, round r, account a join org_unit o on o.id = a.unit_id
     where u.code = $2 and r.code = '2026H1' and o.code = $3 and a.role = 'reviewer' returning id`,
    [kind, unit, reviewerOf, asOf],
  );
  const failure = await workers[by].app.get(SummariesService).produce(file!.id, { lastTry: true });
  const ready = await row<{ sha256: string | null }>(
    shop.db.dataSource,
    'select sha256 from summary_file where id = $1',
    [file!.id],
  );
  const extension = kind === 'figures_csv' ? 'csv' : 'xlsx';
  if (!ready!.sha256) return { failure, sha256: null, text: '' };
  const bytes = readFileSync(join(shop.folder, 'exports', `${ready!.sha256}.${extension}`));
  const text =
    extension === 'csv'
      ? bytes.toString()
      : Object.values(unzipSync(bytes))
          .map((part) => strFromU8(part))
          .join('\n');
  return { failure, sha256: ready!.sha256, text };
}
const unitOf = (kind: LayoutKind) => (kind === 'commune_report' ? KHA_SON : THAI_NGUYEN);

test.each(KINDS)('%s: those it is for get what they got without the second wall', async (kind) => {
  const walled = await made('walled', kind, unitOf(kind), unitOf(kind));
  expect(walled.failure).toBeNull();
  expect(walled.text).toContain(markOf(kind));
  expect(walled.sha256).toBe((await made('owner', kind, unitOf(kind), unitOf(kind))).sha256);
});

test.each(KINDS)('%s: with the first wall torn down, a stranger gets no figure', async (kind) => {
  tearDownFirstWall();
  const stranger = kind === 'commune_report' ? '02026' : '20';
  expect((await made('owner', kind, unitOf(kind), stranger)).text).toContain(markOf(kind));
  expect((await made('walled', kind, unitOf(kind), stranger)).text).not.toContain(markOf(kind));
});

it('outside of a scope the worker is the owner, within one it is not, and nothing of it stays on a connection', async () => {
  const { dataSource } = workers.walled;
  const seen = (db: Parameters<typeof row>[0] = dataSource) =>
    row<{ role: string; versions: number }>(
      db,
      'select current_user::text as role, count(*)::int as versions from report_version where $1',
      [true],
    ).then((found) => found!.versions + (found!.role === 'bao_cao_57_api' ? ' walled' : ' owner'));
  const [{ id }] = (await rows<{ id: number }>(dataSource, `select id from org_unit where code = '20'`)) as [
    { id: number },
  ];
  const asked = Array.from({ length: 30 }, (_, nth) => nth % 3);
  const told = ['1 owner', '0 walled', '1 walled'];
  expect(
    await Promise.all(
      asked.map((which) => (which === 0 ? seen() : inScope(which === 1 ? id : EVERYONE, () => seen()))),
    ),
  ).toEqual(asked.map((which) => told[which]));
  expect(await inScope(id, () => transact(dataSource, seen))).toBe('0 walled');
  await expect(inScope(id, () => rows(dataSource, 'select 1 / $1::int', [0]))).rejects.toThrow('division by zero');
  expect(await Promise.all([seen(), seen(), seen()])).toEqual(['1 owner', '1 owner', '1 owner']);
});
