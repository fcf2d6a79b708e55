-- Items, their terms by area and day, diseases.

-- name: item_find
select item_code, name, initials, kind, spec, unit, maker from item where item_code = $1;

-- name: item_add
insert into item (item_code, name, initials, kind, spec, unit, maker) values ($1, $2, $3, $4, $5, $6, $7);

-- name: item_set
update item set name = $2, initials = $3, kind = $4, spec = $5, unit = $6, maker = $7 where item_code = $1;

-- name: master_item
select item_code from item where item_code = $1;

-- name: term_find
select area_code, item_code, scheme, from_on, until_on, item_class, pay_first_e8, limit_e4, price_e4 from item_term
where area_code = $1 and item_code = $2 and scheme = $3 and from_on = $4;

-- name: term_add
insert into item_term (area_code, item_code, scheme, from_on, until_on, item_class, pay_first_e8, limit_e4, price_e4)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: term_set
update item_term set until_on = $5, item_class = $6, pay_first_e8 = $7, limit_e4 = $8, price_e4 = $9
where area_code = $1 and item_code = $2 and scheme = $3 and from_on = $4;

-- name: term_periods
select scheme, from_on, until_on from item_term where area_code = $1 and item_code = $2 order by from_on, scheme;

-- name: master_item_terms
select area_code, scheme, from_on, until_on, item_class, pay_first_e8, limit_e4, price_e4 from item_term
where item_code = $1 order by area_code, scheme, from_on desc;

-- name: disease_find
select icd_code, name, initials from disease where icd_code = $1;

-- name: disease_add
insert into disease (icd_code, name, initials) values ($1, $2, $3);

-- name: disease_set
update disease set name = $2, initials = $3 where icd_code = $1;
