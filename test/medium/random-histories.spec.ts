/** A small share of the random histories, with a fixed seed; the long ones run with `npm run soak` (test/soak). */
import { afterAll, expect, it } from '@jest/globals';
import { rows } from '#core';
import { inspect } from '../soak/inspection.js';
import { randomHistory } from '../soak/random-histories.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

let db: FreshDatabase;
afterAll(() => db?.drop());

const small = {
  connections: 16,
  onlyThese: true,
  provinces: ['19', '20'],
  communes: 4,
  rounds: ['2026H1', '2026H2'],
  inspections: 3,
};

it('400 operations on 16 connections, a third of them in conflict, leave totals and record in agreement', async () => {
  db = await freshDatabase(2);
  const history = await randomHistory({ ...small, url: db.url, seed: 57, operations: 400 });
  expect(history).toMatchObject({ wrong: [], deadlocks: 0 });
  expect(history.inspections).toBeGreaterThan(1);
  expect(history.instants).toBeGreaterThan(5);
  expect(history.conflicting / history.calls).toBeGreaterThan(0.2);
  expect(Object.keys(history.outcomes)).toEqual(
    // What any interleaving must come to; rarer outcomes are asked of the long histories.
    expect.arrayContaining(['stored', 'accepted', 'returned', 'report.stale']),
  );
});

it('an inspection of that history tells whatever has been tampered with', async () => {
  const parents = await rows<{ id: number }>(db.dataSource, 'select id from org_unit where code = any($1)', [
    small.provinces,
  ]);
  const ids = parents.map(({ id }) => id);
  const told = async (sign = '') =>
    (await inspect(db.dataSource, ids, [])).wrong.filter((line) => line.startsWith(sign));
  expect(await told()).toEqual([]);
  const some = 'where ctid in (select ctid from';
  // What a close kept comes first: a close whose ground has been tampered with is told already.
  const tampered: [string, string][] = [
    ["update closing set figures = figures || '0' where id = (select max(id) from closing)", 'close of'],
    [
      "update closing set closed_at = closed_at - interval '1 ms' where id = (select max(id) from closing)",
      'closes of',
    ],
    [
      `update cell set sums = sums + 1 ${some} cell where (round_id, parent_id, basis, recorded_at) in
        (select round_id, parent_id, basis, recorded_at from cell_now) and reported > 1 and basis = 'received' limit 1)`,
      'cell_mismatch:',
    ],
    [
      `update cell set reported = reported + 1 ${some} cell where (round_id, parent_id, basis, recorded_at) not in
        (select round_id, parent_id, basis, recorded_at from cell_now) and reported > 1 limit 1)`,
      'history of',
    ],
    [
      `update obligation set first_received_at = first_received_at + interval '1 s' ${some} obligation where newest_number > 1 limit 1)`,
      'obligation',
    ],
    [
      `update standing set version_id = null ${some} standing where basis = 'accepted' and version_id is not null and recorded_to is null limit 1)`,
      'obligation',
    ],
    [
      `update standing set recorded_to = recorded_to + interval '1 h' ${some} standing where recorded_to is not null limit 1)`,
      'standing of',
    ],
    ['update obligation set due_on = due_on + 1 where id = (select max(obligation_id) from extension)', 'due date of'],
  ];
  const [has] = await rows<{ closing: boolean; extension: boolean }>(
    db.dataSource,
    'select exists (select from closing) as closing, exists (select from extension) as extension',
  );
  const possible = tampered.filter(
    ([sql]) => (has!.closing || !sql.includes('closing')) && (has!.extension || !sql.includes('extension')),
  );
  for (const [sql, sign] of possible) {
    const before = (await told(sign)).length;
    await rows(db.dataSource, sql);
    expect([sql, (await told(sign)).length > before]).toEqual([sql, true]);
  }
});

it('connections killed in the middle lose nothing that was acknowledged and double nothing that was sent again', async () => {
  await db.drop();
  db = await freshDatabase(2);
  const history = await randomHistory({ ...small, url: db.url, seed: 58, operations: 300, killEvery: 40 });
  expect(history).toMatchObject({ wrong: [], deadlocks: 0 });
  expect(history.kills).toBeGreaterThan(5);
});
