-- The sums of a cell as one number. What a unit adds to its parent's totals is 25 indicators times eight parts; adding them
-- one by one was a third of every submission. PostgreSQL adds numbers of any length in one step and exactly, so all parts
-- stand side by side in one, as columns do in written addition: 84 digits to an indicator, the first indicator's last. No
-- column runs over: a figure is at most 10^12 and a parent has fewer than a million units. figures_in takes it apart.
--
-- Of an indicator, from the left: n, d, open (18 digits each), valued, estimated, not_applicable, missing, unknown (6 each).
-- libs/reporting/src/sums.ts says the same for the API; libs/reporting/src/sums.spec.ts holds the two against each other.
create function digits_of(n bigint, d bigint, open bigint, valued bigint, estimated bigint, not_applicable bigint, missing bigint,
  unknown bigint) returns text language sql immutable
return lpad(n::text, 18, '0') || lpad(d::text, 18, '0') || lpad(open::text, 18, '0')
  || lpad((valued * 1000000000000 + estimated * 1000000 + not_applicable)::text, 18, '0')
  || lpad((missing * 1000000 + unknown)::text, 12, '0');

-- What a version (all null: nothing reported) and a carry add to the sums of their cell.
create function adds_of(kinds text[], n bigint[], d bigint[], s smallint[], carry bigint[])
returns table (adds numeric) language sql immutable
begin atomic
  select coalesce(string_agg(digits_of(c.n, c.d, c.open, c.valued, c.estimated, c.not_applicable, c.missing, c.unknown), ''
    order by c.slot desc), '0')::numeric
  from contribution(kinds, n, d, s, carry) c;
end;

-- Sums taken apart, by position.
create function figures_in(sums numeric, slots int)
returns table (slot int, n bigint, d bigint, open bigint, valued int, estimated int, not_applicable int, missing int, unknown int)
language sql immutable
begin atomic
  select i.slot, substr(x.digits, 1, 18)::bigint, substr(x.digits, 19, 18)::bigint, substr(x.digits, 37, 18)::bigint,
    substr(x.digits, 55, 6)::int, substr(x.digits, 61, 6)::int, substr(x.digits, 67, 6)::int, substr(x.digits, 73, 6)::int,
    substr(x.digits, 79, 6)::int
  from (select lpad(sums::text, slots * 84, '0') as digits) t
  cross join generate_series(1, slots) as i (slot)
  cross join lateral (select substr(t.digits, (slots - i.slot) * 84 + 1, 84) as digits) x;
end;

-- A cell is what its sums were from an instant on, until the next row: what it holds now is its newest row, what it held at an
-- instant the newest up to then. One row more with every change, and none that is changed.
drop view if exists cell_mismatch, cell_recomputed;
drop function if exists canonical_figures(int, int), expected_in(int);
drop table cell;
alter table cell_history rename to cell;
alter table cell rename constraint cell_history_pk to cell_pk;
alter policy cell_history_scope on cell rename to cell_scope;
alter domain unit_count drop constraint unit_count_not_negative;
alter domain unit_count add constraint unit_count_in_its_columns check (value between 0 and 999999);
alter table cell alter column basis type text, alter column expected type unit_count, alter column reported type unit_count, add column sums numeric;
update cell k
set sums = (
  select coalesce(string_agg(digits_of(f.n, f.d, f.open, f.valued, f.estimated, f.not_applicable, f.missing, f.unknown), ''
    order by f.slot desc), '0')::numeric
  from unnest(k.n, k.d, k.open, k.valued, k.estimated, k.not_applicable, k.missing, k.unknown) with ordinality
    as f (n, d, open, valued, estimated, not_applicable, missing, unknown, slot));
alter table cell alter column sums set not null, drop column n, drop column d, drop column valued, drop column estimated,
  drop column not_applicable, drop column missing, drop column open, drop column unknown;
comment on column cell.sums is 'all figures of the parent in one number: see figures_in';

-- What each cell holds now.
create view cell_now with (security_invoker = true) as
select k.*
from collection c
cross join (values ('accepted'), ('received')) as b (basis)
cross join lateral (
  select * from cell k where k.round_id = c.round_id and k.parent_id = c.parent_id and k.basis = b.basis
  order by k.recorded_at desc limit 1
) k;

-- Every figure of it, one row each: for people and for reporting tools.
create view cell_figure with (security_invoker = true) as
select k.round_id, k.parent_id, k.basis, k.recorded_at, k.expected, k.reported, f.*
from cell_now k join round r on r.id = k.round_id cross join lateral figures_in(k.sums, cardinality(r.kinds)) f;
comment on column cell_figure.open is 'last accepted denominators of the units without a value, summed: what may still be missing';
comment on column cell_figure.unknown is 'units without a value whose denominator has never been accepted';

-- What the cells should hold, summed anew from what stands: the checker of every test.
create view cell_recomputed with (security_invoker = true) as
with slots as (
  select o.round_id, o.parent_id, b.basis, c.slot, sum(c.n)::bigint as n, sum(c.d)::bigint as d, sum(c.open)::bigint as open,
    sum(c.valued) as valued, sum(c.estimated) as estimated, sum(c.not_applicable) as not_applicable, sum(c.missing) as missing,
    sum(c.unknown) as unknown, count(*)::int as expected, count(v.id)::int as reported
  from obligation o
  join round r on r.id = o.round_id
  join standing b on b.obligation_id = o.id and b.recorded_to is null
  left join report_version v on v.id = b.version_id
  cross join lateral contribution(r.kinds, v.n, v.d, v.s, b.carry) c
  where o.state = 'owed'
  group by o.round_id, o.parent_id, b.basis, c.slot
)
select round_id, parent_id, basis, max(expected) as expected, max(reported) as reported,
  string_agg(digits_of(n, d, open, valued, estimated, not_applicable, missing, unknown), '' order by slot desc)::numeric as sums
from slots group by round_id, parent_id, basis;

-- Every cell that differs from its recomputation; empty when all is well. A cell whose units have all left holds zeros.
create view cell_mismatch with (security_invoker = true) as
select round_id, parent_id, basis, k.expected, k.reported, k.sums, coalesce(r.expected, 0) as should_expect,
  coalesce(r.reported, 0) as should_report, coalesce(r.sums, 0) as should_sum
from cell_now k
full join cell_recomputed r using (round_id, parent_id, basis)
where (k.expected, k.reported, k.sums) is distinct from (coalesce(r.expected, 0), coalesce(r.reported, 0), coalesce(r.sums, 0));

-- What stands but should not, decided anew from the versions' states alone: the version by the rule of
-- docs/semantics.md §3, the carry from all earlier rounds at once instead of one by one; what stands twice; and what holds
-- figures that no report may hold. Empty when all is well.
create or replace view standing_mismatch with (security_invoker = true) as
with rule as materialized (
  select o.id, o.unit_id, r.programme_id, r.year, r.data_to, r.kinds, accepted.id as accepted,
    case when newest.state in ('submitted', 'accepted') then newest.id else accepted.id end as received
  from obligation o
  join round r on r.id = o.round_id
  left join report_version accepted on accepted.obligation_id = o.id and accepted.state = 'accepted'
  left join lateral (select v.id, v.state from report_version v where v.obligation_id = o.id order by v.number desc limit 1) newest on true
  where o.state = 'owed'
), carried as (
  select x.id, b.basis, k.slot,
    max(case when (k.kind = 'once' or (k.kind = 'yearly' and e.year = x.year)) and k.n = 1 and k.s in (1, 2) then 1 end) as yes,
    (array_agg(k.d order by e.data_to desc) filter (where k.kind = 'ratio' and k.ds in (1, 2)))[1] as denominator
  from rule x
  join rule e on e.unit_id = x.unit_id and e.programme_id = x.programme_id and e.data_to < x.data_to
    and e.year is not null and x.year is not null and e.received is not null
  cross join (values ('accepted'), ('received')) b (basis)
  left join report_version v on v.id = case b.basis when 'accepted' then e.accepted else e.received end
  left join report_version w on w.id = e.accepted
  cross join lateral unnest(e.kinds, v.n, v.s, w.d, w.s) with ordinality as k (kind, n, s, d, ds, slot)
  group by x.id, b.basis, k.slot
), carries as (
  select c.id, c.basis, jsonb_object_agg(c.slot, coalesce(c.yes, c.denominator)) as carry
  from carried c where coalesce(c.yes, c.denominator) is not null group by c.id, c.basis
), should as (
  select r.id as obligation_id, b.basis, true as owed, case b.basis when 'accepted' then r.accepted else r.received end as version_id, c.carry
  from rule r cross join (values ('accepted'), ('received')) b (basis)
  left join carries c on c.id = r.id and c.basis = b.basis
), does as (
  select s.obligation_id, s.basis, true as owed, s.version_id, count(*) over (partition by s.obligation_id, s.basis) as times,
    (select jsonb_object_agg(c.slot, c.value) from unnest(s.carry) with ordinality as c (value, slot) where c.value is not null) as carry
  from standing s where s.recorded_to is null
)
select obligation_id, basis, d.version_id as stands, s.version_id as should, d.carry as carries, s.carry as should_carry
from should s full join does d using (obligation_id, basis)
where d.owed is distinct from s.owed or d.version_id is distinct from s.version_id or d.carry is distinct from s.carry
  or d.times > 1 or (select not figures_are_sound(v.n, v.d, v.s) from report_version v where v.id = d.version_id);

-- Sums every cell anew, in the same lock order as everybody else, and mends those that differ. Answers how many did.
create or replace function rebuild_cells(p_clock timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  at timestamptz;
  mended int;
begin
  perform pg_advisory_xact_lock(57, 1);
  at := greatest(record_instant(p_clock), latest_record() + interval '1 microsecond');
  with mending as (
    insert into cell (round_id, parent_id, basis, recorded_at, expected, reported, sums)
    select round_id, parent_id, basis, at, should_expect, should_report, should_sum from cell_mismatch
    returning round_id, parent_id
  ), stamped as (
    update collection c set last_recorded_at = at from (select distinct round_id, parent_id from mending) m
    where c.round_id = m.round_id and c.parent_id = m.parent_id
  )
  select count(*) into mended from mending;
  return mended;
end $$;

-- How many communes owe a round. The same for everybody: it works as the owner, since it tells nothing of any one of them.
create function expected_in(p_round int) returns int language sql stable security definer set search_path = public, pg_temp
begin atomic
  select coalesce(sum(k.expected), 0)::int
  from org_unit u
  cross join lateral (
    select k.expected from cell k where k.round_id = p_round and k.parent_id = u.id and k.basis = 'accepted'
    order by k.recorded_at desc limit 1
  ) k
  where u.level = 1;
end;

-- Whether a later round of the programme is open, to which what is reported to a collection carries over: told by the row
-- that every submission locks. The round that opens says so (begin_round).
alter table collection add column followed boolean not null default true;
update collection c
set followed = exists (select from round r join round y on y.programme_id = r.programme_id and y.data_to > r.data_to where r.id = c.round_id);

-- Alone with the record from here on, since what earlier rounds carry over must not move while a round is being opened: the
-- instant at which it opens.
create or replace function begin_round(p_round int, p_clock timestamptz) returns timestamptz language plpgsql as $$
declare
  at timestamptz;
begin
  perform pg_advisory_xact_lock(57, 1);
  at := greatest(record_instant(p_clock), latest_record() + interval '1 microsecond');
  update round set opened_at = at where id = p_round;
  update collection c set followed = true
  from round opening join round r on r.programme_id = opening.programme_id and r.data_to < opening.data_to
  where opening.id = p_round and c.round_id = r.id and not c.followed;
  return at;
end $$;

-- Writes a round's obligations from the temporary table owing (unit_id, parent_id, duty_id, due_on, due_before), one
-- collection with two cells per receiver, and what stands before anything is reported. Answers the number of obligations.
create or replace function fill_round(p_round int, p_at timestamptz) returns int language plpgsql as $$
declare
  owed int;
  parents int[];
begin
  select array_agg(distinct parent_id) into parents from owing;
  insert into collection (round_id, parent_id, last_recorded_at, followed)
  select p_round, x.id, p_at, exists (
    select from round r join round y on y.programme_id = r.programme_id and y.data_to > r.data_to where r.id = p_round)
  from unnest(parents) as x (id) order by x.id
  on conflict (round_id, parent_id) do update set last_recorded_at = p_at;
  with owes as (
    insert into obligation (round_id, unit_id, parent_id, duty_id, due_on, due_before, recorded_at, changed_at)
    select p_round, unit_id, parent_id, duty_id, due_on, due_before, p_at, p_at from owing order by unit_id
    returning id
  )
  select count(*) into owed from owes;
  insert into standing (obligation_id, basis, carry, recorded_from)
  select o.id, b.basis, case when x.obligation_id is not null then carry_from(x.obligation_id, b.basis, x.same_year) end, p_at
  from owing w
  join obligation o on o.round_id = p_round and o.unit_id = w.unit_id and o.state = 'owed'
  cross join (values ('accepted'), ('received')) b (basis)
  left join lateral neighbour(o.id, false) x on true;
  drop table owing;
  insert into cell (round_id, parent_id, basis, recorded_at, expected, reported, sums)
  select round_id, parent_id, basis, p_at, expected, reported, sums
  from cell_recomputed where round_id = p_round and parent_id = any(parents);
  return owed;
end $$;

-- Asks local units for their reports of a round: those of one commune, or with null of every commune whose own document
-- dates them. A unit that owes already, and one whose day has passed, is left as it is. p_due_on goes before the
-- document's date. Alone with the record while it works. Answers how many owe now.
create or replace function ask_local_units(p_account int, p_round int, p_parent int, p_due_on date, p_day date, p_clock timestamptz,
  p_address text)
returns int language plpgsql security definer set search_path = public, pg_temp as $$
declare
  at timestamptz;
begin
  perform pg_advisory_xact_lock(57, 1);
  at := greatest(record_instant(p_clock), latest_record() + interval '1 microsecond');

  create temporary table owing on commit drop as
  select u.id as unit_id, u.parent_id, case when p_due_on is null then l.duty_id end as duty_id, x.due_on,
    (case when p_due_on is null and l.strict then x.due_on else x.due_on + 1 end)::timestamp at time zone 'Asia/Ho_Chi_Minh' as due_before
  from org_units_on(p_day) u
  join org_unit c on c.id = u.parent_id and c.level = 2
  left join lateral local_duty(p_round, u.parent_id) l on true
  cross join lateral (select coalesce(p_due_on, l.due_on) as due_on) x
  where u.level = 3 and (p_parent is null or u.parent_id = p_parent) and x.due_on is not null
    and (p_parent is null or x.due_on >= p_day)
    and not exists (select from obligation o where o.round_id = p_round and o.unit_id = u.id and o.state <> 'replaced');

  insert into event (verb, account_id, unit_id, subject, address, recorded_at)
  select 'round.asked', p_account, parent_id,
    jsonb_build_object('round', p_round, 'units', count(*), 'dueOn', min(due_on)), p_address, at
  from owing group by parent_id;
  return fill_round(p_round, at);
end $$;

-- The cells of a collection as canonical lines, one per basis and indicator: what a close stores and signs with its hash.
create function canonical_figures(p_round int, p_parent int) returns text language sql stable
begin atomic
  select string_agg(concat_ws('|', u.code, k.basis, i.code, coalesce(f.n, 0), coalesce(f.d, 0), coalesce(f.valued, 0),
    coalesce(f.estimated, 0), coalesce(f.not_applicable, 0), coalesce(f.missing, 0), k.expected, k.reported), E'\n'
    order by k.basis, i.position)
  from cell_now k
  join round r on r.id = k.round_id
  join org_unit u on u.id = k.parent_id
  join indicator i on i.programme_id = r.programme_id and i.kind <> 'text' and i.first_round <= r.code
  left join lateral figures_in(k.sums, cardinality(r.kinds)) f on f.slot = i.position
  where k.round_id = p_round and k.parent_id = p_parent;
end;
