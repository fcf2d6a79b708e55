-- What is known of visits and purchases beside their bills: who came for the person, and when a pharmacy told of what it sold.

create table proxy ( -- distribute by person_id: who came for the person
    person_id bigint not null,
    object_id bigint not null, -- visit or filing
    kind text not null, -- visit, filing
    provider_id bigint not null,
    transaction_no text not null, -- that told
    name text not null,
    id_type text not null, -- code of the interface
    id_no text not null,
    relation text not null default '', -- code of the interface
    phone text not null default '',
    address text not null default '',
    made_at bigint not null,
    primary key (object_id, person_id)
)/*sqlite: without rowid*/;
create index proxy_by_time on proxy (made_at, object_id);
create index proxy_by_person on proxy (person_id, made_at);
create index proxy_by_certificate on proxy (id_no);

create table purchase_upload ( -- distribute by provider_id: insert only
    provider_id bigint not null,
    purchase_id bigint not null, -- settlement, or movement of goods
    kind text not null, -- settlement, goods
    person_id bigint not null, -- 0 = not known
    transaction_no text not null,
    happened_at bigint not null,
    uploaded_at bigint not null,
    month text not null, -- "2026-11", of the upload, in China
    delay_minutes bigint not null,
    limit_minutes bigint not null, -- of the area when it was uploaded; 0 = none
    late smallint not null,
    primary key (provider_id, purchase_id)
)/*sqlite: without rowid*/;
create index purchase_upload_by_time on purchase_upload (uploaded_at, purchase_id);
create index purchase_upload_by_month on purchase_upload (month, provider_id);
