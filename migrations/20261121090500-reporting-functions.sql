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

-- Refuses what comes after a close (unless this one unit was reopened), and for a unit that no longer owes the round.
create function require_open(o obligation, closed timestamptz) returns void language plpgsql as $$
begin
  if closed is not null and o.reopened_at is null then
    perform refuse('round.closed', jsonb_build_object('code', (select code from round where id = o.round_id)));
  end if;
  if o.state <> 'owed' then
    perform refuse('obligation.not_found', jsonb_build_object(
      'unit', (select code from org_unit where id = o.unit_id), 'round', (select code from round where id = o.round_id)));
  end if;
end $$;

-- The stored answer of an earlier call with the same key, or null. @raises idempotency.mismatch
create function answered_before(p_account int, p_operation text, p_key text, p_hash text)
returns jsonb language plpgsql as $$
declare
  earlier idempotency;
begin
  select * into earlier from idempotency where account_id = p_account and operation = p_operation and key = p_key;
  if earlier.key is null then return null; end if;
  if earlier.hash <> p_hash then
    perform refuse('idempotency.mismatch', jsonb_build_object('key', p_key));
  end if;
  return earlier.answer;
end $$;

-- The state that a step leads to from the newest version. @raises report.wrong_step
create function next_state(p_step text, p_state text) returns text language plpgsql as $$
declare
  target text;
begin
  select to_state into target from lifecycle_step where step = p_step and from_state = coalesce(p_state, 'none');
  if target is null then
    perform refuse('report.wrong_step', jsonb_build_object('state', coalesce(p_state, 'none'), 'step', p_step,
      'allowed', (select coalesce(string_agg(step, ', ' order by step), 'none')
                  from lifecycle_step where from_state = coalesce(p_state, 'none'))));
  end if;
  return target;
end $$;

-- Stores a new version of a report and moves the totals, in one transaction.
-- p_expected: the number of the version it replaces (0 = the first). p_notes: [{indicatorId, note, documentNumber,
-- documentDate}], p_narratives: [{indicatorId, body}]. Answers {versionId, number, state, receivedAt, recordedAt,
-- dueBefore, onTime, findings}; the same key with the same payload gives the stored answer again.
create function submit_report(
  p_account int, p_obligation int, p_expected int, p_key text, p_hash text,
  p_n bigint[], p_d bigint[], p_s smallint[], p_notes jsonb, p_narratives jsonb,
  p_comment text, p_header jsonb, p_findings jsonb,
  p_received_at timestamptz, p_clock timestamptz, p_address text
) returns jsonb language plpgsql as $$
declare
  held record;
  at timestamptz;
  o obligation;
  answer jsonb;
  version bigint;
  next_number int;
  first_received timestamptz;
  carried bigint[];
begin
  select * into held from lock_collection(p_obligation, p_clock);
  at := held.recorded_at;
  o := held.o;
  if p_key is not null then
    answer := answered_before(p_account, 'report.submit', p_key, p_hash);
    if answer is not null then return answer; end if;
  end if;
  perform require_open(o, held.closed_at);
  if p_expected <> o.newest_number then
    perform refuse('report.stale', jsonb_build_object('expected', p_expected, 'actual', o.newest_number));
  end if;
  perform next_state('submit', o.newest_state);

  if o.newest_state = 'submitted' then
    with superseded as (
      update report_version set state = 'superseded' where obligation_id = p_obligation and state = 'submitted' returning id
    )
    insert into transition (version_id, to_state, account_id, recorded_at)
    select id, 'superseded', p_account, at from superseded;
  end if;

  next_number := o.newest_number + 1;
  insert into report_version (obligation_id, number, state, n, d, s, comment, header, findings, account_id, received_at, recorded_at)
  values (p_obligation, next_number, 'submitted', p_n, p_d, p_s, p_comment, p_header, p_findings, p_account, p_received_at, at)
  returning id into version;
  insert into transition (version_id, to_state, account_id, recorded_at) values (version, 'submitted', p_account, at);
  if p_notes <> '[]' then
    insert into figure_note (version_id, indicator_id, note, document_number, document_date)
    select version, x."indicatorId", x.note, x."documentNumber", x."documentDate"
    from jsonb_to_recordset(p_notes) as x ("indicatorId" int, note text, "documentNumber" text, "documentDate" date);
  end if;
  if p_narratives <> '[]' then
    insert into narrative (version_id, indicator_id, body)
    select version, x."indicatorId", x.body from jsonb_to_recordset(p_narratives) as x ("indicatorId" int, body text);
  end if;

  -- The newest version, submitted, is what is received; what is accepted and what earlier rounds carry over stay as they are.
  select s.carry into strict carried from standing s
    where s.obligation_id = p_obligation and s.basis = 'received' and s.recorded_to is null;
  perform stand(o, 'received', version, carried, at);
  first_received := least(o.first_received_at, p_received_at);
  update obligation
  set changed_at = at, newest_number = next_number, newest_state = 'submitted', first_received_at = first_received
  where id = p_obligation;
  if held.later then perform restand(n.obligation_id, at) from neighbour(p_obligation, true) n; end if;

  answer := jsonb_build_object('versionId', version::text, 'number', next_number, 'state', 'submitted',
    'receivedAt', p_received_at, 'recordedAt', at, 'dueBefore', o.due_before,
    'onTime', first_received < o.due_before, 'findings', p_findings);
  insert into event (verb, account_id, unit_id, subject, address, recorded_at)
  values ('report.submitted', p_account, o.unit_id,
    jsonb_build_object('obligation', p_obligation, 'version', version, 'number', next_number), p_address, at);
  if p_key is not null then
    insert into idempotency values (p_account, 'report.submit', p_key, p_hash, answer, at);
  end if;
  return answer;
end $$;

-- Accepts, returns or withdraws the newest version. p_items: [{indicatorId, reason}] for single figures.
-- Accepting a correction supersedes the accepted version before it. Answers {versionId, number, state, recordedAt}.
create function step_report(
  p_account int, p_obligation int, p_expected int, p_step text, p_reason text, p_items jsonb,
  p_clock timestamptz, p_address text
) returns jsonb language plpgsql as $$
declare
  held record;
  at timestamptz;
  o obligation;
  target text;
  version bigint;
begin
  select * into held from lock_collection(p_obligation, p_clock);
  at := held.recorded_at;
  o := held.o;
  perform require_open(o, held.closed_at);
  if o.newest_number = 0 then
    perform refuse('report.not_found', jsonb_build_object(
      'unit', (select code from org_unit where id = o.unit_id), 'round', (select code from round where id = o.round_id)));
  end if;
  if p_expected <> o.newest_number then
    perform refuse('report.stale', jsonb_build_object('expected', p_expected, 'actual', o.newest_number));
  end if;
  target := next_state(p_step, o.newest_state);

  if target = 'accepted' then
    with superseded as (
      update report_version set state = 'superseded' where obligation_id = p_obligation and state = 'accepted' returning id
    )
    insert into transition (version_id, to_state, account_id, recorded_at)
    select id, 'superseded', p_account, at from superseded;
  end if;
  update report_version set state = target
    where obligation_id = p_obligation and number = o.newest_number returning id into version;
  insert into transition (version_id, to_state, reason, account_id, recorded_at)
  values (version, target, p_reason, p_account, at);
  insert into figure_note (version_id, indicator_id, return_reason)
  select version, x."indicatorId", x.reason from jsonb_to_recordset(p_items) as x ("indicatorId" int, reason text)
  on conflict (version_id, indicator_id) do update set return_reason = excluded.return_reason;

  perform restand(p_obligation, at);
  insert into event (verb, account_id, unit_id, subject, address, recorded_at)
  values ('report.' || target, p_account, o.unit_id,
    jsonb_build_object('obligation', p_obligation, 'version', version, 'number', o.newest_number, 'reason', p_reason), p_address, at);
  return jsonb_build_object('versionId', version::text, 'number', o.newest_number, 'state', target, 'recordedAt', at);
end $$;

-- The upward duty of a unit that is in force now, and its due date in a half-year: its own plan's, where the receiver has
-- confirmed it and it has dates, else the programme's default (docs/semantics.md §1). The dates are null without a year.
create function duty_in_force(p_programme int, p_unit int, p_year int, p_half int)
returns table (duty_id int, due_on date, due_before timestamptz) language sql stable
begin atomic
  select d.id, w.due, (case when d.strict then w.due else w.due + 1 end)::timestamp at time zone 'Asia/Ho_Chi_Minh'
  from duty d
  cross join lateral (select (p_year || '-' || case p_half when 1 then d.due_h1 else d.due_h2 end)::date as due) day
  cross join lateral (select day.due + case when not d.weekend_to_monday then 0
                       else case extract(isodow from day.due) when 6 then 2 when 7 then 1 else 0 end end as due) w
  where d.programme_id = p_programme and d.edge = 'upward' and d.confirmed and d.recorded_to is null
    and d.due_h1 is not null and (d.unit_id = p_unit or d.plan_version_id is null)
  order by (d.unit_id = p_unit) desc, d.id desc limit 1;
end;

-- Alone with the record from here on, since what earlier rounds carry over must not move while a round is being opened: the
-- instant at which it opens.
create function begin_round(p_round int, p_clock timestamptz) returns timestamptz language plpgsql as $$
declare
  at timestamptz;
begin
  perform pg_advisory_xact_lock(57, 1);
  at := greatest(record_instant(p_clock), latest_record() + interval '1 microsecond');
  update round set opened_at = at where id = p_round;
  return at;
end $$;

-- Writes a new round's obligations from the temporary table owing (unit_id, parent_id, duty_id, due_on, due_before), one
-- collection with two cells per receiver, and what stands before anything is reported. Answers the number of obligations.
create function fill_round(p_round int, p_at timestamptz) returns int language plpgsql as $$
declare
  owed int;
begin
  insert into collection (round_id, parent_id, last_recorded_at)
  select distinct p_round, parent_id, p_at from owing order by parent_id;
  insert into obligation (round_id, unit_id, parent_id, duty_id, due_on, due_before, recorded_at, changed_at)
  select p_round, unit_id, parent_id, duty_id, due_on, due_before, p_at, p_at from owing order by unit_id;
  get diagnostics owed = row_count;
  drop table owing;

  insert into standing (obligation_id, basis, carry, recorded_from)
  select o.id, b.basis, case when x.obligation_id is not null then carry_from(x.obligation_id, b.basis, x.same_year) end, p_at
  from obligation o
  cross join (values ('accepted'), ('received')) b (basis)
  left join lateral neighbour(o.id, false) x on true
  where o.round_id = p_round;
  insert into cell
  select round_id, parent_id, basis, p_at, expected, reported, n, d, valued, estimated, not_applicable, missing, open, unknown
  from cell_recomputed where round_id = p_round;
  insert into cell_history select * from cell where round_id = p_round;
  return owed;
end $$;

-- Opens a round: one obligation per commune that owes, with the due date in force and the duty it comes from
-- (docs/semantics.md §1). Answers the number of obligations.
create function open_round(p_round int, p_day date, p_clock timestamptz) returns int language plpgsql as $$
declare
  at timestamptz := begin_round(p_round, p_clock);
begin
  create temporary table owing on commit drop as
  select u.id as unit_id, u.parent_id, d.duty_id, d.due_on, d.due_before
  from org_units_on(p_day) u
  join round r on r.id = p_round
  cross join lateral duty_in_force(r.programme_id, u.id, r.year, r.half) d
  where u.level = 2;
  return fill_round(p_round, at);
end $$;

-- The cells of a collection as canonical lines, one per basis and indicator: what a close stores and signs with its hash.
create function canonical_figures(p_round int, p_parent int) returns text language sql stable
begin atomic
  select string_agg(concat_ws('|', u.code, k.basis, i.code, coalesce(k.n[i.position], 0), coalesce(k.d[i.position], 0),
    coalesce(k.valued[i.position], 0), coalesce(k.estimated[i.position], 0), coalesce(k.not_applicable[i.position], 0),
    coalesce(k.missing[i.position], 0), k.expected, k.reported), E'\n' order by k.basis, i.position)
  from cell k
  join round r on r.id = k.round_id
  join org_unit u on u.id = k.parent_id
  join indicator i on i.programme_id = r.programme_id and i.kind <> 'text' and i.first_round <= r.code
  where k.round_id = p_round and k.parent_id = p_parent;
end;

-- Locks a collection for closing or reopening and gives the instant to record.
create function lock_collection_of(p_round int, p_parent int, p_clock timestamptz)
returns timestamptz language plpgsql as $$
declare
  at timestamptz;
begin
  perform begin_recording();
  update collection c
  set last_recorded_at = greatest(record_instant(p_clock), c.last_recorded_at + interval '1 microsecond')
  where c.round_id = p_round and c.parent_id = p_parent
  returning c.last_recorded_at into strict at;
  return at;
end $$;

-- Closes a province's round: from here its communes are refused, and the figures are kept as they stand. Answers
-- {closedAt, sha256}. @raises round.closed
create function close_round(p_account int, p_round int, p_parent int, p_clock timestamptz, p_address text)
returns jsonb language plpgsql as $$
declare
  at timestamptz := lock_collection_of(p_round, p_parent, p_clock);
  lines text;
  hash text;
begin
  if (select closed_at from collection where round_id = p_round and parent_id = p_parent) is not null then
    perform refuse('round.closed', jsonb_build_object('code', (select code from round where id = p_round)));
  end if;
  lines := canonical_figures(p_round, p_parent);
  hash := encode(sha256(convert_to(lines, 'UTF8')), 'hex');
  update collection set closed_at = at where round_id = p_round and parent_id = p_parent;
  update obligation set reopened_at = null where round_id = p_round and parent_id = p_parent and reopened_at is not null;
  insert into closing (round_id, parent_id, closed_at, closed_by, figures, sha256)
  values (p_round, p_parent, at, p_account, lines, hash);
  insert into event (verb, account_id, unit_id, subject, address, recorded_at)
  values ('round.closed', p_account, p_parent, jsonb_build_object('round', p_round, 'sha256', hash), p_address, at);
  return jsonb_build_object('closedAt', instant_text(at), 'sha256', hash);
end $$;

-- Reopens a closed round for the whole province, or with p_obligation for one unit only; the reason stays on record.
-- @raises round.not_closed
create function reopen_round(p_account int, p_round int, p_parent int, p_obligation int, p_reason text, p_clock timestamptz, p_address text)
returns timestamptz language plpgsql as $$
declare
  at timestamptz := lock_collection_of(p_round, p_parent, p_clock);
begin
  if (select closed_at from collection where round_id = p_round and parent_id = p_parent) is null then
    perform refuse('round.not_closed', jsonb_build_object('code', (select code from round where id = p_round)));
  end if;
  if p_obligation is not null then
    update obligation set reopened_at = at where id = p_obligation and round_id = p_round and parent_id = p_parent;
  else
    update collection set closed_at = null where round_id = p_round and parent_id = p_parent;
    update closing set reopened_at = at, reopened_by = p_account, reason = p_reason
      where round_id = p_round and parent_id = p_parent and reopened_at is null;
  end if;
  insert into event (verb, account_id, unit_id, subject, address, recorded_at)
  values (case when p_obligation is null then 'round.reopened' else 'report.reopened' end, p_account,
    coalesce((select unit_id from obligation where id = p_obligation), p_parent),
    jsonb_build_object('round', p_round, 'obligation', p_obligation, 'reason', p_reason), p_address, at);
  return at;
end $$;

-- What the cells should hold, summed anew from what stands: the checker of every test.
create view cell_recomputed as
with slots as (
  select o.round_id, o.parent_id, b.basis, c.slot, sum(c.n)::bigint as n, sum(c.d)::bigint as d, sum(c.valued)::int as valued,
         sum(c.estimated)::int as estimated, sum(c.not_applicable)::int as not_applicable, sum(c.missing)::int as missing,
         sum(c.open)::bigint as open, sum(c.unknown)::int as unknown, count(*)::int as expected, count(v.id)::int as reported
  from obligation o
  join round r on r.id = o.round_id
  join standing b on b.obligation_id = o.id and b.recorded_to is null
  left join report_version v on v.id = b.version_id
  cross join lateral contribution(r.kinds, v.n, v.d, v.s, b.carry) c
  where o.state = 'owed'
  group by o.round_id, o.parent_id, b.basis, c.slot
)
select round_id, parent_id, basis, max(expected) as expected, max(reported) as reported,
       array_agg(n order by slot) as n, array_agg(d order by slot) as d, array_agg(valued order by slot) as valued,
       array_agg(estimated order by slot) as estimated, array_agg(not_applicable order by slot) as not_applicable,
       array_agg(missing order by slot) as missing, array_agg(open order by slot) as open, array_agg(unknown order by slot) as unknown
from slots group by round_id, parent_id, basis;

-- Every cell that differs from its recomputation; empty when all is well. A cell whose units have all left holds zeros.
create view cell_mismatch as
select coalesce(k.round_id, r.round_id) as round_id, coalesce(k.parent_id, r.parent_id) as parent_id,
       coalesce(k.basis, r.basis) as basis, to_jsonb(k) - 'recorded_at' as kept, to_jsonb(r) as recomputed
from cell k
full join cell_recomputed r on r.round_id = k.round_id and r.parent_id = k.parent_id and r.basis = k.basis
where case
  when r.round_id is null then k.expected <> 0 or k.reported <> 0 or 0 <> all (k.n || k.d || k.open || (k.valued || k.estimated || k.not_applicable || k.missing || k.unknown)::bigint[])
  else k.round_id is null or (to_jsonb(k) - 'recorded_at') <> to_jsonb(r)
end;

-- What stands but should not, decided anew from the versions' states alone: the version by the rule of
-- docs/semantics.md §3, the carry from all earlier rounds at once instead of one by one. Empty when all is well.
create view standing_mismatch as
with rule as materialized (
  select o.id, o.unit_id, r.programme_id, r.year, r.data_to, r.kinds, accepted.id as accepted,
    case when newest.state in ('submitted', 'accepted') then newest.id else accepted.id end as received
  from obligation o
  join round r on r.id = o.round_id
  left join report_version accepted on accepted.obligation_id = o.id and accepted.state = 'accepted'
  left join lateral (select v.id, v.state from report_version v where v.obligation_id = o.id and v.state <> 'draft'
                     order by v.number desc limit 1) newest on true
  where o.state = 'owed'
), carried as (
  select x.id, b.basis, k.slot,
    max(case when (k.kind = 'once' or (k.kind = 'yearly' and e.year = x.year)) and k.n = 1 and k.s in (1, 2) then 1 end) as yes,
    (array_agg(k.d order by e.data_to desc) filter (where k.kind = 'ratio' and k.ds in (1, 2)))[1] as denominator
  from rule x
  join rule e on e.unit_id = x.unit_id and e.programme_id = x.programme_id and e.data_to < x.data_to
    and e.year is not null and x.year is not null and e.received is not null
  cross join (values ('accepted'), ('received')) b (basis)
  left join report_version v on v.id = case b.basis when 'accepted' then e.accepted else e.received end
  left join report_version w on w.id = e.accepted
  cross join lateral unnest(e.kinds, v.n, v.s, w.d, w.s) with ordinality as k (kind, n, s, d, ds, slot)
  group by x.id, b.basis, k.slot
), carries as (
  select c.id, c.basis, jsonb_object_agg(c.slot, coalesce(c.yes, c.denominator)) as carry
  from carried c where coalesce(c.yes, c.denominator) is not null group by c.id, c.basis
), should as (
  select r.id as obligation_id, b.basis, true as owed, case b.basis when 'accepted' then r.accepted else r.received end as version_id, c.carry
  from rule r cross join (values ('accepted'), ('received')) b (basis)
  left join carries c on c.id = r.id and c.basis = b.basis
), does as (
  select s.obligation_id, s.basis, true as owed, s.version_id,
    (select jsonb_object_agg(c.slot, c.value) from unnest(s.carry) with ordinality as c (value, slot) where c.value is not null) as carry
  from standing s where s.recorded_to is null
)
select obligation_id, basis, d.version_id as stands, s.version_id as should, d.carry as carries, s.carry as should_carry
from should s full join does d using (obligation_id, basis)
where d.owed is distinct from s.owed or d.version_id is distinct from s.version_id or d.carry is distinct from s.carry;

-- Sums every cell anew, in the same lock order as everybody else, and mends those that differ. Answers how many did.
create function rebuild_cells(p_clock timestamptz) returns int language plpgsql as $$
declare
  at timestamptz;
  mended int;
begin
  perform pg_advisory_xact_lock(57, 1);
  at := greatest(record_instant(p_clock), latest_record() + interval '1 microsecond');
  -- The sums are had once, with what differs: asked for cell by cell they would be summed as often as there are cells.
  with mending as materialized (
    select m.round_id, m.parent_id, m.basis, jsonb_populate_record(null::cell, m.recomputed) as r from cell_mismatch m
  ), mended_cells as (
    update cell k
    set recorded_at = at, expected = coalesce((m.r).expected, 0), reported = coalesce((m.r).reported, 0),
        n = coalesce((m.r).n, '{}'), d = coalesce((m.r).d, '{}'), valued = coalesce((m.r).valued, '{}'),
        estimated = coalesce((m.r).estimated, '{}'), not_applicable = coalesce((m.r).not_applicable, '{}'),
        missing = coalesce((m.r).missing, '{}'), open = coalesce((m.r).open, '{}'), unknown = coalesce((m.r).unknown, '{}')
    from mending m
    where k.round_id = m.round_id and k.parent_id = m.parent_id and k.basis = m.basis
    returning k.*
  ), stamped as (
    update collection c set last_recorded_at = at from (select distinct round_id, parent_id from mended_cells) m
    where c.round_id = m.round_id and c.parent_id = m.parent_id returning 1
  )
  insert into cell_history select * from mended_cells;
  get diagnostics mended = row_count;
  return mended;
end $$;
