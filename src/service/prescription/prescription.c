/* What hospitals do, and what one is. */
#include "service/prescription/prescription_internal.h"

#define TRACE_DIGITS 20
#define TOKEN_DIGITS 48
#define GRANT_MS     (INT64_C(2) * 3600 * 1000)

/* ---- what one is ---- */

str prescription_state(const prescription *p, int64_t now_ms)
{
    if (str_eq(p->state, S("checked")))
        return S("");
    if (str_eq(p->state, S("valid")) && now_ms > p->until_at)
        return S("expired");
    return p->state;
}

bool prescription_is_used(const prescription *p)
{
    return p->paid || (p->sale_no && !p->sale_insured);
}

/* A sale whose bill was taken back is gone with it. */
static bool sale_get(prescription *p, store_job *job, arena *a, err *e)
{
    enum { SALE, PROVIDER, INSURED, SETTLEMENT, MADE, LINES };
    const store_value key = STORE_N(p->rx_id);
    store_rows r;
    if (!store_query(job, SQL_PRESCRIPTION_SALES, &key, 1, &r, a, e))
        return false;
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        int64_t settlement_id = store_number(&r, i, SETTLEMENT);
        if (settlement_id && !(p->paid && settlement_id == p->settlement_id))
            continue;
        p->sale_no = store_number(&r, i, SALE);
        p->sale_by = store_number(&r, i, PROVIDER);
        p->sale_insured = store_number(&r, i, INSURED) != 0;
        p->sale_at = store_number(&r, i, MADE);
        p->sale_lines = store_text(&r, i, LINES);
    }
    return true;
}

bool prescription_get(prescription *out, int64_t rx_id, store_job *job, arena *a, err *e)
{
    enum {
        PERSON,
        VERSION,
        PROVIDER,
        VISIT_ID,
        OWN_NO,
        TRACE,
        STATE,
        UNTIL,
        HEAD,
        VISIT,
        DIAGNOSES,
        UPLOAD,
        SIGNED_TEXT,
        SIGNATURE,
        FILE_DIGEST,
        AUDIT,
        AUDIT_NO,
        AUDIT_BY,
        AUDIT_AT,
        AUDIT_DETAIL,
        USED_BY,
        USED_AT,
        PAID,
        SETTLEMENT,
        CODE,
        NAME,
        KEY
    };
    const store_value key = STORE_N(rx_id);
    store_rows lock, r;
    if (!store_query(job, SQL_PRESCRIPTION_LOCK, &key, 1, &lock, a, e) ||
        !store_query(job, SQL_PRESCRIPTION_GET, &key, 1, &r, a, e))
        return false;
    if (r.row_count == 0)
        return FAIL(e, ERR_NOT_FOUND, "no such prescription");
    *out = (prescription){.rx_id = rx_id,
                          .person_id = store_number(&r, 0, PERSON),
                          .version = store_number(&r, 0, VERSION),
                          .provider_id = store_number(&r, 0, PROVIDER),
                          .visit_id = store_number(&r, 0, VISIT_ID),
                          .own_no = store_text(&r, 0, OWN_NO),
                          .trace_code = store_text(&r, 0, TRACE),
                          .state = store_text(&r, 0, STATE),
                          .until_at = store_number(&r, 0, UNTIL),
                          .head = store_text(&r, 0, HEAD),
                          .visit = store_text(&r, 0, VISIT),
                          .diagnoses = store_text(&r, 0, DIAGNOSES),
                          .upload = store_text(&r, 0, UPLOAD),
                          .signed_text = store_text(&r, 0, SIGNED_TEXT),
                          .signature = store_text(&r, 0, SIGNATURE),
                          .file_digest = store_text(&r, 0, FILE_DIGEST),
                          .audit = store_text(&r, 0, AUDIT),
                          .audit_no = store_number(&r, 0, AUDIT_NO),
                          .audit_by = store_number(&r, 0, AUDIT_BY),
                          .audit_at = store_number(&r, 0, AUDIT_AT),
                          .audit_detail = store_text(&r, 0, AUDIT_DETAIL),
                          .used_by = store_number(&r, 0, USED_BY),
                          .used_at = store_number(&r, 0, USED_AT),
                          .paid = store_number(&r, 0, PAID) != 0,
                          .settlement_id = store_number(&r, 0, SETTLEMENT),
                          .provider_code = store_text(&r, 0, CODE),
                          .provider_name = store_text(&r, 0, NAME),
                          .signed_key = store_text(&r, 0, KEY)};
    return sale_get(out, job, a, e);
}

bool prescription_items_get(
    prescription_items *out, int64_t rx_id, store_job *job, arena *a, err *e)
{
    const store_value key = STORE_N(rx_id);
    store_rows r;
    *out = (prescription_items){0};
    if (!store_query(job, SQL_PRESCRIPTION_ITEMS, &key, 1, &r, a, e))
        return false;
    out->at = arena_new(a, prescription_item, r.row_count);
    for (ptrdiff_t i = 0; i < r.row_count; i++)
        out->at[out->count++] = (prescription_item){.item_code = store_text(&r, i, 0),
                                                    .name = store_text(&r, i, 1),
                                                    .unit = store_text(&r, i, 2),
                                                    .quantity_e4 = store_number(&r, i, 3),
                                                    .taken_e4 = store_number(&r, i, 4),
                                                    .detail = store_text(&r, i, 5)};
    return true;
}

bool rx_refuse(const char *expected, const char *is, err *e)
{
    err_expected(e, "%s", expected);
    return FAIL(e, ERR_RX_STATE, "it is %s", is);
}

/* ---- the hospital ---- */

static bool own_no_is_free(const prescription *p, store_job *job, arena *a, err *e)
{
    const store_value key[] = {STORE_N(p->provider_id), STORE_T(p->own_no)};
    store_rows r;
    if (!store_query(job, SQL_PRESCRIPTION_SAME_NO, key, COUNTOF(key), &r, a, e))
        return false;
    if (r.row_count == 0)
        return true;
    err_field(e, S("hospRxno"));
    err_expected(e, "a number of its own for each prescription");
    return FAIL(e, ERR_EXISTS, "%s", "");
}

static bool item_check(prescription_item *m, office *o, arena *a, err *e)
{
    office_term t = {0};
    if (!office_term_on(&t, o, S(""), S(""), m->item_code, S(""), a, e) && e->code)
        return false;
    err_field(e, S("medListCodg"));
    if (!t.known)
        return FAIL(e, ERR_NOT_IN_CATALOGUE, "%s", "");
    if (!str_eq(t.kind, S("drug"))) {
        err_expected(e, "a drug");
        return FAIL(e, ERR_BAD_VALUE, "it is a %.*s", STR_ARG(t.kind));
    }
    e->field[0] = 0;
    m->name = t.name;
    return true;
}

bool prescription_check(prescription *p,
                        prescription_items *items,
                        int *wrong,
                        store_job *job,
                        office *o,
                        arena *a,
                        err *e)
{
    *wrong = -1;
    if (!own_no_is_free(p, job, a, e))
        return false;
    p->trace_code = access_random_hex(TRACE_DIGITS, a);
    p->rx_id = store_new_id(store_of(job));
    const store_value row[] = {STORE_N(p->person_id),   STORE_N(p->rx_id),
                               STORE_N(p->provider_id), STORE_N(p->visit_id),
                               STORE_T(p->own_no),      STORE_T(p->trace_code),
                               STORE_N(p->until_at),    STORE_N(store_now_ms(store_of(job))),
                               STORE_T(p->head),        STORE_T(p->visit),
                               STORE_T(p->diagnoses)};
    store_put(job, SQL_PRESCRIPTION_ADD, row, COUNTOF(row));
    for (int i = 0; i < items->count; i++) {
        prescription_item *m = &items->at[i];
        *wrong = i;
        if (!item_check(m, o, a, e))
            return false;
        const store_value line[] = {STORE_N(p->person_id),   STORE_N(p->rx_id), STORE_N(i + 1),
                                    STORE_T(m->item_code),   STORE_T(m->name),  STORE_T(m->unit),
                                    STORE_N(m->quantity_e4), STORE_T(m->detail)};
        store_put(job, SQL_PRESCRIPTION_ITEM_ADD, line, COUNTOF(line));
    }
    return true;
}

static bool is_checked(const prescription *p, err *e)
{
    return str_eq(p->state, S("checked")) ||
           rx_refuse("one that was checked and not uploaded yet",
                     str_eq(p->state, S("valid")) ? "uploaded" : "withdrawn", e);
}

bool prescription_sign(const prescription *p, store_job *job, err *e)
{
    const store_value row[] = {STORE_N(p->rx_id),       STORE_N(p->version),
                               STORE_T(p->signed_text), STORE_T(p->signature),
                               STORE_T(p->file_digest), STORE_T(p->signed_key)};
    if (!is_checked(p, e))
        return false;
    store_put_one(job, SQL_PRESCRIPTION_SIGN, row, COUNTOF(row));
    return true;
}

bool prescription_upload(
    const prescription *p, str file, int64_t now_ms, store_job *job, arena *a, err *e)
{
    const store_value row[] = {STORE_N(p->rx_id), STORE_N(p->version), STORE_T(p->upload),
                               STORE_T(p->signature), STORE_T(p->file_digest)};
    const store_value kept[] = {STORE_N(p->person_id), STORE_N(p->rx_id), STORE_T(file)};
    if (!is_checked(p, e) || !own_no_is_free(p, job, a, e))
        return false;
    if (now_ms > p->until_at)
        return rx_refuse("one that has not expired", "expired", e);
    store_put_one(job, SQL_PRESCRIPTION_UPLOAD, row, COUNTOF(row));
    store_put(job, SQL_PRESCRIPTION_FILE_ADD, kept, COUNTOF(kept));
    return true;
}

bool prescription_withdraw(const prescription *p, str who_and_why, store_job *job, err *e)
{
    const store_value row[] = {STORE_N(p->rx_id), STORE_N(p->version), STORE_T(who_and_why)};
    if (str_eq(p->state, S("withdrawn")))
        return rx_refuse("one that was not withdrawn yet", "withdrawn", e);
    if (p->paid || p->sale_no)
        return rx_refuse("one that was not dispensed", "dispensed", e);
    store_put_one(job, SQL_PRESCRIPTION_WITHDRAW, row, COUNTOF(row));
    return true;
}

/* ---- who may look ---- */

bool rx_dispensable(const prescription *p, int64_t now_ms, err *e)
{
    str state = prescription_state(p, now_ms);
    if (state.n == 0)
        return rx_refuse("one that was uploaded", "not uploaded yet", e);
    if (str_eq(state, S("expired")))
        return rx_refuse("one that has not expired", "expired", e);
    if (!str_eq(state, S("valid")))
        return rx_refuse("one that is valid", "withdrawn", e);
    return !prescription_is_used(p) || rx_refuse("one that was not dispensed", "used", e);
}

static void grant_make(prescription_grant *g,
                       int64_t person_id,
                       const actor *who,
                       int64_t now_ms,
                       store_job *job,
                       arena *a)
{
    g->token = access_random_hex(TOKEN_DIGITS, a);
    g->grant_no = store_new_id(store_of(job));
    if (g->group_no == 0)
        g->group_no = g->grant_no;
    g->until_at = now_ms + GRANT_MS;
    g->state = S("open");
    const store_value row[] = {
        STORE_N(person_id), STORE_N(g->grant_no), STORE_N(g->rx_id),   STORE_N(who->provider_id),
        STORE_T(g->token),  STORE_N(g->group_no), STORE_N(g->until_at)};
    store_put(job, SQL_PRESCRIPTION_GRANT_ADD, row, COUNTOF(row));
}

bool prescription_grant_all(prescription_grant out[PRESCRIPTION_GRANTS_MAX],
                            int *count,
                            const actor *who,
                            int64_t person_id,
                            int64_t now_ms,
                            store_job *job,
                            arena *a,
                            err *e)
{
    const store_value key[] = {STORE_N(person_id), STORE_N(now_ms)};
    store_rows r;
    *count = 0;
    if (!store_query(job, SQL_PRESCRIPTIONS_OPEN, key, COUNTOF(key), &r, a, e))
        return false;
    for (ptrdiff_t i = 0; i < r.row_count && *count < PRESCRIPTION_GRANTS_MAX; i++) {
        prescription p = {0};
        err not_now = {0};
        if (!prescription_get(&p, store_number(&r, i, 0), job, a, e))
            return false;
        if (!rx_dispensable(&p, now_ms, &not_now))
            continue;
        prescription_grant *g = &out[*count];
        *g = (prescription_grant){.rx_id = p.rx_id, .group_no = *count ? out[0].group_no : 0};
        grant_make(g, person_id, who, now_ms, job, a);
        ++*count;
    }
    return true;
}

bool prescription_grant_one(prescription_grant *out,
                            prescription *p,
                            const actor *who,
                            str trace_code,
                            int64_t now_ms,
                            store_job *job,
                            arena *a,
                            err *e)
{
    const store_value key = STORE_T(trace_code);
    store_rows r;
    if (!store_query(job, SQL_PRESCRIPTION_BY_TRACE, &key, 1, &r, a, e))
        return false;
    if (r.row_count == 0)
        return FAIL(e, ERR_NOT_FOUND, "no such prescription");
    *out = (prescription_grant){.rx_id = store_number(&r, 0, 0)};
    if (!prescription_get(p, out->rx_id, job, a, e) || !rx_dispensable(p, now_ms, e))
        return false;
    grant_make(out, p->person_id, who, now_ms, job, a);
    return true;
}

static bool no_grant(err *e)
{
    err_field(e, S("epcToken"));
    err_expected(e, "a grant of 7201 or 7203 that is not over");
    return FAIL(e, ERR_NOT_FOUND, "%s", "");
}

bool prescription_grant_open(prescription *p,
                             const actor *who,
                             int64_t grant_no,
                             str token,
                             int64_t now_ms,
                             store_job *job,
                             arena *a,
                             err *e)
{
    enum { RX, PROVIDER, TOKEN, GROUP, STATE, UNTIL };
    const store_value key = STORE_N(grant_no);
    store_rows r;
    if (!store_query(job, SQL_PRESCRIPTION_GRANT_GET, &key, 1, &r, a, e))
        return false;
    if (r.row_count == 0 || store_number(&r, 0, PROVIDER) != who->provider_id ||
        !str_eq(store_text(&r, 0, TOKEN), token) || str_eq(store_text(&r, 0, STATE), S("ended")) ||
        now_ms > store_number(&r, 0, UNTIL))
        return no_grant(e);
    if (!prescription_get(p, store_number(&r, 0, RX), job, a, e) || !rx_dispensable(p, now_ms, e))
        return false;
    const store_value use[] = {STORE_N(store_number(&r, 0, GROUP)), STORE_N(grant_no)};
    store_put(job, SQL_PRESCRIPTION_GRANT_USE, use, COUNTOF(use));
    return true;
}

bool prescription_grant_of(prescription_grant *out,
                           const prescription *p,
                           const actor *who,
                           str token,
                           store_job *job,
                           arena *a,
                           err *e)
{
    enum { GRANT, GROUP, STATE, UNTIL, VERIFY };
    const store_value key[] = {STORE_N(p->rx_id), STORE_N(who->provider_id), STORE_T(token)};
    store_rows r;
    if (!store_query(job, SQL_PRESCRIPTION_GRANT_OF, key, COUNTOF(key), &r, a, e))
        return false;
    if (r.row_count == 0 || !str_eq(store_text(&r, 0, STATE), S("used")))
        return no_grant(e);
    *out = (prescription_grant){.grant_no = store_number(&r, 0, GRANT),
                                .rx_id = p->rx_id,
                                .group_no = store_number(&r, 0, GROUP),
                                .until_at = store_number(&r, 0, UNTIL),
                                .verify_no = store_number(&r, 0, VERIFY),
                                .token = token,
                                .state = store_text(&r, 0, STATE)};
    return true;
}

bool prescription_file(str *base64, int64_t rx_id, store_job *job, arena *a, err *e)
{
    const store_value key = STORE_N(rx_id);
    store_rows r;
    if (!store_query(job, SQL_PRESCRIPTION_FILE_GET, &key, 1, &r, a, e))
        return false;
    *base64 = r.row_count ? store_text(&r, 0, 0) : S("");
    return true;
}

void prescription_verified(prescription_grant *g, store_job *job)
{
    g->verify_no = store_new_id(store_of(job));
    const store_value row[] = {STORE_N(g->grant_no), STORE_N(g->verify_no)};
    store_put(job, SQL_PRESCRIPTION_GRANT_VERIFIED, row, COUNTOF(row));
}
