/* http -- requests in, answers out, over libmicrohttpd; knows nothing of insurance.
 *
 * In:      a table of routes and a handler for each.
 * Out:     a running server: limits, security headers, metrics, one log line per request (JSON),
 *          shutdown that finishes what it has begun.
 * May use: base, libmicrohttpd, threads.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H
#include "base/base.h"

typedef struct {
    str name, value;
} http_pair;

#define HTTP_PARAMS_MAX  6
#define HTTP_HEADERS_MAX 10

typedef struct {
    str method, path;
    http_pair param[HTTP_PARAMS_MAX]; /* "{person_id}" of the route's path */
    int param_count;
    const http_pair *query; /* decoded */
    int query_count;
    str body;     /* JSON_PADDING_BYTES readable after it */
    str address;  /* of the client */
    str trace_id; /* 16 hex digits, in every log line and error */
    void *connection;
} http_request;

str http_param(const http_request *r, const char *name);  /* "" = none */
str http_query(const http_request *r, const char *name);  /* "" = none */
str http_header(const http_request *r, const char *name); /* "" = none */
str http_cookie(const http_request *r, const char *name); /* "" = none */

typedef struct {
    int status;
    str content_type; /* "" = application/json */
    str body;         /* lives in the request's arena */
    http_pair header[HTTP_HEADERS_MAX];
    int header_count;
    bool keep; /* the body is constant and may be cached by the browser (hashed files) */
} http_response;

void http_add_header(http_response *r, str name, str value);

/* Answers one request.  Runs on any of several threads; `a` is the request's memory. */
typedef void
http_handler(void *app, int route, const http_request *request, http_response *response, arena *a);

typedef struct {
    const char *method, *path; /* "GET", "/api/v1/persons/{person_id}" */
} http_route;

typedef struct {
    const char *address; /* "127.0.0.1" */
    int port;            /* 0 = any free one */
    int64_t body_bytes_max;
    int connections_max, idle_seconds;
    int64_t arena_bytes; /* memory of one request */
    int log_level;       /* 0 none, 1 errors, 2 every request */
} http_config;

extern const http_config http_config_default;

typedef struct http_server http_server;

/* A path that no route has goes to route -1, a known path with another method to route -2. */
bool http_start(http_server **out,
                const http_config *c,
                const http_route *route,
                int route_count,
                http_handler *handler,
                void *app,
                err *e) MUST_USE;
int http_port(const http_server *s);
void http_stop(http_server *s); /* takes no more, finishes what runs */
/* Prometheus text: requests by route and status, duration histogram, open connections. */
str http_metrics(const http_server *s, arena *a);

#endif
