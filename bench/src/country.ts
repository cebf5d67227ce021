/**
 * The country that the bars are measured on, generated with fixed seeds and loaded set-based: the official units, a
 * programme of 25 indicators that exists in the bench only, a plan with targets for the nation, every province and every
 * commune, the rounds asked for, and on demand 90,000 local units that report to their communes. Rounds are opened by
 * the product itself; only the reports are written in bulk, and the product's own rebuild then makes the cells.
 */
import type { DataSource } from 'typeorm';
import { Clock, connect, rows, transact } from '#core';
import { importOfficialUnits } from '#organisations';
import { RoundsService } from '#reporting';

export const PROGRAMME = 'BENCH';
export const ROUNDS = ['2026H1', '2026H2', '2027H1', '2027H2', '2028H1', '2028H2', '2029H1', '2029H2'].concat([
  '2030H1',
  '2030H2',
  '2031H1',
]);
export const COMMUNES = 3321;
export const LOCAL_UNITS = 90_000;
export const INDICATORS = 25;

/** 12 ratios (the last four are flows), 4 flows, 4 stocks, 5 milestones (two once, one yearly, two kept). */
const PROGRAMME_SQL = `
  insert into programme (code, name, basis, body, sha256, recorded_at)
  values ('${PROGRAMME}', 'Chương trình để đo, không có thật', 'bench', '{}', '', clock_timestamp());
  insert into indicator (programme_id, position, code, name, kind, over_time, unit_label, numerator, denominator, derived,
    not_applicable_allowed, first_round)
  select p.id, i, 'B' || lpad(i::text, 2, '0'), 'Chỉ tiêu để đo số ' || i,
    case when i <= 12 then 'ratio' when i <= 16 then 'flow' when i <= 20 then 'stock' else 'milestone' end,
    case when i <= 8 then 'latest' when i <= 16 then 'sum' when i <= 20 then 'latest' when i <= 22 then 'once'
         when i = 23 then 'yearly' else 'kept' end,
    case when i <= 12 then '%' end, 'tử số', case when i <= 12 then 'mẫu số' end, 'bench', i <= 16, '2026H1'
  from programme p, generate_series(1, ${INDICATORS}) i where p.code = '${PROGRAMME}';
  insert into duty (programme_id, unit_id, edge, reporters, receiver, due_h1, due_h2, due_wording, confirmed, recorded_from)
  select p.id, u.id, 'upward', 'commune', 'Sở KH&CN', '06-10', '12-10', '10/6, 10/12', true, clock_timestamp()
  from programme p, org_unit u where p.code = '${PROGRAMME}' and u.level = 0;
  insert into plan (programme_id, key)
  select p.id, 'bench-' || u.code from programme p, org_units_on(current_date) u where p.code = '${PROGRAMME}' and u.level <= 2;
  insert into plan_version (plan_id, version, unit_id, issued_wording, title, illustrative, body, sha256, recorded_from)
  select pl.id, 1, u.id, 'bench', 'Kế hoạch để đo của ' || u.name, true, '{}', '', clock_timestamp()
  from plan pl join org_units_on(current_date) u on pl.key = 'bench-' || u.code;
  insert into target (plan_version_id, indicator_id, year, comparator, threshold, binds, wording, clause)
  select v.id, i.id, y.year, case when i.kind <> 'milestone' then 'at_least' end,
    case i.kind when 'ratio' then y.percent when 'flow' then y.percent * 10 when 'stock' then y.percent * 20 end,
    case u.level when 0 then 'both' else 'unit' end, 'đạt ít nhất như số ghi bên', 'Mục I'
  from plan_version v join org_unit u on u.id = v.unit_id join plan pl on pl.id = v.plan_id
  join indicator i on i.programme_id = pl.programme_id
  join (values (2026, 20), (2027, 40), (2030, 80), (2035, 95)) y (year, percent)
    on i.kind = 'ratio' or (i.kind in ('flow', 'stock') and y.year <> 2027) or (i.kind = 'milestone' and y.year in (2026, 2035))
  where pl.key like 'bench-%';`;

/**
 * What a unit reports in the k-th round: always the same figures for the same unit and round. About 2 % of the figures
 * are missing, 3 % not applicable, 5 % estimates; a milestone that is reached stays reached, and is one yes
 * of one answer.
 */
const FIGURES_SQL = `
  create schema bench;
  create function bench.chance(a bigint, b bigint, c bigint) returns int language sql immutable
  return (hashint8extended((a * 1000 + b) * 100 + c, 57) & 1048575)::int;
  create function bench.figures(unit bigint, k int) returns table (n bigint[], d bigint[], s smallint[]) language sql immutable
  begin atomic
    select array_agg(case when f.s in (1, 2) then f.n end order by f.i), array_agg(case when f.s in (1, 2) then f.d end order by f.i),
           array_agg(f.s order by f.i)
    from (
      select i, case when i > 16 then 1 when c % 100 < 2 then 0 when c % 100 < 5 then 3 when c % 100 < 10 then 2 else 1 end::smallint as s,
        case when i <= 12 then (50 + still % 5000) * least(100, 15 + 5 * k + c % 20) / 100 when i <= 16 then c % 200
             when i <= 20 then still % 1000 + 10 * k else (k > still % 14)::int end::bigint as n,
        case when i <= 12 then 50 + still % 5000 when i > 20 then 1 end::bigint as d
      from (select i, bench.chance(unit, k, i) as c, bench.chance(unit, 0, i) as still from generate_series(1, ${INDICATORS}) i) x
    ) f;
  end;`;

/** The header of a report whose sender declares what must be declared, in SQL. */
const DECLARED = `'{"containsNoSecrets": true}'`;

/**
 * Reports of one round, all at once: 97 % have reported, of those 95 % are accepted. Each leaves its event and its key as
 * a submission does, so that statements are planned over tables as a country has them, not over empty ones.
 */
const REPORTS_SQL = `
  with reporting as (
    select o.id, o.unit_id, bench.chance(o.unit_id, $2::int, 98) % 100 < 95 as accepted, clock_timestamp() as at
    from obligation o where o.round_id = $1 and o.newest_number = 0 and bench.chance(o.unit_id, $2::int, 99) % 100 < 97
  ), version as (
    insert into report_version (obligation_id, number, state, n, d, s, header, account_id, received_at, recorded_at,
      idempotency_key, request_hash)
    select r.id, 1, case when r.accepted then 'accepted' else 'submitted' end, f.n, f.d, f.s, ${DECLARED}, $3, r.at, r.at,
      gen_random_uuid()::text, 'bench'
    from reporting r cross join lateral bench.figures(r.unit_id, $2::int) f
    returning id, obligation_id, state, received_at
  ), step as (
    insert into transition (version_id, to_state, account_id, recorded_at)
    select v.id, 'accepted', $3, v.received_at from version v where v.state = 'accepted'
  ), stands as (
    update standing s set version_id = v.id from version v
    where s.obligation_id = v.obligation_id and s.recorded_to is null and (s.basis = 'received' or v.state = 'accepted')
  ), told as (
    insert into event (verb, account_id, unit_id, subject, recorded_at)
    select 'report.submitted', $3, r.unit_id, jsonb_build_object('obligation', r.id, 'number', 1), r.at from reporting r
  )
  update obligation o set newest_number = 1, newest_state = v.state, first_received_at = v.received_at
  from version v where o.id = v.obligation_id`;

/** Local units with the codes of their communes, 27 or 28 each, and a duty of theirs. */
const LOCAL_UNITS_SQL = `
  insert into org_unit (code, level)
  select c.code || '-' || lpad(j::text, 2, '0'), 3
  from (select u.code, row_number() over (order by u.code) as nth from org_units_on(current_date) u where u.level = 2) c
  cross join lateral generate_series(1, (${LOCAL_UNITS} * c.nth / ${COMMUNES} - ${LOCAL_UNITS} * (c.nth - 1) / ${COMMUNES})::int) j;
  alter table org_unit_state drop constraint org_unit_state_no_overlap;
  insert into org_unit_state (unit_id, kind, name, search, name_key, parent_id, valid_from, recorded_from)
  select l.id, 'thon', 'Thôn ' || right(l.code, 2), 'thon ' || right(l.code, 2), 'thôn ' || right(l.code, 2), c.id, '2025-07-01', clock_timestamp()
  from org_unit l join org_unit c on c.code = split_part(l.code, '-', 1) where l.level = 3;
  insert into duty (programme_id, plan_version_id, unit_id, edge, reporters, receiver, due_wording, confirmed, recorded_from)
  select pl.programme_id, v.id, v.unit_id, 'below', 'thôn', 'UBND xã', 'bench', true, clock_timestamp()
  from plan_version v join plan pl on pl.id = v.plan_id join org_unit u on u.id = v.unit_id
  where pl.key like 'bench-%' and u.level = 2;`;

/** A round of the local units: each reports the figures of its commune, accepted, and the commune's cells hold their sum. */
const localRound = (round: number, k: number, account: number) => `
  create temporary table local_sum on commit drop as
  select c.id as parent_id, d.id as duty_id, c.units, f.n, f.d, f.s
  from (select parent_id as id, count(*) as units from org_units_on(current_date) where level = 3 group by parent_id) c
  join duty d on d.unit_id = c.id and d.edge = 'below' cross join lateral bench.figures(c.id, ${k}) f;
  create temporary table local_report on commit drop as
  select nextval('obligation_id_seq') as id, nextval('report_version_id_seq') as version_id, l.id as unit_id, l.parent_id, clock_timestamp() as at
  from org_units_on(current_date) l where l.level = 3;
  insert into collection (round_id, parent_id, last_recorded_at) select ${round}, parent_id, clock_timestamp() from local_sum;
  insert into obligation (id, round_id, unit_id, parent_id, duty_id, due_on, due_before, recorded_at, changed_at, newest_number,
    newest_state, first_received_at)
  overriding system value
  select l.id, ${round}, l.unit_id, l.parent_id, c.duty_id, r.data_to, r.data_to, l.at, l.at, 1, 'accepted', l.at
  from local_report l join local_sum c using (parent_id) join round r on r.id = ${round};
  insert into report_version (id, obligation_id, number, state, n, d, s, header, account_id, received_at, recorded_at)
  overriding system value
  select l.version_id, l.id, 1, 'accepted', c.n, c.d, c.s, ${DECLARED}, ${account}, l.at, l.at from local_report l join local_sum c using (parent_id);
  insert into standing (obligation_id, basis, version_id, recorded_from)
  select l.id, b.basis, l.version_id, l.at from local_report l cross join (values ('accepted'), ('received')) b (basis);
  insert into cell (round_id, parent_id, basis, recorded_at, expected, reported, sums)
  select ${round}, l.parent_id, b.basis, clock_timestamp(), l.units, l.units, a.adds * l.units
  from local_sum l join round r on r.id = ${round} cross join lateral adds_of(r.kinds, l.n, l.d, l.s, null) a
  cross join (values ('accepted'), ('received')) b (basis)`;

/** Schema, official units, the bench's programme with its plans, and the generator of figures. */
export function loadBase(url: string, log: (line: string) => void): Promise<void> {
  return filling(url, async (dataSource) => {
    await step('schema and units', log, async () => {
      await dataSource.runMigrations();
      await importOfficialUnits(dataSource, null);
    });
    await step('programme, plans and targets', log, () => rows(dataSource, PROGRAMME_SQL));
    await rows(dataSource, FIGURES_SQL);
  });
}

/** Rounds with their reports and cells. */
export function loadRounds(url: string, codes: readonly string[], log: (line: string) => void): Promise<void> {
  return filling(url, async (dataSource) => {
    const [account] = await rows<{ id: number }>(
      dataSource,
      `insert into account (unit_id, role, label, created_at)
       select id, 'administrator', 'bench', clock_timestamp() from org_unit where level = 0 returning id`,
    );
    await step(`reports of ${codes.length} rounds`, log, async () => {
      for (const code of codes) await loadRound(dataSource, code, account!.id);
    });
    await step('cells', log, () => rows(dataSource, 'select rebuild_cells(null)'));
    await rows(dataSource, 'vacuum analyze');
  });
}

async function filling(url: string, work: (dataSource: DataSource) => Promise<void>): Promise<void> {
  const dataSource = await connect(url, { pool: 1, name: 'bench' });
  try {
    await rows(dataSource, 'set statement_timeout = 0; set synchronous_commit = off');
    await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

async function step(name: string, log: (line: string) => void, work: () => Promise<unknown>): Promise<void> {
  const before = Date.now();
  await work();
  log(`  ${name}: ${((Date.now() - before) / 1000).toFixed(1)} s`);
}

async function loadRound(dataSource: DataSource, code: string, account: number): Promise<void> {
  const round = await openRound(dataSource, code);
  await rows(dataSource, 'analyze obligation, standing, report_version');
  await rows(dataSource, REPORTS_SQL, [round, roundNumber(code), account]);
}

/** 90,000 local units and a million reports: without foreign keys, which hold by design. */
export function loadLocalUnits(url: string, log: (line: string) => void): Promise<void> {
  return filling(url, async (dataSource) => {
    const [account] = await rows<{ id: number }>(dataSource, "select id from account where label = 'bench'");
    await rows(dataSource, 'set session_replication_role = replica');
    await rows(dataSource, LOCAL_UNITS_SQL);
    const opened = await rows<{ id: number; code: string }>(dataSource, 'select id, code from round order by data_to');
    await step(`${LOCAL_UNITS} local units in ${opened.length} rounds`, log, async () => {
      for (const { id, code } of opened)
        await transact(dataSource, (db) => rows(db, localRound(id, roundNumber(code), account!.id)));
    });
    await rows(dataSource, 'set session_replication_role = origin');
    await step('vacuum', log, () => rows(dataSource, 'vacuum analyze'));
  });
}

/** Opens a round as the operator would. @returns its id */
export async function openRound(dataSource: DataSource, code: string): Promise<number> {
  await new RoundsService(dataSource, new Clock()).open(null, PROGRAMME, code);
  const found = await rows<{ id: number }>(dataSource, 'select id from round where code = $1', [code]);
  return found[0]!.id;
}

/** 2026H1 is 1, 2026H2 is 2 … */
export function roundNumber(code: string): number {
  return (Number(code.slice(0, 4)) - 2026) * 2 + Number(code.slice(5));
}
