-- What is asked often of the whole nation, beside 90,000 local units.

-- The nation, its provinces and communes: a few thousand among all units.
create index org_unit_above_local_idx on org_unit (level) where level <= 2;
