-- A sandbox for makers of hospital systems: everybody in it is made up.

create table sandbox_mark ( -- local: a row says that this database is a sandbox, for ever
    marked_at bigint not null primary key
)/*sqlite: without rowid*/;

create table sandbox_exchange ( -- local: a message at the gateway of a sandbox, and what came of it
    exchange_id bigint not null primary key,
    institution text not null,
    transaction_no text not null,
    msgid text not null,
    received_at bigint not null,
    duration_us bigint not null,
    outcome text not null, -- ok, or the code of the error
    fault text not null, -- what was done to the answer; '' = nothing
    replayed bigint not null, -- 1 = it had been done before and got the first answer
    noted text not null, -- recorded, unsigned, balanced, differs: what else the answer says
    path text not null,
    headers text not null, -- "name: value" lines of signatures
    request text not null,
    answer text not null,
    fields text not null, -- JSON: each field against its descriptor
    problems bigint not null
);
create index sandbox_exchange_by_institution on sandbox_exchange (institution, transaction_no, exchange_id);

create table sandbox_finding ( -- local: a field of a message that is not as its descriptor says
    exchange_id bigint not null,
    place bigint not null,
    institution text not null,
    transaction_no text not null,
    path text not null,
    problem text not null,
    received text not null,
    expected text not null,
    primary key (exchange_id, place)
)/*sqlite: without rowid*/;
create index sandbox_finding_by_institution on sandbox_finding (institution, transaction_no, path);
