/* Tables of a scheme: whatever they hold, they become a scheme that groups, or problems with file
 * and line.  The input is the files one after the other, each behind a line `=== mdc.csv`. */
#include "fuzz.h"

#include "engine/casemix/casemix.h"
#include "service/scheme/scheme.h"

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

static void files_split(scheme_files *out, str text)
{
    *out = (scheme_files){0};
    for (int table = 0; text.n > 0;) {
        const char *end = memchr(text.p, '\n', (size_t)text.n);
        str line = {text.p, end ? end + 1 - text.p : text.n};
        text = (str){text.p + line.n, text.n - line.n};
        if (line.n > 4 && memcmp(line.p, "=== ", 4) == 0) {
            str name = {line.p + 4, line.n - 4 - (end != NULL)};
            table = 0;
            for (int t = 1; t < TABLE__COUNT; t++)
                if (str_eq(name, str_of(scheme_table_file((scheme_table)t))))
                    table = t;
            if (table)
                out->text[table] = (str){text.p, 0};
        } else if (table) {
            out->text[table].n += line.n;
        }
    }
}

/* Cases made of the scheme's own codes: the path agrees with the group, and can be said. */
static void cases_group(const scheme *s, arena a)
{
    const casemix_scheme *c = &s->compiled;
    static char said[1 << 16];
    for (int32_t i = 0; i < c->dx.count && i < 40; i++) {
        arena fresh = a;
        casemix_case one;
        casemix_result r;
        casemix_path path;
        str other[2] = {c->dx.text[(i + 1) % c->dx.count].code, c->dx.text[i / 2].code};
        str procedure[2] = {S("x"), S("")};
        for (int k = 0; k < 2 && c->procedure.count; k++)
            procedure[k] = c->procedure.text[(i + k) % c->procedure.count].code;
        casemix_case_clear(&one);
        one.main_dx = c->dx.text[i].code;
        one.sex = (uint8_t)(1 + i % 2);
        one.number[CASE_AGE] = i % 3;
        one.number[CASE_AGE_DAYS] = 20 + i;
        one.other_dx = other;
        one.procedure = procedure;
        one.other_dx_count = one.procedure_count = i % 3;
        casemix_options o = {.map = i % 5 == 0, .tidy = i % 7 == 0, .refuse_gray = i % 11 == 0};
        casemix_group(&r, c, &one, o);
        casemix_explain(&path, c, &one, o, &fresh);
        MUST(memcmp(&r, &path.result, sizeof r) == 0);
        MUST((r.status == CASEMIX_GROUPED) == (r.drg >= 0 && r.reason == REASON_NONE));
        MUST(r.drg < c->drg_count && r.adrg < c->adrg_count && r.mdc < c->mdc_count);
        if (r.drg >= 0)
            MUST(c->drg[r.drg].adrg == r.adrg && c->adrg[r.adrg].mdc == r.mdc);
        for (int k = 0; k < path.count; k++) {
            text_buffer t = {said, 0, sizeof said, false};
            casemix_sentence(&t, c, &path, k, k % 2);
            MUST(t.n > 0);
        }
    }
}

static void compile(str text, char *memory, char *scratch)
{
    static char said[1 << 16];
    jmp_buf oom;
    arena a = {memory, memory + BYTES, &oom}, b = {scratch, scratch + BYTES, &oom};
    scheme_files files;
    scheme s;
    if (setjmp(oom))
        return;
    files_split(&files, text);
    scheme_compile(&s, &files, true, &a, b);
    MUST(s.problem_count <= SCHEME_PROBLEMS_MAX);
    MUST(s.error_count + s.warning_count >= s.problem_count);
    for (int i = 0; i < s.problem_count; i++) {
        text_buffer t = {said, 0, sizeof said, false};
        scheme_problem_print(&t, &s.problem[i]);
        MUST(t.n > 0 && s.problem[i].message.n > 0 && str_is_utf8(s.problem[i].message));
    }
    if (s.error_count)
        return;
    text_buffer t = {said, 0, sizeof said, false};
    scheme_explain(&t, &s.compiled, S(""), true);
    cases_group(&s, a);
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
