/* gongji bench: load for a running server, or a database to aim it at. */
#include "edge/bench/bench.h"

#include "base/day.h"
#include "edge/cli/server_cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BENCH_ARENA_BYTES ((ptrdiff_t)1 << 30) /* as far as it is touched */

typedef struct {
    const char *url, *password_path, *db;
    cli_words get;
    bool prepare;
    int seed;
    bench_load load;
    bench_fill fill;
} bench_call;

static void progress(const char *what, int done, int of)
{
    if (cli_on_terminal())
        fprintf(stderr, "\r%s %d/%d%s", what, done, of, done == of ? "\n" : "");
}

static bool prepare(bench_call *b, arena *a, err *e)
{
    cli_database d = {0};
    b->fill.progress = progress;
    bool ok = cli_database_open(&d, b->db, true, e) && bench_prepare(d.store, &b->fill, a, e);
    cli_database_close(&d);
    return ok;
}

/* http://host:port, and nothing behind it. */
static bool url_read(bench_load *out, const char *url, arena *a, err *e)
{
    static const char prefix[] = "http://";
    const char *host = url + sizeof prefix - 1;
    const char *colon = strncmp(url, prefix, sizeof prefix - 1) == 0 ? strrchr(host, ':') : NULL;
    if (!colon || !cli_number(colon + 1, 65535, &out->port))
        return FAIL(e, ERR_USAGE, "--url takes http://HOST:PORT");
    bool v6 = *host == '[' && colon[-1] == ']';
    out->host = arena_str(a, (str){host + v6, colon - host - (v6 ? 2 : 0)}).p;
    return true;
}

static bool password_read(bench_load *out, const char *path, arena *a, err *e)
{
    char text[256] = "";
    FILE *f = path ? fopen(path, "r") : NULL;
    bool ok = f && fgets(text, sizeof text, f);
    if (f)
        fclose(f);
    text[strcspn(text, "\r\n")] = 0;
    out->password = arena_str(a, str_of(text));
    return ok || FAIL(e, ERR_IO, "--password-file: cannot read %s", path ? path : "(none)");
}

static const char *today(arena *a)
{
    char on[DAY_TEXT_SIZE];
    day_print(on, (day){(int32_t)((time(NULL) + 28800) / 86400)});
    return arena_str(a, str_of(on)).p;
}

static void result_print(const cli_call *call, const bench_call *b, const bench_result *r)
{
    printf(
        cli_say(call, "%s %.0f 次/秒，%d 个连接，%.1f 秒\n", "%s %.0f/s, %d connections, %.1f s\n"),
        b->load.path_count ? "pages" : "settlements", (double)r->good / r->seconds,
        b->load.connections, r->seconds);
    printf("p50 %.2f ms, p95 %.2f ms, p99 %.2f ms, max %.2f ms, mean %.2f ms\n", r->p50_ms,
           r->p95_ms, r->p99_ms, r->max_ms, r->mean_ms);
    printf("good %" PRId64 ", errors %" PRId64 "\n", r->good, r->bad);
    for (int i = 0; i < r->error_count; i++)
        printf("  %s %" PRId64 "\n", r->error[i].code, r->error[i].count);
}

static int load(const cli_call *call, bench_call *b, arena *a, err *e)
{
    bench_result *r = arena_new(a, bench_result, 1);
    day on;
    b->load.seed = (uint64_t)b->seed;
    for (int i = 0; i < b->get.count; i++)
        b->load.path[b->load.path_count++] = b->get.word[i];
    if (!b->load.on)
        b->load.on = today(a);
    if (!day_parse(&on, str_of(b->load.on))) {
        FAIL(e, ERR_BAD_DATE, "--on %s", b->load.on);
        return EXIT_USAGE;
    }
    if (!url_read(&b->load, b->url, a, e) || !password_read(&b->load, b->password_path, a, e))
        return EXIT_USAGE;
    if (!bench_run(r, &b->load, a, e))
        return EXIT_TROUBLE;
    result_print(call, b, r);
    return r->bad ? EXIT_PARTLY : EXIT_OK;
}

static bool options_take(const cli_call *call, bench_call *b)
{
    bench_load *l = &b->load;
    const cli_option options[] = {
        {.name = "--prepare", .flag = &b->prepare},
        {.name = "--db", .text = &b->db},
        {.name = "--persons", .number = &b->fill.persons, .number_max = 100000000},
        {.name = "--providers", .number = &b->fill.providers, .number_max = 100000},
        {.name = "--items", .number = &b->fill.items, .number_max = 1000000},
        {.name = "--settlements", .number = &b->fill.settlements, .number_max = 100000000},
        {.name = "--url", .text = &b->url},
        {.name = "--login", .text = &l->login},
        {.name = "--password-file", .text = &b->password_path},
        {.name = "--persons-from", .text = &l->persons_path},
        {.name = "--connections", .number = &l->connections, .number_max = BENCH_CONNECTIONS_MAX},
        {.name = "--seconds", .number = &l->seconds, .number_max = 86400},
        {.name = "--warm", .number = &l->warm_seconds, .number_max = 3600},
        {.name = "--requests", .number = &l->requests, .number_max = 1000000000},
        {.name = "--lines", .number = &l->lines, .number_max = 100},
        {.name = "--on", .text = &l->on},
        {.name = "--seed", .number = &b->seed, .number_max = INT32_MAX},
        {.name = "--get", .words = &b->get},
    };
    return cli_options_read(call, options, COUNTOF(options), NULL);
}

int cli_bench(const cli_call *call)
{
    bench_call b = {.url = "http://127.0.0.1:8080",
                    .db = cli_database_default(),
                    .seed = 1,
                    .load = {.connections = 64, .seconds = 20, .warm_seconds = 2, .lines = 8},
                    .fill = {.persons = 100000, .providers = 200, .items = 2000}};
    err e = {0};
    if (!options_take(call, &b))
        return EXIT_USAGE;
    if (!b.prepare && !b.load.login)
        return cli_usage(call, "%s", cli_say(call, "缺少 --login", "--login is missing"));
    if (b.load.connections == 0 || b.load.seconds == 0 || b.load.lines == 0 ||
        b.fill.persons == 0 || b.fill.providers == 0)
        return cli_usage(call, "%s", cli_say(call, "数目不能为 0", "0 is no number here"));
    b.load.persons_max = b.fill.persons;
    char *memory = malloc((size_t)BENCH_ARENA_BYTES);
    jmp_buf oom;
    arena a = {memory, memory ? memory + BENCH_ARENA_BYTES : NULL, &oom};
    int status = EXIT_TROUBLE;
    if (!memory || setjmp(oom))
        FAIL(&e, ERR_OUT_OF_MEMORY, "the run needs more than %td bytes", BENCH_ARENA_BYTES);
    else if (b.prepare)
        status = prepare(&b, &a, &e) ? EXIT_OK : EXIT_TROUBLE;
    else
        status = load(call, &b, &a, &e);
    if (e.code != ERR_OK)
        cli_print_err(call, &e);
    free(memory);
    return e.code != ERR_OK && status == EXIT_OK ? EXIT_TROUBLE : status;
}
