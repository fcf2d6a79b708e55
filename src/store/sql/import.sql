-- The demo area asks which ids its people and providers were given.

-- name: demo_persons
select id_no, person_id from person where substr(area_code, 1, 4) = $1;

-- name: demo_providers
select code, provider_id from provider where substr(area_code, 1, 4) = $1;
