/* gongji dip build: a catalogue from a history.  gongji dip check: what is wrong in one. */
#include "edge/cli/cli.h"

#include "base/csv_row.h"
#include "base/json/json.h"
#include "base/money.h"
#include "edge/cli/input.h"
#include "service/dip/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define CASE_BYTES  ((ptrdiff_t)8 << 20)
#define BASIS_BYTES ((ptrdiff_t)64 << 20)

typedef struct {
    const cli_call *call;
    const char *in_path, *out_path, *basis_dir, *scheme_dir, *since_dir;
    bool quiet;
    charset encoding;
    dip_build_options o;
    dip *basis, *since;
    scheme *scheme;
    dip_files files; /* of the basis */
    char *basis_memory, *case_memory;
    dip_history *history;
    const char *phase; /* said last */
    int64_t bad_rows;
} build_run;

/* ---- options ---- */

static const struct {
    const char *name;
    int parameter;
} parameter_options[] = {
    {.name = "--characters", .parameter = DIP_P_DX_CHARACTERS},
    {.name = "--base", .parameter = DIP_P_SCORE_BASE},
    {.name = "--threshold", .parameter = DIP_P_THRESHOLD},
    {.name = "--mixed-threshold", .parameter = DIP_P_MIXED_THRESHOLD},
    {.name = "--trim-cases", .parameter = DIP_P_TRIM_CASES},
};

/* "2.5,97.5": percent, kept as shares. */
static bool trim_read(build_run *run, const char *value)
{
    const char *comma = strchr(value, ',');
    int64_t low, high;
    if (!comma || !decimal_parse(&low, (str){value, comma - value}, 2, 4900) ||
        !decimal_parse(&high, str_of(comma + 1), 2, 10000) || high <= 5000)
        return false;
    run->o.parameter_e4[DIP_P_TRIM_LOW] = low;
    run->o.parameter_e4[DIP_P_TRIM_HIGH] = high;
    return true;
}

/* "1:2:7": weights, oldest year first. */
static bool years_read(build_run *run, const char *value)
{
    str left = str_of(value);
    int n = 0;
    for (;;) {
        const char *colon = left.n ? memchr(left.p, ':', (size_t)left.n) : NULL;
        str one = {left.p, colon ? colon - left.p : left.n};
        int64_t weight;
        if (n == DIP_YEARS_MAX || !decimal_parse(&weight, one, 0, DIP_WEIGHT_MAX) || weight < 1)
            return false;
        run->o.year_weight[n++] = (int32_t)weight;
        if (!colon)
            break;
        left = (str){colon + 1, left.n - one.n - 1};
    }
    run->o.year_count = n;
    return true;
}

static bool number_read(int64_t *out, const char *value, int64_t max)
{
    return decimal_parse(out, str_of(value), 0, max);
}

static bool option_read(build_run *run, const char *name, const char *value)
{
    int64_t n = 0;
    const char **text = strcmp(name, "--in") == 0       ? &run->in_path
                        : strcmp(name, "--out") == 0    ? &run->out_path
                        : strcmp(name, "--scheme") == 0 ? &run->scheme_dir
                        : strcmp(name, "--since") == 0  ? &run->since_dir
                        : strcmp(name, "--basis") == 0  ? &run->basis_dir
                                                        : NULL;
    if (text) {
        *text = value;
        return true;
    }
    for (ptrdiff_t i = 0; i < COUNTOF(parameter_options); i++) {
        int p = parameter_options[i].parameter;
        if (strcmp(name, parameter_options[i].name) == 0)
            return decimal_parse(&run->o.parameter_e4[p], str_of(value), 4,
                                 dip_parameter_max_e4((dip_parameter)p)) &&
                   run->o.parameter_e4[p] >= 10000;
    }
    if (strcmp(name, "--encoding") == 0)
        return charset_named(&run->encoding, str_of(value));
    if (strcmp(name, "--trim") == 0)
        return trim_read(run, value);
    if (strcmp(name, "--years") == 0)
        return years_read(run, value);
    bool last = strcmp(name, "--last-year") == 0, halves = strcmp(name, "--resample") == 0;
    bool seed = strcmp(name, "--seed") == 0;
    if ((!last && !halves && !seed) || !number_read(&n, value,
                                                    last     ? 2999
                                                    : halves ? DIP_HALVES_MAX
                                                             : INT64_C(1000000000000)))
        return false;
    run->o.last_year = last ? (int32_t)n : run->o.last_year;
    run->o.halves = halves ? (int)n : run->o.halves;
    run->o.seed = seed ? (uint64_t)n : run->o.seed;
    return true;
}

static int options_read(build_run *run)
{
    const cli_call *call = run->call;
    for (int i = 2; i < call->argc; i++) {
        const char *name = call->argv[i];
        if (strcmp(name, "--quiet") == 0 || strcmp(name, "--accept-base") == 0) {
            *(strcmp(name, "--quiet") == 0 ? &run->quiet : &run->o.accept_base) = true;
            continue;
        }
        const char *value = i + 1 < call->argc ? call->argv[++i] : "";
        if (!option_read(run, name, value))
            return cli_usage(call, cli_say(call, "没有选项 `%s %s`", "there is no option `%s %s`"),
                             name, value);
    }
    if (!run->in_path || !run->out_path)
        return cli_usage(call, "%s",
                         cli_say(call, "需要 --in 和 --out", "--in and --out are needed"));
    return EXIT_OK;
}

/* ---- what it starts from ---- */

/* The basis, or one that says nothing. */
static bool basis_load(build_run *run)
{
    err e = {0};
    jmp_buf oom;
    run->basis_memory = malloc((size_t)(2 * BASIS_BYTES));
    run->basis = calloc(1, sizeof *run->basis);
    if (!run->basis_memory || !run->basis)
        return false;
    arena a = {run->basis_memory, run->basis_memory + BASIS_BYTES, &oom};
    arena scratch = {run->basis_memory + BASIS_BYTES, run->basis_memory + 2 * BASIS_BYTES, &oom};
    bool ok = false;
    if (setjmp(oom))
        FAIL(&e, ERR_TOO_LARGE, "the basis is too large");
    else
        ok = !run->basis_dir || dip_files_read(&run->files, str_of(run->basis_dir), &a, &e);
    if (!ok) {
        cli_print_err(run->call, &e);
        return false;
    }
    /* Groups, scores and factors are what is to be found. */
    static const dip_table found[] = {DIP_TABLE_CORE, DIP_TABLE_MIXED, DIP_TABLE_LEVEL,
                                      DIP_TABLE_FACTOR};
    for (ptrdiff_t i = 0; i < COUNTOF(found); i++)
        run->files.text[found[i]] = (str){0};
    dip_compile(run->basis, &run->files, true, &a, scratch);
    return cli_dip_usable(run->call, run->basis, run->basis_dir ? run->basis_dir : "");
}

/* Options before the history is read: they say how a diagnosis is cut. */
static bool start(build_run *run)
{
    dip_catalogue *c = &run->basis->compiled;
    if (!c->unlisted) /* without a table of classes, whatever was done is a treatment */
        c->unlisted = c->procedure_count ? DIP_CONSERVATIVE : DIP_THERAPEUTIC;
    memcpy(c->parameter_e4, run->o.parameter_e4, sizeof c->parameter_e4);
    run->case_memory = malloc((size_t)CASE_BYTES);
    run->history = dip_history_open(c);
    if (!run->case_memory || !run->history)
        return false;
    if (run->since_dir && !(run->since = cli_dip_load(run->call, run->since_dir)))
        return false;
    if (run->scheme_dir && !(run->scheme = cli_scheme_load(run->call, run->scheme_dir, false)))
        return false;
    run->o.since = run->since ? &run->since->compiled : NULL;
    run->o.with_drg = run->scheme != NULL;
    return true;
}

/* ---- the history ---- */

static void progress(void *to, const char *zh, const char *en, int64_t done, int64_t total)
{
    build_run *run = to;
    if (run->quiet || !cli_on_terminal())
        return;
    fprintf(stderr, "\r\033[K%s %" PRId64 "%%", cli_say(run->call, zh, en),
            total ? 100 * done / total : 0);
    fflush(stderr);
}

static void progress_end(const build_run *run)
{
    if (!run->quiet && cli_on_terminal())
        fputs("\r\033[K", stderr);
}

static bool case_add(build_run *run, const case_record *r, err *e)
{
    int32_t drg = DIP_NO_DRG;
    if (run->scheme) {
        casemix_result result;
        casemix_group(&result, &run->scheme->compiled, &r->facts, (casemix_options){.tidy = true});
        drg = result.drg;
    }
    run->bad_rows += r->facts.wrong == REASON_BAD_ROW;
    return dip_history_add(run->history, r, drg, e);
}

static bool csv_add(build_run *run, str text, err *e)
{
    str cell[CASE_COLUMNS_MAX];
    jmp_buf oom;
    arena memory = {run->case_memory, run->case_memory + CASE_BYTES, &oom};
    csv_rows in = csv_rows_of(text);
    csv_row row;
    int64_t lines = 0;
    if (setjmp(oom))
        return FAIL(e, ERR_TOO_LARGE, "a row is too long");
    case_columns *columns = arena_new(&memory, case_columns, 1);
    if (!csv_row_next(&row, cell, CASE_COLUMNS_MAX, &in, &memory) || row.fault)
        return FAIL(e, ERR_BAD_CSV, "there is no header");
    if (!case_columns_read_dip(columns, cell, row.count, &memory, e))
        return false;
    for (;;) {
        arena a = memory;
        case_record r;
        if (!csv_row_next(&row, cell, CASE_COLUMNS_MAX, &in, &a))
            return true;
        if (lines++ % 65536 == 0)
            progress(run, "读入病例", "reading cases", text.n - in.left.n, text.n);
        if (row.count == 1 && cell[0].n == 0 && columns->count > 1)
            continue; /* an empty line */
        case_of_cells(&r, columns, cell, row.count, &a);
        if (row.fault)
            r.facts.wrong = REASON_BAD_ROW;
        if (!case_add(run, &r, e))
            return false;
    }
}

static bool history_read(build_run *run)
{
    err e = {0};
    input in = {.fd = -1};
    str text;
    bool ok = input_open(&in, run->in_path, &e) && input_text(&in, run->encoding, &text, &e) &&
              csv_add(run, text, &e);
    input_close(&in);
    progress_end(run);
    if (!ok) {
        fprintf(stderr, "%s: ", run->in_path);
        cli_print_err(run->call, &e);
    }
    return ok;
}

/* ---- the catalogue ---- */

/* Beside it, then in its place: a table is never half written. */
static bool table_write(const char *dir, const char *file, str text)
{
    char path[4200], beside[4220];
    snprintf(path, sizeof path, "%s/%s", dir, file);
    snprintf(beside, sizeof beside, "%s.new", path);
    FILE *f = fopen(beside, "wb");
    bool ok = f && fwrite(text.p, 1, (size_t)text.n, f) == (size_t)text.n;
    ok = f && fclose(f) == 0 && ok;
    if (ok && rename(beside, path) == 0)
        return true;
    fprintf(stderr, "gongji: %s: %s\n", path, strerror(errno));
    remove(beside);
    return false;
}

static bool tables_write(const build_run *run, const dip_built *built)
{
    if (mkdir(run->out_path, 0755) != 0 && errno != EEXIST) {
        fprintf(stderr, "gongji: %s: %s\n", run->out_path, strerror(errno));
        return false;
    }
    for (int t = 1; t < DIP_OUT__COUNT; t++)
        if (!table_write(run->out_path, dip_out_file((dip_out)t), built->text[t]))
            return false;
    return true;
}

static void report(const build_run *run, const dip_built *built)
{
    for (int m = 1; m < DIP_MEASURE__COUNT && !run->quiet; m++) {
        char number[40];
        int64_t value = built->measure[m];
        text_buffer t = {number, 0, sizeof number, false};
        if (value == DIP_NOT_MEASURED)
            continue;
        if (dip_measure_kind_of((dip_measure)m) == DIP_KIND_SHARE)
            text_printf(&t, "%" PRId64 ".%02" PRId64 "%%", value / 100, value % 100);
        else
            dip_measure_print(&t, (dip_measure)m, value);
        printf("%s%s%.*s\n", dip_measure_text((dip_measure)m, run->call->lang == LANG_ZH),
               cli_say(run->call, "：", ": "), STR_ARG(((str){number, t.n})));
    }
}

static int build_within(build_run *run)
{
    ptrdiff_t bytes = dip_build_bytes(run->history) + DIP_BYTES;
    ptrdiff_t scratch_bytes = dip_build_scratch_bytes(run->history) + DIP_SCRATCH_BYTES;
    char *memory = malloc((size_t)bytes), *scratch = malloc((size_t)scratch_bytes);
    dip_built *built = calloc(1, sizeof *built);
    err e = {0};
    int status = EXIT_TROUBLE;
    run->o.progress = progress;
    run->o.progress_to = run;
    if (!memory || !scratch || !built) {
        FAIL(&e, ERR_OUT_OF_MEMORY, "no memory to build");
    } else {
        arena a = {memory, memory + bytes, NULL}, work = {scratch, scratch + scratch_bytes, NULL};
        bool ok = dip_build(built, run->history, &run->files, &run->o, &a, work, &e);
        progress_end(run);
        if (ok && tables_write(run, built)) {
            report(run, built);
            status = built->measure[DIP_M_INVALID] > 0 ? EXIT_PARTLY : EXIT_OK;
        }
    }
    if (e.code)
        cli_print_err(run->call, &e);
    free(built);
    free(scratch);
    free(memory);
    return status;
}

/* The parameters of the basis first, so that options go before them. */
static int build(const cli_call *call)
{
    build_run *run = calloc(1, sizeof *run);
    int status = EXIT_TROUBLE;
    if (!run)
        return status;
    run->call = call;
    for (int i = 2; i + 1 < call->argc; i++)
        if (strcmp(call->argv[i], "--basis") == 0)
            run->basis_dir = call->argv[i + 1];
    if (basis_load(run)) {
        dip_build_options_of(&run->o, &run->basis->compiled);
        status = options_read(run);
        if (status == EXIT_OK)
            status = start(run) && history_read(run) ? build_within(run) : EXIT_TROUBLE;
    }
    dip_history_close(run->history);
    dip_free(run->since);
    scheme_free(run->scheme);
    free(run->case_memory);
    free(run->basis_memory);
    free(run->basis);
    free(run);
    return status;
}

static int check(const cli_call *call, const char *dir)
{
    dip *d = cli_dip_load(call, dir);
    if (!d)
        return EXIT_TROUBLE;
    const dip_catalogue *c = &d->compiled;
    printf(cli_say(call,
                   "%s：没有错误。核心病种 %d 个，综合病种 %d 个，手术操作编码 %d 个，辅助目录系数 "
                   "%d 个，查找表 %d KiB\n",
                   "%s: no errors. %d core groups, %d mixed groups, %d procedure codes, %d "
                   "auxiliary factors, lookups of %d KiB\n"),
           dir, c->core_count, c->group_count - c->core_count, c->procedure_count, c->factor_count,
           (int)(c->lookup_bytes >> 10));
    dip_free(d);
    return EXIT_OK;
}

int cli_dip(const cli_call *call)
{
    const char *verb = call->argc > 1 ? call->argv[1] : "";
    if (strcmp(verb, "--help") == 0 || (call->argc == 3 && strcmp(call->argv[2], "--help") == 0))
        return cli_help(call, "dip");
    if (strcmp(verb, "build") == 0)
        return build(call);
    if (strcmp(verb, "check") == 0 && call->argc == 3)
        return check(call, call->argv[2]);
    return cli_usage(call, "%s", "gongji dip build --in FILE --out DIR | check DIR");
}
