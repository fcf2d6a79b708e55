/* What a doctor did about a finding. */
#include "service/review/reviews.h"

bool reviews_feedback(int64_t *person_id,
                      store_job *job,
                      const actor *who,
                      int64_t finding_id,
                      uint8_t stage,
                      reviews_way way,
                      str reason,
                      str said_by,
                      arena *a,
                      err *e)
{
    const store_value key = STORE_N(finding_id);
    store_rows r;
    if (!store_query(job, SQL_REVIEW_FINDING_GET, &key, 1, &r, a, e))
        return false;
    if (r.row_count == 0 || store_number(&r, 0, 1) != who->provider_id ||
        !str_eq(store_text(&r, 0, 2), str_of(reviews_stage(stage)))) {
        err_expected(e, "a finding this institution was told %s care", reviews_stage(stage));
        return FAIL(e, ERR_NOT_FOUND, "finding %" PRId64, finding_id);
    }
    *person_id = store_number(&r, 0, 0);
    const store_value row[] = {STORE_N(*person_id),
                               STORE_N(store_new_id(store_of(job))),
                               STORE_N(finding_id),
                               STORE_N(who->provider_id),
                               STORE_T(way == REVIEWS_CONTINUED ? S("continued") : S("changed")),
                               STORE_T(reason),
                               STORE_T(said_by),
                               STORE_N(store_now_ms(store_of(job)))};
    store_put(job, SQL_REVIEW_FEEDBACK_ADD, row, COUNTOF(row));
    return true;
}
