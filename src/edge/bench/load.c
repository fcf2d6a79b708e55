/* The load: many connections, one thread, each waiting for its answer before it asks again. */
#include "edge/bench/bench_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_BYTES ((ptrdiff_t)64 << 10)
#define INPUT_BYTES   ((ptrdiff_t)256 << 10)
#define TIMES_MAX     ((ptrdiff_t)16 << 20)

typedef struct {
    int fd;
    char *out, *in;
    ptrdiff_t out_bytes, sent, in_bytes, head, body_bytes;
    int status;
    int64_t asked_us;
    bool busy;
} line;

typedef struct {
    const bench_load *load;
    const bench_stock *stock;
    str token;
    line *line;
    int epoll;
    uint64_t seed;
    char run[20]; /* in every key: two runs never share one */
    int64_t asked, counted_from_us, until_us;
    uint32_t *time_us;
    ptrdiff_t time_count;
    bench_result *result;
} runner;

static int64_t clock_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- asking ---- */

static void request_make(runner *r, line *l)
{
    const bench_load *load = r->load;
    char body[16384];
    int n = 0;
    if (load->path_count) {
        l->out_bytes =
            snprintf(l->out, (size_t)REQUEST_BYTES,
                     "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %.*s\r\n\r\n",
                     load->path[r->asked % load->path_count], load->host, STR_ARG(r->token));
    } else {
        n = bill_make(body, sizeof body, r->stock, load, &r->seed);
        l->out_bytes =
            snprintf(l->out, (size_t)REQUEST_BYTES,
                     "POST /api/v1/settlements?view=brief HTTP/1.1\r\nHost: %s\r\nAuthorization: "
                     "Bearer %.*s\r\nIdempotency-Key: bench-%s-%" PRId64
                     "\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%.*s",
                     load->host, STR_ARG(r->token), r->run, r->asked, n, n, body);
    }
    assert(l->out_bytes < REQUEST_BYTES);
    r->asked++;
}

static void watch(const runner *r, line *l, bool first, bool writing)
{
    struct epoll_event v = {.events = writing ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = l};
    epoll_ctl(r->epoll, first ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, l->fd, &v);
}

static bool send_more(const runner *r, line *l)
{
    while (l->sent < l->out_bytes) {
        ssize_t n = send(l->fd, l->out + l->sent, (size_t)(l->out_bytes - l->sent), MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            watch(r, l, false, true);
            return true;
        }
        if (n < 0 && errno != EINTR)
            return false;
        l->sent += n > 0 ? n : 0;
    }
    return true;
}

static bool may_ask(const runner *r)
{
    return r->load->requests ? r->asked < r->load->requests : clock_us() < r->until_us;
}

static bool ask(runner *r, line *l)
{
    l->sent = l->in_bytes = l->head = 0;
    l->busy = may_ask(r);
    if (!l->busy)
        return true;
    request_make(r, l);
    l->asked_us = clock_us();
    return send_more(r, l);
}

/* ---- hearing ---- */

static void count_error(bench_result *out, const char *code)
{
    int i = 0;
    out->bad++;
    while (i < out->error_count && strcmp(out->error[i].code, code) != 0)
        i++;
    if (i == BENCH_CODES_MAX)
        return;
    if (i == out->error_count)
        snprintf(out->error[out->error_count++].code, sizeof out->error[i].code, "%s", code);
    out->error[i].count++;
}

static void count_answer(runner *r, const line *l)
{
    int64_t now = clock_us();
    if (l->status < 200 || l->status > 299) { /* in the warm-up, too: nothing may be hidden */
        char code[40];
        error_code_of(code, (str){l->in + l->head, l->body_bytes});
        if (!code[0])
            snprintf(code, sizeof code, "status %d", l->status);
        count_error(r->result, code);
    } else if (now >= r->counted_from_us && (r->load->requests || now <= r->until_us)) {
        r->result->good++;
        if (r->time_count < TIMES_MAX)
            r->time_us[r->time_count++] = (uint32_t)(now - l->asked_us);
    }
}

/* False: this connection is of no use any more. */
static bool hear(runner *r, line *l)
{
    ptrdiff_t room = INPUT_BYTES - l->in_bytes;
    ssize_t n = room > 0 ? recv(l->fd, l->in + l->in_bytes, (size_t)room, 0) : 0;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (n <= 0)
        return false;
    l->in_bytes += n;
    if (l->head == 0)
        l->head = http_answer_head((str){l->in, l->in_bytes}, &l->status, &l->body_bytes);
    if (l->head < 0 || l->head + l->body_bytes > INPUT_BYTES)
        return false;
    if (l->head == 0 || l->in_bytes < l->head + l->body_bytes)
        return true;
    count_answer(r, l);
    return ask(r, l);
}

static bool line_open(runner *r, line *l, bool again, err *e)
{
    if (again)
        close(l->fd);
    l->fd = http_connect(r->load->host, r->load->port, e);
    if (l->fd < 0)
        return false;
    fcntl(l->fd, F_SETFL, fcntl(l->fd, F_GETFL) | O_NONBLOCK);
    watch(r, l, true, false);
    return ask(r, l) || FAIL(e, ERR_IO, "the server takes no requests");
}

static bool lines_busy(const runner *r)
{
    for (int i = 0; i < r->load->connections; i++)
        if (r->line[i].busy)
            return true;
    return false;
}

static bool lines_run(runner *r, err *e)
{
    struct epoll_event event[64];
    while (lines_busy(r)) {
        int n = epoll_wait(r->epoll, event, COUNTOF(event), 10000);
        if (n < 0 && errno != EINTR)
            return FAIL(e, ERR_IO, "epoll: %s", strerror(errno));
        if (n == 0)
            return FAIL(e, ERR_IO, "the server has said nothing for ten seconds");
        for (int i = 0; i < n; i++) {
            line *l = event[i].data.ptr;
            bool fine = true;
            if (event[i].events & EPOLLOUT) {
                watch(r, l, false, false);
                fine = send_more(r, l);
            }
            if (fine && event[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                fine = hear(r, l);
            if (fine)
                continue;
            count_error(r->result, "connection_lost");
            if (!line_open(r, l, true, e))
                return false;
        }
    }
    return true;
}

/* ---- the whole ---- */

static int time_order(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double quantile_ms(const runner *r, double share)
{
    if (r->time_count == 0)
        return 0;
    ptrdiff_t at = (ptrdiff_t)(share * (double)r->time_count);
    return r->time_us[at < r->time_count ? at : r->time_count - 1] / 1000.0;
}

static void times_tell(runner *r)
{
    double sum = 0;
    qsort(r->time_us, (size_t)r->time_count, sizeof *r->time_us, time_order);
    for (ptrdiff_t i = 0; i < r->time_count; i++)
        sum += r->time_us[i];
    r->result->p50_ms = quantile_ms(r, 0.50);
    r->result->p95_ms = quantile_ms(r, 0.95);
    r->result->p99_ms = quantile_ms(r, 0.99);
    r->result->max_ms = quantile_ms(r, 1.0);
    r->result->mean_ms = r->time_count ? sum / 1000.0 / (double)r->time_count : 0;
}

static bool lines_open(runner *r, arena *a, err *e)
{
    for (int i = 0; i < r->load->connections; i++) {
        r->line[i].out = arena_new(a, char, REQUEST_BYTES);
        r->line[i].in = arena_new(a, char, INPUT_BYTES);
        if (!line_open(r, &r->line[i], false, e))
            return false;
    }
    return true;
}

bool bench_run(bench_result *out, const bench_load *load, arena *a, err *e)
{
    http_client c;
    bench_stock stock = {0};
    *out = (bench_result){0};
    assert(load->connections >= 1 && load->connections <= BENCH_CONNECTIONS_MAX);
    bool ok =
        client_open(&c, load, a, e) && (load->path_count || stock_load(&stock, &c, load, a, e));
    runner r = {.load = load, .stock = &stock, .result = out, .seed = load->seed, .epoll = -1};
    r.token = c.token;
    r.time_us = malloc((size_t)TIMES_MAX * sizeof *r.time_us); /* touched as far as needed */
    r.line = arena_new(a, line, load->connections);
    r.epoll = ok ? epoll_create1(0) : -1;
    if (ok && (!r.time_us || r.epoll < 0))
        ok = FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the run");
    int64_t start = clock_us();
    snprintf(r.run, sizeof r.run, "%" PRIx64, (uint64_t)time(NULL) << 20 ^ (uint64_t)start);
    r.counted_from_us = start + (load->requests ? 0 : (int64_t)load->warm_seconds * 1000000);
    r.until_us = r.counted_from_us + (int64_t)load->seconds * 1000000;
    ok = ok && lines_open(&r, a, e) && lines_run(&r, e);
    out->seconds = load->requests ? (double)(clock_us() - start) / 1e6 : load->seconds;
    if (ok)
        times_tell(&r);
    for (int i = 0; i < load->connections; i++)
        if (r.line[i].fd > 0)
            close(r.line[i].fd);
    if (r.epoll >= 0)
        close(r.epoll);
    free(r.time_us);
    client_close(&c);
    return ok;
}
