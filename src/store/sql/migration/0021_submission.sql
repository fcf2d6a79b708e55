-- What providers settled: submitted by month, cleared when the money came.

create table submission ( -- local
    submission_id bigint not null primary key,
    provider_id bigint not null,
    month text not null, -- "2026-10", over when it is made
    state text not null, -- submitted, cleared; withdrawn
    settlements integer not null,
    total_fen bigint not null,
    fund_fen bigint not null,
    account_fen bigint not null,
    cash_fen bigint not null,
    due_fen bigint not null, -- funds and accounts
    made_by bigint not null,
    made_at bigint not null,
    cleared_by bigint not null default 0,
    cleared_at bigint not null default 0,
    reference text not null default '', -- of the bank's order
    reopened_by bigint not null default 0,
    reopened_at bigint not null default 0,
    withdrawn_by bigint not null default 0,
    withdrawn_at bigint not null default 0,
    reason text not null default ''
);
create unique index submission_live on submission (provider_id, month) where state <> 'withdrawn';
create index submission_by_time on submission (made_at, submission_id);

create table submission_line ( -- local: settlements, and what took them back
    submission_id bigint not null,
    settlement_id bigint not null,
    person_id bigint not null,
    kind text not null, -- settle, reverse
    live smallint not null, -- 0: its submission was withdrawn
    total_fen bigint not null,
    fund_fen bigint not null,
    account_fen bigint not null,
    cash_fen bigint not null,
    primary key (submission_id, settlement_id)
)/*sqlite: without rowid*/;
create unique index submission_line_live on submission_line (settlement_id) where live = 1;

create table submission_receipt ( -- local: insert only; what is undone has one of the opposite sign
    submission_id bigint not null,
    receipt_no integer not null,
    amount_fen bigint not null,
    booked_on text not null,
    note text not null, -- the bank's reference, or why it is undone
    made_by bigint not null,
    made_at bigint not null,
    primary key (submission_id, receipt_no)
)/*sqlite: without rowid*/;

insert into role_right (role, access) select distinct role, 'submission.read' from role_right
where role in ('finance', 'supervisor', 'head', 'hospital', 'clerk') and access = 'settlement.read';
insert into role_right (role, access) select distinct role, 'submission.make' from role_right
where role in ('hospital', 'clerk') and access = 'settlement.read';
insert into role_right (role, access) select distinct role, 'submission.clear' from role_right
where role = 'finance' and access = 'settlement.read';
