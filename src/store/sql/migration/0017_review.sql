-- What review rules said before and during care, and what was done about it.  Rows are only added.

create table review_check ( -- distribute by person_id
    person_id bigint not null, -- 0 = the hospital asked of somebody who is not known here
    check_id bigint not null,
    provider_id bigint not null,
    stage text not null, -- before, during
    setting text not null, -- outpatient, inpatient, pharmacy; '' = not known
    visit_no text not null, -- as the hospital says it
    pack_id text not null, -- rules it was checked by
    version_from_on text not null,
    digest text not null, -- of their files
    line_count integer not null,
    past_count integer not null, -- lines that were given before
    finding_count integer not null,
    made_at bigint not null,
    primary key (check_id, person_id)
)/*sqlite: without rowid*/;

create table review_finding ( -- distribute by person_id
    person_id bigint not null,
    finding_id bigint not null,
    check_id bigint not null,
    provider_id bigint not null,
    stage text not null,
    visit_no text not null,
    rule_id text not null,
    kind text not null,
    handling text not null, -- remind, warn, refuse
    name_zh text not null,
    name_en text not null,
    zh text not null, -- what was found, as a sentence
    en text not null,
    value text not null,
    limit_text text not null,
    source text not null, -- what the rule rests on
    line_no integer not null, -- of the message; 0 = the visit
    item_code text not null,
    item_name text not null,
    given_on text not null,
    amount_fen bigint not null,
    order_no text not null, -- rx_id
    doctor_no text not null,
    doctor text not null,
    made_at bigint not null,
    primary key (finding_id, person_id)
)/*sqlite: without rowid*/;
create index review_finding_by_provider on review_finding (provider_id, made_at);
create index review_finding_by_time on review_finding (made_at, finding_id);

create table review_feedback ( -- distribute by person_id: the last one of a finding counts
    person_id bigint not null,
    feedback_id bigint not null,
    finding_id bigint not null,
    provider_id bigint not null,
    way text not null, -- continued, changed
    reason text not null,
    said_by text not null, -- operator of the message
    made_at bigint not null,
    primary key (feedback_id, person_id)
)/*sqlite: without rowid*/;
create index review_feedback_by_finding on review_feedback (finding_id, feedback_id);
