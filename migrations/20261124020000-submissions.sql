-- Submitting, the step that everybody takes on the last evening, in few and cheap statements: what the API was told with the
-- ground is not looked up again but made sure of under the lock. Reports that arrive together: 20261124030000-together.sql.
drop function if exists submit_report(int, int, int, text, text, bigint[], bigint[], smallint[], jsonb, jsonb, text, jsonb, jsonb,
  timestamptz, timestamptz, text);
drop function if exists stand(obligation, text[], basis, bigint, bigint[], bigint[], smallint[], boolean, bigint[], timestamptz);

-- A version bears the key it was sent under, the hash of what was sent, and what its sender was told: the same key with the
-- same content is told the same again. That is a row less to write, and nothing to look up before a submission that is new.
-- What names the obligation and the account is written by submit_report alone, with both in hand; neither is ever deleted.
-- That figures are sound is asked by who hands them over, as it works out what they add (report-store.ts): the table's check
-- cost an eighth of a submission and was asked again with every step of a version. standing_mismatch tells of one that is not.
alter table report_version
  drop constraint report_version_obligation,
  drop constraint report_version_account,
  drop constraint report_version_figures_sound,
  add column idempotency_key idempotency_key,
  add column request_hash text,
  add column told_due_before timestamptz,
  add column told_on_time boolean,
  add constraint report_version_key_once unique (account_id, idempotency_key);
drop index report_version_account_idx;
-- Under the lock of its collection an obligation has one version to be reviewed and one standing interval that is open, by
-- the function that writes them; an index that says it again, by a column that every step changes, made each of them
-- write all indexes of the row. standing_mismatch tells of a second one.
drop index report_version_one_unreviewed, standing_one;
alter table standing set (fillfactor = 80);
update report_version v
set idempotency_key = k.key, request_hash = k.hash, told_due_before = (k.answer->>'dueBefore')::timestamptz,
    told_on_time = (k.answer->>'onTime')::boolean
from idempotency k where v.id = (k.answer->>'versionId')::bigint and k.operation = 'report.submit';
drop table idempotency;
comment on column report_version.request_hash is 'of everything that was sent under the key';
comment on column report_version.told_due_before is 'as the answer said when the version was stored; an extension may have moved it since';

-- What came on paper names the paper: said by the domain, since PostgreSQL reads a table's checks from their stored text with
-- every statement that writes to it.
alter table report_version drop constraint report_version_paper_named;
alter domain report_header add constraint report_header_paper_named check (
  not value ? 'receivedOn' or (coalesce(value->>'documentNumber', '') <> '' and coalesce(value->>'documentDate', '') <> ''));

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
  moves numeric;
  old standing;
  stood report_version;
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
      moves := 0;
      if o.state = 'owed' then
        select a.adds into strict moves from adds_of(asked, version.n, version.d, version.s, carry) a;
      end if;
      if old.obligation_id is not null then
        stood := null;
        select * into stood from report_version where id = old.version_id;
        select moves - a.adds into strict moves from adds_of(asked, stood.n, stood.d, stood.s, old.carry) a;
        update standing set recorded_to = p_at where obligation_id = p_obligation and basis = b and recorded_to is null;
      end if;
      -- A version (null: nothing is reported) and a carry stand from now on instead of what stood; where the unit no longer
      -- owes, nothing does. The cell moves by what they add less what stood before added.
      if o.state = 'owed' then insert into standing values (o.id, b, version.id, carry, p_at, null); end if;
      insert into cell (round_id, parent_id, basis, recorded_at, expected, reported, sums)
      select k.round_id, k.parent_id, k.basis, p_at, k.expected + (o.state = 'owed')::int - (old.obligation_id is not null)::int,
        k.reported + (version.id is not null)::int - (old.version_id is not null)::int, k.sums + moves
      from cell k where k.round_id = o.round_id and k.parent_id = o.parent_id and k.basis = b
      order by k.recorded_at desc limit 1;
      if not found then raise exception 'no cell for round %, parent %, %', o.round_id, o.parent_id, b; end if;
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
-- p_round, p_parent, p_later: the obligation's collection, and whether its unit owes later rounds, as grounds_of told; if that
-- is no longer so, nothing is done and the call is to be made anew (serialization_failure). p_adds: what a first report adds
-- to the sums where nothing stood, if p_carry is carried over; worked out by the API, since every commune's first report
-- comes on one evening, and held against the figures by cell_mismatch. null, or where that is not so: worked out here.
-- p_expected: the number of the version it replaces (0 = the first). p_notes: [{indicatorId, note, documentNumber,
-- documentDate}], p_narratives: [{indicatorId, body}]; null: none. Answers what the sender is told; the same key with the same content
-- is told the same again.
create function submit_report(
  p_account int, p_obligation int, p_round int, p_parent int, p_later boolean, p_expected int, p_key text, p_hash text,
  p_n bigint[], p_d bigint[], p_s smallint[], p_carry bigint[], p_adds numeric, p_notes jsonb, p_narratives jsonb,
  p_comment text, p_header jsonb, p_findings jsonb,
  p_received_at timestamptz, p_clock timestamptz, p_address text,
  out number int, out received_at timestamptz, out recorded_at timestamptz, out due_before timestamptz, out on_time boolean,
  out findings jsonb
) language plpgsql security definer set search_path = public, pg_temp as $$
declare
  announced boolean := begin_recording();
  closed timestamptz;
  followed boolean;
  unit int;
  stood bigint;
  carried bigint[];
  adds numeric := p_adds;
  version bigint;
begin
  if p_later then
    select l.recorded_at, l.closed_at into strict recorded_at, closed from lock_with_later(p_obligation, p_clock) l;
  else
    update collection c set last_recorded_at = greatest(record_instant(p_clock), c.last_recorded_at + interval '1 microsecond')
    where c.round_id = p_round and c.parent_id = p_parent
    returning c.last_recorded_at, c.closed_at, c.followed into strict recorded_at, closed, followed;
  end if;

  -- Statements of their own: what they read was committed before the lock was had. One for each table, since a join of them
  -- all costs more to start than they do; and what is written says what it was, so that nothing is read first.
  update obligation o
  set changed_at = submit_report.recorded_at, newest_number = p_expected + 1, newest_state = 'submitted',
      first_received_at = least(o.first_received_at, p_received_at)
  where o.id = p_obligation and o.newest_number = p_expected and o.state = 'owed' and o.round_id = p_round and o.parent_id = p_parent
    and (closed is null or o.reopened_at is not null)
  returning o.unit_id, o.due_before, o.first_received_at < o.due_before into unit, due_before, on_time;
  if unit is null then
    select * into number, received_at, recorded_at, due_before, on_time, findings
    from told_before(p_account, p_obligation, p_round, p_parent, p_expected, p_key, p_hash, closed);
    return;
  end if;
  update standing t set recorded_to = submit_report.recorded_at
  where t.obligation_id = p_obligation and t.basis = 'received' and t.recorded_to is null
  returning t.version_id, t.carry into strict stood, carried;
  if followed and owes_later(unit, p_round) then
    raise exception 'the obligation is no longer as it was found' using errcode = 'serialization_failure';
  end if;
  number := p_expected + 1;

  -- Submitting leads from every state to the same one (lifecycle_step).
  if p_expected > 0 then
    with superseded as (
      update report_version v set state = 'superseded' where v.obligation_id = p_obligation and v.state = 'submitted' returning v.id
    )
    insert into transition (version_id, to_state, account_id, recorded_at)
    select s.id, 'superseded', p_account, submit_report.recorded_at from superseded s;
  end if;
  insert into report_version (obligation_id, number, state, n, d, s, comment, header, findings, account_id, received_at, recorded_at,
    idempotency_key, request_hash, told_due_before, told_on_time)
  values (p_obligation, number, 'submitted', p_n, p_d, p_s, p_comment, p_header, p_findings, p_account, p_received_at, recorded_at,
    p_key, p_hash, due_before, on_time)
  returning id into version;
  if p_notes is not null then
    insert into figure_note (version_id, indicator_id, note, document_number, document_date)
    select version, x."indicatorId", x.note, x."documentNumber", x."documentDate"
    from jsonb_to_recordset(p_notes) as x ("indicatorId" int, note text, "documentNumber" text, "documentDate" date);
  end if;
  if p_narratives is not null then
    insert into narrative (version_id, indicator_id, body)
    select version, x."indicatorId", x.body from jsonb_to_recordset(p_narratives) as x ("indicatorId" int, body text);
  end if;

  -- The newest version, submitted, is what is received; what is accepted and what earlier rounds carry over stay as they are.
  if adds is null or stood is not null or carried is distinct from p_carry then
    select said.adds - was.adds into strict adds
    from round r
    left join report_version v on v.id = stood
    cross join lateral adds_of(r.kinds, p_n, p_d, p_s, carried) said
    cross join lateral adds_of(r.kinds, v.n, v.d, v.s, carried) was
    where r.id = p_round;
  end if;
  insert into standing values (p_obligation, 'received', version, carried, recorded_at, null);
  insert into cell (round_id, parent_id, basis, recorded_at, expected, reported, sums)
  select p_round, p_parent, 'received', submit_report.recorded_at, k.expected, k.reported + (stood is null)::int, k.sums + adds
  from cell k where k.round_id = p_round and k.parent_id = p_parent and k.basis = 'received'
  order by k.recorded_at desc limit 1;
  if not found then raise exception 'no cell for round %, parent %', p_round, p_parent; end if;
  if p_later then perform restand(n.obligation_id, submit_report.recorded_at) from neighbour(p_obligation, true) n; end if;
  insert into event (verb, account_id, unit_id, subject, address, recorded_at)
  values ('report.submitted', p_account, unit,
    jsonb_build_object('obligation', p_obligation, 'version', version, 'number', number), p_address, recorded_at);
  received_at := p_received_at;
  findings := p_findings;
end $$;

-- Of a submission that cannot be stored: what was told under its key if it has been stored before, else why it cannot.
create function told_before(p_account int, p_obligation int, p_round int, p_parent int, p_expected int, p_key text, p_hash text,
  p_closed timestamptz, out number int, out received_at timestamptz, out recorded_at timestamptz, out due_before timestamptz,
  out on_time boolean, out findings jsonb) language plpgsql as $$
declare
  o obligation;
  hash text;
begin
  select v.number, v.received_at, v.recorded_at, v.told_due_before, v.told_on_time, v.findings, v.request_hash
  into number, received_at, recorded_at, due_before, on_time, findings, hash
  from report_version v where v.account_id = p_account and v.idempotency_key = p_key;
  if found then
    if hash <> p_hash then perform refuse('idempotency.mismatch', jsonb_build_object('key', p_key)); end if;
    return;
  end if;
  select * into strict o from obligation x where x.id = p_obligation;
  if o.round_id <> p_round or o.parent_id <> p_parent then
    raise exception 'the obligation is no longer as it was found' using errcode = 'serialization_failure';
  end if;
  perform require_open(o, p_closed);
  perform refuse('report.stale', jsonb_build_object('expected', p_expected, 'actual', o.newest_number));
end $$;

-- Whether a unit owes rounds after this one too: these carry over what it reports here.
create function owes_later(p_unit int, p_round int) returns boolean language sql stable
return exists (select from round r join round y on y.programme_id = r.programme_id and y.data_to > r.data_to
               join obligation x on x.unit_id = p_unit and x.round_id = y.id where r.id = p_round);

-- Makes the role and gives it its rights; asked again after all migrations, for a role that the operator has made since.
-- Where the database's user may neither create nor take it, the first wall stands alone and the API says so as it starts.
create or replace function raise_second_wall() returns void language plpgsql as $$
begin
  begin
    if not exists (select from pg_roles where rolname = 'bao_cao_57_api') then
      create role bao_cao_57_api nologin noinherit nobypassrls;
    end if;
  exception when insufficient_privilege or duplicate_object or unique_violation then null;
  end;
  if not exists (select from pg_roles where rolname = 'bao_cao_57_api') then return; end if;
  begin
    if not (select rolsuper from pg_roles where rolname = current_user) then
      execute format('grant bao_cao_57_api to %I', current_user);
    end if;
  exception when insufficient_privilege or invalid_grant_operation then null;
  end;
  grant usage on schema public to bao_cao_57_api;
  grant select, insert, update, delete on all tables in schema public to bao_cao_57_api;
  alter default privileges in schema public grant select, insert, update, delete on tables to bao_cao_57_api;
  -- Only the functions above write these.
  revoke insert, update, delete on obligation, report_version, figure_note, narrative, transition, standing, cell,
    collection, closing, extension, obligation_change, lifecycle_step, seal, queue_identity, migrations from bao_cao_57_api;
  revoke update, delete on event from bao_cao_57_api;
  grant select, update on sequence last_instant, last_instant_by to bao_cao_57_api;
  -- To lock a version while its scans are counted; a generated key cannot be changed.
  grant update (id) on report_version to bao_cao_57_api;
end $$;
select raise_second_wall();
