/* purchase -- what is known of visits and purchases beside their bills.
 *
 * In:      who came for a person; when something was sold, and when that was told.
 * Out:     rows kept in the caller's job; a proxy's identity, for a reason.
 * May use: base, store, service/{access,office,master}.
 *
 * Moments are UTC milliseconds.
 */
#ifndef PURCHASE_PURCHASE_H
#define PURCHASE_PURCHASE_H
#include "base/json_out.h"
#include "service/access/access.h"
#include "service/office/office.h"

/* ---- who came for the person ---- */

typedef struct {
    str name, id_type, id_no;
    str relation; /* code of the interface */
    str phone, address;
} purchase_proxy;

typedef struct {
    int64_t person_id;
    str kind;          /* visit, filing */
    int64_t object_id; /* the visit or filing */
    str transaction_no;
} purchase_of;

/* Faults name the field without its prefix: name, certno, cert_type.  ERR_MISSING_FIELD,
 * ERR_BAD_ID_NO; ERR_ID_MISMATCH when somebody known here has this number and another name;
 * ERR_BAD_VALUE when it is the person himself. */
bool purchase_proxy_check(
    const purchase_proxy *p, int64_t person_id, store_job *job, arena *a, err *e) MUST_USE;
/* Overwrites what was said of the same visit or filing. */
void purchase_proxy_keep(const purchase_proxy *p,
                         const purchase_of *of,
                         const actor *who,
                         int64_t now_ms,
                         store_job *job);
/* Members of an open object: the identity in full; the reason is logged.  ERR_NOT_FOUND */
bool purchase_proxy_unmask(json_out *out,
                           office *o,
                           const actor *who,
                           int64_t object_id,
                           str reason,
                           arena *a,
                           err *e) MUST_USE;

/* ---- when it was told ---- */

typedef struct {
    int64_t purchase_id; /* settlement, or movement of goods */
    str kind;            /* settlement, goods */
    int64_t person_id;   /* 0 = not known */
    str transaction_no;
    int64_t happened_at, uploaded_at;
    int64_t limit_minutes; /* of the area, that day; 0 = none */
} purchase_upload;

void purchase_upload_keep(const purchase_upload *u, const actor *who, store_job *job, arena *a);

#endif
