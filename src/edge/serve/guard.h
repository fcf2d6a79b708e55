/* guard -- what a server does by itself, every few seconds: copies the audit log off the machine,
 * watches the clock, disables users that nobody needs.
 *
 * In:      a store, users, the name of the file for the copy.
 * Out:     lines of JSON in that file; lines of the audit log.
 * May use: base, store, service/access, threads.
 */
#ifndef SERVE_GUARD_H
#define SERVE_GUARD_H
#include "service/access/access.h"
#include "store/store.h"

typedef struct guard guard;

/* ERR_IO when the copy cannot be written: then nothing is served. */
bool guard_start(guard **out, store *s, access_service *ac, const char *copy, err *e) MUST_USE;
void guard_stop(guard *g); /* what is not yet copied is copied; NULL is fine */

/* How far the clock jumped between two looks, beside what passed anyway; 0 = it did not. */
int64_t guard_clock_jump(int64_t wall_before, int64_t wall_now, int64_t up_before, int64_t up_now);

#endif
