-- Drugs that are sold on prescription, and who vouched for each sale.

alter table item add column rx text not null default ''; -- sold on prescription only: yes, no; '' = not known

create table rx_sale ( -- distribute by person_id: a line of a pharmacy's bill that a prescription stands behind
    person_id bigint not null,
    settlement_id bigint not null, -- counts while it stands
    place integer not null,
    provider_id bigint not null,
    item_code text not null,
    quantity_e4 bigint not null,
    prescription_no text not null, -- as the pharmacy said it
    rx_id bigint not null, -- 0: on paper
    audit_no bigint not null default 0, -- of the pharmacist's verdict, of an electronic one
    pharmacist text not null default '', -- name
    pharmacist_no text not null default '', -- his certificate
    sold_at bigint not null,
    primary key (settlement_id, person_id, place)
)/*sqlite: without rowid*/;
create index rx_sale_by_number on rx_sale (provider_id, prescription_no);
create index rx_sale_by_time on rx_sale (sold_at, settlement_id);
