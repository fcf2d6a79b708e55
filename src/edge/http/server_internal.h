/* Of http: the server itself. */
#ifndef HTTP_SERVER_INTERNAL_H
#define HTTP_SERVER_INTERNAL_H
#include "edge/http/http_internal.h"

#include <microhttpd.h>

struct http_server {
    http_config config;
    const http_route *route;
    int route_count;
    http_handler *handler;
    void *app;
    struct MHD_Daemon *daemon;
    pthread_t watchdog;
    pthread_mutex_t lock;   /* of the list of connections and of `ended` */
    pthread_cond_t changed; /* while stopping: running fell, or the watchdog shall end */
    struct http_connection *first;
    bool watching, ended;
    atomic_bool stopping;
    uint64_t trace_start;
    atomic_ullong trace_count;
    http_metric metric;
    http_limiter limiter;
};

typedef struct {
    str trace_id, method, route;
    int status;
    int64_t duration_us, bytes;
    err error;
} http_log_entry;

void http_log(const http_server *s, const http_log_entry *l);

#endif
