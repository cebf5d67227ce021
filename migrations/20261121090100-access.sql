-- Accounts hold a role on a unit; tokens are the keys of an account, replaced without losing its history.
-- Only the hash of a token is kept: a token is 256 random bits, so a plain SHA-256 is enough.
create table account (
  id          int generated always as identity constraint account_pk primary key,
  unit_id     int not null constraint account_unit references org_unit,
  role        text not null constraint account_role_known check (role in ('reporter', 'reviewer', 'viewer', 'administrator')),
  label       text not null,
  created_at  timestamptz not null,
  disabled_at timestamptz,
  constraint account_one_per_label unique (unit_id, role, label)
);

create table api_token (
  id           int generated always as identity constraint api_token_pk primary key,
  account_id   int not null constraint api_token_account references account,
  prefix       text not null,
  hash         bytea not null constraint api_token_hash_unique unique,
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  last_used_at timestamptz,
  revoked_at   timestamptz
);
create index api_token_account_idx on api_token (account_id);
