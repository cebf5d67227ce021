/**
 * The second wall, row-level security: with the first one torn down (every unit is "within reach" of everybody) the
 * database still shows nobody what is beyond the caller's subtree, and moves totals as rightly as ever. What each table's
 * policy must be is asked of the database's own catalogue, so that a new table cannot be forgotten.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { connect, EVERYONE, inScope, projectRoot, rows, transact, WALLED_ROLE, wallStands } from '#core';
import { RoundsService } from '#reporting';
import { reportOf, SUBMIT, type Submitted } from '../support/figures.js';
import { tearDownFirstWall } from '../support/first-wall.js';
import { run } from '../support/sql.js';
import { openWorld, type World } from '../support/world.js';

const KHA_SON = '05953';
const NAM_CUONG = '02026';
const THAI_NGUYEN = '19';
const LANG_SON = '20';
const HUU_LUNG = '06385';
const ROUND = '2026H1';
/** What everybody may read: the country's units, the form, the rules. */
const OPEN = [
  'indicator',
  'lifecycle_step',
  'migrations',
  'org_unit',
  'org_unit_state',
  'plan',
  'programme',
  'programme_edition',
].concat(...['queue_identity', 'round', 'seal', 'succession']);

let world: World;
let walled: DataSource;
const ids = new Map<string, number>();
const tokens = new Map<string, string>();
const token = (name: string) => tokens.get(name)!;

beforeAll(async () => {
  world = await openWorld();
  walled = await connect(world.db.url, { pool: 3, walled: 'always' });
  await inScope(EVERYONE, () => world.app.get(RoundsService).open(null, 'NQ57-TT', ROUND));
  for (const { id, code } of await world.db.dataSource.query('select id, code from org_unit')) ids.set(code, id);
  for (const [unit, role] of [
    [KHA_SON, 'reporter'],
    [NAM_CUONG, 'reporter'],
    [HUU_LUNG, 'reporter'],
    [THAI_NGUYEN, 'reviewer'],
    [LANG_SON, 'reviewer'],
    ['VN', 'viewer'],
  ] as const)
    tokens.set(unit, await world.token(unit, role));
});
afterAll(async () => {
  await walled?.destroy();
  await world?.close();
});
afterEach(() => {
  jest.restoreAllMocks();
});

const submit = (unit: string, expectedVersion: number, people: number) =>
  world.ask<Submitted>(token(unit), SUBMIT, {
    input: {
      round: ROUND,
      expectedVersion,
      containsNoSecrets: true,
      figures: reportOf({ indicator: 'nguoi_dan_tiep_can', numerator: people, denominator: 10_000 }),
    },
  });
const review = (step: string, unit: string, version: number) =>
  world.ask(
    token(unit === HUU_LUNG ? LANG_SON : THAI_NGUYEN),
    `mutation { ${step}(unit: "${unit}", round: "${ROUND}", expectedVersion: ${version}) { state } }`,
  );

describe('reports under the wall', () => {
  it('move the totals as the recomputation has them, whoever sends and reviews them', async () => {
    await submit(KHA_SON, 0, 100);
    await Promise.all([submit(KHA_SON, 1, 200), submit(NAM_CUONG, 0, 1000), submit(HUU_LUNG, 0, 5000)]);
    await review('acceptReport', KHA_SON, 2);
    await submit(KHA_SON, 2, 300);
    await world.ask(
      token(THAI_NGUYEN),
      `mutation { returnReport(unit: "${NAM_CUONG}", round: "${ROUND}", expectedVersion: 1, reason: "xem lại") { state } }`,
    );
    await submit(NAM_CUONG, 1, 2000);
    await review('acceptReport', HUU_LUNG, 1);
    expect(await world.db.dataSource.query('select * from cell_mismatch')).toEqual([]);
    expect(await world.db.dataSource.query('select * from standing_mismatch')).toEqual([]);
    const sums = await world.db.dataSource.query(
      `select u.code, k.basis, k.n::int as n, k.reported from cell_figure k join org_unit u on u.id = k.parent_id
       where k.reported > 0 and k.slot = 1 order by 1, 2`,
    );
    expect(sums).toEqual([
      { code: THAI_NGUYEN, basis: 'accepted', n: 200, reported: 1 },
      { code: THAI_NGUYEN, basis: 'received', n: 2300, reported: 2 },
      { code: LANG_SON, basis: 'accepted', n: 5000, reported: 1 },
      { code: LANG_SON, basis: 'received', n: 5000, reported: 1 },
    ]);
    expect(await world.db.dataSource.query('select rebuild_cells(null) as mended')).toEqual([{ mended: 0 }]);
  });
});

describe('with the first wall torn down', () => {
  // Operations whose only wall is `reach`; what a caller in its own subtree is told, a stranger is not.
  const at = `period: "${ROUND}", basis: RECEIVED`;
  const QUESTIONS: [name: string, query: (unit: string) => string][] = [
    [
      'report',
      (unit) => `{ report(unit: "${unit}", round: "${ROUND}") { versions { number figures { numerator } } } }`,
    ],
    ['totals', (unit) => `{ totals(unit: "${unit}", ${at}) { expected reported totals { numerator } } }`],
    ['childTotals', (unit) => `{ childTotals(unit: "${unit}", ${at}) { nodes { reported totals { numerator } } } }`],
    ['completeness', (unit) => `{ completeness(unit: "${unit}", round: "${ROUND}") { expected notSubmitted } }`],
    ['obligations', (unit) => `{ obligations(unit: "${unit}", round: "${ROUND}") { totalCount } }`],
    [
      'ranking',
      (unit) =>
        `{ ranking(unit: "${unit}", ${at}, indicator: "nguoi_dan_tiep_can") { totalCount nodes { numerator } } }`,
    ],
    [
      'unitHistory',
      (unit) => `{ unitHistory(unit: "${unit}") { rounds { versions { number } } trail { totalCount } } }`,
    ],
  ];
  const numbers = (answer: unknown): string[] =>
    [
      ...(JSON.stringify(answer) ?? '').matchAll(
        /"(?:number|numerator|reported|expected|notSubmitted|totalCount)":"?[1-9]\d*/g,
      ),
    ].map(([found]) => found);

  test.each(QUESTIONS)('%s tells a stranger nothing, and the owner what there is', async (_, query) => {
    const [own, sibling, other, above] = [KHA_SON, NAM_CUONG, HUU_LUNG, THAI_NGUYEN].map(query);
    const known = await Promise.all([own, above].map((asked) => world.send(token(THAI_NGUYEN), asked!)));
    expect(numbers(known.map(({ data }) => data))).not.toEqual([]);
    tearDownFirstWall();
    for (const [who, what] of [
      [KHA_SON, sibling],
      [KHA_SON, other],
      [LANG_SON, own],
      [LANG_SON, above],
    ] as const) {
      const answer = await world.send(token(who), what!);
      expect([who, what, numbers(answer.data)]).toEqual([who, what, []]);
    }
    // Of the whole that it is part of, a commune sees its own part: 2000 is its neighbour's, 2300 the sum, 92 all that owe.
    const part = numbers((await world.send(token(KHA_SON), above!)).data);
    expect(part.filter((number) => /\D(2000|2300|9[0-9])$/.test(number))).toEqual([]);
  });

  it('nobody reviews, extends or records for units of others', async () => {
    const before = await world.db.dataSource.query('select count(*)::int as n, max(id) from event');
    tearDownFirstWall();
    for (const mutation of [
      `acceptReport(unit: "${KHA_SON}", round: "${ROUND}", expectedVersion: 3) { state }`,
      `returnReport(unit: "${KHA_SON}", round: "${ROUND}", expectedVersion: 3, reason: "x") { state }`,
      `extendDueDate(unit: "${KHA_SON}", round: "${ROUND}", dueOn: "2026-06-20", reason: "x") { dueOn }`,
      `closeRound(unit: "${THAI_NGUYEN}", round: "${ROUND}") { sha256 }`,
    ]) {
      const answer = await world.send<object>(token(LANG_SON), `mutation { ${mutation} }`);
      expect([mutation, answer.errors?.length]).toEqual([mutation, 1]);
      expect(answer.errors![0]!.extensions.code).not.toBe('internal');
    }
    expect(await world.db.dataSource.query('select count(*)::int as n, max(id) from event')).toEqual(before);
  });
});

it('tells that another unit has taken a plan’s key, though its plan is not shown', async () => {
  const file = readFileSync(join(projectRoot, 'libs/programmes/data/plans/kha-son.yaml'), 'utf8');
  const token = await world.token(LANG_SON, 'administrator');
  const { importPlan } = await world.ask<{ importPlan: { status: string; errors: { code: string }[] } }>(
    token,
    'mutation ($file: String!) { importPlan(file: $file) { status errors { code } } }',
    { file: file.replace('unit: 05953', `unit: "${LANG_SON}"`) },
  );
  expect([importPlan.status, importPlan.errors.map(({ code }) => code)]).toEqual(['refused', ['key_taken']]);
});

describe('a statement', () => {
  const seen = (db = walled) =>
    rows<{ code: string }>(
      db,
      `select distinct u.code from report_version v join obligation o on o.id = v.obligation_id
       join org_unit u on u.id = o.unit_id where $1 order by 1`,
      [true],
    ).then((found) => found.map(({ code }) => code));

  it('sees its scope alone, whatever its connection did before, and outside of any scope nothing', async () => {
    expect(await seen()).toEqual([]);
    const scopes: [number, string[]][] = [
      [ids.get(KHA_SON)!, [KHA_SON]],
      [ids.get(THAI_NGUYEN)!, [NAM_CUONG, KHA_SON]],
      [ids.get(LANG_SON)!, [HUU_LUNG]],
      [ids.get('00001') ?? ids.get('01')!, []],
      [EVERYONE, [NAM_CUONG, KHA_SON, HUU_LUNG]],
    ];
    // Many at once over three connections: each waits for one that somebody of another scope lets go.
    const asked = Array.from({ length: 60 }, (_, place) => scopes[place % scopes.length]!);
    expect(await Promise.all(asked.map(([scope]) => inScope(scope, () => seen())))).toEqual(
      asked.map(([, codes]) => codes),
    );
    expect(await Promise.all([seen(), seen(), seen(), seen()])).toEqual([[], [], [], []]);
  });

  it('that fails leaves no scope behind', async () => {
    const scope = ids.get(KHA_SON)!;
    await expect(inScope(scope, () => rows(walled, 'select 1 / $1::int', [0]))).rejects.toThrow('division by zero');
    await expect(inScope(scope, () => rows(walled, 'select no_such_column where $1', [true]))).rejects.toThrow(
      'no_such',
    );
    await expect(inScope(scope, () => rows(walled, 'select no_such_column where $1', [true]))).rejects.toThrow(
      'no_such',
    );
    expect(await Promise.all([seen(), seen(), seen()])).toEqual([[], [], []]);
    expect(await inScope(scope, () => seen())).toEqual([KHA_SON]);
  });

  it('of a transaction sees the same, and the next one on its connection does not', async () => {
    const counted = (work: () => Promise<string[]>) => inScope(ids.get(THAI_NGUYEN)!, work);
    const within = await counted(() =>
      transact(walled, async (db) => {
        const found = await rows<{ n: number }>(
          db,
          'select count(distinct obligation_id)::int as n from report_version',
        );
        return [String(found[0]!.n)];
      }),
    );
    expect(within).toEqual(['2']);
    expect(await Promise.all([seen(), seen(), seen()])).toEqual([[], [], []]);
  });

  it('cannot write what only the functions write, nor a row of somebody else', async () => {
    await inScope(ids.get(KHA_SON)!, async () => {
      for (const sql of [
        'update cell set sums = sums',
        'delete from standing',
        'update report_version set n = n',
        'update event set verb = verb',
      ])
        await expect(rows(walled, sql)).rejects.toThrow('permission denied');
      await expect(
        rows(
          walled,
          `insert into contact (unit_id, recipients, account_id, recorded_from) select $1, '{}', min(id), now() from account`,
          [ids.get(NAM_CUONG)],
        ),
      ).rejects.toThrow('row-level security');
    });
  });
});

describe('the catalogue', () => {
  const all = <T>(sql: string) => run(world.db.url, sql) as Promise<T[]>;

  it('has a policy for every table that holds what is somebody’s', async () => {
    const tables = await all<{ name: string; walled: boolean }>(
      `select relname as name, relrowsecurity and exists (select from pg_policy p where p.polrelid = c.oid) as walled
       from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1`,
    );
    expect(tables.filter((table) => !table.walled).map(({ name }) => name)).toEqual(OPEN.sort());
  });

  it('knows of no view that shows more than its reader may see', async () => {
    const views = await all<{ relname: string }>(
      `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')
       and not coalesce('security_invoker=true' = any(reloptions), false)`,
    );
    expect(views).toEqual([]);
  });

  it('lets functions of the owner look nowhere but at the product’s own tables', async () => {
    const loose = await all<{ proname: string }>(
      `select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef
       and not coalesce('search_path=public, pg_temp' = any(proconfig), false)`,
    );
    expect(loose).toEqual([]);
  });

  it('has a role for the API that owns nothing and bypasses nothing', async () => {
    expect(await wallStands(world.db.url)).toBe(true);
    expect(
      await all(
        `select rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,
           (select count(*)::int from pg_class where relowner = r.oid) as owns
         from pg_roles r where rolname = '${WALLED_ROLE}'`,
      ),
    ).toEqual([
      { rolcanlogin: false, rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false, owns: 0 },
    ]);
  });

  it('keeps for each unit those that stand or ever stood above it', async () => {
    const wrong = await all(
      `select code from org_unit u where above <> array(
         select distinct x.id from (select u.id union all select s.parent_id from org_unit_state s where s.unit_id = u.id
           union all select g.parent_id from org_unit_state s join org_unit_state g on g.unit_id = s.parent_id where s.unit_id = u.id) x (id)
         where x.id is not null order by 1) and level <= 2`,
    );
    expect(wrong).toEqual([]);
    expect(ids.size).toBeGreaterThan(3000);
  });
});
