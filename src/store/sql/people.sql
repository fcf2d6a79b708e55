-- Persons, covers, flags: what forms and imports read and write. Columns of find, add and set stand in the
-- order of src/service/master/kinds.c.

-- name: person_find
select person_id, area_code, id_type, id_no, name, initials, sex, birth_on, death_on, household_id, phone, address
from person where area_code = $1 and id_no = $2;

-- name: person_find_by_id
select person_id, area_code, id_type, id_no, name, initials, sex, birth_on, death_on, household_id, phone, address
from person where person_id = $1;

-- name: person_add
insert into person (person_id, area_code, id_type, id_no, name, initials, sex, birth_on, death_on, household_id, phone,
    address, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: person_set
update person set area_code = $2, id_type = $3, id_no = $4, name = $5, initials = $6, sex = $7, birth_on = $8,
    death_on = $9, household_id = $10, phone = $11, address = $12
where person_id = $1;

-- name: cover_find
select person_id, scheme, status, from_on, until_on, facts from person_cover
where person_id = $1 and scheme = $2 and from_on = $3;

-- name: cover_add
insert into person_cover (person_id, scheme, status, from_on, until_on, facts) values ($1, $2, $3, $4, $5, $6);

-- name: cover_set
update person_cover set status = $3, until_on = $5, facts = $6 where person_id = $1 and scheme = $2 and from_on = $4;

-- name: cover_periods
select scheme, from_on, until_on from person_cover where person_id = $1 order by from_on, scheme;

-- name: flag_find
select person_id, kind, value, from_on, until_on, note from person_flag
where person_id = $1 and kind = $2 and value = $3 and from_on = $4;

-- name: flag_add
insert into person_flag (person_id, kind, value, from_on, until_on, note) values ($1, $2, $3, $4, $5, $6);

-- name: flag_set
update person_flag set until_on = $5, note = $6 where person_id = $1 and kind = $2 and value = $3 and from_on = $4;

-- name: flag_periods
select '', from_on, until_on from person_flag where person_id = $1 and kind = $2 and value = $3 order by from_on;

-- A person of an area, or of one that lies in it.
-- name: master_person
select p.person_id, p.area_code, coalesce(a.parent_code, '') from person p left join area a on a.area_code = p.area_code
where p.id_no = $1 and ($2 = '' or p.area_code = $2 or a.parent_code = $2) limit 2;

-- name: master_household_elsewhere
select area_code from person where household_id = $1 and substr(area_code, 1, 4) <>
    case when $2 = '' then (select substr(o.area_code, 1, 4) from person o where o.person_id = $3) else $2 end limit 1;

-- name: master_person_by_id
select p.person_id, p.area_code, coalesce(a.parent_code, '') from person p left join area a on a.area_code = p.area_code
where p.person_id = $1;

-- Two changes of one person's covers wait for each other.
-- name: master_person_lock
select person_id from person where person_id = $1 /*postgres: for update*/;

-- name: master_person_covers
select scheme, status, from_on, until_on, facts from person_cover where person_id = $1 order by from_on desc, scheme;

-- name: master_person_flags
select kind, value, from_on, until_on, note from person_flag where person_id = $1 order by from_on desc, kind, value;

-- name: master_person_head
select account from person_state where person_id = $1 and scheme = '' and year = 0;

-- name: master_person_years
select scheme, year, state from person_state where person_id = $1 and scheme <> '' order by year desc, scheme;

-- name: credential_find
select person_id, kind, number, serial, state, until_on from person_credential
where person_id = $1 and kind = $2 and number = $3;

-- name: credential_add
insert into person_credential (person_id, kind, number, serial, state, until_on) values ($1, $2, $3, $4, $5, $6);

-- name: credential_set
update person_credential set serial = $4, state = $5, until_on = $6 where person_id = $1 and kind = $2 and number = $3;

-- name: credential_by_number
select person_id, serial, state, until_on from person_credential where kind = $1 and number = $2 order by person_id;

-- name: credentials_of_person
select number from person_credential where person_id = $1 and kind = $2 limit 1;
