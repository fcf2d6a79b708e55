-- The demo area asks which ids its people and providers were given.

-- name: demo_persons
select id_no, person_id from person where area_code like '3509%';

-- name: demo_providers
select code, provider_id from provider where area_code like '3509%';
