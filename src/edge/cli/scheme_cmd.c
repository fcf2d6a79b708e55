#include "edge/cli/cli.h"

#include "edge/cli/input.h"
#include "service/scheme/scheme.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT_BYTES   ((ptrdiff_t)32 << 20)
#define IMPORT_BYTES ((ptrdiff_t)192 << 20)

static int check(const cli_call *call, const char *dir)
{
    scheme *s = cli_scheme_load(call, dir, true);
    if (!s)
        return EXIT_TROUBLE;
    const casemix_scheme *c = &s->compiled;
    printf(cli_say(call,
                   "%s：没有错误，%d 处提醒。%d 个 MDC，%d 个 ADRG，%d 个 DRG，%d 个诊断编码，%d "
                   "个手术操作编码，查找表 %d KiB\n",
                   "%s: no errors, %d warnings. %d MDCs, %d ADRGs, %d DRGs, %d diagnosis codes, %d "
                   "procedure codes, lookups of %d KiB\n"),
           dir, s->warning_count, c->mdc_count, c->adrg_count, c->drg_count, c->dx.count,
           c->procedure.count, (int)(c->lookup_bytes >> 10));
    scheme_free(s);
    return EXIT_OK;
}

static int explain(const cli_call *call, const char *dir, const char *only)
{
    scheme *s = cli_scheme_load(call, dir, false);
    char *memory = malloc((size_t)TEXT_BYTES);
    int status = EXIT_TROUBLE;
    if (s && memory) {
        text_buffer t = {memory, 0, TEXT_BYTES, false};
        if (scheme_explain(&t, &s->compiled, str_of(only), call->lang == LANG_ZH)) {
            fwrite(t.p, 1, (size_t)t.n, stdout);
            status = EXIT_OK;
        } else {
            fprintf(stderr, cli_say(call, "%s：没有 `%s`\n", "%s: there is no `%s`\n"), dir, only);
        }
    }
    free(memory);
    scheme_free(s);
    return status;
}

/* ---- import ---- */

typedef struct {
    const char *table, *file, *to, *columns;
    bool dry_run;
    charset encoding;
} import_options;

/* The table in the folder; a file that is not there is empty. */
static bool table_get(input *in, const char *path, str *text, err *e)
{
    FILE *f = fopen(path, "rb");
    *text = (str){0};
    if (!f)
        return true;
    fclose(f);
    return input_open(in, path, e) && input_all(in, text, e);
}

/* Beside it, then in its place: a table is never half written. */
static bool table_put(const char *path, str text, err *e)
{
    char beside[4200];
    snprintf(beside, sizeof beside, "%s.new", path);
    FILE *f = fopen(beside, "wb");
    bool ok = f && fwrite(text.p, 1, (size_t)text.n, f) == (size_t)text.n;
    ok = f && fclose(f) == 0 && ok;
    if (ok && rename(beside, path) == 0)
        return true;
    remove(beside);
    return FAIL(e, ERR_IO, "%s: cannot be written", path);
}

static int import_report(const cli_call *call, const import_options *o, const scheme_import *r)
{
    for (int i = 0; i < r->problem_count; i++)
        fprintf(stderr, "%s:%" PRId64 ": %.*s\n", o->file, r->problem[i].line,
                STR_ARG(r->problem[i].message));
    if (r->refused > r->problem_count)
        fprintf(stderr,
                cli_say(call, "另有 %" PRId64 " 处未列出\n", "%" PRId64 " more are not listed\n"),
                r->refused - r->problem_count);
    printf(cli_say(call,
                   "%s%" PRId64 " 行新增，%" PRId64 " 行已有，%" PRId64 " 行不合要求；%" PRId64
                   " 个编码改为规范写法\n",
                   "%s%" PRId64 " rows added, %" PRId64 " there already, %" PRId64
                   " did not fit; %" PRId64 " codes were written as usual\n"),
           o->dry_run ? cli_say(call, "试运行，未保存。", "dry run, nothing kept: ") : "", r->added,
           r->present, r->refused, r->repaired);
    return r->refused ? EXIT_PARTLY : EXIT_OK;
}

static int
import_within(const cli_call *call, const import_options *o, scheme_table table, char *memory)
{
    char path[4100];
    jmp_buf oom;
    char *middle = memory + IMPORT_BYTES / 2;
    arena a = {memory, middle, &oom}, scratch = {middle, memory + IMPORT_BYTES, &oom};
    input sheet_file = {.fd = -1}, table_file = {.fd = -1};
    str sheet, existing;
    scheme_import r;
    err e = {0};
    snprintf(path, sizeof path, "%s/%s", o->to, scheme_table_file(table));
    bool ok = false;
    if (setjmp(oom))
        FAIL(&e, ERR_TOO_LARGE, "the sheet is too large");
    else
        ok = input_open(&sheet_file, o->file, &e) &&
             input_text(&sheet_file, o->encoding, &sheet, &e) &&
             table_get(&table_file, path, &existing, &e) &&
             scheme_import_sheet(&r, table, existing, sheet, str_of(o->columns), &a, scratch, &e) &&
             (o->dry_run || table_put(path, r.text, &e));
    int status = EXIT_TROUBLE;
    if (ok)
        status = import_report(call, o, &r);
    else
        cli_print_err(call, &e);
    input_close(&sheet_file);
    input_close(&table_file);
    return status;
}

static int import(const cli_call *call)
{
    import_options o = {.columns = ""};
    scheme_table table = TABLE_NONE;
    const char *encoding = NULL;
    for (int i = 2; i < call->argc; i++) {
        const char *name = call->argv[i], *value = i + 1 < call->argc ? call->argv[i + 1] : NULL;
        if (strcmp(name, "--dry-run") == 0) {
            o.dry_run = true;
            continue;
        }
        const char **to = strcmp(name, "--to") == 0         ? &o.to
                          : strcmp(name, "--columns") == 0  ? &o.columns
                          : strcmp(name, "--encoding") == 0 ? &encoding
                          : !o.table                        ? &o.table
                                                            : &o.file;
        bool named = to == &o.to || to == &o.columns || to == &encoding;
        if ((named && !value) || (!named && (*to || strncmp(name, "--", 2) == 0)))
            return cli_usage(call, cli_say(call, "没有选项 `%s`", "there is no option `%s`"), name);
        *to = named ? value : name;
        i += named;
    }
    for (int t = 1; o.table && t < TABLE__COUNT; t++) {
        str file = str_of(scheme_table_file((scheme_table)t));
        if (str_eq(str_of(o.table), file) || str_eq(str_of(o.table), (str){file.p, file.n - 4}))
            table = (scheme_table)t;
    }
    if (!table || !o.file || !o.to || (encoding && !charset_named(&o.encoding, str_of(encoding))))
        return cli_usage(
            call, "%s",
            "gongji scheme import TABLE FILE --to DIR [--columns M] [--encoding E] [--dry-run]");
    char *memory = malloc((size_t)IMPORT_BYTES);
    int status = memory ? import_within(call, &o, table, memory) : EXIT_TROUBLE;
    free(memory);
    return status;
}

int cli_scheme(const cli_call *call)
{
    int argc = call->argc;
    char **argv = call->argv;
    const char *verb = argc > 1 ? argv[1] : "";
    if (strcmp(verb, "--help") == 0 || (argc == 3 && strcmp(argv[2], "--help") == 0))
        return cli_help(call, "scheme");
    if (strcmp(verb, "check") == 0 && argc == 3)
        return check(call, argv[2]);
    if (strcmp(verb, "explain") == 0 && argc == 3)
        return explain(call, argv[2], "");
    if (strcmp(verb, "explain") == 0 && argc == 5 && strcmp(argv[3], "--group") == 0)
        return explain(call, argv[2], argv[4]);
    if (strcmp(verb, "import") == 0)
        return import(call);
    return cli_usage(
        call, "%s",
        "gongji scheme check DIR | explain DIR [--group CODE] | import TABLE FILE --to DIR");
}
