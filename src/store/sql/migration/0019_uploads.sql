-- Fewer rows and pages for each message: what was uploaded together is one row; a message's row says itself what it did, and its
-- number is its place.

create table care_upload ( -- distribute by person_id: items of one batch that came in one message, before their bill
    person_id bigint not null,
    visit_id bigint not null,
    place integer not null, -- of its first item among those of the visit
    batch text not null, -- number under which outpatient items are settled; '' = none
    bill_id bigint not null default 0, -- 0 = not settled
    -- Nine texts an item, each as its length in bytes, a colon and its bytes: detail_no, original_no, item_code, own_code,
    -- given_on, quantity_e4, unit_price, amount_fen, prescription_no.
    items text not null,
    primary key (visit_id, person_id, place)
)/*sqlite: without rowid*/;
insert into care_upload (person_id, visit_id, place, batch, bill_id, items)
select person_id, visit_id, cast(row_number() over (partition by visit_id, person_id order by place, detail_no) - 1 as integer),
    batch, bill_id,
    /*sqlite: length(cast(detail_no as blob))*//*postgres: octet_length(detail_no)*/ || ':' || detail_no
    || /*sqlite: length(cast(original_no as blob))*//*postgres: octet_length(original_no)*/ || ':' || original_no
    || /*sqlite: length(cast(item_code as blob))*//*postgres: octet_length(item_code)*/ || ':' || item_code
    || /*sqlite: length(cast(own_code as blob))*//*postgres: octet_length(own_code)*/ || ':' || own_code
    || /*sqlite: length(cast(given_on as blob))*//*postgres: octet_length(given_on)*/ || ':' || given_on
    || length(cast(quantity_e4 as text)) || ':' || quantity_e4
    || /*sqlite: length(cast(unit_price as blob))*//*postgres: octet_length(unit_price)*/ || ':' || unit_price
    || length(cast(amount_fen as text)) || ':' || amount_fen
    || /*sqlite: length(cast(prescription_no as blob))*//*postgres: octet_length(prescription_no)*/ || ':' || prescription_no
from care_item;
drop table care_item;

/*postgres:
alter table gateway_message add column body_digest text not null default ''; -- of the body; '' = no repeat is answered with it
alter table gateway_message add column object_id bigint not null default 0; -- settlement or visit it made
update gateway_message set body_digest = a.body_digest, object_id = a.object_id from gateway_answer a
where a.message_id = gateway_message.message_id;
drop index gateway_message_by_msgid;
*/
/*sqlite:
drop view gateway_live;
create table gateway_message_by_id (
    message_id integer not null primary key,
    trace_id text not null,
    provider_id bigint not null,
    transaction_no text not null,
    msgid text not null,
    person_id bigint not null default 0,
    received_at bigint not null,
    outcome text not null,
    duration_us bigint not null default 0,
    address text not null default '',
    body_digest text not null default '', -- of the body; '' = no repeat is answered with it
    object_id bigint not null default 0, -- settlement or visit it made
    request text not null,
    answer text not null
);
insert into gateway_message_by_id select m.message_id, m.trace_id, m.provider_id, m.transaction_no, m.msgid, m.person_id,
    m.received_at, m.outcome, m.duration_us, m.address, coalesce(a.body_digest, ''), coalesce(a.object_id, 0), m.request, m.answer
from gateway_message m left join gateway_answer a on a.provider_id = m.provider_id and a.transaction_no = m.transaction_no
    and a.msgid = m.msgid and a.message_id = m.message_id;
drop table gateway_message;
alter table gateway_message_by_id rename to gateway_message;
create index gateway_message_by_trace on gateway_message (trace_id);
create index gateway_message_by_time on gateway_message (received_at, message_id, provider_id, transaction_no, outcome, duration_us);
create index gateway_message_by_person on gateway_message (person_id, received_at, message_id);
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
*/
drop table gateway_answer;
-- What was done, once for each message; and the rest.
create unique index gateway_message_done on gateway_message (provider_id, msgid, transaction_no) where body_digest <> '';
create index gateway_message_other on gateway_message (provider_id, msgid, message_id) where body_digest = '';
