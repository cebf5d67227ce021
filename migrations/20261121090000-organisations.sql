-- Organisation units: the nation, 34 provinces, 3,321 communes, and local units below them.
-- A unit keeps its official code for life; what it is called, its kind and its parent are states with a validity
-- interval [valid_from, valid_to) and a recorded interval [recorded_from, recorded_to), so that neither a change of
-- name nor a correction ever rewrites history (docs/semantics.md §1).
create extension if not exists btree_gist;

create table org_unit (
  id    int generated always as identity constraint org_unit_pk primary key,
  code  text not null constraint org_unit_code_unique unique,
  level smallint not null constraint org_unit_level_known check (level between 0 and 3)
);
comment on column org_unit.level is '0 nation, 1 province, 2 commune, 3 local unit';

create table org_unit_state (
  id            int generated always as identity constraint org_unit_state_pk primary key,
  unit_id       int not null constraint org_unit_state_unit references org_unit,
  kind          text not null,
  name          text not null constraint org_unit_state_name_nfc check (name is nfc normalized and name <> ''),
  search        text not null,
  name_key      text not null,
  parent_id     int constraint org_unit_state_parent references org_unit,
  valid_from    date not null,
  valid_to      date,
  recorded_from timestamptz not null,
  recorded_to   timestamptz,
  constraint org_unit_state_valid_interval check (valid_to is null or valid_to > valid_from),
  constraint org_unit_state_no_overlap exclude using gist (
    unit_id with =,
    daterange(valid_from, valid_to) with &&,
    tstzrange(recorded_from, recorded_to) with &&
  )
);
create index org_unit_state_unit_idx on org_unit_state (unit_id, valid_from);
create index org_unit_state_parent_idx on org_unit_state (parent_id);
comment on column org_unit_state.search is 'name without diacritics, lower case (searchKey in libs/organisations/src/normalise.ts)';
comment on column org_unit_state.name_key is 'equal for two spellings of one name, diacritics kept (nameKey, ibidem)';

create table succession (
  id             int generated always as identity constraint succession_pk primary key,
  predecessor_id int not null constraint succession_predecessor references org_unit,
  successor_id   int not null constraint succession_successor references org_unit,
  effective_on   date not null,
  basis          text,
  recorded_at    timestamptz not null,
  followed_at    timestamptz,
  constraint succession_once unique (predecessor_id, successor_id, effective_on)
);
create index succession_successor_idx on succession (successor_id);
create index succession_waiting_idx on succession (effective_on) where followed_at is null;
comment on column succession.recorded_at is 'the same for all rows of one change, and of no other';
comment on column succession.followed_at is 'when the open rounds followed it: on the day it takes effect, or at once when that has passed';

-- The units as they are known now, on one day. Plain SQL, so that the planner sees through it.
create function org_units_on(day date)
returns table (id int, code text, level smallint, kind text, name text, search text, name_key text, parent_id int)
language sql stable
begin atomic
  select u.id, u.code, u.level, s.kind, s.name, s.search, s.name_key, s.parent_id
  from org_unit u
  join org_unit_state s on s.unit_id = u.id
  where s.valid_from <= day and (s.valid_to is null or s.valid_to > day) and s.recorded_to is null;
end;

-- One unit as it was last known by a day: a unit that has ended keeps its last state, so that its reports stay readable.
create function org_unit_known(unit int, day date)
returns table (id int, code text, level smallint, kind text, name text, parent_id int)
language sql stable
begin atomic
  select u.id, u.code, u.level, s.kind, s.name, s.parent_id
  from org_unit u
  join org_unit_state s on s.unit_id = u.id
  where u.id = unit and s.recorded_to is null and s.valid_from <= day
  order by s.valid_from desc limit 1;
end;

-- A unit and all above it, itself first: at most four rows. Scope is a join with this.
create function lineage(unit int, day date)
returns table (unit_id int, depth int)
language sql stable
begin atomic
  with recursive up as (
    select unit as unit_id, 0 as depth
    union all
    select k.parent_id, up.depth + 1
    from up cross join lateral org_unit_known(up.unit_id, day) k
    where k.parent_id is not null and up.depth < 4
  )
  select unit_id, depth from up;
end;

-- The unit that stands on a day where this one stood: itself while it is on the map, or what it was merged into, however
-- often. A unit that was split stands for itself: nobody knows how its figures would divide (docs/semantics.md §4).
create function unit_today(unit int, day date) returns int language sql stable
begin atomic
  with recursive onward as (
    select unit as unit_id, 0 as step
    union all
    select n.successor_id, o.step + 1
    from onward o
    join lateral (
      select min(s.successor_id) as successor_id, count(*) as successors from succession s
      where s.predecessor_id = o.unit_id and s.effective_on <= day
      group by s.effective_on order by s.effective_on desc limit 1
    ) n on n.successors = 1
    where o.step < 20 and not exists (
      select from org_unit_state s where s.unit_id = o.unit_id and s.recorded_to is null
        and s.valid_from <= day and (s.valid_to is null or s.valid_to > day))
  )
  select unit_id from onward order by step desc limit 1;
end;
