/* gongji init: tables, roles, and the three administrators that no installation is without. */
#include "edge/cli/server_cmd.h"

#include <stdio.h>

static const struct {
    const char *login, *role, *zh, *en;
} administrators[] = {
    {"system", "system_admin", "系统管理员", "system administrator"},
    {"security", "security_admin", "安全管理员", "security administrator"},
    {"audit", "audit_admin", "审计管理员", "audit administrator"},
};

/* id: of one that was made, but has no role yet; 0 = none. */
static bool administrator_add(const cli_call *call, cli_database *d, int i, int64_t id, err *e)
{
    const access_user wanted = {.login = str_of(administrators[i].login),
                                .name = str_of(administrators[i].zh),
                                .area_code = S("")};
    const str role = str_of(administrators[i].role);
    str password;
    bool made = id ? access_password_reset(&password, d->access, &cli_actor, id, &d->a, e)
                   : access_user_add(&id, &password, d->access, &cli_actor, &wanted, &d->a, e);
    if (!made || !access_roles_set(d->access, &cli_actor, id, &role, 1, &d->a, e))
        return false;
    printf("%-10s %-26.*s %s\n", administrators[i].login, STR_ARG(password),
           cli_say(call, administrators[i].zh, administrators[i].en));
    return true;
}

/* Nobody is ever deleted, so whoever is missing was never made, and who never signed in and has no
 * role was cut off before his password was told: a set-up that broke off goes on. */
static bool administrators_add(const cli_call *call, cli_database *d, bool *added, err *e)
{
    for (int i = 0; i < COUNTOF(administrators); i++) {
        access_user there;
        err trouble = {0};
        if (access_user_by_login(&there, d->access, str_of(administrators[i].login), &d->a,
                                 &trouble)) {
            if (there.role_count > 0 || there.last_login_at > 0)
                continue;
        } else if (trouble.code != ERR_NOT_FOUND) {
            *e = trouble;
            return false;
        } else {
            there.user_id = 0;
        }
        if (!*added)
            puts(cli_say(call, "管理员的初始密码，只显示这一次，首次登录必须修改：",
                         "The first passwords of the administrators, told only now; each must be "
                         "changed at once:"));
        *added = true;
        if (!administrator_add(call, d, i, there.user_id, e))
            return false;
    }
    return true;
}

static bool init_run(const cli_call *call, cli_database *d, const char *uri, err *e)
{
    bool added = false;
    if (!cli_database_open(d, uri, true, e) || !administrators_add(call, d, &added, e))
        return false;
    if (!added)
        printf(cli_say(call, "%s：原版本 %d，现版本 %d；用户不变\n",
                       "%s: version %d before, %d now; the users stay as they are\n"),
               cli_database_name(uri), d->version_before, store_version_needed());
    return true;
}

int cli_init(const cli_call *call)
{
    const char *uri = cli_database_default();
    cli_database d = {0};
    err e = {0};
    const cli_option options[] = {{.name = "--db", .text = &uri}};
    if (!cli_options_read(call, options, COUNTOF(options), NULL))
        return EXIT_USAGE;
    bool ok = init_run(call, &d, uri, &e);
    cli_database_close(&d);
    if (!ok)
        cli_print_err(call, &e);
    return ok ? EXIT_OK : EXIT_TROUBLE;
}
