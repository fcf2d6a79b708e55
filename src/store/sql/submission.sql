-- What providers settled: submitted by month, cleared when the money came.

-- name: submission_provider
select area_code from provider where provider_id = $1;

-- name: submission_live
select submission_id from submission where provider_id = $1 and month = $2 and state <> 'withdrawn';

-- name: submission_waiting
select s.settlement_id, s.person_id, s.kind, cast(sum(s.total_fen) as bigint), cast(sum(s.fund_fen) as bigint),
    cast(sum(s.account_fen) as bigint), cast(sum(s.cash_fen) as bigint)
from settlement s
where s.provider_id = $1 and s.settled_at >= $2 and s.settled_at < $3 and s.channel <> 'manual'
    and not exists (select 1 from submission_line l where l.settlement_id = s.settlement_id and l.live = 1)
group by s.settlement_id, s.person_id, s.kind order by s.settlement_id;

-- name: submission_add
insert into submission (submission_id, provider_id, month, state, settlements, total_fen, fund_fen, account_fen, cash_fen, due_fen,
    made_by, made_at)
values ($1, $2, $3, 'submitted', $4, $5, $6, $7, $8, $9, $10, $11);

-- name: submission_line_add
insert into submission_line (submission_id, settlement_id, person_id, kind, live, total_fen, fund_fen, account_fen, cash_fen)
values ($1, $2, $3, $4, 1, $5, $6, $7, $8);

-- name: submission_lock
select state from submission where submission_id = $1 /*postgres: for update*/;

-- name: submission_get
select b.state, b.provider_id, p.area_code, b.made_by, b.due_fen,
    (select count(*) from submission_receipt r where r.submission_id = b.submission_id)
from submission b join provider p on p.provider_id = b.provider_id where b.submission_id = $1;

-- name: submission_clear
update submission set state = 'cleared', cleared_by = $2, cleared_at = $3, reference = $4
where submission_id = $1 and state = 'submitted';

-- name: submission_reopen
update submission set state = 'submitted', cleared_by = 0, cleared_at = 0, reference = '', reopened_by = $2, reopened_at = $3,
    reason = $4
where submission_id = $1 and state = 'cleared';

-- name: submission_withdraw
update submission set state = 'withdrawn', withdrawn_by = $2, withdrawn_at = $3, reason = $4
where submission_id = $1 and state = 'submitted';

-- name: submission_lines_free
update submission_line set live = 0 where submission_id = $1;

-- name: submission_receipt_add
insert into submission_receipt (submission_id, receipt_no, amount_fen, booked_on, note, made_by, made_at)
values ($1, $2, $3, $4, $5, $6, $7);

-- name: submission_show
select b.state, b.provider_id, p.area_code, b.month, p.name, b.settlements, b.total_fen, b.fund_fen, b.account_fen, b.cash_fen,
    b.due_fen, coalesce(m.name, ''), coalesce(c.name, ''), b.reason
from submission b join provider p on p.provider_id = b.provider_id left join app_user m on m.user_id = b.made_by
    left join app_user c on c.user_id = b.cleared_by
where b.submission_id = $1;

-- name: submission_receipts
select r.amount_fen, r.booked_on, r.note, coalesce(u.name, '')
from submission_receipt r left join app_user u on u.user_id = r.made_by
where r.submission_id = $1 order by r.receipt_no;

-- name: check_submissions
select b.submission_id, b.made_by from submission b
where b.due_fen <> b.fund_fen + b.account_fen
    or b.settlements <> (select count(*) from submission_line l where l.submission_id = b.submission_id)
    or b.total_fen <> coalesce((select sum(l.total_fen) from submission_line l where l.submission_id = b.submission_id), 0)
    or b.due_fen <> coalesce((select sum(l.fund_fen + l.account_fen) from submission_line l where l.submission_id = b.submission_id), 0)
limit 20;

-- name: check_submission_lines
select l.submission_id, l.settlement_id from submission_line l join submission b on b.submission_id = l.submission_id
where l.live <> case when b.state = 'withdrawn' then 0 else 1 end
    or l.total_fen <> coalesce((select sum(s.total_fen) from settlement s where s.person_id = l.person_id
        and s.settlement_id = l.settlement_id and s.provider_id = b.provider_id), 0)
    or l.fund_fen + l.account_fen <> coalesce((select sum(s.fund_fen + s.account_fen) from settlement s
        where s.person_id = l.person_id and s.settlement_id = l.settlement_id and s.provider_id = b.provider_id), 0)
limit 20;

-- name: check_submission_receipts
select b.submission_id, b.made_by from submission b
where case b.state when 'cleared' then b.due_fen else 0 end <> coalesce((select sum(r.amount_fen) from submission_receipt r
    where r.submission_id = b.submission_id), 0)
limit 20;

-- name: check_submission_duties
select submission_id, made_by from submission where cleared_by <> 0 and cleared_by = made_by limit 20;
