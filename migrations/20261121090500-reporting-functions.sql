-- The rules that must hold under concurrency, as functions of several statements each. In READ COMMITTED every
-- statement of a VOLATILE plpgsql function sees what was committed before it began: so the lock is one statement, and
-- what depends on it comes in later ones. A refusal is raised with SQLSTATE P5700, its code as the message and its
-- details as JSON; libs/reporting turns it into a Problem.

create function refuse(code text, details jsonb) returns void language plpgsql as $$
begin
  raise exception using errcode = 'P5700', message = code, detail = details::text;
end $$;

-- What one figure of an obligation adds to its parent's totals, from the version that stands (all null: nothing reported)
-- and what is carried over: the definition. Rebuilding asks it; moving (stand) says the same slot by slot.
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

-- Lets a version (null: nothing is reported) and a carry stand on a basis from now on, and moves the cell by what it adds
-- less what stood before added; where the unit no longer owes, nothing stands. p_kinds: what the round asks; p_n, p_d, p_s:
-- the figures of the version; p_recarried: whether what is carried over changes too, to p_carry. The caller holds the lock. What a figure adds is what contribution_of says, here slot by slot and in place: asked as one question over arrays it cost three times
-- as much, a third of a whole submission. cell_mismatch holds the two against each other.
create function stand(o obligation, p_kinds text[], p_basis basis, p_version bigint, p_n bigint[], p_d bigint[], p_s smallint[],
  p_recarried boolean, p_carry bigint[], p_at timestamptz)
returns boolean language plpgsql as $$
declare
  old standing;
  owed boolean;
  owes boolean := o.state = 'owed';
  all_expected int;
  all_reported int;
  sum_n bigint[];
  sum_d bigint[];
  sum_valued int[];
  sum_estimated int[];
  sum_not_applicable int[];
  sum_missing int[];
  sum_open bigint[];
  sum_unknown int[];
  -- The side that is counted: what stood before (-1), what stands now (+1).
  carry bigint[];
  n bigint[];
  d bigint[];
  s smallint[];
  slot int;
begin
  update standing set recorded_to = p_at where obligation_id = o.id and basis = p_basis and recorded_to is null
  returning * into old;
  owed := old.obligation_id is not null;
  if not p_recarried then p_carry := old.carry; end if;
  if owes then insert into standing values (o.id, p_basis, p_version, p_carry, p_at, null); end if;
  select c.expected + owes::int - owed::int, c.reported + (p_version is not null)::int - (old.version_id is not null)::int,
    c.n, c.d, c.valued, c.estimated, c.not_applicable, c.missing, c.open, c.unknown
  into strict all_expected, all_reported, sum_n, sum_d, sum_valued, sum_estimated, sum_not_applicable, sum_missing, sum_open, sum_unknown
  from cell c where c.round_id = o.round_id and c.parent_id = o.parent_id and c.basis = p_basis;

  for side in -1..1 by 2 loop
    if side < 0 then
      continue when not owed;
      carry := old.carry;
      n := null; d := null; s := null;
      if old.version_id is not null then
        select v.n, v.d, v.s into strict n, d, s from report_version v where v.id = old.version_id;
      end if;
    else
      continue when not owes;
      carry := p_carry;
      n := p_n; d := p_d; s := p_s;
    end if;

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
  end loop;

  update cell c
  set (recorded_at, expected, reported, n, d, valued, estimated, not_applicable, missing, open, unknown)
    = (p_at, all_expected, all_reported, sum_n, sum_d, sum_valued, sum_estimated, sum_not_applicable, sum_missing, sum_open,
       sum_unknown)
  where c.round_id = o.round_id and c.parent_id = o.parent_id and c.basis = p_basis;
  insert into cell_history
  values (o.round_id, o.parent_id, p_basis, p_at, all_expected, all_reported, sum_n, sum_d, sum_valued, sum_estimated,
    sum_not_applicable, sum_missing, sum_open, sum_unknown);
  return owes;
end $$;

-- Decides what stands for an obligation on each basis and moves the cells where that changed; what the unit's next round
-- carries over may change with it, so that one is decided anew too. Every step of the lifecycle ends here, but for
-- submitting, which knows the answer (docs/semantics.md §3).
create function restand(p_obligation int, p_at timestamptz) returns void language plpgsql as $$
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
      perform stand(o, asked, b, version.id, version.n, version.d, version.s, true, carry, p_at);
    end if;
  end loop;

  update obligation
  set changed_at = p_at, newest_number = coalesce(newest.number, 0), newest_state = newest.state,
      first_received_at = (select min(v.received_at) from report_version v
                           where v.obligation_id = p_obligation and v.state <> 'withdrawn')
  where id = p_obligation;
  if changed then perform restand(n.obligation_id, p_at) from neighbour(p_obligation, true) n; end if;
end $$;

-- Takes the lock of an obligation's collection, and of those of the unit's later rounds, since these carry over. Gives
-- the instant to record: the database's clock (or the rehearsed one), later than anything recorded there before; whether
-- the round is closed; the obligation as it is under the lock; what its round asks; whether the unit owes later rounds.
create function lock_collection(p_obligation int, p_clock timestamptz, out recorded_at timestamptz, out closed_at timestamptz,
  out o obligation, out kinds text[], out later boolean) language plpgsql as $$
declare
  announced boolean := begin_recording();
  before_round int;
  before_parent int;
begin
  select b.round_id, b.parent_id, r.kinds,
    exists (select from obligation x join round y on y.id = x.round_id and y.programme_id = r.programme_id and y.data_to > r.data_to
            where x.unit_id = b.unit_id)
  into strict before_round, before_parent, kinds, later
  from obligation b join round r on r.id = b.round_id where b.id = p_obligation;

  if later then
    select l.recorded_at, l.closed_at into strict recorded_at, closed_at from lock_with_later(p_obligation, p_clock) l;
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

-- The locks of an obligation's collection and of those of the unit's later rounds, in the order of their keys.
create function lock_with_later(p_obligation int, p_clock timestamptz, out recorded_at timestamptz, out closed_at timestamptz)
language plpgsql as $$
declare
  rounds int[];
  parents int[];
begin
  select array_agg(x.round_id), array_agg(x.parent_id) into strict rounds, parents
  from obligation b
  join round r on r.id = b.round_id
  join obligation x on x.unit_id = b.unit_id
  join round y on y.id = x.round_id and (y.id = r.id and x.id = b.id or y.programme_id = r.programme_id and y.data_to > r.data_to)
  where b.id = p_obligation;
  perform from collection c join unnest(rounds, parents) as w (round_id, parent_id) using (round_id, parent_id)
    order by c.round_id, c.parent_id for update of c;
  -- A statement of its own: what it reads was committed before the locks were had.
  select greatest(record_instant(p_clock), max(c.last_recorded_at) + interval '1 microsecond') into recorded_at
  from collection c join unnest(rounds, parents) as w (round_id, parent_id) using (round_id, parent_id);
  update collection c set last_recorded_at = lock_with_later.recorded_at
  from unnest(rounds, parents) as w (round_id, parent_id)
  where c.round_id = w.round_id and c.parent_id = w.parent_id;
  select c.closed_at into strict closed_at
  from obligation b join collection c on c.round_id = b.round_id and c.parent_id = b.parent_id where b.id = p_obligation;
end $$;
