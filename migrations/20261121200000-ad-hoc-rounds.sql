-- Ad hoc rounds ("đột xuất"): what the level above asks for beside the half-years, of the units it names, by an instant of
-- its own. They are rounds like all others and enter no year (docs/semantics.md §1).
alter table round
  add column request text,
  add constraint round_ad_hoc_request check ((year is null) = (request is not null));
comment on column round.request is 'who asks for what, in words: the document that an ad hoc round answers; null for a half-year';

-- Opens an ad hoc round for the units named: all owe by the same instant, to the parent they have on p_day. Alone with the
-- record while it works. Answers the number of obligations.
create function open_ad_hoc_round(p_round int, p_units int[], p_day date, p_due_on date, p_due_before timestamptz, p_clock timestamptz)
returns int language plpgsql as $$
declare
  at timestamptz := begin_round(p_round, p_clock);
begin
  create temporary table owing on commit drop as
  select u.id as unit_id, u.parent_id, d.duty_id, p_due_on as due_on, p_due_before as due_before
  from org_units_on(p_day) u
  join round r on r.id = p_round
  cross join lateral duty_in_force(r.programme_id, u.id, null, null) d
  where u.id = any(p_units);
  return fill_round(p_round, at);
end $$;
