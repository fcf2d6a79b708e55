-- What must always be true, as counts of what is not.

-- name: check_totals
select count(*), coalesce(cast(sum(case when kind = 'settle' then 1 else 0 end) as bigint), 0) from settlement;

-- name: check_identities
select person_id, settlement_id from settlement
where total_fen <> own_fen + over_limit_fen + pay_first_fen + in_scope_fen
    or total_fen <> fund_fen + hospital_fen + personal_fen or personal_fen <> account_fen + cash_fen
    or (kind = 'settle' and (own_fen < 0 or over_limit_fen < 0 or pay_first_fen < 0 or in_scope_fen < 0 or fund_fen < 0
        or hospital_fen < 0 or account_fen < 0 or cash_fen < 0))
limit 20;

-- Between areas each fen is booked twice: by who is insured to who treats, by who treats to the provider.
-- name: check_journal
select s.person_id, s.settlement_id from
    (select person_id, settlement_id, cast(sum(fund_fen + account_fen) as bigint) as owed from settlement
        group by person_id, settlement_id) s
    left join (select person_id, settlement_id,
        cast(sum(case when debit = 'due_from_area' then 0 else amount_fen end) as bigint) as spent,
        cast(sum(case when credit = 'due_to_area' then 0 else amount_fen end) as bigint) as payable from journal_entry
        group by person_id, settlement_id) j on j.person_id = s.person_id and j.settlement_id = s.settlement_id
where s.owed <> coalesce(j.spent, 0) or s.owed <> coalesce(j.payable, 0) limit 20;

-- name: check_between
select s.person_id, s.settlement_id from
    (select person_id, settlement_id, cast(sum(fund_fen + account_fen) as bigint) as due, min(insured_pool) as insured,
        min(treatment_pool) as treating from cross_settlement group by person_id, settlement_id) s
    left join (select person_id, settlement_id,
        cast(sum(case when credit = 'due_to_area' then amount_fen else 0 end) as bigint) as due_to,
        cast(sum(case when debit = 'due_from_area' then amount_fen else 0 end) as bigint) as due_from,
        min(case when credit = 'due_to_area' then other_area end) as creditor,
        max(case when debit = 'due_from_area' then other_area end) as debtor from journal_entry
        where credit = 'due_to_area' or debit = 'due_from_area'
        group by person_id, settlement_id) j on j.person_id = s.person_id and j.settlement_id = s.settlement_id
where s.due <> coalesce(j.due_to, 0) or s.due <> coalesce(j.due_from, 0) or coalesce(j.creditor, s.treating) <> s.treating
    or coalesce(j.debtor, s.insured) <> s.insured limit 20;

-- name: check_between_rows
select x.person_id, x.settlement_id from cross_settlement x
    left join settlement s on s.person_id = x.person_id and s.settlement_id = x.settlement_id and s.part = x.part
where s.settlement_id is null or s.fund_fen <> x.fund_fen or s.account_fen <> x.account_fen or s.total_fen <> x.total_fen
    or s.kind <> x.kind or s.scheme <> x.scheme or substr(x.booked_on, 1, 7) <> x.month or x.insured_pool = x.treatment_pool
limit 20;

-- name: check_between_alone
select j.person_id, j.settlement_id from journal_entry j
where (j.credit = 'due_to_area' or j.debit = 'due_from_area') and not exists (select 1 from cross_settlement x
    where x.settlement_id = j.settlement_id and x.person_id = j.person_id) limit 20;

-- name: check_between_totals
select count(*), coalesce(cast(sum(fund_fen + account_fen) as bigint), 0) from cross_settlement;

-- name: check_journal_alone
select j.person_id, j.settlement_id from journal_entry j
where not exists (select 1 from settlement s where s.person_id = j.person_id and s.settlement_id = j.settlement_id) limit 20;

-- name: check_bills
select b.person_id, b.bill_id from bill b
    join (select person_id, bill_id, settlement_id, cast(sum(total_fen) as bigint) as fen from settlement where kind = 'settle'
        group by person_id, bill_id, settlement_id) s on s.person_id = b.person_id and s.bill_id = b.bill_id
where b.total_fen <> s.fen limit 20;

-- name: check_lines
select settlement_id, part, person_id, kind, total_fen, lines from settlement
where settlement_id >= $1 and (settlement_id > $1 or part > $2) order by settlement_id, part limit $3;

-- name: check_visits
select b.person_id, b.bill_id from bill b
where not exists (select 1 from visit v where v.person_id = b.person_id and v.visit_id = b.visit_id)
    or not exists (select 1 from settlement s where s.person_id = b.person_id and s.bill_id = b.bill_id) limit 20;

-- name: check_policies
select s.person_id, s.settlement_id from settlement s where not exists (select 1 from policy_used u
    where u.pack_id = s.pack_id and u.policy_id = s.policy_id and u.policy_from_on = s.policy_from_on) limit 20;

-- Who has no head is not walked through.
-- name: check_heads
select s.person_id, s.settlement_id from settlement s
where not exists (select 1 from person_state h join person p on p.person_id = h.person_id
    where h.person_id = s.person_id and h.scheme = '' and h.year = 0) limit 20;

-- name: check_reversals
select r.person_id, r.settlement_id from settlement r
    left join settlement s on s.person_id = r.person_id and s.settlement_id = r.reverses_id and s.part = r.part
where r.kind = 'reverse' and (s.settlement_id is null or s.state <> 'reversed' or s.total_fen + r.total_fen <> 0
    or s.fund_fen + r.fund_fen <> 0 or s.cash_fen + r.cash_fen <> 0) limit 20;

-- name: check_reversed
select s.person_id, s.settlement_id from settlement s
where s.state = 'reversed' and s.kind = 'settle'
    and not exists (select 1 from settlement r where r.person_id = s.person_id and r.reverses_id = s.settlement_id) limit 20;

-- name: check_stock
select 0, s.movement_id from stock s
    left join (select provider_id, own_code, batch_no, cast(sum(quantity_e4) as bigint) as moved from stock_movement
        group by provider_id, own_code, batch_no) m
    on m.provider_id = s.provider_id and m.own_code = s.own_code and m.batch_no = s.batch_no
where s.quantity_e4 <> coalesce(m.moved, 0) limit 20;

-- name: check_stock_alone
select 0, m.movement_id from stock_movement m where not exists (select 1 from stock s
    where s.provider_id = m.provider_id and s.own_code = m.own_code and s.batch_no = m.batch_no) limit 20;

-- name: check_stock_reversals
select 0, r.movement_id from stock_movement r left join stock_movement m on m.movement_id = r.reverses_id
where (r.kind = 'reversal') <> (r.reverses_id <> 0) or (r.reverses_id <> 0 and (m.movement_id is null
    or m.quantity_e4 + r.quantity_e4 <> 0 or m.provider_id <> r.provider_id or m.own_code <> r.own_code
    or m.batch_no <> r.batch_no or m.kind = 'reversal')) limit 20;

-- name: check_approvals
select approval_id, made_by from approval where state in ('approved', 'refused') and made_by = decided_by limit 20;

-- name: check_admins
select u.user_id, u.user_id from app_user u
where u.state <> 'disabled' and (select count(distinct role) from user_role r where r.user_id = u.user_id
    and r.role in ('system_admin', 'security_admin', 'audit_admin')) > 1 limit 20;

-- name: check_counts
select (select count(*) from person), (select count(*) from bill), (select coalesce(cast(sum(line_count) as bigint), 0) from bill),
    (select count(*) from journal_entry), (select count(*) from idempotent_answer), (select count(*) from approval);

-- name: check_persons
select h.person_id from person_state h join person p on p.person_id = h.person_id
where h.person_id > $1 and h.scheme = '' and h.year = 0
order by h.person_id limit $2;

-- name: check_person_rows
select s.settlement_id, s.part, s.kind, s.pack_id, s.pack_digest, s.result, s.scheme, s.visit_kind, b.document, s.area_code,
    s.changes, s.lines, s.channel, s.total_fen, s.own_fen, s.over_limit_fen, s.pay_first_fen, s.in_scope_fen, s.fund_fen,
    s.hospital_fen, s.personal_fen, s.account_fen, s.cash_fen
from settlement s join bill b on b.person_id = s.person_id and b.bill_id = s.bill_id
where s.person_id = $1 order by s.settlement_id, s.part;

-- name: check_person_entries
select j.settlement_id, j.fund, j.debit, j.credit, cast(sum(j.amount_fen) as bigint)
from settlement s join journal_entry j on j.settlement_id = s.settlement_id and j.person_id = s.person_id
where s.person_id = $1 and s.part = 0
group by j.settlement_id, j.fund, j.debit, j.credit order by j.settlement_id;
