-- What belongs to one settlement stands in its row: a settlement wrote 22 rows, now it writes nine.

-- What the engine made of each line: "number class amount own over_limit pay_first in_scope" a line, fen; '-' = no class.
-- Of a bill in parts (or, before this, of all of them) each part has its own; words and prices stand in the bill.
alter table settlement add column lines text not null default '';
-- What it moved: "home scheme year name sub_key before after" a line; home is year, life, household or account.
alter table settlement add column changes text not null default '';

update settlement set lines = coalesce((
    select /*sqlite: group_concat(l.text, '')*//*postgres: string_agg(l.text, '' order by l.line_no)*/ from (
        select line_no, line_no || ' ' || case item_class when '' then '-' else item_class end || ' ' || amount_fen || ' '
            || own_fen || ' ' || over_limit_fen || ' ' || pay_first_fen || ' ' || in_scope_fen
            || /*sqlite: char(10)*//*postgres: chr(10)*/ as text
        from bill_line b where b.bill_id = settlement.bill_id and b.person_id = settlement.person_id order by line_no) l), '')
where part = 0;
update settlement set changes = coalesce((
    select /*sqlite: group_concat(c.text, '')*//*postgres: string_agg(c.text, '' order by c.change_no)*/ from (
        select change_no, home || ' ' || case scheme when '' then '-' else scheme end || ' ' || year || ' ' || name || ' '
            || sub_key || ' ' || before_value || ' ' || after_value || /*sqlite: char(10)*//*postgres: chr(10)*/ as text
        from accumulator_change a where a.settlement_id = settlement.settlement_id and a.person_id = settlement.person_id
            and a.part = settlement.part order by change_no) c), '');

drop table bill_line;
drop table accumulator_change;
drop table settlement_layer; -- each layer stands in `result`

-- The person as truth: head and years side by side, one page of the file for both.
create table person_state ( -- distribute by person_id: a person, or a household under its negative number
    person_id bigint not null,
    scheme text not null default '', -- '' and year 0: the head, locked by each settlement
    year integer not null default 0,
    version bigint not null default 0,
    last_settlement_id bigint not null default 0, -- the head's
    account text not null default '', -- the head's: balances of the personal accounts in fen, one "name 0 fen" a line
    state text not null default '', -- accumulators of the year, or those that outlast it: one "name key value" a line
    primary key (person_id, scheme, year)
)/*sqlite: without rowid*/;
insert into person_state (person_id, version, last_settlement_id, account, state)
select person_id, version, last_settlement_id, account, state from person_head;
insert into person_state (person_id, scheme, year, version, state) select person_id, scheme, year, 1, state from person_year;
drop table person_head;
drop table person_year;

-- In SQLite a bill's number is its place: one index less.
/*sqlite:
create table bill_by_id (
    bill_id integer not null primary key,
    person_id bigint not null,
    visit_id bigint not null,
    bill_no text not null,
    provider_id bigint not null,
    channel text not null,
    service_on text not null,
    line_count integer not null,
    total_fen bigint not null,
    document text not null,
    created_at bigint not null,
    created_by bigint not null
);
insert into bill_by_id select bill_id, person_id, visit_id, bill_no, provider_id, channel, service_on, line_count, total_fen,
    document, created_at, created_by from bill;
drop table bill;
alter table bill_by_id rename to bill;
create index bill_by_no on bill (bill_no);
*/

-- Which policies anything was settled with, so that nobody looks through all settlements for it.  A row is written once.
create table policy_used ( -- reference
    pack_id text not null,
    policy_id text not null,
    policy_from_on text not null,
    primary key (pack_id, policy_id, policy_from_on)
)/*sqlite: without rowid*/;
insert into policy_used select distinct pack_id, policy_id, policy_from_on from settlement;
