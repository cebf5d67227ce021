-- When a thing is recorded, and the latest instant that can be answered for: so that the same question at the same instant
-- has the same answer for ever (docs/semantics.md §4).

-- Announces that this transaction records something. Readers who answer for an instant T first wait until everyone who
-- announced before T has committed (recording_horizon), so nothing recorded up to T is in flight when T is answered.
-- True, once the lock is had.
create function begin_recording() returns boolean language sql volatile
return pg_advisory_xact_lock_shared(57, 1) is not null;

-- The latest instant recorded by anyone: what a rehearsed clock, which may stand still or be set back, must not fall behind.
create function latest_record() returns timestamptz language sql stable
begin atomic
  select greatest(
    (select max(last_recorded_at) from collection),
    (select max(greatest(recorded_from, recorded_to)) from plan_version));
end;

-- The latest instant that was recorded or answered for, in microseconds since 1970: the machine's clock may be set back,
-- and what is recorded then must still come after every answer given. A sequence, since it is moved at once, for all
-- sessions, by readers too, without waiting for the disk. It survives no crash; the second one does, which is moved ahead
-- every few seconds, and then stands in for it.
create unlogged sequence last_instant as bigint minvalue 0 start 0;
create sequence last_instant_by as bigint minvalue 0 start 0;

-- The database's clock, or the latest instant given and p_step more if the clock is behind that. Without a query and in few
-- steps, since every submission and every answer asks it.
create function next_instant(p_step interval) returns timestamptz language plpgsql volatile as $$
declare
  micros bigint := setval('last_instant', greatest((extract(epoch from clock_timestamp()) * 1000000)::bigint,
    (extract(epoch from p_step) * 1000000)::bigint + coalesce(pg_sequence_last_value('last_instant'), instant_after_crash())));
begin
  if micros > coalesce(pg_sequence_last_value('last_instant_by'), 0) then perform setval('last_instant_by', micros + 5000000); end if;
  return 'epoch'::timestamptz + micros * interval '1 microsecond';
end $$;

-- Where last_instant is not known: what stands in for it, in microseconds since 1970.
create function instant_after_crash() returns bigint language sql volatile
return greatest((select last_value from last_instant_by), (extract(epoch from latest_record()) * 1000000)::bigint);

-- The instant to record now: the database's clock, later than every answer given; in a rehearsal the rehearsed one (which
-- may be set back on purpose), later than anything recorded before.
create function record_instant(p_clock timestamptz) returns timestamptz language sql volatile
return case when p_clock is null then next_instant('1 microsecond')
            else greatest(p_clock, latest_record() + interval '1 microsecond') end;

-- The latest instant for which the record is complete: taken while nobody is recording, so that everything up to it is
-- committed and everything still to come is later; never before one given earlier. The lock lasts to the end of the
-- caller's statement. As text with microseconds, because JavaScript's dates would round them away.
create function recording_horizon(p_clock timestamptz) returns text language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock(57, 1);
  if p_clock is null then return instant_text(next_instant('0')); end if;
  return instant_text(greatest(p_clock - interval '1 microsecond', latest_record()));
end $$;

create function instant_text(at timestamptz) returns text language sql stable
return to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
