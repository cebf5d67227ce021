-- The steps of a report under the lock of its collection: accepted, returned, withdrawn; for submitted see
-- 20261124020000-submissions.sql. Each is one call, in one transaction with what it moves (docs/semantics.md §3).

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
