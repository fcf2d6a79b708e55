/* bench -- a load generator, so that anyone can repeat our numbers; and a database to aim it at.
 *
 * In:      the address of a running server, a login; or a database to fill.
 * Out:     answers per second, waiting times, errors by their code.
 * May use: base, base/json, store, sockets.
 *
 * Each connection sends a request, waits for the whole answer, and sends the next.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H
#include "base/base.h"
#include "store/store.h"

#define BENCH_CODES_MAX       32
#define BENCH_PATHS_MAX       16
#define BENCH_CONNECTIONS_MAX 1024

typedef struct {
    const char *host;
    int port;
    const char *login;
    str password;
    const char *persons_path; /* a file of person ids, one a line; NULL = asked for */
    int persons_max;          /* to be asked for */
    const char *on;           /* bills are of this day and the 27 before it */
    int connections, lines, warm_seconds, seconds;
    int requests;                      /* 0 = as many as fit into the seconds */
    const char *path[BENCH_PATHS_MAX]; /* fetched in turn instead of settling */
    int path_count;
    uint64_t seed;
} bench_load;

typedef struct {
    double seconds;
    int64_t good, bad;
    double p50_ms, p95_ms, p99_ms, max_ms, mean_ms; /* of good answers */
    struct {
        char code[40];
        int64_t count;
    } error[BENCH_CODES_MAX];
    int error_count;
} bench_result;

bool bench_run(bench_result *out, const bench_load *load, arena *a, err *e) MUST_USE;

/* Fills the tables with made-up people, hospitals and a catalogue, the same every time; nothing
 * must be there yet.  Settlements are rows for lists to show: nobody settled them. */
typedef struct {
    int persons, providers, items, settlements;
    void (*progress)(const char *what, int done, int of);
} bench_fill;

bool bench_prepare(store *s, const bench_fill *fill, arena *a, err *e) MUST_USE;

#endif
