/* acceptance -- a platform's acceptance sequence, run against any address: from sign-in to
 * reconciliation, each step judged.
 *
 * In:      an address, an institution and its key, a patient, two items.
 * Out:     each step with ok, not ok or skipped, and the reason.
 * May use: base, base/json, OpenSSL, sockets.
 *
 * Money is only compared, in fen; what a platform pays is its own business.
 */
#ifndef ACCEPTANCE_ACCEPTANCE_H
#define ACCEPTANCE_ACCEPTANCE_H
#include "base/base.h"

#define ACCEPTANCE_ITEMS_MAX 16

typedef enum { ACCEPTANCE_OK = 0, ACCEPTANCE_FAILED, ACCEPTANCE_SKIPPED } acceptance_result;

typedef struct {
    str code;
    int64_t fen; /* of one */
    int count;
} acceptance_item;

typedef struct {
    str host, path, authority; /* authority: for the header Host */
    int port, seconds;         /* to wait for an answer */
    str institution, area, name;
    str signature; /* none, x-tif, api, x-ca */
    str access_key, secret;
    str id_no, person_name;
    str disease, disease_name;
    acceptance_item item[ACCEPTANCE_ITEMS_MAX];
    int item_count;
    bool no_stays;  /* the institution has no beds */
    int64_t now_ms; /* 0 = the clock's */
} acceptance_config;

typedef void acceptance_told(void *arg,
                             const char *no,
                             const char *zh,
                             const char *en,
                             acceptance_result result,
                             const char *reason);

/* *failed: steps that are not ok.  False: it could not be run at all. */
bool acceptance_run(int *failed,
                    const acceptance_config *c,
                    acceptance_told *told,
                    void *arg,
                    arena *a,
                    err *e) MUST_USE;

#endif
