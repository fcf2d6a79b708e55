-- DIP beside the DRG of a settlement list, names that tell nobody who a provider is, and disputes over a group.

alter table settlement_list add column cost_fen bigint not null default 0; -- of the settlement, all parts
update settlement_list set cost_fen = coalesce((select sum(s.total_fen) from settlement s
    where s.settlement_id = settlement_list.settlement_id and s.person_id = settlement_list.person_id), 0);
create index settlement_list_by_time on settlement_list (uploaded_at, list_id);

create table settlement_list_dip ( -- distribute by person_id: of the list as it came last
    person_id bigint not null,
    list_id bigint not null,
    settlement_id bigint not null,
    provider_id bigint not null,
    month text not null,
    group_status text not null, -- grouped, ungrouped, invalid
    reason text not null default '', -- why there is no group
    catalogue text not null, -- its folder
    catalogue_name text not null default '',
    dip text not null default '', -- K35.8:47.0100
    dip_name text not null default '',
    diagnosis text not null default '', -- of the group
    procedures text not null default '',
    tier text not null default '', -- core, base, mixed
    found_by text not null default '',
    score_e4 bigint not null default 0, -- of the group
    deviation text not null default '', -- low, normal, high
    ratio_e4 bigint not null default 0,
    factor_e4 bigint not null default 10000,
    factor_of text not null default '', -- kind and grade it comes from
    coefficient_e4 bigint not null default 10000,
    points_e4 bigint not null default 0, -- what would be settled
    path text not null default '', -- sentences
    primary key (list_id, person_id)
)/*sqlite: without rowid*/;
create index settlement_list_dip_by_month on settlement_list_dip (month, provider_id, list_id);
create index settlement_list_of_month on settlement_list (month, provider_id, list_id);

create table provider_alias ( -- reference: what others may call a provider without knowing which one it is
    provider_id bigint not null primary key,
    alias text not null unique
);

create table group_dispute ( -- distribute by person_id
    person_id bigint not null,
    dispute_id bigint not null,
    list_id bigint not null,
    settlement_id bigint not null,
    provider_id bigint not null,
    area_code text not null, -- of the provider
    system text not null, -- drg, dip
    was_group text not null, -- when it was contested
    was_name text not null default '',
    wanted_group text not null,
    grounds text not null, -- as they are now; earlier ones are steps
    state text not null, -- filed, returned, withdrawn, upheld, dismissed
    result_group text not null default '', -- of one that is over
    made_by bigint not null,
    made_at bigint not null,
    decided_by bigint not null default 0,
    decided_at bigint not null default 0,
    answer text not null default '',
    steps integer not null,
    primary key (dispute_id, person_id)
)/*sqlite: without rowid*/;
create index group_dispute_by_time on group_dispute (made_at, dispute_id);
create index group_dispute_by_list on group_dispute (list_id, system);

create table group_dispute_step ( -- distribute by person_id: only added to
    person_id bigint not null,
    dispute_id bigint not null,
    step_no integer not null,
    state text not null, -- that it led to
    done_by bigint not null,
    done_at bigint not null,
    note text not null,
    result_group text not null default '',
    primary key (dispute_id, person_id, step_no)
)/*sqlite: without rowid*/;

-- Databases that are there already; a new one gets the same from the program.
insert into role_right (role, access) select distinct role, 'dispute.read' from role_right
where role in ('hospital', 'supervisor', 'clerk', 'head', 'finance');
insert into role_right (role, access) select distinct role, 'dispute.file' from role_right where role = 'hospital';
insert into role_right (role, access) select distinct role, 'dispute.decide' from role_right where role = 'supervisor';
