-- What is asked often of the whole nation, beside 90,000 local units.

-- The nation, its provinces and communes: a few thousand among all units.
create index org_unit_above_local_idx on org_unit (level) where level <= 2;

-- How many communes owe a round. The same for everybody: it works as the owner, since it tells nothing of any one of them.
create function expected_in(p_round int) returns int language sql stable security definer set search_path = public, pg_temp
begin atomic
  select coalesce(sum(k.expected), 0)::int
  from org_unit u join cell k on k.parent_id = u.id and k.round_id = p_round and k.basis = 'accepted'
  where u.level = 1;
end;
