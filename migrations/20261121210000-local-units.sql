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

-- Asking local units for their reports of a round (ask_local_units): 20261124010000-sums.sql.

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
