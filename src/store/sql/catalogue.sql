-- Items, their terms by area and day, diseases; what providers call them, their departments and staff.

-- name: item_find
select item_code, name, initials, kind, spec, unit, maker, rx from item where item_code = $1;

-- name: item_add
insert into item (item_code, name, initials, kind, spec, unit, maker, rx, version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: item_set
update item set name = $2, initials = $3, kind = $4, spec = $5, unit = $6, maker = $7, rx = $8, version = $9
where item_code = $1;

-- name: master_item
select item_code from item where item_code = $1;

-- name: term_find
select area_code, item_code, scheme, from_on, until_on, item_class, pay_first_e8, limit_e4, price_e4 from item_term
where area_code = $1 and item_code = $2 and scheme = $3 and from_on = $4;

-- name: term_add
insert into item_term (area_code, item_code, scheme, from_on, until_on, item_class, pay_first_e8, limit_e4, price_e4,
    version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: term_set
update item_term set until_on = $5, item_class = $6, pay_first_e8 = $7, limit_e4 = $8, price_e4 = $9, version = $10
where area_code = $1 and item_code = $2 and scheme = $3 and from_on = $4;

-- name: term_periods
select scheme, from_on, until_on from item_term where area_code = $1 and item_code = $2 order by from_on, scheme;

-- name: master_item_terms
select area_code, scheme, from_on, until_on, item_class, pay_first_e8, limit_e4, price_e4 from item_term
where item_code = $1 order by area_code, scheme, from_on desc;

-- name: disease_find
select icd_code, name, initials from disease where icd_code = $1;

-- name: disease_add
insert into disease (icd_code, name, initials, version) values ($1, $2, $3, $4);

-- name: disease_set
update disease set name = $2, initials = $3, version = $4 where icd_code = $1;

-- Rows of a file, by version: those whose code begins as $4 says, or ($3 = 0) those that do not.
-- name: catalogue_items
select item_code, name, initials, spec, unit, maker, case rx when 'yes' then '处方药' when 'no' then '非处方药' else '' end,
    version
from item where kind = $1 and version > $2 and ($4 = '' or ($3 = 1) = (item_code like $4)) order by version limit $5;

-- name: catalogue_diseases
select icd_code, name, initials, '', '', '', '', version from disease where version > $1 order by version limit $2;

-- name: catalogue_policy_version
select coalesce(max(loaded_at), 0) from policy_version where pack_id = $1 and digest = $2;

-- name: catalogue_terms
select t.item_code, i.name, i.initials, i.kind, t.area_code, t.scheme, t.from_on, t.until_on, t.item_class, t.pay_first_e8,
    t.limit_e4, t.version, count(*) over ()
from item_term t join item i on i.item_code = t.item_code
where t.area_code in ($1, $2) and t.version > $3 and ($4 = '' or t.item_code = $4) and ($5 = '' or i.name like $5)
    and ($6 = '' or (t.from_on <= $6 and (t.until_on = '' or t.until_on >= $6))) and t.from_on >= $7
    and ($8 = '' or ($8 = '1') = (t.until_on = '' or t.until_on >= $9))
    and ($10 = 0 or ($10 = 1 and t.limit_e4 >= 0) or ($10 = 2 and t.pay_first_e8 >= 0))
order by t.version, t.item_code limit $11 offset $12;

-- name: mapping_page
select own_code, own_name, list_type, item_code, from_on, until_on, detail, state, version, count(*) over () from item_mapping
where provider_id = $1 and version > $2 and ($3 = '' or own_code = $3) and ($4 = '' or item_code = $4)
    and ($5 = '' or own_name like $5) and ($6 = '' or (from_on <= $6 and (until_on = '' or until_on >= $6)))
    and ($7 = '' or list_type = $7) and ($8 = '' or ($8 = '1') = (state = 'live'))
order by version, own_code limit $9 offset $10;

-- name: mapping_get
select state from item_mapping where provider_id = $1 and own_code = $2 and list_type = $3 and item_code = $4;

-- name: mapping_on
select item_code from item_mapping
where provider_id = $1 and own_code = $2 and state = 'live' and from_on <= $3 and (until_on = '' or until_on >= $3)
order by from_on desc, version desc limit 1;

-- name: mapping_put
insert into item_mapping (provider_id, own_code, list_type, item_code, from_on, until_on, own_name, detail, state, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (provider_id, own_code, list_type, item_code) do update set from_on = excluded.from_on,
    until_on = excluded.until_on, own_name = excluded.own_name, detail = excluded.detail, state = excluded.state,
    version = excluded.version, review = '', review_note = '', reviewed_at = 0, reviewed_by = '';

-- name: mapping_by_number
select m.provider_id, m.own_code, m.list_type, m.item_code, m.state, p.area_code from item_mapping m
join provider p on p.provider_id = m.provider_id where m.version = $1;

-- name: mapping_review
update item_mapping set state = $6, review = $7, review_note = $8, reviewed_at = $9, reviewed_by = $10, version = $11
where provider_id = $1 and own_code = $2 and list_type = $3 and item_code = $4 and version = $5;

-- name: mapping_withdraw
update item_mapping set state = 'withdrawn', version = $5
where provider_id = $1 and own_code = $2 and list_type = $3 and item_code = $4 and state = 'live';

-- name: department_get
select state from department where provider_id = $1 and dept_code = $2;

-- name: department_put
insert into department (provider_id, dept_code, name, caty, begin_at, end_at, detail, state, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (provider_id, dept_code) do update set name = excluded.name, caty = excluded.caty, begin_at = excluded.begin_at,
    end_at = excluded.end_at, detail = excluded.detail, state = excluded.state, version = excluded.version;

-- name: department_withdraw
update department set state = 'withdrawn', version = $3 where provider_id = $1 and dept_code = $2 and state = 'live';

-- name: departments
select dept_code, name, caty, begin_at, end_at, detail from department where provider_id = $1 and state = 'live'
order by dept_code;

-- name: staff_find
select provider_id, staff_code, own_no, name, kind, id_type, id_no, qualification_no, practice_no, insurance_doctor, from_on,
    until_on, note
from staff where provider_id = $1 and staff_code = $2;

-- name: staff_add
insert into staff (provider_id, staff_code, own_no, name, kind, id_type, id_no, qualification_no, practice_no, insurance_doctor,
    from_on, until_on, note)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: staff_set
update staff set own_no = $3, name = $4, kind = $5, id_type = $6, id_no = $7, qualification_no = $8, practice_no = $9,
    insurance_doctor = $10, from_on = $11, until_on = $12, note = $13
where provider_id = $1 and staff_code = $2;

-- name: staff_of_provider
select id_type, id_no, own_no, staff_code, name, kind, qualification_no, practice_no, insurance_doctor, from_on, until_on, note
from staff where provider_id = $1 and kind = $2 and ($3 = '' or id_no = $3) and ($4 = '' or name = $4)
    and ($5 = '' or staff_code = $5)
order by staff_code limit 1000;
