/* What pharmacies do: judge, hand out, settle. */
#include "service/prescription/prescription_internal.h"

/* Valid, and in nobody else's hands. */
static bool is_free(const prescription *p, const actor *who, int64_t now_ms, err *e)
{
    if (!rx_dispensable(p, now_ms, e))
        return false;
    if (p->sale_no && p->sale_by != who->provider_id)
        return rx_refuse("one that was not dispensed", "in another pharmacy's hands", e);
    return true;
}

bool prescription_judge(prescription *p, const actor *who, int64_t now_ms, store_job *job, err *e)
{
    if (!is_free(p, who, now_ms, e))
        return false;
    if (p->sale_no)
        return rx_refuse("one that was not handed out", "handed out", e);
    p->audit_no = store_new_id(store_of(job));
    const store_value row[] = {STORE_N(p->rx_id),         STORE_N(p->version),
                               STORE_T(p->audit),         STORE_N(p->audit_no),
                               STORE_N(who->provider_id), STORE_N(now_ms),
                               STORE_T(p->audit_detail)};
    store_put_one(job, SQL_PRESCRIPTION_AUDIT, row, COUNTOF(row));
    return true;
}

/* ---- lines against items ---- */

/* By its code; by its name when another maker's is handed out.  -1 = it is not prescribed. */
static int item_of(const prescription_items *items, const prescription_line *l, str name)
{
    for (int i = 0; i < items->count; i++)
        if (str_eq(items->at[i].item_code, l->item_code))
            return i;
    for (int i = 0; i < items->count; i++)
        if (name.n && str_eq(items->at[i].name, name))
            return i;
    return -1;
}

static bool name_of(str *name, str item_code, office *o, arena *a, err *e)
{
    office_term t = {0};
    if (!office_term_on(&t, o, S(""), S(""), item_code, S(""), a, e) && e->code)
        return false;
    *name = t.known ? t.name : S("");
    return true;
}

/* Adds the lines to taken_e4 of the items. */
static bool lines_take(prescription_items *items,
                       const prescription_lines *lines,
                       int *wrong,
                       office *o,
                       arena *a,
                       err *e)
{
    for (int i = 0; i < items->count; i++)
        items->at[i].taken_e4 = 0;
    for (int i = 0; i < lines->count; i++) {
        const prescription_line *l = &lines->at[i];
        str name;
        *wrong = i;
        if (!name_of(&name, l->item_code, o, a, e))
            return false;
        int k = item_of(items, l, name);
        if (k < 0) {
            err_expected(e, "an item of the prescription");
            return FAIL(e, ERR_RX_EXCEEDED, "%s", "");
        }
        prescription_item *m = &items->at[k];
        if (l->unit.n && !str_eq(l->unit, m->unit))
            continue; /* nobody here knows how many of the one make the other */
        m->taken_e4 += l->quantity_e4;
        if (l->quantity_e4 <= 0 || m->taken_e4 > m->quantity_e4) {
            err_expected(e, "at most %" PRId64 ".%04d %.*s", m->quantity_e4 / 10000,
                         (int)(m->quantity_e4 % 10000), STR_ARG(m->unit));
            return FAIL(e, ERR_RX_EXCEEDED, "%s", "");
        }
    }
    *wrong = -1;
    return true;
}

bool prescription_fits(const prescription *p,
                       int64_t person_id,
                       const prescription_lines *lines,
                       int *wrong,
                       const actor *who,
                       int64_t now_ms,
                       store_job *job,
                       office *o,
                       arena *a,
                       err *e)
{
    prescription_items items;
    *wrong = -1;
    if (person_id && person_id != p->person_id) {
        err_expected(e, "a prescription of this person");
        return FAIL(e, ERR_ID_MISMATCH, "%s", "");
    }
    if (!is_free(p, who, now_ms, e))
        return false;
    if (!str_eq(p->audit, S("passed")) || p->audit_by != who->provider_id)
        return rx_refuse("one that a pharmacist of this pharmacy passed (7206)", "not passed here",
                         e);
    return prescription_items_get(&items, p->rx_id, job, a, e) &&
           lines_take(&items, lines, wrong, o, a, e);
}

/* ---- sales ---- */

static void touch(const prescription *p, store_job *job)
{
    const store_value row[] = {STORE_N(p->rx_id), STORE_N(p->version)};
    store_put_one(job, SQL_PRESCRIPTION_TOUCH, row, COUNTOF(row));
}

void prescription_sell(prescription *p, const actor *who, int64_t now_ms, store_job *job)
{
    p->sale_no = store_new_id(store_of(job));
    const store_value row[] = {STORE_N(p->person_id),    STORE_N(p->sale_no),
                               STORE_N(p->rx_id),        STORE_N(who->provider_id),
                               STORE_N(p->sale_insured), STORE_N(now_ms),
                               STORE_T(p->sale_lines)};
    touch(p, job);
    store_put(job, SQL_PRESCRIPTION_SALE_ADD, row, COUNTOF(row));
}

bool prescription_unsell(
    const prescription *p, const actor *who, int64_t sale_no, store_job *job, err *e)
{
    if (p->sale_no == 0 || p->sale_by != who->provider_id || (sale_no && sale_no != p->sale_no)) {
        err_field(e, S("selStooutSn"));
        err_expected(e, "what 7207 answered");
        return FAIL(e, ERR_NOT_FOUND, "%s", "");
    }
    if (p->paid)
        return rx_refuse("one that no settlement paid for: take that back first", "settled", e);
    const store_value key = STORE_N(p->sale_no);
    touch(p, job);
    store_put_one(job, SQL_PRESCRIPTION_SALE_WITHDRAW, &key, 1);
    return true;
}

/* ---- bills ---- */

bool prescription_settled(const prescription *p,
                          const prescription_lines *lines,
                          int64_t bill_id,
                          int64_t settlement_id,
                          const actor *who,
                          int64_t now_ms,
                          store_job *job,
                          office *o,
                          arena *a,
                          err *e)
{
    prescription_items items;
    int wrong;
    if (!prescription_items_get(&items, p->rx_id, job, a, e) ||
        !lines_take(&items, lines, &wrong, o, a, e))
        return false;
    const store_value row[] = {STORE_N(p->rx_id),      STORE_N(p->version),       STORE_N(bill_id),
                               STORE_N(settlement_id), STORE_N(who->provider_id), STORE_N(now_ms)};
    store_put_one(job, SQL_PRESCRIPTION_PAY, row, COUNTOF(row));
    for (int i = 0; i < items.count; i++) {
        const store_value taken[] = {STORE_N(p->rx_id), STORE_N(i + 1),
                                     STORE_N(items.at[i].taken_e4)};
        store_put(job, SQL_PRESCRIPTION_ITEM_TAKE, taken, COUNTOF(taken));
    }
    if (p->sale_no) {
        const store_value sale[] = {STORE_N(p->sale_no), STORE_N(settlement_id)};
        store_put_one(job, SQL_PRESCRIPTION_SALE_PAY, sale, COUNTOF(sale));
    }
    return true;
}
