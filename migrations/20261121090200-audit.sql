-- What happened, in the transaction in which it happened. One table is the log and the outbox: a row that names a job
-- is handed to the queue by the worker and stamped, so no job is lost between commit and queue.
-- Account and unit without foreign keys: neither is ever deleted, and a log must not depend on what it speaks of.
create table event (
  id            bigint generated always as identity constraint event_pk primary key,
  verb          text not null,
  account_id    int,
  unit_id       int,
  subject       jsonb not null,
  address       text,
  recorded_at   timestamptz not null,
  job           text,
  dispatched_at timestamptz
);
create index event_unit_idx on event (unit_id, id);
create index event_waiting_idx on event (id) where job is not null and dispatched_at is null;

create function event_is_append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and to_jsonb(new) - 'dispatched_at' = to_jsonb(old) - 'dispatched_at' then
    return new;
  end if;
  raise exception 'events are append-only' using errcode = 'integrity_constraint_violation', constraint = 'event_append_only';
end $$;
create trigger event_append_only before update or delete on event for each row execute function event_is_append_only();
