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

-- Follows a merger or split in the rounds whose due day has not passed when it takes effect: the predecessors' obligations
-- are replaced and leave the totals, each successor owes the whole round, also one that goes on under its code. Its due
-- date is its own, but no earlier than the latest of its predecessors'. Later, or in a closed round, things stand as they
-- are. Alone with the record while it works. Answers {replaced, created, recordedAt} (docs/semantics.md §1).
create function follow_succession(p_predecessors int[], p_successors int[], p_effective_on date, p_reason text, p_clock timestamptz)
returns jsonb language plpgsql as $$
declare
  at timestamptz;
  leaving record;
  coming record;
  owed int;
  replaced int := 0;
  created int := 0;
begin
  perform pg_advisory_xact_lock(57, 1);
  at := greatest(record_instant(p_clock), latest_record() + interval '1 microsecond');

  create temporary table touched on commit drop as
  select x.round_id, max(x.due_on) as due_on, max(x.due_before) as due_before, max(x.duty_id) as duty_id
  from obligation x join collection c on c.round_id = x.round_id and c.parent_id = x.parent_id
  where x.unit_id = any(p_predecessors) and x.state = 'owed' and c.closed_at is null
  group by x.round_id having max(x.due_on) >= p_effective_on;

  for leaving in
    select x.id, x.state from obligation x join touched using (round_id)
    where x.unit_id = any(p_predecessors) and x.state = 'owed'
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
    select t.round_id, u.id as unit_id, u.parent_id, coalesce(d.duty_id, t.duty_id) as duty_id, greatest(d.due_on, t.due_on) as due_on,
      greatest(d.due_before, t.due_before) as due_before
    from touched t join round r on r.id = t.round_id
    join org_units_on(p_effective_on) u on u.id = any(p_successors)
    -- Local units owe their commune, by the day that their predecessors had.
    left join lateral duty_in_force(r.programme_id, u.id, r.year, r.half) d on u.level = 2
    order by t.round_id, u.id
  loop
    at := at + interval '1 microsecond';
    insert into obligation (round_id, unit_id, parent_id, duty_id, due_on, due_before, recorded_at, changed_at)
    values (coming.round_id, coming.unit_id, coming.parent_id, coming.duty_id, coming.due_on, coming.due_before, at, at)
    returning id into owed;
    perform restand(owed, at);
    created := created + 1;
  end loop;
  update collection c set last_recorded_at = at from touched t where c.round_id = t.round_id;
  drop table touched;
  return jsonb_build_object('replaced', replaced, 'created', created, 'recordedAt', at);
end $$;

-- Follows every change whose day has come and that was not followed yet, in the order of their days: a change recorded
-- ahead of its day moves nothing before it. Answers {replaced, created} over all of them.
create function follow_due_successions(p_day date, p_clock timestamptz) returns jsonb language plpgsql as $$
declare
  change record;
  answer jsonb;
  replaced int := 0;
  created int := 0;
begin
  perform pg_advisory_xact_lock(57, 1);
  for change in
    select recorded_at, effective_on, basis, array_agg(distinct predecessor_id) as predecessors,
      array_agg(distinct successor_id) as successors
    from succession where followed_at is null and effective_on <= p_day
    group by recorded_at, effective_on, basis order by effective_on, recorded_at
  loop
    answer := follow_succession(change.predecessors, change.successors, change.effective_on, change.basis, p_clock);
    update succession set followed_at = (answer ->> 'recordedAt')::timestamptz
    where followed_at is null and recorded_at = change.recorded_at;
    insert into event (verb, unit_id, subject, recorded_at)
    select 'unit.followed', (select u.parent_id from org_units_on(change.effective_on) u where u.id = change.successors[1]),
      answer || jsonb_build_object('effectiveOn', change.effective_on, 'basis', change.basis), (answer ->> 'recordedAt')::timestamptz;
    replaced := replaced + (answer ->> 'replaced')::int;
    created := created + (answer ->> 'created')::int;
  end loop;
  return jsonb_build_object('replaced', replaced, 'created', created);
end $$;
