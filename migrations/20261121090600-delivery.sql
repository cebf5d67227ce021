-- When the summary of a province is made and to whom it is mailed; the files made; and the ledger of the mails.
--
-- A run of a schedule is known by the instant it was due. One file for a run, one delivery for a run and recipient:
-- whatever is tried again finds what there is and does the rest.
create table schedule (
  id           int generated always as identity constraint schedule_pk primary key,
  unit_id      int not null constraint schedule_unit references org_unit,
  programme_id int not null constraint schedule_programme references programme,
  round_code   text,
  label        text not null constraint schedule_label_nfc check (label is nfc normalized and label <> ''),
  cron         text not null constraint schedule_cron_fields check (cron ~ '^\S+( +\S+){4}$'),
  recipients   text[] not null constraint schedule_recipients_some check (cardinality(recipients) > 0),
  account_id   int not null constraint schedule_account references account,
  created_at   timestamptz not null,
  paused_at    timestamptz
);
create index schedule_unit_idx on schedule (unit_id);
create index schedule_programme_idx on schedule (programme_id);
create index schedule_account_idx on schedule (account_id);
comment on column schedule.round_code is 'null = the round opened last, at the time of each run';
comment on column schedule.cron is 'minute hour day month weekday, in Asia/Ho_Chi_Minh';

create table summary_file (
  id           int generated always as identity constraint summary_file_pk primary key,
  unit_id      int not null constraint summary_file_unit references org_unit,
  round_id     int not null constraint summary_file_round references round,
  account_id   int not null constraint summary_file_account references account,
  schedule_id  int constraint summary_file_schedule references schedule,
  due_run      timestamptz,
  status       text not null constraint summary_file_status_known check (status in ('requested', 'running', 'ready', 'failed')),
  requested_at timestamptz not null,
  started_at   timestamptz,
  finished_at  timestamptz,
  as_of        timestamptz,
  file_name    text constraint summary_file_name_plain check (file_name ~ '^[A-Za-z0-9._-]+$'),
  sha256       text constraint summary_file_sha256_form check (sha256 ~ '^[0-9a-f]{64}$'),
  bytes        int constraint summary_file_bytes_positive check (bytes > 0),
  failure      jsonb,
  constraint summary_file_once_for_run unique (schedule_id, due_run),
  constraint summary_file_run_whole check ((schedule_id is null) = (due_run is null)),
  constraint summary_file_running_since check (status <> 'running' or started_at is not null),
  constraint summary_file_ready_whole check (
    status <> 'ready' or num_nulls(finished_at, as_of, file_name, sha256, bytes) = 0),
  constraint summary_file_failed_whole check (status <> 'failed' or num_nulls(finished_at, failure) = 0)
);
create index summary_file_unit_idx on summary_file (unit_id);
create index summary_file_round_idx on summary_file (round_id);
create index summary_file_account_idx on summary_file (account_id);
create index summary_file_running_idx on summary_file (started_at) where status = 'running';
comment on column summary_file.account_id is 'on whose behalf the figures are read';
comment on column summary_file.file_name is 'ASCII, as a recipient sees it; on disk a file lies under its hash';
comment on column summary_file.failure is '{vi, en}: why it failed';

-- The ledger. A row goes to 'sending' in a transaction of its own before the dialogue with the mail server begins, so
-- that a crash leaves a trace: what is found in 'sending' afterwards may have arrived, becomes 'unknown', and is never
-- sent again by itself.
create table delivery (
  id               int generated always as identity constraint delivery_pk primary key,
  schedule_id      int not null constraint delivery_schedule references schedule,
  due_run          timestamptz not null,
  recipient        text not null,
  file_id          int not null constraint delivery_file references summary_file,
  message_id       text not null constraint delivery_message_id_unique unique,
  subject          text not null,
  body_text        text not null,
  body_html        text not null,
  status           text not null default 'pending'
                   constraint delivery_status_known check (status in ('pending', 'sending', 'sent', 'unknown', 'failed')),
  attempts         smallint not null default 0,
  attempts_allowed smallint not null,
  last_error       text,
  smtp_reply       text,
  created_at       timestamptz not null,
  next_attempt_at  timestamptz,
  sending_at       timestamptz,
  finished_at      timestamptz,
  constraint delivery_once unique (schedule_id, due_run, recipient),
  constraint delivery_attempts_counted check (attempts between 0 and attempts_allowed),
  constraint delivery_pending_when check ((status = 'pending') = (next_attempt_at is not null)),
  constraint delivery_sending_since check (status <> 'sending' or sending_at is not null),
  constraint delivery_finished_when check ((status in ('sent', 'unknown', 'failed')) = (finished_at is not null)),
  constraint delivery_sent_with_reply check (status <> 'sent' or smtp_reply is not null),
  constraint delivery_failed_with_reason check (status not in ('failed', 'unknown') or last_error is not null)
);
create index delivery_file_idx on delivery (file_id);
create index delivery_pending_idx on delivery (next_attempt_at) where status = 'pending';
create index delivery_sending_idx on delivery (sending_at) where status = 'sending';
comment on column delivery.message_id is 'Message-ID of the mail: one for the row, the same in every attempt, so that a mail box can tell copies';
comment on column delivery.attempts_allowed is 'grows when a person asks for the mail to be sent again';
comment on column delivery.smtp_reply is 'what the mail server said last';
