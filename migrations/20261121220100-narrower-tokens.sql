-- An account is an assignment: a role on a unit, from one day to another. A token may be narrower than its account: fewer
-- verbs, from some addresses only (docs/semantics.md §8).
alter table account
  add column valid_from date,
  add column valid_until date,
  add constraint account_validity check (valid_until >= valid_from);
comment on column account.valid_from is 'first day in Asia/Ho_Chi_Minh; null = since it was made';
comment on column account.valid_until is 'last day, that day included; null = without end';
comment on column account.disabled_at is 'ended by hand, at once';

alter table api_token
  add column verbs text[] constraint api_token_verbs_some check (cardinality(verbs) > 0),
  add column addresses cidr[] constraint api_token_addresses_some check (cardinality(addresses) > 0);
comment on column api_token.verbs is 'what of the role''s verbs it may be used for; null = all';
comment on column api_token.addresses is 'where it may be used from; null = anywhere';

drop function token_holder(bytea);
-- Who holds the token with this hash: asked before anybody's scope is known. p_address: null = from nowhere known.
create function token_holder(p_hash bytea, p_address inet)
returns table (id int, prefix text, expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz,
  verbs text[], addresses text[], here boolean, account_id int, role text, valid_from text, valid_until text,
  unit_id int, code text, level smallint)
language plpgsql stable security definer set search_path = public, pg_temp rows 1 as $$
begin
  return query
  select t.id, t.prefix, t.expires_at, coalesce(t.revoked_at, a.disabled_at), t.last_used_at,
    t.verbs, t.addresses::text[], t.addresses is null or coalesce(p_address <<= any(t.addresses), false),
    a.id, a.role, a.valid_from::text, a.valid_until::text, a.unit_id, u.code, u.level
  from api_token t join account a on a.id = t.account_id join org_unit u on u.id = a.unit_id
  where t.hash = p_hash;
end $$;
