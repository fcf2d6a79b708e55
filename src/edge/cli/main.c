#include "edge/cli/cli.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *cli_say(const cli_call *call, const char *zh, const char *en)
{
    return call->lang == LANG_ZH ? zh : en;
}

int cli_usage(const cli_call *call, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("gongji: ", stderr);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\n%s\n", cli_say(call, "用法见 gongji help", "see gongji help"));
    return EXIT_USAGE;
}

bool cli_on_terminal(void)
{
    return isatty(STDERR_FILENO);
}

void cli_print_err(const cli_call *call, const err *e)
{
    fprintf(stderr, "gongji: %s: %s%s%s", err_name(e->code), e->field, e->field[0] ? ": " : "",
            e->msg);
    if (e->expected[0])
        fprintf(stderr, cli_say(call, "（应为 %s）", " (expected: %s)"), e->expected);
    fputc('\n', stderr);
}

static bool load_within(pack *p, const char *dir, arena *a, err *e)
{
    jmp_buf oom;
    arena memory = {a->beg, a->end, &oom};
    if (setjmp(oom))
        return FAIL(e, ERR_OUT_OF_MEMORY, "the pack needs more than %td bytes", PACK_ARENA_BYTES);
    return pack_load(p, str_of(dir), &memory, e);
}

const pack *cli_pack_load(const cli_call *call, const char *dir)
{
    pack *p = calloc(1, sizeof *p);
    char *memory = malloc((size_t)PACK_ARENA_BYTES);
    arena a = {memory, memory ? memory + PACK_ARENA_BYTES : NULL, NULL};
    err e = {0};
    if (!p || !memory)
        FAIL(&e, ERR_OUT_OF_MEMORY, "no memory for the pack");
    if (!p || !memory || !load_within(p, dir, &a, &e)) {
        cli_print_err(call, &e);
        free(p);
        free(memory);
        return NULL;
    }
    p->memory = memory;
    char line[2048] = "";
    for (int i = 0; i < p->problem_count; i++) {
        text_buffer t = {line, 0, sizeof line, false};
        pack_problem_print(&t, &p->problem[i]);
        fwrite(line, 1, (size_t)t.n, stderr);
    }
    return p;
}

static lang lang_of_locale(void)
{
    const char *keys[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (ptrdiff_t i = 0; i < COUNTOF(keys); i++) {
        const char *value = getenv(keys[i]);
        if (value && *value)
            return strncmp(value, "zh", 2) == 0 ? LANG_ZH : LANG_EN;
    }
    return LANG_EN;
}

/* `--name=value` becomes two arguments, so that both ways of writing work everywhere. */
static char **arguments_split(int argc, char **argv, int *count)
{
    char **split = calloc(2 * (size_t)argc + 1, sizeof *split);
    *count = 0;
    for (int i = 1; split && i < argc; i++) {
        char *equals = strncmp(argv[i], "--", 2) == 0 ? strchr(argv[i], '=') : NULL;
        split[(*count)++] = argv[i];
        if (!equals)
            continue;
        *equals = 0;
        split[(*count)++] = equals + 1;
    }
    return split;
}

/* Takes `--lang X` out of the arguments, wherever it stands. */
static bool lang_take(cli_call *call)
{
    int kept = 0;
    for (int i = 0; i < call->argc; i++) {
        const char *value = NULL;
        if (strcmp(call->argv[i], "--lang") == 0) {
            if (i + 1 == call->argc)
                return false;
            value = call->argv[++i];
        } else {
            call->argv[kept++] = call->argv[i];
            continue;
        }
        if (strcmp(value, "zh") != 0 && strcmp(value, "en") != 0)
            return false;
        call->lang = strcmp(value, "zh") == 0 ? LANG_ZH : LANG_EN;
    }
    call->argc = kept;
    return true;
}

static int dispatch(const cli_call *call)
{
    if (call->argc == 0) {
        cli_help(call, NULL);
        return EXIT_USAGE;
    }
    const char *name = call->argv[0];
    if (strcmp(name, "settle") == 0)
        return cli_settle(call);
    if (strcmp(name, "pack") == 0)
        return cli_pack(call);
    if (strcmp(name, "group") == 0)
        return cli_group(call);
    if (strcmp(name, "scheme") == 0)
        return cli_scheme(call);
    if (strcmp(name, "dip") == 0)
        return cli_dip(call);
    if (strcmp(name, "review") == 0)
        return cli_review(call);
    if (strcmp(name, "serve") == 0)
        return cli_serve(call);
    if (strcmp(name, "init") == 0)
        return cli_init(call);
    if (strcmp(name, "user") == 0)
        return cli_user(call);
    if (strcmp(name, "import") == 0)
        return cli_import(call);
    if (strcmp(name, "bench") == 0)
        return cli_bench(call);
    if (strcmp(name, "demo") == 0)
        return cli_demo(call);
    if (strcmp(name, "sandbox") == 0)
        return cli_sandbox(call);
    if (strcmp(name, "acceptance") == 0)
        return cli_acceptance(call);
    if (strcmp(name, "check") == 0)
        return cli_check(call);
    if (strcmp(name, "backup") == 0)
        return cli_backup(call);
    if (strcmp(name, "restore") == 0)
        return cli_restore(call);
    if (strcmp(name, "tidy") == 0)
        return cli_tidy(call);
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return cli_help(call, call->argc > 1 ? call->argv[1] : NULL);
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        puts("gongji " GONGJI_VERSION);
        return EXIT_OK;
    }
    return cli_usage(call, cli_say(call, "没有子命令 `%s`", "there is no command `%s`"), name);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    signal(SIGPIPE, SIG_DFL);
    cli_call call = {.lang = lang_of_locale()};
    call.argv = arguments_split(argc, argv, &call.argc);
    if (!call.argv)
        return EXIT_TROUBLE;
    const char *wrong = cli_say(&call, "--lang 只能是 zh 或 en", "--lang takes zh or en");
    int status = lang_take(&call) ? dispatch(&call) : cli_usage(&call, "%s", wrong);
    free(call.argv);
    return status;
}
