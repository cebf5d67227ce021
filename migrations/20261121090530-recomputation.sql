-- What the kept totals should be, decided anew from the versions alone: the checker of every test, and what mends.

-- What the cells should hold, summed anew from what stands: the checker of every test.
create view cell_recomputed as
with slots as (
  select o.round_id, o.parent_id, b.basis, c.slot, sum(c.n)::bigint as n, sum(c.d)::bigint as d, sum(c.valued)::int as valued,
         sum(c.estimated)::int as estimated, sum(c.not_applicable)::int as not_applicable, sum(c.missing)::int as missing,
         sum(c.open)::bigint as open, sum(c.unknown)::int as unknown, count(*)::int as expected, count(v.id)::int as reported
  from obligation o
  join round r on r.id = o.round_id
  join standing b on b.obligation_id = o.id and b.recorded_to is null
  left join report_version v on v.id = b.version_id
  cross join lateral contribution(r.kinds, v.n, v.d, v.s, b.carry) c
  where o.state = 'owed'
  group by o.round_id, o.parent_id, b.basis, c.slot
)
select round_id, parent_id, basis, max(expected) as expected, max(reported) as reported,
       array_agg(n order by slot) as n, array_agg(d order by slot) as d, array_agg(valued order by slot) as valued,
       array_agg(estimated order by slot) as estimated, array_agg(not_applicable order by slot) as not_applicable,
       array_agg(missing order by slot) as missing, array_agg(open order by slot) as open, array_agg(unknown order by slot) as unknown
from slots group by round_id, parent_id, basis;

-- Every cell that differs from its recomputation; empty when all is well. A cell whose units have all left holds zeros.
create view cell_mismatch as
select coalesce(k.round_id, r.round_id) as round_id, coalesce(k.parent_id, r.parent_id) as parent_id,
       coalesce(k.basis, r.basis) as basis, to_jsonb(k) - 'recorded_at' as kept, to_jsonb(r) as recomputed
from cell k
full join cell_recomputed r on r.round_id = k.round_id and r.parent_id = k.parent_id and r.basis = k.basis
where case
  when r.round_id is null then k.expected <> 0 or k.reported <> 0 or 0 <> all (k.n || k.d || k.open || (k.valued || k.estimated || k.not_applicable || k.missing || k.unknown)::bigint[])
  else k.round_id is null or (to_jsonb(k) - 'recorded_at') <> to_jsonb(r)
end;

-- What stands but should not, decided anew from the versions' states alone: the version by the rule of
-- docs/semantics.md §3, the carry from all earlier rounds at once instead of one by one. Empty when all is well.
create view standing_mismatch as
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
  select s.obligation_id, s.basis, true as owed, s.version_id,
    (select jsonb_object_agg(c.slot, c.value) from unnest(s.carry) with ordinality as c (value, slot) where c.value is not null) as carry
  from standing s where s.recorded_to is null
)
select obligation_id, basis, d.version_id as stands, s.version_id as should, d.carry as carries, s.carry as should_carry
from should s full join does d using (obligation_id, basis)
where d.owed is distinct from s.owed or d.version_id is distinct from s.version_id or d.carry is distinct from s.carry;

-- Sums every cell anew, in the same lock order as everybody else, and mends those that differ. Answers how many did.
create function rebuild_cells(p_clock timestamptz) returns int language plpgsql as $$
declare
  at timestamptz;
  mended int;
begin
  perform pg_advisory_xact_lock(57, 1);
  at := greatest(record_instant(p_clock), latest_record() + interval '1 microsecond');
  -- The sums are had once, with what differs: asked for cell by cell they would be summed as often as there are cells.
  with mending as materialized (
    select m.round_id, m.parent_id, m.basis, jsonb_populate_record(null::cell, m.recomputed) as r from cell_mismatch m
  ), mended_cells as (
    update cell k
    set recorded_at = at, expected = coalesce((m.r).expected, 0), reported = coalesce((m.r).reported, 0),
        n = coalesce((m.r).n, '{}'), d = coalesce((m.r).d, '{}'), valued = coalesce((m.r).valued, '{}'),
        estimated = coalesce((m.r).estimated, '{}'), not_applicable = coalesce((m.r).not_applicable, '{}'),
        missing = coalesce((m.r).missing, '{}'), open = coalesce((m.r).open, '{}'), unknown = coalesce((m.r).unknown, '{}')
    from mending m
    where k.round_id = m.round_id and k.parent_id = m.parent_id and k.basis = m.basis
    returning k.*
  ), stamped as (
    update collection c set last_recorded_at = at from (select distinct round_id, parent_id from mended_cells) m
    where c.round_id = m.round_id and c.parent_id = m.parent_id returning 1
  )
  insert into cell_history select * from mended_cells;
  get diagnostics mended = row_count;
  return mended;
end $$;
