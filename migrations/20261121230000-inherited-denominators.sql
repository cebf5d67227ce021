-- What the form of a unit that others were merged into begins with: the sum of its predecessors' denominators, slot by slot,
-- from the newest report each of them has sent, of this round or the last (docs/semantics.md §1, §3). A sum in which one of
-- them is missing would look whole and is none: null. Null in all when the unit is as it was when it reported last; a split
-- invents no shares. It works as the owner, since a successor does not see its predecessors' rows: the caller names an
-- obligation that it found within its scope.
create function inherited_denominators(p_obligation int) returns bigint[]
language sql stable security definer set search_path = public, pg_temp
begin atomic
  with mine as (
    select o.id, o.unit_id, r.programme_id, r.data_to from obligation o join round r on r.id = o.round_id
    where o.id = p_obligation and r.year is not null
  ), change as (
    select s.recorded_at, mine.* from mine join succession s on s.successor_id = mine.unit_id and s.followed_at is not null
    where s.effective_on <= mine.data_to
      and not exists (select from succession other where other.recorded_at = s.recorded_at and other.successor_id <> s.successor_id)
      and s.effective_on > coalesce((
        select max(y.data_to) from obligation b join round y on y.id = b.round_id
        join standing t on t.obligation_id = b.id and t.basis = 'received' and t.recorded_to is null and t.version_id is not null
        where b.unit_id = mine.unit_id and y.programme_id = mine.programme_id and y.year is not null and y.data_to < mine.data_to
      ), '-infinity')
    order by s.effective_on desc, s.recorded_at desc limit 1
  ), predecessor as (
    select s.predecessor_id, (
      select v.d from obligation b join round y on y.id = b.round_id
      join report_version v on v.obligation_id = b.id and v.number = b.newest_number and v.state <> 'withdrawn'
      where b.unit_id = s.predecessor_id and b.id <> change.id and y.programme_id = change.programme_id
        and y.year is not null and y.data_to <= change.data_to
      order by y.data_to desc, b.id desc limit 1
    ) as d
    from change join succession s on s.recorded_at = change.recorded_at and s.successor_id = change.unit_id
  ), summed as (
    select f.slot, case when count(f.d) = (select count(*) from predecessor) then sum(f.d)::bigint end as d
    from predecessor cross join lateral unnest(predecessor.d) with ordinality as f (d, slot)
    group by f.slot
  )
  select case when exists (select from change) then coalesce((select array_agg(d order by slot) from summed), '{}') end;
end;
