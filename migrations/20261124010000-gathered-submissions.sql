-- Submitting, the step that everybody takes on the last evening, in few and cheap statements: what the API was told with the
-- ground is not looked up again but made sure of under the lock, and reports that arrive together share a transaction, its
-- confirmed write and its round trip (libs/core/src/gathering.ts).
drop function if exists submit_report(int, int, int, text, text, bigint[], bigint[], smallint[], jsonb, jsonb, text, jsonb, jsonb,
  timestamptz, timestamptz, text);
drop function if exists stand(obligation, text[], basis, bigint, bigint[], bigint[], smallint[], boolean, bigint[], timestamptz);
drop function if exists ground_of(int, int, text);

-- What came on paper names the paper: said by the domain, since PostgreSQL reads a table's checks from their stored text with
-- every statement that writes to it.
alter table report_version drop constraint report_version_paper_named;
alter domain report_header add constraint report_header_paper_named check (
  not value ? 'receivedOn' or (coalesce(value->>'documentNumber', '') <> '' and coalesce(value->>'documentDate', '') <> ''));

-- What a submission is checked against (libs/reporting/src/ground.ts), in one call, since every submission asks it. It works
-- as the owner: under the policies of the second wall the same question cost three times as much to plan as to answer. What
-- it tells is of the unit it is asked for alone, and the API asks it for the caller's own.
--
-- n, d, s: figures of the last half-year's report that stands. carry: what earlier rounds carry over. parent_id, later: what
-- submit_report is to lock. All null when the unit does not owe the round.
create function ground_of(p_unit int, p_programme int, p_round text, out obligation_id int, out due_before timestamptz,
  out round_id int, out parent_id int, out later boolean, out n bigint[], out d bigint[], out s smallint[], out carry bigint[],
  out local_kind text, out asks_below boolean)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  r record;
  o record;
begin
  -- A statement for each table, and none that need not be asked: a join of them all costs more to start than they do.
  select x.id, x.data_to into r from round x where x.programme_id = p_programme and x.code = p_round;
  select x.id, x.due_before, x.due_on, x.parent_id into o from obligation x
    where x.unit_id = p_unit and x.round_id = r.id and x.state = 'owed';
  if o.id is null then return; end if;
  obligation_id := o.id;
  due_before := o.due_before;
  round_id := r.id;
  parent_id := o.parent_id;
  select b.carry into carry from standing b where b.obligation_id = o.id and b.basis = 'received' and b.recorded_to is null;
  if (select u.level from org_unit u where u.id = p_unit) = 3 then
    select u.kind into local_kind from org_unit_known(p_unit, o.due_on) u;
  end if;
  asks_below := exists (select from collection c where c.round_id = r.id and c.parent_id = p_unit)
    or exists (select from succession f where f.successor_id = p_unit);

  later := false;
  for r in
    select y.id, y.data_to > r.data_to as later from round y
    where y.programme_id = p_programme and (y.data_to > r.data_to or (y.data_to < r.data_to and y.year is not null))
    order by y.data_to desc
  loop
    if r.later then
      later := later or exists (select from obligation x where x.unit_id = p_unit and x.round_id = r.id);
      continue;
    end if;
    -- Backwards, to the first with a report.
    select v.n, v.d, v.s into n, d, s
    from obligation x
    join standing a on a.obligation_id = x.id and a.basis = 'received' and a.recorded_to is null
    join report_version v on v.id = a.version_id
    where x.unit_id = p_unit and x.round_id = r.id
    limit 1;
    exit when n is not null;
  end loop;
end $$;

-- Lets a version (null: nothing is reported) and a carry stand on the basis of a cell from now on instead of what stood, and
-- moves the cell by what it adds less what stood before added; where the unit no longer owes, nothing stands. p_kinds: what
-- the round asks; p_old, p_old_n, p_old_d, p_old_s: what stood (null: nothing did) and its version's figures; p_n, p_d, p_s:
-- the figures of the new one. The caller holds the lock. What a figure adds is what contribution_of says, here slot by slot
-- and in place: asked as one question over arrays it cost three times as much, a third of a whole submission. cell_mismatch
-- holds the two against each other.
create function stand(p_obligation int, p_owes boolean, p_kinds text[], p_cell cell,
  p_old standing, p_old_n bigint[], p_old_d bigint[], p_old_s smallint[],
  p_version bigint, p_n bigint[], p_d bigint[], p_s smallint[], p_carry bigint[], p_at timestamptz)
returns boolean language plpgsql as $$
declare
  owed boolean := p_old.obligation_id is not null;
  all_expected int := p_cell.expected + p_owes::int - owed::int;
  all_reported int := p_cell.reported + (p_version is not null)::int - (p_old.version_id is not null)::int;
  sum_n bigint[] := p_cell.n;
  sum_d bigint[] := p_cell.d;
  sum_valued int[] := p_cell.valued;
  sum_estimated int[] := p_cell.estimated;
  sum_not_applicable int[] := p_cell.not_applicable;
  sum_missing int[] := p_cell.missing;
  sum_open bigint[] := p_cell.open;
  sum_unknown int[] := p_cell.unknown;
  -- The side that is counted: what stood before (-1), what stands now (+1).
  side int := -1;
  counts boolean := owed;
  carry bigint[] := p_old.carry;
  n bigint[] := p_old_n;
  d bigint[] := p_old_d;
  s smallint[] := p_old_s;
  slot int;
begin
  if owed then
    update standing t set recorded_to = p_at
    where t.obligation_id = p_obligation and t.basis = p_cell.basis and t.recorded_to is null;
  end if;
  if p_owes then insert into standing values (p_obligation, p_cell.basis, p_version, p_carry, p_at, null); end if;

  loop
    if counts then
      -- A milestone that has had its yes keeps it, whatever is said now short of saying it again.
      foreach slot in array coalesce(array_positions(carry, 1::bigint), '{}') loop
        continue when p_kinds[slot] not in ('once', 'yearly') or n[slot] = 1;
        sum_n[slot] := sum_n[slot] + side;
        sum_d[slot] := sum_d[slot] + side;
        sum_valued[slot] := sum_valued[slot] + side;
        if s is not null then s[slot] := null; end if;
      end loop;
      for slot in 1..coalesce(cardinality(s), 0) loop
        if s[slot] in (1, 2) then
          sum_n[slot] := sum_n[slot] + side * n[slot];
          sum_d[slot] := sum_d[slot] + side * coalesce(d[slot], 0);
          sum_valued[slot] := sum_valued[slot] + side;
          if s[slot] = 2 then sum_estimated[slot] := sum_estimated[slot] + side; end if;
        elsif s[slot] = 3 then
          sum_not_applicable[slot] := sum_not_applicable[slot] + side;
        elsif s[slot] = 0 and p_kinds[slot] <> 'text' then
          sum_missing[slot] := sum_missing[slot] + side;
        end if;
      end loop;
      -- A ratio without a value may still have the denominator that was accepted last.
      foreach slot in array array_positions(p_kinds, 'ratio') loop
        continue when s[slot] > 0;
        if carry[slot] is null then
          sum_unknown[slot] := sum_unknown[slot] + side;
        else
          sum_open[slot] := sum_open[slot] + side * carry[slot];
        end if;
      end loop;
    end if;
    exit when side > 0;
    side := 1;
    counts := p_owes;
    carry := p_carry;
    n := p_n;
    d := p_d;
    s := p_s;
  end loop;

  update cell k
  set (recorded_at, expected, reported, n, d, valued, estimated, not_applicable, missing, open, unknown)
    = (p_at, all_expected, all_reported, sum_n, sum_d, sum_valued, sum_estimated, sum_not_applicable, sum_missing, sum_open,
       sum_unknown)
  where k.round_id = p_cell.round_id and k.parent_id = p_cell.parent_id and k.basis = p_cell.basis;
  insert into cell_history
  values (p_cell.round_id, p_cell.parent_id, p_cell.basis, p_at, all_expected, all_reported, sum_n, sum_d, sum_valued,
    sum_estimated, sum_not_applicable, sum_missing, sum_open, sum_unknown);
  return p_owes;
end $$;

-- Decides what stands for an obligation on each basis and moves the cells where that changed; what the unit's next round
-- carries over may change with it, so that one is decided anew too. Every step of the lifecycle ends here, but for
-- submitting, which knows the answer (docs/semantics.md §3).
create or replace function restand(p_obligation int, p_at timestamptz) returns void language plpgsql as $$
declare
  o obligation;
  asked text[];
  newest report_version;
  accepted bigint;
  received bigint;
  before record;
  b text;
  version report_version;
  carry bigint[];
  old standing;
  stood report_version;
  held cell;
  changed boolean := false;
begin
  select * into strict o from obligation where id = p_obligation;
  select r.kinds into strict asked from round r where r.id = o.round_id;
  select * into newest from report_version where obligation_id = p_obligation order by number desc limit 1;
  if o.state = 'owed' then
    select id into accepted from report_version where obligation_id = p_obligation and state = 'accepted';
    received := case when newest.state in ('submitted', 'accepted') then newest.id else accepted end;
  end if;
  select * into before from neighbour(p_obligation, false);

  foreach b in array array['accepted', 'received'] loop
    old := null;
    select * into old from standing where obligation_id = p_obligation and basis = b and recorded_to is null;
    version := null;
    select * into version from report_version where id = case b when 'accepted' then accepted else received end;
    carry := case when o.state = 'owed' and before.obligation_id is not null then carry_from(before.obligation_id, b, before.same_year) end;
    if (old.obligation_id is null) = (o.state = 'owed') or old.version_id is distinct from version.id or old.carry is distinct from carry then
      changed := true;
      stood := null;
      select * into stood from report_version where id = old.version_id;
      select * into strict held from cell where round_id = o.round_id and parent_id = o.parent_id and basis = b;
      perform stand(o.id, o.state = 'owed', asked, held, old, stood.n, stood.d, stood.s,
        version.id, version.n, version.d, version.s, carry, p_at);
    end if;
  end loop;

  update obligation
  set changed_at = p_at, newest_number = coalesce(newest.number, 0), newest_state = newest.state,
      first_received_at = (select min(v.received_at) from report_version v
                           where v.obligation_id = p_obligation and v.state <> 'withdrawn')
  where id = p_obligation;
  if changed then perform restand(n.obligation_id, p_at) from neighbour(p_obligation, true) n; end if;
end $$;

-- Stores a new version of a report and moves the totals, in one transaction.
-- p_round, p_parent, p_later: the obligation's collection, and whether its unit owes later rounds, as ground_of told; if that
-- is no longer so, nothing is done and the call is to be made anew (serialization_failure).
-- p_expected: the number of the version it replaces (0 = the first). p_notes: [{indicatorId, note, documentNumber,
-- documentDate}], p_narratives: [{indicatorId, body}]. Answers {versionId, number, state, receivedAt, recordedAt,
-- dueBefore, onTime, findings}; the same key with the same payload gives the stored answer again.
create function submit_report(
  p_account int, p_obligation int, p_round int, p_parent int, p_later boolean, p_expected int, p_key text, p_hash text,
  p_n bigint[], p_d bigint[], p_s smallint[], p_notes jsonb, p_narratives jsonb,
  p_comment text, p_header jsonb, p_findings jsonb,
  p_received_at timestamptz, p_clock timestamptz, p_address text
) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  announced boolean := begin_recording();
  at timestamptz;
  closed timestamptz;
  o obligation;
  asked text[];
  followed boolean;
  earlier_hash text;
  old standing;
  old_n bigint[];
  old_d bigint[];
  old_s smallint[];
  held cell;
  version bigint;
  stands boolean;
  next_number int;
  first_received timestamptz;
  answer jsonb;
begin
  if p_later then
    select l.recorded_at, l.closed_at into strict at, closed from lock_with_later(p_obligation, p_clock) l;
  else
    update collection c set last_recorded_at = greatest(record_instant(p_clock), c.last_recorded_at + interval '1 microsecond')
    where c.round_id = p_round and c.parent_id = p_parent
    returning c.last_recorded_at, c.closed_at into strict at, closed;
  end if;

  -- Statements of their own: what they read was committed before the lock was had. One for each table, since a join of them
  -- all costs more to start than they do.
  select * into strict o from obligation b where b.id = p_obligation;
  select r.kinds, exists (select from round y where y.programme_id = r.programme_id and y.data_to > r.data_to)
  into strict asked, followed from round r where r.id = p_round;
  if o.round_id <> p_round or o.parent_id <> p_parent or (followed and not p_later and owes_later(o)) then
    raise exception 'the obligation is no longer as it was found' using errcode = 'serialization_failure';
  end if;
  if p_key is not null then
    select k.hash, k.answer into earlier_hash, answer from idempotency k
      where k.account_id = p_account and k.operation = 'report.submit' and k.key = p_key;
  end if;
  -- One condition for all that may be in the way: each costs a little, and nearly nobody meets one.
  if answer is not null or closed is not null or o.state <> 'owed' or p_expected <> o.newest_number then
    if answer is not null then
      if earlier_hash <> p_hash then perform refuse('idempotency.mismatch', jsonb_build_object('key', p_key)); end if;
      return answer;
    end if;
    perform require_open(o, closed);
    if p_expected <> o.newest_number then
      perform refuse('report.stale', jsonb_build_object('expected', p_expected, 'actual', o.newest_number));
    end if;
  end if;
  select * into old from standing t where t.obligation_id = p_obligation and t.basis = 'received' and t.recorded_to is null;
  if old.version_id is not null then
    select v.n, v.d, v.s into strict old_n, old_d, old_s from report_version v where v.id = old.version_id;
  end if;
  select * into strict held from cell k where k.round_id = p_round and k.parent_id = p_parent and k.basis = 'received';
  next_number := o.newest_number + 1;
  first_received := least(o.first_received_at, p_received_at);

  -- Submitting leads from every state to the same one (lifecycle_step).
  if o.newest_state = 'submitted' then
    with superseded as (
      update report_version set state = 'superseded' where obligation_id = p_obligation and state = 'submitted' returning id
    )
    insert into transition (version_id, to_state, account_id, recorded_at)
    select id, 'superseded', p_account, at from superseded;
  end if;
  insert into report_version (obligation_id, number, state, n, d, s, comment, header, findings, account_id, received_at, recorded_at)
  values (p_obligation, next_number, 'submitted', p_n, p_d, p_s, p_comment, p_header, p_findings, p_account, p_received_at, at)
  returning id into version;
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
  -- An assignment, because PERFORM makes a query of the call, which costs as much again.
  stands := stand(p_obligation, true, asked, held, old, old_n, old_d, old_s, version, p_n, p_d, p_s, old.carry, at);
  update obligation
  set changed_at = at, newest_number = next_number, newest_state = 'submitted', first_received_at = first_received
  where id = p_obligation;
  if p_later then perform restand(n.obligation_id, at) from neighbour(p_obligation, true) n; end if;

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

-- The same for several reports that arrived together, each as if it had come alone, in the order given: one transaction, and
-- all or nothing. No report waits here for a lock that somebody holds: one whose collection is held just now is left out, to be
-- sent alone. n, d, s: arrays as text. Gives the places (from 1) and answers of those stored.
create function submit_reports(
  p_accounts int[], p_obligations int[], p_rounds int[], p_parents int[], p_expected int[], p_keys text[], p_hashes text[],
  p_n text[], p_d text[], p_s text[], p_notes jsonb[], p_narratives jsonb[],
  p_comments text[], p_headers jsonb[], p_findings jsonb[],
  p_received_at timestamptz[], p_clock timestamptz, p_addresses text[]
) returns table (place int, answer jsonb) language plpgsql security definer set search_path = public, pg_temp as $$
declare
  announced boolean := begin_recording();
  held int[];
begin
  select array_agg(w.place order by w.place) into held
  from unnest(p_rounds, p_parents) with ordinality as w (round_id, parent_id, place)
  cross join lateral (
    select from collection l where l.round_id = w.round_id and l.parent_id = w.parent_id for update skip locked
  ) l;
  foreach place in array coalesce(held, '{}') loop
    answer := submit_report(p_accounts[place], p_obligations[place], p_rounds[place], p_parents[place], false, p_expected[place],
      p_keys[place], p_hashes[place], p_n[place]::bigint[], p_d[place]::bigint[], p_s[place]::smallint[], p_notes[place],
      p_narratives[place], p_comments[place], p_headers[place], p_findings[place], p_received_at[place], p_clock, p_addresses[place]);
    return next;
  end loop;
end $$;

-- Whether the unit owes later rounds too: these carry over what it reports here.
create function owes_later(o obligation) returns boolean language sql stable
return exists (select from round r join round y on y.programme_id = r.programme_id and y.data_to > r.data_to
               join obligation x on x.unit_id = o.unit_id and x.round_id = y.id where r.id = o.round_id);
