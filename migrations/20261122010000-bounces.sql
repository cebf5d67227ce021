-- Mails that come back after the mail server had taken them: a delivery status notification (RFC 3464) names the mail by
-- its Message-ID. What was refused for good stops the address for the unit until a person clears it; each notification
-- counts once, however often it is handed in.
create table bounce (
  id          int generated always as identity constraint bounce_pk primary key,
  delivery_id int not null constraint bounce_delivery references delivery,
  report      text not null,
  unit_id     int not null constraint bounce_unit references org_unit,
  address     text not null constraint bounce_address_lower check (address = lower(address)),
  stops       boolean not null,
  reason      text not null constraint bounce_reason_some check (reason <> ''),
  account_id  int not null constraint bounce_account references account,
  recorded_at timestamptz not null,
  cleared_at  timestamptz,
  cleared_by  int constraint bounce_cleared_by references account,
  constraint bounce_once unique (delivery_id, report),
  constraint bounce_cleared_whole check ((cleared_at is null) = (cleared_by is null))
);
create index bounce_stopping_idx on bounce (unit_id, address) where stops and cleared_at is null;
create index bounce_account_idx on bounce (account_id);
create index bounce_cleared_by_idx on bounce (cleared_by);
comment on column bounce.report is 'Message-ID of the notification, else the SHA-256 of what was handed in';
comment on column bounce.unit_id is 'whose mail it was: of its schedule, or reminded';
comment on column bounce.stops is 'refused for good (5.x.x): nothing more is sent to the address; false: given up after days of trying (4.x.x)';
comment on column bounce.reason is 'status and words of the mail server that refused it';
comment on column bounce.account_id is 'who handed the notification in';

alter table bounce enable row level security;
create policy bounce_scope on bounce using ((select scope_unit()) = -1
  or exists (select from org_unit u where u.id = bounce.unit_id and (select scope_unit()) = any(u.above)));

alter table delivery
  drop constraint delivery_status_known,
  add constraint delivery_status_known
    check (status in ('pending', 'sending', 'sent', 'unknown', 'failed', 'dropped', 'bounced')),
  drop constraint delivery_finished_when,
  add constraint delivery_finished_when
    check ((status in ('sent', 'unknown', 'failed', 'dropped', 'bounced')) = (finished_at is not null)),
  drop constraint delivery_failed_with_reason,
  add constraint delivery_failed_with_reason check (status not in ('failed', 'unknown', 'bounced') or last_error is not null);
comment on column delivery.status is 'dropped: a reminder that what it asks for overtook; bounced: taken by the mail server, and came back';

-- Why nothing is sent to an address of a unit: the newest reason, or null.
create function bounce_stopping(p_unit int, p_address text) returns text language sql stable
begin atomic
  select b.reason from bounce b where b.unit_id = p_unit and b.address = lower(p_address) and b.stops and b.cleared_at is null
  order by b.id desc limit 1;
end;
