/* gateway -- the national provider interface: messages of hospital systems in, their answers out.
 *
 * In:      http requests in the shapes that are in use: one path for all, a path with the number,
 *          a path for each service.
 * Out:     envelopes; each message and answer kept, an effect at most once.
 * May use: base, store, service, edge/http, JSON.
 *
 * What a field is comes from packs/common/gateway; what a transaction does from handler.tbl.h.
 */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H
#include "edge/http/http.h"
#include "service/desk/desk.h"
#include "service/messages/messages.h"
#include "service/office/office.h"

typedef struct gateway gateway;

/* `m` counts; NULL = nobody does. */
bool gateway_open(gateway **out, office *o, desk *d, messages *m, err *e) MUST_USE;
/* Settlement lists are grouped by the scheme and the catalogue of these names (borrowed), "" = not.
 * Before any message. */
struct grouping;
void gateway_group_lists(gateway *g, struct grouping *by, str drg, str dip_name);
/* What 3101 and 3102 look at (borrowed); without it there are no rules.  Before any message. */
struct reviews;
void gateway_review_by(gateway *g, struct reviews *by);
void gateway_close(gateway *g); /* NULL is fine */
const http_route *gateway_routes(const gateway *g, int *count);
http_handler gateway_handle; /* its `app` is the gateway */

/* One body, as far as it can be understood without a database: for tests and the fuzzer. */
bool gateway_body_check(gateway *g, str body, bool strict, arena *a, err *e) MUST_USE;

/* An area's own words: the text of packs/<area>/gateway/words.csv.  ERR_PACK with the line. */
bool gateway_words_check(int *rows, str text, str path, arena *a, err *e) MUST_USE;

/* ---- for those who look on: what a message says, field by field ---- */

/* A field that came, or that had to. */
typedef struct {
    str path;      /* input.data.psn_no; of the second row on: input.feedetail[2].cnt */
    str name_path; /* the same without the row's number */
    str received;
    const char *problem; /* code of an error; "" = as its descriptor says */
    const char *type;    /* text, number, time, bytes, any; "" = not in the interface */
    int length, scale;   /* 0 = not said */
    bool required;
    const char *dictionary; /* "" = none */
    const char *expected;   /* with a problem; may be "" */
} gateway_field;

typedef struct {
    str institution, infno, msgid; /* "" = not to be found */
    bool known;                    /* there is such a transaction */
} gateway_head;

str gateway_transaction_name(str no); /* "" = there is none */
/* clr_type, as the area of an institution says it */
str gateway_clearing_type(const gateway *g, str area_code, str visit_kind);

/* Calls `seen` for each field; the strings live in `a`. */
typedef void gateway_seen(void *arg, const gateway_field *f);
void gateway_look(
    gateway_head *out, gateway *g, const http_request *r, gateway_seen *seen, void *arg, arena *a);

#endif
