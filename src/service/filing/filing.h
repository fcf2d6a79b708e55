/* filing -- what a provider puts on file for a person: transfers, chronic diseases, the institution
 * that was chosen, accidents, what is special about a stay.
 *
 * In:      a filing with its days; the pack of the person's area says whether it counts at once.
 * Out:     a row, and the person_flag that bills read from its first day on; while it waits for the
 *          agency an approval of kind `filing` instead.
 * May use: base, store, service/{access,office,pack}.
 *
 * waiting -> filed | refused | withdrawn;  filed -> withdrawn | replaced.
 */
#ifndef FILING_FILING_H
#define FILING_FILING_H
#include "base/json_out.h"
#include "service/access/access.h"
#include "service/office/office.h"

typedef struct {
    int64_t filing_id, person_id, provider_id, approval_id, made_at;
    filing_kind kind;
    str slot;  /* of one kind: what there can be only one of at a time */
    str state; /* waiting, filed, refused, withdrawn, replaced */
    str area_code, scheme, biz_type;
    str flag_kind, value, target; /* the flag it makes; flag_kind "" = none */
    str from_on, until_on;        /* until "" = until it ends otherwise */
    str said_on, visit_no, detail, made_by;
    str reason, shown; /* for who decides; shown = JSON, without the person's own data */
} filing;

/* Makes filing_id, state, provider_id.  One that is filed at once takes the place of those in its
 * slot whose days it meets (but a disease that is on file is ERR_OVERLAP); one that waits there
 * already is ERR_EXISTS. */
bool filing_put(filing *f, store_job *job, office *o, const actor *who, arena *a, err *e) MUST_USE;
/* Behind the person's lock, until the job ends.  ERR_NOT_FOUND unless it is this person's; with a
 * provider's actor unless it filed it. */
bool filing_get(filing *out,
                store_job *job,
                const actor *who,
                int64_t person_id,
                int64_t filing_id,
                arena *a,
                err *e) MUST_USE;
/* The provider takes it back: while it waits, or filed at once and no bill made use of it; else
 * ERR_FILING_STATE. */
bool filing_withdraw(const filing *f,
                     store_job *job,
                     office *o,
                     const actor *who,
                     str reason,
                     arena *a,
                     err *e) MUST_USE;
/* What the agency says of one that waits. */
bool filing_decide(store_job *job,
                   const actor *who,
                   int64_t person_id,
                   int64_t filing_id,
                   bool agreed,
                   str note,
                   arena *a,
                   err *e) MUST_USE;
/* Of a person and kind, by their first day. */
bool filing_list(filing **out,
                 int *count,
                 store_job *job,
                 int64_t person_id,
                 filing_kind kind,
                 arena *a,
                 err *e) MUST_USE;

#endif
