/* gongji group drg, gongji group dip: cases in, groups out, in the order of the file, on as many
 * threads as asked for.
 *
 * A thread takes the next rows under a lock, groups them by itself, waits for its turn to say where
 * in the output they belong, and writes them there. */
#include "edge/cli/cli.h"

#include "base/csv_row.h"
#include "base/money.h"
#include "edge/cli/input.h"
#include "service/cases/cases.h"
#include "service/dip/dip.h"
#include "service/scheme/scheme.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TAKE_BYTES       ((ptrdiff_t)512 << 10)
#define WORK_ARENA_BYTES ((ptrdiff_t)64 << 20) /* reserved, touched only as far as needed */
#define OUT_BYTES        ((ptrdiff_t)1 << 20)  /* grows when a share needs more */
#define THREADS_MAX      64
#define BAD_LINES_MAX    20

typedef struct {
    int64_t grouped, ungrouped, invalid, weighted, weight_e9;
    int64_t core, mixed, low, high, points_e4; /* DIP */
} tally;

typedef struct group_run group_run;

typedef struct {
    group_run *run;
    json_reader *reader;
    char *memory, *json; /* json: a share with the padding its parser wants */
    ptrdiff_t json_cap;
    str share;
    int64_t number, lines; /* of the share */
    text_buffer out;
    int64_t bad_line[BAD_LINES_MAX]; /* from 0, in the share */
    int bad_count;
    tally tally;
    int write_errno;
    bool out_of_memory;
} worker;

struct group_run {
    const cli_call *call;
    scheme *scheme;
    dip *dip; /* instead of the scheme */
    dip_answer_form dip_form;
    const char *scheme_dir, *catalogue_dir, *in_path, *out_path, *pass, *weights;
    const char *format; /* as asked for, or NULL */
    charset encoding;
    bool quiet, json_in, json_out;
    casemix_options options;
    answer_form form;
    case_columns columns;
    casemix_worth *worth;
    int64_t *weight_e9; /* the same places */
    int threads, out_fd;
    bool out_is_ours, broken;
    int64_t out_at;
    input in;
    str left;
    int64_t line, taken, written; /* shares */
    pthread_mutex_t lock;
    pthread_cond_t turn;
    worker *worker;
};

/* ---- one share ---- */

static bool share_take(worker *w)
{
    group_run *run = w->run;
    pthread_mutex_lock(&run->lock);
    ptrdiff_t n = 0;
    if (!run->broken && run->left.n > 0) {
        if (run->json_in && run->left.n > TAKE_BYTES) {
            const char *end =
                memchr(run->left.p + TAKE_BYTES, '\n', (size_t)(run->left.n - TAKE_BYTES));
            n = end ? end + 1 - run->left.p : run->left.n;
        } else {
            n = run->json_in ? run->left.n : csv_rows_cut(run->left, TAKE_BYTES);
        }
    }
    w->share = (str){run->left.p, n};
    w->number = run->taken;
    run->taken += n > 0;
    run->left = (str){run->left.p + n, run->left.n - n};
    pthread_mutex_unlock(&run->lock);
    return n > 0;
}

/* Lets `write` write until there was room for all of it. */
static void
out_grow(worker *w, void (*write)(worker *w, const void *what, arena a), const void *what, arena a)
{
    for (ptrdiff_t from = w->out.n;; w->out.n = from, w->out.cut = false) {
        write(w, what, a);
        if (!w->out.cut)
            return;
        char *more = realloc(w->out.p, (size_t)(2 * w->out.cap));
        if (!more) {
            w->out_of_memory = true;
            return;
        }
        w->out.p = more;
        w->out.cap *= 2;
    }
}

static void status_count(tally *t, casemix_status status)
{
    t->grouped += status == CASEMIX_GROUPED;
    t->ungrouped += status == CASEMIX_UNGROUPED;
    t->invalid += status == CASEMIX_INVALID;
}

static void tally_add(tally *t, const group_run *run, const casemix_result *r, int level)
{
    status_count(t, r->status);
    const casemix_worth *worth = casemix_worth_at(run->worth, r->drg, level);
    if (worth && worth->weight.n) {
        t->weighted++;
        t->weight_e9 += run->weight_e9[worth - run->worth];
    }
}

typedef struct {
    const case_record *r;
    const casemix_result *result;
    const casemix_path *path;
} drg_answer;

static void drg_write(worker *w, const void *what, arena a)
{
    const drg_answer *d = what;
    (w->run->json_out ? answer_json : answer_csv)(&w->out, &w->run->form, d->r, d->result, d->path,
                                                  a);
}

static void drg_do(worker *w, const case_record *r, arena *a)
{
    const group_run *run = w->run;
    casemix_path path = {0};
    casemix_result result;
    if (run->form.explain) {
        casemix_explain(&path, &run->scheme->compiled, &r->facts, run->options, a);
        result = path.result;
    } else {
        casemix_group(&result, &run->scheme->compiled, &r->facts, run->options);
    }
    tally_add(&w->tally, run, &result, r->stay.level);
    out_grow(w, drg_write, &(drg_answer){r, &result, &path}, *a);
}

typedef struct {
    const case_record *r;
    const dip_result *result;
    const dip_path *path;
} dip_answer;

static void dip_write(worker *w, const void *what, arena a)
{
    const dip_answer *d = what;
    (w->run->json_out ? dip_answer_json : dip_answer_csv)(&w->out, &w->run->dip_form, d->r,
                                                          d->result, d->path, a);
}

static void dip_do(worker *w, const case_record *r, arena *a)
{
    const dip_catalogue *c = &w->run->dip->compiled;
    tally *t = &w->tally;
    dip_path path = {0};
    dip_result result;
    dip_case of;
    dip_case_of(&of, r);
    if (w->run->form.explain) {
        dip_explain(&path, c, &of, a);
        result = path.result;
    } else {
        dip_group(&result, c, &of);
    }
    status_count(t, result.status);
    t->core += result.tier == DIP_CORE || result.tier == DIP_BASE;
    t->mixed += result.tier == DIP_MIXED;
    t->low += result.deviation == DIP_LOW;
    t->high += result.deviation == DIP_HIGH;
    t->points_e4 += result.settled_e4;
    out_grow(w, dip_write, &(dip_answer){r, &result, &path}, *a);
}

static void case_do(worker *w, const case_record *r, arena *a)
{
    if (r->facts.wrong == REASON_BAD_ROW && w->bad_count < BAD_LINES_MAX)
        w->bad_line[w->bad_count++] = w->lines;
    (w->run->dip ? dip_do : drg_do)(w, r, a);
}

static void share_csv(worker *w, arena memory)
{
    str cell[CASE_COLUMNS_MAX];
    csv_rows in = {w->share, 1};
    csv_row row;
    for (;;) {
        arena a = memory;
        case_record r;
        if (!csv_row_next(&row, cell, CASE_COLUMNS_MAX, &in, &a))
            break;
        w->lines = row.line - 1;
        if (row.count == 1 && cell[0].n == 0 && w->run->columns.count > 1)
            continue; /* an empty line */
        case_of_cells(&r, &w->run->columns, cell, row.count, &a);
        if (row.fault)
            r.facts.wrong = REASON_BAD_ROW;
        case_do(w, &r, &a);
    }
    w->lines = in.line - 1;
}

static bool share_pad(worker *w)
{
    ptrdiff_t needed = w->share.n + JSON_PADDING_BYTES;
    if (needed > w->json_cap) {
        free(w->json);
        w->json = malloc((size_t)needed);
        w->json_cap = w->json ? needed : 0;
    }
    if (!w->json)
        return false;
    memcpy(w->json, w->share.p, (size_t)w->share.n);
    memset(w->json + w->share.n, 0, JSON_PADDING_BYTES);
    w->share.p = w->json;
    return true;
}

static bool is_blank(str s)
{
    for (ptrdiff_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '\r')
            return false;
    return true;
}

static void share_json(worker *w, arena memory)
{
    if (!share_pad(w)) {
        w->out_of_memory = true;
        return;
    }
    const char *p = w->share.p, *end = p + w->share.n;
    for (w->lines = 0; p < end; w->lines++) {
        arena a = memory;
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        str line = {p, (stop ? stop : end) - p};
        const json_node *node;
        int32_t count;
        case_record r;
        err e = {0};
        p = stop ? stop + 1 : end;
        if (is_blank(line))
            continue;
        if (json_parse(w->reader, line, &node, &count, &e))
            case_of_json(&r, node, 0, &a);
        else
            case_of_json(&r, NULL, 0, &a);
        case_do(w, &r, &a);
    }
}

static void share_group(worker *w)
{
    jmp_buf oom;
    w->out.n = 0;
    w->bad_count = 0;
    w->lines = 0;
    if (setjmp(oom)) {
        w->out_of_memory = true;
        return;
    }
    arena memory = {w->memory, w->memory + WORK_ARENA_BYTES, &oom};
    if (w->run->json_in)
        share_json(w, memory);
    else
        share_csv(w, memory);
}

static void bytes_write(worker *w, str bytes, int64_t at)
{
    const group_run *run = w->run;
    while (bytes.n > 0 && !w->write_errno) {
        ssize_t n = run->out_is_ours ? pwrite(run->out_fd, bytes.p, (size_t)bytes.n, (off_t)at)
                                     : write(run->out_fd, bytes.p, (size_t)bytes.n);
        if (n < 0 && errno != EINTR)
            w->write_errno = errno;
        if (n < 0)
            continue;
        bytes = (str){bytes.p + n, bytes.n - n};
        at += n;
    }
}

/* In the order of the file: where the answers belong, and which lines were bad. */
static void share_close(worker *w)
{
    group_run *run = w->run;
    str bytes = {w->out.p, w->out.n};
    pthread_mutex_lock(&run->lock);
    while (run->written != w->number)
        pthread_cond_wait(&run->turn, &run->lock);
    int64_t at = run->out_at;
    run->out_at += bytes.n;
    for (int i = 0; i < w->bad_count; i++)
        fprintf(stderr, "%s:%" PRId64 ": %s\n", run->in_path, run->line + w->bad_line[i],
                casemix_reason_text(REASON_BAD_ROW, run->form.chinese));
    run->line += w->lines;
    if (!run->out_is_ours)
        bytes_write(w, bytes, at);
    run->broken = run->broken || w->write_errno || w->out_of_memory;
    run->written++;
    pthread_cond_broadcast(&run->turn);
    pthread_mutex_unlock(&run->lock);
    if (run->out_is_ours)
        bytes_write(w, bytes, at);
}

static void *work(void *argument)
{
    worker *w = argument;
    while (share_take(w)) {
        share_group(w);
        share_close(w);
    }
    return NULL;
}

/* ---- the command ---- */

static void summary(const group_run *run, const tally *t)
{
    if (run->quiet)
        return;
    fprintf(stderr,
            cli_say(run->call, "入组 %" PRId64 "，未入组 %" PRId64 "，无效 %" PRId64 "\n",
                    "grouped %" PRId64 ", ungrouped %" PRId64 ", invalid %" PRId64 "\n"),
            t->grouped, t->ungrouped, t->invalid);
    if (run->dip)
        fprintf(stderr,
                cli_say(run->call,
                        "核心病种 %" PRId64 "，综合病种 %" PRId64 "；费用偏低 %" PRId64
                        "，偏高 %" PRId64 "；分值合计 %" PRId64 ".%04" PRId64 "\n",
                        "core %" PRId64 ", mixed %" PRId64 "; low cost %" PRId64
                        ", high cost %" PRId64 "; points in all %" PRId64 ".%04" PRId64 "\n"),
                t->core, t->mixed, t->low, t->high, t->points_e4 / 10000, t->points_e4 % 10000);
    if (!run->worth)
        return;
    int64_t cmi = t->weighted ? mul_div_half_up_wide(t->weight_e9, 1, t->weighted * 100000) : 0;
    fprintf(stderr,
            cli_say(run->call,
                    "有权重的 %" PRId64 " 例，CMI %" PRId64 ".%04" PRId64 "；没有权重的 %" PRId64
                    " 例\n",
                    "%" PRId64 " cases with a weight, CMI %" PRId64 ".%04" PRId64 "; %" PRId64
                    " grouped cases have none\n"),
            t->weighted, cmi / 10000, cmi % 10000, t->grouped - t->weighted);
}

static int finish(group_run *run)
{
    tally sum = {0};
    for (int i = 0; i < run->threads; i++) {
        const worker *w = &run->worker[i];
        sum.grouped += w->tally.grouped;
        sum.ungrouped += w->tally.ungrouped;
        sum.invalid += w->tally.invalid;
        sum.weighted += w->tally.weighted;
        sum.weight_e9 += w->tally.weight_e9;
        sum.core += w->tally.core;
        sum.mixed += w->tally.mixed;
        sum.low += w->tally.low;
        sum.high += w->tally.high;
        sum.points_e4 += w->tally.points_e4;
        if (w->write_errno)
            fprintf(stderr, "gongji: %s: %s\n", run->out_path, strerror(w->write_errno));
        else if (w->out_of_memory)
            fprintf(stderr, "gongji: %s\n", cli_say(run->call, "内存不足", "out of memory"));
        run->broken = run->broken || w->write_errno || w->out_of_memory;
    }
    if (run->out_fd != STDOUT_FILENO && close(run->out_fd) != 0) {
        fprintf(stderr, "gongji: %s: %s\n", run->out_path, strerror(errno));
        run->broken = true;
    }
    summary(run, &sum);
    return run->broken ? EXIT_TROUBLE : sum.invalid ? EXIT_PARTLY : EXIT_OK;
}

static int group(group_run *run)
{
    pthread_t thread[THREADS_MAX];
    pthread_mutex_init(&run->lock, NULL);
    pthread_cond_init(&run->turn, NULL);
    if (!run->json_out) {
        if (run->dip)
            dip_answer_header(&run->worker[0].out, &run->dip_form);
        else
            answer_header(&run->worker[0].out, &run->form);
        bytes_write(&run->worker[0], (str){run->worker[0].out.p, run->worker[0].out.n}, 0);
        run->out_at = run->worker[0].out.n;
    }
    for (int i = 1; i < run->threads; i++) {
        if (pthread_create(&thread[i], NULL, work, &run->worker[i]) != 0) {
            fprintf(stderr, "gongji: cannot start a thread\n");
            exit(EXIT_TROUBLE);
        }
    }
    work(&run->worker[0]);
    for (int i = 1; i < run->threads; i++)
        pthread_join(thread[i], NULL);
    return finish(run);
}

static bool workers_open(group_run *run)
{
    run->worker = calloc((size_t)run->threads, sizeof *run->worker);
    for (int i = 0; run->worker && i < run->threads; i++) {
        worker *w = &run->worker[i];
        w->run = run;
        w->reader = json_reader_new();
        w->memory = malloc((size_t)WORK_ARENA_BYTES);
        w->out = (text_buffer){malloc((size_t)OUT_BYTES), 0, OUT_BYTES, false};
        if (!w->reader || !w->memory || !w->out.p)
            return false;
    }
    return run->worker != NULL;
}

static void workers_close(group_run *run)
{
    for (int i = 0; run->worker && i < run->threads; i++) {
        json_reader_free(run->worker[i].reader);
        free(run->worker[i].memory);
        free(run->worker[i].json);
        free(run->worker[i].out.p);
    }
    free(run->worker);
}

static bool named(const char *path, const char *end)
{
    size_t n = strlen(path), m = strlen(end);
    return n > m && strcmp(path + n - m, end) == 0;
}

static bool flag_option(group_run *run, const char *name)
{
    bool *flag = strcmp(name, "--explain") == 0       ? &run->form.explain
                 : strcmp(name, "--quiet") == 0       ? &run->quiet
                 : strcmp(name, "--map") == 0         ? &run->options.map
                 : strcmp(name, "--tidy") == 0        ? &run->options.tidy
                 : strcmp(name, "--refuse-gray") == 0 ? &run->options.refuse_gray
                                                      : NULL;
    if (flag)
        *flag = true;
    return flag != NULL;
}

static bool value_option(group_run *run, const char *name, const char *value)
{
    const char **text = strcmp(name, "--scheme") == 0      ? &run->scheme_dir
                        : strcmp(name, "--catalogue") == 0 ? &run->catalogue_dir
                        : strcmp(name, "--in") == 0        ? &run->in_path
                        : strcmp(name, "--out") == 0       ? &run->out_path
                        : strcmp(name, "--pass") == 0      ? &run->pass
                        : strcmp(name, "--weights") == 0   ? &run->weights
                        : strcmp(name, "--format") == 0    ? &run->format
                                                           : NULL;
    int64_t n;
    if (text) {
        *text = value;
        return text != &run->format || strcmp(value, "csv") == 0 || strcmp(value, "jsonl") == 0;
    }
    if (strcmp(name, "--encoding") == 0)
        return charset_named(&run->encoding, str_of(value));
    if (strcmp(name, "--threads") != 0 || !decimal_parse(&n, str_of(value), 0, THREADS_MAX) ||
        n < 1)
        return false;
    run->threads = (int)n;
    return true;
}

static int options_read(group_run *run, const cli_call *call)
{
    for (int i = 2; i < call->argc; i++) {
        const char *name = call->argv[i];
        if (flag_option(run, name))
            continue;
        const char *value = i + 1 < call->argc ? call->argv[++i] : NULL;
        if (!value)
            return cli_usage(call,
                             cli_say(call, "`%s` 后面缺少值，或没有这个选项",
                                     "`%s` needs a value, or is no option"),
                             name);
        if (!value_option(run, name, value))
            return cli_usage(call, cli_say(call, "没有选项 `%s %s`", "there is no option `%s %s`"),
                             name, value);
    }
    bool by_dip = strcmp(call->argv[1], "dip") == 0;
    if (!run->in_path || (by_dip ? !run->catalogue_dir : !run->scheme_dir))
        return cli_usage(call, cli_say(call, "需要 %s 和 --in", "%s and --in are needed"),
                         by_dip ? "--catalogue" : "--scheme");
    if (by_dip ? run->scheme_dir || run->weights || run->options.map || run->options.tidy ||
                     run->options.refuse_gray
               : run->catalogue_dir != NULL)
        return cli_usage(call, "%s",
                         cli_say(call, "有选项不适用于这种分组",
                                 "there is an option that this grouping does not have"));
    run->json_in = run->format ? strcmp(run->format, "jsonl") == 0 : named(run->in_path, ".jsonl");
    run->json_out =
        named(run->out_path, ".jsonl") || (!named(run->out_path, ".csv") && run->json_in);
    if (run->pass && (run->json_in || run->json_out))
        return cli_usage(call, "%s",
                         cli_say(call, "--pass 只用于 CSV", "--pass is for CSV on both sides"));
    return EXIT_OK;
}

scheme *cli_scheme_load(const cli_call *call, const char *dir, bool lint)
{
    err e = {0};
    char line[1024];
    scheme *s = scheme_load(str_of(dir), lint, &e);
    if (!s) {
        cli_print_err(call, &e);
        return NULL;
    }
    for (int i = 0; i < s->problem_count; i++) {
        text_buffer t = {line, 0, sizeof line, false};
        scheme_problem_print(&t, &s->problem[i]);
        fprintf(stderr, "%s/%.*s", dir, (int)t.n, line);
    }
    if (s->error_count + s->warning_count > s->problem_count)
        fprintf(stderr, cli_say(call, "另有 %d 处未列出\n", "%d more are not listed\n"),
                s->error_count + s->warning_count - s->problem_count);
    if (s->error_count == 0)
        return s;
    fprintf(stderr, cli_say(call, "%s：%d 处错误\n", "%s: %d errors\n"), dir, s->error_count);
    scheme_free(s);
    return NULL;
}

bool cli_dip_usable(const cli_call *call, const dip *d, const char *dir)
{
    char line[1024];
    for (int i = 0; i < d->problem_count; i++) {
        text_buffer t = {line, 0, sizeof line, false};
        scheme_problem_print(&t, &d->problem[i]);
        fprintf(stderr, "%s/%.*s", dir, (int)t.n, line);
    }
    if (d->error_count > 0)
        fprintf(stderr, cli_say(call, "%s：%d 处错误\n", "%s: %d errors\n"), dir, d->error_count);
    return d->error_count == 0;
}

dip *cli_dip_load(const cli_call *call, const char *dir)
{
    err e = {0};
    dip *d = dip_load(str_of(dir), &e);
    if (!d)
        cli_print_err(call, &e);
    if (d && cli_dip_usable(call, d, dir))
        return d;
    dip_free(d);
    return NULL;
}

/* The weights of REGION:YEAR, by DRG. */
static bool weights_open(group_run *run)
{
    if (!run->weights)
        return true;
    const casemix_scheme *s = &run->scheme->compiled;
    const char *colon = strrchr(run->weights, ':');
    str region = {run->weights, colon ? colon - run->weights : 0},
        year = str_of(colon ? colon + 1 : "");
    size_t places = ((size_t)s->drg_count + 1) * CASEMIX_LEVELS;
    run->worth = calloc(places, sizeof *run->worth);
    run->weight_e9 = calloc(places, sizeof *run->weight_e9);
    if (!run->worth || !run->weight_e9)
        return false;
    int32_t count = region.n && year.n ? scheme_worths(run->worth, s, region, year) : 0;
    for (size_t i = 0; i < places; i++) {
        const casemix_worth *w = &run->worth[i];
        run->form.priced = run->form.priced || w->price.n;
        bool fine =
            !w->weight.n || decimal_parse(&run->weight_e9[i], w->weight, 9, INT64_C(1000000000000));
        assert(fine);
    }
    if (count == 0) {
        fprintf(stderr,
                cli_say(run->call, "gongji: 分组方案中没有 %s 的权重\n",
                        "gongji: the scheme has no weights for %s\n"),
                run->weights);
        return false;
    }
    if (!run->quiet && count < s->drg_count)
        fprintf(stderr,
                cli_say(run->call, "%s：%d 个组没有权重\n", "%s: %d groups have no weight\n"),
                run->weights, s->drg_count - count);
    run->form.worth = run->worth;
    return true;
}

static bool header_take(group_run *run, err *e)
{
    str cell[CASE_COLUMNS_MAX];
    static char memory[1 << 16]; /* names of columns */
    jmp_buf oom;
    arena a = {memory, memory + sizeof memory, &oom};
    csv_rows in = csv_rows_of(run->left);
    csv_row row;
    if (setjmp(oom))
        return FAIL(e, ERR_TOO_LARGE, "the header is too long");
    if (!csv_row_next(&row, cell, CASE_COLUMNS_MAX, &in, &a))
        return FAIL(e, ERR_BAD_CSV, "the file is empty");
    if (row.fault)
        return FAIL(e, ERR_BAD_CSV, "the header cannot be read");
    if (!(run->dip ? case_columns_read_dip : case_columns_read)(&run->columns, cell, row.count, &a,
                                                                e) ||
        (run->pass && !case_columns_pass(&run->columns, str_of(run->pass), e)))
        return false;
    run->left = in.left;
    run->line = in.line;
    return true;
}

static bool input_start(group_run *run)
{
    err e = {0};
    /* JSON is UTF-8 by definition; a line that is not is a bad line, not a bad file */
    bool as_is = run->json_in && run->encoding == CHARSET_ANY;
    bool ok = input_open(&run->in, run->in_path, &e) &&
              (as_is ? input_all(&run->in, &run->left, &e)
                     : input_text(&run->in, run->encoding, &run->left, &e));
    run->line = 1;
    if (ok && run->json_in)
        run->left = csv_rows_of(run->left).left; /* without a byte order mark */
    else
        ok = ok && header_take(run, &e);
    if (!ok) {
        fprintf(stderr, "%s: ", run->in_path);
        cli_print_err(run->call, &e);
    }
    return ok;
}

/* Opens the output, but never over the input. */
static bool output_open(group_run *run)
{
    struct stat in, out;
    run->out_fd = STDOUT_FILENO;
    if (strcmp(run->out_path, "-") == 0)
        return true;
    if (fstat(run->in.fd, &in) == 0 && stat(run->out_path, &out) == 0 && in.st_dev == out.st_dev &&
        in.st_ino == out.st_ino) {
        fprintf(stderr, "gongji: %s: %s\n", run->out_path,
                cli_say(run->call, "输出不能是输入文件", "the output is the input file"));
        return false;
    }
    run->out_fd = open(run->out_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (run->out_fd < 0) {
        fprintf(stderr, "gongji: %s: %s\n", run->out_path, strerror(errno));
        return false;
    }
    run->out_is_ours = fstat(run->out_fd, &out) == 0 && S_ISREG(out.st_mode);
    return true;
}

/* The scheme or the catalogue, and how answers are written. */
static bool rules_open(group_run *run)
{
    run->form.chinese = run->call->lang == LANG_ZH;
    run->form.columns = &run->columns;
    if (!run->catalogue_dir) {
        run->scheme = cli_scheme_load(run->call, run->scheme_dir, false);
        if (run->scheme)
            run->form.scheme = &run->scheme->compiled;
        return run->scheme != NULL;
    }
    run->dip = cli_dip_load(run->call, run->catalogue_dir);
    if (run->dip)
        run->dip_form = (dip_answer_form){&run->dip->compiled, run->form.explain, run->form.chinese,
                                          &run->columns};
    return run->dip != NULL;
}

int cli_group(const cli_call *call)
{
    if (call->argc < 2 || strcmp(call->argv[1], "--help") == 0 ||
        (call->argc > 2 && strcmp(call->argv[2], "--help") == 0))
        return cli_help(call, "group");
    if (strcmp(call->argv[1], "drg") != 0 && strcmp(call->argv[1], "dip") != 0)
        return cli_usage(
            call, "%s",
            "gongji group drg --scheme DIR --in FILE | group dip --catalogue DIR --in FILE");
    group_run *run = calloc(1, sizeof *run);
    if (!run)
        return EXIT_TROUBLE;
    run->call = call;
    run->threads = 1;
    run->out_path = "-";
    run->in.fd = -1;
    int status = options_read(run, call);
    if (status == EXIT_OK) {
        status = EXIT_TROUBLE;
        if (rules_open(run) && weights_open(run) && input_start(run) && workers_open(run) &&
            output_open(run))
            status = group(run);
    }
    workers_close(run);
    scheme_free(run->scheme);
    dip_free(run->dip);
    free(run->worth);
    free(run->weight_e9);
    input_close(&run->in);
    free(run);
    return status;
}
