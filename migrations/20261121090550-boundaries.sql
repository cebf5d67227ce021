-- Extensions of one unit's due date, and units that merge, split or are born while rounds are open
-- (docs/semantics.md §1, §5). Both keep what stood before, so that an earlier instant can still be asked for.
create table extension (
  id              int generated always as identity constraint extension_pk primary key,
  obligation_id   int not null constraint extension_obligation references obligation,
  due_on          date not null,
  due_before      timestamptz not null,
  from_due_on     date not null,
  from_due_before timestamptz not null,
  reason          text not null,
  account_id      int not null constraint extension_account references account,
  recorded_at     timestamptz not null,
  constraint extension_is_later check (due_before > from_due_before)
);
create index extension_obligation_idx on extension (obligation_id, recorded_at);
create index extension_account_idx on extension (account_id);

create table obligation_change (
  obligation_id int not null constraint obligation_change_obligation references obligation,
  from_state    text not null,
  to_state      text not null,
  reason        text not null,
  recorded_at   timestamptz not null,
  constraint obligation_change_pk primary key (obligation_id, recorded_at)
);

-- Grants a later due date, once it is later and before the first submission: afterwards it could no longer decide
-- whether the report was on time. @raises extension.too_late | extension.not_later | extension.too_far | round.closed
create function extend_obligation(p_account int, p_obligation int, p_due_on date, p_reason text, p_clock timestamptz, p_address text)
returns jsonb language plpgsql as $$
declare
  held record;
  at timestamptz;
  o obligation;
  before timestamptz := (p_due_on + 1)::timestamp at time zone 'Asia/Ho_Chi_Minh';
begin
  select * into held from lock_collection(p_obligation, p_clock);
  at := held.recorded_at;
  o := held.o;
  perform require_open(o, held.closed_at);
  if o.first_received_at is not null then
    perform refuse('extension.too_late', jsonb_build_object('on', to_char(o.first_received_at at time zone 'Asia/Ho_Chi_Minh', 'DD/MM/YYYY')));
  end if;
  if before <= o.due_before then
    perform refuse('extension.not_later', jsonb_build_object('due', to_char(o.due_on, 'DD/MM/YYYY')));
  end if;
  -- Half a year later the next round is due: a date beyond that is a slip of the pen.
  if p_due_on > o.due_on + 183 then
    perform refuse('extension.too_far', jsonb_build_object('latest', to_char(o.due_on + 183, 'DD/MM/YYYY')));
  end if;
  insert into extension (obligation_id, due_on, due_before, from_due_on, from_due_before, reason, account_id, recorded_at)
  values (p_obligation, p_due_on, before, o.due_on, o.due_before, p_reason, p_account, at);
  update obligation set due_on = p_due_on, due_before = before where id = p_obligation;
  insert into event (verb, account_id, unit_id, subject, address, recorded_at)
  values ('report.extended', p_account, o.unit_id,
    jsonb_build_object('obligation', p_obligation, 'from', o.due_on, 'to', p_due_on, 'reason', p_reason), p_address, at);
  return jsonb_build_object('dueOn', to_char(p_due_on, 'YYYY-MM-DD'), 'dueBefore', before, 'recordedAt', at);
end $$;

-- Follows a merger or split in the rounds whose due day has not passed when it takes effect: predecessors' obligations are
-- replaced and leave the totals, each successor owes the whole round; later, or in a closed round, things stand as they
-- are. Alone with the record while it works. Answers {replaced, created} (docs/semantics.md §1).
create function follow_succession(p_predecessors int[], p_successors int[], p_effective_on date, p_reason text, p_clock timestamptz)
returns jsonb language plpgsql as $$
declare
  at timestamptz;
  leaving record;
  coming record;
  replaced int := 0;
  created int := 0;
begin
  perform pg_advisory_xact_lock(57, 1);
  at := greatest(record_instant(p_clock), latest_record() + interval '1 microsecond');

  create temporary table touched on commit drop as
  select distinct x.round_id from obligation x join collection c on c.round_id = x.round_id and c.parent_id = x.parent_id
  where x.unit_id = any(p_predecessors) and x.state = 'owed' and x.due_on >= p_effective_on and c.closed_at is null;

  for leaving in
    select x.id, x.state from obligation x join touched using (round_id)
    where x.unit_id = any(p_predecessors) and x.state = 'owed' and not x.unit_id = any(p_successors)
    order by x.round_id, x.unit_id
  loop
    -- Each step a microsecond later: a cell's history has one row per instant.
    at := at + interval '1 microsecond';
    insert into obligation_change values (leaving.id, leaving.state, 'replaced', p_reason, at);
    update obligation set state = 'replaced' where id = leaving.id;
    perform restand(leaving.id, at);
    replaced := replaced + 1;
  end loop;

  for coming in
    select r.id as round_id, u.id as unit_id, u.parent_id, x.duty_id, x.before_day, x.due_on
    from touched t join round r on r.id = t.round_id
    join org_units_on(p_effective_on) u on u.id = any(p_successors)
    cross join lateral (
      select d.id as duty_id, d.strict as before_day,
        case when d.weekend_to_monday then day.due + case extract(isodow from day.due) when 6 then 2 when 7 then 1 else 0 end
             else day.due end as due_on
      from duty d cross join lateral (select (r.year || '-' || case r.half when 1 then d.due_h1 else d.due_h2 end)::date as due) day
      where d.programme_id = r.programme_id and d.edge = 'upward' and d.confirmed and d.recorded_to is null
        and d.due_h1 is not null and (d.unit_id = u.id or d.plan_version_id is null)
      order by (d.unit_id = u.id) desc, d.id desc limit 1
    ) x
    where not exists (select from obligation y where y.round_id = r.id and y.unit_id = u.id)
    order by r.id, u.id
  loop
    at := at + interval '1 microsecond';
    insert into obligation (round_id, unit_id, parent_id, duty_id, due_on, due_before, recorded_at, changed_at)
    values (coming.round_id, coming.unit_id, coming.parent_id, coming.duty_id, coming.due_on,
      (case when coming.before_day then coming.due_on else coming.due_on + 1 end)::timestamp at time zone 'Asia/Ho_Chi_Minh', at, at);
    perform restand((select id from obligation x where x.round_id = coming.round_id and x.unit_id = coming.unit_id), at);
    created := created + 1;
  end loop;
  update collection c set last_recorded_at = at from touched t where c.round_id = t.round_id;
  drop table touched;
  return jsonb_build_object('replaced', replaced, 'created', created, 'recordedAt', at);
end $$;
