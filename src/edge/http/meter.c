/* Counting requests, and letting no client send too many. */
#include "edge/http/http_internal.h"

#include <stdio.h>

/* ---- metrics ---- */

static const int64_t bucket_us[HTTP_BUCKETS] = {
    1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000, 500000, 1000000, 5000000, INT64_MAX};

void http_metric_count(http_metric *m, int route, int status, int64_t duration_us, int64_t bytes)
{
    http_route_metric *one = &m->route[route >= 0 ? route : m->route_count];
    int class = status / 100 - 1, bucket = 0;
    assert(class >= 0 && class < 5);
    while (duration_us > bucket_us[bucket])
        bucket++;
    atomic_fetch_add(&one->by_class[class], 1);
    atomic_fetch_add(&one->bucket[bucket], 1);
    atomic_fetch_add(&one->sum_us, duration_us);
    atomic_fetch_add(&m->bytes_out, bytes);
}

/* Text that grows in the arena; pieces are short. */
typedef struct {
    arena *a;
    text_buffer t;
} page;

static void line(page *p, const char *format, ...) PRINTF_LIKE(2, 3);

static void line(page *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char piece[512];
    int n = vsnprintf(piece, sizeof piece, format, args);
    va_end(args);
    assert(n >= 0 && n < (int)sizeof piece);
    if (p->t.cap - p->t.n < n) {
        text_buffer more = {.cap = 2 * p->t.cap + n};
        more.p = arena_new(p->a, char, more.cap);
        text_add(&more, (str){p->t.p, p->t.n});
        p->t = more;
    }
    text_add(&p->t, (str){piece, n});
}

static void status_lines(page *p, const http_route_metric *m, const char *method, const char *path)
{
    for (int i = 0; i < 5; i++)
        if (atomic_load(&m->by_class[i]))
            line(p, "gongji_http_requests_total{method=\"%s\",route=\"%s\",status=\"%dxx\"} %lld\n",
                 method, path, i + 1, atomic_load(&m->by_class[i]));
}

static void
duration_lines(page *p, const http_route_metric *m, const char *method, const char *path)
{
    long long total = 0;
    for (int i = 0; i < HTTP_BUCKETS; i++)
        total += atomic_load(&m->bucket[i]);
    if (total == 0)
        return;
    long long below = 0;
    for (int i = 0; i < HTTP_BUCKETS; i++) {
        char bound[32] = "+Inf";
        below += atomic_load(&m->bucket[i]);
        if (i < HTTP_BUCKETS - 1)
            snprintf(bound, sizeof bound, "%.3f", (double)bucket_us[i] / 1e6);
        line(p, "gongji_http_duration_seconds_bucket{method=\"%s\",route=\"%s\",le=\"%s\"} %lld\n",
             method, path, bound, below);
    }
    line(p, "gongji_http_duration_seconds_sum{method=\"%s\",route=\"%s\"} %.6f\n", method, path,
         (double)atomic_load(&m->sum_us) / 1e6);
    line(p, "gongji_http_duration_seconds_count{method=\"%s\",route=\"%s\"} %lld\n", method, path,
         total);
}

/* The lines of one metric stand together: the format wants it. */
static void
routes_lines(page *p,
             const http_metric *m,
             const http_route *route,
             void (*lines)(page *, const http_route_metric *, const char *, const char *))
{
    for (int i = 0; i < m->route_count; i++)
        lines(p, &m->route[i], route[i].method, route[i].path);
    lines(p, &m->route[m->route_count], "", "none");
}

str http_metric_text(const http_metric *m, const http_route *route, arena *a)
{
    page p = {a, {arena_new(a, char, 16384), 0, 16384, false}};
    line(&p, "# TYPE gongji_http_connections_open gauge\ngongji_http_connections_open %lld\n",
         atomic_load(&m->connections_open));
    line(&p, "# TYPE gongji_http_connections_total counter\ngongji_http_connections_total %lld\n",
         atomic_load(&m->connections_total));
    line(&p, "# TYPE gongji_http_running gauge\ngongji_http_running %lld\n",
         atomic_load(&m->running));
    line(&p, "# TYPE gongji_http_answer_bytes_total counter\ngongji_http_answer_bytes_total %lld\n",
         atomic_load(&m->bytes_out));
    line(&p, "# TYPE gongji_http_requests_total counter\n");
    routes_lines(&p, m, route, status_lines);
    line(&p, "# TYPE gongji_http_duration_seconds histogram\n");
    routes_lines(&p, m, route, duration_lines);
    return (str){p.t.p, p.t.n};
}

/* ---- token buckets ---- */

/* One household or office of IPv6 has a /64: counted together. */
static uint64_t client_of(str address)
{
    ptrdiff_t colons = 0, n = 0;
    while (n < address.n && (colons += address.p[n] == ':') < 4)
        n++;
    uint64_t hash = str_hash(colons >= 2 ? (str){address.p, n} : address);
    return hash ? hash : 1;
}

bool http_limiter_take(http_limiter *l, str address, int per_minute, int64_t now_ms)
{
    enum { WAYS = 8 };
    uint64_t client = client_of(address);
    int32_t full_e3 = 1000 * per_minute;
    http_bucket *b = NULL;
    pthread_mutex_lock(&l->lock);
    for (unsigned i = 0; i < WAYS; i++) { /* else the one not heard of for longest */
        http_bucket *at = &l->slot[(client + i) % HTTP_BUCKET_SLOTS];
        if (at->client == client) {
            b = at;
            break;
        }
        if (!b || at->at_ms < b->at_ms)
            b = at;
    }
    if (b->client != client)
        *b = (http_bucket){.client = client, .at_ms = now_ms, .tokens_e3 = full_e3};
    int64_t passed_ms = now_ms > b->at_ms ? now_ms - b->at_ms : 0;
    int64_t tokens_e3 = b->tokens_e3 + passed_ms * per_minute / 60;
    b->tokens_e3 = tokens_e3 > full_e3 ? full_e3 : (int32_t)tokens_e3;
    b->at_ms = now_ms;
    bool may = b->tokens_e3 >= 1000;
    b->tokens_e3 -= may ? 1000 : 0;
    pthread_mutex_unlock(&l->lock);
    return may;
}
