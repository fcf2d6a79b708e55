/* Who may ask: nobody signs in here, so a page of somebody else's must not reach it through the
 * browser of whoever runs it. */
#include "edge/sandbox/sandbox.h"

#include <strings.h>

static bool same(str a, str b)
{
    return a.n == b.n && (a.n == 0 || strncasecmp(a.p, b.p, (size_t)a.n) == 0);
}

/* A name that somebody else's name server answers for can be made to mean this machine; a number
 * cannot. */
static bool is_number(str host)
{
    bool bracketed = host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
    for (ptrdiff_t i = 0; i < host.n && !bracketed; i++)
        if (host.p[i] != '.' && (host.p[i] < '0' || host.p[i] > '9'))
            return false;
    return host.n > 0;
}

static str without_port(str host)
{
    ptrdiff_t n = host.n;
    while (n > 0 && host.p[n - 1] >= '0' && host.p[n - 1] <= '9')
        n--;
    return n > 1 && host.p[n - 1] == ':' ? (str){host.p, n - 1} : host;
}

static bool is_own(str origin, str host)
{
    static const str schemes[] = {{"http://", 7}, {"https://", 8}};
    for (ptrdiff_t i = 0; i < COUNTOF(schemes); i++)
        if (origin.n > schemes[i].n && same((str){origin.p, schemes[i].n}, schemes[i]))
            return same((str){origin.p + schemes[i].n, origin.n - schemes[i].n}, host);
    return false;
}

bool sandbox_trusts(const http_request *r, str name, err *e)
{
    str host = http_header(r, "Host"), origin = http_header(r, "Origin"), at = without_port(host);
    if (host.n && !is_number(at) && !same(at, S("localhost")) && (!name.n || !same(at, name))) {
        err_field(e, S("Host"));
        err_expected(e, "localhost, an address in numbers, or the name of --host");
        FAIL(e, ERR_CSRF, "%.*s", STR_ARG(host));
        return false;
    }
    if (origin.n && !is_own(origin, host)) {
        err_field(e, S("Origin"));
        err_expected(e, "none, or the sandbox itself");
        FAIL(e, ERR_CSRF, "%.*s", STR_ARG(origin));
        return false;
    }
    return true;
}
