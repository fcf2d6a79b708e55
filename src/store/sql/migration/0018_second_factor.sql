-- The second factor of signing in, passwords that were used before, users that end, and sessions that were confirmed.

alter table app_user add column expires_on text not null default ''; -- the last day; '' = no end
alter table app_user add column active_at bigint not null default 0; -- when somebody enabled him last
alter table user_session add column sure_at bigint not null default 0; -- when the password was typed last

create table user_factor ( -- reference: time-based codes; the secret is sealed with the key file of the installation
    user_id bigint not null primary key,
    secret text not null,
    confirmed_at bigint not null default 0, -- 0 = shown to the user, not yet proved by a code
    last_step bigint not null default 0, -- of the last code that was taken: none is taken twice
    created_at bigint not null
);

create table user_recovery ( -- reference: codes for the day the telephone is lost
    user_id bigint not null,
    code_digest text not null, -- SM3
    used_at bigint not null default 0,
    primary key (user_id, code_digest)
)/*sqlite: without rowid*/;

create table user_password_past ( -- reference
    user_id bigint not null,
    password_hash text not null,
    at bigint not null, -- when it was replaced
    primary key (user_id, password_hash)
)/*sqlite: without rowid*/;

create table audit_copied ( -- reference: how far each server has copied each chain of the audit log off the machine
    node integer not null,
    chain integer not null,
    seq bigint not null,
    primary key (node, chain)
)/*sqlite: without rowid*/;
