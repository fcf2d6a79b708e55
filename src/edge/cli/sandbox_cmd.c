/* gongji sandbox: a platform to try a hospital's system on, made in a moment. */
#include "edge/sandbox/sandbox.h"

#include "base/json/json.h"
#include "edge/cli/server_cmd.h"
#include "edge/demo/demo.h"
#include "edge/serve/serve.h"
#include "service/desk/desk.h"
#include "service/import/import.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ARENA_BYTES ((ptrdiff_t)64 << 20)

typedef struct {
    const cli_call *call;
    serve_config config;
    bool fresh, small;
    cli_database db;
    office *office;
    desk *desk;
    arena a;
} sandbox_run;

/* ---- making it ---- */

static bool file_load(sandbox_run *r, master_id id, str text, err *e)
{
    const master_kind *k = master_kind_of(id);
    /* covers are looked for in all areas: a card is insured elsewhere */
    import_request q = {
        .kind = k, .who = &cli_actor, .area_code = id == MASTER_COVERS ? S("") : S(SANDBOX_AREA)};
    import_result result = {0};
    bool ok = import_run(&result, r->office, &q, text, e);
    if (ok && result.wrong) {
        const import_fault *f = &result.fault[0];
        ok =
            FAIL(e, f->code, "%s line %" PRId64 " %s %s", k->name, f->line, f->column, f->expected);
    }
    import_result_free(&result);
    return ok;
}

static bool files_load(sandbox_run *r, err *e)
{
    static const master_id order[] = {
        MASTER_AREAS, MASTER_PROVIDERS, MASTER_AGREEMENTS, MASTER_GATEWAYS, MASTER_ITEMS,
        MASTER_TERMS, MASTER_DISEASES,  MASTER_PERSONS,    MASTER_COVERS,   MASTER_FLAGS};
    for (int i = 0; i < COUNTOF(order); i++) {
        arena a = r->a;
        if (!file_load(r, order[i], sandbox_csv(order[i], &a), e))
            return false;
    }
    return true;
}

/* The catalogue of the demo area beside our own few items. */
static bool catalogue_load(sandbox_run *r, err *e)
{
    static const master_id order[] = {MASTER_ITEMS, MASTER_TERMS};
    demo_world *w = demo_new(1, 100);
    bool ok = w || FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the catalogue");
    for (int i = 0; i < COUNTOF(order) && ok; i++) {
        ptrdiff_t bytes;
        char *text = demo_csv(w, order[i], &bytes);
        ok = text ? file_load(r, order[i], (str){text, bytes}, e)
                  : FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the catalogue");
        free(text);
    }
    demo_free(w);
    return ok;
}

typedef struct {
    str id_no, code;
    int64_t person_id, provider_id;
} ids;

static bool ids_work(store_job *job, void *arg, arena *a, err *e)
{
    ids *q = arg;
    store_rows rows[2];
    const store_value city = STORE_T(((str){SANDBOX_AREA, 4}));
    const store_ask ask[] = {{SQL_DEMO_PERSONS, &city, 1, &rows[0]},
                             {SQL_DEMO_PROVIDERS, &city, 1, &rows[1]}};
    if (!store_query_all(job, ask, COUNTOF(ask), a, e))
        return false;
    for (int k = 0; k < 2; k++)
        for (ptrdiff_t i = 0; i < rows[k].row_count; i++)
            if (str_eq(store_text(&rows[k], i, 0), k ? q->code : q->id_no))
                *(k ? &q->provider_id : &q->person_id) = store_number(&rows[k], i, 1);
    return true;
}

static bool bill_settle(sandbox_run *r, json_reader *reader, int n, err *e)
{
    arena a = r->a;
    const day today = {(int32_t)((time(NULL) + 28800) / 86400)};
    const sandbox_bill b = sandbox_bill_at(n, today, &a);
    ids q = {.id_no = b.id_no, .code = b.provider_code};
    if (!store_read(r->db.store, ids_work, &q, &a, e))
        return false;
    str body = arena_printf(
        &a,
        "{\"person_id\":\"%" PRId64 "\",\"provider_id\":\"%" PRId64
        "\",\"channel\":\"hospital\",\"bill_no\":\"SBX%d\",\"visit\":%.*s,\"lines\":%.*s}",
        q.person_id, q.provider_id, n + 1, STR_ARG(b.visit), STR_ARG(b.lines));
    char *padded = arena_new(&a, char, body.n + JSON_PADDING_BYTES);
    memcpy(padded, body.p, (size_t)body.n);
    const json_node *nodes;
    int32_t count;
    desk_bill bill;
    desk_settlement *settled = arena_new(&a, desk_settlement, 1);
    bool replayed;
    actor who = cli_actor;
    who.rights = UINT64_C(1) << RIGHT_SETTLEMENT_SETTLE;
    return json_parse(reader, (str){padded, body.n}, &nodes, &count, e) &&
           desk_bill_read(&bill, nodes, e) &&
           desk_settle(settled, &replayed, r->desk, &who, &bill,
                       arena_printf(&a, "sandbox-%d", n + 1), body, &a, e);
}

static bool past_settle(sandbox_run *r, err *e)
{
    json_reader *reader = json_reader_new();
    bool ok = reader || FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a reader");
    for (int n = 0; n < sandbox_bill_count() && ok; n++)
        ok = bill_settle(r, reader, n, e);
    json_reader_free(reader);
    return ok;
}

/* The mark comes last: what broke off half-way is no sandbox, and is made anew with --fresh. */
static bool fill(sandbox_run *r, err *e)
{
    return office_open(&r->office, r->db.store, str_of(r->config.packs_dir), e) &&
           files_load(r, e) && (r->small || catalogue_load(r, e)) &&
           desk_open(&r->desk, r->office, e) && past_settle(r, e) &&
           sandbox_mark(r->db.store, &r->a, e);
}

/* ---- opening it ---- */

/* Only a sandbox is thrown away, never anything else that lies there. */
static bool throw_away(sandbox_run *r, err *e)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    const char *path = r->config.database;
    bool marked = false;
    if (strstr(path, "://"))
        return FAIL(e, ERR_USAGE, "--fresh is for files: drop and create the database yourself");
    if (access(path, F_OK) != 0)
        return true;
    cli_database d = {0};
    bool opened =
        cli_database_open(&d, path, false, e) && sandbox_is_marked(&marked, d.store, &d.a, e);
    cli_database_close(&d);
    if (!opened)
        return false;
    if (!marked)
        return FAIL(e, ERR_WRONG_MODE, "%s is no sandbox", path);
    for (int i = 0; i < COUNTOF(ends); i++)
        if (unlink(arena_printf(&r->a, "%s%s", path, ends[i]).p) != 0 && errno != ENOENT)
            return FAIL(e, ERR_IO, "cannot remove %s", path);
    return true;
}

static bool make_or_open(sandbox_run *r, err *e)
{
    bool marked = false;
    if (r->fresh && !throw_away(r, e))
        return false;
    if (!cli_database_open(&r->db, r->config.database, true, e) ||
        !sandbox_is_marked(&marked, r->db.store, &r->a, e))
        return false;
    if (!marked && r->db.version_before > 0)
        return FAIL(e, ERR_WRONG_MODE, "%s is no sandbox, and never becomes one",
                    cli_database_name(r->config.database));
    return marked || fill(r, e);
}

static void close_all(sandbox_run *r)
{
    desk_close(r->desk);
    office_close(r->office);
    cli_database_close(&r->db);
    r->desk = NULL;
    r->office = NULL;
}

/* ---- telling ---- */

static void tell(sandbox_run *r, int port)
{
    const cli_call *call = r->call;
    const char *at = r->config.address;
    printf(cli_say(call, "沙箱在 http://%s:%d 服务，数据库 %s\n",
                   "the sandbox serves http://%s:%d from %s\n"),
           at, port, cli_database_name(r->config.database));
    printf(
        cli_say(
            call, "浏览器打开 http://%s:%d/sandbox：测试卡、密钥、实时报文、故障、报告\n\n",
            "in a browser http://%s:%d/sandbox: test cards, keys, messages, faults, reports\n\n"),
        at, port);
    str text = sandbox_csv(MASTER_GATEWAYS, &r->a);
    printf("%s\n%.*s\n", cli_say(call, "机构和密钥", "institutions and keys"), STR_ARG(text));
    text = sandbox_csv(MASTER_PERSONS, &r->a);
    printf("%s\n%.*s\n", cli_say(call, "测试卡", "test cards"), STR_ARG(text));
    puts(cli_say(call, "马上可用的一行：", "a line that works at once:"));
    arena a = r->a;
    printf("curl -s http://%s:%d/gateway -d '%.*s'\n", at, port,
           STR_ARG(sandbox_first_message(&a)));
    fflush(stdout);
}

static int serve_it(sandbox_run *r)
{
    serve *s = NULL;
    err e = {0};
    if (!serve_start(&s, &r->config, &e)) {
        cli_print_err(r->call, &e);
        return EXIT_TROUBLE;
    }
    tell(r, serve_port(s));
    serve_wait();
    serve_stop(s);
    puts(cli_say(r->call, "已停止", "stopped"));
    return EXIT_OK;
}

int cli_sandbox(const cli_call *call)
{
    sandbox_run r = {.call = call, .config = serve_config_default};
    err e = {0};
    r.config.database = "sandbox.db";
    r.config.sandbox = true;
    r.config.log_level = 1;
    const cli_option options[] = {
        {.name = "--db", .text = &r.config.database},
        {.name = "--packs", .text = &r.config.packs_dir},
        {.name = "--address", .text = &r.config.address},
        {.name = "--host", .text = &r.config.host},
        {.name = "--port", .number = &r.config.port, .number_max = 65535},
        {.name = "--log", .number = &r.config.log_level, .number_max = 2},
        {.name = "--fresh", .flag = &r.fresh},
        {.name = "--small", .flag = &r.small},
    };
    if (!cli_options_read(call, options, COUNTOF(options), NULL))
        return EXIT_USAGE;
    char *memory = malloc((size_t)ARENA_BYTES);
    if (!memory)
        return EXIT_TROUBLE;
    r.a = (arena){memory, memory + ARENA_BYTES, NULL};
    serve_signals_block();
    bool ok = make_or_open(&r, &e);
    close_all(&r);
    if (!ok)
        cli_print_err(call, &e);
    int status = ok ? serve_it(&r) : EXIT_TROUBLE;
    free(memory);
    return status;
}
