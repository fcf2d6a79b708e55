-- What providers put on file for a person, and where a flag of a person holds.

create table filing ( -- distribute by person_id
    person_id bigint not null,
    filing_id bigint not null,
    kind text not null, -- transfer, disease, chosen, accident, attribute
    slot text not null default '', -- of one kind: what there can be only one of at a time
    state text not null, -- waiting, filed, refused, withdrawn, replaced
    area_code text not null, -- where the person is insured
    scheme text not null default '',
    biz_type text not null default '', -- chosen: what for; attribute: which type; as sent
    flag_kind text not null default '', -- the person_flag it makes; '' = none
    value text not null default '',
    target text not null default '',
    from_on text not null,
    until_on text not null default '',
    said_on text not null default '', -- the day the provider says it was written
    visit_no text not null default '', -- the stay it comes from or is about
    provider_id bigint not null, -- who filed it
    detail text not null, -- JSON, as it came
    made_at bigint not null,
    made_by text not null,
    approval_id bigint not null default 0,
    ended_at bigint not null default 0, -- refused, withdrawn, replaced
    end_reason text not null default '',
    primary key (filing_id, person_id)
)/*sqlite: without rowid*/;
create index filing_by_person on filing (person_id, kind, from_on);

-- A provider's code, an area, a visit; '' = everywhere.
alter table person_flag add column target text not null default '';

insert into role_right (role, access) select distinct 'supervisor', 'filing.decide' from role_right
where role = 'supervisor' and not exists (select 1 from role_right where access = 'filing.decide');
