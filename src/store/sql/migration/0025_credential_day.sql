-- With what people showed who they are, step by step of their care.

create table credential_day ( -- local: sums, added to every few seconds with gateway_hour
    counted_on text not null, -- day in Beijing
    provider_id bigint not null,
    transaction_no text not null,
    credential text not null, -- code of mdtrt_cert_type; other = one that its dictionary has not; none
    step text not null, -- identify, register, items, preview, settle, discharge, pharmacy, prescription
    messages bigint not null,
    primary key (counted_on, provider_id, transaction_no, credential)
)/*sqlite: without rowid*/;
