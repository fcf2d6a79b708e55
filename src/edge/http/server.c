/* Connections and requests over libmicrohttpd: one thread per connection. */
#include "edge/http/server_internal.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DISCARD_BYTES_MAX    ((int64_t)16 << 20) /* of a body too large, before the line is cut */
#define MEMORY_KEPT_BYTES    ((ptrdiff_t)1 << 20)
#define BODY_KEPT_BYTES      ((ptrdiff_t)256 << 10)
#define ARENA_BYTES_MIN      ((int64_t)64 << 10)
#define RECEIVE_BYTES_PER_MS 64
#define CONNECTION_MEMORY    ((size_t)48 << 10) /* request line and headers */

const http_config http_config_default = {
    .address = "127.0.0.1",
    .port = 8080,
    .body_bytes_max = (int64_t)4 << 20,
    .connections_max = 512,
    .idle_seconds = 60,
    .receive_seconds = 90,
    .stop_seconds = 30,
    .posts_per_minute = 120,
    .arena_bytes = (int64_t)16 << 20,
    .log_level = 2,
    .log_fd = STDERR_FILENO,
};

typedef enum { RECEIVING = 0, RUNNING, SENDING } phase;

/* A connection and the one request that is on it. */
typedef struct http_connection {
    struct http_connection *next, *before;
    http_server *server;
    struct MHD_Connection *mhd;
    int fd;
    atomic_int phase;
    atomic_llong since_ms, moved_bytes; /* for the watchdog */
    char *memory;                       /* of the request; kept for the next one */
    int64_t memory_bytes;
    char *body;
    ptrdiff_t body_bytes, body_cap;
    char address[64];
    /* of one request */
    bool begun, answered, close;
    ptrdiff_t uri_bytes;
    char uri[HTTP_URI_BYTES_MAX + 1];
    char trace_id[17], method[16];
    int64_t started_us;
    arena a;
    ptrdiff_t most_used; /* of the memory */
    http_request request;
    int route;
    str part; /* of an answer that is to break off */
} http_connection;

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void phase_set(http_connection *c, phase p, int64_t bytes)
{
    atomic_store(&c->since_ms, now_us() / 1000);
    atomic_store(&c->moved_bytes, bytes);
    atomic_store(&c->phase, p);
}

/* ---- memory ---- */

static bool memory_take(http_connection *c, int64_t bytes)
{
    assert(bytes >= ARENA_BYTES_MIN);
    if (c->memory_bytes < bytes) {
        free(c->memory);
        c->memory = malloc((size_t)bytes);
        c->memory_bytes = c->memory ? bytes : 0;
    }
    c->a = (arena){c->memory, c->memory + c->memory_bytes, NULL};
    return c->memory != NULL;
}

/* What one large request needed is given back. */
static void memory_trim(http_connection *c)
{
    if (c->memory_bytes > c->server->config.arena_bytes || c->most_used > MEMORY_KEPT_BYTES) {
        free(c->memory);
        c->memory = NULL;
        c->memory_bytes = 0;
    }
    if (c->body_cap > BODY_KEPT_BYTES) {
        free(c->body);
        c->body = NULL;
        c->body_cap = 0;
    }
}

/* Room for `bytes` and the padding. */
static bool body_room(http_connection *c, ptrdiff_t bytes)
{
    if (bytes + HTTP_BODY_PADDING_BYTES <= c->body_cap)
        return true;
    ptrdiff_t cap = bytes + bytes / 2 + 4096 + HTTP_BODY_PADDING_BYTES;
    char *more = realloc(c->body, (size_t)cap);
    if (!more)
        return false;
    c->body = more;
    c->body_cap = cap;
    return true;
}

/* ---- the head of a request ---- */

typedef struct {
    http_connection *c;
    http_pair *pair;
    int count;
} header_walk;

static enum MHD_Result
header_take(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
    header_walk *w = arg;
    (void)kind;
    if (w->count < HTTP_REQUEST_HEADER_MAX)
        w->pair[w->count] = (http_pair){str_of(name), str_of(value ? value : "")};
    w->count++;
    return MHD_YES;
}

static int header_count(const http_request *r, const char *name)
{
    int count = 0;
    for (int i = 0; i < r->header_count; i++) {
        http_request one = {.header = &r->header[i], .header_count = 1};
        count += http_header(&one, name).n > 0;
    }
    return count;
}

/* Two lengths, or a length and chunks, may be read differently by a proxy before us. */
static bool headers_read(http_connection *c, err *e)
{
    header_walk w = {c, arena_new(&c->a, http_pair, HTTP_REQUEST_HEADER_MAX), 0};
    MHD_get_connection_values(c->mhd, MHD_HEADER_KIND, header_take, &w);
    c->request.header = w.pair;
    c->request.header_count = w.count < HTTP_REQUEST_HEADER_MAX ? w.count : HTTP_REQUEST_HEADER_MAX;
    if (w.count > HTTP_REQUEST_HEADER_MAX)
        return FAIL(e, ERR_TOO_LARGE, "%d header lines", w.count);
    int lengths = header_count(&c->request, "Content-Length");
    if (lengths + header_count(&c->request, "Transfer-Encoding") > 1)
        return FAIL(e, ERR_USAGE, "the length of the body is given twice");
    return true;
}

static int64_t content_length(const http_request *r)
{
    str text = http_header(r, "Content-Length");
    int64_t n = text.n ? 0 : -1;
    for (ptrdiff_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9' || n > INT64_MAX / 16)
            return INT64_MAX; /* the library has refused it already */
        n = 10 * n + (text.p[i] - '0');
    }
    return n;
}

static str client_address(http_connection *c)
{
    str own = str_of(c->address), all = http_header(&c->request, "X-Forwarded-For");
    if (!c->server->config.behind_proxy || all.n == 0)
        return own;
    ptrdiff_t from = all.n;
    while (from > 0 && all.p[from - 1] != ',' && all.p[from - 1] != ' ')
        from--;
    str last = {all.p + from, all.n - from};
    for (ptrdiff_t i = 0; i < last.n; i++)
        if (last.p[i] == 0 || !strchr("0123456789abcdefABCDEF.:", last.p[i]))
            return own;
    return last.n > 0 && last.n < 46 ? last : own;
}

static int64_t body_bytes_max(const http_connection *c)
{
    int64_t own = c->route >= 0 ? c->server->route[c->route].body_bytes_max : 0;
    return own ? own : c->server->config.body_bytes_max;
}

static bool refuse(http_connection *c)
{
    c->route = HTTP_REFUSED;
    return true;
}

static void too_large(http_connection *c)
{
    if (c->request.trouble.code == ERR_OK)
        FAIL(&c->request.trouble, ERR_TOO_LARGE, "the body has more than %" PRId64 " bytes",
             body_bytes_max(c));
    c->close = refuse(c);
}

static void head_read(http_connection *c)
{
    http_server *s = c->server;
    http_request *r = &c->request;
    r->server = s;
    r->method = str_of(c->method);
    r->trace_id = str_of(c->trace_id);
    c->route = HTTP_REFUSED;
    if (!headers_read(c, &r->trouble)) {
        c->close = true;
        return;
    }
    r->address = client_address(c);
    r->secure = c->server->config.tls_certificate ||
                str_eq(http_header(r, "X-Forwarded-Proto"), S("https"));
    c->route = http_request_read(r, (str){c->uri, c->uri_bytes}, s->route, s->route_count, &c->a);
    if (c->route >= 0 && s->route[c->route].limited && s->config.posts_per_minute > 0 &&
        !http_limiter_take(&s->limiter, r->address, s->config.posts_per_minute, now_us() / 1000)) {
        FAIL(&r->trouble, ERR_TOO_MANY, "more than %d in a minute", s->config.posts_per_minute);
        refuse(c);
    }
}

/* Runs `step`; false = the memory of the request was not enough. */
static bool within_memory(http_connection *c, void (*step)(http_connection *))
{
    jmp_buf oom;
    c->a.oom = &oom;
    if (setjmp(oom))
        return false;
    step(c);
    return true;
}

/* ---- the answer ---- */

static const struct {
    const char *name, *value;
} always[] = {
    {"Content-Security-Policy",
     "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
     "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
};

/* Bytes of an answer that breaks off: an error where the rest should be ends the connection. */
static ssize_t part_read(void *arg, uint64_t at, char *to, size_t room)
{
    const http_connection *c = arg;
    if (at >= (uint64_t)c->part.n)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t left = (size_t)c->part.n - (size_t)at, n = left < room ? left : room;
    memcpy(to, c->part.p + at, n);
    return (ssize_t)n;
}

static struct MHD_Response *response_new(http_connection *c, const http_response *r)
{
    if (!r->cut)
        return MHD_create_response_from_buffer((size_t)r->body.n, (void *)(uintptr_t)r->body.p,
                                               MHD_RESPMEM_PERSISTENT);
    c->part = (str){r->body.p, r->cut_after < r->body.n ? r->cut_after : r->body.n};
    return MHD_create_response_from_callback((uint64_t)r->body.n, 4096, part_read, c, NULL);
}

static enum MHD_Result answer_queue(http_connection *c, const http_response *r)
{
    if (r->cut && r->cut_after <= 0)
        return MHD_NO;
    struct MHD_Response *m = response_new(c, r);
    if (!m)
        return MHD_NO;
    bool fine = true;
    for (ptrdiff_t i = 0; i < COUNTOF(always); i++)
        fine &= MHD_add_response_header(m, always[i].name, always[i].value) == MHD_YES;
    for (int i = 0; i < r->header_count; i++) {
        if (r->header[i].value.n == 0)
            continue; /* the library takes no empty ones */
        str name = arena_str(&c->a, r->header[i].name);
        str value = arena_str(&c->a, r->header[i].value);
        fine &= MHD_add_response_header(m, name.p, value.p) == MHD_YES;
    }
    const char *cache = r->keep ? "public, max-age=31536000, immutable" : "no-store";
    str type = r->content_type.n ? arena_str(&c->a, r->content_type) : S("application/json");
    fine &= MHD_add_response_header(m, "Cache-Control", cache) == MHD_YES;
    fine &= MHD_add_response_header(m, "X-Trace-Id", c->trace_id) == MHD_YES;
    if (c->request.secure)
        fine &=
            MHD_add_response_header(m, "Strict-Transport-Security", "max-age=31536000") == MHD_YES;
    if (r->body.n)
        fine &= MHD_add_response_header(m, "Content-Type", type.p) == MHD_YES;
    if (r->close || c->close || atomic_load(&c->server->stopping))
        fine &= MHD_add_response_header(m, "Connection", "close") == MHD_YES;
    if (fine)
        fine = MHD_queue_response(c->mhd, (unsigned)r->status, m) == MHD_YES;
    MHD_destroy_response(m);
    return fine ? MHD_YES : MHD_NO;
}

static void count(http_connection *c, int status, int64_t bytes, const err *e)
{
    http_server *s = c->server;
    http_log_entry l = {.trace_id = str_of(c->trace_id), .method = str_of(c->method)};
    l.route = c->route >= 0 ? str_of(s->route[c->route].path) : S("none");
    l.status = status;
    l.duration_us = now_us() - c->started_us;
    l.bytes = bytes;
    l.error = *e;
    http_metric_count(&s->metric, c->route, status, l.duration_us, bytes);
    http_log(s, &l);
}

typedef struct {
    http_connection *c;
    http_response response;
    enum MHD_Result queued;
} answer_job;

static void answer_make(http_connection *c, http_response *response)
{
    http_server *s = c->server;
    http_request *r = &c->request;
    if (c->body_bytes)
        memset(c->body + c->body_bytes, 0, HTTP_BODY_PADDING_BYTES);
    r->body = c->body_bytes ? (str){c->body, c->body_bytes}
                            : (str){arena_new(&c->a, char, HTTP_BODY_PADDING_BYTES), 0};
    if (atomic_load(&s->stopping)) {
        FAIL(&r->trouble, ERR_STOPPING, "the server is being stopped");
        refuse(c);
    }
    if (c->route == HTTP_NO_METHOD)
        http_add_header(
            response, S("Allow"),
            http_methods_of((str){c->uri, c->uri_bytes}, s->route, s->route_count, &c->a));
    if (r->trouble.code == ERR_TOO_MANY)
        http_add_header(response, S("Retry-After"), S("60"));
    s->handler(s->app, c->route, r, response, &c->a);
    assert(response->status >= 200 && response->status < 600);
}

/* Without a handler: there is no memory for one. */
static void answer_no_memory(http_connection *c, http_response *response)
{
    err e = {0};
    FAIL(&e, ERR_OUT_OF_MEMORY, "the request needs more than %" PRId64 " bytes", c->memory_bytes);
    c->most_used = c->memory_bytes;
    c->a.beg = c->memory;
    *response = (http_response){0};
    http_answer_error(response, &e, S(""), str_of(c->trace_id), &c->a);
}

static enum MHD_Result answer(http_connection *c, bool enough)
{
    jmp_buf oom;
    http_response response = {.status = 200};
    enum MHD_Result result;
    atomic_fetch_add(&c->server->metric.running, 1);
    c->answered = true;
    phase_set(c, RUNNING, 0);
    c->a.oom = &oom;
    if (enough && setjmp(oom) == 0)
        answer_make(c, &response);
    else
        answer_no_memory(c, &response);
    count(c, response.status, response.body.n, &response.error);
    phase_set(c, SENDING, response.body.n);
    jmp_buf late; /* copies of a few headers */
    c->a.oom = &late;
    if (setjmp(late) == 0)
        result = answer_queue(c, &response);
    else
        result = MHD_NO;
    return result;
}

/* ---- what the library calls ---- */

static http_connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return i ? i->socket_context : NULL;
}

static void *on_uri(void *arg, const char *uri, struct MHD_Connection *mhd)
{
    http_server *s = arg;
    http_connection *c = connection_of(mhd);
    if (!c)
        return NULL;
    size_t bytes = strlen(uri);
    c->begun = c->answered = c->close = false;
    c->uri_bytes = (ptrdiff_t)bytes;
    memcpy(c->uri, uri, bytes < sizeof c->uri ? bytes : sizeof c->uri);
    c->started_us = now_us();
    c->request = (http_request){0};
    c->route = HTTP_REFUSED;
    c->body_bytes = c->most_used = 0;
    c->method[0] = 0;
    phase_set(c, RECEIVING, 0);
    snprintf(c->trace_id, sizeof c->trace_id, "%016" PRIx64,
             s->trace_start + (uint64_t)atomic_fetch_add(&s->trace_count, 1));
    return c;
}

/* A body that is far too large is not waited for. */
static enum MHD_Result begin(http_connection *c, const char *method)
{
    c->begun = true;
    snprintf(c->method, sizeof c->method, "%s", method);
    if (!memory_take(c, c->server->config.arena_bytes) || !within_memory(c, head_read))
        return MHD_NO;
    int64_t bytes = content_length(&c->request), max = body_bytes_max(c);
    if (bytes <= max)
        return MHD_YES;
    too_large(c);
    bool asks_first = http_header(&c->request, "Expect").n > 0;
    return asks_first || bytes - max > DISCARD_BYTES_MAX ? answer(c, true) : MHD_YES;
}

static enum MHD_Result body_take(http_connection *c, const char *p, size_t size)
{
    ptrdiff_t bytes = (ptrdiff_t)size;
    atomic_fetch_add(&c->moved_bytes, bytes);
    if (c->route == HTTP_REFUSED) { /* the answer waits until the client has finished */
        bool endless = atomic_load(&c->moved_bytes) > body_bytes_max(c) + DISCARD_BYTES_MAX;
        return endless ? MHD_NO : MHD_YES;
    }
    if (c->body_bytes + bytes > body_bytes_max(c)) {
        too_large(c);
        c->body_bytes = 0;
        return MHD_YES;
    }
    if (!body_room(c, c->body_bytes + bytes))
        return MHD_NO;
    memcpy(c->body + c->body_bytes, p, size);
    c->body_bytes += bytes;
    return MHD_YES;
}

/* The route's own amount of memory, before anything has been put there but the request itself. */
static bool memory_of_route(http_connection *c)
{
    int64_t own = c->route >= 0 ? c->server->route[c->route].arena_bytes : 0;
    if (own <= c->memory_bytes)
        return true;
    err trouble = c->request.trouble;
    bool close = c->close;
    c->request = (http_request){.trouble = trouble};
    if (!memory_take(c, own) || !within_memory(c, head_read))
        return false;
    c->close |= close;
    return true;
}

static enum MHD_Result on_request(void *arg,
                                  struct MHD_Connection *mhd,
                                  const char *path,
                                  const char *method,
                                  const char *version,
                                  const char *data,
                                  size_t *size,
                                  void **slot)
{
    http_connection *c = *slot;
    (void)arg, (void)mhd, (void)path, (void)version;
    if (!c)
        return MHD_NO;
    if (!c->begun)
        return begin(c, method);
    if (*size) {
        enum MHD_Result result = body_take(c, data, *size);
        *size = 0;
        return result;
    }
    return c->answered ? MHD_YES : answer(c, memory_of_route(c));
}

static void on_completed(void *arg,
                         struct MHD_Connection *mhd,
                         void **slot,
                         enum MHD_RequestTerminationCode why)
{
    http_server *s = arg;
    http_connection *c = *slot;
    (void)mhd, (void)why;
    *slot = NULL;
    if (!c)
        return;
    if (!c->answered) { /* malformed, or the line was cut before it was whole */
        err none = {0};
        count(c, 400, 0, &none);
    }
    if (c->memory && c->a.beg - c->memory > c->most_used)
        c->most_used = c->a.beg - c->memory;
    memory_trim(c);
    phase_set(c, RECEIVING, 0);
    if (!c->answered)
        return;
    atomic_fetch_sub(&s->metric.running, 1);
    if (!atomic_load(&s->stopping))
        return; /* nobody waits for the last one, and the watchdog is not to wake for each */
    pthread_mutex_lock(&s->lock);
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void address_print(char *out, socklen_t cap, const struct sockaddr *from)
{
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)from;
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)from;
    bool is_v6 = from->sa_family == AF_INET6;
    const void *bytes = is_v6 ? (const void *)&v6->sin6_addr : (const void *)&v4->sin_addr;
    if ((!is_v6 && from->sa_family != AF_INET) || !inet_ntop(from->sa_family, bytes, out, cap))
        out[0] = 0;
}

static void on_open(http_server *s, struct MHD_Connection *mhd, void **slot)
{
    http_connection *c = calloc(1, sizeof *c);
    const union MHD_ConnectionInfo *i;
    *slot = c;
    if (!c)
        return;
    c->server = s;
    c->mhd = mhd;
    i = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    c->fd = i ? i->connect_fd : -1;
    i = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (i && i->client_addr)
        address_print(c->address, sizeof c->address, i->client_addr);
    phase_set(c, RECEIVING, 0);
    atomic_fetch_add(&s->metric.connections_open, 1);
    atomic_fetch_add(&s->metric.connections_total, 1);
    pthread_mutex_lock(&s->lock);
    c->next = s->first;
    if (s->first)
        s->first->before = c;
    s->first = c;
    pthread_mutex_unlock(&s->lock);
}

static void on_close(http_server *s, http_connection *c)
{
    pthread_mutex_lock(&s->lock);
    if (c->before)
        c->before->next = c->next;
    else
        s->first = c->next;
    if (c->next)
        c->next->before = c->before;
    pthread_mutex_unlock(&s->lock);
    atomic_fetch_sub(&s->metric.connections_open, 1);
    free(c->memory);
    free(c->body);
    free(c);
}

static void on_connection(void *arg,
                          struct MHD_Connection *mhd,
                          void **slot,
                          enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        on_open(arg, mhd, slot);
    else if (*slot)
        on_close(arg, *slot);
}

/* Nothing: query and path are decoded here, strictly. */
static size_t on_unescape(void *arg, struct MHD_Connection *mhd, char *text)
{
    (void)arg, (void)mhd;
    return strlen(text);
}

/* ---- the watchdog: whoever sends or fetches drop by drop is cut off ---- */

static void slow_cut(const http_server *s)
{
    int64_t now_ms = now_us() / 1000;
    for (http_connection *c = s->first; c; c = c->next) {
        int64_t limit_ms = (int64_t)s->config.receive_seconds * 1000 +
                           atomic_load(&c->moved_bytes) / RECEIVE_BYTES_PER_MS;
        if (atomic_load(&c->phase) != RUNNING && now_ms - atomic_load(&c->since_ms) > limit_ms)
            shutdown(c->fd, SHUT_RDWR); /* its thread notices and ends it */
    }
}

static void *watch(void *arg)
{
    http_server *s = arg;
    pthread_mutex_lock(&s->lock);
    while (!s->ended) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec++;
        pthread_cond_timedwait(&s->changed, &s->lock, &until);
        slow_cut(s);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* ---- start and stop ---- */

static bool listen_address(struct sockaddr_storage *out, const http_config *c, err *e)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    *out = (struct sockaddr_storage){0};
    if (inet_pton(AF_INET, c->address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)c->port);
    } else if (inet_pton(AF_INET6, c->address, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)c->port);
    } else {
        return FAIL(e, ERR_USAGE, "%s is no address of a network card", c->address);
    }
    return true;
}

static void quiet(void *arg, const char *format, va_list args)
{
    (void)arg, (void)format, (void)args; /* faults of clients: the log says what is needed */
}

/* Nothing older than TLS 1.2, and what the library's own rules think well of. */
static char tls_rules[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE";

static struct MHD_Daemon *daemon_start(http_server *s, struct sockaddr_storage *address)
{
    const http_config *c = &s->config;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)c->tls_certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)c->tls_key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, tls_rules},
        {MHD_OPTION_END, 0, NULL},
    };
    unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
                     MHD_USE_POLL | MHD_USE_ITC | MHD_USE_ERROR_LOG;
    if (address->ss_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    if (c->tls_certificate)
        flags |= MHD_USE_TLS;
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, s, MHD_OPTION_EXTERNAL_LOGGER, quiet,
                            NULL, MHD_OPTION_SOCK_ADDR, address, MHD_OPTION_CONNECTION_LIMIT,
                            (unsigned)s->config.connections_max, MHD_OPTION_CONNECTION_TIMEOUT,
                            (unsigned)s->config.idle_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            CONNECTION_MEMORY, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
                            MHD_OPTION_URI_LOG_CALLBACK, on_uri, s, MHD_OPTION_UNESCAPE_CALLBACK,
                            on_unescape, s, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY,
                            c->tls_certificate ? tls : tls + COUNTOF(tls) - 1, MHD_OPTION_END);
}

static void routes_check(const http_route *route, int count)
{
    for (int i = 0; i < count; i++) {
        int pieces = 0, params = 0;
        assert(route[i].path[0] == '/' && strlen(route[i].path) < HTTP_PATTERN_BYTES_MAX);
        for (const char *p = route[i].path; *p; p++) {
            pieces += *p == '/';
            params += *p == '{';
        }
        assert(pieces <= HTTP_SEGMENTS_MAX && params <= HTTP_PARAMS_MAX);
    }
}

static uint64_t random_start(void)
{
    uint64_t n = (uint64_t)now_us() * 0x9e3779b97f4a7c15u;
    FILE *f = fopen("/dev/urandom", "rb");
    if (f) {
        uint64_t more = 0;
        n ^= fread(&more, sizeof more, 1, f) == 1 ? more : 0;
        fclose(f);
    }
    return n;
}

static void server_free(http_server *s)
{
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->limiter.lock);
    pthread_cond_destroy(&s->changed);
    free(s->metric.route);
    free(s);
}

bool http_start(http_server **out,
                const http_config *c,
                const http_route *route,
                int route_count,
                http_handler *handler,
                void *app,
                err *e)
{
    struct sockaddr_storage address;
    *out = NULL;
    assert(c->arena_bytes >= ARENA_BYTES_MIN && c->body_bytes_max > 0 && c->connections_max > 0);
    routes_check(route, route_count);
    if (!listen_address(&address, c, e))
        return false;
    http_server *s = calloc(1, sizeof *s);
    if (!s)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the server");
    s->config = *c;
    s->route = route;
    s->route_count = s->metric.route_count = route_count;
    s->handler = handler;
    s->app = app;
    s->trace_start = random_start();
    s->metric.route = calloc((size_t)route_count + 1, sizeof *s->metric.route);
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->limiter.lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    s->daemon = s->metric.route ? daemon_start(s, &address) : NULL;
    s->watching = s->daemon && pthread_create(&s->watchdog, NULL, watch, s) == 0;
    if (!s->watching) {
        if (s->daemon)
            MHD_stop_daemon(s->daemon);
        server_free(s);
        return FAIL(e, ERR_IO, "cannot listen on %s port %d%s", c->address, c->port,
                    c->tls_certificate ? ", or certificate and key do not fit" : "");
    }
    *out = s;
    return true;
}

int http_port(const http_server *s)
{
    const union MHD_DaemonInfo *i = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return i ? i->port : 0;
}

static void running_wait(http_server *s)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += s->config.stop_seconds;
    pthread_mutex_lock(&s->lock);
    while (atomic_load(&s->metric.running) > 0)
        if (pthread_cond_timedwait(&s->changed, &s->lock, &until) != 0)
            break; /* whoever fetches its answer so slowly does without */
    s->ended = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

void http_stop(http_server *s)
{
    if (!s)
        return;
    atomic_store(&s->stopping, true);
    MHD_socket listening = MHD_quiesce_daemon(s->daemon);
    if (listening != MHD_INVALID_SOCKET)
        shutdown(listening, SHUT_RDWR); /* who comes now is refused, not left waiting */
    running_wait(s);
    pthread_join(s->watchdog, NULL);
    MHD_stop_daemon(s->daemon); /* joins its threads: a handler that still runs ends first */
    if (listening != MHD_INVALID_SOCKET)
        close(listening);
    server_free(s);
}

str http_metrics(http_server *s, arena *a)
{
    return http_metric_text(&s->metric, s->route, a);
}
