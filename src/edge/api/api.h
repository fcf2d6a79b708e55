/* api -- REST under /api/v1: read the request, check the right, call a service, write the answer.
 *
 * In:      http requests.
 * Out:     JSON answers as api/openapi.yaml describes them; one shape for errors.
 * May use: base, store, service, edge/http, edge/bill, edge/json.
 */
#ifndef API_API_H
#define API_API_H
#include "base/json_out.h"
#include "edge/http/http.h"
#include "edge/json/json.h"
#include "service/access/access.h"
#include "service/office/office.h"

/* One request on its way. */
typedef struct {
    office *office;
    const http_request *request;
    http_response *response;
    actor who;
    arena *a;
    json_out out; /* the answer; sent when the handler returns true */
    bool english; /* ?lang=en, else Accept-Language */
} api_call;

/* False: `e` becomes the error answer, its HTTP status from err.tbl.h. */
typedef bool api_handler(api_call *c, err *e);

/* Who may call a route, and how it is guarded. */
typedef enum { OPEN_TO_ALL = 0, SIGNED_IN, WITH_RIGHT } api_door;

#define API(id, method, path, door, right) api_handler api_##id;
#include "edge/api/route.tbl.h"

/* The body as a JSON object; bad JSON is an err with its position. */
bool api_body(const json_node **out, api_call *c, err *e) MUST_USE;
/* Members of an object: absent is "" / `otherwise`; a wrong kind or value is an err naming the field. */
bool api_text(str *out, const json_node *object, const char *name, bool required, err *e) MUST_USE;
bool api_id(
    int64_t *out, const json_node *object, const char *name, bool required, err *e) MUST_USE;
bool api_day(str *out, const json_node *object, const char *name, bool required, err *e) MUST_USE;
const json_node *api_member(const json_node *object, const char *name); /* NULL = absent */
/* The number in the path, as {person_id}. */
bool api_path_id(int64_t *out, const api_call *c, const char *name, err *e) MUST_USE;

#endif
