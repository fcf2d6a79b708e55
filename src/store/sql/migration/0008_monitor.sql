-- What the gateway did, by the hour; bodies that are emptied; comparisons with providers; second keys.

alter table gateway_message add column duration_us bigint not null default 0; -- until it was kept
alter table gateway_message add column address text not null default '';
create index gateway_message_by_time on gateway_message (received_at, message_id, provider_id, transaction_no, outcome, duration_us);
create index gateway_message_by_person on gateway_message (person_id, received_at, message_id);

create table gateway_hour ( -- local: sums, added to every few seconds
    hour_at bigint not null,
    provider_id bigint not null, -- 0 = none that is known
    transaction_no text not null,
    outcome text not null, -- ok, recorded, replayed, or the code of the error
    messages bigint not null,
    total_us bigint not null,
    longest_us bigint not null,
    last_at bigint not null,
    d0 bigint not null, -- took less than 1 ms; then 2, 5, 10, 20, 50 … 10000
    d1 bigint not null,
    d2 bigint not null,
    d3 bigint not null,
    d4 bigint not null,
    d5 bigint not null,
    d6 bigint not null,
    d7 bigint not null,
    d8 bigint not null,
    d9 bigint not null,
    d10 bigint not null,
    d11 bigint not null,
    d12 bigint not null,
    d13 bigint not null, -- more
    primary key (hour_at, provider_id, transaction_no, outcome)
)/*sqlite: without rowid*/;
create index gateway_hour_by_provider on gateway_hour (provider_id, last_at);

insert into gateway_hour (hour_at, provider_id, transaction_no, outcome, messages, total_us, longest_us, last_at, d0, d1, d2, d3,
    d4, d5, d6, d7, d8, d9, d10, d11, d12, d13)
select received_at - received_at % 3600000, provider_id, transaction_no, outcome, count(*), 0, 0, max(received_at), 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0
from gateway_message group by received_at - received_at % 3600000, provider_id, transaction_no, outcome;

-- The messages themselves in the same columns, for the last hour.
create view gateway_live as
select message_id, received_at - received_at % 300000 as hour_at, provider_id, transaction_no, outcome, 1 as messages,
    duration_us as total_us, duration_us as longest_us, received_at as last_at,
    case when duration_us < 1000 then 1 else 0 end as d0,
    case when duration_us >= 1000 and duration_us < 2000 then 1 else 0 end as d1,
    case when duration_us >= 2000 and duration_us < 5000 then 1 else 0 end as d2,
    case when duration_us >= 5000 and duration_us < 10000 then 1 else 0 end as d3,
    case when duration_us >= 10000 and duration_us < 20000 then 1 else 0 end as d4,
    case when duration_us >= 20000 and duration_us < 50000 then 1 else 0 end as d5,
    case when duration_us >= 50000 and duration_us < 100000 then 1 else 0 end as d6,
    case when duration_us >= 100000 and duration_us < 200000 then 1 else 0 end as d7,
    case when duration_us >= 200000 and duration_us < 500000 then 1 else 0 end as d8,
    case when duration_us >= 500000 and duration_us < 1000000 then 1 else 0 end as d9,
    case when duration_us >= 1000000 and duration_us < 2000000 then 1 else 0 end as d10,
    case when duration_us >= 2000000 and duration_us < 5000000 then 1 else 0 end as d11,
    case when duration_us >= 5000000 and duration_us < 10000000 then 1 else 0 end as d12,
    case when duration_us >= 10000000 then 1 else 0 end as d13
from gateway_message;

create table gateway_tidied ( -- local: how far what was emptied reaches
    what text not null primary key, -- bodies
    until_at bigint not null,
    message_id bigint not null
)/*sqlite: without rowid*/;

create table gateway_statement ( -- local: one comparison of sums (3201) or rows (3202) with a provider
    statement_id bigint not null primary key,
    provider_id bigint not null,
    transaction_no text not null,
    trace_id text not null,
    made_at bigint not null,
    from_on text not null,
    until_on text not null,
    scheme text not null, -- '' = all
    clr_type text not null, -- '' = all
    refunded text not null, -- '' = all, 0, 1
    state text not null, -- equal, open, resolved, superseded
    ours_count bigint not null,
    ours_total_fen bigint not null,
    ours_fund_fen bigint not null,
    ours_account_fen bigint not null,
    theirs_count bigint not null,
    theirs_total_fen bigint not null,
    theirs_fund_fen bigint not null,
    theirs_account_fen bigint not null,
    differences bigint not null,
    unresolved bigint not null
)/*sqlite: without rowid*/;
create index gateway_statement_by_time on gateway_statement (made_at, statement_id);
create index gateway_statement_by_provider on gateway_statement (provider_id, from_on, until_on);

create table gateway_difference ( -- local: a row that the two sides do not have alike
    statement_id bigint not null,
    line bigint not null,
    kind text not null, -- totals, only_here, only_there, amounts
    reference text not null, -- setl_id as the provider has it, or ours
    settlement_id bigint not null, -- 0 = none of ours
    person_id bigint not null,
    visit_ref text not null,
    refund smallint not null,
    ours_total_fen bigint not null,
    ours_fund_fen bigint not null,
    ours_account_fen bigint not null,
    theirs_total_fen bigint not null,
    theirs_fund_fen bigint not null,
    theirs_account_fen bigint not null,
    resolution text not null default '', -- '' = open
    note text not null default '',
    resolved_by bigint not null default 0,
    resolved_at bigint not null default 0,
    primary key (statement_id, line)
)/*sqlite: without rowid*/;

-- A key that is being replaced stays valid until a moment.
alter table gateway_access add column old_secret text not null default '';
alter table gateway_access add column old_until bigint not null default 0;
alter table gateway_access add column key_made_at bigint not null default 0;

-- Databases that have roles already.
insert into role_right (role, access) select distinct role, 'gateway.read' from role_right
where role in ('supervisor', 'finance', 'hospital', 'head');
insert into role_right (role, access) select distinct role, 'gateway.reconcile' from role_right where role = 'finance';
insert into role_right (role, access) select distinct 'interface_reader', 'gateway.read' from role_right;
insert into role_right (role, access) select distinct 'interface_reader', 'provider.read' from role_right where role = 'clerk';
insert into role_right (role, access) select distinct 'interface_operator', r.access from role_right r
where r.role = 'finance' and r.access in ('gateway.read', 'gateway.reconcile', 'provider.read', 'export');
insert into role_right (role, access) select distinct 'interface_operator', 'gateway.write' from role_right;
insert into role_right (role, access) select distinct 'interface_operator', 'gateway.unmask' from role_right;
