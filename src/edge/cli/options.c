/* What serve, init and user share: options, and the database from the command line. */
#include "edge/cli/server_cmd.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_BYTES ((ptrdiff_t)16 << 20)
/* Beside running servers, and each other: own ids and an own chain of the audit log. */
#define CLI_NODE_LAST  63
#define CLI_NODE_FIRST 48

bool cli_options_read(const cli_call *call, const cli_option *option, int count, cli_words *rest)
{
    for (int i = 1; i < call->argc; i++) {
        const cli_option *o = NULL;
        const char *name = call->argv[i];
        if (strncmp(name, "--", 2) != 0 && rest && rest->count < CLI_WORDS_MAX) {
            rest->word[rest->count++] = name;
            continue;
        }
        for (int k = 0; k < count && !o; k++)
            o = strcmp(option[k].name, name) == 0 ? &option[k] : NULL;
        if (o && o->flag) {
            *o->flag = true;
        } else if (o && i + 1 < call->argc) {
            i++;
            if (o->text)
                *o->text = call->argv[i];
            else if (o->words && o->words->count < CLI_WORDS_MAX)
                o->words->word[o->words->count++] = call->argv[i];
            else if (!o->number || !cli_number(call->argv[i], o->number_max, o->number))
                o = NULL;
        } else {
            o = NULL;
        }
        if (!o) {
            cli_usage(call,
                      cli_say(call, "`%s` 不能这样用，或缺少值",
                              "`%s` cannot be used so, or needs a value"),
                      name);
            return false;
        }
    }
    return true;
}

bool cli_number(const char *text, int max, int *out)
{
    char *end;
    long n = strtol(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || n > max)
        return false;
    *out = (int)n;
    return true;
}

const char *cli_database_default(void)
{
    const char *named = getenv("GONGJI_DB");
    return named && *named ? named : "gongji.db";
}

/* An address of PostgreSQL may hold a password. */
const char *cli_database_name(const char *uri)
{
    return strstr(uri, "://") ? "PostgreSQL" : uri;
}

bool cli_database_open(cli_database *d, const char *uri, bool set_up, err *e)
{
    store_config config = store_config_default;
    int version = 0, after = 0;
    *d = (cli_database){.memory = malloc((size_t)ARENA_BYTES)};
    if (!d->memory)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory");
    d->a = (arena){d->memory, d->memory + ARENA_BYTES, NULL};
    config.uri = str_of(uri);
    config.lanes = config.readers = 1;
    config.wait_ms = 0;
    config.node = CLI_NODE_LAST;
    while (!store_open(&d->store, &config, e)) {
        if (e->code != ERR_EXISTS || config.node == CLI_NODE_FIRST)
            return false;
        *e = (err){0};
        config.node--;
    }
    if (set_up ? !store_migrate(d->store, &d->version_before, &after, e)
               : !store_version(d->store, &version, e))
        return false;
    if (!set_up && version != store_version_needed())
        return FAIL(e, ERR_STORE_VERSION, "%s has version %d, %d is needed: run gongji init",
                    cli_database_name(uri), version, store_version_needed());
    return (!set_up || access_seed(d->store, &d->a, e)) &&
           access_open(&d->access, d->store, &access_config_default, e);
}

void cli_database_close(cli_database *d)
{
    access_close(d->access);
    store_close(d->store);
    free(d->memory);
}

const actor cli_actor = {.user_id = -1,
                         .login = {"command line", 12},
                         .name = {"", 0},
                         .area_code = {"", 0},
                         .address = {"", 0},
                         .trace_id = {"", 0}};
