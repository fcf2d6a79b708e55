-- Goods of pharmacies and hospitals: what moved, what is there.

-- name: stock_get
select quantity_e4 from stock where provider_id = $1 and own_code = $2 and batch_no = $3 /*postgres: for update*/;

-- name: stock_add
insert into stock (provider_id, own_code, batch_no, item_code, quantity_e4, happened_at, movement_id, detail)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (provider_id, own_code, batch_no) do update set quantity_e4 = stock.quantity_e4 + excluded.quantity_e4,
    item_code = excluded.item_code, happened_at = excluded.happened_at, movement_id = excluded.movement_id,
    detail = case when excluded.detail = '' then stock.detail else excluded.detail end;

-- name: stock_movement_add
insert into stock_movement (movement_id, provider_id, own_code, batch_no, item_code, kind, change_type, happened_at, quantity_e4,
    said_e4, said_key, reverses_id, refers_id, settlement_id, visit_no, cert_no, detail, booked_at, booked_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19);

-- name: stock_trace_add
insert into stock_trace (movement_id, trace_code, provider_id) values ($1, $2, $3)
on conflict (movement_id, trace_code) do nothing;

-- name: stock_said
select m.movement_id from stock_movement m
where m.provider_id = $1 and m.own_code = $2 and m.batch_no = $3 and m.said_key = $4
    and not exists (select 1 from stock_movement r where r.reverses_id = m.movement_id and r.reverses_id <> 0) limit 1;

-- Of all providers: a pack is sold once, unless it came back.
-- name: stock_trace_sold
select coalesce(cast(sum(case when m.kind = 'sale' then 1 when m.kind = 'sale_return' then -1 else 0 end) as bigint), 0)
from stock_trace t join stock_movement m on m.movement_id = t.movement_id
where t.trace_code = $1
    and not exists (select 1 from stock_movement r where r.reverses_id = m.movement_id and r.reverses_id <> 0);

-- name: stock_live
select m.movement_id, m.own_code, m.item_code, m.quantity_e4, m.happened_at from stock_movement m
where m.provider_id = $1 and m.batch_no = $2 and m.kind in ($3, $4)
    and not exists (select 1 from stock_movement r where r.reverses_id = m.movement_id and r.reverses_id <> 0)
order by m.movement_id;

-- name: stock_referred
select movement_id from stock_movement
where movement_id = $1 and provider_id = $2 and own_code = $3 and batch_no = $4 and kind = $5;

-- name: stock_settlement
select settlement_id from settlement where settlement_id = $1 and provider_id = $2 and kind = 'settle' limit 1;

-- name: stock_page
select s.own_code, s.batch_no, s.item_code, s.movement_id, s.happened_at, s.quantity_e4, s.quantity_e4, 'stock', '', 1,
    m.booked_at, m.booked_by, 0, '', s.detail, '', count(*) over ()
from stock s join stock_movement m on m.movement_id = s.movement_id
where s.provider_id = $1 and ($2 = '' or s.own_code = $2) and ($3 = '' or s.batch_no = $3) and ($4 = '' or s.item_code = $4)
    and ($5 = '' or substr(s.happened_at, 1, 10) >= $5) and ($6 = '' or substr(s.happened_at, 1, 10) <= $6)
order by s.own_code, s.batch_no limit $7 offset $8;

-- Kinds $7 and $8, and of kind $9 what changed anything; $10 = only those that stand (1) or were taken back (0).
-- name: stock_movements
select m.own_code, m.batch_no, m.item_code, m.movement_id, m.happened_at, m.quantity_e4, m.said_e4, m.kind, m.change_type,
    case when r.movement_id is null then 1 else 0 end, m.booked_at, m.booked_by, m.settlement_id, m.visit_no, m.detail, '',
    count(*) over ()
from stock_movement m left join stock_movement r on r.reverses_id = m.movement_id and r.reverses_id <> 0
where m.provider_id = $1 and ($2 = '' or m.own_code = $2) and ($3 = '' or m.batch_no = $3) and ($4 = '' or m.item_code = $4)
    and ($5 = '' or substr(m.happened_at, 1, 10) >= $5) and ($6 = '' or substr(m.happened_at, 1, 10) <= $6)
    and (m.kind in ($7, $8) or (m.kind = $9 and m.quantity_e4 <> 0))
    and ($10 = '' or $10 = case when r.movement_id is null then '1' else '0' end) and ($11 = 0 or m.movement_id = $11)
order by m.movement_id limit $12 offset $13;

-- $7 = sales (1), those that stand only; or what came in (0).
-- name: stock_traces
select m.own_code, m.batch_no, m.item_code, m.movement_id, m.happened_at, m.quantity_e4, m.said_e4, m.kind, m.change_type,
    case when r.movement_id is null then 1 else 0 end, m.booked_at, m.booked_by, m.settlement_id, m.visit_no, m.detail,
    t.trace_code, count(*) over ()
from stock_movement m join stock_trace t on t.movement_id = m.movement_id
    left join stock_movement r on r.reverses_id = m.movement_id and r.reverses_id <> 0
where m.provider_id = $1 and ($2 = '' or m.own_code = $2) and ($3 = '' or m.batch_no = $3) and ($4 = '' or m.item_code = $4)
    and ($5 = '' or substr(m.happened_at, 1, 10) >= $5) and ($6 = '' or substr(m.happened_at, 1, 10) <= $6)
    and (($7 = 1 and m.kind = 'sale' and r.movement_id is null)
        or ($7 = 0 and (m.kind in ('count', 'purchase') or (m.kind = 'change' and m.quantity_e4 > 0))))
    and ($8 = '' or t.trace_code = $8) and ($9 = '' or m.visit_no = $9) and ($10 = '' or m.cert_no = $10)
order by m.movement_id, t.trace_code limit $11 offset $12;
