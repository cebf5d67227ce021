-- The second wall: row-level security by the caller's scope. The API works as the role bao_cao_57_api, which owns nothing
-- and cannot bypass the policies below; with every statement it says whose scope it works in (libs/core/src/scope.ts), so
-- that a question that forgets its join with the caller's units still finds no rows of others. The worker and the commands
-- work as the owner of the tables, whom policies do not bind; the worker takes the role for what it reads into a file.
--
-- The scope is the id of the caller's unit in the setting app.scope: its rows and those of every unit that stands or ever
-- stood below it. '-1' is everybody's (the nation's callers); unset is nobody's. A role for reporting tools is told once:
-- alter role … set app.scope = '-1'.
create function scope_unit() returns int language sql stable parallel safe
return nullif(current_setting('app.scope', true), '')::int;

-- A unit's ancestors of all times, so that a policy needs one row by its key: today's reach is decided by the first wall.
alter table org_unit add column above int[] not null default '{}';
comment on column org_unit.above is 'the unit itself and every unit that stands or ever stood above it: what the second wall asks';

create function follow_lineage() returns trigger language plpgsql as $$
begin
  -- Parents before children: a level is whole before the next one builds on it.
  for depth in 0..3 loop
    with known as (
      select u.id, array(
        select distinct a.id from (
          select u.id union all select unnest(p.above) from org_unit_state s join org_unit p on p.id = s.parent_id where s.unit_id = u.id
        ) a (id) order by 1) as above
      from org_unit u
      where u.level = depth and (u.id in (select unit_id from changed)
        or exists (select from unnest(u.above) a (id) where a.id in (select unit_id from changed)))
    )
    update org_unit u set above = known.above from known where known.id = u.id and known.above is distinct from u.above;
  end loop;
  return null;
end $$;
create trigger org_unit_state_lineage_insert after insert on org_unit_state
  referencing new table as changed for each statement execute function follow_lineage();
create trigger org_unit_state_lineage_update after update on org_unit_state
  referencing new table as changed for each statement execute function follow_lineage();
-- The units that are there already: touching one state of each makes the trigger see them.
update org_unit_state set kind = kind;

-- One policy a table, for reading and writing alike. Each asks whose scope it is once a statement.
do $$
declare
  below constant text := 'exists (select from org_unit u where u.id = %1$s.%2$s and (select scope_unit()) = any(u.above))';
  over constant text := '%1$s.%2$s = any((select me.above from org_unit me where me.id = scope_unit())::int[])';
  known constant text := 'exists (select from %3$s p where p.id = %1$s.%2$s)';
  t record;
begin
  for t in
    -- Of a unit: seen by it and those above it.
    select x.name, format(below, x.name, x.col) as clause
    from (values ('obligation', 'unit_id'), ('cell', 'parent_id'), ('cell_history', 'parent_id'), ('closing', 'parent_id'),
                 ('contact', 'unit_id'), ('reminder', 'unit_id'), ('schedule', 'unit_id'), ('summary_file', 'unit_id'),
                 ('recipient', 'unit_id'), ('event', 'unit_id')) as x (name, col)
    -- And by those below it: whether their round is closed, the plans they stand under, who reviewed them.
    union all
    select x.name, format(below || ' or ' || over, x.name, x.col)
    from (values ('collection', 'parent_id'), ('plan_version', 'unit_id'), ('duty', 'unit_id'), ('account', 'unit_id')) as x (name, col)
    -- Part of a row that has a policy: seen by whoever sees that one.
    union all
    select x.name, format(known, x.name, x.col, x.whole)
    from (values ('report_version', 'obligation_id', 'obligation'), ('standing', 'obligation_id', 'obligation'),
                 ('extension', 'obligation_id', 'obligation'), ('obligation_change', 'obligation_id', 'obligation'),
                 ('draft', 'obligation_id', 'obligation'), ('figure_note', 'version_id', 'report_version'),
                 ('narrative', 'version_id', 'report_version'), ('transition', 'version_id', 'report_version'),
                 ('scan', 'version_id', 'report_version'), ('target', 'plan_version_id', 'plan_version'),
                 ('schedule_run', 'schedule_id', 'schedule'), ('download_link', 'file_id', 'summary_file')) as x (name, col, whole)
    union all
    select 'delivery', format(known, 'delivery', 'schedule_id', 'schedule') || ' or ' || format(known, 'delivery', 'reminder_id', 'reminder')
    -- Keys and answers of an account: not for those below it.
    union all
    select x.name, format('exists (select from account a join org_unit u on u.id = a.unit_id
      where a.id = %s.account_id and (select scope_unit()) = any(u.above))', x.name)
    from (values ('api_token'), ('idempotency')) as x (name)
  loop
    execute format('alter table %I enable row level security', t.name);
    execute format('create policy %I on %I using ((select scope_unit()) = -1 or %s) %s', t.name || '_scope', t.name, t.clause,
      -- What was done is on record whoever did it.
      case t.name when 'event' then 'with check (true)' else '' end);
  end loop;
end $$;

-- Views show what the one who asks may see, not what their owner may.
alter view figures set (security_invoker = true);
alter view step_taken set (security_invoker = true);
alter view unreported set (security_invoker = true);

-- What moves totals sums the reports of many units and takes locks that others hold too: it works as the owner. Whoever
-- calls it names an obligation or a collection, whose id the caller finds within its scope only.
do $$
declare
  f regprocedure;
begin
  for f in
    select p.oid from pg_proc p where p.pronamespace = 'public'::regnamespace and p.proname in (
      'submit_report', 'step_report', 'extend_obligation', 'save_draft', 'open_round', 'open_ad_hoc_round', 'close_round', 'reopen_round',
      'follow_succession', 'follow_due_successions', 'release_local_unit',
      -- When to record and answer is decided by what everybody recorded.
      'recording_horizon', 'latest_record',
      -- A commune's proposal counts local units of those that were merged into it.
      'local_reports')
  loop
    execute format('alter function %s security definer set search_path = public, pg_temp', f);
  end loop;
end $$;

-- Who holds the token with this hash: asked before anybody's scope is known.
create function token_holder(p_hash bytea)
returns table (id int, prefix text, expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz,
  account_id int, role text, unit_id int, code text, level smallint)
language plpgsql stable security definer set search_path = public, pg_temp rows 1 as $$
begin
  return query
  select t.id, t.prefix, t.expires_at, coalesce(t.revoked_at, a.disabled_at), t.last_used_at, a.id, a.role, a.unit_id, u.code, u.level
  from api_token t join account a on a.id = t.account_id join org_unit u on u.id = a.unit_id
  where t.hash = p_hash;
end $$;

-- The role that all this binds, and what it may (raise_second_wall): 20261124020000-submissions.sql.
