/**
 * A report that was sent is sealed with the event that tells of it: whatever is changed of it with SQL afterwards, audit:verify
 * names it. What its life moves (accepted, returned with reasons, superseded) changes nothing of the seal.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sealEvents, verifyAudit } from '#audit';
import { EVERYONE, inScope } from '#core';
import { RoundsService } from '#reporting';
import { headOf, leavesOf } from '../../libs/audit/src/seal.js';
import { reportOf, SUBMIT, type Submitted } from '../support/figures.js';
import { openWorld, type World } from '../support/world.js';

const KHA_SON = '05953';
const ROUND = '2026H1';
let world: World;
let version: string;

const sql = (text: string, values: unknown[] = []) => world.db.dataSource.query(text, values);
const verify = async () => (await verifyAudit(world.db.dataSource)).wrong;

beforeAll(async () => {
  world = await openWorld();
  await inScope(EVERYONE, () => world.app.get(RoundsService).open(null, 'NQ57-TT', ROUND));
  const commune = await world.token(KHA_SON, 'reporter');
  const province = await world.token('19', 'reviewer');
  const send = (expectedVersion: number) =>
    world.ask<Submitted>(commune, SUBMIT, {
      input: {
        round: ROUND,
        expectedVersion,
        containsNoSecrets: true,
        comment: 'Đã đối chiếu số liệu.',
        figures: reportOf({
          indicator: 'nguoi_dan_tiep_can',
          numerator: 100,
          denominator: 10_000,
          note: 'Theo danh sách cuối kỳ',
        }),
        narratives: [{ indicator: 'de_xuat_kien_nghi', text: 'Đề nghị hỗ trợ thiết bị.' }],
      },
    });
  expect((await send(0)).submitReport.stored).toBe(true);
  version = (await sql('select max(id)::text as id from report_version'))[0].id;
  expect(await sealEvents(world.db.dataSource, null)).toBeGreaterThan(0);
  const figures = '[{ indicator: "nguoi_dan_tiep_can", reason: "xem lại" }]';
  await world.ask(
    province,
    `mutation { returnReport(unit: "${KHA_SON}", round: "${ROUND}", expectedVersion: 1, reason: "xem lại", figures: ${figures}) { state } }`,
  );
  await send(1);
  await world.ask(
    province,
    `mutation { acceptReport(unit: "${KHA_SON}", round: "${ROUND}", expectedVersion: 2) { state } }`,
  );
  await sealEvents(world.db.dataSource, null);
});
afterAll(() => world?.close());

it('and what becomes of it later is no change of it', async () => {
  expect(await verify()).toEqual([]);
  expect(await sql('select count(*)::int as reasons from figure_note where return_reason is not null')).toEqual([
    { reasons: 1 },
  ]);
});

it.each([
  ['a figure', 'report_version', 'n = (select array_agg(coalesce(x, 0) + 1) from unnest(n) x)'],
  ['a state of a figure', 'report_version', 's = (select array_agg(1::smallint) from unnest(s))'],
  ['the comment', 'report_version', `comment = 'khác'`],
  ['the header', 'report_version', `header = header || '{"signer": "người khác"}'`],
  ['when it was received, by a microsecond', 'report_version', `received_at = received_at - interval '1 microsecond'`],
  ['a note', 'figure_note', `note = 'khác'`],
  ['a narrative', 'narrative', `body = 'khác'`],
])('names a report of which was changed: %s', async (_, table, change) => {
  const key = table === 'report_version' ? 'id' : 'version_id';
  await sql(`create table kept as select * from ${table} where ${key} = $1`, [version]);
  try {
    const [, changed] = await sql(`update ${table} set ${change} where ${key} = $1`, [version]);
    expect(changed).toBeGreaterThan(0);
    expect(await verify()).toEqual([
      expect.stringMatching(
        new RegExp(`Event \\d+, or the report that it tells of \\(version ${version}\\), .* was altered`),
      ),
    ]);
  } finally {
    const columns = {
      report_version: ['n', 's', 'comment', 'header', 'received_at'],
      figure_note: ['note'],
      narrative: ['body'],
    };
    const back = columns[table as keyof typeof columns].map((name) => `${name} = kept.${name}`).join(', ');
    const same = table === 'report_version' ? '' : `and ${table}.indicator_id = kept.indicator_id`;
    await sql(`update ${table} set ${back} from kept where ${table}.${key} = kept.${key} ${same}`);
    await sql('drop table kept');
  }
  expect(await verify()).toEqual([]);
});

it('seals made before reports were in them still fit', async () => {
  const seal = await sql('select * from seal order by number');
  expect(seal.map(({ form }: { form: number }) => form)).toEqual([2, 2]);
  await sql('alter table seal disable trigger user');
  try {
    await sql('delete from seal');
    // As the first form had it: the leaf of an event alone.
    const [{ to }] = await sql('select max(id)::text as to from event');
    const leaves = await leavesOf(world.db.dataSource, '1', to, 1);
    expect(leaves.length).toBeGreaterThan(0);
    const old = {
      ...{ number: 1, fromId: '1', toId: to, ids: leaves.map(({ id }) => id), leaves: leaves.map(({ leaf }) => leaf) },
      ...{ previous: Buffer.alloc(32), sealedAt: '2026-11-20T00:00:00.000000Z' },
    };
    await sql(
      `insert into seal (number, form, from_id, to_id, ids, leaves, previous, head, sealed_at) values (1, 1, $1, $2, $3, $4, $5, $6, $7)`,
      [old.fromId, old.toId, old.ids, old.leaves, old.previous, headOf(old), old.sealedAt],
    );
    expect(await verify()).toEqual([]);
  } finally {
    await sql('alter table seal enable trigger user');
  }
});
