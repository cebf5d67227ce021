/**
 * A backup taken while the service works, restored on an empty machine: the same rows, files, totals and answers; the log
 * of events whole; mails that may have gone left to a person. And what must not be restored is not.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { AccessService } from '#access';
import { sealEvents, verifyAudit } from '#audit';
import { connect, row, rows } from '#core';
import { createServer } from '../../apps/api/src/server.js';
import { backup } from '../../apps/cli/src/backup/backup.js';
import type { Manifest } from '../../apps/cli/src/backup/manifest.js';
import { restore } from '../../apps/cli/src/backup/restore.js';
import { reportOf, SUBMIT } from '../support/figures.js';
import { run, withDatabase } from '../support/sql.js';
import { openWorkshop, THAI_NGUYEN, until, type Workshop } from '../support/workshop.js';

let shop: Workshop;
let folder: string;
let kept: string;
let manifest: Manifest;
const databases: string[] = [];

beforeAll(async () => {
  shop = await openWorkshop();
  folder = mkdtempSync(join(tmpdir(), 'backup-'));
  kept = join(folder, 'kept');
  const communes = await rows<{ code: string }>(
    shop.db.dataSource,
    `select u.code from obligation o join org_unit u on u.id = o.unit_id join org_unit p on p.id = o.parent_id
     where p.code = '19' order by u.code limit 4`,
  );
  for (const [nth, { code }] of communes.entries())
    await shop.ask(await shop.token(code, 'reporter'), SUBMIT, {
      input: {
        round: '2026H1',
        expectedVersion: 0,
        containsNoSecrets: true,
        figures: reportOf({ indicator: 'tin_bai', value: 10 + nth }),
        narratives: [{ indicator: 'de_xuat_kien_nghi', text: 'Đề nghị hỗ trợ\tthiết bị\n"số"' }],
        comment: 'đã kiểm tra',
      },
    });
  await sealEvents(shop.db.dataSource, null);
  await shop.work();
  const { createSchedule } = await shop.ask<{ createSchedule: { id: number } }>(
    shop.reviewer,
    'mutation ($input: ScheduleInput!) { createSchedule(input: $input) { id } }',
    { input: { unitCode: THAI_NGUYEN, label: 'Tổng hợp', cron: '0 7 16 6,12 *', recipients: ['so@a.vn', 'vp@a.vn'] } },
  );
  await shop.ask(shop.reviewer, `mutation { runScheduleNow(id: ${createSchedule.id}) }`);
  await until(async () =>
    (await row<{ sent: number }>(
      shop.db.dataSource,
      `select count(*)::int as sent from delivery where status = 'sent'`,
    ))!.sent === 2
      ? true
      : undefined,
  );
  // A mail that waits while the backup is taken.
  await rows(
    shop.db.dataSource,
    `update delivery set status = 'pending', finished_at = null, next_attempt_at = now() + interval '1 day'
     where id = (select max(id) from delivery)`,
  );
  await shop.rest();
  // Uses of tokens are gathered for a second before they are written, and the worker seals when it comes to it: not after
  // the backup, which is held against what is there now.
  await shop.app.get(AccessService).writeUses();
  await sealEvents(shop.db.dataSource, null);
  const working = shop.work();
  manifest = await backup(shop.db.url, shop.folder, kept);
  await working;
  await shop.rest();
});
afterAll(async () => {
  await shop.close();
  for (const name of databases) await run(process.env.TEST_ADMIN_URL!, `drop database if exists ${name} with (force)`);
  rmSync(folder, { recursive: true, force: true });
});

let places = 0;
/** An empty machine: a database without a table, a folder without a file. */
async function emptyPlace(): Promise<{ url: string; varDir: string }> {
  const name = `${process.env.TEST_TEMPLATE}_restored_${process.env.JEST_WORKER_ID}_${++places}`;
  databases.push(name);
  await run(process.env.TEST_ADMIN_URL!, `create database ${name} template template0`);
  const varDir = join(folder, `machine-${places}`);
  mkdirSync(varDir);
  return { url: withDatabase(process.env.TEST_ADMIN_URL!, name), varDir };
}

/** Every table's rows as one hash, worked out by the database itself; no code shared with the backup. */
async function sums(url: string): Promise<Record<string, string>> {
  const tables = (
    await run(url, `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`)
  )
    .map(({ relname }) => String(relname))
    .filter((name) => !['migrations', 'queue_identity', 'delivery'].includes(name));
  const found: Record<string, string> = {};
  for (const table of tables) {
    const [sum] = await run(
      url,
      `select count(*) || ':' || coalesce(md5(string_agg(x.line, E'\\n' order by x.line)), '') as sum
       from (select t::text as line from ${table} t) x`,
    );
    found[table] = String(sum!.sum);
  }
  return found;
}

function filesOf(dir: string): Record<string, string> {
  const under = ['exports', 'mail'].filter((name) => existsSync(join(dir, name)));
  return Object.fromEntries(
    under.flatMap((name) =>
      readdirSync(join(dir, name)).map((file) => [
        `${name}/${file}`,
        createHash('sha256')
          .update(readFileSync(join(dir, name, file)))
          .digest('hex'),
      ]),
    ),
  );
}

const TOTALS = `{ totals(unit: "19", period: "2026H1", basis: RECEIVED) { expected reported asOf totals { display numerator } } }`;

describe('a backup', () => {
  it('restored into an empty place is the same, row by row, file by file, total by total', async () => {
    const place = await emptyPlace();
    const before = await sums(shop.db.url);
    const { unknown } = await restore(kept, place.url, place.varDir);
    expect(await sums(place.url)).toEqual(before);
    expect(before.report_version).toMatch(/^4:/);
    expect(filesOf(place.varDir)).toEqual(filesOf(shop.folder));
    expect(Object.keys(filesOf(place.varDir)).length).toBeGreaterThanOrEqual(3);
    expect(manifest.files.every(({ path }) => !path.startsWith('postgres'))).toBe(true);

    const dataSource = await connect(place.url, { pool: 4 });
    try {
      expect(await rows(dataSource, 'select * from cell_mismatch')).toEqual([]);
      expect(await rows(dataSource, 'select * from standing_mismatch')).toEqual([]);
      expect((await verifyAudit(dataSource)).wrong).toEqual([]);
      // The sent mail stays sent; the one that waited may have gone since, and is not sent by itself.
      expect(unknown).toBe(1);
      expect(await rows(dataSource, 'select status from delivery order by id')).toEqual([
        { status: 'sent' },
        { status: 'unknown' },
      ]);
      // It answers as the one before did, to the same people, and goes on.
      const app = await createServer({
        config: { ...shop.config, databaseUrl: place.url, varDir: place.varDir },
        clock: shop.clock,
        dataSource,
        log: pino({ level: 'silent' }),
      });
      await app.listen(0, '127.0.0.1');
      const url = await app.getUrl();
      const ask = async (query: string) =>
        (
          await fetch(`${url}/graphql`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', authorization: `Bearer ${shop.reviewer}` },
            body: JSON.stringify({ query }),
          })
        ).json();
      expect(await ask(TOTALS)).toEqual({ data: await shop.ask(shop.reviewer, TOTALS) });
      const [file] = await rows<{ id: number }>(dataSource, `select id from summary_file where status = 'ready'`);
      const download = await fetch(`${url}/exports/${file!.id}`, {
        headers: { authorization: `Bearer ${shop.reviewer}` },
      });
      expect(download.status).toBe(200);
      expect(await ask(`mutation { requestSummary(round: "2026H1", unit: "19") { status } }`)).toEqual({
        data: { requestSummary: { status: 'REQUESTED' } },
      });
      await app.close();
    } finally {
      await dataSource.destroy();
    }
  });

  it('is not restored over anything, nor when a byte of it has changed, nor half', async () => {
    const untouched = async ({ url, varDir }: { url: string; varDir: string }) => {
      expect(await run(url, `select 1 from pg_class where relnamespace = 'public'::regnamespace`)).toEqual([]);
      expect(readdirSync(varDir)).toEqual([]);
    };
    await expect(restore(kept, shop.db.url, join(folder, 'nowhere'))).rejects.toThrow('not empty');
    const place = await emptyPlace();
    const damaged = join(folder, 'damaged');
    cpSync(kept, damaged, { recursive: true });
    const table = join(damaged, 'tables', 'report_version.copy.gz');
    const bytes = readFileSync(table);
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    writeFileSync(table, bytes);
    await expect(restore(damaged, place.url, place.varDir)).rejects.toThrow('report_version');
    cpSync(kept, damaged, { recursive: true });
    const file = manifest.files[0]!.path;
    writeFileSync(join(damaged, 'files', file), 'khác');
    await expect(restore(damaged, place.url, place.varDir)).rejects.toThrow(file);
    rmSync(join(damaged, 'manifest.json'));
    await expect(restore(damaged, place.url, place.varDir)).rejects.toThrow('complete');
    await untouched(place);
    mkdirSync(join(place.varDir, 'exports'));
    writeFileSync(join(place.varDir, 'exports', 'x'), '');
    await expect(restore(kept, place.url, place.varDir)).rejects.toThrow('not empty');
  });

  it('leaves nothing under its name when it cannot be finished', async () => {
    const target = join(folder, 'unfinished');
    await expect(backup(withDatabase(shop.db.url, 'no_such_database'), shop.folder, target)).rejects.toThrow();
    expect(existsSync(target)).toBe(false);
    expect(existsSync(`${target}.part`)).toBe(false);
  });

  it('is not made over another one, nor beside one that is being made', async () => {
    await expect(backup(shop.db.url, shop.folder, kept)).rejects.toThrow('is there already');
    expect(JSON.parse(readFileSync(join(kept, 'manifest.json'), 'utf8'))).toEqual(manifest);
    const target = join(folder, 'under-way');
    mkdirSync(`${target}.part`);
    await expect(backup(shop.db.url, shop.folder, target)).rejects.toThrow('another backup is at work here');
    expect(existsSync(`${target}.part`)).toBe(true);
  });
});
