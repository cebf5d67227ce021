-- Rounds: who owes and until when, opening, closing with the figures as they stand, and reopening (docs/semantics.md §1, §6).
-- What is written when one opens (begin_round, fill_round) and what a close keeps (canonical_figures): 20261124010000-sums.sql.

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
