-- Money between pooling areas: docs/cross-area.md.

-- name: cross_settlement_add
insert into cross_settlement (person_id, settlement_id, part, kind, insured_pool, treatment_pool, treatment_area, provider_id,
    scheme, visit_kind, route, booked_on, month, total_fen, fund_fen, account_fen)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16);

-- By pair and scheme, then by kind of visit; a stay in parts counts once.
-- name: clearing_sums
select insured_pool, scheme, visit_kind, kind, count(distinct settlement_id), cast(sum(total_fen) as bigint),
    cast(sum(fund_fen) as bigint), cast(sum(account_fen) as bigint)
from cross_settlement where month = $1 and treatment_pool = $2
group by insured_pool, scheme, visit_kind, kind order by insured_pool, scheme, visit_kind, kind;

-- name: clearing_funds
select x.insured_pool, x.scheme, j.fund, cast(sum(j.amount_fen) as bigint)
from (select distinct person_id, settlement_id, insured_pool, scheme from cross_settlement
        where month = $1 and treatment_pool = $2) x
    join journal_entry j on j.settlement_id = x.settlement_id and j.person_id = x.person_id and j.debit = 'due_from_area'
group by x.insured_pool, x.scheme, j.fund order by x.insured_pool, x.scheme, j.fund;

-- name: clearing_live
select insured_pool, scheme from clearing_statement where month = $1 and treatment_pool = $2 and state <> 'withdrawn';

-- name: clearing_statement_add
insert into clearing_statement (statement_id, month, insured_pool, treatment_pool, scheme, state, visits, reversals, total_fen,
    fund_fen, account_fen, due_fen, made_by, made_at)
values ($1, $2, $3, $4, $5, 'made', $6, $7, $8, $9, $10, $11, $12, $13);

-- name: clearing_line_add
insert into clearing_line (statement_id, kind, word, visits, reversals, total_fen, fund_fen, account_fen)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: clearing_lock
select state, insured_pool, treatment_pool, scheme, made_by, confirmed_by from clearing_statement where statement_id = $1
/*postgres: for update*/;

-- name: clearing_show
select s.state, s.insured_pool, s.treatment_pool, s.scheme, s.made_by, s.confirmed_by, s.month, coalesce(i.name, ''),
    coalesce(t.name, ''), s.visits, s.reversals, s.total_fen, s.fund_fen, s.account_fen, s.due_fen, s.made_at, s.confirmed_at,
    s.paid_at, s.reference, s.reason, coalesce(m.name, ''), coalesce(c.name, ''), coalesce(p.name, '')
from clearing_statement s left join area i on i.area_code = s.insured_pool left join area t on t.area_code = s.treatment_pool
    left join app_user m on m.user_id = s.made_by left join app_user c on c.user_id = s.confirmed_by
    left join app_user p on p.user_id = s.paid_by
where s.statement_id = $1;

-- name: clearing_lines
select kind, word, visits, reversals, total_fen, fund_fen, account_fen from clearing_line where statement_id = $1
order by kind, word;

-- name: clearing_fund_lines
select word, fund_fen from clearing_line where statement_id = $1 and kind = 'fund' order by word;

-- name: clearing_confirm
update clearing_statement set state = 'confirmed', confirmed_by = $2, confirmed_at = $3 where statement_id = $1 and state = 'made';

-- name: clearing_pay
update clearing_statement set state = 'paid', paid_by = $2, paid_at = $3, reference = $4
where statement_id = $1 and state = 'confirmed';

-- name: clearing_withdraw
update clearing_statement set state = 'withdrawn', withdrawn_by = $2, withdrawn_at = $3, reason = $4
where statement_id = $1 and state = 'made';

-- name: clearing_entry_add
insert into clearing_entry (statement_id, entry_no, booked_on, area_code, other_area, scheme, fund, debit, credit, amount_fen)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- Of the month, or of some of the same days: nothing is applied for twice.
-- name: clearing_application_open
select application_id from clearing_application
where provider_id = $1 and clr_type = $3 and state <> 'withdrawn' and (month = $2 or (from_on <= $5 and until_on >= $4))
order by application_id limit 1;

-- name: clearing_application_add
insert into clearing_application (application_id, provider_id, month, clr_type, from_on, until_on, state, agrees, visits, total_fen,
    fund_fen, cash_fen, account_fen, own_visits, own_total_fen, own_fund_fen, own_cash_fen, own_account_fen, made_at)
values ($1, $2, $3, $4, $5, $6, 'applied', $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18);

-- name: clearing_application_get
select state from clearing_application where application_id = $1 and provider_id = $2;

-- name: clearing_application_withdraw
update clearing_application set state = 'withdrawn', withdrawn_at = $3
where application_id = $1 and provider_id = $2 and state = 'applied';

-- A statement is of a month that is over, so nothing can have been added since.
-- name: check_clearing
select s.statement_id, s.made_by from clearing_statement s
where s.state <> 'withdrawn' and (s.due_fen <> s.fund_fen + s.account_fen
    or s.due_fen <> coalesce((select sum(x.fund_fen + x.account_fen) from cross_settlement x where x.month = s.month
        and x.treatment_pool = s.treatment_pool and x.insured_pool = s.insured_pool and x.scheme = s.scheme), 0)
    or s.due_fen <> coalesce((select sum(l.fund_fen) from clearing_line l
        where l.statement_id = s.statement_id and l.kind = 'fund'), 0)
    or s.due_fen <> coalesce((select sum(l.fund_fen + l.account_fen) from clearing_line l
        where l.statement_id = s.statement_id and l.kind = 'visit_kind'), 0))
limit 20;

-- name: check_clearing_entries
select s.statement_id, s.made_by from clearing_statement s
where case s.state when 'paid' then s.due_fen else 0 end <> coalesce((select sum(n.amount_fen) from clearing_entry n
        where n.statement_id = s.statement_id and n.debit = 'due_to_area'), 0)
    or case s.state when 'paid' then s.due_fen else 0 end <> coalesce((select sum(n.amount_fen) from clearing_entry n
        where n.statement_id = s.statement_id and n.credit = 'due_from_area'), 0)
limit 20;

-- name: check_clearing_duties
select statement_id, made_by from clearing_statement
where (confirmed_by <> 0 and confirmed_by = made_by) or (paid_by <> 0 and (paid_by = confirmed_by or paid_by = made_by)) limit 20;
