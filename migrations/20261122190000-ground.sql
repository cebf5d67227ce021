-- What a submission is checked against (libs/reporting/src/ground.ts), in one call, since every submission asks it. It works
-- as the owner: under the policies of the second wall the same question cost three times as much to plan as to answer. What
-- it tells is of the unit it is asked for alone, and the API asks it for the caller's own.
--
-- n, d, s: figures of the last half-year's report that stands. carry: what earlier rounds carry over. All null when the unit
-- does not owe the round.
create function ground_of(p_unit int, p_programme int, p_round text, out obligation_id int, out due_before timestamptz,
  out round_id int, out n bigint[], out d bigint[], out s smallint[], out carry bigint[], out local_kind text, out asks_below boolean)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  select o.id, o.due_before, r.id, e.n, e.d, e.s, b.carry,
    case when (select level from org_unit where id = p_unit) = 3 then (select u.kind from org_unit_known(o.unit_id, o.due_on) u) end,
    exists (select from collection c where c.round_id = r.id and c.parent_id = p_unit)
      or exists (select from succession f where f.successor_id = p_unit)
  into obligation_id, due_before, round_id, n, d, s, carry, local_kind, asks_below
  from round r
  join obligation o on o.unit_id = p_unit and o.round_id = r.id and o.state = 'owed'
  left join standing b on b.obligation_id = o.id and b.basis = 'received' and b.recorded_to is null
  left join lateral (
    select v.n, v.d, v.s
    from obligation x
    join round y on y.id = x.round_id and y.programme_id = p_programme and y.year is not null and y.data_to < r.data_to
    join standing a on a.obligation_id = x.id and a.basis = 'received' and a.recorded_to is null
    join report_version v on v.id = a.version_id
    where x.unit_id = p_unit
    order by y.data_to desc limit 1
  ) e on true
  where r.programme_id = p_programme and r.code = p_round;
end $$;
