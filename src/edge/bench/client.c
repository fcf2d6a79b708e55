/* HTTP/1.1 with answers of known length: all that our own server sends. */
#include "edge/bench/bench_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- answers ---- */

static ptrdiff_t number_at(const char *p, const char *end)
{
    ptrdiff_t n = 0;
    while (p < end && *p == ' ')
        p++;
    while (p < end && *p >= '0' && *p <= '9' && n < BENCH_ANSWER_BYTES)
        n = 10 * n + (*p++ - '0');
    return n;
}

ptrdiff_t http_answer_head(str bytes, int *status, ptrdiff_t *body_bytes)
{
    static const char name[] = "content-length:";
    const ptrdiff_t name_bytes = sizeof name - 1;
    const char *end = bytes.p + bytes.n, *line = bytes.p;
    *body_bytes = 0;
    *status = 0;
    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop)
            return 0;
        if (line == bytes.p) {
            if (stop - line < 12 || memcmp(line, "HTTP/1.1 ", 9) != 0)
                return -1;
            *status = (int)number_at(line + 9, stop);
        } else if (stop - line <= 1) {
            return stop + 1 - bytes.p;
        } else if (stop - line > name_bytes && strncasecmp(line, name, (size_t)name_bytes) == 0) {
            *body_bytes = number_at(line + name_bytes, stop);
        }
        line = stop + 1;
    }
    return 0;
}

void error_code_of(char out[40], str body)
{
    static const char key[] = "\"code\":\"";
    int n = 0;
    for (ptrdiff_t i = 0; i + (ptrdiff_t)sizeof key <= body.n && n == 0; i++) {
        if (memcmp(body.p + i, key, sizeof key - 1) != 0)
            continue;
        for (const char *p = body.p + i + sizeof key - 1; p < body.p + body.n && *p != '"'; p++)
            if (n < 39)
                out[n++] = *p;
    }
    out[n] = 0;
}

const json_node *json_get(const json_node *first, const json_node *object, const char *name)
{
    if (!object || object->kind != JSON_OBJECT)
        return NULL;
    for (ptrdiff_t i = object - first + 1; i < object->next; i = first[i].next)
        if (str_eq(first[i].key, str_of(name)))
            return &first[i];
    return NULL;
}

/* ---- one request after the other ---- */

int http_connect(const char *host, int port, err *e)
{
    const struct addrinfo hint = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char service[12];
    int fd = -1, yes = 1;
    snprintf(service, sizeof service, "%d", port);
    if (getaddrinfo(host, service, &hint, &found) != 0) {
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
        FAIL(e, ERR_IO, "nobody answers at %s port %d", host, port);
    else
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return fd;
}

void client_close(http_client *c)
{
    if (c->fd >= 0)
        close(c->fd);
    json_reader_free(c->reader);
    free(c->answer);
}

static bool send_all(int fd, str bytes)
{
    while (bytes.n > 0) {
        ssize_t n = send(fd, bytes.p, (size_t)bytes.n, MSG_NOSIGNAL);
        if (n <= 0 && errno != EINTR)
            return false;
        if (n > 0)
            bytes = (str){bytes.p + n, bytes.n - n};
    }
    return true;
}

/* The body of one answer, with padding behind it. */
static bool receive(str *body, http_client *c, int *status, err *e)
{
    ptrdiff_t have = 0, head = 0, bytes = 0;
    while (head == 0 || have < head + bytes) {
        ptrdiff_t room = BENCH_ANSWER_BYTES - JSON_PADDING_BYTES - have;
        ssize_t n = room > 0 ? recv(c->fd, c->answer + have, (size_t)room, 0) : 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return FAIL(e, ERR_IO, "the server ended the connection, or answers too much");
        have += n;
        if (head == 0)
            head = http_answer_head((str){c->answer, have}, status, &bytes);
        if (head < 0)
            return FAIL(e, ERR_IO, "this is no answer of HTTP/1.1");
    }
    *body = (str){c->answer + head, bytes};
    return true;
}

bool client_ask(const json_node **doc,
                http_client *c,
                const char *method,
                const char *path,
                str body,
                arena *a,
                err *e)
{
    int status = 0;
    int32_t count;
    str answer = {0};
    str request = arena_printf(a,
                               "%s %s HTTP/1.1\r\nHost: %s\r\n%s%.*s%sContent-Type: "
                               "application/json\r\nContent-Length: %td\r\n\r\n%.*s",
                               method, path, c->host, c->token.n ? "Authorization: Bearer " : "",
                               STR_ARG(c->token), c->token.n ? "\r\n" : "", body.n, STR_ARG(body));
    if (!send_all(c->fd, request))
        return FAIL(e, ERR_IO, "the server ended the connection");
    if (!receive(&answer, c, &status, e))
        return false;
    if (status < 200 || status > 299) {
        char code[40];
        error_code_of(code, answer);
        return FAIL(e, ERR_IO, "%s %s: %d %s", method, path, status, code);
    }
    return json_parse(c->reader, answer, doc, &count, e);
}

bool client_open(http_client *c, const bench_load *load, arena *a, err *e)
{
    const json_node *doc = NULL;
    *c = (http_client){.host = load->host, .fd = http_connect(load->host, load->port, e)};
    c->reader = json_reader_new();
    c->answer = malloc((size_t)BENCH_ANSWER_BYTES);
    if (c->fd < 0)
        return false;
    if (!c->reader || !c->answer)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for answers");
    str body = arena_printf(a, "{\"login\":\"%s\",\"password\":\"%.*s\"}", load->login,
                            STR_ARG(load->password));
    if (!client_ask(&doc, c, "POST", "/api/v1/session", body, a, e))
        return false;
    const json_node *token = json_get(doc, doc, "token");
    if (!token) {
        FAIL(e, ERR_IO, "no token came");
        return false;
    }
    c->token = arena_str(a, token->text);
    return true;
}
