-- What the store itself needs.

-- name: audit_last
select seq, hash from audit_log where chain = $1 order by seq desc limit 1;

-- name: audit_add
insert into audit_log (chain, seq, at, user_id, login, address, action, object, person_id, detail, outcome, trace_id, hash)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: audit_chains
select distinct chain from audit_log order by chain;

-- name: audit_page
select seq, at, user_id, login, address, action, object, person_id, detail, outcome, trace_id, hash
from audit_log where chain = $1 and seq > $2 order by seq limit $3;

-- name: audit_next_chain
select min(chain) from audit_log where chain > $1;

-- name: audit_hash
select hash from audit_log where chain = $1 and seq = $2;

-- name: audit_newest
select max(at) from audit_log;

-- name: audit_copied
select seq from audit_copied where node = $1 and chain = $2;

-- name: audit_copied_put
insert into audit_copied (node, chain, seq) values ($1, $2, $3)
on conflict (node, chain) do update set seq = excluded.seq;

-- name: reference_bump
insert into reference_change (topic, version) values ($1, 1)
on conflict (topic) do update set version = reference_change.version + 1;

-- name: reference_versions
select topic, version from reference_change order by topic;

-- name: settlement_last_id
select coalesce(max(settlement_id), 0) from settlement;

-- name: settlement_count
select count(*) from settlement;
