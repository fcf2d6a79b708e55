/* gongji tidy: bodies of the gateway's messages that are old enough are emptied. */
#include "edge/cli/server_cmd.h"
#include "service/messages/messages.h"

#include <stdio.h>

#define DAY_MS INT64_C(86400000)

int cli_tidy(const cli_call *call)
{
    const char *uri = cli_database_default();
    int days = messages_config_default.body_days;
    int64_t emptied = 0;
    cli_database d = {0};
    err e = {0};
    const cli_option options[] = {
        {.name = "--db", .text = &uri},
        {.name = "--message-days", .number = &days, .number_max = 36500},
    };
    if (!cli_options_read(call, options, COUNTOF(options), NULL))
        return EXIT_USAGE;
    if (days == 0)
        return cli_usage(
            call, "%s",
            cli_say(call, "--message-days 应为 1 到 36500", "--message-days takes 1 to 36500"));
    bool ok = cli_database_open(&d, uri, false, &e) &&
              messages_tidy(&emptied, d.store, store_now_ms(d.store) - days * DAY_MS, &e);
    if (ok)
        printf(cli_say(call, "已清空 %" PRId64 " 条报文的正文\n",
                       "%" PRId64 " messages were emptied\n"),
               emptied);
    else
        cli_print_err(call, &e);
    cli_database_close(&d);
    return ok ? EXIT_OK : EXIT_TROUBLE;
}
