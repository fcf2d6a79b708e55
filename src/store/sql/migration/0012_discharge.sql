-- Settlement lists of the provider interface, with what was found wrong and the group they fall into.

create table settlement_list ( -- distribute by person_id: one of each settlement, the one that came last
    person_id bigint not null,
    list_id bigint not null,
    settlement_id bigint not null,
    visit_no text not null, -- mdtrt_id
    provider_id bigint not null,
    month text not null, -- 202405: of the settlement
    state text not null, -- draft, submitted, approved, rejected
    document text not null, -- the message's input, as it came
    facts text not null, -- JSON: what it was grouped by
    severity integer not null, -- of the worst finding: 0 none, 1 to look at, 2 wrong
    uploaded_at bigint not null,
    group_status text not null, -- grouped, ungrouped, invalid; '' = not grouped
    reason text not null default '', -- why there is no group
    scheme text not null default '', -- the folder of the scheme
    scheme_name text not null default '',
    mdc text not null default '',
    mdc_name text not null default '',
    adrg text not null default '',
    adrg_name text not null default '',
    drg text not null default '',
    drg_name text not null default '',
    complication text not null default '', -- mcc or cc and the diagnosis that counts
    path text not null default '', -- sentences
    primary key (list_id, person_id)
)/*sqlite: without rowid*/;
create unique index settlement_list_of on settlement_list (settlement_id, person_id);
create index settlement_list_by_month on settlement_list (provider_id, month, list_id);

create table settlement_list_finding ( -- distribute by person_id
    person_id bigint not null,
    list_id bigint not null,
    finding_no integer not null,
    code text not null,
    field text not null,
    severity integer not null, -- 1 to look at, 2 wrong
    received text not null,
    message text not null,
    primary key (list_id, person_id, finding_no)
)/*sqlite: without rowid*/;
