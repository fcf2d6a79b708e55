/* dispute -- a hospital contests the group of one of its settlement lists; somebody else decides.
 *
 * In:      a list that is kept, the group it should have, the grounds; who decides, and why.
 * Out:     the list with its groups and the whole history of its disputes; how far DIP reaches.
 * May use: base, store, service/access.
 *
 * A dispute is filed, may be returned for more grounds and filed again, and ends upheld, dismissed
 * or withdrawn.  Steps are only added.  The group that was found stays what it was: the result
 * stands beside it, and no payment changes.
 */
#ifndef DISCHARGE_DISPUTE_H
#define DISCHARGE_DISPUTE_H
#include "base/json_out.h"
#include "service/access/access.h"

#define DISPUTE_TEXT_MAX 2000 /* bytes of grounds or of an answer */

/* Does the scheme (system drg) or catalogue (dip) of this folder have the group? */
typedef bool dispute_group_known(void *with, str system, str folder, str group);

typedef struct {
    str system; /* drg, dip */
    str wanted_group, grounds;
    dispute_group_known *known;
    void *with;
} dispute_claim;

/* ERR_NOT_FOUND, ERR_NO_RIGHT, ERR_EXISTS (one is open, or this group was decided), ERR_REVERSED,
 * ERR_UNKNOWN_REFERENCE (no such group), ERR_BAD_VALUE. */
bool dispute_file(
    const dispute_claim *d, store *s, const actor *who, int64_t list_id, arena *a, err *e) MUST_USE;

typedef struct {
    str step;  /* return, uphold, dismiss by who decides; supplement, withdraw by the hospital */
    str note;  /* of supplement the grounds */
    str group; /* uphold: another one than what was wanted; "" = that */
    dispute_group_known *known;
    void *with;
} dispute_step;

/* *list_id: of which list.  ERR_NOT_FOUND, ERR_NO_RIGHT, ERR_SAME_PERSON, ERR_NOT_OPEN. */
bool dispute_do(int64_t *list_id,
                const dispute_step *d,
                store *s,
                const actor *who,
                int64_t dispute_id,
                arena *a,
                err *e) MUST_USE;

/* The list as an object of the API, and that somebody looked at it. */
bool dispute_list_show(
    json_out *out, store *s, const actor *who, int64_t list_id, arena *a, err *e) MUST_USE;

/* Hospitals with an agreement in a month ("2024-05"), and which have lists with a DIP group. */
bool dip_coverage_show(
    json_out *out, store *s, const actor *who, str month, arena *a, err *e) MUST_USE;

#endif
