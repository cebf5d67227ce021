/**
 * What the product is held against: the least that any design must do for the same work, and what a plainer design does
 * instead. All of it lives in the schema `bench`, beside the product's tables.
 */

/** The sums of the nation and its provinces as plain arrays, one for each part: what a bare read reads. */
export const PLAIN_CELLS = `
  create table if not exists bench.plain_cell (
    round_id int, parent_id int, basis text, recorded_at timestamptz, expected int, reported int, n bigint[], d bigint[],
    valued int[], estimated int[], not_applicable int[], missing int[], open bigint[], unknown int[],
    primary key (round_id, parent_id, basis));
  insert into bench.plain_cell
  select k.round_id, k.parent_id, k.basis, k.recorded_at, k.expected, k.reported, array_agg(k.n order by k.slot),
    array_agg(k.d order by k.slot), array_agg(k.valued order by k.slot), array_agg(k.estimated order by k.slot),
    array_agg(k.not_applicable order by k.slot), array_agg(k.missing order by k.slot), array_agg(k.open order by k.slot),
    array_agg(k.unknown order by k.slot)
  from cell_figure k join org_unit u on u.id = k.parent_id and u.level < 2
  group by k.round_id, k.parent_id, k.basis, k.recorded_at, k.expected, k.reported on conflict do nothing;
  vacuum analyze bench.plain_cell`;

/** Cells by primary key, their JSON built in SQL: $1 round, $2 basis, $3 units. One row, column "table". */
export const CELLS_BY_KEY = `
  select json_agg(json_build_object('unit', k.parent_id, 'expected', k.expected, 'reported', k.reported, 'n', k.n, 'd', k.d,
    'valued', k.valued, 'estimated', k.estimated, 'notApplicable', k.not_applicable, 'missing', k.missing, 'open', k.open,
    'unknown', k.unknown))::text as "table"
  from bench.plain_cell k where k.round_id = $1 and k.basis = $2 and k.parent_id = any($3)`;

/** The same for communes: what the product sums from a version when it is asked, kept here as cells of the same shape. */
export const COMMUNE_CELLS = `
  create table bench.commune_cell (like bench.plain_cell including defaults, primary key (round_id, parent_id, basis));
  insert into bench.commune_cell
  select o.round_id, o.unit_id, b.basis, b.recorded_from, 1, (v.id is not null)::int, array_agg(c.n order by c.slot),
    array_agg(c.d order by c.slot), array_agg(c.valued order by c.slot), array_agg(c.estimated order by c.slot),
    array_agg(c.not_applicable order by c.slot), array_agg(c.missing order by c.slot), array_agg(c.open order by c.slot),
    array_agg(c.unknown order by c.slot)
  from obligation o join round r on r.id = o.round_id join org_unit u on u.id = o.unit_id and u.level = 2
  join standing b on b.obligation_id = o.id and b.recorded_to is null left join report_version v on v.id = b.version_id
  cross join lateral contribution(r.kinds, v.n, v.d, v.s, b.carry) c
  where r.code = '2031H1'
  group by o.round_id, o.unit_id, b.basis, b.recorded_from, v.id;
  vacuum analyze bench.commune_cell;`;

export const COMMUNE_CELLS_BY_KEY = CELLS_BY_KEY.replace('from bench.plain_cell k', 'from bench.commune_cell k');

/** One row per figure, as a plainer schema keeps it, with the province beside it; totals summed when they are asked. */
export const LIVE_SCHEMA = `
  create table bench.figure as
  select o.round_id, o.parent_id as province_id, o.unit_id, i.position, b.basis, f.n, f.d, f.s
  from obligation o join round r on r.id = o.round_id
  join org_unit u on u.id = o.unit_id and u.level = 2
  join standing b on b.obligation_id = o.id and b.recorded_to is null
  join report_version v on v.id = b.version_id
  cross join lateral unnest(v.n, v.d, v.s) with ordinality as f (n, d, s, position)
  join indicator i on i.programme_id = r.programme_id and i.position = f.position;
  alter table bench.figure add primary key (round_id, basis, unit_id, position);
  create index on bench.figure (round_id, basis, province_id);
  create view bench.live as
  select round_id, basis, province_id, position, sum(n) filter (where s in (1, 2)) as numerator,
         sum(d) filter (where s in (1, 2)) as denominator, count(*) filter (where s in (1, 2)) as valued,
         count(*) filter (where s = 2) as estimated, count(*) filter (where s = 3) as not_applicable, count(*) filter (where s = 0) as missing
  from bench.figure group by round_id, basis, province_id, position;
  vacuum analyze bench.figure;`;

export const LIVE_TABLE = `
  select json_agg(json_build_object('unit', l.province_id, 'indicator', l.position, 'numerator', l.numerator,
    'denominator', l.denominator, 'valued', l.valued, 'estimated', l.estimated, 'notApplicable', l.not_applicable,
    'missing', l.missing))::text as "table"
  from bench.live l where l.round_id = $1 and l.basis = $2 and l.province_id = any($3)`;

/** One wide row per report, and nothing else: no version, no check, no totals. */
export const BARE_SCHEMA = `
  create table bench.report (
    id bigint generated always as identity primary key, obligation_id int not null, n bigint[], d bigint[], s smallint[],
    received_at timestamptz not null default clock_timestamp()
  )`;
export const BARE_INSERT = 'insert into bench.report (obligation_id, n, d, s) values ($1, $2, $3, $4)';

/** One pass over the standing versions of the accepted basis, summed by province, round and slot. */
export const BARE_AGGREGATE = `
  select o.round_id, o.parent_id, f.slot, sum(f.n), sum(f.d), count(*)
  from obligation o join standing b on b.obligation_id = o.id and b.basis = 'accepted' and b.recorded_to is null join report_version v on v.id = b.version_id
  cross join lateral unnest(v.n, v.d, v.s) with ordinality as f (n, d, s, slot)
  where o.state = 'owed' group by o.round_id, o.parent_id, f.slot`;
