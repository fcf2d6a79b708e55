-- Settlement lists.

-- name: discharge_get
select l.list_id, l.person_id, l.settlement_id, l.visit_no, l.state, l.document, l.severity, l.uploaded_at, l.drg, l.drg_name,
    coalesce(d.dip, ''), coalesce(d.dip_name, '')
from settlement_list l left join settlement_list_dip d on d.list_id = l.list_id and d.person_id = l.person_id
where l.settlement_id = $1 and l.person_id = $2 and l.provider_id = $3;

-- name: discharge_put
insert into settlement_list (person_id, list_id, settlement_id, visit_no, provider_id, month, state, document, facts, severity,
    uploaded_at, group_status, reason, scheme, scheme_name, mdc, mdc_name, adrg, adrg_name, drg, drg_name, complication, path, cost_fen)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
on conflict (list_id, person_id) do update set state = excluded.state, document = excluded.document, facts = excluded.facts,
    severity = excluded.severity, uploaded_at = excluded.uploaded_at, group_status = excluded.group_status,
    reason = excluded.reason, scheme = excluded.scheme, scheme_name = excluded.scheme_name, mdc = excluded.mdc,
    mdc_name = excluded.mdc_name, adrg = excluded.adrg, adrg_name = excluded.adrg_name, drg = excluded.drg,
    drg_name = excluded.drg_name, complication = excluded.complication, path = excluded.path,
    cost_fen = excluded.cost_fen;

-- name: discharge_state_set
update settlement_list set state = $3 where list_id = $1 and person_id = $2;

-- name: discharge_findings_drop
delete from settlement_list_finding where list_id = $1 and person_id = $2;

-- name: discharge_finding_add
insert into settlement_list_finding (person_id, list_id, finding_no, code, field, severity, received, message)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: discharge_findings
select code, field, severity, received, message from settlement_list_finding
where list_id = $1 and person_id = $2 order by finding_no;

-- name: discharge_page
select l.list_id, l.person_id, l.settlement_id, l.state, l.severity, l.uploaded_at, l.group_status, l.reason, l.scheme_name, l.mdc,
    l.mdc_name, l.adrg, l.adrg_name, l.drg, l.drg_name, l.complication, l.path, p.id_type, p.id_no, p.name,
    count(*) over ()
from settlement_list l join person p on p.person_id = l.person_id
where l.provider_id = $1 and l.month = $2 and (l.settlement_id = $3 or $3 = 0) and (l.person_id = $4 or $4 = 0)
    and (l.severity = $5 or $5 = -1) and ((l.state = 'rejected') = ($6 = 1) or $6 = -1) and (l.group_status <> '' or $7 = 0)
order by l.list_id limit $8 offset $9;

-- With $4 = 1 what was taken back counts, and what takes it back.
-- name: discharge_counts
select s.visit_kind, count(distinct s.settlement_id), count(distinct l.settlement_id)
from settlement s left join settlement_list l on l.settlement_id = s.settlement_id and l.person_id = s.person_id
where s.provider_id = $1 and s.settled_at >= $2 and s.settled_at < $3 and s.state <> 'not_covered'
    and ((s.kind = 'settle' and s.state <> 'reversed') or $4 = 1)
group by s.visit_kind order by s.visit_kind;

-- ---- DIP ----

-- name: discharge_dip_drop
delete from settlement_list_dip where list_id = $1 and person_id = $2;

-- name: discharge_dip_add
insert into settlement_list_dip (person_id, list_id, settlement_id, provider_id, month, group_status, reason, catalogue,
    catalogue_name, dip, dip_name, diagnosis, procedures, tier, found_by, score_e4, deviation, ratio_e4, factor_e4, factor_of,
    coefficient_e4, points_e4, path)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23);

-- name: discharge_dip_page
select d.list_id, d.person_id, d.settlement_id, d.group_status, d.reason, d.catalogue_name, d.dip, d.dip_name, d.diagnosis,
    d.procedures, d.tier, d.score_e4, d.deviation, d.factor_e4, d.factor_of, d.coefficient_e4, d.points_e4, d.path, p.name,
    p.area_code, s.scheme, s.settled_at, count(*) over ()
from settlement_list_dip d join person p on p.person_id = d.person_id
    join settlement s on s.settlement_id = d.settlement_id and s.person_id = d.person_id and s.part = 0
where d.provider_id = $1 and d.month = $2 and (d.settlement_id = $3 or $3 = 0)
order by d.list_id limit $4 offset $5;

-- ---- counts, of lists whose settlement stands ----

-- What begins with $2 lies in the pool.
-- name: discharge_dip_providers
select d.provider_id, v.area_code, coalesce(n.alias, ''), count(distinct d.dip), cast(sum(l.cost_fen) as bigint), count(*)
from settlement_list_dip d join provider v on v.provider_id = d.provider_id
    join settlement_list l on l.list_id = d.list_id and l.person_id = d.person_id
    join settlement s on s.settlement_id = d.settlement_id and s.person_id = d.person_id and s.part = 0
    left join provider_alias n on n.provider_id = d.provider_id
where d.month = $1 and v.area_code like $2 and d.group_status = 'grouped' and s.state <> 'reversed'
group by d.provider_id, v.area_code, coalesce(n.alias, '') order by 6 desc, 5 desc, d.provider_id;

-- name: discharge_drg_providers
select l.provider_id, v.area_code, coalesce(n.alias, ''), count(distinct l.drg), cast(sum(l.cost_fen) as bigint), count(*)
from settlement_list l join provider v on v.provider_id = l.provider_id
    join settlement s on s.settlement_id = l.settlement_id and s.person_id = l.person_id and s.part = 0
    left join provider_alias n on n.provider_id = l.provider_id
where l.month = $1 and v.area_code like $2 and l.group_status = 'grouped' and s.state <> 'reversed'
group by l.provider_id, v.area_code, coalesce(n.alias, '') order by 6 desc, 5 desc, l.provider_id;

-- name: discharge_dip_groups
select d.dip, max(d.dip_name), max(d.diagnosis), max(d.procedures), v.area_code, cast(sum(l.cost_fen) as bigint), count(*),
    count(*) over ()
from provider_alias n join provider v on v.provider_id = n.provider_id
    join settlement_list_dip d on d.provider_id = n.provider_id
    join settlement_list l on l.list_id = d.list_id and l.person_id = d.person_id
    join settlement s on s.settlement_id = d.settlement_id and s.person_id = d.person_id and s.part = 0
where n.alias = $1 and d.month = $2 and v.area_code like $3 and (d.diagnosis = $4 or $4 = '') and d.group_status = 'grouped'
    and s.state <> 'reversed'
group by d.dip, v.area_code order by 7 desc, d.dip limit $5 offset $6;

-- name: discharge_drg_groups
select l.drg, max(l.drg_name), '', '', v.area_code, cast(sum(l.cost_fen) as bigint), count(*), count(*) over ()
from provider_alias n join provider v on v.provider_id = n.provider_id
    join settlement_list l on l.provider_id = n.provider_id
    join settlement s on s.settlement_id = l.settlement_id and s.person_id = l.person_id and s.part = 0
where n.alias = $1 and l.month = $2 and v.area_code like $3 and (l.drg = $4 or $4 = '') and l.group_status = 'grouped'
    and s.state <> 'reversed'
group by l.drg, v.area_code order by 7 desc, l.drg limit $5 offset $6;

-- name: provider_alias_get
select provider_id from provider_alias where alias = $1;

-- name: provider_alias_add
insert into provider_alias (provider_id, alias) values ($1, $2);
