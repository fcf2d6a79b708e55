-- What the agency says of a provider's own codes.

alter table item_mapping add column review text not null default ''; -- '' = nobody looked yet; approved, returned
alter table item_mapping add column review_note text not null default '';
alter table item_mapping add column reviewed_at bigint not null default 0;
alter table item_mapping add column reviewed_by text not null default '';
create index item_mapping_by_number on item_mapping (version);
create index department_by_number on department (version);
