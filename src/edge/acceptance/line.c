/* HTTP/1.1, one connection for each message, with the three header signatures. */
#include "edge/acceptance/acceptance_internal.h"

#include "base/day.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define CHINA_OFFSET_MS (INT64_C(8) * 3600 * 1000)

int64_t line_now_ms(const line *l)
{
    struct timespec t;
    if (l->c->now_ms)
        return l->c->now_ms;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

str line_moment(int64_t ms, arena *a)
{
    int64_t local = ms + CHINA_OFFSET_MS;
    civil d = day_civil((day){(int32_t)(local / 86400000)});
    int64_t left = local % 86400000;
    return arena_printf(a, "%04d-%02d-%02d %02d:%02d:%02d", d.year, d.month, d.day,
                        (int)(left / 3600000), (int)(left / 60000 % 60), (int)(left / 1000 % 60));
}

/* ---- signatures ---- */

static str hex_of(const unsigned char *p, unsigned n, bool capital, arena *a)
{
    const char *digits = capital ? "0123456789ABCDEF" : "0123456789abcdef";
    char *out = arena_new(a, char, 2 * (ptrdiff_t)n + 1);
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    return (str){out, 2 * (ptrdiff_t)n};
}

static str x_tif(const line *l, arena *a)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    const acceptance_config *c = l->c;
    str at = arena_printf(a, "%" PRId64, line_now_ms(l) / 1000);
    str nonce = arena_printf(a, "%032d", l->serial);
    str all = arena_printf(a, "%.*s%.*s%.*s%.*s", STR_ARG(at), STR_ARG(c->secret), STR_ARG(nonce),
                           STR_ARG(at));
    if (EVP_Digest(all.p, (size_t)all.n, sum, &n, EVP_sha256(), NULL) != 1)
        return S("");
    return arena_printf(a,
                        "x-tif-paasid: %.*s\r\nx-tif-timestamp: %.*s\r\nx-tif-nonce: "
                        "%.*s\r\nx-tif-signature: %.*s\r\n",
                        STR_ARG(c->access_key), STR_ARG(at), STR_ARG(nonce),
                        STR_ARG(hex_of(sum, n, false, a)));
}

static str api_gateway(const line *l, arena *a)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    const acceptance_config *c = l->c;
    str at = arena_printf(a, "%" PRId64, line_now_ms(l));
    str all = arena_printf(a,
                           "_api_access_key=%.*s&_api_name=gongji&_api_timestamp=%.*s&_api_version="
                           "1.0.0",
                           STR_ARG(c->access_key), STR_ARG(at));
    if (!HMAC(EVP_sha1(), c->secret.p, (int)c->secret.n, (const unsigned char *)all.p,
              (size_t)all.n, sum, &n))
        return S("");
    char *text = arena_new(a, char, 64);
    str sign = {text, EVP_EncodeBlock((unsigned char *)text, sum, (int)n)};
    return arena_printf(a,
                        "_api_access_key: %.*s\r\n_api_name: gongji\r\n_api_timestamp: "
                        "%.*s\r\n_api_version: 1.0.0\r\n_api_signature: %.*s\r\n",
                        STR_ARG(c->access_key), STR_ARG(at), STR_ARG(sign));
}

static str x_ca(const line *l, str body, arena *a)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    const acceptance_config *c = l->c;
    str at = arena_printf(a, "%" PRId64, line_now_ms(l));
    str all = arena_printf(a, "%.*s\n%.*s", STR_ARG(at), STR_ARG(body));
    if (!HMAC(EVP_sm3(), c->secret.p, (int)c->secret.n, (const unsigned char *)all.p, (size_t)all.n,
              sum, &n))
        return S("");
    return arena_printf(a, "x-ca-key: %.*s\r\nx-ca-signature: %.*s:%.*s\r\n",
                        STR_ARG(c->access_key), STR_ARG(at), STR_ARG(hex_of(sum, n, true, a)));
}

static str signature_of(const line *l, str body, arena *a)
{
    str kind = l->c->signature;
    return str_eq(kind, S("x-tif"))  ? x_tif(l, a)
           : str_eq(kind, S("api"))  ? api_gateway(l, a)
           : str_eq(kind, S("x-ca")) ? x_ca(l, body, a)
                                     : S("");
}

/* ---- the connection ---- */

static int connected(const line *l, arena *a, err *e)
{
    const struct addrinfo hint = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    const struct timeval patience = {.tv_sec = l->c->seconds};
    int fd = -1;
    const char *host = arena_str(a, l->c->host).p;
    if (getaddrinfo(host, arena_printf(a, "%d", l->c->port).p, &hint, &found) != 0) {
        FAIL(e, ERR_IO, "there is no host %s", host);
        return -1;
    }
    for (struct addrinfo *i = found; i && fd < 0; i = i->ai_next) {
        fd = socket(i->ai_family, i->ai_socktype, i->ai_protocol);
        if (fd >= 0 && connect(fd, i->ai_addr, i->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    if (fd < 0)
        FAIL(e, ERR_IO, "nobody answers at %s port %d", host, l->c->port);
    else
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

static bool all_sent(int fd, str bytes, err *e)
{
    while (bytes.n > 0) {
        ssize_t n = send(fd, bytes.p, (size_t)bytes.n, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return FAIL(e, ERR_IO, "the connection was cut while sending");
        bytes = (str){bytes.p + n, bytes.n - n};
    }
    return true;
}

/* Everything until the other side closes: it was asked to. */
static bool all_received(str *bytes, const line *l, int fd, err *e)
{
    ptrdiff_t have = 0;
    for (;;) {
        ptrdiff_t room = ANSWER_BYTES - JSON_PADDING_BYTES - have;
        ssize_t n = room > 0 ? recv(fd, l->answer + have, (size_t)room, 0) : -1;
        if (n < 0 && room > 0 && errno == EINTR)
            continue;
        if (n < 0)
            return FAIL(e, ERR_IO,
                        room > 0 ? "no answer within %d seconds, or the connection was cut"
                                 : "the answer has no end (%d seconds)",
                        l->c->seconds);
        if (n == 0)
            break;
        have += n;
    }
    *bytes = (str){l->answer, have};
    return have > 0 || FAIL(e, ERR_IO, "the connection was cut without an answer");
}

static str header_of(str head, const char *name)
{
    ptrdiff_t n = (ptrdiff_t)strlen(name);
    const char *end = head.p + head.n;
    for (const char *p = head.p; p < end;) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        stop = stop ? stop : end;
        if (stop - p > n && p[n] == ':' && strncasecmp(p, name, (size_t)n) == 0) {
            str v = {p + n + 1, stop - p - n - 1};
            while (v.n > 0 && v.p[0] == ' ')
                v = (str){v.p + 1, v.n - 1};
            while (v.n > 0 && (v.p[v.n - 1] == '\r' || v.p[v.n - 1] == ' '))
                v.n--;
            return v;
        }
        p = stop + 1;
    }
    return S("");
}

/* Chunks are joined where they lie. */
static bool chunks_join(str *body, char *p, ptrdiff_t n)
{
    char *to = p;
    ptrdiff_t at = 0, have = 0;
    for (;;) {
        char *end;
        long size = strtol(p + at, &end, 16);
        const char *stop = at < n ? memchr(p + at, '\n', (size_t)(n - at)) : NULL;
        if (!stop || end == p + at || size < 0 || size > n)
            return false;
        at = stop + 1 - p;
        if (size == 0)
            break;
        if (at + size > n)
            return false;
        memmove(to + have, p + at, (size_t)size);
        have += size;
        at += size + 2;
        if (at > n)
            return false;
    }
    *body = (str){to, have};
    return true;
}

static bool answer_read(str *body, line *l, str bytes, err *e)
{
    ptrdiff_t head = 0;
    int64_t length = -1;
    for (ptrdiff_t i = 0; i + 4 <= bytes.n && head == 0; i++)
        if (memcmp(bytes.p + i, "\r\n\r\n", 4) == 0)
            head = i + 4;
    if (head == 0 || bytes.n < 12 || memcmp(bytes.p, "HTTP/1.", 7) != 0)
        return FAIL(e, ERR_IO, "this is no answer of HTTP");
    str all = {bytes.p, head}, said = header_of(all, "Content-Length");
    *body = (str){bytes.p + head, bytes.n - head};
    if (memcmp(bytes.p + 9, "200", 3) != 0)
        return FAIL(e, ERR_IO, "HTTP status %.3s", bytes.p + 9);
    if (str_eq(header_of(all, "Transfer-Encoding"), S("chunked")))
        return chunks_join(body, l->answer + head, bytes.n - head) ||
               FAIL(e, ERR_IO, "the answer broke off");
    if (said.n && (!id_parse(&length, said) || length > body->n))
        return FAIL(e, ERR_IO, "the answer broke off: %td of %.*s bytes", body->n, STR_ARG(said));
    if (header_of(all, "Content-Type").n == 0)
        return FAIL(e, ERR_IO, "the answer has no Content-Type");
    return true;
}

bool line_post(str *answer, line *l, str body, arena *a, err *e)
{
    const acceptance_config *c = l->c;
    str sign = signature_of(l, body, a), bytes = S("");
    str request =
        arena_printf(a,
                     "POST %.*s HTTP/1.1\r\nHost: %.*s\r\nContent-Type: "
                     "application/json;charset=UTF-8\r\nConnection: close\r\n%.*sContent-Length: "
                     "%td\r\n\r\n%.*s",
                     STR_ARG(c->path), STR_ARG(c->authority), STR_ARG(sign), body.n, STR_ARG(body));
    int fd = connected(l, a, e);
    if (fd < 0)
        return false;
    bool ok = all_sent(fd, request, e) && all_received(&bytes, l, fd, e);
    close(fd);
    return ok && answer_read(answer, l, bytes, e);
}
