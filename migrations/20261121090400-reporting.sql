-- Reporting periods, obligations, versions of reports, and the cells that hold a parent's totals.
--
-- Figures of a version stand in arrays by the indicator's position: numerator (or count, or yes = 1), denominator,
-- and state: 0 missing, 1 value, 2 estimate, 3 not applicable. A shorter array means: not asked.

-- Words of a closed list are domains, and not checks of a table: PostgreSQL reads a table's checks from their stored text
-- with every statement that writes to it, which cost a ninth of a submission.
create domain basis as text constraint basis_known check (value in ('received', 'accepted'));
create domain obligation_state as text constraint obligation_state_known check (value in ('owed', 'exempt', 'replaced'));
create domain version_state as text constraint version_state_known
  check (value in ('submitted', 'superseded', 'returned', 'withdrawn', 'accepted'));
create domain version_number as smallint constraint version_number_positive check (value >= 1);
-- Nothing is stored whose sender did not declare it free of state secrets (docs/semantics.md §3).
create domain report_header as jsonb constraint report_header_declared check (value @> '{"containsNoSecrets": true}');
create domain idempotency_key as text constraint idempotency_key_size check (length(value) between 1 and 200);
create domain unit_count as int constraint unit_count_not_negative check (value >= 0);

create table round (
  id           int generated always as identity constraint round_pk primary key,
  programme_id int not null constraint round_programme references programme,
  code         text not null,
  year         smallint,
  half         smallint constraint round_half_known check (half in (1, 2)),
  data_from    date not null,
  data_to      date not null,
  kinds        text[] not null,
  opened_at    timestamptz not null,
  constraint round_code_unique unique (programme_id, code),
  constraint round_half_year check ((year is null) = (half is null) and (year is null or code = year || 'H' || half)),
  constraint round_window check (data_to > data_from)
);
comment on column round.kinds is 'what the round asks, by position: ratio, flow, stock, text, or a milestone''s once, yearly, kept';
comment on column round.year is 'null for an ad hoc round: it enters no year';

-- What one receiver collects in one round. Its row is the lock under which everything about its totals changes, and it
-- carries the last recorded instant, so that records of one parent are strictly ordered (docs/semantics.md §3, §4).
create table collection (
  round_id         int not null constraint collection_round references round,
  parent_id        int not null constraint collection_parent references org_unit,
  last_recorded_at timestamptz not null,
  closed_at        timestamptz,
  constraint collection_pk primary key (round_id, parent_id)
) with (fillfactor = 70);
create index collection_parent_idx on collection (parent_id);

create table obligation (
  id                  int generated always as identity constraint obligation_pk primary key,
  round_id            int not null,
  unit_id             int not null constraint obligation_unit references org_unit,
  parent_id           int not null,
  duty_id             int not null constraint obligation_duty references duty,
  state               obligation_state not null default 'owed',
  due_on              date not null,
  due_before          timestamptz not null,
  recorded_at         timestamptz not null,
  changed_at          timestamptz not null,
  reopened_at         timestamptz,
  newest_number       smallint not null default 0,
  newest_state        text,
  first_received_at   timestamptz,
  constraint obligation_collection foreign key (round_id, parent_id) references collection
) with (fillfactor = 70);
-- A unit owes a round once; what a merger or split has replaced stays beside it, with its report.
create unique index obligation_once on obligation (unit_id, round_id) where state <> 'replaced';
create index obligation_unit_idx on obligation (unit_id, round_id);
create index obligation_collection_idx on obligation (round_id, parent_id);
create index obligation_duty_idx on obligation (duty_id);
comment on column obligation.due_before is 'on time = received before this instant';
comment on column obligation.changed_at is 'when the columns below were last decided (restand)';
comment on column obligation.reopened_at is 'reopened alone after the round was closed; null again once the round is closed anew';
comment on column obligation.first_received_at is 'first submission not withdrawn by its reporter; decides on time or late';

create table report_version (
  id            bigint generated always as identity constraint report_version_pk primary key,
  obligation_id int not null constraint report_version_obligation references obligation,
  number        version_number not null,
  state         version_state not null,
  n             bigint[] not null,
  d             bigint[] not null,
  s             smallint[] not null,
  comment       text,
  header        report_header not null,
  findings      jsonb not null default '[]',
  account_id    int not null constraint report_version_account references account,
  received_at   timestamptz not null,
  recorded_at   timestamptz not null,
  constraint report_version_once unique (obligation_id, number)
);
create index report_version_account_idx on report_version (account_id);
create unique index report_version_one_accepted on report_version (obligation_id) where state = 'accepted';
create unique index report_version_one_unreviewed on report_version (obligation_id) where state = 'submitted';

-- The arrays of a version agree with each other: one length, no null slot, parts only where there is a value, and
-- never more in the numerator than in a given denominator. standing_mismatch asks it (20261124010000-sums.sql).
create function figures_are_sound(n bigint[], d bigint[], s smallint[]) returns boolean
language plpgsql immutable as $$
begin
  -- A slot that is not there (a shorter array, another lower bound, more dimensions) reads as null, and is not sound.
  for slot in 1..cardinality(s) loop
    if (case when n[slot] is null then d[slot] is null and s[slot] in (0, 3)
        else s[slot] in (1, 2) and n[slot] >= 0 and n[slot] <= coalesce(d[slot], 1000000000000) end) is not true then return false; end if;
  end loop;
  return cardinality(n) = cardinality(s) and cardinality(d) = cardinality(s) and (1000000000000 < any (d)) is not true;
end $$;
alter table report_version add constraint report_version_figures_sound check (figures_are_sound(n, d, s));

create table figure_note (
  version_id      bigint not null constraint figure_note_version references report_version,
  indicator_id    int not null constraint figure_note_indicator references indicator,
  note            text,
  document_number text,
  document_date   date,
  return_reason   text,
  constraint figure_note_pk primary key (version_id, indicator_id)
);
create index figure_note_indicator_idx on figure_note (indicator_id);

create table narrative (
  version_id   bigint not null constraint narrative_version references report_version,
  indicator_id int not null constraint narrative_indicator references indicator,
  body         text not null,
  constraint narrative_pk primary key (version_id, indicator_id)
);
create index narrative_indicator_idx on narrative (indicator_id);

-- The lifecycle as a table: what a step does to the newest version (docs/semantics.md §3).
create table lifecycle_step (
  step       text not null,
  from_state text not null,
  to_state   text not null,
  constraint lifecycle_step_pk primary key (step, from_state)
);
insert into lifecycle_step values
  ('accept', 'submitted', 'accepted'),
  ('return', 'submitted', 'returned'),
  ('withdraw', 'submitted', 'withdrawn'),
  ('submit', 'none', 'submitted'),
  ('submit', 'submitted', 'submitted'),
  ('submit', 'returned', 'submitted'),
  ('submit', 'withdrawn', 'submitted'),
  ('submit', 'accepted', 'submitted');

-- The steps a version took after it was submitted.
create table transition (
  id          bigint generated always as identity constraint transition_pk primary key,
  version_id  bigint not null constraint transition_version references report_version,
  to_state    text not null,
  reason      text,
  account_id  int not null constraint transition_account references account,
  recorded_at timestamptz not null
);
create index transition_version_idx on transition (version_id);
create index transition_account_idx on transition (account_id);

-- All its steps: that it was submitted, and by whom, is said by the version itself.
create view step_taken as
select id as version_id, 0::bigint as id, 'submitted' as to_state, null::text as reason, account_id, recorded_at
from report_version
union all
select version_id, id, to_state, reason, account_id, recorded_at from transition;

-- What stands for an obligation on a basis, as an interval: the ground of every as-of total. While nothing is reported
-- the version is null and only what earlier rounds carry over counts: by position, 1 where a milestone has had its yes
-- ('once' in any earlier round, 'yearly' earlier in the year), and the last accepted denominator of a ratio, for bounds.
-- Without foreign keys: only restand and submitting write it, with the obligation and the version in hand, and neither is ever deleted.
create table standing (
  obligation_id int not null,
  basis         basis not null,
  version_id    bigint,
  carry         bigint[],
  recorded_from timestamptz not null,
  recorded_to   timestamptz,
  constraint standing_pk primary key (obligation_id, basis, recorded_from)
);
create unique index standing_one on standing (obligation_id, basis) where recorded_to is null;

create table cell (
  round_id       int not null,
  parent_id      int not null,
  basis          basis not null,
  recorded_at    timestamptz not null,
  expected       unit_count not null,
  reported       unit_count not null,
  n              bigint[] not null,
  d              bigint[] not null,
  valued         int[] not null,
  estimated      int[] not null,
  not_applicable int[] not null,
  missing        int[] not null,
  open           bigint[] not null,
  unknown        int[] not null,
  constraint cell_pk primary key (round_id, parent_id, basis),
  constraint cell_collection foreign key (round_id, parent_id) references collection
) with (fillfactor = 60);

comment on column cell.open is 'last accepted denominators of the units without a value, summed: what may still be missing';
comment on column cell.unknown is 'units without a value whose denominator has never been accepted';

create table cell_history (
  round_id       int not null,
  parent_id      int not null,
  basis          basis not null,
  recorded_at    timestamptz not null,
  expected       int not null,
  reported       int not null,
  n              bigint[] not null,
  d              bigint[] not null,
  valued         int[] not null,
  estimated      int[] not null,
  not_applicable int[] not null,
  missing        int[] not null,
  open           bigint[] not null,
  unknown        int[] not null,
  constraint cell_history_pk primary key (round_id, parent_id, basis, recorded_at)
);

-- Every close of a province's round: the canonical figures as they stood and their SHA-256. Closing is the province's
-- report upward; reopening ends it, and a new close makes a new row (docs/semantics.md §4).
create table closing (
  id          int generated always as identity constraint closing_pk primary key,
  round_id    int not null,
  parent_id   int not null,
  closed_at   timestamptz not null,
  closed_by   int not null constraint closing_account references account,
  figures     text not null,
  sha256      text not null,
  reopened_at timestamptz,
  reopened_by int constraint closing_reopened_account references account,
  reason      text,
  constraint closing_collection foreign key (round_id, parent_id) references collection,
  constraint closing_interval check (reopened_at > closed_at),
  constraint closing_reopened_whole check ((reopened_at is null) = (reopened_by is null) and (reopened_at is null) = (reason is null))
);
create unique index closing_one on closing (round_id, parent_id) where reopened_at is null;
create index closing_collection_idx on closing (round_id, parent_id);
create index closing_account_idx on closing (closed_by);
create index closing_reopened_account_idx on closing (reopened_by);
comment on column closing.figures is 'lines of unit|basis|indicator|numerator|denominator|value|estimated|not applicable|missing|expected|reported';

create table idempotency (
  account_id  int not null,
  operation   text not null,
  key         idempotency_key not null,
  hash        text not null,
  answer      jsonb not null,
  recorded_at timestamptz not null,
  constraint idempotency_pk primary key (account_id, operation, key)
);

-- Every figure of every version, one row each: for people and for reporting tools, never for totals.
create view figures as
select v.id as version_id, o.round_id, o.unit_id, v.number, v.state as version_state,
       i.id as indicator_id, i.code as indicator,
       f.n as numerator, f.d as denominator,
       (array['missing', 'value', 'estimate', 'not_applicable'])[f.s + 1] as state
from report_version v
join obligation o on o.id = v.obligation_id
join round r on r.id = o.round_id
cross join lateral unnest(v.n, v.d, v.s) with ordinality as f (n, d, s, position)
join indicator i on i.programme_id = r.programme_id and i.position = f.position;
