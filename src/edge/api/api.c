/* From route to answer: session, CSRF, right, handler; refusals are audited. */
#include "edge/api/api_internal.h"
#include "edge/pages/pages.h"

#include <stdlib.h>

#define IMPORT_BODY_BYTES  ((int64_t)64 << 20)
#define IMPORT_ARENA_BYTES ((int64_t)512 << 20)

static_assert(HTTP_BODY_PADDING_BYTES >= JSON_PADDING_BYTES, "bodies are parsed where they lie");

static const struct {
    const char *method, *path;
    api_handler *handler;
    api_door door;
    right right;
} routes[] = {
#define API(id, method, path, door, right) {method, path, api_##id, door, right},
#include "edge/api/route.tbl.h"
};

static api_handler *const for_the_sure[] = {
#define API(id, method, path, door, right)
#define API_SURE(id) api_##id,
#include "edge/api/route.tbl.h"
};

/* Whoever is not signed in may send only so much; whoever imports may send files. */
static http_route route_of(int i)
{
    http_route r = {.method = routes[i].method, .path = routes[i].path};
    r.limited = routes[i].door == OPEN_TO_ALL && strcmp(r.method, "POST") == 0;
    bool file = routes[i].right == RIGHT_IMPORT || routes[i].handler == api_casemix_drg_file ||
                routes[i].handler == api_casemix_dip_file;
    if (file && strcmp(r.method, "POST") == 0) {
        r.body_bytes_max = IMPORT_BODY_BYTES;
        r.arena_bytes = IMPORT_ARENA_BYTES;
    }
    return r;
}

bool api_open(api **out, const api_services *with, err *e)
{
    *out = NULL;
    api *p = calloc(1, sizeof *p);
    http_route *route = calloc((size_t)COUNTOF(routes), sizeof *route);
    if (!p || !route) {
        free(p);
        free(route);
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the routes");
    }
    p->with = *with;
    p->route = route;
    pthread_mutex_init(&p->lock, NULL);
    for (int i = 0; i < COUNTOF(routes); i++)
        route[i] = route_of(i);
    *out = p;
    return true;
}

void api_close(api *p)
{
    if (!p)
        return;
    for (int i = 0; i < p->idle_count; i++)
        json_reader_free(p->idle[i]);
    pthread_mutex_destroy(&p->lock);
    free(p->route);
    free(p);
}

const http_route *api_routes(const api *p, int *count)
{
    *count = COUNTOF(routes);
    return p->route;
}

/* ---- readers ---- */

bool api_reader(json_reader **out, api_call *c, err *e)
{
    if (!c->reader) {
        pthread_mutex_lock(&c->api->lock);
        if (c->api->idle_count > 0)
            c->reader = c->api->idle[--c->api->idle_count];
        pthread_mutex_unlock(&c->api->lock);
    }
    if (!c->reader)
        c->reader = json_reader_new();
    *out = c->reader;
    return c->reader || FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a reader");
}

static void reader_give(api_call *c)
{
    json_reader *r = c->reader;
    c->reader = NULL;
    if (!r)
        return;
    pthread_mutex_lock(&c->api->lock);
    bool kept = c->api->idle_count < READERS_MAX;
    if (kept)
        c->api->idle[c->api->idle_count++] = r;
    pthread_mutex_unlock(&c->api->lock);
    if (!kept)
        json_reader_free(r);
}

/* ---- the door ---- */

static str token_of(const http_request *r, bool *by_cookie)
{
    str header = http_header(r, "Authorization");
    *by_cookie = header.n < 8 || memcmp(header.p, "Bearer ", 7) != 0;
    return *by_cookie ? http_cookie(r, "gongji_session") : (str){header.p + 7, header.n - 7};
}

static bool only_reads(const http_request *r)
{
    return str_eq(r->method, S("GET")) || str_eq(r->method, S("HEAD"));
}

/* With a password that must be changed one may sign out, or change it. */
static bool is_session_route(int route)
{
    static const char prefix[] = "/api/v1/session";
    return strncmp(routes[route].path, prefix, sizeof prefix - 1) == 0;
}

static bool door_pass(api_call *c, int route, err *e)
{
    const http_request *r = c->request;
    bool by_cookie;
    c->who = (actor){.login = S(""),
                     .name = S(""),
                     .area_code = S(""),
                     .address = r->address,
                     .trace_id = r->trace_id};
    if (routes[route].door == OPEN_TO_ALL)
        return true;
    str token = token_of(r, &by_cookie);
    if (!access_session_find(&c->session, c->with.access, token, c->a, e))
        return false;
    access_actor_of(&c->who, &c->session.user, r->address, r->trace_id);
    if (by_cookie && !only_reads(r) &&
        !access_csrf_same(http_header(r, "X-CSRF-Token"), c->session.csrf))
        return FAIL(e, ERR_CSRF, "X-CSRF-Token is missing or of another session");
    if (c->session.user.must_change && !is_session_route(route))
        return FAIL(e, ERR_MUST_CHANGE, "%s", "");
    if (c->session.user.must_add_factor && !is_session_route(route))
        return FAIL(e, ERR_MUST_ADD_FACTOR, "%s", "");
    if (routes[route].door == WITH_RIGHT && !api_need(c, routes[route].right, e))
        return false;
    for (ptrdiff_t i = 0; i < COUNTOF(for_the_sure); i++)
        if (routes[route].handler == for_the_sure[i] && !api_need_sure(c, e))
            return false;
    return true;
}

bool api_need_sure(const api_call *c, err *e)
{
    return c->session.sure ||
           FAIL(e, ERR_CONFIRM_NEEDED, "the password was typed too long ago: /session/confirm");
}

bool api_need(api_call *c, right needed, err *e)
{
    if (actor_may(&c->who, needed))
        return true;
    c->missing = needed;
    return FAIL(e, ERR_NO_RIGHT, "%s is needed", right_word(needed));
}

/* ---- the answer ---- */

static bool accepts_gzip(str accepted)
{
    for (ptrdiff_t i = 0; i + 4 <= accepted.n; i++)
        if (memcmp(accepted.p + i, "gzip", 4) == 0)
            return true;
    return false;
}

static bool wants_english(const http_request *r)
{
    str asked = http_query(r, "lang"), accepted = http_header(r, "Accept-Language");
    if (asked.n > 0)
        return str_eq(asked, S("en"));
    return accepted.n >= 2 && memcmp(accepted.p, "en", 2) == 0;
}

/* False: it could not be written down, and `e` says why: that is then the answer. */
static bool refusal_audit(api_call *c, int route, const err *cause, err *e)
{
    str object = arena_printf(c->a, "%s %s", routes[route].method, routes[route].path);
    str action = c->missing ? str_of(right_word(c->missing)) : S("request");
    return access_audit_alone(c->store, &c->who, action, object, str_of(err_name(cause->code)),
                              c->a, e);
}

static void fail(api_call *c, int route, const err *e)
{
    for (int r = RIGHT_NONE + 1; e->code == ERR_NO_RIGHT && !c->missing && r < RIGHT__COUNT; r++)
        if (strcmp(e->expected, right_word((right)r)) == 0)
            c->missing = (right)r; /* a service said which */
    if (e->code == ERR_NO_RIGHT && !c->missing && route >= 0)
        c->missing = routes[route].right;
    err unwritten = {0};
    if (route >= 0 && err_http(e->code) == 403 && c->who.user_id > 0 &&
        !refusal_audit(c, route, e, &unwritten))
        e = &unwritten;
    str missing = e->code == ERR_NO_RIGHT ? str_of(right_word(c->missing)) : S("");
    http_answer_error(c->response, e, missing, c->request->trace_id, c->a);
}

/* A file of the workbench, as small as the browser takes it. */
static bool page_answer(api_call *c)
{
    str path = c->request->path;
    const page_file *f = NULL;
    if (only_reads(c->request) && (path.n < 5 || memcmp(path.p, "/api/", 5) != 0))
        f = pages_find(path);
    if (!f)
        return false;
    bool packed = f->gzip.n > 0 && accepts_gzip(http_header(c->request, "Accept-Encoding"));
    c->response->content_type = f->content_type;
    c->response->body = packed ? f->gzip : f->bytes;
    c->response->keep = f->hashed;
    if (packed)
        http_add_header(c->response, S("Content-Encoding"), S("gzip"));
    http_add_header(c->response, S("Vary"), S("Accept-Encoding"));
    return true;
}

static void answer(api_call *c, int route)
{
    err e = {0};
    if (route == HTTP_NO_ROUTE && page_answer(c))
        return;
    if (route < 0) {
        e = c->request->trouble;
        if (route != HTTP_REFUSED)
            FAIL(&e, route == HTTP_NO_METHOD ? ERR_METHOD : ERR_NOT_FOUND, "%s", "");
        fail(c, route, &e);
        return;
    }
    c->out = json_out_new(c->a, 2048);
    if (!door_pass(c, route, &e) || !routes[route].handler(c, &e)) {
        assert(e.code != ERR_OK);
        fail(c, route, &e);
        return;
    }
    if (c->response->body.n == 0 && c->out.n > 0)
        c->response->body = json_out_text(&c->out);
}

void api_handle(
    void *app, int route, const http_request *request, http_response *response, arena *a)
{
    api *p = app;
    jmp_buf oom, *outer = a->oom;
    api_call *c = arena_new(a, api_call, 1);
    c->with = p->with;
    c->store = office_store(p->with.office);
    c->request = request;
    c->response = response;
    c->a = a;
    c->english = wants_english(request);
    c->api = p;
    a->oom = &oom;
    bool enough = setjmp(oom) == 0;
    if (enough)
        answer(c, route);
    reader_give(c);
    a->oom = outer;
    if (!enough)
        longjmp(*outer, 1);
}
