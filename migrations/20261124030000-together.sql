-- What many requests ask at once is answered in one statement each (libs/core/src/gathering.ts): starting a statement costs
-- several times what it then does for one unit. All work as the owner: who calls is asked before anybody's scope is known, and
-- under the policies of the second wall the ground cost three times as much to plan as to answer. What they tell is of the
-- units that they are asked for alone, and the API asks for the callers' own.
drop function if exists ground_of(int, int, text), token_holder(bytea, inet);

-- Who holds the tokens with these hashes. p_addresses: whence each comes, null = from nowhere known. place: from 1.
create function token_holders(p_hashes bytea[], p_addresses inet[])
returns table (place int, id int, prefix text, expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz,
  verbs text[], addresses text[], here boolean, account_id int, role text, valid_from text, valid_until text,
  unit_id int, code text, level smallint)
language plpgsql stable security definer set search_path = public, pg_temp rows 4 as $$
begin
  return query
  select x.place::int, t.id, t.prefix, t.expires_at, coalesce(t.revoked_at, a.disabled_at), t.last_used_at,
    t.verbs, t.addresses::text[], t.addresses is null or coalesce(x.address <<= any(t.addresses), false),
    a.id, a.role, a.valid_from::text, a.valid_until::text, a.unit_id, u.code, u.level
  from unnest(p_hashes, p_addresses) with ordinality as x (hash, address, place)
  join api_token t on t.hash = x.hash join account a on a.id = t.account_id join org_unit u on u.id = a.unit_id;
end $$;

-- What submissions are checked against (libs/reporting/src/ground.ts), for each unit that owes its round. n, d, s: figures of
-- the last half-year's report that stands. carry: what earlier rounds carry over. parent_id, later: what submit_report is to
-- lock. place: from 1.
create function grounds_of(p_units int[], p_programmes text[], p_rounds text[])
returns table (place int, programme_id int, obligation_id int, due_before timestamptz, round_id int, parent_id int, later boolean,
  n bigint[], d bigint[], s smallint[], carry bigint[], local_kind text, asks_below boolean)
language plpgsql stable security definer set search_path = public, pg_temp rows 4 as $$
begin
  return query
  select a.place::int, p.id, o.id, o.due_before, r.id, o.parent_id,
    exists (select from round y where y.programme_id = p.id and y.data_to > r.data_to
            and (select true from obligation x where x.unit_id = a.unit_id and x.round_id = y.id limit 1)),
    last.n, last.d, last.s, b.carry,
    case when u.level = 3 then (select k.kind from org_unit_known(a.unit_id, o.due_on) k) end,
    exists (select from collection c where c.round_id = r.id and c.parent_id = a.unit_id)
      or exists (select from succession f where f.successor_id = a.unit_id)
  from unnest(p_units, p_programmes, p_rounds) with ordinality as a (unit_id, programme, round, place)
  join programme p on p.code = a.programme
  join round r on r.programme_id = p.id and r.code = a.round
  join obligation o on o.unit_id = a.unit_id and o.round_id = r.id and o.state = 'owed'
  join org_unit u on u.id = a.unit_id
  left join standing b on b.obligation_id = o.id and b.basis = 'received' and b.recorded_to is null
  left join lateral (
    -- From the latest round back, and no further than to the first with a report.
    select v.n, v.d, v.s
    from (select y.id, y.data_to from round y
          where y.programme_id = p.id and y.data_to < r.data_to and y.year is not null order by y.data_to desc) y
    join obligation x on x.unit_id = a.unit_id and x.round_id = y.id
    join standing t on t.obligation_id = x.id and t.basis = 'received' and t.recorded_to is null
    join report_version v on v.id = t.version_id
    order by y.data_to desc limit 1
  ) last on true;
end $$;

-- Stores first reports that arrived together, as submit_report stores each, in one transaction: all or nothing. Only where
-- nothing is in the way and nobody has to wait: a report whose collection is held by somebody just now, that replaces another,
-- whose key is taken, whose round is closed or followed, that carries over something else than it was told, is left out; it
-- goes alone, and is told there what there is to tell. A collection's reports are recorded a microsecond apart, in the order
-- given. n, d, s, carry: arrays as text. Gives the places (from 1) of those stored, and what their senders are told.
create function submit_reports(
  p_accounts int[], p_obligations int[], p_rounds int[], p_parents int[], p_keys text[], p_hashes text[],
  p_n text[], p_d text[], p_s text[], p_carry text[], p_adds numeric[], p_notes jsonb[], p_narratives jsonb[],
  p_comments text[], p_headers jsonb[], p_findings jsonb[],
  p_received_at timestamptz[], p_clock timestamptz, p_addresses text[]
) returns table (place int, number int, received_at timestamptz, recorded_at timestamptz, due_before timestamptz, on_time boolean,
  findings jsonb) language plpgsql security definer set search_path = public, pg_temp rows 4 as $$
#variable_conflict use_column
declare
  announced boolean := begin_recording();
  held bigint[];
begin
  select array_agg(w.place) into held
  from unnest(p_rounds, p_parents) with ordinality as w (round_id, parent_id, place)
  cross join lateral (
    select from collection l where l.round_id = w.round_id and l.parent_id = w.parent_id for update skip locked
  ) l;
  if held is null then return; end if;

  -- A statement of its own: what it reads was committed before the locks were had.
  return query
  with plain as materialized (
    select distinct on (o.id) x.*, o.unit_id, o.due_before, x.received_at < o.due_before as on_time
    from unnest(p_accounts, p_obligations, p_rounds, p_parents, p_keys, p_hashes, p_n, p_d, p_s, p_carry, p_adds, p_notes,
      p_narratives, p_comments, p_headers, p_findings, p_received_at, p_addresses) with ordinality as x (account_id, obligation_id,
      round_id, parent_id, key, hash, n, d, s, carry, adds, notes, narratives, comment, header, findings, received_at, address, place)
    join obligation o on o.id = x.obligation_id and o.newest_number = 0 and o.first_received_at is null and o.state = 'owed'
      and o.round_id = x.round_id and o.parent_id = x.parent_id
    join collection c on c.round_id = x.round_id and c.parent_id = x.parent_id and c.closed_at is null and not c.followed
    join standing t on t.obligation_id = o.id and t.basis = 'received' and t.recorded_to is null and t.version_id is null
      and t.carry is not distinct from x.carry::bigint[]
    where x.place = any(held) and x.adds is not null
      and not exists (select from report_version v where v.account_id = x.account_id and v.idempotency_key = x.key)
    order by o.id, x.place
  ), stamped as (
    update collection c
    set last_recorded_at = greatest(
        case when p_clock is null then next_instant(m.many * interval '1 microsecond') - m.more
             else greatest(p_clock, latest_record() + interval '1 microsecond') end,
        c.last_recorded_at + interval '1 microsecond') + m.more
    from (select round_id, parent_id, count(*) as many, (count(*) - 1) * interval '1 microsecond' as more
          from plain group by round_id, parent_id) m
    where c.round_id = m.round_id and c.parent_id = m.parent_id
    returning c.round_id, c.parent_id, c.last_recorded_at - m.more as since
  ), timed as materialized (
    select p.*, s.since + (row_number() over w - 1) * interval '1 microsecond' as at, k.expected,
      k.reported + row_number() over w as reported, k.sums + sum(p.adds) over w as sums
    from plain p
    join stamped s on s.round_id = p.round_id and s.parent_id = p.parent_id
    cross join lateral (
      select k.expected, k.reported, k.sums from cell k
      where k.round_id = p.round_id and k.parent_id = p.parent_id and k.basis = 'received' order by k.recorded_at desc limit 1
    ) k
    window w as (partition by p.round_id, p.parent_id order by p.place)
  ), moved as (
    insert into cell (round_id, parent_id, basis, recorded_at, expected, reported, sums)
    select round_id, parent_id, 'received', at, expected, reported, sums from timed
  ), version as (
    insert into report_version (obligation_id, number, state, n, d, s, comment, header, findings, account_id, received_at,
      recorded_at, idempotency_key, request_hash, told_due_before, told_on_time)
    select obligation_id, 1, 'submitted', n::bigint[], d::bigint[], s::smallint[], comment, header, findings, account_id, received_at,
      at, key, hash, due_before, on_time
    from timed
    returning id, obligation_id
  ), stored as materialized (
    select v.id, x.* from version v join timed x using (obligation_id)
  ), noted as (
    insert into figure_note (version_id, indicator_id, note, document_number, document_date)
    select x.id, f."indicatorId", f.note, f."documentNumber", f."documentDate"
    from stored x cross join lateral jsonb_to_recordset(x.notes) as f
      ("indicatorId" int, note text, "documentNumber" text, "documentDate" date)
  ), narrated as (
    insert into narrative (version_id, indicator_id, body)
    select x.id, f."indicatorId", f.body
    from stored x cross join lateral jsonb_to_recordset(x.narratives) as f ("indicatorId" int, body text)
  ), ended as (
    update standing t set recorded_to = x.at from timed x
    where t.obligation_id = x.obligation_id and t.basis = 'received' and t.recorded_to is null
  ), begun as (
    insert into standing select obligation_id, 'received', id, carry::bigint[], at, null from stored
  ), owed as (
    update obligation o
    set changed_at = x.at, newest_number = 1, newest_state = 'submitted', first_received_at = x.received_at
    from timed x where o.id = x.obligation_id
  ), told as (
    insert into event (verb, account_id, unit_id, subject, address, recorded_at)
    select 'report.submitted', account_id, unit_id,
      jsonb_build_object('obligation', obligation_id, 'version', id, 'number', 1), address, at
    from stored order by at
  )
  select x.place::int, 1, x.received_at, x.at, x.due_before, x.on_time, x.findings from stored x;
end $$;
