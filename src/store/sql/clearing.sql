-- Money between pooling areas: docs/cross-area.md.

-- name: cross_settlement_add
insert into cross_settlement (person_id, settlement_id, part, kind, insured_pool, treatment_pool, treatment_area, provider_id,
    scheme, visit_kind, route, booked_on, month, total_fen, fund_fen, account_fen)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16);
