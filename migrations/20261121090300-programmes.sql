-- A programme owns indicators; plans carry targets and duties. All of it comes from data files, versioned:
-- a row stands while recorded_to is null, and what stood at any time can be asked for (docs/semantics.md §1, §2, §6).
create table programme (
  id          int generated always as identity constraint programme_pk primary key,
  code        text not null constraint programme_code_unique unique,
  name        text not null,
  basis       text not null,
  body        jsonb not null,
  sha256      text not null,
  recorded_at timestamptz not null
);

create table indicator (
  id                     int generated always as identity constraint indicator_pk primary key,
  programme_id           int not null constraint indicator_programme references programme,
  position               smallint not null constraint indicator_position_positive check (position >= 1),
  code                   text not null,
  name                   text not null,
  kind                   text not null constraint indicator_kind_known check (kind in ('ratio', 'flow', 'stock', 'milestone', 'text')),
  over_time              text not null constraint indicator_over_time_known check (over_time in ('latest', 'sum', 'once', 'yearly', 'kept', 'by_round')),
  unit_label             text,
  numerator              text,
  denominator            text,
  denominator_group      text,
  clause                 text,
  derived                text,
  not_applicable_allowed boolean not null,
  scale                  smallint not null default 0 constraint indicator_scale_range check (scale between 0 and 6),
  first_round            text not null constraint indicator_first_round_form check (first_round ~ '^\d{4}H[12]$'),
  constraint indicator_position_unique unique (programme_id, position),
  constraint indicator_code_unique unique (programme_id, code),
  constraint indicator_has_source check (clause is not null or derived is not null),
  constraint indicator_axes_agree check (
    (kind = 'ratio' and over_time in ('latest', 'sum')) or (kind = 'flow' and over_time = 'sum') or
    (kind = 'stock' and over_time = 'latest') or (kind = 'milestone' and over_time in ('once', 'yearly', 'kept')) or
    (kind = 'text' and over_time = 'by_round'))
);
comment on column indicator.position is 'slot in the figure arrays of a version; never reused';
comment on column indicator.scale is 'figures are stored as integers in units of 10^-scale';
comment on column indicator.denominator_group is 'indicators of one group share one denominator, asked once';

create table plan (
  id           int generated always as identity constraint plan_pk primary key,
  programme_id int not null constraint plan_programme references programme,
  key          text not null,
  constraint plan_key_unique unique (programme_id, key)
);

create table plan_version (
  id             int generated always as identity constraint plan_version_pk primary key,
  plan_id        int not null constraint plan_version_plan references plan,
  version        smallint not null,
  unit_id        int not null constraint plan_version_unit references org_unit,
  number         text,
  issued_on      date,
  issued_wording text not null,
  title          text not null,
  parent_key     text,
  parent_wording text,
  aggregator     text,
  illustrative   boolean not null,
  body           jsonb not null,
  sha256         text not null,
  account_id     int constraint plan_version_account references account,
  recorded_from  timestamptz not null,
  recorded_to    timestamptz,
  constraint plan_version_number unique (plan_id, version),
  constraint plan_version_recorded_interval check (recorded_to is null or recorded_to > recorded_from)
);
create unique index plan_version_standing on plan_version (plan_id) where recorded_to is null;
create index plan_version_unit_idx on plan_version (unit_id);
create index plan_version_account_idx on plan_version (account_id);
comment on column plan_version.unit_id is 'the unit whose authority issued the plan';
comment on column plan_version.illustrative is '"minh hoạ": no such text is known; shown as such everywhere';

create table target (
  id                  int generated always as identity constraint target_pk primary key,
  plan_version_id     int not null constraint target_plan_version references plan_version,
  indicator_id        int not null constraint target_indicator references indicator,
  year                smallint,
  every_year          boolean not null default false,
  comparator          text constraint target_comparator_known check (comparator in ('at_least', 'above')),
  threshold           numeric constraint target_threshold_positive check (threshold >= 0),
  binds               text not null constraint target_binds_known check (binds in ('unit', 'below', 'both')),
  wording             text not null,
  clause              text not null,
  denominator_wording text,
  constraint target_threshold_whole check ((comparator is null) = (threshold is null)),
  constraint target_every_year_from check (not every_year or year is not null)
);
create unique index target_once on target (plan_version_id, indicator_id, year) nulls not distinct;
create index target_indicator_idx on target (indicator_id);
comment on column target.threshold is 'percent for a ratio, a number for a count; null = yes (milestone)';
comment on column target.year is 'stands at the end of the second half-year; null = undated';

create table duty (
  id               int generated always as identity constraint duty_pk primary key,
  programme_id     int not null constraint duty_programme references programme,
  plan_version_id  int constraint duty_plan_version references plan_version,
  unit_id          int not null constraint duty_unit references org_unit,
  edge             text not null constraint duty_edge_known check (edge in ('upward', 'below')),
  reporters        text not null,
  receiver         text not null,
  receiver_wording text,
  aggregator       text,
  due_h1           text constraint duty_due_h1_form check (due_h1 ~ '^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$'),
  due_h2           text constraint duty_due_h2_form check (due_h2 ~ '^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$'),
  due_wording      text,
  cutoff_h1        text constraint duty_cutoff_h1_form check (cutoff_h1 ~ '^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$'),
  cutoff_h2        text constraint duty_cutoff_h2_form check (cutoff_h2 ~ '^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$'),
  inferred         boolean not null default false,
  confirmed        boolean not null,
  note             text,
  strict           boolean not null default false,
  weekend_to_monday boolean not null default false,
  recorded_from    timestamptz not null,
  recorded_to      timestamptz,
  constraint duty_both_dates check ((due_h1 is null) = (due_h2 is null)),
  constraint duty_both_cutoffs check ((cutoff_h1 is null) = (cutoff_h2 is null)),
  constraint duty_worded_or_inferred check (due_wording is not null or inferred),
  constraint duty_recorded_interval check (recorded_to is null or recorded_to > recorded_from)
);
create index duty_programme_idx on duty (programme_id);
create index duty_plan_version_idx on duty (plan_version_id);
create index duty_unit_idx on duty (unit_id);
create unique index duty_default_standing on duty (programme_id) where plan_version_id is null and recorded_to is null;
create unique index duty_upward_once on duty (plan_version_id) where edge = 'upward';
comment on table duty is 'edge upward: unit_id itself (or, for the programme default on the nation, every commune) reports to its parent; edge below: the units below unit_id report to it';
comment on column duty.due_h1 is 'MM-DD in the round''s year; null = the document gives no date';
comment on column duty.receiver is 'the receiving body: a label and a mail recipient; reports themselves go to the parent unit';
comment on column duty.receiver_wording is 'the receiver as the document words it, where that says more or other';
comment on column duty.due_wording is 'null = the document says nothing: the edge is inferred';
comment on column duty.cutoff_h1 is 'last day of the data, MM-DD; null = the programme default''s';
comment on column duty.inferred is 'the edge or its receiver is not said by the document; the note says what is inferred';
comment on column duty.confirmed is 'the receiver agrees; an own date counts upward only then';
comment on column duty.strict is '"trước ngày X" read as before X begins';
