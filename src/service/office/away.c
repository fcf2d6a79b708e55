/* Insured in one pooling area, treated in another: does it settle there, and by which route? */
#include "service/office/office.h"

#define FILINGS_MAX 64

enum { DATED_WHAT, DATED_KIND, DATED_VALUE, DATED_FROM, DATED_UNTIL, DATED_TARGET };

/* Within an area: pairs of zeros at its end stand for all of it; "" is everywhere. */
static bool within(str area, str of)
{
    while (of.n >= 2 && of.p[of.n - 1] == '0' && of.p[of.n - 2] == '0')
        of.n -= 2;
    return area.n >= of.n && (of.n == 0 || memcmp(area.p, of.p, (size_t)of.n) == 0);
}

/* Who files for one county of a pooling area may go to the others, too. */
static bool filed_for(str target, const office_away *away, const office_away_ask *ask)
{
    return within(ask->treatment_area, target) || within(target, away->treatment_pool);
}

/* In force on some day of the visit: one may file late, and what ends in a stay still counts. */
static bool
filing_holds(const store_rows *r, ptrdiff_t i, const office_away *away, const office_away_ask *ask)
{
    str until = store_text(r, i, DATED_UNTIL),
        last = ask->until_on.n ? ask->until_on : ask->from_on;
    return str_eq(store_text(r, i, DATED_WHAT), S("flag")) &&
           str_eq(store_text(r, i, DATED_KIND), S("filing")) &&
           str_cmp(store_text(r, i, DATED_FROM), last) <= 0 &&
           (until.n == 0 || str_cmp(ask->from_on, until) <= 0) &&
           filed_for(store_text(r, i, DATED_TARGET), away, ask);
}

bool office_away_find(office_away *out, office *o, const office_away_ask *ask, arena *a, err *e)
{
    str filing[FILINGS_MAX];
    *out = (office_away){0};
    if (!office_pool_of(&out->insured_pool, o, ask->insured_area, a, e) ||
        !office_pool_of(&out->treatment_pool, o, ask->treatment_area, a, e))
        return false;
    if (out->insured_pool.n == 0 || str_eq(out->insured_pool, out->treatment_pool)) {
        out->open = true;
        return true;
    }
    if (out->treatment_pool.n == 0)
        return true;
    out->away = true;
    pack_cross_ask wanted = {.scheme = ask->scheme,
                             .kind = ask->kind,
                             .area = out->treatment_pool,
                             .filing = filing,
                             .emergency = ask->emergency};
    for (ptrdiff_t i = 0; i < ask->dated->row_count; i++)
        if (filing_holds(ask->dated, i, out, ask) && wanted.filing_count < FILINGS_MAX)
            filing[wanted.filing_count++] = store_text(ask->dated, i, DATED_VALUE);
    if (!day_parse(&wanted.on, ask->until_on.n ? ask->until_on : ask->from_on))
        return FAIL(e, ERR_BAD_DATE, "a day of the visit");
    const office_pack *insured = office_pack_of_area(o, ask->insured_area);
    const pack_cross_rule *rule = insured ? pack_cross_find(&insured->pack, &wanted) : NULL;
    out->open = rule != NULL;
    out->route = rule ? rule->route : S("");
    return true;
}

bool office_away_closed(const office_away *away, const office_away_ask *ask, err *e)
{
    err_expected(e, "a visit that the place of insurance opens elsewhere, or a filing");
    return FAIL(e, ERR_CROSS_AREA, "insured in %.*s, treated in %.*s, visit %.*s",
                STR_ARG(ask->insured_area), STR_ARG(ask->treatment_area),
                STR_ARG(away->away && ask->kind.n ? ask->kind : S("of any kind")));
}
