-- The rules that must hold under concurrency, as functions of several statements each. In READ COMMITTED every
-- statement of a VOLATILE plpgsql function sees what was committed before it began: so the lock is one statement, and
-- what depends on it comes in later ones. A refusal is raised with SQLSTATE P5700, its code as the message and its
-- details as JSON; libs/reporting turns it into a Problem.

create function refuse(code text, details jsonb) returns void language plpgsql as $$
begin
  raise exception using errcode = 'P5700', message = code, detail = details::text;
end $$;

-- Announces that this transaction records something. Readers who answer for an instant T first wait until everyone who
-- announced before T has committed (recording_horizon), so nothing recorded up to T is in flight when T is answered.
create function begin_recording() returns void language sql volatile as 'select pg_advisory_xact_lock_shared(57, 1)';

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

-- The database's clock, or the latest instant given and p_step more if the clock is behind that.
create function next_instant(p_step interval) returns timestamptz language plpgsql volatile as $$
declare
  last record;
  at timestamptz;
begin
  select i.last_value as micros, i.is_called as known, b.last_value as bound into last from last_instant i, last_instant_by b;
  at := 'epoch'::timestamptz + case when last.known then last.micros else last.bound end * interval '1 microsecond' + p_step;
  if not last.known then at := greatest(at, latest_record() + p_step); end if;
  at := greatest(at, clock_timestamp());
  perform given_instant(at, last.bound);
  return at;
end $$;

create function given_instant(at timestamptz, bound bigint) returns void language plpgsql volatile as $$
declare
  micros bigint := extract(epoch from at) * 1000000;
begin
  perform setval('last_instant', micros);
  if micros > bound then perform setval('last_instant_by', micros + 5000000); end if;
end $$;

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

-- What one figure of an obligation adds to its parent's totals, from the version that stands (all null: nothing reported)
-- and what is carried over: the one definition that moving and rebuilding share.
create function contribution_of(kind text, n bigint, d bigint, s smallint, carry bigint)
returns table (n bigint, d bigint, valued int, estimated int, not_applicable int, missing int, open bigint, unknown int)
language sql immutable
begin atomic
  select case when f.carried then 1 when f.given then f.n else 0 end,
         case when f.carried then 1 when f.given then coalesce(f.d, 0) else 0 end,
         (f.carried or f.given)::int,
         (f.s = 2 and not f.carried)::int,
         (f.s = 3 and not f.carried)::int,
         (f.s = 0 and not f.carried and f.kind <> 'text')::int,
         case when f.kind = 'ratio' and f.s in (-1, 0) then coalesce(f.carry, 0) else 0 end,
         (f.kind = 'ratio' and f.s in (-1, 0) and f.carry is null)::int
  from (select kind as kind, n as n, d as d, coalesce(s, -1) as s, carry as carry, coalesce(s in (1, 2), false) as given,
               kind in ('once', 'yearly') and carry is not distinct from 1 and n is distinct from 1 as carried) f;
end;

-- The same for all figures of a version, by position.
create function contribution(kinds text[], n bigint[], d bigint[], s smallint[], carry bigint[])
returns table (slot bigint, n bigint, d bigint, valued int, estimated int, not_applicable int, missing int, open bigint, unknown int)
language sql immutable
begin atomic
  select u.slot, c.n, c.d, c.valued, c.estimated, c.not_applicable, c.missing, c.open, c.unknown
  from unnest(kinds, n, d, s, carry) with ordinality as u (kind, n, d, s, carry, slot)
  cross join lateral contribution_of(u.kind, u.n, u.d, u.s, u.carry) c;
end;

-- What a round carries over to the unit's next one (see standing.carry).
create function carry_from(p_obligation int, p_basis text, p_same_year boolean) returns bigint[] language sql stable
begin atomic
  select array_agg(
    case when u.kind = 'once' or (u.kind = 'yearly' and p_same_year)
           then case when (u.s in (1, 2) and u.n = 1) or u.carry = 1 then 1 end
         when u.kind = 'ratio' then case when u.accepted_s in (1, 2) then u.accepted_d else u.accepted_carry end
    end order by u.slot)
  from obligation o
  join round r on r.id = o.round_id
  left join standing b on b.obligation_id = o.id and b.basis = p_basis and b.recorded_to is null
  left join report_version v on v.id = b.version_id
  left join standing a on a.obligation_id = o.id and a.basis = 'accepted' and a.recorded_to is null
  left join report_version w on w.id = a.version_id
  cross join lateral unnest(r.kinds, v.n, v.s, b.carry, w.d, w.s, a.carry)
    with ordinality as u (kind, n, s, carry, accepted_d, accepted_s, accepted_carry, slot)
  where o.id = p_obligation;
end;

-- A unit's obligation in the round before or after, of the same programme; ad hoc rounds stand outside.
create function neighbour(p_obligation int, p_after boolean)
returns table (obligation_id int, same_year boolean) language sql stable
begin atomic
  select x.id, y.year = r.year
  from obligation o
  join round r on r.id = o.round_id
  join obligation x on x.unit_id = o.unit_id and x.state = 'owed'
  join round y on y.id = x.round_id and y.programme_id = r.programme_id and y.year is not null
    and case when p_after then y.data_to > r.data_to else y.data_to < r.data_to end
  where o.id = p_obligation and r.year is not null
  order by case when p_after then y.data_to - r.data_to else r.data_to - y.data_to end
  limit 1;
end;

-- Lets a version (null: nothing is reported) and a carry stand on a basis from now on, and moves the cell by
-- contribution(new) - contribution(old); where the unit no longer owes, nothing stands. The caller holds the lock. The
-- slots of a cell are those of its round's kinds; unnest gives them in their order.
create function stand(o obligation, p_basis text, p_version bigint, p_carry bigint[], p_at timestamptz)
returns void language plpgsql as $$
declare
  kinds text[];
  owes boolean := o.state = 'owed';
  owed boolean;
  old standing;
  v report_version;
  w report_version;
  now_owed int := owes::int;
  was_owed int;
begin
  select r.kinds into strict kinds from round r where r.id = o.round_id;
  update standing set recorded_to = p_at where obligation_id = o.id and basis = p_basis and recorded_to is null
  returning * into old;
  owed := old.obligation_id is not null;
  was_owed := owed::int;
  if owes then insert into standing values (o.id, p_basis, p_version, p_carry, p_at, null); end if;
  if p_version is not null then select * into strict v from report_version where id = p_version; end if;
  if old.version_id is not null then select * into strict w from report_version where id = old.version_id; end if;

  with moved as (
    update cell k
    set recorded_at = p_at,
        expected = k.expected + now_owed - was_owed,
        reported = k.reported + (p_version is not null)::int - (old.version_id is not null)::int,
        (n, d, valued, estimated, not_applicable, missing, open, unknown) = (
          select array_agg(coalesce(u.n, 0) + coalesce(a.n * now_owed, 0) - coalesce(b.n * was_owed, 0)),
                 array_agg(coalesce(u.d, 0) + coalesce(a.d * now_owed, 0) - coalesce(b.d * was_owed, 0)),
                 array_agg(coalesce(u.valued, 0) + coalesce(a.valued * now_owed, 0) - coalesce(b.valued * was_owed, 0)),
                 array_agg(coalesce(u.estimated, 0) + coalesce(a.estimated * now_owed, 0) - coalesce(b.estimated * was_owed, 0)),
                 array_agg(coalesce(u.not_applicable, 0) + coalesce(a.not_applicable * now_owed, 0) - coalesce(b.not_applicable * was_owed, 0)),
                 array_agg(coalesce(u.missing, 0) + coalesce(a.missing * now_owed, 0) - coalesce(b.missing * was_owed, 0)),
                 array_agg(coalesce(u.open, 0) + coalesce(a.open * now_owed, 0) - coalesce(b.open * was_owed, 0)),
                 array_agg(coalesce(u.unknown, 0) + coalesce(a.unknown * now_owed, 0) - coalesce(b.unknown * was_owed, 0))
          from unnest(kinds, k.n, k.d, k.valued, k.estimated, k.not_applicable, k.missing, k.open, k.unknown,
                      v.n, v.d, v.s, p_carry, w.n, w.d, w.s, old.carry)
            as u (kind, n, d, valued, estimated, not_applicable, missing, open, unknown,
                  new_n, new_d, new_s, new_carry, old_n, old_d, old_s, old_carry)
          cross join lateral contribution_of(u.kind, u.new_n, u.new_d, u.new_s, u.new_carry) a
          cross join lateral contribution_of(u.kind, u.old_n, u.old_d, u.old_s, u.old_carry) b
        )
    where k.round_id = o.round_id and k.parent_id = o.parent_id and k.basis = p_basis
    returning k.*
  )
  insert into cell_history
  select round_id, parent_id, basis, recorded_at, expected, reported, n, d, valued, estimated, not_applicable, missing, open, unknown
  from moved;
end $$;

-- Decides what stands for an obligation on each basis and moves the cells where that changed; what the unit's next round
-- carries over may change with it, so that one is decided anew too. Every step of the lifecycle ends here, but for
-- submitting, which knows the answer (docs/semantics.md §3).
create function restand(p_obligation int, p_at timestamptz) returns void language plpgsql as $$
declare
  o obligation;
  newest report_version;
  accepted bigint;
  received bigint;
  before record;
  b text;
  version bigint;
  carry bigint[];
  old standing;
  changed boolean := false;
begin
  select * into strict o from obligation where id = p_obligation;
  select * into newest from report_version
    where obligation_id = p_obligation and state <> 'draft' order by number desc limit 1;
  if o.state = 'owed' then
    select id into accepted from report_version where obligation_id = p_obligation and state = 'accepted';
    received := case when newest.state in ('submitted', 'accepted') then newest.id else accepted end;
  end if;
  select * into before from neighbour(p_obligation, false);

  foreach b in array array['accepted', 'received'] loop
    old := null;
    select * into old from standing where obligation_id = p_obligation and basis = b and recorded_to is null;
    version := case b when 'accepted' then accepted else received end;
    carry := case when o.state = 'owed' and before.obligation_id is not null then carry_from(before.obligation_id, b, before.same_year) end;
    if (old.obligation_id is null) = (o.state = 'owed') or old.version_id is distinct from version or old.carry is distinct from carry then
      changed := true;
      perform stand(o, b, version, carry, p_at);
    end if;
  end loop;

  update obligation
  set changed_at = p_at, newest_number = coalesce(newest.number, 0), newest_state = newest.state,
      first_received_at = (select min(v.received_at) from report_version v
                           where v.obligation_id = p_obligation and v.state not in ('draft', 'withdrawn'))
  where id = p_obligation;
  if changed then perform restand(n.obligation_id, p_at) from neighbour(p_obligation, true) n; end if;
end $$;

-- Takes the lock of an obligation's collection, and of those of the unit's later rounds, since these carry over. Gives
-- the instant to record: the database's clock (or the rehearsed one), later than anything recorded there before; whether
-- the round is closed; the obligation as it is under the lock; and whether the unit owes later rounds.
create function lock_collection(p_obligation int, p_clock timestamptz, out recorded_at timestamptz, out closed_at timestamptz,
  out o obligation, out later boolean) language plpgsql as $$
declare
  before_round int;
  before_parent int;
  rounds int[];
  parents int[];
begin
  perform begin_recording();
  select b.round_id, b.parent_id, l.rounds, l.parents into strict before_round, before_parent, rounds, parents
  from obligation b
  join round r on r.id = b.round_id
  cross join lateral (
    select array_agg(x.round_id) as rounds, array_agg(x.parent_id) as parents
    from obligation x join round y on y.id = x.round_id and y.programme_id = r.programme_id and y.data_to > r.data_to
    where x.unit_id = b.unit_id
  ) l
  where b.id = p_obligation;
  later := rounds is not null;

  if later then
    rounds := rounds || before_round;
    parents := parents || before_parent;
    perform from collection c join unnest(rounds, parents) as w (round_id, parent_id) using (round_id, parent_id)
      order by c.round_id, c.parent_id for update of c;
    -- A statement of its own: what it reads was committed before the locks were had.
    select greatest(record_instant(p_clock), max(c.last_recorded_at) + interval '1 microsecond') into recorded_at
    from collection c join unnest(rounds, parents) as w (round_id, parent_id) using (round_id, parent_id);
    update collection c set last_recorded_at = lock_collection.recorded_at
    from unnest(rounds, parents) as w (round_id, parent_id)
    where c.round_id = w.round_id and c.parent_id = w.parent_id;
    select c.closed_at into closed_at from collection c where c.round_id = before_round and c.parent_id = before_parent;
  else
    update collection c set last_recorded_at = greatest(record_instant(p_clock), c.last_recorded_at + interval '1 microsecond')
    where c.round_id = before_round and c.parent_id = before_parent
    returning c.last_recorded_at, c.closed_at into strict recorded_at, closed_at;
  end if;

  select * into strict o from obligation where id = p_obligation;
  if o.parent_id <> before_parent then
    raise exception 'the obligation moved to another parent meanwhile' using errcode = 'serialization_failure';
  end if;
end $$;
