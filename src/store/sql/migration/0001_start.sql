-- The first tables.  Money is bigint fen, days are ISO text, moments are bigint UTC milliseconds, flags smallint,
-- ids bigint made by the application and time-ordered.  `/*sqlite: …*/` and `/*postgres: …*/` hold what only one of the
-- two says.  How a table would be distributed over several nodes stands behind its name.

-- ---- what the area decides and who works there (reference) ----

create table area ( -- reference
    area_code text not null primary key, -- division code: 2, 4 or 6 digits
    name text not null,
    level text not null, -- province, city, county
    parent_code text not null default '',
    pack_id text not null default '' -- pooling areas: the policy pack that governs them
)/*sqlite: without rowid*/;

create table provider ( -- reference
    provider_id bigint not null primary key,
    code text not null unique,
    name text not null,
    initials text not null default '',
    area_code text not null,
    kind text not null, -- hospital, pharmacy, clinic
    level text not null, -- a word of the pack: l1, l2, l3 …
    tags text not null default '', -- words joined by |
    address text not null default '',
    phone text not null default ''
);
create index provider_by_area on provider (area_code, code);
create index provider_by_name on provider (name);

create table provider_agreement ( -- reference
    provider_id bigint not null,
    from_on text not null,
    until_on text not null default '',
    state text not null, -- signed, suspended, terminated
    agreement_no text not null default '',
    primary key (provider_id, from_on)
)/*sqlite: without rowid*/;

create table item ( -- reference
    item_code text not null primary key,
    name text not null,
    initials text not null default '', -- first letters of the pinyin
    kind text not null, -- drug, service, material
    spec text not null default '',
    unit text not null default '',
    maker text not null default ''
)/*sqlite: without rowid*/;
create index item_by_name on item (name);
create index item_by_initials on item (initials);

create table item_term ( -- reference: class and limits of an item, by area, scheme and day
    area_code text not null,
    item_code text not null,
    scheme text not null default '', -- '' = every scheme
    from_on text not null,
    until_on text not null default '',
    item_class text not null, -- A, B, C
    pay_first_e8 bigint not null default -1, -- own share before the fund pays; -1 = as the policy says
    limit_e4 bigint not null default -1, -- yuan with four decimals, per unit; -1 = none
    price_e4 bigint not null default -1,
    primary key (area_code, item_code, scheme, from_on)
)/*sqlite: without rowid*/;

create table disease ( -- reference
    icd_code text not null primary key,
    name text not null,
    initials text not null default ''
)/*sqlite: without rowid*/;

create table policy_version ( -- reference: which policy was in force and used
    pack_id text not null,
    digest text not null, -- SM3 of the pack's files
    area_code text not null default '',
    loaded_at bigint not null,
    files text not null, -- JSON object: path -> text, so that the past can be settled again
    primary key (pack_id, digest)
)/*sqlite: without rowid*/;

create table reference_change ( -- reference: tells running servers that their copies are old
    topic text not null primary key, -- area, provider, item, role
    version bigint not null
)/*sqlite: without rowid*/;

-- ---- persons ----

create table person ( -- distribute by person_id
    person_id bigint not null primary key,
    area_code text not null,
    id_type text not null default '01',
    id_no text not null, -- certificate number
    name text not null,
    initials text not null default '',
    sex text not null default '', -- male, female
    birth_on text not null default '',
    death_on text not null default '',
    household_id bigint not null default 0,
    phone text not null default '',
    address text not null default '',
    created_at bigint not null default 0
);
create unique index person_by_id_no on person (id_no, area_code);
create index person_by_name on person (name/*postgres: collate "C"*/, person_id);
create index person_by_initials on person (initials/*postgres: collate "C"*/, person_id);
create index person_by_household on person (household_id);
create index person_by_area on person (area_code, person_id);

create table person_cover ( -- distribute by person_id: who is insured in which scheme and status, and may claim
    person_id bigint not null,
    from_on text not null,
    until_on text not null default '',
    scheme text not null,
    status text not null default '', -- working, retired, resident …
    facts text not null default '', -- JSON object: other facts of the pack (group, tier, civil_rank …)
    primary key (person_id, scheme, from_on)
)/*sqlite: without rowid*/;

create table person_flag ( -- distribute by person_id: needy categories, recognised diseases, filings, dated
    person_id bigint not null,
    kind text not null, -- category, disease, filing, tag
    value text not null,
    from_on text not null,
    until_on text not null default '',
    note text not null default '',
    primary key (person_id, kind, value, from_on)
)/*sqlite: without rowid*/;

-- The person as truth: locked by each settlement.  owner_id is a person or a household.
create table person_head ( -- distribute by person_id
    person_id bigint not null primary key,
    version bigint not null,
    last_settlement_id bigint not null default 0,
    account text not null default '', -- balances of the personal accounts in fen: one "name 0 fen" a line
    state text not null default '' -- accumulators that outlast the year: one "name key value" a line
)/*sqlite: without rowid*/;

create table person_year ( -- distribute by person_id
    person_id bigint not null,
    scheme text not null,
    year integer not null,
    state text not null, -- accumulators, as above
    primary key (person_id, scheme, year)
)/*sqlite: without rowid*/;

-- ---- bills and settlements ----

-- Keys begin with what rises with time, so that new rows lie side by side: a settlement then dirties a few pages,
-- not one for each table.  `bill` and `settlement` hold long texts, which SQLite keeps better in a table with a rowid.

create table visit ( -- distribute by person_id
    person_id bigint not null,
    visit_id bigint not null,
    provider_id bigint not null,
    visit_no text not null, -- the provider's own number of the stay
    kind text not null,
    admit_on text not null default '',
    service_on text not null, -- discharge or day of service
    disease text not null default '',
    primary key (visit_id, person_id)
)/*sqlite: without rowid*/;
create unique index visit_by_no on visit (visit_no, provider_id, person_id);

create table bill ( -- distribute by person_id
    person_id bigint not null,
    bill_id bigint not null,
    visit_id bigint not null,
    bill_no text not null,
    provider_id bigint not null,
    channel text not null, -- counter, hospital, manual
    service_on text not null,
    line_count integer not null,
    total_fen bigint not null,
    document text not null, -- the bill as it was settled, complete (docs/bill-format.md)
    created_at bigint not null,
    created_by bigint not null,
    primary key (bill_id, person_id)
);
create index bill_by_no on bill (bill_no);

create table bill_line ( -- distribute by person_id
    person_id bigint not null,
    bill_id bigint not null,
    line_no integer not null,
    item_code text not null,
    name text not null,
    item_class text not null,
    quantity_e4 bigint not null,
    unit_price_e4 bigint not null,
    amount_fen bigint not null,
    own_fen bigint not null,
    over_limit_fen bigint not null,
    pay_first_fen bigint not null,
    in_scope_fen bigint not null,
    primary key (bill_id, person_id, line_no)
)/*sqlite: without rowid*/;

create table settlement ( -- distribute by person_id
    person_id bigint not null,
    settlement_id bigint not null,
    part integer not null default 0, -- of a stay split at the year's end: 0, 1 …
    bill_id bigint not null,
    provider_id bigint not null,
    area_code text not null,
    kind text not null, -- settle, reverse
    state text not null, -- settled, not_covered; of one that was taken back: reversed
    reverses_id bigint not null default 0, -- kind reverse: what it takes back
    replaces_id bigint not null default 0, -- made when an earlier one was taken back or a part refunded
    channel text not null,
    scheme text not null,
    visit_kind text not null,
    year integer not null,
    service_on text not null,
    settled_at bigint not null,
    settled_by bigint not null,
    pack_id text not null,
    pack_digest text not null,
    policy_id text not null,
    policy_from_on text not null,
    total_fen bigint not null,
    own_fen bigint not null,
    over_limit_fen bigint not null,
    pay_first_fen bigint not null,
    in_scope_fen bigint not null,
    fund_fen bigint not null,
    hospital_fen bigint not null,
    personal_fen bigint not null,
    account_fen bigint not null, -- own and family account
    cash_fen bigint not null,
    result text not null, -- the settlement as JSON (docs/bill-format.md), without explanation
    trace text not null, -- the steps as numbers, one a line, to be told in words when asked
    primary key (person_id, settlement_id, part)
);
create index settlement_by_id on settlement (settlement_id);
create index settlement_by_provider on settlement (provider_id, settled_at, settlement_id, part);
create index settlement_by_time on settlement (settled_at, settlement_id, part, -- what lists are filtered by, too:
    person_id, area_code, kind, state, scheme, channel, visit_kind, provider_id);

create table settlement_layer ( -- distribute by person_id
    person_id bigint not null,
    settlement_id bigint not null,
    part integer not null,
    layer_no integer not null,
    layer text not null,
    payer text not null,
    base_fen bigint not null,
    deductible_fen bigint not null,
    paid_fen bigint not null,
    over_cap_fen bigint not null,
    primary key (settlement_id, person_id, part, layer_no)
)/*sqlite: without rowid*/;

create table accumulator_change ( -- distribute by person_id: what each settlement moved
    person_id bigint not null,
    settlement_id bigint not null,
    part integer not null,
    change_no integer not null,
    home text not null, -- year, life, household, account
    scheme text not null,
    year integer not null,
    name text not null,
    sub_key bigint not null,
    before_value bigint not null,
    after_value bigint not null,
    primary key (settlement_id, person_id, part, change_no)
)/*sqlite: without rowid*/;

create table journal_entry ( -- distribute by person_id: insert only; each row is balanced by itself
    person_id bigint not null,
    settlement_id bigint not null,
    entry_no integer not null,
    booked_on text not null,
    area_code text not null,
    scheme text not null,
    fund text not null, -- pool, catastrophic … account, cash
    debit text not null, -- benefit_expense, account_expense …
    credit text not null, -- payable_provider, payable_person
    provider_id bigint not null,
    amount_fen bigint not null, -- negative only in the entries of a reversal
    primary key (settlement_id, person_id, entry_no)
)/*sqlite: without rowid*/;

-- ---- messages ----

create table idempotent_answer ( -- distribute by sender
    sender text not null, -- user or provider
    message_key text not null,
    body_digest text not null,
    status integer not null,
    answer text not null,
    created_at bigint not null,
    primary key (sender, message_key)
)/*sqlite: without rowid*/;

create table outbox ( -- local
    event_id bigint not null primary key,
    topic text not null,
    person_id bigint not null,
    object_id bigint not null,
    body text not null,
    created_at bigint not null
)/*sqlite: without rowid*/;

-- ---- people who work here, and what they did ----

create table app_user ( -- reference
    user_id bigint not null primary key,
    login text not null unique,
    name text not null,
    area_code text not null default '',
    provider_id bigint not null default 0, -- a hospital's own users see its bills only
    password_hash text not null,
    must_change smallint not null default 1,
    state text not null, -- active, locked, disabled
    failed_count integer not null default 0,
    locked_until bigint not null default 0,
    password_at bigint not null default 0,
    last_login_at bigint not null default 0,
    created_at bigint not null
);

create table user_role ( -- reference
    user_id bigint not null,
    role text not null,
    primary key (user_id, role)
)/*sqlite: without rowid*/;

create table role_right ( -- reference
    role text not null,
    access text not null, -- "settlement.settle": one word for each permission
    primary key (role, access)
)/*sqlite: without rowid*/;

create table user_session ( -- local
    token_digest text not null primary key, -- SM3 of the token
    user_id bigint not null,
    csrf text not null,
    created_at bigint not null,
    seen_at bigint not null,
    address text not null default ''
)/*sqlite: without rowid*/;

create table approval ( -- local: what one proposes and another decides
    approval_id bigint not null primary key,
    kind text not null, -- reverse, refund, manual
    person_id bigint not null default 0,
    object_id bigint not null, -- settlement
    area_code text not null default '',
    reason text not null,
    body text not null default '', -- JSON: what is to be done
    amount_fen bigint not null default 0,
    state text not null, -- open, approved, refused, withdrawn
    made_by bigint not null,
    made_at bigint not null,
    decided_by bigint not null default 0,
    decided_at bigint not null default 0,
    decision_note text not null default '',
    result_id bigint not null default 0
);
create index approval_by_state on approval (state, made_at, approval_id);
create index approval_by_time on approval (made_at, approval_id);

create table audit_log ( -- local: one chain for each writer; each row's hash covers the row before it
    chain integer not null,
    seq bigint not null,
    at bigint not null,
    user_id bigint not null,
    login text not null,
    address text not null,
    action text not null, -- "settlement.settle", "person.unmask" …
    object text not null, -- "settlement 123"
    person_id bigint not null default 0,
    detail text not null, -- JSON, no secrets, no certificate numbers
    outcome text not null, -- ok, or the code of the error
    trace_id text not null,
    hash text not null, -- SM3, hex; format 1: docs/store.md
    primary key (chain, seq)
)/*sqlite: without rowid*/;
create index audit_by_time on audit_log (at, chain, seq);
create index audit_by_person on audit_log (person_id, at, chain, seq);
create index audit_by_user on audit_log (user_id, at, chain, seq);
