/* Tables of a DIP catalogue: whatever they hold, they become a catalogue that groups, or problems
 * with file and line.  The input is the files one after the other, each behind a line
 * `=== core.csv`. */
#include "fuzz.h"

#include "service/dip/dip.h"

#include <stdio.h>
#include <stdlib.h>

#define BYTES ((ptrdiff_t)24 << 20)

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static void files_split(dip_files *out, str text)
{
    *out = (dip_files){0};
    for (int table = 0; text.n > 0;) {
        const char *end = memchr(text.p, '\n', (size_t)text.n);
        str line = {text.p, end ? end + 1 - text.p : text.n};
        text = (str){text.p + line.n, text.n - line.n};
        if (line.n > 4 && memcmp(line.p, "=== ", 4) == 0) {
            str name = {line.p + 4, line.n - 4 - (end != NULL)};
            table = 0;
            for (int t = 1; t < DIP_TABLE__COUNT; t++)
                if (str_eq(name, str_of(dip_table_file((dip_table)t))))
                    table = t;
            if (table)
                out->text[table] = (str){text.p, 0};
        } else if (table) {
            out->text[table].n += line.n;
        }
    }
}

static void result_check(const dip_catalogue *c, const dip_result *r)
{
    MUST((r->status == CASEMIX_GROUPED) == (r->group >= 0));
    MUST(r->group < c->group_count && r->factor < c->factor_count);
    MUST(r->settled_e4 >= 0 && r->deviated_e4 >= 0 && r->score_e4 >= 0);
    MUST(r->group < 0 || r->match != DIP_MATCH_NONE);
    if (r->group < 0)
        return;
    const dip_group_row *g = &c->group[r->group];
    MUST(g->tier == r->tier && g->score_e4 == r->score_e4);
    if (r->deviation == DIP_LOW)
        MUST(r->deviated_e4 <= r->score_e4);
}

/* Cases made of the catalogue's own codes: the path agrees with the group, and can be said. */
static void cases_group(const dip_catalogue *c, arena a)
{
    static char said[1 << 16];
    for (int32_t i = 0; i < c->group_count && i < 40; i++) {
        arena fresh = a;
        dip_case one;
        dip_result r;
        dip_path path;
        str procedure[3] = {S("x"), S(""), S("99.9999")}, other[2] = {S("C77.0"), S("j96")};
        for (int k = 0; k < 2 && c->procedure_count; k++)
            procedure[k] = c->procedure_text[(i + k) % c->procedure_count];
        if (c->prefix_count)
            other[0] = c->prefix[i % c->prefix_count].prefix;
        dip_case_clear(&one);
        one.facts.main_dx = c->group[i].diagnosis;
        one.facts.procedure = procedure;
        one.facts.procedure_count = i % 4;
        one.facts.other_dx = other;
        one.facts.other_dx_count = i % 3;
        one.facts.number[CASE_AGE] = i * 3;
        one.facts.number[CASE_STAY] = i;
        one.cost_fen = i % 5 == 0 ? CASE_UNKNOWN : c->group[i].mean_fen * (i % 4);
        one.level = (uint8_t)(i % DIP_LEVELS);
        dip_group(&r, c, &one);
        dip_explain(&path, c, &one, &fresh);
        MUST(memcmp(&r, &path.result, sizeof r) == 0);
        result_check(c, &r);
        for (int k = 0; k < path.count; k++) {
            text_buffer t = {said, 0, sizeof said, false};
            dip_sentence(&t, c, &path, k, k % 2);
            MUST(t.n > 0);
        }
    }
}

static void compile(str text, char *memory, char *scratch)
{
    static char said[1 << 16];
    jmp_buf oom;
    arena a = {memory, memory + BYTES, &oom}, b = {scratch, scratch + BYTES, &oom};
    dip_files files;
    dip d;
    if (setjmp(oom))
        return;
    files_split(&files, text);
    dip_compile(&d, &files, text.n % 2, &a, b);
    MUST(d.problem_count <= SCHEME_PROBLEMS_MAX && d.error_count >= d.problem_count);
    for (int i = 0; i < d.problem_count; i++) {
        text_buffer t = {said, 0, sizeof said, false};
        scheme_problem_print(&t, &d.problem[i]);
        MUST(t.n > 0 && d.problem[i].message.n > 0 && str_is_utf8(d.problem[i].message));
    }
    if (d.error_count == 0)
        cases_group(&d.compiled, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *memory, *scratch;
    if (!memory) {
        memory = malloc((size_t)BYTES);
        scratch = malloc((size_t)BYTES);
    }
    MUST(memory && scratch);
    compile((str){(const char *)data, (ptrdiff_t)size}, memory, scratch);
    return 0;
}
