#include "edge/cli/cli.h"
#include "service/scheme/scheme.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT_BYTES ((ptrdiff_t)32 << 20)

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
    return cli_usage(call, "%s", "gongji scheme check DIR | explain DIR [--group CODE]");
}
