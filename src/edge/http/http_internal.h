/* Of http: what a request line says, metrics, the limit of requests.  No sockets here. */
#ifndef HTTP_HTTP_INTERNAL_H
#define HTTP_HTTP_INTERNAL_H
#include "edge/http/http.h"

#include <pthread.h>
#include <stdatomic.h>

/* Fills path, params and query of `r` from the URI as sent, and finds its route; HTTP_REFUSED sets
 * r->trouble.  r->method must be set. */
int http_request_read(http_request *r, str uri, const http_route *route, int count, arena *a);
/* The methods that a path has, for the header Allow. */
str http_methods_of(str uri, const http_route *route, int count, arena *a);

/* ---- metrics ---- */

#define HTTP_BUCKETS 12 /* the last one is +Inf */

typedef struct {
    atomic_llong by_class[5]; /* 1xx … 5xx */
    atomic_llong bucket[HTTP_BUCKETS];
    atomic_llong sum_us;
} http_route_metric;

typedef struct {
    http_route_metric *route; /* route_count + 1: the last one for what no route takes */
    int route_count;
    atomic_llong connections_open, connections_total, running, bytes_out;
} http_metric;

void http_metric_count(http_metric *m, int route, int status, int64_t duration_us, int64_t bytes);
str http_metric_text(const http_metric *m, const http_route *route, arena *a);

/* ---- token buckets, one per client address ---- */

#define HTTP_BUCKET_SLOTS 4096

typedef struct {
    uint64_t client; /* 0 = free */
    int64_t at_ms;
    int32_t tokens_e3; /* thousandths */
} http_bucket;

typedef struct {
    pthread_mutex_t lock;
    http_bucket slot[HTTP_BUCKET_SLOTS];
} http_limiter;

/* Takes one token of `client`; false = none is left. */
bool http_limiter_take(http_limiter *l, str address, int per_minute, int64_t now_ms);

#endif
