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

#define HTTP_PARAMS_MAX         6
#define HTTP_HEADERS_MAX        10
#define HTTP_URI_BYTES_MAX      8192 /* path and query as sent */
#define HTTP_SEGMENTS_MAX       12
#define HTTP_QUERY_MAX          64
#define HTTP_QUERY_BYTES_MAX    2048 /* of one name or value, as sent */
#define HTTP_REQUEST_HEADER_MAX 64
#define HTTP_PATTERN_BYTES_MAX  128
#define HTTP_BODY_PADDING_BYTES 64

/* Instead of a route's number, for requests that none of them takes. */
enum {
    HTTP_NO_ROUTE = -1,  /* nothing has this path */
    HTTP_NO_METHOD = -2, /* a known path with another method; the header Allow is set already */
    HTTP_REFUSED = -3    /* see request->trouble */
};

typedef struct http_server http_server;

typedef struct {
    http_server *server;
    str method, path;
    http_pair param[HTTP_PARAMS_MAX]; /* "{person_id}" of the route's path */
    int param_count;
    const http_pair *query; /* decoded */
    int query_count;
    const http_pair *header;
    int header_count;
    str body;     /* HTTP_BODY_PADDING_BYTES readable after it */
    str address;  /* of the client */
    str trace_id; /* 16 hex digits, in every log line and error */
    bool secure;  /* it came by TLS, to us or to a proxy in front */
    err trouble;  /* why it was refused: too_large, bad_utf8, too_many … */
} http_request;

str http_param(const http_request *r, const char *name);  /* "" = none */
str http_query(const http_request *r, const char *name);  /* "" = none; the first of several */
str http_header(const http_request *r, const char *name); /* "" = none; upper or lower case */
str http_cookie(const http_request *r, const char *name); /* "" = none */

typedef struct {
    int status;       /* 200 until somebody changes it */
    str content_type; /* "" = application/json */
    str body;         /* lives in the request's arena, or for ever */
    http_pair header[HTTP_HEADERS_MAX];
    int header_count;
    bool keep;  /* the body is constant and may be cached by the browser (hashed files) */
    bool close; /* no further request on this connection */
    bool cut;   /* the line breaks after `cut_after` bytes of the body; 0 = before the head, too */
    ptrdiff_t cut_after;
    err error; /* for the log line; set by http_answer_error */
} http_response;

void http_add_header(http_response *r, str name, str value);
/* The one shape of an error.  `missing_right`: "" = not said. */
void http_answer_error(http_response *r, const err *e, str missing_right, str trace_id, arena *a);

/* Answers one request.  Runs on any of several threads; `a` is the request's memory. */
typedef void
http_handler(void *app, int route, const http_request *request, http_response *response, arena *a);

typedef struct {
    const char *method, *path; /* "GET", "/api/v1/persons/{person_id}"; HEAD comes with GET */
    bool limited;              /* by posts_per_minute: what anybody may send */
    int64_t body_bytes_max;    /* 0 = as the server's */
    int64_t arena_bytes;       /* 0 = as the server's */
} http_route;

typedef struct {
    const char *address; /* "127.0.0.1" */
    int port;            /* 0 = any free one */
    int64_t body_bytes_max;
    int connections_max, idle_seconds;
    int receive_seconds;  /* a request must have come by then, plus a second per 64 KB of body */
    int stop_seconds;     /* http_stop waits so long for answers that are being fetched */
    int posts_per_minute; /* per client address, for limited routes; 0 = any number */
    int64_t arena_bytes;  /* memory of one request */
    int log_level;        /* 0 none, 1 errors, 2 every request */
    int log_fd;
    const char *tls_certificate, *tls_key; /* PEM, until http_stop; NULL = plain */
    bool behind_proxy; /* the client's address is the last one of X-Forwarded-For */
} http_config;

extern const http_config http_config_default;

/* `route` is borrowed until http_stop. */
bool http_start(http_server **out,
                const http_config *c,
                const http_route *route,
                int route_count,
                http_handler *handler,
                void *app,
                err *e) MUST_USE;
int http_port(const http_server *s);
void http_stop(http_server *s); /* takes no more, finishes what runs; NULL is fine */
/* Prometheus text: requests by route and status, duration histogram, open connections. */
str http_metrics(http_server *s, arena *a);

#endif
