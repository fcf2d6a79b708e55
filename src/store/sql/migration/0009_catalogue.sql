-- The catalogue as hospital systems fetch it: a version for each change; their own codes, departments and staff.

-- Rises with each change of a row and is no other row's, so that "all above" can be asked in portions.
alter table item add column version bigint not null default 0;
alter table item_term add column version bigint not null default 0;
alter table disease add column version bigint not null default 0;
update item set version = t.n from (select item_code as code, row_number() over (order by item_code) as n from item) t
where t.code = item.item_code;
update disease set version = t.n from (select icd_code as code, row_number() over (order by icd_code) as n from disease) t
where t.code = disease.icd_code;
update item_term set version = t.n from (select area_code as area, item_code as code, scheme as kind, from_on as day,
    row_number() over (order by area_code, item_code, scheme, from_on) as n from item_term) t
where t.area = item_term.area_code and t.code = item_term.item_code and t.kind = item_term.scheme and t.day = item_term.from_on;
create index item_by_version on item (version);
create index item_term_by_version on item_term (area_code, version);
create index disease_by_version on disease (version);

create table item_mapping ( -- reference: what a provider's own codes mean
    provider_id bigint not null,
    own_code text not null,
    list_type text not null, -- of the interface
    item_code text not null,
    from_on text not null,
    until_on text not null default '',
    own_name text not null,
    detail text not null default '', -- members of JSON: form, unit, what is in it … as they came
    state text not null, -- live, withdrawn
    version bigint not null,
    primary key (provider_id, own_code, list_type, item_code)
)/*sqlite: without rowid*/;
create index item_mapping_by_version on item_mapping (provider_id, version);

create table department ( -- reference: of a hospital
    provider_id bigint not null,
    dept_code text not null, -- the hospital's own
    name text not null,
    caty text not null default '', -- code of the interface
    begin_at text not null,
    end_at text not null default '',
    detail text not null default '', -- members of JSON: beds, staff … as they came
    state text not null, -- live, withdrawn
    version bigint not null,
    primary key (provider_id, dept_code)
)/*sqlite: without rowid*/;

create table staff ( -- reference: who treats, nurses and dispenses
    provider_id bigint not null,
    staff_code text not null, -- national
    own_no text not null default '',
    name text not null,
    kind text not null, -- doctor, nurse, pharmacist, technician
    id_type text not null default '',
    id_no text not null default '',
    qualification_no text not null default '',
    practice_no text not null default '',
    insurance_doctor text not null default '', -- yes, no
    from_on text not null,
    until_on text not null default '',
    note text not null default '',
    primary key (provider_id, staff_code)
)/*sqlite: without rowid*/;
