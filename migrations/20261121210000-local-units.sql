-- Local units (thôn, xóm, tổ dân phố, schools, offices) report to their commune in its rounds; those that divide its
-- territory add up to a proposal for the commune's own report (docs/semantics.md §3, "Local units"). Nothing of theirs
-- enters a province's total: those are sums over collections whose parent is a province.
alter table indicator add column adds_up_from text[] not null default '{}';
alter table indicator add column listed_from text[] not null default '{}';
comment on column indicator.adds_up_from is 'kinds of local units whose figures add up to a proposal for their commune';
comment on column indicator.listed_from is 'kinds of local units that are asked, and only listed: they overlap the others';

-- What looks odd in a figure is data of the indicator (docs/semantics.md §3, "Findings").
alter table indicator add column checks jsonb not null default '{}';
comment on column indicator.checks is 'soft rules: jump (times), denominator_shrinks (percent tolerated), parts, channels (codes)';

-- Every edition of a programme that was imported, so that an old finding can be read by the rules of its day.
create table programme_edition (
  id           int generated always as identity constraint programme_edition_pk primary key,
  programme_id int not null constraint programme_edition_programme references programme,
  sha256       text not null,
  body         jsonb not null,
  recorded_at  timestamptz not null
);
create index programme_edition_programme_idx on programme_edition (programme_id, recorded_at);

alter table obligation alter column duty_id drop not null;
comment on column obligation.duty_id is 'null: the commune set the day for this round itself';

-- The day by which the local units of a commune owe it their reports of a round, by the first dated duty below it; null
-- where no document gives one. Of several such duties the words alone tell who is meant, so the first holds for all.
create function local_duty(p_round int, p_parent int, out duty_id int, out due_on date, out strict boolean)
language sql stable
begin atomic
  select d.id,
    case when d.weekend_to_monday then day.due + case extract(isodow from day.due) when 6 then 2 when 7 then 1 else 0 end
         else day.due end,
    d.strict
  from round r
  join duty d on d.programme_id = r.programme_id and d.edge = 'below' and d.unit_id = p_parent and d.confirmed and d.recorded_to is null
    and d.due_h1 is not null
  cross join lateral (select (r.year || '-' || case r.half when 1 then d.due_h1 else d.due_h2 end)::date as due) day
  where r.id = p_round and r.year is not null
  order by d.id limit 1;
end;

-- Asks local units for their reports of a round: those of one commune, or with null of every commune whose own document
-- dates them. A unit that owes already, and one whose day has passed, is left as it is. p_due_on goes before the
-- document's date. Alone with the record while it works. Answers how many owe now.
create function ask_local_units(p_account int, p_round int, p_parent int, p_due_on date, p_day date, p_clock timestamptz, p_address text)
returns int language plpgsql as $$
declare
  at timestamptz;
  asked int;
begin
  perform pg_advisory_xact_lock(57, 1);
  at := greatest(record_instant(p_clock), latest_record() + interval '1 microsecond');

  create temporary table asking on commit drop as
  select u.id as unit_id, u.parent_id, case when p_due_on is null then l.duty_id end as duty_id,
    coalesce(p_due_on, l.due_on) as due_on, p_due_on is null and l.strict as strict
  from org_units_on(p_day) u
  join org_unit c on c.id = u.parent_id and c.level = 2
  left join lateral local_duty(p_round, u.parent_id) l on true
  where u.level = 3 and (p_parent is null or u.parent_id = p_parent) and coalesce(p_due_on, l.due_on) is not null
    and (p_parent is null or coalesce(p_due_on, l.due_on) >= p_day)
    and not exists (select from obligation o where o.round_id = p_round and o.unit_id = u.id and o.state <> 'replaced');

  insert into collection (round_id, parent_id, last_recorded_at)
  select distinct p_round, parent_id, at from asking order by parent_id
  on conflict (round_id, parent_id) do update set last_recorded_at = at;
  insert into obligation (round_id, unit_id, parent_id, duty_id, due_on, due_before, recorded_at, changed_at)
  select p_round, unit_id, parent_id, duty_id, due_on,
    (case when strict then due_on else due_on + 1 end)::timestamp at time zone 'Asia/Ho_Chi_Minh', at, at
  from asking order by unit_id;
  get diagnostics asked = row_count;
  insert into standing (obligation_id, basis, carry, recorded_from)
  select o.id, b.basis, case when x.obligation_id is not null then carry_from(x.obligation_id, b.basis, x.same_year) end, at
  from asking a
  join obligation o on o.round_id = p_round and o.unit_id = a.unit_id and o.state = 'owed'
  cross join (values ('accepted'), ('received')) b (basis)
  left join lateral neighbour(o.id, false) x on true;
  with moved as (
    insert into cell (round_id, parent_id, basis, recorded_at, expected, reported, n, d, valued, estimated, not_applicable, missing, open, unknown)
    select round_id, parent_id, basis, at, expected, reported, n, d, valued, estimated, not_applicable, missing, open, unknown
    from cell_recomputed where round_id = p_round and parent_id in (select parent_id from asking)
    on conflict on constraint cell_pk do update set recorded_at = excluded.recorded_at, expected = excluded.expected,
      reported = excluded.reported, n = excluded.n, d = excluded.d, valued = excluded.valued, estimated = excluded.estimated,
      not_applicable = excluded.not_applicable, missing = excluded.missing, open = excluded.open, unknown = excluded.unknown
    returning *
  )
  insert into cell_history
  select round_id, parent_id, basis, recorded_at, expected, reported, n, d, valued, estimated, not_applicable, missing, open, unknown
  from moved;
  insert into event (verb, account_id, unit_id, subject, address, recorded_at)
  select 'round.asked', p_account, parent_id,
    jsonb_build_object('round', p_round, 'units', count(*), 'dueOn', min(due_on)), p_address, at
  from asking group by parent_id;
  drop table asking;
  return asked;
end $$;

-- A local unit ends: in rounds whose due day has not passed and to which it has not reported, it owes no more. Alone with
-- the record while it works. Answers how many obligations that were.
create function release_local_unit(p_unit int, p_ended_on date, p_reason text, p_clock timestamptz) returns int language plpgsql as $$
declare
  at timestamptz;
  o record;
  released int := 0;
begin
  perform pg_advisory_xact_lock(57, 1);
  at := greatest(record_instant(p_clock), latest_record() + interval '1 microsecond');
  for o in
    select x.id, x.round_id, x.parent_id from obligation x
    join collection c on c.round_id = x.round_id and c.parent_id = x.parent_id and c.closed_at is null
    where x.unit_id = p_unit and x.state = 'owed' and x.due_on >= p_ended_on and x.first_received_at is null
    order by x.round_id
  loop
    at := at + interval '1 microsecond';
    insert into obligation_change values (o.id, 'owed', 'exempt', p_reason, at);
    update obligation set state = 'exempt' where id = o.id;
    perform restand(o.id, at);
    update collection set last_recorded_at = at where round_id = o.round_id and parent_id = o.parent_id;
    released := released + 1;
  end loop;
  return released;
end $$;

-- What the local units of a commune say in a round, as it stood at an instant (null: as it stands): the ground of the
-- proposal. Units of a commune that by the day has been merged into this one are its own from then on.
create function local_reports(p_round int, p_commune int, p_at timestamptz, p_day date)
returns table (unit_id int, code text, kind text, name text, due_on date, number int, n bigint[], d bigint[], s smallint[])
language sql stable
begin atomic
  with recursive parents as (
    select p_commune as id
    union
    select f.predecessor_id from parents p
    join succession f on f.successor_id = p.id and f.recorded_at <= coalesce(p_at, 'infinity')
    where unit_today(f.predecessor_id, p_day) = p_commune
  )
  select o.unit_id, u.code, u.kind, u.name, o.due_on, v.number::int, v.n, v.d, v.s
  from parents p
  join obligation o on o.round_id = p_round and o.parent_id = p.id and o.recorded_at <= coalesce(p_at, 'infinity')
  join standing t on t.obligation_id = o.id and t.basis = 'received'
    and case when p_at is null then t.recorded_to is null
             else t.recorded_from <= p_at and (t.recorded_to is null or t.recorded_to > p_at) end
  left join report_version v on v.id = t.version_id
  cross join lateral org_unit_known(o.unit_id, o.due_on) u
  where u.level = 3
  order by u.code;
end;
