#include "edge/cli/cli.h"
#include "edge/gateway/gateway.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT_BYTES      ((ptrdiff_t)16 << 20)
#define WORDS_BYTES_MAX ((size_t)1 << 20)

static bool words_read(FILE *f, int *rows, const char *path, arena *a, err *e)
{
    char *text = arena_new(a, char, WORDS_BYTES_MAX);
    size_t n = fread(text, 1, WORDS_BYTES_MAX, f);
    return n < WORDS_BYTES_MAX
               ? gateway_words_check(rows, (str){text, (ptrdiff_t)n}, str_of(path), a, e)
               : FAIL(e, ERR_TOO_LARGE, "%s", path);
}

/* DIR/gateway/words.csv, which may be missing; *rows = those of it. */
static bool words_check(const cli_call *call, const char *dir, int *rows)
{
    char path[4096];
    char *memory = malloc((size_t)TEXT_BYTES);
    err e = {0};
    jmp_buf oom;
    arena a = {memory, memory ? memory + TEXT_BYTES : NULL, &oom};
    snprintf(path, sizeof path, "%s/gateway/words.csv", dir);
    FILE *const f = memory ? fopen(path, "rb") : NULL;
    *rows = 0;
    bool ok = !f                 ? memory != NULL
              : setjmp(oom) == 0 ? words_read(f, rows, path, &a, &e)
                                 : FAIL(&e, ERR_OUT_OF_MEMORY, "%s", path);
    if (!ok)
        cli_print_err(call, &e);
    if (f)
        fclose(f);
    free(memory);
    return ok;
}

static int check(const cli_call *call, const char *dir)
{
    int words;
    const pack *p = cli_pack_load(call, dir);
    if (!p)
        return EXIT_TROUBLE;
    if (p->error_count) {
        fprintf(stderr, cli_say(call, "%s：%d 处错误\n", "%s: %d errors\n"), dir, p->error_count);
        return EXIT_TROUBLE;
    }
    if (!words_check(call, dir, &words))
        return EXIT_TROUBLE;
    int layers = 0;
    for (int i = 0; i < p->policy_count; i++)
        layers += p->policy[i].layer_count;
    printf(cli_say(call, "%s：没有错误。%d 个政策版本，%d 层，%d 个累计，%d 个词\n",
                   "%s: no errors. %d policy versions, %d layers, %d accumulators, %d words\n"),
           dir, p->policy_count, layers, p->accumulator_count - 1, p->word_count);
    if (words)
        printf(cli_say(call, "gateway/words.csv：%d 行\n", "gateway/words.csv: %d rows\n"), words);
    return EXIT_OK;
}

static int explain(const cli_call *call, const char *dir, const char *only)
{
    const pack *p = cli_pack_load(call, dir);
    char *memory = malloc((size_t)TEXT_BYTES);
    int status = EXIT_TROUBLE;
    bool known = only[0] == 0;
    for (int i = 0; p && i < p->policy_count; i++)
        known = known || str_eq(p->policy[i].id, str_of(only));
    if (p && !known)
        fprintf(stderr, cli_say(call, "%s：没有政策 `%s`\n", "%s: there is no policy `%s`\n"), dir,
                only);
    if (p && memory && p->error_count == 0 && known) {
        text_buffer t = {memory, 0, TEXT_BYTES, false};
        pack_explain(&t, p, str_of(only), call->lang);
        fwrite(t.p, 1, (size_t)t.n, stdout);
        status = EXIT_OK;
    }
    free(memory);
    return status;
}

static int diff(const cli_call *call, const char *before, const char *after)
{
    const pack *a = cli_pack_load(call, before), *b = cli_pack_load(call, after);
    char *memory = malloc((size_t)TEXT_BYTES), *work = malloc((size_t)PACK_ARENA_BYTES);
    int status = EXIT_TROUBLE;
    jmp_buf oom;
    arena scratch = {work, work ? work + PACK_ARENA_BYTES : NULL, &oom};
    if (a && b && memory && work && setjmp(oom) == 0) {
        text_buffer t = {memory, 0, TEXT_BYTES, false};
        int count = pack_diff(&t, a, b, &scratch);
        fwrite(t.p, 1, (size_t)t.n, stdout);
        printf(cli_say(call, "%d 处不同\n", "%d differences\n"), count);
        status = count ? EXIT_PARTLY : EXIT_OK;
    }
    free(memory);
    free(work);
    return status;
}

int cli_pack(const cli_call *call)
{
    int argc = call->argc;
    char **argv = call->argv;
    const char *verb = argc > 1 ? argv[1] : "";
    if (strcmp(verb, "--help") == 0 || (argc == 3 && strcmp(argv[2], "--help") == 0))
        return cli_help(call, "pack");
    if (strcmp(verb, "check") == 0 && argc == 3)
        return check(call, argv[2]);
    if (strcmp(verb, "explain") == 0 && argc == 3)
        return explain(call, argv[2], "");
    if (strcmp(verb, "explain") == 0 && argc == 5 && strcmp(argv[3], "--policy") == 0)
        return explain(call, argv[2], argv[4]);
    if (strcmp(verb, "diff") == 0 && argc == 4)
        return diff(call, argv[2], argv[3]);
    return cli_usage(call, "%s", "gongji pack check DIR | explain DIR [--policy ID] | diff A B");
}
