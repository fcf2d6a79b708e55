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
#include "service/office/office.h"

typedef struct gateway gateway;

bool gateway_open(gateway **out, office *o, desk *d, err *e) MUST_USE;
void gateway_close(gateway *g); /* NULL is fine */
const http_route *gateway_routes(const gateway *g, int *count);
http_handler gateway_handle; /* its `app` is the gateway */

/* One body, as far as it can be understood without a database: for tests and the fuzzer. */
bool gateway_body_check(gateway *g, str body, bool strict, arena *a, err *e) MUST_USE;

#endif
