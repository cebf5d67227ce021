-- Drafts, and the scanned signed copies of reports (docs/semantics.md §3). A draft is the unit's own paper on the desk:
-- kept as it was sent, whole or in part, counted nowhere. A report that came on paper is a version whose header names
-- its day of receipt; its number and date are the header's own.
create table draft (
  id            int generated always as identity constraint draft_pk primary key,
  obligation_id int not null constraint draft_obligation references obligation,
  based_on      smallint not null,
  revision      int not null,
  content       jsonb not null,
  account_id    int not null constraint draft_account references account,
  started_at    timestamptz not null,
  saved_at      timestamptz not null,
  ended_at      timestamptz,
  constraint draft_interval check (ended_at is null or ended_at >= started_at)
);
create unique index draft_one on draft (obligation_id) where ended_at is null;
create index draft_obligation_idx on draft (obligation_id);
create index draft_account_idx on draft (account_id);
comment on column draft.based_on is 'number of the version that was newest when it was saved; 0 = none';
comment on column draft.revision is 'counts the saves, so that two people at one draft do not overwrite each other';
comment on column draft.ended_at is 'submitted or thrown away';

-- Saves a draft over the revision it was loaded from (0 = there was none). Answers {revision, savedAt}.
-- @raises obligation.not_found | round.closed | report.stale | draft.stale
create function save_draft(p_account int, p_obligation int, p_based_on int, p_revision int, p_content jsonb, p_clock timestamptz)
returns jsonb language plpgsql as $$
declare
  o obligation;
  standing draft;
  at timestamptz;
begin
  perform begin_recording();
  -- In a rehearsal just before its instant, so that an answer for that instant knows of it.
  at := coalesce(p_clock - interval '1 microsecond', record_instant(null));
  select * into strict o from obligation where id = p_obligation;
  perform require_open(o, (select c.closed_at from collection c where c.round_id = o.round_id and c.parent_id = o.parent_id));
  if p_based_on <> o.newest_number then
    perform refuse('report.stale', jsonb_build_object('expected', p_based_on, 'actual', o.newest_number));
  end if;
  if p_revision = 0 then
    insert into draft (obligation_id, based_on, revision, content, account_id, started_at, saved_at)
    values (p_obligation, p_based_on, 1, p_content, p_account, at, at)
    on conflict (obligation_id) where ended_at is null do nothing returning * into standing;
  else
    update draft set based_on = p_based_on, revision = revision + 1, content = p_content, account_id = p_account,
      saved_at = greatest(at, saved_at)
    where obligation_id = p_obligation and ended_at is null and revision = p_revision returning * into standing;
  end if;
  if standing.id is null then
    perform refuse('draft.stale', jsonb_build_object('expected', p_revision,
      'actual', coalesce((select d.revision from draft d where d.obligation_id = p_obligation and d.ended_at is null), 0)));
  end if;
  return jsonb_build_object('revision', standing.revision, 'savedAt', standing.saved_at);
end $$;

create table scan (
  id          int generated always as identity constraint scan_pk primary key,
  version_id  bigint not null constraint scan_version references report_version,
  file_name   text not null,
  sha256      text not null constraint scan_sha256_form check (sha256 ~ '^[0-9a-f]{64}$'),
  bytes       int not null constraint scan_bytes_positive check (bytes > 0),
  account_id  int not null constraint scan_account references account,
  recorded_at timestamptz not null,
  constraint scan_once unique (version_id, sha256)
);
create index scan_account_idx on scan (account_id);
comment on table scan is 'scanned signed copies of a version; the file lies under its hash in VAR_DIR/scans';

-- What came on paper names the paper.
alter table report_version add constraint report_version_paper_named check (
  not header ? 'receivedOn' or (coalesce(header->>'documentNumber', '') <> '' and coalesce(header->>'documentDate', '') <> ''));
