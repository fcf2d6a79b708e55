-- Review before and during care.

-- name: review_person
select sex, birth_on from person where person_id = $1;

-- Other visits with items that were uploaded and not settled.
-- name: review_uploads
select distinct u.visit_id from care_visit v join care_upload u on u.visit_id = v.visit_id and u.person_id = v.person_id
where v.person_id = $1 and v.visit_id <> $2 and u.bill_id = 0 order by u.visit_id limit 100;

-- Bills that stand, of other visits.
-- name: review_bills
select b.document, s.service_on from settlement s join bill b on b.bill_id = s.bill_id and b.person_id = s.person_id
    join visit v on v.visit_id = b.visit_id and v.person_id = b.person_id
where s.person_id = $1 and s.part = 0 and s.kind = 'settle' and s.state <> 'reversed' and s.service_on >= $2
    and not (v.provider_id = $3 and v.visit_no = $4)
order by s.settlement_id limit 500;

-- name: review_stays
select provider_id, begin_at, end_at, diagnoses from care_visit
where person_id = $1 and visit_id <> $2 and setting = 'inpatient' and state <> 'cancelled' and (end_at = '' or end_at >= $3)
order by begin_at limit 200;

-- name: review_settled_stays
select v.provider_id, v.admit_on, v.service_on from settlement s
    join bill b on b.bill_id = s.bill_id and b.person_id = s.person_id
    join visit v on v.visit_id = b.visit_id and v.person_id = b.person_id
where s.person_id = $1 and s.part = 0 and s.kind = 'settle' and s.state <> 'reversed' and v.admit_on <> '' and s.service_on >= $2
    and not (v.provider_id = $3 and v.visit_no = $4)
order by v.admit_on limit 200;

-- name: review_check_add
insert into review_check (person_id, check_id, provider_id, stage, setting, visit_no, pack_id, version_from_on, digest, line_count,
    past_count, finding_count, made_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: review_finding_add
insert into review_finding (person_id, finding_id, check_id, provider_id, stage, visit_no, rule_id, kind, handling, name_zh,
    name_en, zh, en, value, limit_text, source, line_no, item_code, item_name, given_on, amount_fen, order_no, doctor_no, doctor,
    made_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25);

-- name: review_finding_get
select person_id, provider_id, stage, handling from review_finding where finding_id = $1;

-- name: review_feedback_add
insert into review_feedback (person_id, feedback_id, finding_id, provider_id, way, reason, said_by, made_at)
values ($1, $2, $3, $4, $5, $6, $7, $8);
