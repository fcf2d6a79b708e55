-- Electronic prescriptions: docs/gateway.md.

-- A question of its own: who waited for the lock has to see what the other one did.
-- name: prescription_lock
select version from prescription where rx_id = $1 /*postgres: for update*/;

-- Paid while its settlement stands, or one that was made anew for it, however often.
-- name: prescription_get
select p.person_id, p.version, p.provider_id, p.visit_id, p.own_no, p.trace_code, p.state, p.until_at, p.head, p.visit, p.diagnoses,
    p.upload, p.signed_text, p.signature, p.file_digest, p.audit, p.audit_no, p.audit_by, p.audit_at, p.audit_detail, p.used_by,
    p.used_at,
    case when p.settlement_id <> 0 and exists (with recursive made (id, state) as (
            select s.settlement_id, s.state from settlement s
            where s.person_id = p.person_id and s.settlement_id = p.settlement_id and s.part = 0 and s.kind = 'settle'
            union all
            select s.settlement_id, s.state from made m
                join settlement s on s.person_id = p.person_id and s.replaces_id = m.id and s.part = 0 and s.kind = 'settle')
        select 1 from made where state <> 'reversed') then 1 else 0 end, p.settlement_id, v.code, v.name, p.signed_key
from prescription p join provider v on v.provider_id = p.provider_id where p.rx_id = $1;

-- name: prescription_by_trace
select rx_id from prescription where trace_code = $1;

-- name: prescription_same_no
select rx_id from prescription where provider_id = $1 and own_no = $2 and state = 'valid';

-- name: prescription_add
insert into prescription (person_id, rx_id, version, provider_id, visit_id, own_no, trace_code, state, until_at, made_at, head,
    visit, diagnoses)
values ($1, $2, 1, $3, $4, $5, $6, 'checked', $7, $8, $9, $10, $11);

-- name: prescription_item_add
insert into prescription_item (person_id, rx_id, place, item_code, name, unit, quantity_e4, detail)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: prescription_items
select item_code, name, unit, quantity_e4, taken_e4, detail from prescription_item where rx_id = $1 order by place;

-- name: prescription_sign
update prescription set version = version + 1, signed_text = $3, signature = $4, file_digest = $5, signed_key = $6
where rx_id = $1 and version = $2 and state = 'checked';

-- name: prescription_upload
update prescription set version = version + 1, state = 'valid', upload = $3, signature = $4, file_digest = $5
where rx_id = $1 and version = $2 and state = 'checked';

-- name: prescription_file_add
insert into prescription_file (person_id, rx_id, content) values ($1, $2, $3);

-- name: prescription_file_get
select content from prescription_file where rx_id = $1;

-- name: prescription_withdraw
update prescription set version = version + 1, state = 'withdrawn', withdrawal = $3
where rx_id = $1 and version = $2 and state <> 'withdrawn';

-- name: prescription_audit
update prescription set version = version + 1, audit = $3, audit_no = $4, audit_by = $5, audit_at = $6, audit_detail = $7
where rx_id = $1 and version = $2 and state = 'valid';

-- name: prescription_pay
update prescription set version = version + 1, bill_id = $3, settlement_id = $4, used_by = $5, used_at = $6
where rx_id = $1 and version = $2 and state = 'valid';

-- name: prescription_touch
update prescription set version = version + 1 where rx_id = $1 and version = $2 and state = 'valid';

-- name: prescription_item_take
update prescription_item set taken_e4 = $3 where rx_id = $1 and place = $2;

-- name: prescriptions_open
select rx_id from prescription where person_id = $1 and until_at >= $2 and state = 'valid' order by rx_id limit 50;

-- name: prescription_grant_add
insert into prescription_grant (person_id, grant_no, rx_id, provider_id, token, group_no, state, until_at)
values ($1, $2, $3, $4, $5, $6, 'open', $7);

-- name: prescription_grant_get
select rx_id, provider_id, token, group_no, state, until_at, verify_no from prescription_grant where grant_no = $1;

-- The last one of this pharmacy with this token.
-- name: prescription_grant_of
select grant_no, group_no, state, until_at, verify_no from prescription_grant
where rx_id = $1 and provider_id = $2 and token = $3 order by grant_no desc limit 1;

-- name: prescription_grant_use
update prescription_grant set state = case when grant_no = $2 then 'used' else 'ended' end where group_no = $1 and state = 'open';

-- name: prescription_grant_verified
update prescription_grant set verify_no = $2 where grant_no = $1;

-- name: prescription_sales
select l.sale_no, l.provider_id, l.insured, l.settlement_id, l.made_at, l.lines from prescription_sale l
where l.rx_id = $1 and l.state = 'open' order by l.sale_no;

-- name: prescription_sale_add
insert into prescription_sale (person_id, sale_no, rx_id, provider_id, state, insured, made_at, lines)
values ($1, $2, $3, $4, 'open', $5, $6, $7);

-- name: prescription_sale_pay
update prescription_sale set settlement_id = $2 where sale_no = $1 and state = 'open';

-- name: prescription_sale_withdraw
update prescription_sale set state = 'withdrawn' where sale_no = $1 and state = 'open';

-- Of a prescription on paper, what was sold on it and stands, as it was settled or made anew since.
-- name: rx_sale_of_paper
select x.settlement_id from rx_sale x
where x.provider_id = $1 and x.prescription_no = $2 and x.rx_id = 0 and x.settlement_id <> $3
    and exists (with recursive made (id, state) as (
            select s.settlement_id, s.state from settlement s
            where s.person_id = x.person_id and s.settlement_id = x.settlement_id and s.part = 0 and s.kind = 'settle'
            union all
            select s.settlement_id, s.state from made m
                join settlement s on s.person_id = x.person_id and s.replaces_id = m.id and s.part = 0 and s.kind = 'settle')
        select 1 from made where state <> 'reversed')
limit 1;

-- How many pharmacists of the pharmacy are known, and how many of them have this certificate.
-- name: rx_sale_pharmacists
select count(*), coalesce(cast(sum(case when s.practice_no = $2 or s.qualification_no = $2 or s.staff_code = $2 then 1 else 0 end)
    as bigint), 0)
from staff s where s.provider_id = $1 and s.kind = 'pharmacist';

-- name: rx_sale_add
insert into rx_sale (person_id, settlement_id, place, provider_id, item_code, quantity_e4, prescription_no, rx_id, audit_no,
    pharmacist, pharmacist_no, sold_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- Who signed is told once.
-- name: rx_sale_sign
update rx_sale set pharmacist = $4, pharmacist_no = $5
where provider_id = $1 and settlement_id = $2 and item_code = $3 and pharmacist = '';
