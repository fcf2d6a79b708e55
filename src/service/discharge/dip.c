/* The DIP group of a list; what others may see of everybody's lists. */
#include "service/discharge/discharge_internal.h"

#include "base/money.h"

#include <openssl/rand.h>

#define ALIAS_DIGITS 16

/* ---- the group ---- */

static str path_text(const dip_catalogue *c, const dip_path *path, arena *a)
{
    text_buffer t = {arena_new(a, char, DISCHARGE_PATH_BYTES), 0, DISCHARGE_PATH_BYTES, false};
    for (int i = 0; i < path->count; i++) {
        if (i)
            text_add(&t, S("；"));
        dip_sentence(&t, c, path, i, true);
    }
    return (str){t.p, t.n};
}

static str factor_text(const dip_catalogue *c, const dip_result *g, arena *a)
{
    if (g->factor < 0)
        return S("");
    const dip_grade *grade = &c->grade[c->factor[g->factor].grade];
    return arena_printf(a, "%.*s %.*s", STR_ARG(c->kind[grade->kind]), STR_ARG(grade->name));
}

void discharge_dip_put(store_job *job,
                       discharge_outcome *o,
                       const discharge_list *l,
                       const discharge_grouping *by,
                       arena *a)
{
    const dip_catalogue *c = by->catalogue;
    const store_value key[] = {STORE_N(o->list_id), STORE_N(l->person_id)};
    store_put(job, SQL_DISCHARGE_DIP_DROP, key, COUNTOF(key));
    if (!c)
        return;
    dip_path path = {0};
    dip_case of;
    dip_case_clear(&of);
    of.facts = o->facts;
    of.cost_fen = l->cost_fen;
    of.level = (uint8_t)l->level;
    dip_explain(&path, c, &of, a);
    o->dip = path.result;
    const dip_result *g = &o->dip;
    const dip_group_row *row = g->group < 0 ? NULL : &c->group[g->group];
    str none = S("");
    const store_value value[] = {
        STORE_N(l->person_id),
        STORE_N(o->list_id),
        STORE_N(l->settlement_id),
        STORE_N(l->provider_id),
        STORE_T(l->month),
        STORE_T(str_of(casemix_status_name(g->status))),
        STORE_T(g->reason ? str_of(dip_reason_text((dip_reason)g->reason, true)) : none),
        STORE_T(by->catalogue_name),
        STORE_T(c->name),
        STORE_T(row ? row->code : none),
        STORE_T(row ? row->name : none),
        STORE_T(row ? row->diagnosis : none),
        STORE_T(row ? row->procedures : none),
        STORE_T(row ? str_of(dip_tier_name((dip_tier)row->tier)) : none),
        STORE_T(row ? str_of(dip_match_name((dip_match)g->match)) : none),
        STORE_N(row ? g->score_e4 : 0),
        STORE_T(row ? str_of(dip_deviation_name((dip_deviation)g->deviation)) : none),
        STORE_N(g->ratio_e4),
        STORE_N(g->factor_e4),
        STORE_T(factor_text(c, g, a)),
        STORE_N(g->coefficient_e4),
        STORE_N(g->settled_e4),
        STORE_T(path_text(c, &path, a)),
    };
    store_put(job, SQL_DISCHARGE_DIP_ADD, value, COUNTOF(value));
}

/* ---- counts ---- */

/* "350900" -> "3509%": the pool and all that lies in it. */
static str within(str pool, arena *a)
{
    while (pool.n >= 2 && pool.p[pool.n - 1] == '0' && pool.p[pool.n - 2] == '0')
        pool.n -= 2;
    return arena_printf(a, "%.*s%%", STR_ARG(pool));
}

static int64_t mean_of(int64_t fen, int64_t cases)
{
    return cases ? mul_div_half_up_wide(fen, 1, cases) : 0;
}

static bool alias_make(str *out, store_job *job, int64_t provider_id, arena *a, err *e)
{
    static const char digit[] = "0123456789abcdef";
    unsigned char byte[ALIAS_DIGITS];
    char *text = arena_new(a, char, ALIAS_DIGITS);
    if (RAND_bytes(byte, ALIAS_DIGITS) != 1)
        return FAIL(e, ERR_IO, "no random numbers");
    for (int i = 0; i < ALIAS_DIGITS; i++)
        text[i] = digit[byte[i] & 15];
    *out = (str){text, ALIAS_DIGITS};
    const store_value row[] = {STORE_N(provider_id), STORE_T(*out)};
    store_put(job, SQL_PROVIDER_ALIAS_ADD, row, COUNTOF(row));
    return true;
}

bool discharge_providers(discharge_provider **out,
                         int *count,
                         store_job *job,
                         discharge_system by,
                         str month,
                         str pool,
                         arena *a,
                         err *e)
{
    enum { PROVIDER, AREA, ALIAS, GROUPS, COST, CASES };
    const store_value key[] = {STORE_T(month), STORE_T(within(pool, a))};
    store_rows r;
    if (!store_query(
            job, by == DISCHARGE_DIP ? SQL_DISCHARGE_DIP_PROVIDERS : SQL_DISCHARGE_DRG_PROVIDERS,
            key, COUNTOF(key), &r, a, e))
        return false;
    *out = arena_new(a, discharge_provider, r.row_count + 1);
    *count = (int)r.row_count;
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        discharge_provider *p = &(*out)[i];
        *p = (discharge_provider){store_text(&r, i, ALIAS),
                                  store_text(&r, i, AREA),
                                  store_number(&r, i, GROUPS),
                                  store_number(&r, i, COST),
                                  mean_of(store_number(&r, i, COST), store_number(&r, i, CASES)),
                                  store_number(&r, i, CASES)};
        if (p->alias.n == 0 && !alias_make(&p->alias, job, store_number(&r, i, PROVIDER), a, e))
            return false;
    }
    return true;
}

bool discharge_counts(discharge_count **out,
                      int *count,
                      int64_t *total,
                      store_job *job,
                      discharge_system by,
                      str month,
                      str pool,
                      str alias,
                      str only,
                      int64_t limit,
                      int64_t offset,
                      arena *a,
                      err *e)
{
    enum { CODE, NAME, DIAGNOSIS, PROCEDURES, AREA, COST, CASES, TOTAL };
    const store_value key[] = {STORE_T(alias), STORE_T(month), STORE_T(within(pool, a)),
                               STORE_T(only),  STORE_N(limit), STORE_N(offset)};
    store_rows r;
    if (!store_query(job, SQL_PROVIDER_ALIAS_GET, key, 1, &r, a, e))
        return false;
    if (r.row_count == 0)
        return FAIL(e, ERR_NOT_FOUND, "nobody is called %.*s", STR_ARG(alias));
    if (!store_query(job, by == DISCHARGE_DIP ? SQL_DISCHARGE_DIP_GROUPS : SQL_DISCHARGE_DRG_GROUPS,
                     key, COUNTOF(key), &r, a, e))
        return false;
    *out = arena_new(a, discharge_count, r.row_count + 1);
    *count = (int)r.row_count;
    *total = r.row_count ? store_number(&r, 0, TOTAL) : 0;
    for (ptrdiff_t i = 0; i < r.row_count; i++)
        (*out)[i] =
            (discharge_count){store_text(&r, i, CODE),
                              store_text(&r, i, NAME),
                              store_text(&r, i, DIAGNOSIS),
                              store_text(&r, i, PROCEDURES),
                              store_text(&r, i, AREA),
                              store_number(&r, i, COST),
                              mean_of(store_number(&r, i, COST), store_number(&r, i, CASES)),
                              store_number(&r, i, CASES)};
    return true;
}
