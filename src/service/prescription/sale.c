/* Drugs that a pharmacy sells on prescription only, whichever way it settles. */
#include "service/prescription/prescription_internal.h"

bool prescription_is_needed(bool *needed, str item_code, office *o, arena *a, err *e)
{
    office_term t = {0};
    if (!office_term_on(&t, o, S(""), S(""), item_code, S(""), a, e) && e->code)
        return false;
    *needed = str_eq(t.rx, S("yes"));
    return true;
}

bool prescription_paper_is_free(
    str number, const actor *who, int64_t but_settlement_id, store_job *job, arena *a, err *e)
{
    const store_value key[] = {STORE_N(who->provider_id), STORE_T(number),
                               STORE_N(but_settlement_id)};
    store_rows r;
    if (!store_query(job, SQL_RX_SALE_OF_PAPER, key, COUNTOF(key), &r, a, e))
        return false;
    return r.row_count == 0 || rx_refuse("one that nothing was sold on", "used already", e);
}

bool prescription_pharmacist_is_known(
    str number, store_job *job, const actor *who, arena *a, err *e)
{
    const store_value key[] = {STORE_N(who->provider_id), STORE_T(number)};
    store_rows r;
    if (!store_query(job, SQL_RX_SALE_PHARMACISTS, key, COUNTOF(key), &r, a, e))
        return false;
    if (store_number(&r, 0, 0) == 0 || store_number(&r, 0, 1) > 0)
        return true;
    err_expected(e, "the certificate of a pharmacist of this pharmacy");
    return FAIL(e, ERR_UNKNOWN_REFERENCE, "%s", "");
}

void prescription_sale_keep(const prescription_sold *s,
                            int64_t person_id,
                            int64_t settlement_id,
                            const actor *who,
                            int64_t now_ms,
                            store_job *job)
{
    const store_value row[] = {
        STORE_N(person_id),          STORE_N(settlement_id),    STORE_N(s->place),
        STORE_N(who->provider_id),   STORE_T(s->item_code),     STORE_N(s->quantity_e4),
        STORE_T(s->prescription_no), STORE_N(s->rx_id),         STORE_N(s->audit_no),
        STORE_T(s->pharmacist),      STORE_T(s->pharmacist_no), STORE_N(now_ms)};
    store_put(job, SQL_RX_SALE_ADD, row, COUNTOF(row));
}

void prescription_sale_sign(
    store_job *job, const actor *who, int64_t settlement_id, str item_code, str name, str number)
{
    const store_value row[] = {STORE_N(who->provider_id), STORE_N(settlement_id),
                               STORE_T(item_code), STORE_T(name), STORE_T(number)};
    store_put(job, SQL_RX_SALE_SIGN, row, COUNTOF(row));
}
