-- Settling: what one job loads, and what it writes.

-- name: desk_answer_get
select body_digest, status, answer from idempotent_answer where sender = $1 and message_key = $2;

-- name: desk_answer_add
insert into idempotent_answer (sender, message_key, body_digest, status, answer, created_at)
values ($1, $2, $3, $4, $5, $6);

-- There must be a row to lock.  Only PostgreSQL is asked this: SQLite locks the whole file.
-- name: desk_head_make
insert into person_state (person_id) select person_id from person where person_id = $1
on conflict (person_id, scheme, year) do nothing;

-- name: desk_head_lock
select version, last_settlement_id from person_state where person_id = $1 and scheme = '' and year = 0
/*postgres: for update*/;

-- Asked behind the lock: years that another server added meanwhile are to be seen.
-- name: desk_state
select scheme, year, last_settlement_id, account, state from person_state where person_id = $1 order by scheme, year;

-- name: desk_household_make
insert into person_state (person_id) values ($1) on conflict (person_id, scheme, year) do nothing;

-- name: desk_state_save
insert into person_state (person_id, scheme, year, last_settlement_id, account, state, version)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (person_id, scheme, year) do update set version = person_state.version + 1, last_settlement_id = case
        when excluded.last_settlement_id > person_state.last_settlement_id then excluded.last_settlement_id
        else person_state.last_settlement_id end,
    account = excluded.account, state = excluded.state;

-- name: desk_person
select area_code, name, sex, birth_on, death_on, household_id from person where person_id = $1;

-- In no order: the program sorts them.
-- name: desk_dated
select 'cover' as what, scheme as kind, status as value, from_on, until_on, facts from person_cover where person_id = $1
union all
select 'flag', kind, value, from_on, until_on, target from person_flag where person_id = $1;

-- What stands of a settlement that may have been made anew since; no row: nothing.
-- name: desk_standing
with recursive chain (id, state) as (
    select settlement_id, state from settlement where person_id = $1 and settlement_id = $2 and part = 0 and kind = 'settle'
    union all
    select s.settlement_id, s.state from chain c
        join settlement s on s.person_id = $1 and s.replaces_id = c.id and s.part = 0 and s.kind = 'settle')
select id from chain where state <> 'reversed' order by id desc limit 1;

-- name: desk_visit_by_no
select visit_id from visit where person_id = $1 and provider_id = $2 and visit_no = $3;

-- name: desk_bill_by_no
select b.bill_id from bill b join settlement s on s.person_id = b.person_id and s.bill_id = b.bill_id
where b.person_id = $1 and b.provider_id = $2 and b.bill_no = $3 and s.kind = 'settle' and s.state <> 'reversed' limit 1;

-- name: desk_visit_add
insert into visit (person_id, visit_id, provider_id, visit_no, kind, admit_on, service_on, disease)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: desk_bill_add
insert into bill (person_id, bill_id, visit_id, bill_no, provider_id, channel, service_on, line_count, total_fen,
    document, created_at, created_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: desk_settlement_add
insert into settlement (person_id, settlement_id, part, bill_id, provider_id, area_code, kind, state, reverses_id, replaces_id,
    channel, scheme, visit_kind, year, service_on, settled_at, settled_by, pack_id, pack_digest, policy_id, policy_from_on,
    total_fen, own_fen, over_limit_fen, pay_first_fen, in_scope_fen, fund_fen, hospital_fen, personal_fen, account_fen,
    cash_fen, result, trace, lines, changes)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
    $26, $27, $28, $29, $30, $31, $32, $33, $34, $35);

-- name: desk_settlement_reversed
update settlement set state = 'reversed' where person_id = $1 and settlement_id = $2;

-- name: desk_entry_add
insert into journal_entry (person_id, settlement_id, entry_no, booked_on, area_code, scheme, fund, debit, credit, provider_id,
    amount_fen)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: desk_entry_between_add
insert into journal_entry (person_id, settlement_id, entry_no, booked_on, area_code, scheme, fund, debit, credit, provider_id,
    amount_fen, other_area)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: desk_event_add
insert into outbox (event_id, topic, person_id, object_id, body, created_at) values ($1, $2, $3, $4, $5, $6);

-- name: desk_settlement_person
select person_id, provider_id, settled_by, settled_at, kind, state, channel, area_code, replaces_id,
    (select cast(sum(a.total_fen) as bigint) from settlement a where a.settlement_id = $1),
    coalesce((select min(x.treatment_area) from cross_settlement x where x.settlement_id = $1), '')
from settlement where settlement_id = $1 order by part limit 1;

-- name: desk_settlement_rows
select s.part, s.bill_id, s.provider_id, s.area_code, s.kind, s.state, s.reverses_id, s.replaces_id, s.channel, s.scheme,
    s.visit_kind, s.year, s.service_on, s.settled_at, s.pack_id, s.pack_digest, s.policy_id, s.policy_from_on, s.result, s.trace,
    b.bill_no, b.document, v.admit_on, p.name, v.visit_no, s.settlement_id, p.id_no, s.settled_by, b.visit_id, v.disease,
    s.lines, s.changes,
    coalesce(x.insured_pool, ''), coalesce(x.treatment_pool, ''), coalesce(x.treatment_area, ''), coalesce(x.route, '')
from settlement s join bill b on b.person_id = s.person_id and b.bill_id = s.bill_id
    join visit v on v.person_id = b.person_id and v.visit_id = b.visit_id join person p on p.person_id = s.person_id
    left join cross_settlement x on x.settlement_id = s.settlement_id and x.person_id = s.person_id and x.part = s.part
where s.person_id = $1 and s.settlement_id = $2 order by s.part;

-- name: desk_reversed_by
select coalesce(max(settlement_id), 0) from settlement where person_id = $1 and reverses_id = $2;

-- name: desk_chain
select settlement_id from settlement
where person_id = $1 and settlement_id >= $2 and kind = 'settle' and state <> 'reversed' order by settlement_id, part;

-- name: desk_approval_add
insert into approval (approval_id, kind, person_id, object_id, area_code, reason, body, amount_fen, state, made_by, made_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9, $10);

-- name: desk_approval_get
select kind, person_id, object_id, area_code, reason, body, state, made_by from approval where approval_id = $1;

-- name: desk_approval_lock
select kind, person_id, object_id, area_code, reason, body, state, made_by from approval where approval_id = $1
/*postgres: for update*/;

-- name: desk_approval_decide
update approval set state = $2, decided_by = $3, decided_at = $4, decision_note = $5, result_id = $6
where approval_id = $1 and state = 'open';

-- name: desk_approval_of
select approval_id from approval where object_id = $1 and state = 'open';

-- name: desk_approval_show
select a.kind, a.person_id, a.object_id, a.area_code, a.reason, a.body, a.state, a.amount_fen, a.made_at, a.decided_at,
    a.decision_note, a.result_id, coalesce(p.name, ''), coalesce(m.name, ''), coalesce(d.name, ''), a.made_by
from approval a left join person p on p.person_id = a.person_id left join app_user m on m.user_id = a.made_by
    left join app_user d on d.user_id = a.decided_by
where a.approval_id = $1;

-- name: desk_policy_files
select files from policy_version where pack_id = $1 and digest = $2;

-- name: desk_policies_used
select pack_id, policy_id, policy_from_on from policy_used where pack_id = $1;

-- name: desk_policy_used_add
insert into policy_used (pack_id, policy_id, policy_from_on) values ($1, $2, $3)
on conflict (pack_id, policy_id, policy_from_on) do nothing;
