/* submission -- what a provider settled: submitted by month, cleared when the money came.
 *
 * In:      a provider and a month that is over; what was received for it.
 * Out:     submissions with their lines and receipts.
 * May use: base, store, service/{access,office}.
 */
#ifndef SUBMISSION_SUBMISSION_H
#define SUBMISSION_SUBMISSION_H
#include "base/json_out.h"
#include "service/access/access.h"
#include "service/office/office.h"

/* All of the month ("2026-10") that no live submission has.  ERR_EXISTS: the month was submitted;
 * ERR_NO_ITEMS: there is nothing. */
bool submission_make(int64_t *submission_id,
                     office *o,
                     const actor *who,
                     int64_t provider_id,
                     str month,
                     arena *a,
                     err *e) MUST_USE;

typedef enum {
    SUBMISSION_NONE = 0,
    SUBMISSION_CLEAR,    /* the money came: amount and the bank's reference */
    SUBMISSION_REOPEN,   /* it did not: undoes that; a reason */
    SUBMISSION_WITHDRAW, /* its settlements wait again; a reason */
} submission_step;

/* ERR_NOT_OPEN, ERR_SAME_PERSON, ERR_AMOUNT_MISMATCH */
bool submission_do(submission_step step,
                   office *o,
                   const actor *who,
                   int64_t submission_id,
                   int64_t amount_fen,
                   str text,
                   arena *a,
                   err *e) MUST_USE;

/* Members of an open object. */
bool submission_show(
    json_out *out, office *o, const actor *who, int64_t submission_id, arena *a, err *e) MUST_USE;

#endif
