-- The steps of a report under the lock of its collection: submitted, accepted, returned, withdrawn. Each is one call, in
-- one transaction with what it moves (docs/semantics.md §3).

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
  held record := lock_collection(p_obligation, p_clock);
  at timestamptz := held.recorded_at;
  o obligation := held.o;
  earlier_hash text;
  version bigint;
  stands boolean;
  next_number int := o.newest_number + 1;
  first_received timestamptz := least(o.first_received_at, p_received_at);
  answer jsonb;
begin
  if p_key is not null then
    select k.hash, k.answer into earlier_hash, answer from idempotency k
      where k.account_id = p_account and k.operation = 'report.submit' and k.key = p_key;
  end if;
  -- One condition for all that may be in the way: each costs a little, and nearly nobody meets one.
  if answer is not null or held.closed_at is not null or o.state <> 'owed' or p_expected <> o.newest_number then
    if answer is not null then
      if earlier_hash <> p_hash then perform refuse('idempotency.mismatch', jsonb_build_object('key', p_key)); end if;
      return answer;
    end if;
    perform require_open(o, held.closed_at);
    if p_expected <> o.newest_number then
      perform refuse('report.stale', jsonb_build_object('expected', p_expected, 'actual', o.newest_number));
    end if;
  end if;
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
  stands := stand(o, held.kinds, 'received', version, p_n, p_d, p_s, false, null, at);
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
