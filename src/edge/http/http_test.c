/* A real server on 127.0.0.1 and clients that behave well, badly, slowly or not at all. */
#include "edge/http/http.h"

#include "edge/http/http_internal.h"
#include "test/support/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { HELLO, ECHO, GATE, GREEDY, PERSON, LIMITED, KEPT, LARGE, WRONG, NOTHING, HUGE_ONE };

static const http_route routes[] = {
    [HELLO] = {.method = "GET", .path = "/hello"},
    [ECHO] = {.method = "POST", .path = "/echo"},
    [GATE] = {.method = "GET", .path = "/gate"},
    [GREEDY] = {.method = "GET", .path = "/greedy"},
    [PERSON] = {.method = "GET", .path = "/persons/{person_id}/bills/{bill_no}"},
    [LIMITED] = {.method = "POST", .path = "/limited", .limited = true},
    [KEPT] = {.method = "GET", .path = "/assets/{file}"},
    [LARGE] = {.method = "POST",
               .path = "/large",
               .body_bytes_max = 1 << 20,
               .arena_bytes = 4 << 20},
    [WRONG] = {.method = "GET", .path = "/wrong"},
    [HUGE_ONE] = {.method = "GET", .path = "/huge"},
    [NOTHING] = {.method = "DELETE", .path = "/hello"},
};

static char huge[32 << 20]; /* more than all buffers on the way hold */

/* Where requests wait until the test lets them go. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open;
    int inside, done;
} gate;

static gate door = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0, 0};

static void gate_pass(void)
{
    pthread_mutex_lock(&door.lock);
    door.inside++;
    pthread_cond_broadcast(&door.changed);
    while (!door.open)
        pthread_cond_wait(&door.changed, &door.lock);
    door.done++;
    pthread_mutex_unlock(&door.lock);
}

static void gate_wait_inside(int count)
{
    pthread_mutex_lock(&door.lock);
    while (door.inside < count)
        pthread_cond_wait(&door.changed, &door.lock);
    pthread_mutex_unlock(&door.lock);
}

static void gate_set(bool open)
{
    pthread_mutex_lock(&door.lock);
    door.open = open;
    if (!open)
        door.inside = door.done = 0;
    pthread_cond_broadcast(&door.changed);
    pthread_mutex_unlock(&door.lock);
}

static void handle(void *app, int route, const http_request *r, http_response *out, arena *a)
{
    (void)app;
    err e = {0};
    switch (route) {
    case HELLO:
        out->content_type = S("text/plain");
        out->body = arena_printf(a, "hello %.*s|%.*s|%.*s", STR_ARG(http_query(r, "name")),
                                 STR_ARG(http_cookie(r, "gongji_session")),
                                 STR_ARG(http_header(r, "x-one")));
        return;
    case ECHO:
    case LIMITED:
    case LARGE:
        for (int i = 0; i < HTTP_BODY_PADDING_BYTES; i++)
            assert_int_equal(r->body.p[r->body.n + i], 0);
        out->body = arena_str(a, r->body);
        if (route == LARGE)
            arena_new(a, char, 3 << 20);
        return;
    case GATE:
        gate_pass();
        out->body = S("through");
        return;
    case GREEDY:
        arena_new(a, char, 1 << 30);
        return;
    case PERSON:
        out->body = arena_printf(a, "%.*s/%.*s", STR_ARG(http_param(r, "person_id")),
                                 STR_ARG(http_param(r, "bill_no")));
        return;
    case KEPT:
        out->keep = true;
        out->body = S("forever");
        return;
    case HUGE_ONE:
        out->body = (str){huge, sizeof huge};
        return;
    case NOTHING:
        out->status = 204;
        return;
    case WRONG:
        FAIL(&e, ERR_STORE, "line \"7\"\n");
        break;
    default:
        e = r->trouble; /* and what was read before it can be asked for */
        http_add_header(out, S("X-Query"), arena_printf(a, "%.*s", STR_ARG(http_query(r, "lang"))));
        if (route != HTTP_REFUSED)
            FAIL(&e, route == HTTP_NO_METHOD ? ERR_METHOD : ERR_NOT_FOUND, "%s", "");
    }
    http_answer_error(out, &e, S(""), r->trace_id, a);
}

/* ---- a client ---- */

typedef struct {
    int fd;
    char data[1 << 16];
    size_t n;
} client;

typedef struct {
    int status; /* 0 = the line was cut */
    char head[8192], body[32768];
    size_t body_n;
} reply;

static http_config quiet_config(void)
{
    http_config c = http_config_default;
    c.port = 0;
    c.log_level = 0;
    c.body_bytes_max = 10000;
    c.arena_bytes = 1 << 20;
    return c;
}

static http_server *server_start(const http_config *c)
{
    http_server *s;
    err e = {0};
    gate_set(false);
    if (!http_start(&s, c, routes, COUNTOF(routes), handle, NULL, &e))
        fail_msg("%s", e.msg);
    return s;
}

static int try_connect(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct timeval patience = {.tv_sec = 20};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    close(fd);
    return -1;
}

static client *client_new(const http_server *s)
{
    client *c = calloc(1, sizeof *c);
    assert_non_null(c);
    c->fd = try_connect(http_port(s));
    assert_true(c->fd >= 0);
    return c;
}

static void client_free(client *c)
{
    close(c->fd);
    free(c);
}

static bool say(client *c, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(c->fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

static void ask(client *c, const char *text)
{
    assert_true(say(c, text, strlen(text)));
}

static bool more(client *c)
{
    assert_true(c->n < sizeof c->data - 1);
    ssize_t n = recv(c->fd, c->data + c->n, sizeof c->data - 1 - c->n, 0);
    if (n <= 0)
        return false;
    c->n += (size_t)n;
    c->data[c->n] = 0;
    return true;
}

static void take(client *c, size_t n)
{
    memmove(c->data, c->data + n, c->n - n + 1);
    c->n -= n;
}

static reply *hear(client *c, bool has_body)
{
    reply *r = calloc(1, sizeof *r);
    char *end = NULL;
    assert_non_null(r);
    while (!(end = strstr(c->data, "\r\n\r\n")))
        if (!more(c))
            return r;
    size_t head_n = (size_t)(end - c->data) + 4, body_n = 0;
    assert_true(head_n < sizeof r->head);
    memcpy(r->head, c->data, head_n);
    take(c, head_n);
    r->status = atoi(r->head + 9);
    const char *length = strstr(r->head, "Content-Length: ");
    if (length && has_body)
        body_n = strtoul(length + 16, NULL, 10);
    assert_true(body_n < sizeof r->body);
    while (c->n < body_n)
        if (!more(c))
            return r;
    memcpy(r->body, c->data, body_n);
    r->body_n = body_n;
    take(c, body_n);
    return r;
}

static void expect(client *c, int status, const char *text)
{
    reply *r = hear(c, true);
    if (r->status != status || (text && !strstr(r->body, text)))
        fail_msg("got %d %s%s, expected %d %s", r->status, r->head, r->body, status,
                 text ? text : "");
    free(r);
}

static void once(const http_server *s, const char *request, int status, const char *text)
{
    client *c = client_new(s);
    ask(c, request);
    expect(c, status, text);
    client_free(c);
}

static bool line_is_cut(client *c)
{
    while (more(c))
        c->n = 0;
    return true;
}

/* Waits until the metrics say so; the test's time limit ends it otherwise. */
static void metrics_until(http_server *s, const char *text)
{
    bool found = false;
    while (!found) {
        arena a = unit_arena(1 << 18);
        char *memory = a.beg;
        str all = http_metrics(s, &a);
        char *copy = calloc(1, (size_t)all.n + 1);
        memcpy(copy, all.p, (size_t)all.n);
        found = strstr(copy, text) != NULL;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL); /* leaves the processor to it */
        free(copy);
        free(memory);
    }
}

/* ---- tests ---- */

static void answers_carry_what_protects_them(void **state)
{
    (void)state;
    http_config config = quiet_config();
    http_server *s = server_start(&config);
    client *c = client_new(s);
    ask(c, "GET /hello?name=%E5%BC%A0+x HTTP/1.1\r\nHost: a\r\nX-ONE: 1\r\n"
           "Cookie: a=b; gongji_session=tok; c=d\r\n\r\n");
    reply *r = hear(c, true);
    assert_int_equal(r->status, 200);
    assert_string_equal(r->body, "hello 张 x|tok|1");
    const char *wanted[] = {
        ("Content-Security-Policy: default-src 'self'; style-src 'self' 'unsafe-inline'; "
         "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'\r\n"),
        "X-Content-Type-Options: nosniff\r\n",
        "X-Frame-Options: DENY\r\n",
        "Referrer-Policy: no-referrer\r\n",
        "Cache-Control: no-store\r\n",
        "Content-Type: text/plain\r\n",
        "X-Trace-Id: "};
    for (ptrdiff_t i = 0; i < COUNTOF(wanted); i++)
        assert_non_null(strstr(r->head, wanted[i]));
    char first[17];
    memcpy(first, strstr(r->head, "X-Trace-Id: ") + 12, 16);
    first[16] = 0;
    assert_int_equal(strspn(first, "0123456789abcdef"), 16);
    free(r);
    ask(c, "HEAD /assets/x.js HTTP/1.1\r\nHost: a\r\n\r\n");
    r = hear(c, false);
    assert_int_equal(r->status, 200);
    assert_non_null(strstr(r->head, "Content-Length: 7\r\n"));
    assert_non_null(strstr(r->head, "Cache-Control: public, max-age=31536000, immutable\r\n"));
    assert_null(strstr(r->head, first)); /* every request has its own trace */
    free(r);
    ask(c, "DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n"); /* nothing was sent after HEAD's answer */
    expect(c, 204, NULL);
    client_free(c);
    http_stop(s);
}

static void paths_find_their_routes(void **state)
{
    (void)state;
    http_config config = quiet_config();
    http_server *s = server_start(&config);
    once(s, "GET /persons/1%2F2/bills/%E7%A5%A8 HTTP/1.1\r\nHost: a\r\n\r\n", 200, "1/2/票");
    once(s, "GET /persons//bills/1 HTTP/1.1\r\nHost: a\r\n\r\n", 404, "\"not_found\"");
    once(s, "GET /persons/1/bills/1/ HTTP/1.1\r\nHost: a\r\n\r\n", 404, "\"not_found\"");
    once(s, "GET /../hello HTTP/1.1\r\nHost: a\r\n\r\n", 404, "\"not_found\"");
    once(s, "GET /1/2/3/4/5/6/7/8/9/10/11/12/13 HTTP/1.1\r\nHost: a\r\n\r\n", 404, "not_found");
    once(s, "GET /hello?a=%FF HTTP/1.1\r\nHost: a\r\n\r\n", 400, "\"code\":\"bad_utf8\"");
    once(s, "GET /hello%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "\"bad_utf8\"");
    once(s, "GET /hello?a=%4 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "\"bad_utf8\"");
    client *c = client_new(s);
    ask(c, "GET /hello?lang=en&a=%ff&b=1 HTTP/1.1\r\nHost: a\r\n\r\n");
    reply *half = hear(c, true);
    assert_int_equal(half->status, 400);
    assert_non_null(strstr(half->head, "X-Query: en\r\n"));
    free(half);
    ask(c, "PUT /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    reply *r = hear(c, true);
    assert_int_equal(r->status, 405);
    assert_non_null(strstr(r->head, "Allow: GET, DELETE\r\n"));
    free(r);
    client_free(c);
    http_stop(s);
}

static void sizes_are_limited(void **state)
{
    (void)state;
    http_config config = quiet_config();
    http_server *s = server_start(&config);
    char *text = calloc(1, 60000), *at;
    client *c = client_new(s);
    at = text + sprintf(text, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n");
    memset(at, 'x', 10000);
    ask(c, text); /* as much as is allowed */
    expect(c, 200, "xxxx");
    at = text + sprintf(text, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10001\r\n\r\n");
    memset(at, 'x', 10001);
    ask(c, text);
    reply *r = hear(c, true);
    assert_int_equal(r->status, 413);
    assert_non_null(strstr(r->head, "Connection: close\r\n"));
    assert_non_null(strstr(r->body, "\"code\":\"too_large\""));
    assert_true(line_is_cut(c));
    free(r);
    client_free(c);
    /* the same without saying beforehand how long it will be */
    at = text +
         sprintf(text, "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    at += sprintf(at, "2800\r\n");
    memset(at, 'y', 0x2800);
    memcpy(at + 0x2800, "\r\n0\r\n\r\n", 8);
    once(s, text, 413, "too_large");
    /* not read at all: far too large, and who asks first is told at once */
    once(s, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n", 413,
         "too_large");
    once(s,
         "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 20000\r\n\r\n",
         413, "too_large");
    at = text + sprintf(text, "GET /hello?");
    for (int i = 0; i < 65; i++)
        at += sprintf(at, "a%d=1&", i);
    sprintf(at, " HTTP/1.1\r\nHost: a\r\n\r\n");
    once(s, text, 413, "too_large");
    at = text + sprintf(text, "GET /hello HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < 64; i++)
        at += sprintf(at, "X-%d: 1\r\n", i);
    sprintf(at, "\r\n");
    once(s, text, 413, "too_large");
    at = text + sprintf(text, "GET /hello?a=");
    memset(at, 'z', 9000);
    sprintf(at + 9000, " HTTP/1.1\r\nHost: a\r\n\r\n");
    once(s, text, 413, "too_large");
    free(text);
    http_stop(s);
}

static void large_bodies_where_a_route_takes_them(void **state)
{
    (void)state;
    http_config config = quiet_config();
    http_server *s = server_start(&config);
    client *c = client_new(s);
    char piece[1000];
    memset(piece, 'q', sizeof piece);
    for (int round = 0; round < 2; round++) {
        ask(c, "POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\n");
        for (int i = 0; i < 30; i++)
            assert_true(say(c, piece, sizeof piece));
        reply *r = hear(c, true);
        assert_int_equal(r->status, 200);
        assert_int_equal(r->body_n, 30000);
        free(r);
    }
    client_free(c);
    http_stop(s);
}

static void malformed_requests_end_the_line(void **state)
{
    (void)state;
    http_config config = quiet_config();
    http_server *s = server_start(&config);
    once(s, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
         400, NULL);
    once(s,
         "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"
         "\r\n0\r\n\r\n",
         400, NULL);
    once(s, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400, NULL);
    once(s, "GET /hello HTTP/1.1\r\n\r\n", 400, NULL); /* HTTP/1.1 needs a host */
    const char *nonsense[] = {"\x16\x03\x01\x02", "hello\r\n\r\n", "GET\r\n\r\n",
                              "GET  HTTP/1.1\r\nHost: a\r\n\r\n",
                              ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                               "\r\nzz\r\n")};
    for (ptrdiff_t i = 0; i < COUNTOF(nonsense); i++) {
        client *c = client_new(s);
        ask(c, nonsense[i]);
        shutdown(c->fd, SHUT_WR);
        reply *r = hear(c, true);
        assert_true(r->status == 0 || r->status >= 400);
        assert_true(line_is_cut(c));
        free(r);
        client_free(c);
    }
    once(s, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", 200, "hello"); /* and nobody else suffers */
    http_stop(s);
}

static void one_line_many_requests(void **state)
{
    (void)state;
    http_config config = quiet_config();
    http_server *s = server_start(&config);
    client *c = client_new(s);
    for (int i = 0; i < 50; i++) { /* keep-alive, bodies of different length */
        char text[300], body[100] = "";
        memset(body, 'a' + i % 26, (size_t)i);
        sprintf(text, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", i, body);
        ask(c, text);
        reply *r = hear(c, true);
        assert_int_equal(r->status, 200);
        assert_string_equal(r->body, body);
        free(r);
    }
    ask(c, "GET /hello?name=1 HTTP/1.1\r\nHost: a\r\n\r\n"
           "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\ntwo"
           "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n"
           "GET /hello?name=4 HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(c, 200, "hello 1");
    expect(c, 200, "two");
    expect(c, 404, "not_found");
    expect(c, 200, "hello 4");
    client_free(c);
    metrics_until(s, "gongji_http_connections_open 0\n");
    metrics_until(s, "route=\"/echo\",status=\"2xx\"} 51\n");
    http_stop(s);
}

static void memory_that_ends_is_said(void **state)
{
    (void)state;
    http_config config = quiet_config();
    http_server *s = server_start(&config);
    client *c = client_new(s);
    ask(c, "GET /greedy HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(c, 503, "\"code\":\"out_of_memory\"");
    ask(c, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(c, 200, "hello");
    client_free(c);
    http_stop(s);
}

static void slow_clients_are_cut(void **state)
{
    (void)state;
    http_config config = quiet_config();
    config.receive_seconds = 0;
    http_server *s = server_start(&config);
    client *c = client_new(s), *idle = client_new(s);
    ask(c, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx");
    assert_true(line_is_cut(c));
    assert_true(line_is_cut(idle));
    client *waits = client_new(s); /* slow because of us: not cut */
    ask(waits, "GET /gate HTTP/1.1\r\nHost: a\r\n\r\n");
    gate_wait_inside(1);
    client *other = client_new(s);
    assert_true(line_is_cut(other)); /* the watchdog has been round */
    gate_set(true);
    expect(waits, 200, "through");
    client_free(c);
    client_free(idle);
    client_free(waits);
    client_free(other);
    http_stop(s);
}

typedef struct {
    http_server *s;
    atomic_bool done;
} stopper;

static void *stop_it(void *arg)
{
    stopper *t = arg;
    http_stop(t->s);
    atomic_store(&t->done, true);
    return NULL;
}

static void stopping_finishes_what_runs(void **state)
{
    (void)state;
    http_config config = quiet_config();
    stopper t = {.s = server_start(&config)};
    int port = http_port(t.s);
    client *running = client_new(t.s), *idle = client_new(t.s), *half = client_new(t.s);
    pthread_t thread;
    ask(running, "GET /gate HTTP/1.1\r\nHost: a\r\n\r\n");
    ask(half, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nxx");
    gate_wait_inside(1);
    pthread_create(&thread, NULL, stop_it, &t);
    int fd;
    while ((fd = try_connect(port)) >= 0) /* until nobody is let in any more */
        close(fd);
    ask(half, "xxx"); /* the rest of it comes too late */
    expect(half, 503, "\"code\":\"stopping\"");
    assert_false(atomic_load(&t.done));
    gate_set(true);
    reply *r = hear(running, true);
    assert_int_equal(r->status, 200);
    assert_non_null(strstr(r->head, "Connection: close\r\n"));
    assert_string_equal(r->body, "through");
    free(r);
    pthread_join(thread, NULL);
    assert_true(atomic_load(&t.done));
    assert_true(line_is_cut(idle));
    client_free(running);
    client_free(idle);
    client_free(half);
}

typedef struct {
    const http_server *s;
    int number;
} worker;

static void *work(void *arg)
{
    worker *w = arg;
    client *c = client_new(w->s);
    for (int i = 0; i < 100; i++) {
        char text[200], body[40];
        int n = sprintf(body, "%d:%d", w->number, i);
        sprintf(text, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", n, body);
        ask(c, text);
        reply *r = hear(c, true);
        if (r->status != 200 || strcmp(r->body, body) != 0)
            abort(); /* another's answer */
        free(r);
    }
    client_free(c);
    return NULL;
}

static void many_at_once(void **state)
{
    (void)state;
    enum { CLIENTS = 16, GUESTS = 8 };
    http_config config = quiet_config();
    http_server *s = server_start(&config);
    pthread_t thread[CLIENTS];
    worker w[CLIENTS];
    client *guest[GUESTS];
    for (int i = 0; i < GUESTS; i++) { /* all inside at the same time */
        guest[i] = client_new(s);
        ask(guest[i], "GET /gate HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    gate_wait_inside(GUESTS);
    metrics_until(s, "gongji_http_running 8\n");
    for (int i = 0; i < CLIENTS; i++) {
        w[i] = (worker){s, i};
        pthread_create(&thread[i], NULL, work, &w[i]);
    }
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(thread[i], NULL);
    gate_set(true);
    for (int i = 0; i < GUESTS; i++) {
        expect(guest[i], 200, "through");
        client_free(guest[i]);
    }
    metrics_until(s, "route=\"/echo\",status=\"2xx\"} 1600\n");
    metrics_until(s, "gongji_http_duration_seconds_count{method=\"POST\",route=\"/echo\"} 1600\n");
    metrics_until(s, "gongji_http_running 0\n");
    metrics_until(s, "gongji_http_connections_open 0\n");
    http_stop(s);
}

/* The client goes away: in the middle of its body, and before it has the answer. */
static void cut_lines_leave_nothing(void **state)
{
    (void)state;
    http_config config = quiet_config();
    http_server *s = server_start(&config);
    for (int i = 0; i < 20; i++) {
        client *c = client_new(s);
        ask(c, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx");
        struct linger at_once = {1, 0};
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        client_free(c);
    }
    client *c = client_new(s);
    ask(c, "GET /gate HTTP/1.1\r\nHost: a\r\n\r\n");
    gate_wait_inside(1);
    client_free(c);
    gate_set(true);
    metrics_until(s, "gongji_http_running 0\n");
    metrics_until(s, "gongji_http_connections_open 0\n");
    assert_int_equal(door.done, 1); /* what was begun was done */
    once(s, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", 200, "hello");
    http_stop(s);
}

/* Whoever does not fetch his answer does not keep a thread for ever. */
static void answers_that_nobody_fetches(void **state)
{
    (void)state;
    http_config config = quiet_config();
    config.idle_seconds = 1;
    http_server *s = server_start(&config);
    client *c = client_new(s);
    ask(c, "GET /huge HTTP/1.1\r\nHost: a\r\n\r\n");
    metrics_until(s, "gongji_http_running 1\n");
    metrics_until(s, "gongji_http_running 0\n");
    metrics_until(s, "gongji_http_connections_open 0\n");
    client_free(c);
    http_stop(s);
}

static void senders_without_a_name_are_limited(void **state)
{
    (void)state;
    http_config config = quiet_config();
    config.posts_per_minute = 3;
    config.behind_proxy = true;
    http_server *s = server_start(&config);
    const char *one = "POST /limited HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n"
                      "X-Forwarded-For: 10.0.0.9, 10.0.0.1\r\n\r\n";
    for (int i = 0; i < 3; i++)
        once(s, one, 200, NULL);
    once(s, one, 429, "\"code\":\"too_many\"");
    once(s,
         "POST /limited HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n"
         "X-Forwarded-For: 10.0.0.1, 10.0.0.2\r\n\r\n",
         200, NULL); /* another client */
    once(s, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 200, NULL);
    http_stop(s);
}

static void tokens_come_back(void **state)
{
    (void)state;
    http_limiter *l = calloc(1, sizeof *l);
    pthread_mutex_init(&l->lock, NULL);
    for (int i = 0; i < 60; i++)
        assert_true(http_limiter_take(l, S("2001:db8:1:2::1"), 60, 5000));
    assert_false(http_limiter_take(l, S("2001:db8:1:2::1"), 60, 5999));
    assert_true(http_limiter_take(l, S("2001:db8:1:2:f::9"), 60, 6000)); /* the same /64 */
    assert_false(http_limiter_take(l, S("2001:db8:1:2::1"), 60, 6000));
    assert_true(http_limiter_take(l, S("2001:db8:1:3::1"), 60, 6000));
    assert_false(http_limiter_take(l, S("2001:db8:1:2::1"), 60, 1000)); /* a clock set back */
    for (int i = 0; i < 20000; i++) { /* more clients than there is room for */
        char address[32];
        sprintf(address, "10.1.%d.%d", i / 250, i % 250);
        assert_true(http_limiter_take(l, str_of(address), 60, 7000));
    }
    pthread_mutex_destroy(&l->lock);
    free(l);
}

static void the_log_tells_no_secrets(void **state)
{
    (void)state;
    int pipe_fd[2];
    assert_int_equal(pipe(pipe_fd), 0);
    http_config config = quiet_config();
    config.log_level = 2;
    config.log_fd = pipe_fd[1];
    http_server *s = server_start(&config);
    once(s, "GET /persons/350902199001011234/bills/7?name=%E5%BC%A0 HTTP/1.1\r\nHost: a\r\n\r\n",
         200, NULL);
    once(s, "GET /wrong HTTP/1.1\r\nHost: a\r\n\r\n", 500, "\"code\":\"store\"");
    http_stop(s);
    close(pipe_fd[1]);
    char log[4096] = "";
    ssize_t n = 0, got;
    while ((got = read(pipe_fd[0], log + n, sizeof log - 1 - (size_t)n)) > 0)
        n += got;
    close(pipe_fd[0]);
    assert_null(strstr(log, "350902199001011234"));
    assert_null(strstr(log, "%E5"));
    assert_memory_equal(log, "{\"time\":\"2", 10);
    assert_non_null(strstr(log, "\"method\":\"GET\",\"route\":\"/persons/{person_id}/bills/"
                                "{bill_no}\",\"status\":200,\"duration_us\":"));
    assert_non_null(
        strstr(log, "\"error\":\"store\",\"field\":\"\",\"message\":\"line \\\"7\\\"\\n\"}\n"));
    assert_int_equal(log[n - 1], '\n');
}

static void wrong_addresses_are_named(void **state)
{
    (void)state;
    http_config config = quiet_config();
    http_server *s = NULL, *first = server_start(&config);
    err e = {0};
    config.address = "localhost";
    assert_false(http_start(&s, &config, routes, COUNTOF(routes), handle, NULL, &e));
    assert_int_equal(e.code, ERR_USAGE);
    e = (err){0};
    config.address = "192.0.2.1"; /* not of this machine */
    assert_false(http_start(&s, &config, routes, COUNTOF(routes), handle, NULL, &e));
    assert_int_equal(e.code, ERR_IO);
    assert_null(s);
    e = (err){0};
    config = quiet_config();
    config.port = http_port(first); /* taken: never shared */
    assert_false(http_start(&s, &config, routes, COUNTOF(routes), handle, NULL, &e));
    assert_int_equal(e.code, ERR_IO);
    client *c = client_new(first);
    ask(c, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(c, 200, "hello");
    http_stop(first);
    http_server *again = server_start(&config); /* at once, though a connection was open there */
    http_stop(again);
    client_free(c);
    http_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_carry_what_protects_them),
        cmocka_unit_test(paths_find_their_routes),
        cmocka_unit_test(sizes_are_limited),
        cmocka_unit_test(large_bodies_where_a_route_takes_them),
        cmocka_unit_test(malformed_requests_end_the_line),
        cmocka_unit_test(one_line_many_requests),
        cmocka_unit_test(memory_that_ends_is_said),
        cmocka_unit_test(slow_clients_are_cut),
        cmocka_unit_test(stopping_finishes_what_runs),
        cmocka_unit_test(many_at_once),
        cmocka_unit_test(cut_lines_leave_nothing),
        cmocka_unit_test(answers_that_nobody_fetches),
        cmocka_unit_test(senders_without_a_name_are_limited),
        cmocka_unit_test(tokens_come_back),
        cmocka_unit_test(the_log_tells_no_secrets),
        cmocka_unit_test(wrong_addresses_are_named),
    };
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
