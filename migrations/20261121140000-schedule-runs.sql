-- Schedules as people think: the morning after the due date, each Monday of the round, or a cron expression; and every run
-- of a schedule as a row of its own, so that one that failed or was missed is seen where people look for it.
alter table schedule
  alter column cron drop not null,
  add column timing text not null default 'cron'
    constraint schedule_timing_known check (timing in ('cron', 'after_due', 'after_last_due', 'weekly')),
  add column days_after smallint constraint schedule_days_after_bounds check (days_after between 1 and 60),
  add column weekday smallint constraint schedule_weekday_known check (weekday between 1 and 7),
  add column at_time text constraint schedule_at_time_form check (at_time ~ '^([01]\d|2[0-3]):[0-5]\d$'),
  add column catch_up text not null default 'latest'
    constraint schedule_catch_up_known check (catch_up in ('none', 'latest', 'each')),
  add column planned_until timestamptz not null default clock_timestamp(),
  add constraint schedule_timing_whole check (
    case timing
      when 'cron' then cron is not null and num_nonnulls(days_after, weekday, at_time) = 0
      when 'weekly' then weekday is not null and at_time is not null and num_nonnulls(cron, days_after) = 0
      else days_after is not null and at_time is not null and num_nonnulls(cron, weekday) = 0
    end);
comment on column schedule.days_after is 'timing after_due, after_last_due: 1 = the day after the due day';
comment on column schedule.weekday is 'timing weekly: 1 Monday … 7 Sunday';
comment on column schedule.at_time is 'HH:MM in Asia/Ho_Chi_Minh';
comment on column schedule.catch_up is 'what is made up for after nobody was there to run it: nothing, the latest run, each (the newest few)';
comment on column schedule.planned_until is 'runs due up to this instant are decided: they have their row, or are not to be';
comment on column schedule.account_id is 'who saved it last: on whose behalf it runs';

create table schedule_run (
  id              int generated always as identity constraint schedule_run_pk primary key,
  schedule_id     int not null constraint schedule_run_schedule references schedule,
  due_run         timestamptz not null,
  kind            text not null constraint schedule_run_kind_known check (kind in ('due', 'catch_up', 'asked', 'sample')),
  round_id        int constraint schedule_run_round references round,
  recipients      text[],
  account_id      int constraint schedule_run_account references account,
  status          text not null constraint schedule_run_status_known
                  check (status in ('waiting', 'running', 'done', 'failed', 'missed')),
  attempts        smallint not null default 0,
  next_attempt_at timestamptz,
  started_at      timestamptz,
  finished_at     timestamptz,
  failure         jsonb,
  file_id         int constraint schedule_run_file references summary_file,
  constraint schedule_run_once unique (schedule_id, due_run),
  constraint schedule_run_waiting_when check ((status = 'waiting') = (next_attempt_at is not null)),
  constraint schedule_run_running_since check (status <> 'running' or started_at is not null),
  constraint schedule_run_finished_when check ((status in ('done', 'failed', 'missed')) = (finished_at is not null)),
  constraint schedule_run_done_with_file check (status <> 'done' or file_id is not null),
  constraint schedule_run_failed_with_reason check (status <> 'failed' or failure is not null),
  constraint schedule_run_sample_to_one check ((kind = 'sample') = (recipients is not null))
);
create index schedule_run_round_idx on schedule_run (round_id);
create index schedule_run_account_idx on schedule_run (account_id);
create index schedule_run_file_idx on schedule_run (file_id);
create index schedule_run_waiting_idx on schedule_run (next_attempt_at) where status = 'waiting';
create index schedule_run_running_idx on schedule_run (started_at) where status = 'running';
comment on column schedule_run.kind is 'due: at its time; catch_up: made up for later; asked: by a person, beside the times; sample: to the one who asked, marked as such';
comment on column schedule_run.round_id is 'null = the round of the schedule, or the one opened last';
comment on column schedule_run.recipients is 'of a sample; else null: those of the schedule when it runs';
comment on column schedule_run.account_id is 'of what a person asked for; else null: the schedule''s';
comment on column schedule_run.status is 'done: the mails are in the ledger; missed: due while nobody was there, and not made up for';
comment on column schedule_run.failure is '{vi, en}: why it failed, or the last try of one that waits';

-- The due dates of a unit's half-years: the one that most units below it have (of several, the latest), and the last one.
-- An instant is the first that is too late: its local day is the day after the due day. Replaced and exempt units have none.
create function due_dates(p_unit int, p_programme int, p_day date)
returns table (round_id int, code text, opened_at timestamptz, closed_at timestamptz, common timestamptz, last timestamptz)
language sql stable as $$
  with mine as (
    select c.round_id, c.parent_id, c.closed_at from collection c join round r on r.id = c.round_id
    join org_unit p on p.id = c.parent_id and p.level = 1
    where r.programme_id = p_programme and r.year is not null and p_unit in (select unit_id from lineage(c.parent_id, p_day))
  ), dues as (
    select o.round_id, o.due_before, count(*) as units from obligation o join mine using (round_id, parent_id)
    where o.state = 'owed' group by o.round_id, o.due_before
  )
  select r.id, r.code, r.opened_at,
    (select case when bool_and(m.closed_at is not null) then max(m.closed_at) end from mine m where m.round_id = r.id),
    (select d.due_before from dues d where d.round_id = r.id order by d.units desc, d.due_before desc limit 1),
    (select max(d.due_before) from dues d where d.round_id = r.id)
  from round r where r.id in (select m.round_id from mine m)
$$;

-- The programme's own due date of a half-year that is not opened yet, as open_round will take it.
create function default_due(p_programme int, p_year int, p_half int) returns timestamptz language sql stable as $$
  select (case when d.strict then w.due else w.due + 1 end)::timestamp at time zone 'Asia/Ho_Chi_Minh'
  from duty d
  cross join lateral (select (p_year || '-' || case p_half when 1 then d.due_h1 else d.due_h2 end)::date as due) day
  cross join lateral (select day.due + case when not d.weekend_to_monday then 0
                       else case extract(isodow from day.due) when 6 then 2 when 7 then 1 else 0 end end as due) w
  where d.programme_id = p_programme and d.plan_version_id is null and d.edge = 'upward' and d.confirmed
    and d.recorded_to is null and d.due_h1 is not null
$$;

-- Which addresses may receive what is told of a unit and of those below it. Looked up when a mail is about to leave.
create table recipient (
  unit_id    int not null constraint recipient_unit references org_unit,
  address    text not null constraint recipient_address_lower check (address = lower(address)),
  account_id int not null constraint recipient_account references account,
  added_at   timestamptz not null,
  removed_at timestamptz,
  constraint recipient_pk primary key (unit_id, address)
);
create index recipient_account_idx on recipient (account_id);
comment on column recipient.account_id is 'who added it, or removed it';
