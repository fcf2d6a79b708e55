-- What those who watch the gateway ask.

-- name: gateway_hour_add
insert into gateway_hour (hour_at, provider_id, transaction_no, outcome, messages, total_us, longest_us, last_at, d0, d1, d2, d3,
    d4, d5, d6, d7, d8, d9, d10, d11, d12, d13)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
on conflict (hour_at, provider_id, transaction_no, outcome) do update set messages = gateway_hour.messages + excluded.messages,
    total_us = gateway_hour.total_us + excluded.total_us,
    longest_us = case when excluded.longest_us > gateway_hour.longest_us then excluded.longest_us else gateway_hour.longest_us end,
    last_at = case when excluded.last_at > gateway_hour.last_at then excluded.last_at else gateway_hour.last_at end,
    d0 = gateway_hour.d0 + excluded.d0, d1 = gateway_hour.d1 + excluded.d1, d2 = gateway_hour.d2 + excluded.d2,
    d3 = gateway_hour.d3 + excluded.d3, d4 = gateway_hour.d4 + excluded.d4, d5 = gateway_hour.d5 + excluded.d5,
    d6 = gateway_hour.d6 + excluded.d6, d7 = gateway_hour.d7 + excluded.d7, d8 = gateway_hour.d8 + excluded.d8,
    d9 = gateway_hour.d9 + excluded.d9, d10 = gateway_hour.d10 + excluded.d10, d11 = gateway_hour.d11 + excluded.d11,
    d12 = gateway_hour.d12 + excluded.d12, d13 = gateway_hour.d13 + excluded.d13;

-- name: credential_day_add
insert into credential_day (counted_on, provider_id, transaction_no, credential, step, messages) values ($1, $2, $3, $4, $5, $6)
on conflict (counted_on, provider_id, transaction_no, credential) do update set messages = credential_day.messages + excluded.messages;

-- name: credential_steps
select d.transaction_no, d.step, d.credential, cast(sum(d.messages) as bigint)
from credential_day d where d.counted_on >= $1 and d.counted_on <= $2
    and (d.provider_id in (select v.provider_id from provider v where v.area_code >= $3 and v.area_code <= $4) or $3 = '')
    and (d.provider_id = $5 or $5 = 0) and (d.provider_id = $6 or $6 = 0)
group by d.transaction_no, d.step, d.credential order by d.transaction_no, d.credential;

-- The monitor asks the messages themselves for an hour and the sums by the hour for more: the same columns, $1 to $2, of the areas $3 to
-- $4 ('' = all) and the provider $5 (0 = all).

-- name: monitor_series_live
select h.hour_at, case when h.outcome = 'ok' then 0 when h.outcome = 'recorded' then 1 when h.outcome = 'replayed' then 2 else 3 end,
    cast(sum(h.messages) as bigint)
from gateway_live h where h.last_at >= $1 and h.last_at < $2
    and (h.provider_id in (select v.provider_id from provider v where v.area_code >= $3 and v.area_code <= $4) or $3 = '')
    and (h.provider_id = $5 or $5 = 0)
group by 1, 2;

-- name: monitor_transactions_live
select h.transaction_no, cast(sum(h.messages) as bigint),
    cast(sum(case when h.outcome not in ('ok', 'recorded', 'replayed') then h.messages else 0 end) as bigint), max(h.longest_us),
    cast(sum(h.d0) as bigint), cast(sum(h.d1) as bigint), cast(sum(h.d2) as bigint), cast(sum(h.d3) as bigint),
    cast(sum(h.d4) as bigint), cast(sum(h.d5) as bigint), cast(sum(h.d6) as bigint), cast(sum(h.d7) as bigint),
    cast(sum(h.d8) as bigint), cast(sum(h.d9) as bigint), cast(sum(h.d10) as bigint), cast(sum(h.d11) as bigint),
    cast(sum(h.d12) as bigint), cast(sum(h.d13) as bigint)
from gateway_live h where h.last_at >= $1 and h.last_at < $2
    and (h.provider_id in (select v.provider_id from provider v where v.area_code >= $3 and v.area_code <= $4) or $3 = '')
    and (h.provider_id = $5 or $5 = 0)
group by h.transaction_no order by 2 desc, 1 limit 60;

-- name: monitor_codes_live
select h.outcome, cast(sum(h.messages) as bigint)
from gateway_live h where h.last_at >= $1 and h.last_at < $2
    and (h.provider_id in (select v.provider_id from provider v where v.area_code >= $3 and v.area_code <= $4) or $3 = '')
    and (h.provider_id = $5 or $5 = 0)
    and h.outcome not in ('ok', 'recorded', 'replayed')
group by h.outcome order by 2 desc, 1 limit 12;

-- name: monitor_providers_live
select t.provider_id, coalesce(v.code, ''), coalesce(v.name, ''), t.messages, t.refused
from (select h.provider_id, cast(sum(h.messages) as bigint) as messages,
        cast(sum(case when h.outcome not in ('ok', 'recorded', 'replayed') then h.messages else 0 end) as bigint) as refused
    from gateway_live h where h.last_at >= $1 and h.last_at < $2
    and (h.provider_id in (select v.provider_id from provider v where v.area_code >= $3 and v.area_code <= $4) or $3 = '')
    and (h.provider_id = $5 or $5 = 0)
    group by h.provider_id) t
    left join provider v on v.provider_id = t.provider_id
where t.refused > 0 order by t.refused desc, t.provider_id limit 12;

-- name: monitor_series_hour
select h.hour_at, case when h.outcome = 'ok' then 0 when h.outcome = 'recorded' then 1 when h.outcome = 'replayed' then 2 else 3 end,
    cast(sum(h.messages) as bigint)
from gateway_hour h where h.hour_at >= $1 and h.hour_at < $2
    and (h.provider_id in (select v.provider_id from provider v where v.area_code >= $3 and v.area_code <= $4) or $3 = '')
    and (h.provider_id = $5 or $5 = 0)
group by 1, 2;

-- name: monitor_transactions_hour
select h.transaction_no, cast(sum(h.messages) as bigint),
    cast(sum(case when h.outcome not in ('ok', 'recorded', 'replayed') then h.messages else 0 end) as bigint), max(h.longest_us),
    cast(sum(h.d0) as bigint), cast(sum(h.d1) as bigint), cast(sum(h.d2) as bigint), cast(sum(h.d3) as bigint),
    cast(sum(h.d4) as bigint), cast(sum(h.d5) as bigint), cast(sum(h.d6) as bigint), cast(sum(h.d7) as bigint),
    cast(sum(h.d8) as bigint), cast(sum(h.d9) as bigint), cast(sum(h.d10) as bigint), cast(sum(h.d11) as bigint),
    cast(sum(h.d12) as bigint), cast(sum(h.d13) as bigint)
from gateway_hour h where h.hour_at >= $1 and h.hour_at < $2
    and (h.provider_id in (select v.provider_id from provider v where v.area_code >= $3 and v.area_code <= $4) or $3 = '')
    and (h.provider_id = $5 or $5 = 0)
group by h.transaction_no order by 2 desc, 1 limit 60;

-- name: monitor_codes_hour
select h.outcome, cast(sum(h.messages) as bigint)
from gateway_hour h where h.hour_at >= $1 and h.hour_at < $2
    and (h.provider_id in (select v.provider_id from provider v where v.area_code >= $3 and v.area_code <= $4) or $3 = '')
    and (h.provider_id = $5 or $5 = 0)
    and h.outcome not in ('ok', 'recorded', 'replayed')
group by h.outcome order by 2 desc, 1 limit 12;

-- name: monitor_providers_hour
select t.provider_id, coalesce(v.code, ''), coalesce(v.name, ''), t.messages, t.refused
from (select h.provider_id, cast(sum(h.messages) as bigint) as messages,
        cast(sum(case when h.outcome not in ('ok', 'recorded', 'replayed') then h.messages else 0 end) as bigint) as refused
    from gateway_hour h where h.hour_at >= $1 and h.hour_at < $2
    and (h.provider_id in (select v.provider_id from provider v where v.area_code >= $3 and v.area_code <= $4) or $3 = '')
    and (h.provider_id = $5 or $5 = 0)
    group by h.provider_id) t
    left join provider v on v.provider_id = t.provider_id
where t.refused > 0 order by t.refused desc, t.provider_id limit 12;

-- name: monitor_slowest
select h.message_id, h.last_at, h.provider_id, (select v.name from provider v where v.provider_id = h.provider_id), h.transaction_no,
    h.outcome, h.longest_us
from gateway_live h where h.last_at >= $1 and h.last_at < $2
    and (h.provider_id in (select v.provider_id from provider v where v.area_code >= $3 and v.area_code <= $4) or $3 = '')
    and (h.provider_id = $5 or $5 = 0) and h.longest_us > 0
order by h.longest_us desc, h.message_id limit 10;

-- name: monitor_silent
select v.provider_id, v.code, v.name, coalesce((select max(h.last_at) from gateway_hour h where h.provider_id = v.provider_id), 0)
from gateway_access g join provider v on v.provider_id = g.provider_id
where g.state = 'open' and coalesce((select max(h.last_at) from gateway_hour h where h.provider_id = v.provider_id), 0) < $1
    and (v.area_code >= $2 and v.area_code <= $3 or $2 = '') and (v.provider_id = $4 or $4 = 0)
order by 4, v.code limit 100;

-- name: monitor_message
select m.message_id, m.trace_id, m.provider_id, v.code, v.name, v.area_code, m.transaction_no, m.msgid, m.person_id, m.received_at,
    m.outcome, m.duration_us, m.address, m.request, m.answer, coalesce(p.name, '')
from gateway_message m left join provider v on v.provider_id = m.provider_id left join person p on p.person_id = m.person_id
where m.message_id = $1;

-- name: monitor_message_effect
select a.message_id, a.object_id, coalesce((select max(s.settlement_id) from settlement s where s.person_id = a.person_id
        and s.settlement_id = a.object_id), 0),
    coalesce((select max(c.visit_id) from care_visit c where c.visit_id = a.object_id), 0)
from gateway_message a where a.provider_id = $1 and a.transaction_no = $2 and a.msgid = $3 and a.body_digest <> '';

-- name: monitor_same_msgid
select message_id, trace_id, transaction_no, received_at, outcome, duration_us from gateway_message
where message_id in (select d.message_id from gateway_message d where d.provider_id = $1 and d.msgid = $2 and d.body_digest <> ''
    union all select o.message_id from gateway_message o where o.provider_id = $1 and o.msgid = $2 and o.body_digest = '')
order by message_id limit 50;

-- name: tidy_from
select until_at, message_id from gateway_tidied where what = 'bodies';

-- name: tidy_next
select message_id, received_at from gateway_message where (received_at, message_id) > ($1, $2) and received_at < $3
order by received_at, message_id limit 500;

-- name: tidy_body
update gateway_message set request = '', answer = case when body_digest <> '' then answer else '' end where message_id = $1;

-- name: tidy_reached
insert into gateway_tidied (what, until_at, message_id) values ($1, $2, $3)
on conflict (what) do update set until_at = excluded.until_at, message_id = excluded.message_id;

-- name: tidy_counts
select (select count(*) from gateway_hour where hour_at < $1), (select count(*) from credential_day where counted_on < $2);

-- name: tidy_counts_drop
delete from gateway_hour where hour_at < $1;

-- name: tidy_credentials_drop
delete from credential_day where counted_on < $1;

-- name: statement_supersede
update gateway_statement set state = 'superseded' where provider_id = $1 and transaction_no = $2 and from_on = $3 and until_on = $4
    and scheme = $5 and clr_type = $6 and refunded = $7 and state in ('open', 'equal');

-- name: statement_add
insert into gateway_statement (statement_id, provider_id, transaction_no, trace_id, made_at, from_on, until_on, scheme, clr_type,
    refunded, state, ours_count, ours_total_fen, ours_fund_fen, ours_account_fen, theirs_count, theirs_total_fen,
    theirs_fund_fen, theirs_account_fen, differences, unresolved)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21);

-- name: difference_add
insert into gateway_difference (statement_id, line, kind, reference, settlement_id, person_id, visit_ref, refund, ours_total_fen,
    ours_fund_fen, ours_account_fen, theirs_total_fen, theirs_fund_fen, theirs_account_fen)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: statement_get
select s.provider_id, v.area_code, s.state, s.unresolved from gateway_statement s
    join provider v on v.provider_id = s.provider_id where s.statement_id = $1;

-- name: difference_get
select resolution, note from gateway_difference where statement_id = $1 and line = $2;

-- name: difference_resolve
update gateway_difference set resolution = $3, note = $4, resolved_by = $5, resolved_at = $6 where statement_id = $1 and line = $2;

-- name: statement_count
update gateway_statement set unresolved = $2, state = $3 where statement_id = $1;

-- name: access_scope
select v.area_code, v.code, v.name, g.old_until, g.key_made_at, case when g.secret <> '' then 1 else 0 end
from provider v left join gateway_access g on g.provider_id = v.provider_id where v.provider_id = $1;

-- name: access_key_set
update gateway_access set secret = $2, key_made_at = $3, old_until = $4, old_secret = case when $4 > 0 then secret else '' end
where provider_id = $1;

-- name: access_key_old_end
update gateway_access set old_secret = '', old_until = 0 where provider_id = $1;
