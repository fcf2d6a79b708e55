/* gongji check: the invariants of a living database, with what was counted. */
#include "edge/cli/server_cmd.h"
#include "service/desk/desk.h"

#include <stdio.h>
#include <stdlib.h>

#define CHECK_BYTES ((ptrdiff_t)512 << 20) /* only what a page of persons touches is really taken */

static void progress(void *unused, int64_t persons)
{
    (void)unused;
    if (cli_on_terminal() && persons % 1000 == 0)
        fprintf(stderr, "\r%" PRId64 " …", persons);
}

static void report_print(const cli_call *call, const desk_report *r, int wrong)
{
    if (cli_on_terminal())
        fputs("\r", stderr);
    const struct {
        int64_t count;
        const char *zh, *en;
    } row[] = {
        {r->persons, "人员", "persons"},
        {r->bills, "账单", "bills"},
        {r->lines, "明细", "lines"},
        {r->settlements, "结算（含撤销）", "settlements, reversals among them"},
        {r->settled_again, "按当日政策重算，结果逐字节相同",
         "settled again with the policy of their day, same bytes"},
        {r->not_loaded, "未重算（当时的政策包未加载，或按家庭累计）",
         "not settled again (pack not loaded as it was, or counts per household)"},
        {r->entries, "账务分录", "journal entries"},
        {r->between, "异地直接结算（含撤销）", "settled for another area, reversals among them"},
        {r->answers, "幂等应答", "idempotent answers"},
        {r->approvals, "复核事项", "approvals"},
        {r->audit_lines, "审计记录，链完整", "audit lines, in whole chains"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(row); i++)
        printf("%12" PRId64 "  %s\n", row[i].count, cli_say(call, row[i].zh, row[i].en));
    int64_t shown = r->finding_count < FINDINGS_MAX ? r->finding_count : FINDINGS_MAX;
    for (int64_t i = 0; i < shown; i++)
        printf("WRONG %s: person %" PRId64 ", %" PRId64 ": %.*s\n", r->finding[i].rule,
               r->finding[i].person_id, r->finding[i].object_id, STR_ARG(r->finding[i].text));
    if (r->finding_count)
        printf(cli_say(call, "发现 %" PRId64 " 处问题\n", "%" PRId64 " things are wrong\n"),
               r->finding_count);
    else if (!wrong)
        puts(cli_say(call, "没有发现问题", "nothing is wrong"));
}

/* ---- the copy of the audit log ---- */

#define CHAINS_MAX 4096 /* 64 servers of 64 writers */
#define LINE_MAX   (64 << 10)

typedef struct {
    int64_t chain, seq; /* seq 0 = none */
    char hash[65];
} tail;

typedef struct {
    store *s;
    const arena *a;
    int64_t *lost; /* of each chain: the last line that the database no longer holds; 0 = none */
    int64_t lines;
    tail last;
} copy_walk;

/* What broke off or is something else is no line. */
static bool line_read(tail *out, const char *line)
{
    size_t n = strlen(line);
    return n > 2 && line[n - 1] == '\n' && line[n - 2] == '}' &&
           sscanf(line, "{\"chain\":%" SCNd64 ",\"seq\":%" SCNd64 ",\"hash\":\"%64[0-9a-f]\"",
                  &out->chain, &out->seq, out->hash) == 3 &&
           out->chain >= 0 && out->chain < CHAINS_MAX && out->seq > 0;
}

static bool tail_check(copy_walk *w, err *e)
{
    arena page = *w->a;
    bool holds = true;
    const tail *t = &w->last;
    if (t->seq > 0 && !store_audit_holds(&holds, w->s, t->chain, t->seq, str_of(t->hash), &page, e))
        return false;
    if (!holds)
        w->lost[t->chain] = t->seq;
    w->last.seq = 0;
    return true;
}

/* The end of each batch, not only of the file: a chain that was cut may have grown again since. */
static bool batches_check(copy_walk *w, FILE *f, err *e)
{
    static char line[LINE_MAX];
    while (fgets(line, sizeof line, f)) {
        tail now = {0};
        bool is_line = line_read(&now, line);
        bool goes_on = is_line && now.chain == w->last.chain && now.seq == w->last.seq + 1;
        if ((line[0] == '\n' || (is_line && !goes_on)) && !tail_check(w, e))
            return false;
        if (is_line)
            w->last = now;
        w->lines += is_line;
    }
    return tail_check(w, e);
}

/* Chains that were cut, or written anew, no longer hold what was copied. */
static bool
copy_check(const cli_call *call, int *wrong, store *s, const char *file, arena *a, err *e)
{
    copy_walk w = {.s = s, .a = a, .lost = calloc(CHAINS_MAX, sizeof *w.lost)};
    FILE *f = fopen(file, "r");
    bool ok = f && w.lost;
    if (!ok)
        FAIL(e, f ? ERR_OUT_OF_MEMORY : ERR_IO, "%s cannot be read", file);
    ok = ok && batches_check(&w, f, e);
    for (int64_t chain = 0; ok && chain < CHAINS_MAX; chain++) {
        if (w.lost[chain] == 0)
            continue;
        printf("WRONG audit_copy: chain %" PRId64 ", line %" PRId64
               " of the copy is not in the database\n",
               chain, w.lost[chain]);
        ++*wrong;
    }
    if (ok)
        printf("%12" PRId64 "  %s\n", w.lines,
               cli_say(call, "审计副本中的记录", "audit lines in the copy"));
    if (f)
        fclose(f);
    free(w.lost);
    return ok;
}

int cli_check(const cli_call *call)
{
    const char *uri = cli_database_default(), *packs = "packs", *copy = NULL;
    int wrong = 0;
    cli_database d = {0};
    office *o = NULL;
    desk *k = NULL;
    err e = {0};
    const cli_option options[] = {{.name = "--db", .text = &uri},
                                  {.name = "--packs", .text = &packs},
                                  {.name = "--audit-copy", .text = &copy}};
    if (!cli_options_read(call, options, COUNTOF(options), NULL))
        return EXIT_USAGE;
    desk_report *r = calloc(1, sizeof *r);
    char *memory = malloc((size_t)CHECK_BYTES);
    arena a = {memory, memory + CHECK_BYTES, NULL};
    bool ok = r && memory && cli_database_open(&d, uri, false, &e) &&
              office_open(&o, d.store, str_of(packs), &e) && desk_open(&k, o, &e) &&
              desk_check(r, k, progress, NULL, &a, &e) &&
              (!copy || copy_check(call, &wrong, d.store, copy, &a, &e));
    if (ok)
        report_print(call, r, wrong);
    else
        cli_print_err(call, &e);
    int status = !ok ? EXIT_TROUBLE : r->finding_count || wrong ? EXIT_PARTLY : EXIT_OK;
    desk_close(k);
    office_close(o);
    cli_database_close(&d);
    free(memory);
    free(r);
    return status;
}
