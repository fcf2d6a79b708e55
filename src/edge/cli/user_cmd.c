/* gongji user: users from the command line of the server; audited as such. */
#include "edge/cli/server_cmd.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct {
    const cli_call *call;
    cli_database d;
    cli_words words; /* verb, login, … */
    cli_words roles;
    const char *name, *area;
    const char *provider;
} user_call;

static void user_print(const access_user *u)
{
    printf("%.*s\t%.*s\t%.*s\t%.*s\t", STR_ARG(u->login), STR_ARG(u->name), STR_ARG(u->state),
           STR_ARG(u->area_code));
    for (int i = 0; i < u->role_count; i++)
        printf("%s%.*s", i ? " " : "", STR_ARG(u->role[i]));
    putchar('\n');
}

static bool user_list(user_call *u, err *e)
{
    access_user_page page = {.more = true};
    access_user_filter f = {.q = S(""), .state = S(""), .after = S(""), .limit = 500};
    while (page.more) {
        if (!access_users(&page, u->d.access, &cli_actor, &f, &u->d.a, e))
            return false;
        for (int i = 0; i < page.count; i++)
            user_print(&page.user[i]);
        if (page.more)
            f.after = page.user[page.count - 1].login;
    }
    return true;
}

static bool roles_give(user_call *u, int64_t id, const cli_words *roles, int from, err *e)
{
    str role[CLI_WORDS_MAX];
    for (int i = from; i < roles->count; i++)
        role[i - from] = str_of(roles->word[i]);
    return access_roles_set(u->d.access, &cli_actor, id, role, roles->count - from, &u->d.a, e);
}

static bool id_read(const char *text, int64_t *out)
{
    char *end;
    *out = strtoll(text, &end, 10);
    return *text >= '1' && *text <= '9' && !*end;
}

static bool user_add(user_call *u, err *e)
{
    int64_t id;
    str password;
    access_user wanted = {.login = str_of(u->words.word[1]),
                          .name = str_of(u->name ? u->name : u->words.word[1]),
                          .area_code = str_of(u->area ? u->area : "")};
    if (u->provider && !id_read(u->provider, &wanted.provider_id))
        return FAIL(e, ERR_BAD_NUMBER, "--provider %s", u->provider);
    if (!access_user_add(&id, &password, u->d.access, &cli_actor, &wanted, &u->d.a, e))
        return false;
    printf("%s\t%.*s\n", u->words.word[1], STR_ARG(password)); /* even if the roles are wrong */
    return u->roles.count == 0 || roles_give(u, id, &u->roles, 0, e);
}

static bool user_reset(user_call *u, int64_t id, err *e)
{
    str password;
    const str active = S("active");
    if (!access_password_reset(&password, u->d.access, &cli_actor, id, &u->d.a, e) ||
        !access_user_change(u->d.access, &cli_actor, id, NULL, &active, NULL, &u->d.a, e))
        return false;
    printf("%s\t%.*s\n", u->words.word[1], STR_ARG(password));
    return true;
}

/* A lost telephone: the next sign-in needs the password only, until he sets another one up. */
static bool user_factor(user_call *u, int64_t id, err *e)
{
    return access_factor_reset(u->d.access, &cli_actor, id, &u->d.a, e);
}

static bool user_state(user_call *u, int64_t id, const char *state, err *e)
{
    const str wanted = str_of(state);
    return access_user_change(u->d.access, &cli_actor, id, NULL, &wanted, NULL, &u->d.a, e);
}

static bool user_run(user_call *u, const char *uri, err *e)
{
    access_user who;
    const char *verb = u->words.word[0];
    if (!cli_database_open(&u->d, uri, false, e))
        return false;
    if (strcmp(verb, "list") == 0)
        return user_list(u, e);
    if (strcmp(verb, "add") == 0)
        return user_add(u, e);
    if (!access_user_by_login(&who, u->d.access, str_of(u->words.word[1]), &u->d.a, e))
        return false;
    if (strcmp(verb, "role") == 0)
        return roles_give(u, who.user_id, &u->words, 2, e);
    if (strcmp(verb, "reset") == 0)
        return user_reset(u, who.user_id, e);
    if (strcmp(verb, "reset-factor") == 0)
        return user_factor(u, who.user_id, e);
    return user_state(u, who.user_id, strcmp(verb, "enable") == 0 ? "active" : "disabled", e);
}

static bool verb_is_right(const cli_words *w)
{
    static const struct {
        const char *verb;
        int least, most;
    } verbs[] = {{"list", 1, 1},  {"add", 2, 2},          {"role", 2, CLI_WORDS_MAX},
                 {"reset", 2, 2}, {"reset-factor", 2, 2}, {"disable", 2, 2},
                 {"enable", 2, 2}};
    for (ptrdiff_t i = 0; i < COUNTOF(verbs) && w->count > 0; i++)
        if (strcmp(w->word[0], verbs[i].verb) == 0)
            return w->count >= verbs[i].least && w->count <= verbs[i].most;
    return false;
}

int cli_user(const cli_call *call)
{
    const char *uri = cli_database_default();
    user_call u = {.call = call};
    err e = {0};
    const cli_option options[] = {
        {.name = "--db", .text = &uri},        {.name = "--name", .text = &u.name},
        {.name = "--area", .text = &u.area},   {.name = "--provider", .text = &u.provider},
        {.name = "--role", .words = &u.roles},
    };
    if (!cli_options_read(call, options, COUNTOF(options), &u.words))
        return EXIT_USAGE;
    if (!verb_is_right(&u.words))
        return cli_usage(
            call, "%s",
            cli_say(call, "用法：gongji user list|add|role|reset|reset-factor|disable|enable …",
                    "usage: gongji user list|add|role|reset|reset-factor|disable|enable …"));
    bool ok = user_run(&u, uri, &e);
    cli_database_close(&u.d);
    if (!ok)
        cli_print_err(call, &e);
    return ok ? EXIT_OK : EXIT_TROUBLE;
}
