-- Settlement lists with their groups, as both sides look at them; disputes over a group; how far DIP reaches.

-- name: grouped_list_get
select l.person_id, l.settlement_id, l.provider_id, l.month, l.state, l.severity, l.uploaded_at, l.cost_fen, l.group_status, l.reason,
    l.scheme, l.scheme_name, l.drg, l.drg_name, l.complication, l.path, coalesce(d.group_status, ''), coalesce(d.reason, ''),
    coalesce(d.catalogue, ''), coalesce(d.catalogue_name, ''), coalesce(d.dip, ''), coalesce(d.dip_name, ''), coalesce(d.tier, ''),
    coalesce(d.score_e4, 0), coalesce(d.deviation, ''), coalesce(d.points_e4, 0), coalesce(d.path, ''), v.code, v.name,
    v.area_code, coalesce((select max(s.state) from settlement s where s.settlement_id = l.settlement_id
        and s.person_id = l.person_id and s.part = 0), '')
from settlement_list l join provider v on v.provider_id = l.provider_id
    left join settlement_list_dip d on d.list_id = l.list_id and d.person_id = l.person_id
where l.list_id = $1;

-- A question of its own: who waited for the lock has to see what the other one did.
-- name: dispute_list_lock
select list_id from settlement_list where list_id = $1/*postgres: for update*/;

-- name: dispute_of
select dispute_id, person_id, list_id, state, system, was_group, wanted_group, made_by, provider_id, area_code, steps
from group_dispute where dispute_id = $1/*postgres: for update*/;

-- name: dispute_open
select system, state, was_group from group_dispute where list_id = $1;

-- name: dispute_step_makers
select done_by from group_dispute_step where dispute_id = $1 and state = 'filed';

-- name: dispute_add
insert into group_dispute (person_id, dispute_id, list_id, settlement_id, provider_id, area_code, system, was_group, was_name,
    wanted_group, grounds, state, made_by, made_at, steps)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'filed', $12, $13, 1);

-- name: dispute_move
update group_dispute set state = $3, grounds = case when $4 = '' then grounds else $4 end, steps = steps + 1
where dispute_id = $1 and person_id = $2;

-- name: dispute_decide
update group_dispute set state = $3, result_group = $4, decided_by = $5, decided_at = $6, answer = $7, steps = steps + 1
where dispute_id = $1 and person_id = $2;

-- name: dispute_step_add
insert into group_dispute_step (person_id, dispute_id, step_no, state, done_by, done_at, note, result_group)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: check_dispute_duties
select d.person_id, d.dispute_id from group_dispute d
where d.decided_by <> 0 and exists (select 1 from group_dispute_step s where s.dispute_id = d.dispute_id
    and s.person_id = d.person_id and s.state = 'filed' and s.done_by = d.decided_by) limit 20;

-- name: check_dispute_steps
select d.person_id, d.dispute_id from group_dispute d
where d.steps <> (select count(*) from group_dispute_step s where s.dispute_id = d.dispute_id and s.person_id = d.person_id)
    or d.state <> coalesce((select s.state from group_dispute_step s where s.dispute_id = d.dispute_id
        and s.person_id = d.person_id and s.step_no = d.steps), '') limit 20;

-- name: check_dispute_alone
select max(d.person_id), max(d.dispute_id) from group_dispute d where d.state in ('filed', 'returned')
group by d.list_id, d.system having count(*) > 1 limit 20;

-- name: disputes_of_list
select d.dispute_id, d.system, d.was_group, d.was_name, d.wanted_group, d.state, d.result_group, d.made_by, d.grounds, d.answer
from group_dispute d where d.list_id = $1 order by d.dispute_id;

-- name: dispute_steps_of_list
select s.dispute_id, s.step_no, s.state, coalesce(u.name, ''), s.done_at, s.note, s.result_group, s.done_by
from group_dispute d join group_dispute_step s on s.dispute_id = d.dispute_id and s.person_id = d.person_id
    left join app_user u on u.user_id = s.done_by
where d.list_id = $1 order by s.dispute_id, s.step_no;

-- Hospitals of an area with an agreement in a month ($2 its first day, $3 its last), and the lists of each ($4 the month).
-- name: dip_coverage
select v.code, v.name, v.level, count(l.list_id), count(case when d.group_status = 'grouped' then 1 end)
from provider v left join settlement_list l on l.provider_id = v.provider_id and l.month = $4
    left join settlement_list_dip d on d.list_id = l.list_id and d.person_id = l.person_id
where v.kind = 'hospital' and v.area_code like $1
    and exists (select 1 from provider_agreement g where g.provider_id = v.provider_id and g.state = 'signed' and g.from_on <= $3
        and (g.until_on = '' or g.until_on >= $2))
group by v.code, v.name, v.level order by v.code;
