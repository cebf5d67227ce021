-- The log of events can be written to and nothing else; and what was written is sealed, so that a change made around
-- these triggers (by whoever owns the database) is found and named. A seal covers the events since the one before it,
-- by the hash of each, and holds the head of the one before: a chain. Its heads leave with every mailed summary.
create or replace function event_is_append_only() returns trigger language plpgsql as $$
begin
  -- The one thing that happens to an event later, once: its job was handed to the queue.
  if tg_op = 'UPDATE' and old.dispatched_at is null and new.dispatched_at is not null
     and to_jsonb(new) - 'dispatched_at' = to_jsonb(old) - 'dispatched_at' then
    return new;
  end if;
  raise exception 'events are append-only' using errcode = 'integrity_constraint_violation', constraint = 'event_append_only';
end $$;
create trigger event_not_emptied before truncate on event for each statement execute function event_is_append_only();

create table seal (
  number    int constraint seal_pk primary key constraint seal_number_positive check (number > 0),
  from_id   bigint not null,
  to_id     bigint not null,
  ids       bigint[] not null,
  leaves    bytea[] not null,
  previous  bytea not null,
  head      bytea not null constraint seal_head_unique unique,
  sealed_at timestamptz not null,
  constraint seal_follows unique (from_id),
  constraint seal_range check (to_id >= from_id),
  constraint seal_leaf_for_each check (cardinality(ids) > 0 and cardinality(ids) = cardinality(leaves))
);
comment on column seal.ids is 'the events of the range, in order; a number left out belongs to a transaction that was undone';
comment on column seal.leaves is 'SHA-256 of each event (libs/audit/src/seal.ts says of what)';
comment on column seal.previous is 'head of the seal before; 32 zero bytes for the first';

create function seal_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'seals are append-only' using errcode = 'integrity_constraint_violation', constraint = 'seal_append_only';
end $$;
create trigger seal_append_only before update or delete on seal for each row execute function seal_is_append_only();
create trigger seal_not_emptied before truncate on seal for each statement execute function seal_is_append_only();
