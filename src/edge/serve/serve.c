#include "edge/serve/serve.h"

#include "edge/api/api.h"
#include "edge/gateway/gateway.h"
#include "edge/sandbox/sandbox.h"
#include "edge/serve/guard.h"
#include "service/review/reviews.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define REQUEST_ARENA_BYTES ((int64_t)64 << 20) /* only what a request touches becomes memory */

const serve_config serve_config_default = {
    .database = "gongji.db",
    .packs_dir = "packs",
    .address = "127.0.0.1",
    .port = 8080,
    .node = 1,
    .log_level = 2,
    .message_days = 180,
};

struct serve {
    store *store;
    office *office;
    access_service *access;
    desk *desk;
    grouping *grouping;
    reviews *reviews;
    api *api;
    messages *messages;
    gateway *gateway;
    sandbox *sandbox;  /* NULL = production */
    str host;          /* the sandbox's */
    http_route *route; /* those of api, then those of gateway */
    int api_routes;
    http_server *http;
    char *tls_certificate, *tls_key;
    guard *guard;
};

#define TLS_BYTES_MAX (1 << 20)

static void signals_of_end(sigset_t *out)
{
    sigemptyset(out);
    sigaddset(out, SIGTERM);
    sigaddset(out, SIGINT);
}

void serve_signals_block(void)
{
    sigset_t end;
    signals_of_end(&end);
    pthread_sigmask(SIG_BLOCK, &end, NULL);
    signal(SIGPIPE, SIG_IGN); /* a client that went away ends its request, not the server */
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of those who write to it */
}

void serve_wait(void)
{
    sigset_t end;
    int got = 0;
    signals_of_end(&end);
    while (sigwait(&end, &got) != 0)
        continue;
}

/* What is made up and what is real are never in one server. */
static bool mode_check(const serve *s, const serve_config *c, err *e)
{
    char memory[4096];
    arena a = {memory, memory + sizeof memory, NULL};
    bool marked = false;
    if (!sandbox_is_marked(&marked, s->store, &a, e))
        return false;
    if (marked && !c->sandbox)
        return FAIL(e, ERR_WRONG_MODE, "this database is a sandbox: use gongji sandbox");
    return marked == c->sandbox ||
           FAIL(e, ERR_WRONG_MODE, "this database is no sandbox, and never becomes one");
}

static bool database_open(serve *s, const serve_config *c, err *e)
{
    store_config config = store_config_default;
    int version = 0;
    config.uri = str_of(c->database);
    config.node = c->node;
    if (!store_open(&s->store, &config, e) || !store_version(s->store, &version, e))
        return false;
    if (version != store_version_needed())
        return FAIL(e, ERR_STORE_VERSION,
                    "the database has version %d, this program needs %d: run gongji init", version,
                    store_version_needed());
    return mode_check(s, c, e);
}

static void
answer(void *app, int route, const http_request *request, http_response *response, arena *a)
{
    const serve *s = app;
    if (s->sandbox && !sandbox_trusts(request, s->host, &response->error))
        http_answer_error(response, &response->error, S(""), request->trace_id, a);
    else if (route >= s->api_routes && s->sandbox)
        sandbox_gateway(s->sandbox, route - s->api_routes, request, response, a);
    else if (route >= s->api_routes)
        gateway_handle(s->gateway, route - s->api_routes, request, response, a);
    else
        api_handle(s->api, route, request, response, a);
}

/* Roles that nobody knows would be a second factor that nobody needs. */
static bool factor_roles_check(serve *s, const char *roles, err *e)
{
    static char memory[64 << 10];
    arena a = {memory, memory + sizeof memory, NULL};
    const access_role *known;
    int count;
    if (!roles || strcmp(roles, "all") == 0)
        return true;
    if (!access_roles(&known, &count, s->access, &a, e))
        return false;
    for (const char *p = roles; *p;) {
        size_t n = strcspn(p, ",");
        bool found = false;
        for (int i = 0; i < count; i++)
            found = found || str_eq(known[i].role, (str){p, (ptrdiff_t)n});
        if (!found)
            return FAIL(e, ERR_UNKNOWN_WORD, "--second-factor: there is no role %.*s", (int)n, p);
        p += n + (p[n] == ',');
    }
    return true;
}

/* The key file lies beside a database that is a file, unless it is named. */
static bool access_start(serve *s, const serve_config *c, err *e)
{
    static char beside[4096];
    access_config config = c->access ? *c->access : access_config_default;
    if (!config.key_file && !strstr(c->database, "://")) {
        snprintf(beside, sizeof beside, "%s.key", c->database);
        config.key_file = beside;
    }
    return access_open(&s->access, s->store, &config, e) &&
           factor_roles_check(s, config.factor_roles, e) &&
           (!config.factor_roles || config.key_file ||
            FAIL(e, ERR_USAGE, "--second-factor needs --key-file: nobody could set one up"));
}

static bool file_take(char **out, const char *name, err *e)
{
    FILE *f = fopen(name, "rb");
    *out = calloc(1, TLS_BYTES_MAX + 1);
    size_t n = f && *out ? fread(*out, 1, TLS_BYTES_MAX + 1, f) : 0;
    if (f)
        fclose(f);
    return (n > 0 && n <= TLS_BYTES_MAX) || FAIL(e, ERR_IO, "%s cannot be read", name);
}

/* What people type crosses no network in the clear. */
static bool tls_open(serve *s, const serve_config *c, err *e)
{
    bool inside = strncmp(c->address, "127.", 4) == 0 || strcmp(c->address, "::1") == 0;
    if (!c->tls_certificate != !c->tls_key)
        return FAIL(e, ERR_USAGE, "--tls-cert and --tls-key go together");
    if (c->tls_certificate)
        return file_take(&s->tls_certificate, c->tls_certificate, e) &&
               file_take(&s->tls_key, c->tls_key, e);
    return inside || c->behind_proxy || c->sandbox ||
           FAIL(e, ERR_USAGE,
                "%s is reached from outside: --tls-cert and --tls-key, or --behind-proxy",
                c->address);
}

static bool http_open(serve *s, const serve_config *c, err *e)
{
    http_config config = http_config_default;
    int more;
    const http_route *own = api_routes(s->api, &s->api_routes);
    const http_route *systems = gateway_routes(s->gateway, &more);
    s->route = calloc((size_t)s->api_routes + (size_t)more, sizeof *s->route);
    if (!s->route)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the routes");
    memcpy(s->route, own, (size_t)s->api_routes * sizeof *own);
    memcpy(s->route + s->api_routes, systems, (size_t)more * sizeof *systems);
    config.address = c->address;
    config.port = c->port;
    config.log_level = c->log_level;
    config.behind_proxy = c->behind_proxy;
    config.tls_certificate = s->tls_certificate;
    config.tls_key = s->tls_key;
    config.arena_bytes = REQUEST_ARENA_BYTES;
    return http_start(&s->http, &config, s->route, s->api_routes + more, answer, s, e);
}

static bool grouping_start(serve *s, const serve_config *c, err *e)
{
    char schemes[1000], catalogues[1000];
    snprintf(schemes, sizeof schemes, "%s/schemes", c->packs_dir);
    snprintf(catalogues, sizeof catalogues, "%s/dip", c->packs_dir);
    return grouping_open(&s->grouping, str_of(c->schemes_dir ? c->schemes_dir : schemes),
                         str_of(c->catalogues_dir ? c->catalogues_dir : catalogues), e);
}

static bool reviews_start(serve *s, const serve_config *c, err *e)
{
    char dir[1000];
    snprintf(dir, sizeof dir, "%s/review", c->packs_dir);
    return reviews_open(&s->reviews, str_of(dir), e);
}

static bool lists_grouped(serve *s, const serve_config *c, err *e)
{
    str drg, dip_name, by_drg = c->list_scheme ? str_of(c->list_scheme) : S("");
    str by_dip = c->list_catalogue ? str_of(c->list_catalogue) : S("");
    if (!grouping_choose(&drg, s->grouping, GROUPING_DRG, by_drg, e) ||
        !grouping_choose(&dip_name, s->grouping, GROUPING_DIP, by_dip, e))
        return false;
    gateway_group_lists(s->gateway, s->grouping, drg, dip_name);
    return true;
}

bool serve_start(serve **out, const serve_config *c, err *e)
{
    *out = NULL;
    serve *s = calloc(1, sizeof *s);
    if (!s)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the server");
    s->host = str_of(c->host);
    bool ok = tls_open(s, c, e) && database_open(s, c, e) &&
              office_open(&s->office, s->store, str_of(c->packs_dir), e) && access_start(s, c, e);
    ok = ok && desk_open(&s->desk, s->office, e);
    messages_config counting = messages_config_default;
    counting.body_days = c->message_days;
    ok = ok && grouping_start(s, c, e) && messages_open(&s->messages, s->store, &counting, e) &&
         gateway_open(&s->gateway, s->office, s->desk, s->messages, e) && lists_grouped(s, c, e) &&
         reviews_start(s, c, e);
    if (ok)
        gateway_review_by(s->gateway, s->reviews);
    if (c->sandbox)
        ok = ok && sandbox_open(&s->sandbox, s->office, s->desk, s->gateway, e);
    api_services with = {.office = s->office,
                         .access = s->access,
                         .desk = s->desk,
                         .grouping = s->grouping,
                         .reviews = s->reviews,
                         .messages = s->messages,
                         .gateway = s->gateway,
                         .sandbox = s->sandbox};
    ok = ok && api_open(&s->api, &with, e) &&
         guard_start(&s->guard, s->store, s->access, c->audit_copy, e) && http_open(s, c, e);
    if (!ok) {
        serve_stop(s);
        return false;
    }
    *out = s;
    return true;
}

int serve_port(const serve *s)
{
    return http_port(s->http);
}

void serve_stop(serve *s)
{
    if (!s)
        return;
    sandbox_end(s->sandbox);
    http_stop(s->http);   /* first: nobody asks any more */
    guard_stop(s->guard); /* with what was written until now */
    free(s->route);
    api_close(s->api);
    sandbox_close(s->sandbox);
    gateway_close(s->gateway);
    messages_close(s->messages); /* its counts are written */
    grouping_close(s->grouping);
    reviews_close(s->reviews);
    desk_close(s->desk);
    access_close(s->access);
    if (s->office)
        office_close(s->office);
    store_close(s->store); /* last: its jobs end */
    free(s->tls_certificate);
    free(s->tls_key);
    free(s);
}
