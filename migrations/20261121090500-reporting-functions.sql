-- The rules that must hold under concurrency, as functions of several statements each. In READ COMMITTED every
-- statement of a VOLATILE plpgsql function sees what was committed before it began: so the lock is one statement, and
-- what depends on it comes in later ones. A refusal is raised with SQLSTATE P5700, its code as the message and its
-- details as JSON; libs/reporting turns it into a Problem.

create function refuse(code text, details jsonb) returns void language plpgsql as $$
begin
  raise exception using errcode = 'P5700', message = code, detail = details::text;
end $$;

-- What one figure of an obligation adds to its parent's totals, from the version that stands (all null: nothing reported)
-- and what is carried over: the definition. adds_of says it of a whole report.
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

-- restand, which decides what counts from now on and moves the cells: 20261124020000-submissions.sql.

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
