/* What the tests of service/access share: a store with a clock of its own, users, sessions. */
#ifndef TEST_SUPPORT_UNIT_ACCESS_H
#define TEST_SUPPORT_UNIT_ACCESS_H
#include "service/access/access_internal.h"
#include "test/support/unit.h"

#include <stdatomic.h>

/* Each program its own, named before this is included: they run side by side. */
#ifndef TEST_NAME
#define TEST_NAME "access_test"
#endif
#define FILE_NAME TEST_NAME ".db"
#define KEY_NAME  TEST_NAME ".key"
#define MINUTE_MS 60000

typedef struct {
    store *s;
    access_service *ac;
    char memory[1 << 20];
    arena a;
    err e;
} fixture;

static _Atomic int64_t clock_ms;

static inline int64_t test_clock(void *arg)
{
    (void)arg;
    return clock_ms;
}

static const actor program = {
    .user_id = -1, .login = {"program", 7}, .address = {"", 0}, .trace_id = {"", 0}};
static const actor outside = {
    .login = {"", 0}, .address = {"10.0.0.7", 8}, .trace_id = {"00000000000000aa", 16}};

static inline void again(fixture *f)
{
    f->a = (arena){f->memory, f->memory + sizeof f->memory, NULL};
    f->e = (err){0};
}

typedef struct {
    str sql;
    store_rows rows;
} free_text;

static inline bool run_text(store_job *job, void *arg, arena *a, err *e)
{
    free_text *t = arg;
    return store_query_text(job, t->sql, NULL, 0, &t->rows, a, e);
}

static inline int64_t number_of(fixture *f, const char *sql)
{
    free_text t = {.sql = str_of(sql)};
    again(f);
    if (!store_read(f->s, run_text, &t, &f->a, &f->e))
        fail_msg("%s: %s", sql, f->e.msg);
    return store_number(&t.rows, 0, 0);
}

static inline void files_remove(void)
{
    remove(FILE_NAME);
    remove(FILE_NAME "-wal");
    remove(FILE_NAME "-shm");
    remove(KEY_NAME);
    remove("access_test.words");
}

static inline access_config quick(void)
{
    access_config c = access_config_default;
    c.hash_operations = crypto_pwhash_OPSLIMIT_MIN;
    c.hash_bytes = crypto_pwhash_MEMLIMIT_MIN;
    c.counter_sessions_max = 3; /* the tests look at one user from several places */
    c.key_file = KEY_NAME;
    return c;
}

static inline void access_start_with(fixture *f, access_config c)
{
    again(f);
    if (!access_open(&f->ac, f->s, &c, &f->e))
        fail_msg("%s", f->e.msg);
}

static inline void access_start(fixture *f)
{
    access_start_with(f, quick());
}

static inline void access_again_with(fixture *f, access_config c)
{
    access_close(f->ac);
    access_start_with(f, c);
}

static inline fixture *fixture_new(const char *uri)
{
    fixture *f = calloc(1, sizeof *f);
    store_config c = store_config_default;
    int before, after;
    clock_ms = 1764000000000;
    again(f);
    c.uri = str_of(uri);
    c.now_ms = test_clock;
    if (!store_open(&f->s, &c, &f->e) || !store_migrate(f->s, &before, &after, &f->e) ||
        !access_seed(f->s, &f->a, &f->e))
        fail_msg("%s", f->e.msg);
    access_start(f);
    return f;
}

static inline int sqlite_setup(void **state)
{
    files_remove();
    *state = fixture_new(FILE_NAME);
    return 0;
}

static inline int teardown(void **state)
{
    fixture *f = *state;
    if (!f)
        return 0;
    access_close(f->ac);
    store_close(f->s);
    free(f);
    files_remove();
    return 0;
}

static inline int postgres_setup(void **state)
{
    const char *uri = getenv("GONGJI_POSTGRES");
    *state = NULL;
    files_remove();
    if (!uri)
        return 0;
    fixture *f = calloc(1, sizeof *f);
    store_config c = store_config_default;
    free_text t = {.sql = S("drop schema public cascade")}, u = {.sql = S("create schema public")};
    again(f);
    c.uri = str_of(uri);
    if (!store_open(&f->s, &c, &f->e) || !store_write(f->s, 0, run_text, &t, &f->a, &f->e) ||
        !store_write(f->s, 0, run_text, &u, &f->a, &f->e))
        fail_msg("%s", f->e.msg);
    store_close(f->s);
    free(f);
    *state = fixture_new(uri);
    return 0;
}

#define FIXTURE(f)                                                                                 \
    fixture *f = *state;                                                                           \
    if (!f)                                                                                        \
    skip()

/* ---- shorter words ---- */

static inline void fine(const fixture *f, bool ok)
{
    if (!ok)
        fail_msg("%s %s: %s", err_name(f->e.code), f->e.field, f->e.msg);
}

static inline void refused(fixture *f, bool ok, err_code code)
{
    assert_false(ok);
    if (f->e.code != code)
        fail_msg("got %s %s, expected %s", err_name(f->e.code), f->e.msg, err_name(code));
    again(f);
}

/* A user with a password known to the tests. */
static char passwords[64][40];

static inline int64_t user_new(fixture *f, const char *login, const char *role, int slot)
{
    access_user w = {.login = str_of(login), .name = S("张三"), .area_code = S("3509")};
    const str roles[] = {str_of(role)};
    int64_t id;
    str password;
    again(f);
    fine(f, access_user_add(&id, &password, f->ac, &program, &w, &f->a, &f->e));
    assert_true(password.n < (ptrdiff_t)sizeof passwords[0]);
    memcpy(passwords[slot], password.p, (size_t)password.n);
    passwords[slot][password.n] = 0;
    fine(f, access_roles_set(f->ac, &program, id, roles, role[0] != 0, &f->a, &f->e));
    return id;
}

static inline bool login(fixture *f, access_session *out, const char *name, const char *password)
{
    again(f);
    return access_login(out, f->ac, str_of(name), str_of(password), S(""), &outside, &f->a, &f->e);
}

typedef struct {
    char text[TOKEN_BYTES + 1];
} token;

static inline token login_token(fixture *f, const char *name, int slot)
{
    access_session s;
    token t = {{0}};
    fine(f, login(f, &s, name, passwords[slot]));
    assert_int_equal(s.token.n, TOKEN_BYTES);
    memcpy(t.text, s.token.p, TOKEN_BYTES);
    return t;
}

static inline bool find(fixture *f, access_session *out, const token *t)
{
    again(f);
    return access_session_find(out, f->ac, str_of(t->text), &f->a, &f->e);
}

static inline void alive(fixture *f, const token *t)
{
    access_session s;
    fine(f, find(f, &s, t));
}

static inline void dead(fixture *f, const token *t)
{
    access_session s;
    refused(f, find(f, &s, t), ERR_NOT_SIGNED_IN);
}

static inline actor actor_of(fixture *f, const token *t)
{
    access_session s;
    actor who;
    fine(f, find(f, &s, t));
    access_actor_of(&who, &s.user, S("10.0.0.7"), S("aa"));
    return who;
}

#define ON_BOTH(t)                                                                                 \
    {"sqlite: " #t, t, sqlite_setup, teardown, NULL},                                              \
    {                                                                                              \
        "postgres: " #t, t, postgres_setup, teardown, NULL                                         \
    }

#endif
