-- The slow-moving tables that an office keeps copies of.

-- name: office_areas
select area_code, parent_code, pack_id from area order by area_code;

-- name: office_providers
select provider_id, code, name, area_code, kind, level, tags from provider order by provider_id;

-- name: office_agreements
select provider_id, from_on, until_on, state from provider_agreement order by provider_id, from_on;

-- name: office_items
select item_code, name, kind, spec, unit, rx from item order by item_code;

-- name: office_terms
select area_code, item_code, scheme, from_on, until_on, item_class, pay_first_e8, limit_e4, price_e4
from item_term order by item_code, area_code, scheme, from_on;

-- name: office_policy_add
insert into policy_version (pack_id, digest, area_code, loaded_at, files) values ($1, $2, $3, $4, $5)
on conflict (pack_id, digest) do nothing;
