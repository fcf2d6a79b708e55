/* gongji tidy: bodies of old messages are emptied, sums by hour or day dropped, users that nobody
 * needs disabled. */
#include "edge/cli/server_cmd.h"
#include "service/messages/messages.h"

#include <stdio.h>

#define DAY_MS INT64_C(86400000)

int cli_tidy(const cli_call *call)
{
    const char *uri = cli_database_default();
    int days = messages_config_default.body_days, kept = messages_config_default.count_days;
    int unused = access_config_default.unused_days;
    int64_t emptied = 0, dropped = 0, disabled = 0;
    cli_database d = {0};
    err e = {0};
    const cli_option options[] = {
        {.name = "--db", .text = &uri},
        {.name = "--message-days", .number = &days, .number_max = 36500},
        {.name = "--count-days", .number = &kept, .number_max = 36500},
        {.name = "--unused-days", .number = &unused, .number_max = 3650},
    };
    if (!cli_options_read(call, options, COUNTOF(options), NULL))
        return EXIT_USAGE;
    if (days == 0 || kept == 0)
        return cli_usage(call, "%s",
                         cli_say(call, "--message-days 和 --count-days 应为 1 到 36500",
                                 "--message-days and --count-days take 1 to 36500"));
    bool ok = cli_database_open(&d, uri, false, &e) &&
              messages_tidy(&emptied, d.store, store_now_ms(d.store) - days * DAY_MS, &e) &&
              messages_tidy_counts(&dropped, d.store, store_now_ms(d.store) - kept * DAY_MS, &e) &&
              access_tidy(&disabled, d.access, unused, &d.a, &e);
    if (ok)
        printf(cli_say(call, "已清空 %" PRId64 " 条报文的正文，删除 %" PRId64 " 行分时、按日统计\n",
                       "%" PRId64 " messages were emptied, %" PRId64
                       " sums by hour or day dropped\n"),
               emptied, dropped);
    if (ok && disabled)
        printf(cli_say(call, "已停用 %" PRId64 " 个用户\n", "%" PRId64 " users were disabled\n"),
               disabled);
    if (!ok)
        cli_print_err(call, &e);
    cli_database_close(&d);
    return ok ? EXIT_OK : EXIT_TROUBLE;
}
