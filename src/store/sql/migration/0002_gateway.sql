-- Hospital systems: who may come, what they sent, visits announced and items uploaded before they are settled.

create table gateway_access ( -- reference: a provider's system and how it talks
    provider_id bigint not null primary key,
    state text not null, -- open, closed
    signature text not null default 'none', -- header: none, x-tif, api, x-ca
    verify text not null default 'off', -- off, lenient, strict
    access_key text not null default '',
    secret text not null default '',
    checks text not null default 'lenient', -- lenient, strict: of fields against their descriptors
    sign_in text not null default 'free', -- free, required
    infcode text not null default 'number', -- number, string
    amounts text not null default 'number', -- number, string
    single_nodes text not null default 'object' -- object, array: output nodes of one row
)/*sqlite: without rowid*/;

create table gateway_sign_in ( -- local
    sign_no text not null primary key,
    provider_id bigint not null,
    operator text not null,
    mac text not null,
    ip text not null,
    signed_in_at bigint not null,
    signed_out_at bigint not null default 0
)/*sqlite: without rowid*/;

create table gateway_message ( -- local: each message and its answer as they were
    message_id bigint not null primary key,
    trace_id text not null,
    provider_id bigint not null,
    transaction_no text not null,
    msgid text not null,
    person_id bigint not null default 0,
    received_at bigint not null,
    outcome text not null, -- ok, recorded, or the code of the error
    request text not null,
    answer text not null
);
create index gateway_message_by_trace on gateway_message (trace_id);
create index gateway_message_by_msgid on gateway_message (provider_id, msgid, message_id);

create table gateway_answer ( -- distribute by provider_id: what was done, once for each message
    provider_id bigint not null,
    transaction_no text not null,
    msgid text not null,
    body_digest text not null,
    message_id bigint not null,
    person_id bigint not null,
    object_id bigint not null, -- settlement or visit it made
    primary key (provider_id, transaction_no, msgid)
)/*sqlite: without rowid*/;
create index gateway_answer_by_object on gateway_answer (object_id);

create table care_visit ( -- distribute by person_id: a visit that a provider announced before its bill
    person_id bigint not null,
    visit_id bigint not null,
    provider_id bigint not null,
    setting text not null, -- outpatient, inpatient, pharmacy
    state text not null, -- open, discharged, cancelled
    visit_no text not null, -- the provider's own number
    scheme text not null,
    kind text not null default '', -- visit kind of the pack; '' = not said yet
    med_type text not null default '', -- as it was sent
    cert_type text not null default '',
    disease text not null default '',
    begin_at text not null, -- "2026-11-22 08:30:00", as the provider says
    end_at text not null default '',
    detail text not null default '', -- JSON: doctor, ward, bed … as they came
    diagnoses text not null default '', -- JSON: as they came
    made_at bigint not null,
    primary key (visit_id, person_id)
)/*sqlite: without rowid*/;
create index care_visit_by_provider on care_visit (provider_id, begin_at, visit_id);
create index care_visit_by_person on care_visit (person_id, begin_at);

create table care_item ( -- distribute by person_id: an item uploaded before its bill
    person_id bigint not null,
    visit_id bigint not null,
    detail_no text not null, -- the provider's own number of the line
    batch text not null default '', -- number under which outpatient items are settled
    original_no text not null default '', -- of a line that takes back another
    item_code text not null,
    own_code text not null default '', -- the provider's
    given_on text not null,
    quantity_e4 bigint not null, -- negative: takes back
    unit_price text not null, -- up to six decimals, as sent
    amount_fen bigint not null,
    prescription_no text not null default '',
    bill_id bigint not null default 0, -- 0 = not settled
    place integer not null, -- order of upload
    primary key (visit_id, person_id, detail_no)
)/*sqlite: without rowid*/;

create table gateway_file ( -- local
    file_no text not null primary key,
    provider_id bigint not null,
    name text not null,
    content text not null, -- base64
    made_at bigint not null
)/*sqlite: without rowid*/;
