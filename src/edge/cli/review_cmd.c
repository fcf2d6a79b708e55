#include "edge/cli/cli.h"

#include "service/pack/review.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT_BYTES ((ptrdiff_t)16 << 20)

static bool load_within(review_pack *p, const char *dir, arena *a, err *e)
{
    jmp_buf oom;
    arena memory = {a->beg, a->end, &oom};
    if (setjmp(oom)) {
        FAIL(e, ERR_OUT_OF_MEMORY, "the rules need more than %td bytes", REVIEW_PACK_BYTES);
        return false;
    }
    return review_pack_load(p, str_of(dir), &memory, e);
}

static int problems_print(const review_pack *p)
{
    char line[2048] = "";
    int warnings = 0;
    for (int i = 0; i < p->problem_count; i++) {
        text_buffer t = {line, 0, sizeof line, false};
        pack_problem_print(&t, &p->problem[i]);
        fwrite(line, 1, (size_t)t.n, stderr);
        warnings += p->problem[i].warning;
    }
    return warnings;
}

static int check_say(const cli_call *call, const char *dir, const review_pack *p)
{
    int warnings = problems_print(p), rules = 0;
    for (int i = 0; i < p->version_count; i++)
        rules += p->version[i].rule_count;
    if (p->error_count) {
        fprintf(stderr, cli_say(call, "%s：%d 处错误\n", "%s: %d errors\n"), dir, p->error_count);
        return EXIT_TROUBLE;
    }
    printf(cli_say(call, "%s：没有错误，%d 处提醒。%d 个版本，%d 条规则\n",
                   "%s: no errors, %d warnings. %d versions, %d rules\n"),
           dir, warnings, p->version_count, rules);
    return EXIT_OK;
}

static int explain_say(const cli_call *call, const review_pack *p)
{
    problems_print(p);
    if (p->error_count)
        return EXIT_TROUBLE;
    char *memory = malloc((size_t)TEXT_BYTES);
    if (!memory)
        return EXIT_TROUBLE;
    text_buffer t = {memory, 0, TEXT_BYTES, false};
    review_pack_explain(&t, p, call->lang == LANG_ZH);
    fwrite(t.p, 1, (size_t)t.n, stdout);
    free(memory);
    return EXIT_OK;
}

int cli_review(const cli_call *call)
{
    const char *verb = call->argc > 1 ? call->argv[1] : "";
    bool check = strcmp(verb, "check") == 0, explain = strcmp(verb, "explain") == 0;
    if (strcmp(verb, "--help") == 0 || (call->argc == 3 && strcmp(call->argv[2], "--help") == 0))
        return cli_help(call, "review");
    if (call->argc != 3 || !(check || explain))
        return cli_usage(call, "%s", "gongji review check DIR | explain DIR");
    const char *dir = call->argv[2];
    char *memory = malloc((size_t)REVIEW_PACK_BYTES);
    arena a = {memory, memory ? memory + REVIEW_PACK_BYTES : NULL, NULL};
    review_pack p = {0};
    err e = {0};
    int status = EXIT_TROUBLE;
    if (!memory)
        FAIL(&e, ERR_OUT_OF_MEMORY, "no memory for the rules");
    if (memory && load_within(&p, dir, &a, &e))
        status = check ? check_say(call, dir, &p) : explain_say(call, &p);
    else
        cli_print_err(call, &e);
    free(memory);
    return status;
}
