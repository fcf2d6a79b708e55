-- National ciphers at the gateway; what a person shows instead of a certificate.

alter table gateway_access add column cainfo text not null default 'off'; -- off, lenient, strict
alter table gateway_access add column cainfo_form text not null default 'head'; -- head, input: what is signed
alter table gateway_access add column sign_answers text not null default 'no'; -- no, yes
alter table gateway_access add column encryption text not null default 'off'; -- off, allowed, required
alter table gateway_access add column app_id text not null default '';
alter table gateway_access add column app_secret text not null default '';
alter table gateway_access add column public_key text not null default ''; -- theirs, SM2, hex or base64
alter table gateway_access add column private_key text not null default ''; -- ours, SM2, hex or base64
create index gateway_access_by_app on gateway_access (app_id);

create table person_credential ( -- distribute by person_id: cards and tokens that stand for a person
    person_id bigint not null,
    kind text not null, -- card, token
    number text not null,
    serial text not null default '', -- of a card: what its chip says
    state text not null, -- valid, lost, cancelled
    until_on text not null default '', -- last day it counts
    primary key (kind, number, person_id)
)/*sqlite: without rowid*/;
create index person_credential_by_person on person_credential (person_id);
