/* gongji backup and restore: a copy of one moment, taken while others work, and looked at
 * before it is called good. */
#include "edge/cli/server_cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool is_postgres(const char *uri)
{
    return strncmp(uri, "postgres", 8) == 0 && strstr(uri, "://");
}

/* PostgreSQL has its own tools for this; they are run, not copied. */
static bool run_tool(char *const argv[], err *e)
{
    pid_t child;
    int status;
    int code = posix_spawnp(&child, argv[0], NULL, NULL, argv, environ);
    if (code != 0)
        return FAIL(e, ERR_IO, "cannot run %s: %s", argv[0], strerror(code));
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return FAIL(e, ERR_IO, "%s: %s", argv[0], strerror(errno));
    return (WIFEXITED(status) && WEXITSTATUS(status) == 0) || FAIL(e, ERR_IO, "%s failed", argv[0]);
}

static bool is_there(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

/* Opens the copy as a database would be opened, and counts. */
static bool copy_verify(const char *path, int64_t *settlements, err *e)
{
    cli_database d = {0};
    bool ok =
        cli_database_open(&d, path, false, e) && store_file_verify(d.store, settlements, &d.a, e);
    cli_database_close(&d);
    char beside[4200];
    static const char *const suffix[] = {"-wal", "-shm", "-nodes"};
    for (int i = 0; i < COUNTOF(suffix); i++) {
        snprintf(beside, sizeof beside, "%s%s", path, suffix[i]);
        unlink(beside); /* made by looking; empty */
    }
    return ok;
}

/* Else a copy that was called good could be gone when the power is. */
static bool on_disk(const char *path, err *e)
{
    char folder[4200];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
             slash ? path : ".");
    const char *const name[] = {path, folder};
    for (int i = 0; i < COUNTOF(name); i++) {
        int fd = open(name[i], O_RDONLY | O_CLOEXEC);
        bool ok = fd >= 0 && fsync(fd) == 0;
        int cause = errno;
        if (fd >= 0)
            close(fd);
        if (!ok)
            return FAIL(e, ERR_IO, "cannot write %s: %s", name[i], strerror(cause));
    }
    return true;
}

static bool backup_sqlite(const char *uri, const char *out, int64_t *settlements, err *e)
{
    cli_database d = {0};
    char unfinished[4200];
    snprintf(unfinished, sizeof unfinished, "%s.unfinished", out);
    unlink(unfinished);
    bool ok = cli_database_open(&d, uri, false, e) &&
              store_backup(d.store, str_of(unfinished), e) &&
              copy_verify(unfinished, settlements, e);
    cli_database_close(&d);
    if (ok && rename(unfinished, out) != 0)
        ok = FAIL(e, ERR_IO, "cannot rename to %s: %s", out, strerror(errno));
    if (!ok)
        unlink(unfinished);
    return ok && on_disk(out, e);
}

static bool backup_postgres(const char *uri, const char *out, err *e)
{
    char target[4200], address[4200];
    snprintf(target, sizeof target, "--file=%s", out);
    snprintf(address, sizeof address, "--dbname=%s", uri);
    char *const dump[] = {"pg_dump", "--format=custom", target, address, NULL};
    char *const list[] = {"pg_restore", "--list", "--file=/dev/null", (char *)(uintptr_t)out, NULL};
    return run_tool(dump, e) && run_tool(list, e);
}

int cli_backup(const cli_call *call)
{
    const char *uri = cli_database_default(), *out = NULL;
    const cli_option options[] = {{.name = "--db", .text = &uri}, {.name = "--out", .text = &out}};
    int64_t settlements = 0;
    err e = {0};
    if (!cli_options_read(call, options, COUNTOF(options), NULL))
        return EXIT_USAGE;
    if (!out)
        return cli_usage(call, "%s", cli_say(call, "缺少 --out FILE", "--out FILE is missing"));
    bool ok = !is_there(out) || FAIL(&e, ERR_EXISTS, "%s is there already", out);
    ok = ok && (is_postgres(uri) ? backup_postgres(uri, out, &e)
                                 : backup_sqlite(uri, out, &settlements, &e));
    if (!ok) {
        cli_print_err(call, &e);
        return EXIT_TROUBLE;
    }
    if (is_postgres(uri))
        printf(cli_say(call, "已备份到 %s\n", "copied to %s\n"), out);
    else
        printf(cli_say(call, "已备份到 %s，已校验，含 %" PRId64 " 笔结算\n",
                       "copied to %s, verified, %" PRId64 " settlements\n"),
               out, settlements);
    return EXIT_OK;
}

/* ---- back again ---- */

static bool file_copy(const char *from, const char *to, err *e)
{
    static char piece[1 << 16];
    int in = open(from, O_RDONLY), out = -1;
    bool ok = in >= 0 || FAIL(e, ERR_IO, "cannot read %s: %s", from, strerror(errno));
    if (ok)
        out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0600);
    ok = ok && (out >= 0 || FAIL(e, ERR_IO, "cannot make %s: %s", to, strerror(errno)));
    for (ssize_t n = 1; ok && n > 0;) {
        n = read(in, piece, sizeof piece);
        for (ssize_t done = 0, wrote; ok && done < n; done += wrote) {
            wrote = write(out, piece + done, (size_t)(n - done));
            if (wrote <= 0)
                ok = FAIL(e, ERR_IO, "cannot write %s: %s", to, strerror(errno));
        }
        if (n < 0)
            ok = FAIL(e, ERR_IO, "cannot read %s: %s", from, strerror(errno));
    }
    ok = ok && (fsync(out) == 0 || FAIL(e, ERR_IO, "cannot write %s: %s", to, strerror(errno)));
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    if (!ok && out >= 0)
        unlink(to);
    return ok;
}

static bool restore_postgres(const char *from, const char *uri, err *e)
{
    char address[4200];
    snprintf(address, sizeof address, "--dbname=%s", uri);
    char *const argv[] = {"pg_restore", "--exit-on-error",       "--single-transaction",
                          address,      (char *)(uintptr_t)from, NULL};
    return run_tool(argv, e);
}

int cli_restore(const cli_call *call)
{
    const char *uri = cli_database_default(), *from = NULL;
    const cli_option options[] = {{.name = "--db", .text = &uri},
                                  {.name = "--from", .text = &from}};
    int64_t settlements = 0;
    err e = {0};
    if (!cli_options_read(call, options, COUNTOF(options), NULL))
        return EXIT_USAGE;
    if (!from)
        return cli_usage(call, "%s", cli_say(call, "缺少 --from FILE", "--from FILE is missing"));
    bool ok;
    if (is_postgres(uri))
        ok = restore_postgres(from, uri, &e);
    else
        ok = (!is_there(uri) || FAIL(&e, ERR_EXISTS, "%s is there already", uri)) &&
             file_copy(from, uri, &e) && copy_verify(uri, &settlements, &e) && on_disk(uri, &e);
    if (!ok) {
        cli_print_err(call, &e);
        return EXIT_TROUBLE;
    }
    printf(cli_say(call, "已恢复到 %s；用 gongji check 查看\n",
                   "restored to %s; look with gongji check\n"),
           cli_database_name(uri));
    return EXIT_OK;
}
