-- Hospital systems at the gateway.

-- name: gateway_access_find
select provider_id, state, signature, verify, access_key, secret, checks, sign_in, infcode, amounts, single_nodes, cainfo,
    cainfo_form, sign_answers, encryption, app_id, app_secret, public_key, private_key
from gateway_access where provider_id = $1;

-- name: gateway_access_add
insert into gateway_access (provider_id, state, signature, verify, access_key, secret, checks, sign_in, infcode, amounts,
    single_nodes, cainfo, cainfo_form, sign_answers, encryption, app_id, app_secret, public_key, private_key)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19);

-- name: gateway_access_set
update gateway_access set state = $2, signature = $3, verify = $4, access_key = $5, secret = $6, checks = $7, sign_in = $8,
    infcode = $9, amounts = $10, single_nodes = $11, cainfo = $12, cainfo_form = $13, sign_answers = $14, encryption = $15,
    app_id = $16, app_secret = $17, public_key = $18, private_key = $19
where provider_id = $1;

-- name: gateway_access_by_code
select p.provider_id, p.name, p.area_code, p.kind, p.level, a.state, a.signature, a.verify, a.access_key, a.secret, a.checks,
    a.sign_in, a.cainfo, a.cainfo_form, a.encryption, a.app_id, a.app_secret, a.public_key, a.private_key, a.infcode, a.amounts,
    a.single_nodes, a.sign_answers, a.old_secret, a.old_until
from provider p join gateway_access a on a.provider_id = p.provider_id where p.code = $1;

-- Several institutions may come through one application.
-- name: gateway_access_of_app
select p.code from provider p join gateway_access a on a.provider_id = p.provider_id
where a.app_id = $1 and a.state = 'open' order by p.code limit 1;

-- name: gateway_sign_in_add
insert into gateway_sign_in (sign_no, provider_id, operator, mac, ip, signed_in_at) values ($1, $2, $3, $4, $5, $6);

-- name: gateway_sign_in_get
select operator, signed_in_at, signed_out_at from gateway_sign_in where sign_no = $1 and provider_id = $2;

-- name: gateway_sign_out
update gateway_sign_in set signed_out_at = $3 where sign_no = $1 and provider_id = $2;

-- name: gateway_message_add
insert into gateway_message (message_id, trace_id, provider_id, transaction_no, msgid, person_id, received_at, outcome, request,
    answer, duration_us, address, body_digest, object_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: gateway_messages_of
select message_id, transaction_no, trace_id, received_at, outcome, answer from gateway_message
where message_id in (select d.message_id from gateway_message d where d.provider_id = $1 and d.msgid = $2 and d.body_digest <> ''
    union all select o.message_id from gateway_message o where o.provider_id = $1 and o.msgid = $2 and o.body_digest = '')
order by message_id limit 20;

-- name: gateway_answer_get
select body_digest, message_id, person_id, object_id, answer from gateway_message
where provider_id = $1 and transaction_no = $2 and msgid = $3 and body_digest <> '';

-- The one that made a settlement came before it.
-- name: gateway_message_of_settlement
select msgid from gateway_message where provider_id = $1 and person_id = $2 and object_id = $3 and received_at <= $4
order by received_at desc, message_id desc limit 1;

-- name: gateway_person_by_id_no
select person_id, area_code, id_type, id_no, name, sex, birth_on from person where id_no = $1 order by area_code;

-- name: gateway_person
select person_id, area_code, id_type, id_no, name, sex, birth_on from person where person_id = $1;

-- name: gateway_providers
select p.provider_id, p.code, p.name, p.kind, p.level, a.state from provider p
    left join gateway_access a on a.provider_id = p.provider_id
where p.code = $1 or ($1 = '' and p.name like $2) order by p.code limit 20;

-- name: gateway_provider_of_code
select provider_id, code, name, area_code, level from provider where code = $1;

-- name: gateway_file_add
insert into gateway_file (file_no, provider_id, name, content, made_at) values ($1, $2, $3, $4, $5);

-- name: gateway_file_get
select name, content from gateway_file where file_no = $1 and provider_id = $2;

-- What the provider billed: a paper claim is between the person and the office.
-- name: gateway_totals
select scheme, visit_kind, kind, state, count(distinct settlement_id), cast(sum(total_fen) as bigint),
    cast(sum(fund_fen) as bigint), cast(sum(account_fen) as bigint), cast(sum(cash_fen) as bigint)
from settlement where provider_id = $1 and settled_at >= $2 and settled_at < $3 and channel <> 'manual'
group by scheme, visit_kind, kind, state order by scheme, visit_kind, kind, state;

-- name: gateway_settled
select s.settlement_id, s.person_id, v.visit_no, s.scheme, s.visit_kind, s.kind, s.state, cast(sum(s.total_fen) as bigint),
    cast(sum(s.fund_fen) as bigint), cast(sum(s.account_fen) as bigint), cast(sum(s.cash_fen) as bigint)
from settlement s join bill b on b.person_id = s.person_id and b.bill_id = s.bill_id
    join visit v on v.person_id = b.person_id and v.visit_id = b.visit_id
where s.provider_id = $1 and s.settled_at >= $2 and s.settled_at < $3 and s.channel <> 'manual'
group by s.settlement_id, s.person_id, v.visit_no, s.scheme, s.visit_kind, s.kind, s.state order by s.settlement_id;

-- name: care_visit_add
insert into care_visit (person_id, visit_id, provider_id, setting, state, visit_no, scheme, kind, med_type, cert_type, disease,
    begin_at, detail, diagnoses, made_at)
values ($1, $2, $3, $4, 'open', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: care_visit_get
select person_id, provider_id, setting, state, visit_no, scheme, kind, med_type, cert_type, disease, begin_at, end_at, detail,
    diagnoses
from care_visit where visit_id = $1;

-- Until the job ends nobody else uploads, settles or cancels.
-- name: care_visit_hold
select person_id, provider_id, setting, state, visit_no, scheme, kind, med_type, cert_type, disease, begin_at, end_at, detail,
    diagnoses
from care_visit where visit_id = $1/*postgres: for update*/;

-- name: care_visit_set
update care_visit set state = $3, scheme = $4, kind = $5, med_type = $6, disease = $7, begin_at = $8, end_at = $9, detail = $10,
    diagnoses = $11
where visit_id = $1 and person_id = $2;

-- name: care_visits_of_provider
select v.visit_id, v.person_id, v.visit_no, v.scheme, v.kind, v.med_type, v.begin_at, p.id_type, p.id_no, p.name, p.sex,
    p.birth_on
from care_visit v join person p on p.person_id = v.person_id
where v.provider_id = $1 and v.setting = 'inpatient' and v.state = 'open' and v.begin_at >= $2 and v.begin_at <= $3
    and (v.person_id = $4 or $4 = 0)
order by v.begin_at, v.visit_id limit 500;

-- name: care_uploads
select place, batch, bill_id, items from care_upload where visit_id = $1 and person_id = $2 order by place;

-- name: care_upload_add
insert into care_upload (person_id, visit_id, place, batch, bill_id, items) values ($1, $2, $3, $4, $5, $6);

-- Only as it was read, and only while no bill has it.
-- name: care_upload_set
update care_upload set items = $5 where visit_id = $1 and person_id = $2 and place = $3 and items = $4 and bill_id = 0;

-- name: care_upload_drop
delete from care_upload where visit_id = $1 and person_id = $2 and place = $3 and items = $4 and bill_id = 0;

-- name: care_items_settled
update care_upload set bill_id = $3 where visit_id = $1 and person_id = $2 and bill_id = 0 and (batch = $4 or $5 = 1);

-- name: care_items_opened
update care_upload set bill_id = 0 where visit_id = $1 and person_id = $2 and bill_id = $3;

-- name: care_settlements_of_visit
select s.settlement_id from settlement s join bill b on b.person_id = s.person_id and b.bill_id = s.bill_id
    join visit v on v.person_id = b.person_id and v.visit_id = b.visit_id
where v.person_id = $1 and v.provider_id = $2 and v.visit_no = $3 and s.kind = 'settle' and s.state <> 'reversed'
order by s.settlement_id;

-- name: desk_later
select distinct settlement_id, provider_id from settlement
where person_id = $1 and settlement_id > $2 and kind = 'settle' and state <> 'reversed' order by settlement_id desc;

-- name: care_visits_of_person
select visit_id, setting, state, visit_no, scheme, med_type, cert_type, begin_at, end_at from care_visit
where person_id = $1 and provider_id = $2 and begin_at >= $3 and begin_at <= $4 and (visit_id = $5 or $5 = 0)
order by begin_at, visit_id limit 500;
