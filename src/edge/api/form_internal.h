/* Forms of master data: a JSON object as a row of a kind, kept by service/master. */
#ifndef API_FORM_INTERNAL_H
#define API_FORM_INTERNAL_H
#include "edge/api/api.h"
#include "service/master/master.h"

/* Members of the body are columns of the kind, all of them among `names`; `facts` holds the columns
 * that live there. */
bool form_read(
    master_row *row, api_call *c, const master_kind *k, const char *names, err *e) MUST_USE;
/* Reads the body and keeps it. */
bool form_keep(master_row *row,
               api_call *c,
               master_id kind,
               master_mode mode,
               int64_t id,
               int64_t owner,
               const char *names,
               err *e) MUST_USE;
/* The day asked for with ?on=, else today in China. */
bool form_day(str *on, const api_call *c, err *e) MUST_USE;

#endif
