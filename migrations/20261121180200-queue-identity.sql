-- Which queue the workers saw last, and when. A Redis that was flushed, replaced or restarted is another one: jobs that
-- had been handed to the one before may be gone with it, and are handed over again (apps/worker/src/queue-loss.ts).
create table queue_identity (
  one      boolean constraint queue_identity_pk primary key default true constraint queue_identity_one check (one),
  identity text not null,
  seen_at  timestamptz not null
);
