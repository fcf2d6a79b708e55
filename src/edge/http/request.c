/* What the request line says: path, query, route. */
#include "edge/http/http_internal.h"

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Percent-decoding; the result is UTF-8 without NUL. */
static bool text_decode(str *out, str raw, bool plus_is_space, arena *a, err *e)
{
    char *p = arena_new(a, char, raw.n + 1);
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];
        if (c == '%') {
            int high = i + 2 < raw.n ? hex_value(raw.p[i + 1]) : -1;
            int low = i + 2 < raw.n ? hex_value(raw.p[i + 2]) : -1;
            if (high < 0 || low < 0)
                return FAIL(e, ERR_BAD_UTF8, "%% is not followed by two hex digits");
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (c == 0)
            return FAIL(e, ERR_BAD_UTF8, "a NUL character");
        p[n++] = c;
    }
    *out = (str){p, n};
    return str_is_utf8(*out) || FAIL(e, ERR_BAD_UTF8, "path or query is not UTF-8");
}

/* Up to the first `end`, which is taken away too. */
static str cut(str *left, char end)
{
    const char *p = left->n ? memchr(left->p, end, (size_t)left->n) : NULL;
    str piece = {left->p, p ? p - left->p : left->n};
    ptrdiff_t taken = piece.n + (p != NULL);
    *left = (str){left->p + taken, left->n - taken};
    return piece;
}

static bool query_read(http_request *r, str raw, arena *a, err *e)
{
    http_pair *pair = arena_new(a, http_pair, HTTP_QUERY_MAX);
    r->query = pair; /* what came before a fault can be asked for: the language of the answer */
    while (raw.n > 0) {
        str value = cut(&raw, '&');
        if (value.n == 0)
            continue;
        str name = cut(&value, '=');
        if (r->query_count == HTTP_QUERY_MAX)
            return FAIL(e, ERR_TOO_LARGE, "more than %d query parameters", HTTP_QUERY_MAX);
        if (name.n > HTTP_QUERY_BYTES_MAX || value.n > HTTP_QUERY_BYTES_MAX)
            return FAIL(e, ERR_TOO_LARGE, "a query parameter of more than %d bytes",
                        HTTP_QUERY_BYTES_MAX);
        http_pair *p = &pair[r->query_count];
        if (!text_decode(&p->name, name, true, a, e) || !text_decode(&p->value, value, true, a, e))
            return false;
        r->query_count++;
    }
    return true;
}

/* A path in its pieces; they are decoded after the cut, so %2F stays inside a piece. */
typedef struct {
    str piece[HTTP_SEGMENTS_MAX];
    int count; /* -1 = more pieces than any route has */
} path_pieces;

static bool path_read(path_pieces *out, str raw, arena *a, err *e)
{
    if (raw.n == 0 || raw.p[0] != '/')
        return FAIL(e, ERR_USAGE, "the path does not begin with /");
    str left = {raw.p + 1, raw.n - 1};
    bool more = true;
    while (more) {
        const char *before = left.p;
        str piece = cut(&left, '/');
        more = left.p > before + piece.n;
        if (out->count == HTTP_SEGMENTS_MAX) {
            out->count = -1;
            return true;
        }
        if (!text_decode(&out->piece[out->count++], piece, false, a, e))
            return false;
    }
    return true;
}

static bool route_fits(const char *pattern, const path_pieces *path, http_request *r)
{
    str left = str_of(pattern + 1);
    r->param_count = 0;
    for (int i = 0; i < path->count; i++) {
        const char *before = left.p;
        str want = cut(&left, '/');
        bool last = left.p == before + want.n;
        bool is_param = want.n > 2 && want.p[0] == '{';
        if (last != (i == path->count - 1))
            return false;
        if (!is_param && !str_eq(want, path->piece[i]))
            return false;
        if (is_param) {
            if (path->piece[i].n == 0)
                return false;
            assert(r->param_count < HTTP_PARAMS_MAX);
            r->param[r->param_count++] = (http_pair){{want.p + 1, want.n - 2}, path->piece[i]};
        }
    }
    return path->count > 0;
}

/* A path without {…} goes before one with. */
static int route_find(http_request *r, const path_pieces *path, const http_route *route, int count)
{
    str method = str_eq(r->method, S("HEAD")) ? S("GET") : r->method;
    int found = HTTP_NO_ROUTE;
    http_request best = *r;
    for (int i = 0; i < count; i++) {
        if (!route_fits(route[i].path, path, r))
            continue;
        bool same_method = str_eq(method, str_of(route[i].method));
        if (same_method && (found < 0 || r->param_count < best.param_count)) {
            found = i;
            best = *r;
        } else if (!same_method && found == HTTP_NO_ROUTE) {
            found = HTTP_NO_METHOD;
        }
    }
    r->param_count = found >= 0 ? best.param_count : 0;
    memcpy(r->param, best.param, sizeof r->param);
    return found;
}

int http_request_read(http_request *r, str uri, const http_route *route, int count, arena *a)
{
    if (uri.n > HTTP_URI_BYTES_MAX) {
        FAIL(&r->trouble, ERR_TOO_LARGE, "path and query have %td bytes", uri.n);
        return HTTP_REFUSED;
    }
    path_pieces path = {.count = 0};
    str query = uri;
    str raw = cut(&query, '?');
    if (!text_decode(&r->path, raw, false, a, &r->trouble) ||
        !path_read(&path, raw, a, &r->trouble) || !query_read(r, query, a, &r->trouble))
        return HTTP_REFUSED;
    return path.count < 0 ? HTTP_NO_ROUTE : route_find(r, &path, route, count);
}

str http_methods_of(str uri, const http_route *route, int count, arena *a)
{
    http_request r = {.method = S("")};
    path_pieces path = {.count = 0};
    err e = {0};
    str all = S("");
    if (!path_read(&path, cut(&uri, '?'), a, &e) || path.count < 0)
        return all;
    for (int i = 0; i < count; i++)
        if (route_fits(route[i].path, &path, &r))
            all = arena_printf(a, "%.*s%s%s", STR_ARG(all), all.n ? ", " : "", route[i].method);
    return all;
}

static str pair_find(const http_pair *pair, int count, str name)
{
    for (int i = 0; i < count; i++)
        if (str_eq(pair[i].name, name))
            return pair[i].value;
    return S("");
}

str http_param(const http_request *r, const char *name)
{
    return pair_find(r->param, r->param_count, str_of(name));
}

str http_query(const http_request *r, const char *name)
{
    return pair_find(r->query, r->query_count, str_of(name));
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool same_letters(str a, str b)
{
    if (a.n != b.n)
        return false;
    for (ptrdiff_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

str http_header(const http_request *r, const char *name)
{
    for (int i = 0; i < r->header_count; i++)
        if (same_letters(r->header[i].name, str_of(name)))
            return r->header[i].value;
    return S("");
}

str http_cookie(const http_request *r, const char *name)
{
    str left = http_header(r, "Cookie");
    while (left.n > 0) {
        str value = cut(&left, ';');
        while (value.n > 0 && value.p[0] == ' ')
            value = (str){value.p + 1, value.n - 1};
        if (str_eq(cut(&value, '='), str_of(name)))
            return value;
    }
    return S("");
}
