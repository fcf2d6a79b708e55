/* gongji demo: an invented area in a database of its own, loaded and settled as everything is. */
#include "edge/demo/demo.h"

#include "base/json/json.h"
#include "edge/cli/server_cmd.h"
#include "service/desk/desk.h"
#include "service/import/import.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define WORKERS     8 /* so that one flush of the disk serves several bills */
#define ARENA_BYTES ((ptrdiff_t)32 << 20)

typedef struct {
    const char *db, *packs, *month;
    int seed, persons, bills;
    bool quiet;
} demo_options;

typedef struct {
    str text; /* certificate number or code */
    int64_t id;
} known;

typedef struct {
    const cli_call *call;
    const demo_options *o;
    demo_world *world;
    cli_database db;
    office *office;
    desk *desk;
    known *person, *provider;
    ptrdiff_t person_count, provider_count;
    char *memory; /* of the texts of known */
    day first;    /* of the month */
    _Atomic int done, refused;
    _Atomic bool stop;
    pthread_mutex_t lock; /* over the first error */
    err first_error;
} demo_run;

/* ---- loading ---- */

static bool load(demo_run *r, master_id id, err *e)
{
    const master_kind *k = master_kind_of(id);
    import_request q = {.kind = k, .who = &cli_actor, .area_code = S(DEMO_AREA)};
    import_result result = {0};
    ptrdiff_t bytes;
    char *text = demo_csv(r->world, id, &bytes);
    if (!text)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the files");
    bool ok = import_run(&result, r->office, &q, (str){text, bytes}, e);
    if (ok && result.wrong) {
        const import_fault *f = &result.fault[0];
        ok = FAIL(e, f->code, "%s line %" PRId64 " %s: %" PRId64 " rows are wrong", k->name,
                  f->line, f->column, result.wrong);
    }
    if (ok && !r->o->quiet)
        printf("%-12s %8" PRId64 "\n", cli_say(r->call, k->zh, k->en), result.rows);
    fflush(stdout);
    import_result_free(&result);
    free(text);
    return ok;
}

/* ---- ids the database gave ---- */

static int by_text(const void *a, const void *b)
{
    return str_cmp(((const known *)a)->text, ((const known *)b)->text);
}

static bool ids_work(store_job *job, void *arg, arena *a, err *e)
{
    demo_run *r = arg;
    store_rows rows[2];
    const store_value city = STORE_T(((str){DEMO_AREA, 4}));
    const store_ask ask[] = {{SQL_DEMO_PERSONS, &city, 1, &rows[0]},
                             {SQL_DEMO_PROVIDERS, &city, 1, &rows[1]}};
    if (!store_query_all(job, ask, COUNTOF(ask), a, e))
        return false;
    known **const to[] = {&r->person, &r->provider};
    ptrdiff_t *const count[] = {&r->person_count, &r->provider_count};
    for (int k = 0; k < 2; k++) {
        *count[k] = rows[k].row_count;
        *to[k] = arena_new(a, known, rows[k].row_count);
        for (ptrdiff_t i = 0; i < rows[k].row_count; i++)
            (*to[k])[i] = (known){store_text(&rows[k], i, 0), store_number(&rows[k], i, 1)};
        qsort(*to[k], (size_t)*count[k], sizeof(known), by_text);
    }
    return true;
}

static int64_t find(const known *list, ptrdiff_t count, str text)
{
    const known key = {text, 0};
    const known *k = count ? bsearch(&key, list, (size_t)count, sizeof key, by_text) : NULL;
    return k ? k->id : 0;
}

static int64_t person_id(void *arg, str id_no)
{
    const demo_run *r = arg;
    return find(r->person, r->person_count, id_no);
}

static int64_t provider_id(void *arg, str code)
{
    const demo_run *r = arg;
    return find(r->provider, r->provider_count, code);
}

static bool ids_load(demo_run *r, err *e)
{
    ptrdiff_t bytes = ((ptrdiff_t)8 << 20) + 400 * (ptrdiff_t)r->o->persons;
    r->memory = malloc((size_t)bytes);
    if (!r->memory)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the ids");
    arena a = {r->memory, r->memory + bytes, NULL};
    return store_read(r->db.store, ids_work, r, &a, e);
}

/* ---- settling ---- */

static bool settle_within(demo_run *r, json_reader *reader, int n, arena *a, err *e)
{
    const demo_ids ids = {person_id, provider_id, r};
    str body = demo_bill(r->world, n, r->o->bills, r->first, &ids, a);
    const json_node *nodes = json_parse_copy(reader, body, a, e);
    desk_bill bill;
    desk_settlement *settlement = arena_new(a, desk_settlement, 1);
    bool replayed;
    actor who = cli_actor;
    who.rights = UINT64_C(1) << RIGHT_SETTLEMENT_SETTLE;
    str key = arena_printf(a, "demo-%d-%d", r->o->seed, n);
    return nodes && desk_bill_read(&bill, nodes, e) &&
           desk_settle(settlement, &replayed, r->desk, &who, &bill, key, body, a, e);
}

static bool settle(demo_run *r, json_reader *reader, char *memory, int n, err *e)
{
    jmp_buf oom;
    arena a = {memory, memory + ARENA_BYTES, &oom};
    if (setjmp(oom))
        return FAIL(e, ERR_OUT_OF_MEMORY, "bill %d needs more than its arena", n);
    return settle_within(r, reader, n, &a, e);
}

typedef struct {
    demo_run *run;
    int number;
    pthread_t thread;
} worker;

/* A bill that the policy refuses is part of life; anything else ends the run. */
static void settled(demo_run *r, int n, const err *e)
{
    if (e->code == ERR_OK) {
        r->done++;
        return;
    }
    r->refused++;
    pthread_mutex_lock(&r->lock);
    if (r->first_error.code == ERR_OK) {
        r->first_error = *e;
        r->first_error.input_line = n + 1;
    }
    pthread_mutex_unlock(&r->lock);
    if (err_http(e->code) >= 500)
        r->stop = true;
}

/* Bills of one person are one worker's, in their order. */
static void *work(void *arg)
{
    worker *w = arg;
    demo_run *r = w->run;
    json_reader *reader = json_reader_new();
    char *memory = malloc((size_t)ARENA_BYTES);
    err none = {0};
    if (!reader || !memory) {
        FAIL(&none, ERR_OUT_OF_MEMORY, "no memory for a worker");
        settled(r, 0, &none);
    }
    for (int n = 0; reader && memory && n < r->o->bills && !r->stop; n++) {
        if (demo_bill_person(r->world, n) % WORKERS != w->number)
            continue;
        err e = {0};
        (void)settle(r, reader, memory, n, &e);
        settled(r, n, &e);
    }
    json_reader_free(reader);
    free(memory);
    return NULL;
}

static void progress(const demo_run *r)
{
    const struct timespec pause = {.tv_nsec = 200000000};
    bool shown = !r->o->quiet && cli_on_terminal();
    while (r->done + r->refused < r->o->bills && !r->stop) {
        nanosleep(&pause, NULL);
        if (shown)
            fprintf(stderr, cli_say(r->call, "\r已结算 %d / %d", "\rsettled %d of %d"),
                    r->done + r->refused, r->o->bills);
    }
    if (shown)
        fputs("\r\033[K", stderr);
}

static bool settle_all(demo_run *r, err *e)
{
    worker w[WORKERS];
    int started = 0;
    pthread_mutex_init(&r->lock, NULL);
    for (; started < WORKERS; started++) {
        w[started] = (worker){.run = r, .number = started};
        if (pthread_create(&w[started].thread, NULL, work, &w[started]) != 0)
            break;
    }
    r->stop = r->stop || started < WORKERS;
    progress(r);
    for (int i = 0; i < started; i++)
        pthread_join(w[i].thread, NULL);
    pthread_mutex_destroy(&r->lock);
    if (started < WORKERS)
        return FAIL(e, ERR_OUT_OF_MEMORY, "cannot start a thread");
    if (r->refused && !r->o->quiet)
        printf(cli_say(r->call, "首个未结算的账单 %d：%s %s %s\n",
                       "first bill that was not settled, %d: %s %s %s\n"),
               r->first_error.input_line, err_name(r->first_error.code), r->first_error.field,
               r->first_error.msg);
    if (r->stop)
        *e = r->first_error;
    return !r->stop;
}

/* ---- the whole ---- */

static bool run(demo_run *r, err *e)
{
    static const master_id order[] = {MASTER_AREAS,   MASTER_PROVIDERS, MASTER_AGREEMENTS,
                                      MASTER_ITEMS,   MASTER_TERMS,     MASTER_DISEASES,
                                      MASTER_PERSONS, MASTER_COVERS,    MASTER_FLAGS};
    r->world = demo_new((uint64_t)r->o->seed, r->o->persons);
    if (!r->world)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the people");
    if (!cli_database_open(&r->db, r->o->db, true, e) ||
        !office_open(&r->office, r->db.store, str_of(r->o->packs), e))
        return false;
    for (int i = 0; i < COUNTOF(order); i++)
        if (!load(r, order[i], e))
            return false;
    if (!ids_load(r, e) || !desk_open(&r->desk, r->office, e) || !settle_all(r, e))
        return false;
    printf(cli_say(r->call, "%-12s %8d，未结算 %d\n", "%-12s %8d, not settled %d\n"),
           cli_say(r->call, "账单", "bills"), r->done, r->refused);
    return true;
}

static bool month_read(day *first, const char *month)
{
    char text[DAY_TEXT_SIZE];
    if (strlen(month) != 7)
        return false;
    memcpy(text, month, 7);
    memcpy(text + 7, "-01", 4);
    return day_parse(first, str_of(text));
}

int cli_demo(const cli_call *call)
{
    demo_options o = {.db = cli_database_default(),
                      .packs = "packs",
                      .month = "2026-10",
                      .seed = 1,
                      .persons = 30000,
                      .bills = 20000};
    const cli_option options[] = {
        {.name = "--db", .text = &o.db},
        {.name = "--packs", .text = &o.packs},
        {.name = "--month", .text = &o.month},
        {.name = "--seed", .number = &o.seed, .number_max = 1000000},
        {.name = "--persons", .number = &o.persons, .number_max = 1000000},
        {.name = "--bills", .number = &o.bills, .number_max = 10000000},
        {.name = "--quiet", .flag = &o.quiet},
    };
    demo_run *r = calloc(1, sizeof *r);
    err e = {0};
    if (!r)
        return EXIT_TROUBLE;
    *r = (demo_run){.call = call, .o = &o};
    int status = EXIT_USAGE;
    if (!cli_options_read(call, options, COUNTOF(options), NULL)) {
        /* told */
    } else if (!month_read(&r->first, o.month) || o.persons < 100) {
        status = cli_usage(call, "%s",
                           cli_say(call, "--month 应如 2026-10；--persons 至少 100",
                                   "--month takes 2026-10 and --persons at least 100"));
    } else {
        bool ok = run(r, &e);
        if (!ok)
            cli_print_err(call, &e);
        status = !ok ? EXIT_TROUBLE : r->refused ? EXIT_PARTLY : EXIT_OK;
        desk_close(r->desk);
        office_close(r->office);
        cli_database_close(&r->db);
    }
    demo_free(r->world);
    free(r->memory);
    free(r);
    return status;
}
