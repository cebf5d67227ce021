-- Reminders by mail (docs/semantics.md §5): where a unit wants them, and the ledger of what was sent: one row for a unit,
-- round, occasion and day, whatever is run again. The mails themselves go through the ledger of deliveries.
create table contact (
  id            int generated always as identity constraint contact_pk primary key,
  unit_id       int not null constraint contact_unit references org_unit,
  recipients    text[] not null,
  account_id    int not null constraint contact_account references account,
  recorded_from timestamptz not null,
  recorded_to   timestamptz,
  constraint contact_interval check (recorded_to is null or recorded_to >= recorded_from)
);
create unique index contact_standing on contact (unit_id) where recorded_to is null;
create index contact_unit_idx on contact (unit_id);
create index contact_account_idx on contact (account_id);
comment on column contact.recipients is 'e-mail addresses; empty = no reminders wished';

create table reminder (
  id          int generated always as identity constraint reminder_pk primary key,
  round_id    int not null constraint reminder_round references round,
  unit_id     int not null constraint reminder_unit references org_unit,
  occasion    text not null constraint reminder_occasion_known
              check (occasion in ('before_14', 'before_3', 'after_1', 'after_7', 'by_hand', 'digest')),
  day         date not null,
  recipients  text[] not null,
  account_id  int constraint reminder_account references account,
  recorded_at timestamptz not null,
  constraint reminder_once unique (round_id, unit_id, occasion, day),
  constraint reminder_by_hand check ((occasion = 'by_hand') = (account_id is not null))
);
create index reminder_unit_idx on reminder (unit_id);
create index reminder_account_idx on reminder (account_id);
comment on table reminder is 'a digest goes to the receiving unit, everything else to the unit that owes';
comment on column reminder.day is 'the last day that is on time, so that an extension begins anew; for by_hand and digest the day it was sent';
comment on column reminder.recipients is 'empty = no address was known: nothing was sent, and the digest says so';

alter table delivery
  alter column schedule_id drop not null,
  alter column file_id drop not null,
  add column reminder_id int constraint delivery_reminder references reminder,
  add constraint delivery_of_one check (num_nonnulls(schedule_id, reminder_id) = 1),
  add constraint delivery_file_of_schedule check (schedule_id is null or file_id is not null),
  drop constraint delivery_status_known,
  add constraint delivery_status_known check (status in ('pending', 'sending', 'sent', 'unknown', 'failed', 'dropped')),
  drop constraint delivery_finished_when,
  add constraint delivery_finished_when check ((status in ('sent', 'unknown', 'failed', 'dropped')) = (finished_at is not null));
create unique index delivery_once_for_reminder on delivery (reminder_id, recipient) where reminder_id is not null;
comment on column delivery.status is 'dropped: a reminder that what it asks for overtook';

-- Reporters whose report has not come: nothing submitted, or taken back, in a round that still takes it.
create view unreported as
select o.id as obligation_id, o.round_id, o.unit_id, o.parent_id, o.duty_id,
  ((o.due_before - interval '1 microsecond') at time zone 'Asia/Ho_Chi_Minh')::date as last_day
from obligation o
join collection c on c.round_id = o.round_id and c.parent_id = o.parent_id
where o.state = 'owed' and (o.newest_state is null or o.newest_state = 'withdrawn')
  and not exists (select from standing s where s.obligation_id = o.id and s.basis = 'accepted' and s.recorded_to is null
                  and s.version_id is not null)
  and (c.closed_at is null or o.reopened_at is not null);
comment on column unreported.last_day is 'the last day that is on time, in Vietnam';

-- Whether a reminder need not be sent any more: the report has come, or the address was taken back.
create function reminder_is_moot(p_reminder int, p_recipient text) returns boolean language sql stable
begin atomic
  select (m.occasion <> 'digest' and not exists (
      select from unreported u where u.round_id = m.round_id and u.unit_id = m.unit_id))
    or not exists (
      select from contact c where c.unit_id = m.unit_id and c.recorded_to is null and p_recipient = any(c.recipients))
  from reminder m where m.id = p_reminder;
end;
