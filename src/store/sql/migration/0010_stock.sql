-- What pharmacies and hospitals have on their shelves, as their systems say it (3501-3507).

create table stock_movement ( -- distribute by provider_id: insert only
    movement_id bigint not null primary key,
    provider_id bigint not null,
    own_code text not null,
    batch_no text not null, -- the provider's own number of a batch
    item_code text not null, -- national
    kind text not null, -- count, change, purchase, purchase_return, sale, sale_return; reversal
    change_type text not null default '', -- kind change: code of the interface
    happened_at text not null, -- in China, as it was said
    quantity_e4 bigint not null, -- what it did to the stock, with a sign
    said_e4 bigint not null, -- what was said: how many were counted, bought …
    said_key text not null default '', -- equal when the same thing is said again
    reverses_id bigint not null default 0, -- kind reversal: what it takes back
    refers_id bigint not null default 0, -- kinds …_return: of which purchase or sale
    settlement_id bigint not null default 0, -- kinds sale …: that paid for it
    visit_no text not null default '',
    cert_no text not null default '', -- of who bought
    detail text not null, -- JSON, as it came
    booked_at bigint not null,
    booked_by text not null
);
create index stock_movement_by_goods on stock_movement (provider_id, own_code, batch_no, movement_id);
create index stock_movement_by_batch on stock_movement (provider_id, batch_no, movement_id);
create index stock_movement_by_item on stock_movement (provider_id, item_code, movement_id);
create unique index stock_movement_reversal on stock_movement (reverses_id) where reverses_id <> 0;
create index stock_movement_by_visit on stock_movement (provider_id, visit_no) where visit_no <> '';
create index stock_movement_by_cert on stock_movement (provider_id, cert_no) where cert_no <> '';

create table stock ( -- distribute by provider_id: what is there: the sum of its movements
    provider_id bigint not null,
    own_code text not null,
    batch_no text not null,
    item_code text not null,
    quantity_e4 bigint not null, -- below 0 when more went out than was ever said to be there
    happened_at text not null, -- of the last movement
    movement_id bigint not null, -- the last one
    detail text not null, -- JSON, of the movement that described the batch last
    primary key (provider_id, own_code, batch_no)
)/*sqlite: without rowid*/;
create index stock_by_batch on stock (provider_id, batch_no);

create table stock_trace ( -- distribute by provider_id: codes of single packs
    movement_id bigint not null,
    trace_code text not null,
    provider_id bigint not null,
    primary key (movement_id, trace_code)
)/*sqlite: without rowid*/;
create index stock_trace_by_code on stock_trace (trace_code);
