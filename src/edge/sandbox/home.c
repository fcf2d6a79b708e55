/* The sandbox's front page; and an institution's fresh start. */
#include "edge/sandbox/sandbox_internal.h"

static void institution_json(json_out *o, const store_rows *r, ptrdiff_t i)
{
    static const struct {
        const char *key;
        int column;
    } fields[] = {{"code", INSTITUTION_CODE},       {"name", INSTITUTION_NAME},
                  {"kind", INSTITUTION_KIND},       {"level", INSTITUTION_LEVEL},
                  {"state", INSTITUTION_STATE},     {"signature", INSTITUTION_SIGNATURE},
                  {"verify", INSTITUTION_VERIFY},   {"access_key", INSTITUTION_KEY},
                  {"secret", INSTITUTION_SECRET},   {"checks", INSTITUTION_CHECKS},
                  {"sign_in", INSTITUTION_SIGN_IN}, {"infcode", INSTITUTION_INFCODE},
                  {"amounts", INSTITUTION_AMOUNTS}, {"single_nodes", INSTITUTION_NODES}};
    json_open(o, '{');
    for (ptrdiff_t k = 0; k < COUNTOF(fields); k++)
        json_field(o, str_of(fields[k].key), store_text(r, i, fields[k].column));
    json_close(o, '}');
}

bool sandbox_home_json(json_out *o, sandbox *s, str address, arena *a, err *e)
{
    store_rows r;
    if (!sandbox_institution(&r, s, S(""), a, e))
        return false;
    json_field(o, S("address"), address);
    json_field(o, S("area_code"), S(SANDBOX_AREA));
    json_key(o, S("institutions"));
    json_open(o, '[');
    for (ptrdiff_t i = 0; i < r.row_count; i++)
        institution_json(o, &r, i);
    json_close(o, ']');
    json_key(o, S("cards"));
    sandbox_cards_json(o, a);
    json_key(o, S("items"));
    sandbox_items_json(o);
    json_key(o, S("faults"));
    sandbox_faults_json(o, s);
    return true;
}

/* ---- a fresh start ---- */

typedef struct {
    sandbox *s;
    actor who;
    str institution;
    int64_t provider_id, settlement_id, person_id;
    store_rows standing;
} reset;

static bool standing_work(store_job *job, void *arg, arena *a, err *e)
{
    reset *r = arg;
    const store_value key = STORE_N(r->provider_id);
    return store_query(job, SQL_SANDBOX_STANDING, &key, 1, &r->standing, a, e);
}

static bool back_work(store_job *job, void *arg, arena *a, err *e)
{
    reset *r = arg;
    int64_t reversal;
    desk_settlement *was = arena_new(a, desk_settlement, 1);
    return desk_take_back_in(was, &reversal, job, r->s->desk, &r->who, r->settlement_id,
                             S("sandbox reset"), a, e);
}

static bool forget_work(store_job *job, void *arg, arena *a, err *e)
{
    const reset *r = arg;
    const store_value code = STORE_T(r->institution), id = STORE_N(r->provider_id);
    (void)a, (void)e;
    store_put(job, SQL_SANDBOX_EXCHANGES_DROP, &code, 1);
    store_put(job, SQL_SANDBOX_FINDINGS_DROP, &code, 1);
    store_put(job, SQL_SANDBOX_ANSWERS_DROP, &id, 1);
    return true;
}

/* One after the other; the memory of each is used again. */
static int64_t take_all_back(reset *r, arena *a)
{
    int64_t back = 0;
    for (ptrdiff_t i = 0; i < r->standing.row_count; i++) {
        arena one = *a;
        err unseen = {0};
        r->settlement_id = store_number(&r->standing, i, 0);
        r->person_id = store_number(&r->standing, i, 1);
        back += store_write(office_store(r->s->office), (uint64_t)r->person_id, back_work, r, &one,
                            &unseen);
    }
    return back;
}

bool sandbox_reset(json_out *o, sandbox *s, str institution, arena *a, err *e)
{
    store_rows found;
    if (institution.n == 0)
        return FAIL(e, ERR_MISSING_FIELD, "which institution?");
    if (!sandbox_institution(&found, s, institution, a, e))
        return false;
    reset r = {
        .s = s, .institution = institution, .provider_id = store_number(&found, 0, INSTITUTION_ID)};
    r.who = (actor){.user_id = -2,
                    .login = S("sandbox"),
                    .provider_id = r.provider_id,
                    .rights = UINT64_C(1) << RIGHT_SETTLEMENT_SETTLE |
                              UINT64_C(1) << RIGHT_SETTLEMENT_READ};
    store *st = office_store(s->office);
    if (!store_read(st, standing_work, &r, a, e))
        return false;
    int64_t back = take_all_back(&r, a);
    if (!store_write(st, SANDBOX_LANE, forget_work, &r, a, e))
        return false;
    json_field_number(o, S("taken_back"), back);
    json_field_number(o, S("left"), r.standing.row_count - back);
    return true;
}
