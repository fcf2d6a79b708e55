-- A sandbox: its mark, what went through its gateway.

-- name: sandbox_mark_get
select marked_at from sandbox_mark;

-- name: sandbox_mark_add
insert into sandbox_mark (marked_at) values ($1);

-- name: sandbox_exchange_add
insert into sandbox_exchange (exchange_id, institution, transaction_no, msgid, received_at, duration_us, outcome, fault, replayed,
    noted, path, headers, request, answer, fields, problems)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16);

-- name: sandbox_finding_add
insert into sandbox_finding (exchange_id, place, institution, transaction_no, path, problem, received, expected)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: sandbox_exchanges_after
select exchange_id, institution, transaction_no, msgid, received_at, duration_us, outcome, fault, replayed, noted, problems
from sandbox_exchange
where exchange_id > $1 and (institution = $2 or $2 = '') and (transaction_no = $3 or $3 = '')
order by exchange_id limit 200;

-- name: sandbox_exchanges_last
select exchange_id, institution, transaction_no, msgid, received_at, duration_us, outcome, fault, replayed, noted, problems
from sandbox_exchange
where (institution = $1 or $1 = '') and (transaction_no = $2 or $2 = '')
order by exchange_id desc limit 100;

-- name: sandbox_exchange_get
select exchange_id, institution, transaction_no, msgid, received_at, duration_us, outcome, fault, replayed, noted, problems, path,
    headers, request, answer, fields
from sandbox_exchange where exchange_id = $1;

-- name: sandbox_institutions
select p.provider_id, p.code, p.name, p.kind, p.level, a.state, a.signature, a.verify, a.access_key, a.secret, a.checks, a.sign_in,
    a.infcode, a.amounts, a.single_nodes
from gateway_access a join provider p on p.provider_id = a.provider_id
where p.code = $1 or $1 = '' order by p.code limit 200;

-- name: sandbox_report_transactions
select transaction_no, count(*), sum(case when outcome = 'ok' then 1 else 0 end), sum(replayed),
    sum(case when fault <> '' then 1 else 0 end), min(received_at), max(received_at),
    sum(case when noted = 'balanced' then 1 else 0 end)
from sandbox_exchange where institution = $1 group by transaction_no order by transaction_no;

-- name: sandbox_report_outcomes
select transaction_no, outcome, count(*), min(exchange_id) from sandbox_exchange
where institution = $1 and outcome <> 'ok' group by transaction_no, outcome order by transaction_no, outcome;

-- name: sandbox_report_notes
select noted, count(*) from sandbox_exchange where institution = $1 and noted <> '' group by noted order by noted;

-- name: sandbox_report_findings
select transaction_no, path, problem, count(*), count(distinct exchange_id), min(exchange_id), min(received), min(expected)
from sandbox_finding where institution = $1 group by transaction_no, path, problem order by transaction_no, path, problem;

-- name: sandbox_exchanges_drop
delete from sandbox_exchange where institution = $1;

-- name: sandbox_findings_drop
delete from sandbox_finding where institution = $1;

-- name: sandbox_answers_drop
update gateway_message set body_digest = '' where provider_id = $1 and body_digest <> '';

-- name: sandbox_standing
select distinct settlement_id, person_id from settlement
where provider_id = $1 and kind = 'settle' and state <> 'reversed' order by settlement_id desc;
