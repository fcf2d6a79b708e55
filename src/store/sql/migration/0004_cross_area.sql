-- Persons of one pooling area treated in another: what the areas owe each other.

-- Of due_to_area and due_from_area: the pool on the other side.
alter table journal_entry add column other_area text not null default '';

create table cross_settlement ( -- distribute by person_id: one row for each part of a bill settled for another area
    person_id bigint not null,
    settlement_id bigint not null,
    part integer not null,
    kind text not null, -- settle, reverse
    insured_pool text not null,
    treatment_pool text not null,
    treatment_area text not null, -- where the provider is, in that pool
    provider_id bigint not null,
    scheme text not null,
    visit_kind text not null,
    route text not null,
    booked_on text not null,
    month text not null, -- "2026-11", of booked_on: a reversal counts in the month it happens
    total_fen bigint not null,
    fund_fen bigint not null,
    account_fen bigint not null, -- both personal accounts; owed to the provider like the funds
    primary key (settlement_id, person_id, part)
)/*sqlite: without rowid*/;
create index cross_settlement_by_month on cross_settlement (month, treatment_pool, insured_pool, scheme, settlement_id, part);
