#include "store/store.h"
#include "store/store_internal.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define HOLD_STEP_MS 50
#define EPOCH_MS     INT64_C(1577836800000) /* 2020-01-01 */

static const struct {
    int number;
    const char *name, *text;
} migrations[] = {
#define MIGRATION(number, name, text) {number, name, text},
#include "store/migration.tbl.h"
};

const struct sql_text store_sql_text[SQL__COUNT] = {
#define SQL(id, params, text) [SQL_##id] = {text, params},
#include "store/sql.tbl.h"
};

static int64_t wall_clock_ms(void *unused)
{
    (void)unused;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const store_config store_config_default = {
    .node = 1, .lanes = 2, .readers = 3, .batch_max = 64, .wait_ms = 5000, .now_ms = wall_clock_ms};

int64_t store_number(const store_rows *r, ptrdiff_t row, int column)
{
    assert(row >= 0 && row < r->row_count && column >= 0 && column < r->column_count);
    const store_value *v = &r->cell[row * r->column_count + column];
    assert(v->kind != STORE_TEXT);
    return v->number;
}

str store_text(const store_rows *r, ptrdiff_t row, int column)
{
    assert(row >= 0 && row < r->row_count && column >= 0 && column < r->column_count);
    const store_value *v = &r->cell[row * r->column_count + column];
    assert(v->kind != STORE_NUMBER);
    return v->text;
}

char *store_text_for(str text, const char *name)
{
    size_t name_length = strlen(name);
    char *out = malloc((size_t)text.n + 1), *to = out;
    if (!out)
        return NULL;
    for (const char *p = text.p, *end = text.p + text.n; p < end;) {
        const char *close = NULL;
        if (end - p >= 4 && p[0] == '/' && p[1] == '*')
            for (const char *q = p + 2; q + 1 < end && !close; q++)
                close = q[0] == '*' && q[1] == '/' ? q : NULL;
        if (!close) {
            *to++ = *p++;
            continue;
        }
        const char *inner = p + 2;
        if ((size_t)(close - inner) > name_length && memcmp(inner, name, name_length) == 0 &&
            inner[name_length] == ':') {
            inner += name_length + 1;
            memcpy(to, inner, (size_t)(close - inner));
            to += close - inner;
        }
        p = close + 2;
    }
    *to = 0;
    return out;
}

/* ---- opening and closing ---- */

static bool readers_open(store *s, err *e)
{
    s->reader = calloc((size_t)s->config.readers, sizeof(store_conn *));
    s->reader_busy = calloc((size_t)s->config.readers, sizeof(bool));
    if (!s->reader || !s->reader_busy)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for connections");
    for (int i = 0; i < s->config.readers; i++)
        if (!s->driver->open(&s->reader[i], s->uri, true, e))
            return false;
    return true;
}

static bool lanes_start(store *s, err *e)
{
    s->lane = calloc((size_t)s->config.lanes, sizeof(lane));
    if (!s->lane)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for lanes");
    for (int i = 0; i < s->config.lanes; i++)
        if (!lane_start(&s->lane[i], s, i, e))
            return false;
    return true;
}

/* Two of the same node would make the same ids, and write the same chain of the audit log.  A
 * server that was killed may be held by its database for a moment. */
static bool node_hold(store *s, err *e)
{
    for (int waited_ms = 0;; waited_ms += HOLD_STEP_MS) {
        bool held = false;
        if (!s->driver->hold(s->lane[0].conn, s->uri, s->config.node, &held, e))
            return false;
        if (!held)
            return true;
        if (waited_ms >= s->config.wait_ms)
            return FAIL(e, ERR_EXISTS, "another process works on this database as node %d",
                        s->config.node);
        nanosleep(&(struct timespec){.tv_nsec = HOLD_STEP_MS * 1000000L}, NULL);
    }
}

bool store_open(store **out, const store_config *c, err *e)
{
    assert(c->node >= 1 && c->node <= 63 && c->lanes >= 1 && c->lanes <= 16 && c->readers >= 1);
    store *s = calloc(1, sizeof *s);
    char *uri = malloc((size_t)c->uri.n + 1);
    *out = NULL;
    if (!s || !uri) {
        free(s);
        free(uri);
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the store");
    }
    memcpy(uri, c->uri.p, (size_t)c->uri.n);
    uri[c->uri.n] = 0;
    s->config = *c;
    s->uri = uri;
    s->config.uri = str_of(uri);
    bool is_postgres =
        strncmp(uri, "postgres://", 11) == 0 || strncmp(uri, "postgresql://", 13) == 0;
    s->driver = is_postgres ? &store_postgres : &store_sqlite;
    if (!is_postgres)
        s->config.lanes = 1; /* SQLite has one writer */
    pthread_mutex_init(&s->reader_lock, NULL);
    pthread_cond_init(&s->reader_free, NULL);
    if (keeper_start(&s->keeper, s, e) && lanes_start(s, e) && node_hold(s, e) &&
        readers_open(s, e)) {
        *out = s;
        return true;
    }
    store_close(s);
    return false;
}

void store_close(store *s)
{
    if (!s)
        return;
    for (int i = 0; s->lane && i < s->config.lanes; i++)
        lane_stop(&s->lane[i]);
    keeper_stop(s->keeper);
    for (int i = 0; s->reader && i < s->config.readers; i++)
        if (s->reader[i])
            s->driver->close(s->reader[i]);
    pthread_mutex_destroy(&s->reader_lock);
    pthread_cond_destroy(&s->reader_free);
    free(s->lane);
    free(s->reader);
    free(s->reader_busy);
    free(s->uri);
    free(s);
}

bool store_is_postgres(const store *s)
{
    return s->driver == &store_postgres;
}

store *store_of(store_job *job)
{
    return job->store;
}

int64_t store_reference_generation(const store *s)
{
    return atomic_load(&s->reference_generation);
}

int64_t store_now_ms(store *s)
{
    return s->config.now_ms(s->config.now_arg);
}

/* 41 bits of milliseconds since 2020, 6 bits of node, 16 bits of counter.  Never goes back within a
 * process, whatever the clock does. */
int64_t store_new_id(store *s)
{
    int64_t by_clock = (store_now_ms(s) - EPOCH_MS) << 16;
    int64_t last = atomic_load(&s->last_id), next;
    do {
        next = last + 1 > by_clock ? last + 1 : by_clock;
    } while (!atomic_compare_exchange_weak(&s->last_id, &last, next));
    return (next >> 16) << 22 | (int64_t)s->config.node << 16 | (next & 0xFFFF);
}

int64_t store_id_moment(int64_t id)
{
    return (id >> 22) + EPOCH_MS;
}

int64_t store_id_at(int64_t ms)
{
    int64_t since = ms > EPOCH_MS ? ms - EPOCH_MS : 0;
    return since < INT64_MAX >> 22 ? since << 22 : INT64_MAX;
}

int64_t store_new_id_after(store *s, int64_t last)
{
    int64_t least = (last >> 22) << 16 | 0xFFFF, mine = atomic_load(&s->last_id);
    while (mine < least && !atomic_compare_exchange_weak(&s->last_id, &mine, least))
        continue;
    return store_new_id(s);
}

store_stats store_stats_now(const store *s)
{
    store_stats stats = {.commits = atomic_load(&s->commits),
                         .jobs = atomic_load(&s->jobs),
                         .retries = atomic_load(&s->retries),
                         .syncs = atomic_load(&s->syncs)};
    for (int i = 0; i < s->config.lanes; i++) {
        lane *l = &s->lane[i];
        pthread_mutex_lock(&l->lock);
        stats.queued += l->queued;
        pthread_mutex_unlock(&l->lock);
    }
    return stats;
}

/* ---- jobs ---- */

bool job_work(store_job *job, store_work *work, void *arg, arena *a, err *e)
{
    jmp_buf oom, *outer = a->oom;
    a->oom = &oom;
    if (setjmp(oom)) {
        a->oom = outer;
        *e = (err){0};
        return FAIL(e, ERR_OUT_OF_MEMORY, "the memory of one request is used up");
    }
    bool ok = work(job, arg, a, e);
    a->oom = outer;
    return ok;
}

static uint64_t spread(uint64_t key)
{
    key *= UINT64_C(0x9E3779B97F4A7C15);
    return key >> 32;
}

bool store_write(store *s, uint64_t lane_key, store_work *work, void *arg, arena *a, err *e)
{
    return store_write_asking(s, lane_key, NULL, 0, work, arg, a, e);
}

bool store_write_asking(store *s,
                        uint64_t lane_key,
                        const store_ask *first,
                        int count,
                        store_work *work,
                        void *arg,
                        arena *a,
                        err *e)
{
    lane *l = &s->lane[spread(lane_key) % (uint64_t)s->config.lanes];
    waiting w = {.key = lane_key,
                 .ask = first,
                 .ask_count = count,
                 .work = work,
                 .arg = arg,
                 .a = a,
                 .e = e};
    assert(count >= 0 && count <= STORE_ASKS_MAX);
    return lane_run(l, &w);
}

static int reader_take(store *s)
{
    pthread_mutex_lock(&s->reader_lock);
    for (;;) {
        for (int i = 0; i < s->config.readers; i++) {
            if (s->reader_busy[i])
                continue;
            s->reader_busy[i] = true;
            pthread_mutex_unlock(&s->reader_lock);
            return i;
        }
        pthread_cond_wait(&s->reader_free, &s->reader_lock);
    }
}

static void reader_give(store *s, int i)
{
    pthread_mutex_lock(&s->reader_lock);
    s->reader_busy[i] = false;
    pthread_cond_signal(&s->reader_free);
    pthread_mutex_unlock(&s->reader_lock);
}

bool store_read(store *s, store_work *work, void *arg, arena *a, err *e)
{
    int i = reader_take(s);
    store_job job = {.store = s, .conn = s->reader[i], .reading = true, .a = a};
    bool ok = s->driver->begin(job.conn, e) && job_work(&job, work, arg, a, e);
    s->driver->rollback(job.conn); /* nothing was written; this lets go of the view */
    reader_give(s, i);
    return ok;
}

statement statement_of(store_sql sql, const store_value *value, int count, store_rows *out)
{
    assert(sql > SQL_NONE && sql < SQL__COUNT);
    assert(count == store_sql_text[sql].params);
    return (statement){.sql = sql,
                       .text = str_of(store_sql_text[sql].text),
                       .value = value,
                       .count = count,
                       .out = out};
}

static bool ask_now(store_job *job, const statement *s, int count, arena *a, err *e)
{
    return (!job->lane || lane_flush(job->lane, e)) &&
           job->conn->driver->ask(job->conn, s, count, a, e);
}

bool store_query(store_job *job,
                 store_sql sql,
                 const store_value *value,
                 int count,
                 store_rows *out,
                 arena *a,
                 err *e)
{
    statement one = statement_of(sql, value, count, out);
    return ask_now(job, &one, 1, a, e);
}

bool store_query_all(store_job *job, const store_ask *ask, int count, arena *a, err *e)
{
    statement many[STORE_ASKS_MAX];
    assert(count >= 1 && count <= COUNTOF(many));
    for (int i = 0; i < count; i++)
        many[i] = statement_of(ask[i].sql, ask[i].value, ask[i].count, ask[i].out);
    return ask_now(job, many, count, a, e);
}

bool store_query_text(
    store_job *job, str sql, const store_value *value, int count, store_rows *out, arena *a, err *e)
{
    assert(count <= PARAMS_MAX);
    statement one = {.text = sql, .value = value, .count = count, .out = out};
    return ask_now(job, &one, 1, a, e);
}

static void put_add(store_job *job, store_sql sql, const store_value *value, int count, bool one)
{
    assert(!job->reading);
    put *p = arena_new(job->a, put, 1);
    store_value *copy = arena_new(job->a, store_value, count);
    if (count)
        memcpy(copy, value, (size_t)count * sizeof *copy);
    p->statement = statement_of(sql, copy, count, NULL);
    p->statement.touch_one = one;
    *job->last = p;
    job->last = &p->next;
    job->put_count++;
    job->reference_changed = job->reference_changed || sql == SQL_REFERENCE_BUMP;
}

void store_put(store_job *job, store_sql sql, const store_value *value, int count)
{
    put_add(job, sql, value, count, false);
}

void store_put_one(store_job *job, store_sql sql, const store_value *value, int count)
{
    put_add(job, sql, value, count, true);
}

void store_put_audit(store_job *job, const store_audit *line)
{
    assert(!job->reading);
    struct audit_item *item = arena_new(job->a, struct audit_item, 1);
    item->line = *line;
    *job->audit_last = item;
    job->audit_last = &item->next;
}

/* ---- the tables themselves ---- */

/* Runs a script of several statements on a connection of its own. */
static bool script_alone(store *s, const char *text, err *e)
{
    store_conn *c = NULL;
    char *sql = store_text_for(str_of(text), store_is_postgres(s) ? "postgres" : "sqlite");
    if (!sql)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a migration");
    bool ok = s->driver->open(&c, s->uri, false, e) && s->driver->script(c, sql, e);
    if (c)
        s->driver->close(c);
    free(sql);
    return ok;
}

int store_version_needed(void)
{
    return migrations[COUNTOF(migrations) - 1].number;
}

static bool version_read(store_job *job, void *version, arena *a, err *e)
{
    store_rows rows;
    str there = store_is_postgres(job->store)
                    ? S("select cast(count(*) as bigint) from pg_catalog.pg_tables "
                        "where tablename = 'gongji_version'")
                    : S("select count(*) from sqlite_master where name = 'gongji_version'");
    if (!store_query_text(job, there, NULL, 0, &rows, a, e))
        return false;
    *(int *)version = 0;
    if (store_number(&rows, 0, 0) == 0)
        return true;
    if (!store_query_text(job, S("select max(number) from gongji_version"), NULL, 0, &rows, a, e))
        return false;
    *(int *)version = (int)store_number(&rows, 0, 0);
    return true;
}

/* How many milliseconds ids jump ahead when the clock was put back: another number each time, for
 * the ids that the last run gave and that are in no settlement. */
static int64_t jump_ms(void)
{
    uint32_t some = 0;
    (void)RAND_bytes((unsigned char *)&some, sizeof some);
    return 1000 + some % 1000000;
}

/* New ids lie above those of an earlier run, also when the clock was put back in between.
 * While it goes on, ids are by the clock: two commands that start one after the other have
 * different ones. */
static bool ids_go_on(store_job *job, void *unused, arena *a, err *e)
{
    store_rows rows;
    (void)unused;
    if (!store_query(job, SQL_SETTLEMENT_LAST_ID, NULL, 0, &rows, a, e))
        return false;
    int64_t id = store_number(&rows, 0, 0), none = 0;
    if ((id >> 22) < store_now_ms(job->store) - EPOCH_MS)
        return true;
    int64_t above = ((id >> 22) + jump_ms()) << 16;
    /* only the first time: later the ids given count */
    atomic_compare_exchange_strong(&job->store->last_id, &none, above);
    return true;
}

bool store_version(store *s, int *version, err *e)
{
    _Alignas(16) char memory[16384];
    arena a = {memory, memory + sizeof memory, NULL};
    return store_read(s, version_read, version, &a, e) &&
           (*version != store_version_needed() || store_read(s, ids_go_on, NULL, &a, e));
}

/* All statements of one migration, kept or not kept together.  malloc'd. */
static char *migration_script(int number)
{
    ptrdiff_t bytes = 1024;
    for (ptrdiff_t i = 0; i < COUNTOF(migrations); i++)
        bytes += (ptrdiff_t)strlen(migrations[i].text) + 1;
    char *script = malloc((size_t)bytes);
    if (!script)
        return NULL;
    text_buffer t = {script, 0, bytes - 1, false};
    text_add(&t, S("begin;\n"));
    if (number == 1)
        text_add(&t, S("create table gongji_version (number integer not null primary key, "
                       "name text not null);\n"));
    const char *name = "";
    for (ptrdiff_t i = 0; i < COUNTOF(migrations); i++) {
        if (migrations[i].number != number)
            continue;
        name = migrations[i].name;
        text_add(&t, str_of(migrations[i].text));
        text_add(&t, S("\n"));
    }
    text_printf(&t, "insert into gongji_version values (%d, '%s');\ncommit;\n", number, name);
    assert(!t.cut);
    script[t.n] = 0;
    return script;
}

bool store_migrate(store *s, int *before, int *after, err *e)
{
    if (!store_version(s, before, e))
        return false;
    *after = *before;
    if (*before > store_version_needed())
        return FAIL(e, ERR_STORE_VERSION, "the database is of version %d, this program knows %d",
                    *before, store_version_needed());
    for (int number = *before + 1; number <= store_version_needed(); number++) {
        char *script = migration_script(number);
        if (!script)
            return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a migration");
        bool ok = script_alone(s, script, e);
        free(script);
        if (!ok)
            return false;
        *after = number;
    }
    return true;
}

bool store_backup(store *s, str path, err *e)
{
    if (store_is_postgres(s))
        return FAIL(e, ERR_USAGE, "a copy of the file exists for SQLite only");
    char text[4096];
    text_buffer t = {text, 0, sizeof text - 8, false};
    text_add(&t, S("vacuum into '"));
    for (ptrdiff_t i = 0; i < path.n; i++)
        text_add(&t, path.p[i] == '\'' ? S("''") : (str){path.p + i, 1});
    text_add(&t, S("'"));
    if (t.cut)
        return FAIL(e, ERR_TOO_LARGE, "the path is too long");
    text[t.n] = 0;
    char name[4200];
    snprintf(name, sizeof name, "%.*s", STR_ARG(path));
    int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600); /* as the database itself */
    if (fd >= 0)
        close(fd);
    return script_alone(s, text, e);
}

static bool file_verify_work(store_job *job, void *settlements, arena *a, err *e)
{
    store_rows r;
    if (!store_is_postgres(job->store)) {
        if (!store_query_text(job, S("pragma integrity_check(1)"), NULL, 0, &r, a, e))
            return false;
        if (r.row_count != 1 || !str_eq(store_text(&r, 0, 0), S("ok")))
            return FAIL(e, ERR_STORE, "the file is damaged: %.*s", STR_ARG(store_text(&r, 0, 0)));
    }
    if (!store_query(job, SQL_SETTLEMENT_COUNT, NULL, 0, &r, a, e))
        return false;
    *(int64_t *)settlements = store_number(&r, 0, 0);
    return true;
}

bool store_file_verify(store *s, int64_t *settlements, arena *a, err *e)
{
    return store_read(s, file_verify_work, settlements, a, e);
}
