#include "service/catalogue/catalogue.h"

static store_value next_version(store_job *job)
{
    return STORE_N(store_new_id(store_of(job)));
}

/* ---- own codes ---- */

/* How many bytes the next character has. */
static int width(char first)
{
    unsigned char c = (unsigned char)first;
    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* Do two names share two characters that stand side by side? */
static bool names_alike(str a, str b)
{
    for (ptrdiff_t i = 0; i < a.n;) {
        int first = width(a.p[i]);
        if (i + first >= a.n)
            break;
        ptrdiff_t n = first + width(a.p[i + first]);
        for (ptrdiff_t k = 0; i + n <= a.n && k + n <= b.n; k++)
            if (memcmp(a.p + i, b.p + k, (size_t)n) == 0)
                return true;
        i += first;
    }
    return str_eq(a, b);
}

bool catalogue_map(bool *like,
                   const catalogue_mapping *m,
                   store_job *job,
                   office *o,
                   const actor *who,
                   str area_code,
                   arena *a,
                   err *e)
{
    office_term t;
    if (!office_term_on(&t, o, area_code, S(""), m->item_code, m->from_on, a, e) && e->code)
        return false;
    if (!t.known) {
        err_field(e, S("med_list_codg"));
        return FAIL(e, ERR_NOT_IN_CATALOGUE, "%s", "");
    }
    if (m->kind.n && !str_eq(m->kind, t.kind)) {
        err_field(e, S("list_type"));
        err_expected(e, "the type of a %.*s", STR_ARG(t.kind));
        return FAIL(e, ERR_BAD_VALUE, "the item is of another kind");
    }
    if (m->until_on.n && str_cmp(m->until_on, m->from_on) < 0) {
        err_field(e, S("enddate"));
        err_expected(e, "not before begndate");
        return FAIL(e, ERR_BAD_VALUE, "%s", "");
    }
    *like = names_alike(m->own_name, t.name);
    const store_value row[] = {STORE_N(who->provider_id), STORE_T(m->own_code),
                               STORE_T(m->list_type),     STORE_T(m->item_code),
                               STORE_T(m->from_on),       STORE_T(m->until_on),
                               STORE_T(m->own_name),      STORE_T(m->detail),
                               STORE_T(S("live")),        next_version(job)};
    store_put(job, SQL_MAPPING_PUT, row, COUNTOF(row));
    return true;
}

bool catalogue_unmap(const catalogue_mapping *m, store_job *job, const actor *who, arena *a, err *e)
{
    const store_value key[] = {STORE_N(who->provider_id), STORE_T(m->own_code),
                               STORE_T(m->list_type), STORE_T(m->item_code), next_version(job)};
    store_rows r;
    if (!store_query(job, SQL_MAPPING_GET, key, COUNTOF(key) - 1, &r, a, e))
        return false;
    if (r.row_count == 0 || !str_eq(store_text(&r, 0, 0), S("live"))) {
        err_field(e, S("fixmedins_hilist_id"));
        err_expected(e, "what 3301 said");
        return FAIL(e, ERR_NOT_FOUND, "%s", "");
    }
    store_put_one(job, SQL_MAPPING_WITHDRAW, key, COUNTOF(key));
    return true;
}

bool catalogue_mapped(
    str *item_code, store_job *job, const actor *who, str own_code, str on, arena *a, err *e)
{
    const store_value key[] = {STORE_N(who->provider_id), STORE_T(own_code), STORE_T(on)};
    store_rows r;
    *item_code = S("");
    if (!store_query(job, SQL_MAPPING_ON, key, COUNTOF(key), &r, a, e))
        return false;
    if (r.row_count)
        *item_code = store_text(&r, 0, 0);
    return true;
}

typedef struct {
    int64_t mapping_id;
    const actor *who;
    bool confirmed;
    str note;
} reviewing;

static bool review_work(store_job *job, void *arg, arena *a, err *e)
{
    enum { PROVIDER, OWN, TYPE, ITEM, STATE, AREA };
    reviewing *w = arg;
    const store_value key = STORE_N(w->mapping_id);
    store_rows r;
    if (!store_query(job, SQL_MAPPING_BY_NUMBER, &key, 1, &r, a, e))
        return false;
    if (r.row_count == 0 || !str_eq(store_text(&r, 0, STATE), S("live")) || w->who->provider_id ||
        !actor_covers_area(w->who, store_text(&r, 0, AREA))) {
        err_expected(e, "the number of one that counts");
        return FAIL(e, ERR_NOT_FOUND, "no mapping %" PRId64, w->mapping_id);
    }
    const store_value row[] = {STORE_N(store_number(&r, 0, PROVIDER)),
                               STORE_T(store_text(&r, 0, OWN)),
                               STORE_T(store_text(&r, 0, TYPE)),
                               STORE_T(store_text(&r, 0, ITEM)),
                               key,
                               STORE_T(w->confirmed ? S("live") : S("returned")),
                               STORE_T(w->confirmed ? S("approved") : S("returned")),
                               STORE_T(w->note),
                               STORE_N(store_now_ms(store_of(job))),
                               STORE_T(w->who->name),
                               next_version(job)};
    store_put_one(job, SQL_MAPPING_REVIEW, row, COUNTOF(row));
    access_audit(job, w->who, w->confirmed ? S("mapping.confirm") : S("mapping.return"),
                 arena_printf(a, "mapping %.*s/%.*s", STR_ARG(store_text(&r, 0, OWN)),
                              STR_ARG(store_text(&r, 0, ITEM))),
                 0, S("{}"), S("ok"));
    w->mapping_id = row[COUNTOF(row) - 1].number;
    return true;
}

bool catalogue_review(
    int64_t *mapping_id, store *s, const actor *who, bool confirmed, str note, arena *a, err *e)
{
    reviewing w = {*mapping_id, who, confirmed, note};
    int64_t lane = *mapping_id;
    bool ok = store_write(s, (uint64_t)lane, review_work, &w, a, e);
    *mapping_id = w.mapping_id;
    return ok;
}

/* ---- departments ---- */

static bool
department_is_live(bool *live, str code, store_job *job, const actor *who, arena *a, err *e)
{
    const store_value key[] = {STORE_N(who->provider_id), STORE_T(code)};
    store_rows r;
    if (!store_query(job, SQL_DEPARTMENT_GET, key, COUNTOF(key), &r, a, e))
        return false;
    *live = r.row_count && str_eq(store_text(&r, 0, 0), S("live"));
    return true;
}

bool catalogue_department_put(const catalogue_department *d,
                              catalogue_change change,
                              store_job *job,
                              const actor *who,
                              arena *a,
                              err *e)
{
    bool live;
    if (!department_is_live(&live, d->code, job, who, a, e))
        return false;
    if (live != (change == DEPARTMENT_CHANGE)) {
        err_field(e, S("hosp_dept_codg"));
        return FAIL(e, live ? ERR_EXISTS : ERR_NOT_FOUND, "%s", "");
    }
    const store_value row[] = {STORE_N(who->provider_id), STORE_T(d->code),     STORE_T(d->name),
                               STORE_T(d->caty),          STORE_T(d->begin_at), STORE_T(d->end_at),
                               STORE_T(d->detail),        STORE_T(S("live")),   next_version(job)};
    store_put(job, SQL_DEPARTMENT_PUT, row, COUNTOF(row));
    return true;
}

bool catalogue_department_withdraw(str code, store_job *job, const actor *who, arena *a, err *e)
{
    bool live;
    if (!department_is_live(&live, code, job, who, a, e))
        return false;
    if (!live) {
        err_field(e, S("hosp_dept_codg"));
        return FAIL(e, ERR_NOT_FOUND, "%s", "");
    }
    const store_value key[] = {STORE_N(who->provider_id), STORE_T(code), next_version(job)};
    store_put_one(job, SQL_DEPARTMENT_WITHDRAW, key, COUNTOF(key));
    return true;
}
