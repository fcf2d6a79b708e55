#include "edge/serve/serve.h"

#include "edge/cli/server_cmd.h"

#include <stdio.h>

typedef struct {
    const char *profile;
    int confirm_minutes;
    access_config access;
} guard;

/* What the profile says first, then what was asked for. */
static bool guard_read(const cli_call *call, guard *g)
{
    g->access.sure_seconds = 60 * g->confirm_minutes;
    if (g->profile && !access_profile(&g->access, g->profile))
        return cli_usage(call, "%s",
                         cli_say(call, "--profile 应为 mlps3 或 asvs",
                                 "--profile takes mlps3 or asvs")) == EXIT_OK;
    if (g->access.sessions_max < 1 || g->access.counter_sessions_max < 1)
        return cli_usage(call, "%s",
                         cli_say(call, "--sessions 和 --counter-sessions 至少为 1",
                                 "--sessions and --counter-sessions take 1 and more")) == EXIT_OK;
    return true;
}

int cli_serve(const cli_call *call)
{
    serve_config c = serve_config_default;
    guard g = {.access = access_config_default,
               .confirm_minutes = access_config_default.sure_seconds / 60};
    serve *s = NULL;
    err e = {0};
    c.database = cli_database_default();
    c.access = &g.access;
    const cli_option options[] = {
        {.name = "--db", .text = &c.database},
        {.name = "--packs", .text = &c.packs_dir},
        {.name = "--schemes", .text = &c.schemes_dir},
        {.name = "--list-scheme", .text = &c.list_scheme},
        {.name = "--list-catalogue", .text = &c.list_catalogue},
        {.name = "--catalogues", .text = &c.catalogues_dir},
        {.name = "--address", .text = &c.address},
        {.name = "--port", .number = &c.port, .number_max = 65535},
        {.name = "--node", .number = &c.node, .number_max = 62},
        {.name = "--log", .number = &c.log_level, .number_max = 2},
        {.name = "--message-days", .number = &c.message_days, .number_max = 36500},
        {.name = "--behind-proxy", .flag = &c.behind_proxy},
        {.name = "--tls-cert", .text = &c.tls_certificate},
        {.name = "--tls-key", .text = &c.tls_key},
        {.name = "--audit-copy", .text = &c.audit_copy},
        {.name = "--profile", .text = &g.profile},
        {.name = "--second-factor", .text = &g.access.factor_roles},
        {.name = "--key-file", .text = &g.access.key_file},
        {.name = "--refused-passwords", .text = &g.access.refused_file},
        {.name = "--sessions", .number = &g.access.sessions_max, .number_max = 100},
        {.name = "--counter-sessions", .number = &g.access.counter_sessions_max, .number_max = 100},
        {.name = "--confirm-minutes", .number = &g.confirm_minutes, .number_max = 480},
        {.name = "--unused-days", .number = &g.access.unused_days, .number_max = 3650},
    };
    if (!cli_options_read(call, options, COUNTOF(options), NULL) || !guard_read(call, &g))
        return EXIT_USAGE;
    if (c.node == 0)
        return cli_usage(call, "%s", cli_say(call, "--node 应为 1 到 62", "--node takes 1 to 62"));
    serve_signals_block();
    if (!serve_start(&s, &c, &e)) {
        cli_print_err(call, &e);
        return EXIT_TROUBLE;
    }
    bool v6 = strchr(c.address, ':') != NULL;
    printf(cli_say(call, "gongji %s 在 %s://%s%s%s:%d 服务，数据库 %s\n",
                   "gongji %s serves %s://%s%s%s:%d from %s\n"),
           GONGJI_VERSION, c.tls_certificate ? "https" : "http", v6 ? "[" : "", c.address,
           v6 ? "]" : "", serve_port(s), cli_database_name(c.database));
    fflush(stdout);
    serve_wait();
    serve_stop(s);
    puts(cli_say(call, "已停止", "stopped"));
    return EXIT_OK;
}
