-- Mails that came back are listed by their unit whatever became of them, and every foreign key has an index: the one there
-- was holds only those that still stop an address.
create index bounce_unit_idx on bounce (unit_id);
