-- Clearing: statements between pooling areas, what pays them, and what providers apply for.

create table clearing_statement ( -- local: what one pool owes another for one month and scheme
    statement_id bigint not null primary key,
    month text not null, -- "2026-10", over when it is made
    insured_pool text not null, -- owes
    treatment_pool text not null, -- is owed
    scheme text not null,
    state text not null, -- made, confirmed, paid; withdrawn
    visits integer not null,
    reversals integer not null,
    total_fen bigint not null,
    fund_fen bigint not null,
    account_fen bigint not null,
    due_fen bigint not null, -- funds and accounts; below 0 when more was taken back than settled
    made_by bigint not null,
    made_at bigint not null,
    confirmed_by bigint not null default 0,
    confirmed_at bigint not null default 0,
    paid_by bigint not null default 0,
    paid_at bigint not null default 0,
    reference text not null default '', -- of the bank's order
    withdrawn_by bigint not null default 0,
    withdrawn_at bigint not null default 0,
    reason text not null default '' -- of a withdrawal
);
create unique index clearing_statement_live on clearing_statement (month, treatment_pool, insured_pool, scheme)
where state <> 'withdrawn';
create index clearing_statement_by_month on clearing_statement (month, statement_id);

create table clearing_line ( -- local: a statement by kind of visit, and by fund (the amount in fund_fen)
    statement_id bigint not null,
    kind text not null, -- visit_kind, fund
    word text not null,
    visits integer not null,
    reversals integer not null,
    total_fen bigint not null,
    fund_fen bigint not null,
    account_fen bigint not null,
    primary key (statement_id, kind, word)
)/*sqlite: without rowid*/;

create table clearing_entry ( -- local: insert only; each row is balanced by itself, like journal_entry
    statement_id bigint not null,
    entry_no integer not null,
    booked_on text not null,
    area_code text not null,
    other_area text not null,
    scheme text not null,
    fund text not null,
    debit text not null, -- due_to_area, bank
    credit text not null, -- bank, due_from_area
    amount_fen bigint not null,
    primary key (statement_id, entry_no)
)/*sqlite: without rowid*/;

create table clearing_application ( -- local: what a provider applies for (3203), beside what is booked here
    application_id bigint not null primary key,
    provider_id bigint not null,
    month text not null,
    clr_type text not null, -- as the interface says it
    from_on text not null,
    until_on text not null,
    state text not null, -- applied, withdrawn
    agrees smallint not null,
    visits integer not null,
    total_fen bigint not null,
    fund_fen bigint not null,
    cash_fen bigint not null,
    account_fen bigint not null,
    own_visits integer not null,
    own_total_fen bigint not null,
    own_fund_fen bigint not null,
    own_cash_fen bigint not null,
    own_account_fen bigint not null,
    made_at bigint not null,
    withdrawn_at bigint not null default 0
);
create unique index clearing_application_live on clearing_application (provider_id, month, clr_type) where state <> 'withdrawn';
create index clearing_application_by_time on clearing_application (made_at, application_id);

insert into role_right (role, access) select distinct role, 'clearing.read' from role_right
where role in ('finance', 'supervisor', 'head') and access = 'settlement.read';
insert into role_right (role, access) select distinct role, 'clearing.make' from role_right
where role = 'finance' and access = 'settlement.read';
insert into role_right (role, access) select distinct role, 'clearing.pay' from role_right
where role = 'finance' and access = 'settlement.read';
insert into role_right (role, access) select distinct role, 'clearing.confirm' from role_right
where role = 'supervisor' and access = 'settlement.read';
