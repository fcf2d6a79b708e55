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
    int64_t seq;
    char hash[65];
} tail;

/* The last line of each chain in the copy; what broke off or is something else is no line. */
static bool tails_read(tail *last, int64_t *lines, const char *file, err *e)
{
    static char line[LINE_MAX];
    FILE *f = fopen(file, "r");
    if (!f)
        return FAIL(e, ERR_IO, "%s cannot be read", file);
    *lines = 0;
    while (fgets(line, sizeof line, f)) {
        int64_t chain = 0, seq = 0;
        char hash[65] = "";
        size_t n = strlen(line);
        bool whole = n > 2 && line[n - 1] == '\n' && line[n - 2] == '}';
        if (!whole ||
            sscanf(line, "{\"chain\":%" SCNd64 ",\"seq\":%" SCNd64 ",\"hash\":\"%64[0-9a-f]\"",
                   &chain, &seq, hash) != 3)
            continue;
        ++*lines;
        if (chain < 0 || chain >= CHAINS_MAX || seq < last[chain].seq)
            continue;
        last[chain].seq = seq;
        memcpy(last[chain].hash, hash, sizeof hash);
    }
    fclose(f);
    return true;
}

/* Chains that were cut at their end, or written anew, no longer hold what was copied. */
static bool
copy_check(const cli_call *call, int *wrong, store *s, const char *file, arena *a, err *e)
{
    tail *last = calloc(CHAINS_MAX, sizeof *last);
    int64_t lines = 0;
    if (!last) {
        FAIL(e, ERR_OUT_OF_MEMORY, "no memory");
        return false;
    }
    bool ok = tails_read(last, &lines, file, e);
    for (int64_t chain = 0; ok && chain < CHAINS_MAX; chain++) {
        bool holds = true;
        ok = last[chain].seq == 0 ||
             store_audit_holds(&holds, s, chain, last[chain].seq, str_of(last[chain].hash), a, e);
        if (ok && !holds) {
            printf("WRONG audit_copy: chain %" PRId64 ", line %" PRId64
                   " of the copy is not in the database\n",
                   chain, last[chain].seq);
            ++*wrong;
        }
    }
    if (ok)
        printf("%12" PRId64 "  %s\n", lines,
               cli_say(call, "审计副本中的记录", "audit lines in the copy"));
    free(last);
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
