/* gongji import: a file of persons, providers, catalogue … into the database. */
#include "service/import/import.h"

#include "edge/cli/input.h"
#include "edge/cli/server_cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MAPPING_BYTES_MAX 20000

typedef struct {
    const char *kind, *file, *db, *packs, *area, *columns, *map;
    bool dry_run, quiet;
} import_options;

typedef struct {
    const cli_call *call;
    time_t last;
} import_progress;

static void progress(void *arg, int64_t rows, ptrdiff_t done, ptrdiff_t bytes)
{
    import_progress *p = arg;
    time_t now = time(NULL);
    if (now == p->last)
        return;
    p->last = now;
    fprintf(stderr,
            cli_say(p->call, "\r已处理 %" PRId64 " 行（%td %%）", "\r%" PRId64 " rows (%td %%)"),
            rows, done * 100 / (bytes + 1));
}

static void fault_print(const cli_call *call, const char *file, const import_fault *f)
{
    bool chinese = call->lang == LANG_ZH;
    fprintf(stderr, "%s:%" PRId64 ": %s%s%s: %s", file, f->line, err_name(f->code),
            f->column[0] ? " " : "", f->column, chinese ? err_zh(f->code) : err_en(f->code));
    if (f->expected[0])
        fprintf(stderr, chinese ? "；应为 %s" : "; expected %s", f->expected);
    fputc('\n', stderr);
}

static void result_print(const cli_call *call, const import_options *o, const import_result *r)
{
    if (!o->quiet && cli_on_terminal())
        fputs("\r\033[K", stderr);
    for (int i = 0; i < r->fault_count; i++)
        fault_print(call, o->file, &r->fault[i]);
    if (r->fault_total > r->fault_count)
        fprintf(stderr, cli_say(call, "…另有 %" PRId64 " 处\n", "… and %" PRId64 " more\n"),
                r->fault_total - r->fault_count);
    if (!o->quiet)
        printf(cli_say(call,
                       "%s%" PRId64 " 行：新增 %" PRId64 "，更新 %" PRId64 "，未变 %" PRId64
                       "，有误 %" PRId64 "\n",
                       "%s%" PRId64 " rows: %" PRId64 " added, %" PRId64 " changed, %" PRId64
                       " unchanged, %" PRId64 " wrong\n"),
               o->dry_run ? cli_say(call, "试运行，未保存。", "dry run, nothing kept: ") : "",
               r->rows, r->added, r->changed, r->unchanged, r->wrong);
}

/* The mapping of the file and that of the command, one after the other. */
static bool mapping_read(const import_options *o, char *out, str *mapping, err *e)
{
    text_buffer t = {out, 0, MAPPING_BYTES_MAX, false};
    if (o->map) {
        FILE *f = fopen(o->map, "rb");
        char part[512];
        size_t n;
        if (!f)
            return FAIL(e, ERR_IO, "cannot read %s", o->map);
        while ((n = fread(part, 1, sizeof part, f)) > 0)
            text_add(&t, (str){part, (ptrdiff_t)n});
        fclose(f);
        text_add(&t, S("\n"));
    }
    text_add(&t, str_of(o->columns));
    *mapping = (str){t.p, t.n};
    return !t.cut ||
           FAIL(e, ERR_TOO_LARGE, "the mapping is larger than %d bytes", MAPPING_BYTES_MAX);
}

static bool import_into(const cli_call *call,
                        const import_options *o,
                        cli_database *d,
                        import_result *r,
                        str bytes,
                        err *e)
{
    char mapping[MAPPING_BYTES_MAX];
    import_progress shown = {.call = call, .last = time(NULL)};
    office *of = NULL;
    import_request q = {.kind = master_kind_named(str_of(o->kind)),
                        .who = &cli_actor,
                        .area_code = str_of(o->area),
                        .dry_run = o->dry_run,
                        .progress = !o->quiet && cli_on_terminal() ? progress : NULL,
                        .progress_arg = &shown};
    bool ok = mapping_read(o, mapping, &q.columns, e) &&
              office_open(&of, d->store, str_of(o->packs), e) && import_run(r, of, &q, bytes, e);
    office_close(of);
    return ok;
}

static int import_file_of(const cli_call *call, const import_options *o)
{
    input in = {.fd = -1};
    cli_database d = {0};
    import_result r = {0};
    err e = {0};
    str bytes;
    bool read = input_open(&in, o->file, &e);
    bool ok = read && input_all(&in, &bytes, &e) && cli_database_open(&d, o->db, false, &e) &&
              import_into(call, o, &d, &r, bytes, &e);
    if (ok || r.rows > 0)
        result_print(call, o, &r);
    if (!ok && e.input_line)
        fprintf(stderr, "%s:%d: ", o->file, e.input_line);
    if (!ok)
        cli_print_err(call, &e);
    int status = !ok ? EXIT_TROUBLE : r.wrong ? EXIT_PARTLY : EXIT_OK;
    import_result_free(&r);
    cli_database_close(&d);
    if (read)
        input_close(&in);
    return status;
}

int cli_import(const cli_call *call)
{
    import_options o = {.db = cli_database_default(), .packs = "packs"};
    cli_words rest = {0};
    const cli_option options[] = {
        {.name = "--db", .text = &o.db},       {.name = "--packs", .text = &o.packs},
        {.name = "--area", .text = &o.area},   {.name = "--columns", .text = &o.columns},
        {.name = "--map", .text = &o.map},     {.name = "--dry-run", .flag = &o.dry_run},
        {.name = "--quiet", .flag = &o.quiet},
    };
    if (!cli_options_read(call, options, COUNTOF(options), &rest))
        return EXIT_USAGE;
    if (rest.count != 2)
        return cli_usage(call, "%s", "gongji import KIND FILE [--db DB] [--area CODE] [--dry-run]");
    o.kind = rest.word[0];
    o.file = rest.word[1];
    if (!master_kind_named(str_of(o.kind)))
        return cli_usage(call,
                         cli_say(call,
                                 "没有数据种类 `%s`；可用 areas providers agreements items terms "
                                 "diseases persons covers flags gateways credentials staff",
                                 "there is no kind `%s`; there are areas providers agreements "
                                 "items terms diseases persons covers flags gateways "
                                 "credentials"),
                         o.kind);
    return import_file_of(call, &o);
}
