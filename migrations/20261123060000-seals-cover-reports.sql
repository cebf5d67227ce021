-- A seal covers, with each event that tells of a report sent, that report as it stands: figures altered around everything
-- no longer fit. Seals made before this cover events alone, and are held against that.
-- A later migration that reshapes what is sealed of a report (libs/audit/src/seal.ts) makes a new form.
alter table seal add column form smallint not null default 1 constraint seal_form_known check (form in (1, 2));
alter table seal alter column form drop default;
comment on column seal.form is 'what its leaves are hashes of: 1 = the events, 2 = the events and the reports that they tell of';
