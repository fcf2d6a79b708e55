-- What providers put on file for a person.  Columns of the three that ask stand in the same order.

-- name: filing_add
insert into filing (person_id, filing_id, kind, slot, state, area_code, scheme, biz_type, flag_kind, value, target, from_on,
    until_on, said_on, visit_no, provider_id, detail, made_at, made_by, approval_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20);

-- name: filing_get
select filing_id, kind, slot, state, area_code, scheme, biz_type, flag_kind, value, target, from_on, until_on, said_on, visit_no,
    provider_id, detail, made_at, made_by, approval_id
from filing where filing_id = $2 and person_id = $1;

-- name: filing_list
select filing_id, kind, slot, state, area_code, scheme, biz_type, flag_kind, value, target, from_on, until_on, said_on, visit_no,
    provider_id, detail, made_at, made_by, approval_id
from filing where person_id = $1 and kind = $2 order by from_on, filing_id;

-- name: filing_state_set
update filing set state = $3, ended_at = $4, end_reason = $5 where filing_id = $2 and person_id = $1 and state = $6;

-- name: filing_end
update filing set state = 'replaced', until_on = $3, ended_at = $4 where filing_id = $2 and person_id = $1;

-- name: filing_flags
select value, target, from_on, until_on from person_flag where person_id = $1 and kind = $2 order by from_on;

-- name: filing_flag_add
insert into person_flag (person_id, kind, value, from_on, until_on, note, target) values ($1, $2, $3, $4, $5, '', $6);

-- name: filing_flag_end
update person_flag set until_on = $5 where person_id = $1 and kind = $2 and value = $3 and from_on = $4;

-- name: filing_flag_drop
delete from person_flag where person_id = $1 and kind = $2 and value = $3 and from_on = $4;

-- The bills that stand and were settled since: their documents say what they made use of, or by which route they came.
-- name: filing_used
select s.settlement_id from settlement s join bill b on b.person_id = s.person_id and b.bill_id = s.bill_id
    left join cross_settlement x on x.person_id = s.person_id and x.settlement_id = s.settlement_id and x.part = s.part
where s.person_id = $1 and s.kind = 'settle' and s.state <> 'reversed' and s.settled_at >= $2
    and (b.document like $3 or coalesce(x.route, '?') = $4)
order by s.settlement_id limit 1;

-- Settlements of the stay that a referral to provider $2 from $3 to $4 was written in; none once another stay there than $5
-- has counted what it held back. From $6 on a newer referral counts.
-- name: filing_stays_before
select distinct s.settlement_id
from filing f join visit v on v.person_id = f.person_id and v.visit_no = f.visit_no and v.provider_id = f.provider_id
    join bill b on b.person_id = v.person_id and b.visit_id = v.visit_id
    join settlement s on s.person_id = b.person_id and s.bill_id = b.bill_id and s.kind = 'settle' and s.state = 'settled'
where f.person_id = $1 and f.flag_kind = 'referral' and f.target = $2 and f.from_on = $3 and f.until_on = $4 and f.visit_no <> ''
    and f.state in ('filed', 'replaced')
    and not exists (select 1 from provider p join visit w on w.provider_id = p.provider_id
        join bill c on c.person_id = w.person_id and c.visit_id = w.visit_id
        join settlement t on t.person_id = c.person_id and t.bill_id = c.bill_id and t.kind = 'settle' and t.state = 'settled'
        where p.code = $2 and w.person_id = $1 and w.visit_no <> $5 and c.document like '%"prev_deductible"%'
            and w.service_on >= $3 and w.service_on < $6
            and ($4 = '' or (case when w.admit_on = '' then w.service_on else w.admit_on end) <= $4))
order by s.settlement_id;

-- name: filing_approval_end
update approval set state = 'withdrawn', decided_at = $2, decision_note = $3 where approval_id = $1 and state = 'open';

-- Bills for a recognised disease, whoever the provider was.
-- name: filing_chronic_bills
select s.settlement_id, p.code, p.name, s.visit_kind, s.service_on
from settlement s join provider p on p.provider_id = s.provider_id
    join bill b on b.person_id = s.person_id and b.bill_id = s.bill_id
    join visit v on v.person_id = b.person_id and v.visit_id = b.visit_id
where s.person_id = $1 and s.part = 0 and s.kind = 'settle' and s.state <> 'reversed' and v.disease <> ''
    and s.service_on >= $2 and s.service_on <= $3
order by s.service_on, s.settlement_id limit 200;
