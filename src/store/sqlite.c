/* SQLite: one file, one writer, write-ahead log, synchronous. */
#include "store/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    sqlite3_stmt *stmt;
    int16_t at[PARAMS_MAX]; /* place of $1 … in the statement; 0 = not used */
} prepared;

#define TEXTS_KEPT 32

typedef struct {
    store_conn base;
    sqlite3 *db;
    bool for_reading;
    int nodes_fd; /* -1 = no node is held */
    char *log;    /* path of the log, where sync is apart */
    int log_fd;
    prepared fixed[SQL__COUNT];
    struct {
        uint64_t hash;
        prepared p;
    } text[TEXTS_KEPT]; /* statements put together by the program, most recent ones */
    int text_next;
} connection;

/* Why the log could not be written: the library says so of the file, not of the connection. */
static int log_errno(connection *c)
{
    sqlite3_file *log = NULL;
    int cause = 0;
    if (sqlite3_file_control(c->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK &&
        log && log->pMethods)
        log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &cause);
    return cause;
}

static bool trouble(connection *c, int code, err *e)
{
    bool busy = (code & 0xFF) == SQLITE_BUSY || (code & 0xFF) == SQLITE_LOCKED;
    c->base.failed = true;
    if ((code & 0xFF) == SQLITE_CONSTRAINT)
        return FAIL(e, ERR_STORE_CONFLICT, "%s", sqlite3_errmsg(c->db));
    int cause = (code & 0xFF) == SQLITE_IOERR ? log_errno(c) : 0;
    if ((code & 0xFF) == SQLITE_FULL || cause == ENOSPC || cause == EFBIG || cause == EDQUOT)
        return FAIL(e, ERR_DISK_FULL, "sqlite %d: %s", code, sqlite3_errmsg(c->db));
    return FAIL(e, busy ? ERR_STORE_BUSY : ERR_STORE, "sqlite %d: %s", code, sqlite3_errmsg(c->db));
}

static bool run_script(connection *c, const char *sql, err *e)
{
    int code = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK || trouble(c, code, e);
}

static void conn_close(store_conn *base)
{
    connection *c = (connection *)base;
    for (int i = 0; i < SQL__COUNT; i++)
        sqlite3_finalize(c->fixed[i].stmt);
    for (int i = 0; i < TEXTS_KEPT; i++)
        sqlite3_finalize(c->text[i].p.stmt);
    sqlite3_close(c->db);
    if (c->nodes_fd >= 0)
        close(c->nodes_fd);
    if (c->log_fd >= 0)
        close(c->log_fd);
    free(c->log);
    free(c);
}

static int on_log(void *arg, sqlite3 *db, const char *name, int pages)
{
    connection *c = arg;
    (void)db, (void)name;
    c->base.log_pages = pages;
    return SQLITE_OK;
}

/* Names, diagnoses, hashes of passwords: not for everybody who has an account on the machine. */
static void file_make(const char *uri)
{
    int fd = open(uri, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
}

static bool conn_open(store_conn **out, const char *uri, bool for_reading, err *e)
{
    connection *c = calloc(1, sizeof *c);
    *out = NULL;
    if (!c)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a connection");
    c->base.driver = &store_sqlite;
    c->for_reading = for_reading;
    c->nodes_fd = c->log_fd = -1;
    file_make(uri);
    sqlite_cache_configure();
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int code = sqlite3_open_v2(uri, &c->db, flags, for_reading ? NULL : sqlite_writer_vfs());
    if (code != SQLITE_OK) {
        FAIL(e, ERR_STORE, "cannot open %s: %s", uri, c->db ? sqlite3_errmsg(c->db) : "no memory");
        conn_close(&c->base);
        return false;
    }
    sqlite3_extended_result_codes(c->db, 1);
    sqlite3_busy_timeout(c->db, 10000);
    if (!run_script(c,
                    "pragma journal_mode = wal; pragma synchronous = full;"
                    "pragma wal_autocheckpoint = 0; pragma cache_size = -65536;"
                    "pragma temp_store = memory;",
                    e) ||
        (for_reading &&
         !run_script(c, "pragma query_only = 1; pragma mmap_size = 1073741824;", e))) {
        conn_close(&c->base);
        return false;
    }
    sqlite3_wal_hook(c->db, on_log, c);
    *out = &c->base;
    return true;
}

static bool conn_begin(store_conn *base, err *e)
{
    connection *c = (connection *)base;
    c->base.failed = false;
    return run_script(c, c->for_reading ? "begin" : "begin immediate", e);
}

static bool prepare(connection *c, prepared *p, str text, err *e)
{
    char *sql = store_text_for(text, "sqlite");
    if (!sql)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a statement");
    int code = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &p->stmt, NULL);
    free(sql);
    if (code != SQLITE_OK)
        return trouble(c, code, e);
    for (int i = 0; i < PARAMS_MAX; i++) {
        char name[8] = {'$'};
        if (i + 1 >= 10)
            name[1] = (char)('0' + (i + 1) / 10);
        name[i + 1 >= 10 ? 2 : 1] = (char)('0' + (i + 1) % 10);
        p->at[i] = (int16_t)sqlite3_bind_parameter_index(p->stmt, name);
    }
    return true;
}

static bool prepared_get(prepared **out, connection *c, const statement *s, err *e)
{
    if (s->sql != SQL_NONE) {
        *out = &c->fixed[s->sql];
        return (*out)->stmt || prepare(c, *out, s->text, e);
    }
    uint64_t hash = str_hash(s->text);
    for (int i = 0; i < TEXTS_KEPT; i++) {
        if (c->text[i].p.stmt && c->text[i].hash == hash) {
            *out = &c->text[i].p;
            return true;
        }
    }
    int at = c->text_next++ % TEXTS_KEPT;
    *out = &c->text[at].p;
    sqlite3_finalize((*out)->stmt);
    **out = (prepared){0};
    c->text[at].hash = hash;
    return prepare(c, *out, s->text, e);
}

static bool bind(connection *c, const prepared *p, const statement *s, err *e)
{
    sqlite3_reset(p->stmt);
    for (int i = 0; i < s->count; i++) {
        const store_value *v = &s->value[i];
        int at = p->at[i], code = SQLITE_OK;
        if (at == 0)
            continue;
        if (v->kind == STORE_NUMBER)
            code = sqlite3_bind_int64(p->stmt, at, v->number);
        else if (v->kind == STORE_TEXT)
            code = sqlite3_bind_text(p->stmt, at, v->text.n ? v->text.p : "", (int)v->text.n,
                                     SQLITE_STATIC);
        else
            code = sqlite3_bind_null(p->stmt, at);
        if (code != SQLITE_OK)
            return trouble(c, code, e);
    }
    return true;
}

static void
row_read(const connection *c, sqlite3_stmt *stmt, store_value *cell, int columns, arena *a)
{
    (void)c;
    for (int i = 0; i < columns; i++) {
        int type = sqlite3_column_type(stmt, i);
        if (type == SQLITE_INTEGER)
            cell[i] = STORE_N(sqlite3_column_int64(stmt, i));
        else if (type != SQLITE_NULL)
            cell[i] = STORE_T(arena_str(a, ((str){(const char *)sqlite3_column_text(stmt, i),
                                                  sqlite3_column_bytes(stmt, i)})));
    }
}

/* Rows grow by doubling; what is left behind goes with the arena. */
static store_value *rows_grow(store_rows *rows, ptrdiff_t *cap, arena *a)
{
    if (rows->row_count == *cap) {
        ptrdiff_t more = *cap ? 2 * *cap : 8;
        store_value *cell = arena_new(a, store_value, more * rows->column_count);
        if (*cap)
            memcpy(cell, rows->cell, (size_t)(*cap * rows->column_count) * sizeof(store_value));
        rows->cell = cell;
        *cap = more;
    }
    return rows->cell + rows->row_count * rows->column_count;
}

static bool run(connection *c, const statement *s, arena *a, err *e)
{
    prepared *p;
    if (!prepared_get(&p, c, s, e) || !bind(c, p, s, e))
        return false;
    store_rows rows = {.column_count = sqlite3_column_count(p->stmt)};
    ptrdiff_t cap = 0;
    int code;
    while ((code = sqlite3_step(p->stmt)) == SQLITE_ROW) {
        if (!s->out)
            continue;
        row_read(c, p->stmt, rows_grow(&rows, &cap, a), rows.column_count, a);
        rows.row_count++;
    }
    int touched = sqlite3_changes(c->db);
    sqlite3_reset(p->stmt);
    if (code != SQLITE_DONE)
        return trouble(c, code, e);
    if (s->out)
        *s->out = rows;
    if (s->touch_one && touched != 1) {
        c->base.failed = true;
        return FAIL(e, ERR_STORE_CONFLICT, "%d rows touched, one expected", touched);
    }
    return true;
}

static bool conn_ask(store_conn *base, const statement *s, int count, arena *a, err *e)
{
    for (int i = 0; i < count; i++)
        if (!run((connection *)base, &s[i], a, e))
            return false;
    return true;
}

static bool conn_put(store_conn *base, const statement *s, int count, err *e)
{
    return conn_ask(base, s, count, NULL, e);
}

static bool conn_commit(store_conn *base, err *e)
{
    return run_script((connection *)base, "commit", e);
}

static bool conn_sync_apart(store_conn *base, err *e)
{
    connection *c = (connection *)base;
    const char *path = sqlite3_db_filename(c->db, "main");
    size_t bytes = strlen(path) + sizeof "-wal";
    c->log = malloc(bytes);
    if (!c->log)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a connection");
    snprintf(c->log, bytes, "%s-wal", path);
    return sqlite_log_apart(c->db) || FAIL(e, ERR_STORE, "%s has no log", path);
}

/* The log's file stays the same as long as the connection lasts; no lock is on it that closing it
 * could end. */
static bool conn_sync(store_conn *base, err *e)
{
    connection *c = (connection *)base;
    if (c->log_fd < 0)
        c->log_fd = open(c->log, O_RDONLY | O_CLOEXEC);
    if (c->log_fd >= 0 && fdatasync(c->log_fd) == 0)
        return true;
    bool full = errno == ENOSPC || errno == EDQUOT;
    return FAIL(e, full ? ERR_DISK_FULL : ERR_STORE, "cannot flush %s: %s", c->log,
                strerror(errno));
}

static void conn_rollback(store_conn *base)
{
    connection *c = (connection *)base;
    for (sqlite3_stmt *s = NULL; (s = sqlite3_next_stmt(c->db, s));)
        sqlite3_reset(s);
    if (!sqlite3_get_autocommit(c->db))
        sqlite3_exec(c->db, "rollback", NULL, NULL, NULL);
}

static bool conn_script(store_conn *base, const char *sql, err *e)
{
    connection *c = (connection *)base;
    if (run_script(c, sql, e))
        return true;
    conn_rollback(base);
    return false;
}

static bool conn_fold(store_conn *base, bool *all)
{
    connection *c = (connection *)base;
    int log = 0, folded = 0;
    int code = sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &log, &folded);
    *all = code == SQLITE_OK && log == folded;
    return code == SQLITE_OK;
}

/* A byte for each node in a file beside the database, locked: SQLite has locks of its own on the
 * database, which closing any other descriptor of it would end. */
static bool conn_hold(store_conn *base, const char *uri, int node, bool *held, err *e)
{
    connection *c = (connection *)base;
    char path[4200];
    struct stat info;
    struct flock byte = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = node, .l_len = 1};
    snprintf(path, sizeof path, "%s-nodes", uri);
    if (c->nodes_fd < 0) {
        mode_t mode = stat(uri, &info) == 0 ? info.st_mode & 0666 : 0600;
        c->nodes_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, mode);
        if (c->nodes_fd >= 0 && geteuid() == 0 && stat(uri, &info) == 0 &&
            fchown(c->nodes_fd, info.st_uid, info.st_gid) != 0)
            return FAIL(e, ERR_IO, "cannot give %s to the database's owner", path);
    }
    if (c->nodes_fd < 0)
        return FAIL(e, ERR_IO, "cannot open %s: %s", path, strerror(errno));
    *held = fcntl(c->nodes_fd, F_SETLK, &byte) != 0;
    return !*held || errno == EAGAIN || errno == EACCES ||
           FAIL(e, ERR_IO, "cannot lock %s: %s", path, strerror(errno));
}

const store_driver store_sqlite = {
    .open = conn_open,
    .close = conn_close,
    .begin = conn_begin,
    .ask = conn_ask,
    .put = conn_put,
    .commit = conn_commit,
    .sync_apart = conn_sync_apart,
    .sync = conn_sync,
    .rollback = conn_rollback,
    .script = conn_script,
    .fold = conn_fold,
    .hold = conn_hold,
};
