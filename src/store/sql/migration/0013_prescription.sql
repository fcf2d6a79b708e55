-- Electronic prescriptions: from the hospital that writes them to the pharmacy that dispenses and settles.

create table prescription ( -- distribute by person_id
    person_id bigint not null,
    rx_id bigint not null, -- the number everybody calls it by
    version integer not null, -- rises with each change
    provider_id bigint not null, -- who wrote it
    visit_id bigint not null,
    own_no text not null, -- the hospital's
    trace_code text not null, -- whoever has it holds the prescription in his hands
    state text not null, -- checked, valid; withdrawn
    until_at bigint not null, -- the last moment it may be dispensed
    made_at bigint not null,
    head text not null, -- JSON: as it came
    visit text not null, -- the same
    diagnoses text not null, -- an object of JSON a line
    upload text not null default '', -- JSON: doctor and pharmacist as they came with the upload
    withdrawal text not null default '', -- JSON: who withdrew it, and why
    signed_text text not null default '', -- what was signed here
    signature text not null default '',
    signed_key text not null default '', -- public key to check it with
    file_digest text not null default '', -- SM3 of the file that goes with it
    audit text not null default '', -- of the dispensing pharmacist: passed, failed
    audit_no bigint not null default 0,
    audit_by bigint not null default 0, -- provider
    audit_at bigint not null default 0,
    audit_detail text not null default '', -- JSON: who, and what he thinks
    bill_id bigint not null default 0, -- that paid for it; counts while its settlement stands
    settlement_id bigint not null default 0,
    used_by bigint not null default 0, -- provider
    used_at bigint not null default 0,
    primary key (rx_id, person_id)
)/*sqlite: without rowid*/;
create unique index prescription_by_own_no on prescription (provider_id, own_no) where state = 'valid';
create index prescription_by_trace on prescription (trace_code);
create index prescription_by_person on prescription (person_id, until_at);

create table prescription_item ( -- distribute by person_id
    person_id bigint not null,
    rx_id bigint not null,
    place integer not null,
    item_code text not null,
    name text not null, -- of the catalogue
    unit text not null,
    quantity_e4 bigint not null,
    taken_e4 bigint not null default 0, -- by the bill of the prescription
    detail text not null, -- JSON: as it came
    primary key (rx_id, person_id, place)
)/*sqlite: without rowid*/;

create table prescription_file ( -- distribute by person_id
    person_id bigint not null,
    rx_id bigint not null,
    content text not null, -- base64
    primary key (rx_id, person_id)
)/*sqlite: without rowid*/;

create table prescription_grant ( -- distribute by person_id: the person lets a pharmacy see it
    person_id bigint not null,
    grant_no bigint not null,
    rx_id bigint not null,
    provider_id bigint not null,
    token text not null,
    group_no bigint not null, -- given together: looking at one ends the others
    state text not null, -- open, used, ended
    until_at bigint not null,
    verify_no bigint not null default 0, -- of the last time its file and signature were found right
    primary key (grant_no, person_id)
)/*sqlite: without rowid*/;
create index prescription_grant_by_group on prescription_grant (group_no);

create table prescription_sale ( -- distribute by person_id: what a pharmacy handed out
    person_id bigint not null,
    sale_no bigint not null,
    rx_id bigint not null,
    provider_id bigint not null,
    state text not null, -- open, withdrawn
    insured smallint not null, -- 0: the person pays all of it
    settlement_id bigint not null default 0, -- counts while it stands
    made_at bigint not null,
    lines text not null, -- an object of JSON a line
    primary key (sale_no, person_id)
)/*sqlite: without rowid*/;
create index prescription_sale_by_rx on prescription_sale (rx_id);
