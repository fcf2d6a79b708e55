/* What the files of the load generator share. */
#ifndef BENCH_BENCH_INTERNAL_H
#define BENCH_BENCH_INTERNAL_H
#include "base/json/json.h"
#include "edge/bench/bench.h"

static inline uint64_t bench_random(uint64_t *state) /* splitmix64 */
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* ---- client.c: HTTP, as little of it as our own server needs ---- */

#define BENCH_ANSWER_BYTES ((ptrdiff_t)1 << 20)

/* The head of an answer; 0 = not all of it is there yet, -1 = it is none. */
ptrdiff_t http_answer_head(str bytes, int *status, ptrdiff_t *body_bytes);
int http_connect(const char *host, int port, err *e); /* a socket, or -1 */

/* One request after the other, waiting for each. */
typedef struct {
    int fd;
    const char *host;
    char *answer; /* of BENCH_ANSWER_BYTES */
    json_reader *reader;
    str token; /* "" = nobody */
} http_client;

bool client_open(http_client *c, const bench_load *load, arena *a, err *e);
void client_close(http_client *c);
/* The answer's document lives until the next call.  Whatever is not 2xx is an error. */
bool client_ask(const json_node **doc,
                http_client *c,
                const char *method,
                const char *path,
                str body,
                arena *a,
                err *e);
const json_node *json_get(const json_node *first, const json_node *object, const char *name);
/* The code of an error answer, "" = none. */
void error_code_of(char out[40], str body);

/* ---- bill.c: what is sent ---- */

typedef struct {
    int64_t *person, *provider;
    str *item;
    int person_count, provider_count, item_count;
} bench_stock;

bool stock_load(bench_stock *s, http_client *c, const bench_load *load, arena *a, err *e);
/* Body of a settlement; length without NUL. */
int bill_make(char *p, size_t room, const bench_stock *s, const bench_load *load, uint64_t *seed);

#endif
