/* When a pharmacy told of what it sold. */
#include "base/day.h"
#include "service/purchase/purchase.h"

#define MINUTE_MS       INT64_C(60000)
#define DAY_MS          INT64_C(86400000)
#define CHINA_OFFSET_MS (INT64_C(8) * 3600 * 1000)

void purchase_upload_keep(const purchase_upload *u, const actor *who, store_job *job, arena *a)
{
    char on[DAY_TEXT_SIZE];
    int64_t delay = (u->uploaded_at - u->happened_at) / MINUTE_MS;
    bool late = u->limit_minutes > 0 && delay > u->limit_minutes;
    day_print(on, (day){(int32_t)((u->uploaded_at + CHINA_OFFSET_MS) / DAY_MS)});
    const store_value row[] = {STORE_N(who->provider_id),
                               STORE_N(u->purchase_id),
                               STORE_T(u->kind),
                               STORE_N(u->person_id),
                               STORE_T(u->transaction_no),
                               STORE_N(u->happened_at),
                               STORE_N(u->uploaded_at),
                               STORE_T(arena_printf(a, "%.7s", on)),
                               STORE_N(delay > 0 ? delay : 0),
                               STORE_N(u->limit_minutes),
                               STORE_N(late)};
    store_put(job, SQL_PURCHASE_UPLOAD_ADD, row, COUNTOF(row));
}
