-- Areas, providers and their agreements.

-- name: area_find
select area_code, name, level, parent_code, pack_id from area where area_code = $1;

-- name: area_add
insert into area (area_code, name, level, parent_code, pack_id) values ($1, $2, $3, $4, $5);

-- name: area_set
update area set name = $2, level = $3, parent_code = $4, pack_id = $5 where area_code = $1;

-- name: master_area
select area_code, parent_code from area where area_code = $1;

-- name: provider_find
select provider_id, code, name, initials, area_code, kind, level, tags, address, phone from provider where code = $1;

-- name: provider_find_by_id
select provider_id, code, name, initials, area_code, kind, level, tags, address, phone from provider where provider_id = $1;

-- name: provider_add
insert into provider (provider_id, code, name, initials, area_code, kind, level, tags, address, phone)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: provider_set
update provider set code = $2, name = $3, initials = $4, area_code = $5, kind = $6, level = $7, tags = $8, address = $9,
    phone = $10
where provider_id = $1;

-- name: master_provider
select p.provider_id, p.area_code, coalesce(a.parent_code, '') from provider p
left join area a on a.area_code = p.area_code where p.code = $1;

-- name: master_provider_by_id
select p.provider_id, p.area_code, coalesce(a.parent_code, '') from provider p
left join area a on a.area_code = p.area_code where p.provider_id = $1;

-- name: agreement_find
select provider_id, from_on, until_on, state, agreement_no from provider_agreement where provider_id = $1 and from_on = $2;

-- name: agreement_add
insert into provider_agreement (provider_id, from_on, until_on, state, agreement_no) values ($1, $2, $3, $4, $5);

-- name: agreement_set
update provider_agreement set until_on = $3, state = $4, agreement_no = $5 where provider_id = $1 and from_on = $2;

-- name: agreement_close
update provider_agreement set until_on = $3 where provider_id = $1 and from_on = $2 and until_on = '';

-- name: agreement_periods
select '', from_on, until_on from provider_agreement where provider_id = $1 order by from_on;

-- name: master_provider_agreements
select from_on, until_on, state, agreement_no from provider_agreement where provider_id = $1 order by from_on desc;
