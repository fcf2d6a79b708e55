/* A method and a request line's path and query: decoded, cut and matched with routes. */
#include "edge/http/http_internal.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_BYTES ((ptrdiff_t)1 << 20)
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static const http_route routes[] = {
    {.method = "GET", .path = "/api/v1/persons"},
    {.method = "POST", .path = "/api/v1/persons"},
    {.method = "GET", .path = "/api/v1/persons/{person_id}"},
    {.method = "PATCH", .path = "/api/v1/persons/{person_id}"},
    {.method = "GET", .path = "/api/v1/policies/compare"},
    {.method = "GET", .path = "/api/v1/policies/{pack_id}/{policy_id}/{from_on}"},
    {.method = "GET", .path = "/{a}/{b}/{c}/{d}/{e}/{f}"},
    {.method = "GET", .path = "/"},
};

static void texts_check(const http_pair *pair, int count)
{
    for (int i = 0; i < count; i++) {
        MUST(str_is_utf8(pair[i].name) && str_is_utf8(pair[i].value));
        MUST(pair[i].value.n == 0 || !memchr(pair[i].value.p, 0, (size_t)pair[i].value.n));
    }
}

static void request_check(const http_request *r, int route)
{
    MUST(route >= HTTP_REFUSED && route < COUNTOF(routes));
    MUST((route == HTTP_REFUSED) == (r->trouble.code != ERR_OK));
    MUST(r->query_count >= 0 && r->query_count <= HTTP_QUERY_MAX);
    texts_check(r->query, r->query_count); /* of a refused request too */
    if (route == HTTP_REFUSED)
        return;
    MUST(str_is_utf8(r->path));
    texts_check(r->param, r->param_count);
    int braces = 0;
    for (const char *p = route >= 0 ? routes[route].path : ""; *p; p++)
        braces += *p == '{';
    MUST(r->param_count == braces);
    for (int i = 0; i < r->param_count; i++)
        MUST(r->param[i].value.n > 0);
}

/* First line: the method; second: headers, as one Cookie; the rest: path and query. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *memory = malloc((size_t)ARENA_BYTES);
    jmp_buf oom;
    MUST(memory);
    arena a = {memory, memory + ARENA_BYTES, &oom};
    MUST(setjmp(oom) == 0); /* no request line needs so much */
    str all = {(const char *)data, (ptrdiff_t)size}, line[2] = {{0}};
    for (int i = 0; i < 2; i++) {
        const char *end = all.n ? memchr(all.p, '\n', (size_t)all.n) : NULL;
        ptrdiff_t n = end ? end - all.p : 0;
        line[i] = end ? (str){all.p, n} : S("");
        if (end)
            all = (str){end + 1, all.n - n - 1};
    }
    http_pair header[] = {{S("Cookie"), line[1]}};
    http_request r = {.method = line[0], .header = header, .header_count = 1};
    str uri = all.n ? all : S("/");
    int route = http_request_read(&r, uri, routes, COUNTOF(routes), &a);
    request_check(&r, route);
    str cookie = http_cookie(&r, "gongji_session");
    MUST(cookie.n == 0 || !memchr(cookie.p, ';', (size_t)cookie.n));
    if (route == HTTP_NO_METHOD)
        MUST(http_methods_of(uri, routes, COUNTOF(routes), &a).n > 0);
    free(memory);
    return 0;
}
