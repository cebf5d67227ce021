-- Files on demand: of any kind, as of any instant, with progress; the same file for the same request; and links to
-- download one that expire.
alter table summary_file
  add column kind text not null default 'province_summary' constraint summary_file_kind_form check (kind ~ '^[a-z_]+$'),
  add column wished_as_of timestamptz,
  add column progress jsonb;
create index summary_file_request_idx on summary_file (unit_id, round_id, kind, id desc) where schedule_id is null;
create index summary_file_unfinished_idx on summary_file (account_id) where schedule_id is null and status in ('requested', 'running');
comment on column summary_file.wished_as_of is 'the instant asked for; null = of the round''s close, else of when it is made';
comment on column summary_file.progress is '{done, total, vi, en}: how far the making has come';

-- Whether anything that a file of this unit and round shows may have been recorded after an instant: reports and
-- extensions (they move the collection's instant), closes, units, plans.
create function recorded_after(p_unit int, p_round int, p_at timestamptz, p_day date) returns boolean language sql stable as $$
  select exists (select from collection c where c.round_id = p_round
                   and (p_unit in (select unit_id from lineage(c.parent_id, p_day)) or c.parent_id in (select unit_id from lineage(p_unit, p_day)))
                   and (c.last_recorded_at > p_at or c.closed_at > p_at))
    or exists (select from closing c where c.round_id = p_round and greatest(c.closed_at, c.reopened_at) > p_at)
    or exists (select from plan_version v where v.recorded_from > p_at or v.recorded_to > p_at)
    or exists (select from org_unit_state s where s.recorded_from > p_at or s.recorded_to > p_at)
    or exists (select from programme p where p.recorded_at > p_at)
$$;

create table download_link (
  hash       bytea constraint download_link_pk primary key constraint download_link_hash_sha256 check (length(hash) = 32),
  file_id    int not null constraint download_link_file references summary_file,
  account_id int not null constraint download_link_account references account,
  created_at timestamptz not null,
  expires_at timestamptz not null constraint download_link_expires_later check (expires_at > created_at)
);
create index download_link_file_idx on download_link (file_id);
create index download_link_account_idx on download_link (account_id);
create index download_link_expires_idx on download_link (expires_at);
comment on table download_link is 'SHA-256 of a secret in an address: opens one file, for one account, for a while';
