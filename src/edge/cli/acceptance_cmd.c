/* gongji acceptance: the acceptance sequence against any address. */
#include "edge/acceptance/acceptance.h"

#include "base/money.h"
#include "edge/cli/server_cmd.h"

#include <stdio.h>
#include <stdlib.h>

#define AREA_DIGITS 6
#define ARENA_BYTES ((ptrdiff_t)256 << 20) /* as far as it is touched */
#define ENTRY       "/fsi/api/rsfComIfsService/callService"

typedef struct {
    const cli_call *call;
    bool quiet;
    int done;
} teller;

static void step_told(void *arg,
                      const char *no,
                      const char *zh,
                      const char *en,
                      acceptance_result result,
                      const char *reason)
{
    static const char *const words[] = {"ok", "not ok", "skipped"};
    teller *t = arg;
    t->done++;
    if (t->quiet && result == ACCEPTANCE_OK)
        return;
    printf("%-7s %2d %-5s %s%s%s\n", words[result], t->done, no, cli_say(t->call, zh, en),
           reason[0] ? ": " : "", reason);
    fflush(stdout);
}

/* http://HOST:PORT, or with a path behind it. */
static bool url_read(acceptance_config *c, const char *url)
{
    static const char prefix[] = "http://";
    if (!url || strncmp(url, prefix, sizeof prefix - 1) != 0)
        return false;
    const char *host = url + sizeof prefix - 1;
    ptrdiff_t n = (ptrdiff_t)strcspn(host, "/");
    c->authority = (str){host, n};
    c->path = host[n] && host[n + 1] ? str_of(host + n) : S(ENTRY);
    c->port = 80;
    bool v6 = host[0] == '[';
    const char *end = v6 ? memchr(host, ']', (size_t)n) : memchr(host, ':', (size_t)n);
    c->host = v6 ? (str){host + 1, end ? end - host - 1 : 0} : (str){host, end ? end - host : n};
    const char *colon = end && v6 ? end + 1 : end;
    if (colon && colon < host + n) {
        char digits[8] = "";
        ptrdiff_t k = host + n - colon - 1;
        if (*colon != ':' || k < 1 || k >= (ptrdiff_t)sizeof digits)
            return false;
        memcpy(digits, colon + 1, (size_t)k);
        if (!cli_number(digits, 65535, &c->port))
            return false;
    }
    return c->host.n > 0;
}

/* CODE:COUNT:PRICE */
static bool item_read(acceptance_item *m, const char *text)
{
    const char *one = strchr(text, ':'), *two = one ? strchr(one + 1, ':') : NULL;
    char count[8] = "";
    money price = {0};
    if (!one || !two || two - one < 2 || two - one > 7)
        return false;
    memcpy(count, one + 1, (size_t)(two - one - 1));
    m->code = (str){text, one - text};
    if (!cli_number(count, 1000, &m->count) || !money_parse(&price, str_of(two + 1)))
        return false;
    m->fen = price.fen;
    return m->count > 0 && m->code.n > 0;
}

static bool items_read(acceptance_config *c, const cli_words *said)
{
    static const acceptance_item ours[] = {
        {{"SBXY0001", 8}, 1000, 3}, {{"SBXY0004", 8}, 1480, 2}, {{"SBXY0003", 8}, 3000, 1}};
    c->item_count = said->count ? said->count : (int)COUNTOF(ours);
    for (int i = 0; i < c->item_count; i++) {
        if (said->count == 0)
            c->item[i] = ours[i];
        else if (!item_read(&c->item[i], said->word[i]))
            return false;
    }
    return true;
}

static bool signature_known(const char *s)
{
    return strcmp(s, "none") == 0 || strcmp(s, "x-tif") == 0 || strcmp(s, "api") == 0 ||
           strcmp(s, "x-ca") == 0;
}

static int run(const cli_call *call, const acceptance_config *c, bool quiet)
{
    char *memory = malloc((size_t)ARENA_BYTES);
    teller t = {.call = call, .quiet = quiet};
    int failed = 0;
    err e = {0};
    jmp_buf oom;
    if (!memory)
        return EXIT_TROUBLE;
    arena a = {memory, memory + ARENA_BYTES, &oom};
    bool ok = setjmp(oom) == 0 ? acceptance_run(&failed, c, step_told, &t, &a, &e)
                               : FAIL(&e, ERR_OUT_OF_MEMORY, "the answers are too large");
    free(memory);
    if (!ok) {
        cli_print_err(call, &e);
        return EXIT_TROUBLE;
    }
    printf(cli_say(call, "%d 步，%d 步未通过\n", "%d steps, %d not ok\n"), t.done, failed);
    return failed ? EXIT_PARTLY : EXIT_OK;
}

/* H or P, the county's code, a number: funds are pooled by the city it lies in. */
static bool area_of_code(char out[AREA_DIGITS + 1], str code)
{
    bool national = code.n == 12 && (code.p[0] == 'H' || code.p[0] == 'P');
    for (ptrdiff_t i = 1; i <= AREA_DIGITS && national; i++)
        national = code.p[i] >= '0' && code.p[i] <= '9';
    if (national)
        snprintf(out, AREA_DIGITS + 1, "%.4s00", code.p + 1);
    return national;
}

int cli_acceptance(const cli_call *call)
{
    const char *url = NULL, *code = NULL, *key = "", *secret = "", *signature = "none";
    const char *id_no = "350902199208191153", *person = "韩接班";
    const char *area = "", *name = "验收机构";
    acceptance_config c = {
        .disease = S("I10.x00"), .disease_name = S("原发性高血压"), .seconds = 30};
    cli_words items = {.count = 0};
    char pooled[AREA_DIGITS + 1];
    bool quiet = false;
    const cli_option options[] = {
        {.name = "--url", .text = &url},
        {.name = "--institution", .text = &code},
        {.name = "--name", .text = &name},
        {.name = "--area", .text = &area},
        {.name = "--signature", .text = &signature},
        {.name = "--key", .text = &key},
        {.name = "--secret", .text = &secret},
        {.name = "--id-no", .text = &id_no},
        {.name = "--person", .text = &person},
        {.name = "--item", .words = &items},
        {.name = "--timeout", .number = &c.seconds, .number_max = 600},
        {.name = "--no-stays", .flag = &c.no_stays},
        {.name = "--quiet", .flag = &quiet},
    };
    if (!cli_options_read(call, options, COUNTOF(options), NULL))
        return EXIT_USAGE;
    if (!url_read(&c, url) || !code || !code[0] || c.seconds == 0)
        return cli_usage(
            call, "%s",
            cli_say(call, "需要 --url http://主机:端口[/路径] 和 --institution 机构编码",
                    "--url http://HOST:PORT[/PATH] and --institution CODE are needed"));
    if (!signature_known(signature) || !items_read(&c, &items))
        return cli_usage(
            call, "%s",
            cli_say(call, "--signature 为 none、x-tif、api、x-ca；--item 为 编码:数量:单价",
                    "--signature takes none, x-tif, api, x-ca; --item CODE:COUNT:PRICE"));
    c.institution = str_of(code);
    if (!area[0] && !area_of_code(pooled, c.institution))
        return cli_usage(call, "%s",
                         cli_say(call, "机构编码不含区划，请用 --area 说明统筹区",
                                 "the institution's code names no area: say it with --area"));
    c.name = str_of(name);
    c.area = str_of(area[0] ? area : pooled);
    c.signature = str_of(signature);
    c.access_key = str_of(key);
    c.secret = str_of(secret);
    c.id_no = str_of(id_no);
    c.person_name = str_of(person);
    return run(call, &c, quiet);
}
