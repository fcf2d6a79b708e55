-- Who came for a person, and when purchases were told: docs/gateway.md.

-- name: purchase_proxy_put
insert into proxy (person_id, object_id, kind, provider_id, transaction_no, name, id_type, id_no, relation, phone, address, made_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (object_id, person_id) do update set transaction_no = excluded.transaction_no, name = excluded.name,
    id_type = excluded.id_type, id_no = excluded.id_no, relation = excluded.relation, phone = excluded.phone,
    address = excluded.address, made_at = excluded.made_at;

-- name: purchase_proxy_get
select x.person_id, p.area_code, x.provider_id, x.name, x.id_type, x.id_no, x.phone, x.address
from proxy x join person p on p.person_id = x.person_id where x.object_id = $1;

-- name: purchase_upload_add
insert into purchase_upload (provider_id, purchase_id, kind, person_id, transaction_no, happened_at, uploaded_at, month, delay_minutes,
    limit_minutes, late)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);
