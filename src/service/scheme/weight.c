/* What groups count for: by region, year and level of hospital. */
#include "service/scheme/scheme.h"

int32_t scheme_worths(casemix_worth *out, const casemix_scheme *s, str region, str year)
{
    int32_t count = 0, last = -1;
    for (int32_t i = 0; i < s->weight_count; i++) { /* the row for all levels comes first */
        const casemix_weight *w = &s->weight[i];
        if ((region.n && !str_eq(region, w->region)) || (year.n && !str_eq(year, w->year)))
            continue;
        region = w->region;
        year = w->year;
        count += w->drg != last;
        last = w->drg;
        int until = w->level ? w->level + 1 : CASEMIX_LEVELS;
        for (int level = w->level; level < until; level++)
            out[(ptrdiff_t)w->drg * CASEMIX_LEVELS + level] = (casemix_worth){w->weight, w->price};
    }
    return count;
}
