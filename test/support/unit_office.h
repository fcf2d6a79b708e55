/* unit_office -- an empty database of either kind, and an office with the packs of the project. */
#ifndef SUPPORT_UNIT_OFFICE_H
#define SUPPORT_UNIT_OFFICE_H
#include "service/office/office.h"
#include "test/support/unit.h"

#include <unistd.h>

typedef struct {
    store *s;
    office *o;
    char *memory;
    arena a;
    err e;
    char file[64];
} unit_office;

#define UNIT_OFFICE_BYTES ((size_t)64 << 20)

static inline void unit_office_again(unit_office *f)
{
    f->a = (arena){f->memory, f->memory + UNIT_OFFICE_BYTES, NULL};
    f->e = (err){0};
}

typedef struct {
    str sql;
    store_rows rows;
} unit_sql;

static inline bool unit_sql_run(store_job *job, void *arg, arena *a, err *e)
{
    unit_sql *t = arg;
    return store_query_text(job, t->sql, NULL, 0, &t->rows, a, e);
}

static inline int64_t unit_sql_number(unit_office *f, const char *sql)
{
    unit_sql t = {.sql = str_of(sql)};
    unit_office_again(f);
    if (!store_read(f->s, unit_sql_run, &t, &f->a, &f->e))
        fail_msg("%s: %s", sql, f->e.msg);
    return store_number(&t.rows, 0, 0);
}

static inline const char *unit_sql_text(unit_office *f, const char *sql)
{
    unit_sql t = {.sql = str_of(sql)};
    unit_office_again(f);
    if (!store_read(f->s, unit_sql_run, &t, &f->a, &f->e))
        fail_msg("%s: %s", sql, f->e.msg);
    return arena_str(&f->a, store_text(&t.rows, 0, 0)).p;
}

static inline void unit_sql_do(unit_office *f, const char *sql)
{
    unit_sql t = {.sql = str_of(sql)};
    unit_office_again(f);
    if (!store_write(f->s, 0, unit_sql_run, &t, &f->a, &f->e))
        fail_msg("%s: %s", sql, f->e.msg);
}

static inline void unit_office_remove(const unit_office *f)
{
    char name[80];
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3 && f->file[0]; i++) {
        snprintf(name, sizeof name, "%s%s", f->file, ends[i]);
        remove(name);
    }
}

static inline void unit_office_start(unit_office *f, const char *uri)
{
    store_config c = store_config_default;
    int before, after;
    c.uri = str_of(uri);
    if (!store_open(&f->s, &c, &f->e) || !store_migrate(f->s, &before, &after, &f->e) ||
        !office_open(&f->o, f->s, S(GONGJI_ROOT "/packs"), &f->e))
        fail_msg("%s", f->e.msg);
}

static inline unit_office *unit_office_new(void)
{
    unit_office *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->memory = malloc(UNIT_OFFICE_BYTES);
    assert_non_null(f->memory);
    unit_office_again(f);
    return f;
}

static inline int unit_office_sqlite(void **state)
{
    unit_office *f = unit_office_new();
    snprintf(f->file, sizeof f->file, "unit_office_%d.db", (int)getpid());
    unit_office_remove(f);
    unit_office_start(f, f->file);
    *state = f;
    return 0;
}

static inline int unit_office_postgres(void **state)
{
    const char *uri = getenv("GONGJI_POSTGRES");
    *state = NULL;
    if (!uri)
        return 0;
    store_config c = store_config_default;
    unit_office *f = unit_office_new();
    c.uri = str_of(uri);
    assert_true(store_open(&f->s, &c, &f->e));
    unit_sql_do(f, "drop schema public cascade");
    unit_sql_do(f, "create schema public");
    store_close(f->s);
    unit_office_start(f, uri);
    *state = f;
    return 0;
}

static inline int unit_office_close(void **state)
{
    unit_office *f = *state;
    if (!f)
        return 0;
    office_close(f->o);
    store_close(f->s);
    unit_office_remove(f);
    free(f->memory);
    free(f);
    return 0;
}

static inline unit_office *unit_office_of(void **state)
{
    if (!*state) {
        print_message("no GONGJI_POSTGRES\n");
        skip();
    }
    return *state;
}

#define UNIT_ON_BOTH(t)                                                                            \
    {"sqlite: " #t, t, unit_office_sqlite, unit_office_close, NULL},                               \
    {                                                                                              \
        "postgres: " #t, t, unit_office_postgres, unit_office_close, NULL                          \
    }

#endif
