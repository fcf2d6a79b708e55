/* Review rules: whatever the file holds, it becomes rules that look at lines, or problems with a
 * line. The lines are made of the rules' own codes. */
#include "fuzz.h"

#include "service/pack/review.h"

#include <stdio.h>
#include <stdlib.h>

#define BYTES ((ptrdiff_t)64 << 20)
#define LINES 60

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static char said[1 << 16];

static void lines_make(review_line *line, const review_rules *r)
{
    for (int32_t i = 0; i < LINES; i++) {
        str code = r->watch_count ? r->watch[i % r->watch_count].code : S("x");
        line[i] = (review_line){.code = code,
                                .name = S("n"),
                                .on = r->from.number + i / 3,
                                .quantity_e4 = 10000 * (1 + i % 7) - (i % 11 == 0) * 50000,
                                .unit_price_e4 = i % 5 ? 10000 * i : -1,
                                .limit_e4 = i % 4 ? 50000 : -1,
                                .amount_fen = 100 * i,
                                .past = i % 6 == 0};
    }
}

static void rules_use(const review_rules *r, arena a)
{
    review_line line[LINES];
    str dx[2] = {r->word_count ? r->word[0] : S("I10"), S("O80")};
    review_stay stay[2] = {{r->from, {DAY_NONE}, true, S("O80.1")},
                           {{r->from.number - 9}, {r->from.number - 2}, true, dx[0]}};
    lines_make(line, r);
    for (int k = 0; k < 12; k++) {
        arena fresh = a;
        const review_finding *f;
        int32_t count;
        review_case c = {.stage = (uint8_t)(k % 3),
                         .setting = (uint8_t)(1 << k % 3),
                         .sex = (uint8_t)(k % 3),
                         .born = {k % 4 ? r->from.number - 3000 * k : DAY_NONE},
                         .on = {r->from.number + 3},
                         .until = {DAY_NONE},
                         .level = k % 2 ? S("l1") : S(""),
                         .dx = dx,
                         .dx_count = k % 3,
                         .line = line,
                         .line_count = LINES,
                         .stay = stay,
                         .stay_count = 2};
        review_check(&f, &count, r, &c, &fresh);
        for (int32_t i = 0; i < count; i++) {
            MUST(f[i].rule >= 0 && f[i].rule < r->rule_count && f[i].amount_fen >= 0);
            MUST(f[i].line < LINES && (f[i].line < 0 || !line[f[i].line].past));
            text_buffer t = {said, 0, sizeof said, false};
            review_sentence(&t, r, &c, &f[i], k % 2);
            MUST(t.n > 0);
            review_value(&t, r, &c, &f[i]);
            review_limit(&t, r, &c, &f[i]);
        }
    }
}

static void read_and_use(str text, char *memory)
{
    jmp_buf oom;
    arena a = {memory, memory + BYTES, &oom};
    review_pack p;
    const pack_text file[] = {
        {S("f/review.yaml"), S("review: f\nname: {zh: 模糊, en: fuzz}\nareas: [\"35\"]\n")},
        {S("f/rules/x.yaml"), text}};
    if (setjmp(oom))
        return;
    review_pack_texts(&p, S("f"), file, 2, &a);
    for (int i = 0; i < p.problem_count; i++) {
        text_buffer t = {said, 0, sizeof said, false};
        pack_problem_print(&t, &p.problem[i]);
        MUST(t.n > 0);
    }
    if (p.error_count)
        return;
    text_buffer t = {said, 0, sizeof said, false};
    review_pack_explain(&t, &p, true);
    review_pack_explain(&t, &p, false);
    for (int i = 0; i < p.version_count; i++)
        rules_use(&p.version[i], a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *memory;
    if (!memory)
        memory = malloc((size_t)BYTES);
    MUST(memory);
    read_and_use((str){(const char *)data, (ptrdiff_t)size}, memory);
    return 0;
}
