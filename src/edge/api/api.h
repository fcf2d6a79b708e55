/* api -- REST under /api/v1: read the request, check the right, call a service, write the answer.
 *
 * In:      http requests.
 * Out:     JSON answers as api/openapi.yaml describes them; one shape for errors.
 * May use: base, store, service, edge/http, service/bill, base/json.
 */
#ifndef API_API_H
#define API_API_H
#include "base/json/json.h"
#include "base/json_out.h"
#include "edge/gateway/gateway.h"
#include "edge/http/http.h"
#include "edge/sandbox/sandbox.h"
#include "service/access/access.h"
#include "service/desk/desk.h"
#include "service/grouping/grouping.h"
#include "service/office/office.h"

/* What the handlers work with; borrowed. */
typedef struct {
    office *office;
    access_service *access;
    desk *desk;
    grouping *grouping;
    struct reviews *reviews;
    sandbox *sandbox; /* NULL = this is production */
    messages *messages;
    gateway *gateway;
} api_services;

/* One request on its way. */
typedef struct {
    api_services with;
    store *store;
    const http_request *request;
    http_response *response;
    actor who;
    access_session session; /* of routes that need one */
    arena *a;
    json_out out;        /* the answer; sent when the handler returns true, unless it set a body */
    bool english;        /* ?lang=en, else Accept-Language */
    right missing;       /* with ERR_NO_RIGHT: which; the route's own when not set */
    json_reader *reader; /* belongs to this request until it is answered; see api_reader */
    struct api *api;
} api_call;

/* False: `e` becomes the error answer, its HTTP status from err.tbl.h. */
typedef bool api_handler(api_call *c, err *e);

/* Who may call a route, and how it is guarded. */
typedef enum { OPEN_TO_ALL = 0, SIGNED_IN, WITH_RIGHT } api_door;

#define API(id, method, path, door, right) api_handler api_##id;
#include "edge/api/route.tbl.h"

/* ---- the whole ---- */

typedef struct api api;

bool api_open(api **out, const api_services *with, err *e) MUST_USE;
void api_close(api *api); /* NULL is fine */
const http_route *api_routes(const api *api, int *count);
http_handler api_handle; /* its `app` is the api */

/* ---- reading a request ---- */

/* A value in a JSON document; node NULL = absent. */
typedef struct {
    const json_node *first; /* of the document */
    const json_node *node;
} api_value;

/* A reader for JSON of the request's own; one document at a time. */
bool api_reader(json_reader **out, api_call *c, err *e) MUST_USE;
/* The body as a JSON object; bad JSON is an err with its position. */
bool api_body(api_value *out, api_call *c, err *e) MUST_USE;
/* Every member is one of `names` (joined by blanks), and none stands twice. */
bool api_known(api_value object, const char *names, err *e) MUST_USE;
api_value api_member(api_value object, const char *name);
/* The first and the next inside a list or object; node NULL = that was all. */
api_value api_first(api_value parent);
api_value api_next(api_value parent, api_value child);
/* Members of an object: absent or null is "" / 0; a wrong kind or value is an err naming the
 * field. */
bool api_text(str *out, api_value object, const char *name, bool required, err *e) MUST_USE;
bool api_id(int64_t *out, api_value object, const char *name, bool required, err *e) MUST_USE;
bool api_day(str *out, api_value object, const char *name, bool required, err *e) MUST_USE;
bool api_flag(bool *out, api_value object, const char *name, bool otherwise, err *e) MUST_USE;
/* The number in the path, as {person_id}. */
bool api_path_id(int64_t *out, const api_call *c, const char *name, err *e) MUST_USE;
bool api_id_of_text(int64_t *out, str text); /* 1 … 2^63-1 */

/* ---- lists ---- */

#define API_FILTERS_MAX 20
#define API_LIMIT       50
#define API_LIMIT_MAX   500

/* What the query of a list says; which filters and sortings there are is the list's business. */
typedef struct {
    int limit;
    str cursor, sort, q;
    str format;  /* "", csv, xlsx */
    str columns; /* of the file, joined by commas; "" = all */
    http_pair filter[API_FILTERS_MAX];
    int filter_count;
} api_list;

bool api_list_read(api_list *out, const api_call *c, err *e) MUST_USE;

/* ---- answering ---- */

/* Refuses with ERR_NO_RIGHT and says which. */
bool api_need(api_call *c, right needed, err *e) MUST_USE;
/* Refuses with ERR_CONFIRM_NEEDED when the password was typed too long ago. */
bool api_need_sure(const api_call *c, err *e) MUST_USE;
/* An answer that is not JSON. */
void api_answer_text(api_call *c, int status, str content_type, str body);
/* A table to be saved; format csv or xlsx. */
void api_answer_file(api_call *c, const char *name, str format, str bytes);
void api_user_json(json_out *o, const access_user *u);

#endif
