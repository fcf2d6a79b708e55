/* Who came for the person. */
#include "service/master/master.h"
#include "service/purchase/purchase.h"

#define CITIZEN    S("01")
#define REASON_MIN 2 /* characters */
#define REASON_MAX 200

static bool fault(err_code code, const char *field, const char *expected, err *e)
{
    FAIL(e, code, "%s", "");
    err_field(e, str_of(field));
    err_expected(e, "%s", expected);
    return false;
}

bool purchase_proxy_check(
    const purchase_proxy *p, int64_t person_id, store_job *job, arena *a, err *e)
{
    enum { PERSON_ID, AREA, TYPE, NUMBER, NAME };
    master_citizen citizen;
    store_rows r;
    const store_value number = STORE_T(p->id_no);
    if (p->name.n == 0)
        return fault(ERR_MISSING_FIELD, "name", "who came", e);
    if (p->id_type.n == 0)
        return fault(ERR_MISSING_FIELD, "cert_type", "the kind of his certificate", e);
    if (p->id_no.n == 0)
        return fault(ERR_MISSING_FIELD, "certno", "the number of his certificate", e);
    if (str_eq(p->id_type, CITIZEN) && !master_id_no_read(&citizen, p->id_no))
        return fault(ERR_BAD_ID_NO, "certno", "18 characters with the right check digit", e);
    if (!store_query(job, SQL_GATEWAY_PERSON_BY_ID_NO, &number, 1, &r, a, e))
        return false;
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        if (!str_eq(store_text(&r, i, TYPE), p->id_type))
            continue;
        if (store_number(&r, i, PERSON_ID) == person_id)
            return fault(ERR_BAD_VALUE, "certno", "somebody else than the person himself", e);
        if (!str_eq(store_text(&r, i, NAME), p->name))
            return fault(ERR_ID_MISMATCH, "name", "the name that belongs to the number", e);
    }
    return true;
}

void purchase_proxy_keep(const purchase_proxy *p,
                         const purchase_of *of,
                         const actor *who,
                         int64_t now_ms,
                         store_job *job)
{
    const store_value row[] = {
        STORE_N(of->person_id),    STORE_N(of->object_id),      STORE_T(of->kind),
        STORE_N(who->provider_id), STORE_T(of->transaction_no), STORE_T(p->name),
        STORE_T(p->id_type),       STORE_T(p->id_no),           STORE_T(p->relation),
        STORE_T(p->phone),         STORE_T(p->address),         STORE_N(now_ms)};
    store_put(job, SQL_PURCHASE_PROXY_PUT, row, COUNTOF(row));
}

/* ---- in full, for a reason ---- */

typedef struct {
    const actor *who;
    int64_t object_id;
    str reason;
    store_rows found;
} unmasking;

enum { PERSON, AREA, PROVIDER, NAME, TYPE, NUMBER, PHONE, ADDRESS };

static bool unmask_work(store_job *job, void *arg, arena *a, err *e)
{
    unmasking *u = arg;
    const store_value id = STORE_N(u->object_id);
    if (!store_query(job, SQL_PURCHASE_PROXY_GET, &id, 1, &u->found, a, e))
        return false;
    if (u->found.row_count == 0 || !actor_covers_area(u->who, store_text(&u->found, 0, AREA)) ||
        (u->who->provider_id && u->who->provider_id != store_number(&u->found, 0, PROVIDER)))
        return FAIL(e, ERR_NOT_FOUND, "no proxy of %" PRId64, u->object_id);
    json_out detail = json_out_new(a, 128);
    json_open(&detail, '{');
    json_field(&detail, S("reason"), u->reason);
    json_close(&detail, '}');
    access_audit(job, u->who, S("proxy.unmask"), arena_printf(a, "proxy %" PRId64, u->object_id),
                 store_number(&u->found, 0, PERSON), json_out_text(&detail), S("ok"));
    return true;
}

static ptrdiff_t characters(str s)
{
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    return n;
}

bool purchase_proxy_unmask(
    json_out *out, office *o, const actor *who, int64_t object_id, str reason, arena *a, err *e)
{
    unmasking u = {.who = who, .object_id = object_id, .reason = reason};
    if (characters(reason) < REASON_MIN || characters(reason) > REASON_MAX)
        return fault(reason.n ? ERR_BAD_VALUE : ERR_MISSING_FIELD, "reason",
                     "why the identity is needed, 2 to 200 characters", e);
    if (!store_write(office_store(o), (uint64_t)object_id, unmask_work, &u, a, e))
        return false;
    json_field(out, S("id_no"), store_text(&u.found, 0, NUMBER));
    json_field(out, S("name"), store_text(&u.found, 0, NAME));
    json_field(out, S("phone"), store_text(&u.found, 0, PHONE));
    json_field(out, S("address"), store_text(&u.found, 0, ADDRESS));
    return true;
}
