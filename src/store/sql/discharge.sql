-- Settlement lists.

-- name: discharge_get
select list_id, person_id, settlement_id, visit_no, state, document, severity, uploaded_at, drg, drg_name
from settlement_list where settlement_id = $1 and person_id = $2 and provider_id = $3;

-- name: discharge_put
insert into settlement_list (person_id, list_id, settlement_id, visit_no, provider_id, month, state, document, facts, severity,
    uploaded_at, group_status, reason, scheme, scheme_name, mdc, mdc_name, adrg, adrg_name, drg, drg_name, complication, path)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
on conflict (list_id, person_id) do update set state = excluded.state, document = excluded.document, facts = excluded.facts,
    severity = excluded.severity, uploaded_at = excluded.uploaded_at, group_status = excluded.group_status,
    reason = excluded.reason, scheme = excluded.scheme, scheme_name = excluded.scheme_name, mdc = excluded.mdc,
    mdc_name = excluded.mdc_name, adrg = excluded.adrg, adrg_name = excluded.adrg_name, drg = excluded.drg,
    drg_name = excluded.drg_name, complication = excluded.complication, path = excluded.path;

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
