/* The contract of the store, on SQLite and, when GONGJI_POSTGRES names one, on PostgreSQL. */
#include "store/store_internal.h"
#include "test/support/unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FILE_NAME "store_test.db"

typedef struct {
    store *s;
    char memory[1 << 20];
    arena a;
    err e;
} fixture;

static int64_t clock_ms = 1764000000000;

static int64_t test_clock(void *arg)
{
    (void)arg;
    return clock_ms;
}

static void arena_reset(fixture *f)
{
    f->a = (arena){f->memory, f->memory + sizeof f->memory, NULL};
    f->e = (err){0};
}

/* One query or script in a job of its own. */
typedef struct {
    str sql;
    const store_value *value;
    int count;
    store_rows rows;
} free_text;

static bool run_text(store_job *job, void *arg, arena *a, err *e)
{
    free_text *t = arg;
    return store_query_text(job, t->sql, t->value, t->count, &t->rows, a, e);
}

static int64_t number_of(fixture *f, const char *sql)
{
    free_text t = {.sql = str_of(sql)};
    arena_reset(f);
    if (!store_read(f->s, run_text, &t, &f->a, &f->e))
        fail_msg("%s: %s", sql, f->e.msg);
    return store_number(&t.rows, 0, 0);
}

static void execute(fixture *f, const char *sql)
{
    free_text t = {.sql = str_of(sql)};
    arena_reset(f);
    if (!store_write(f->s, 0, run_text, &t, &f->a, &f->e))
        fail_msg("%s: %s", sql, f->e.msg);
}

static fixture *open_at(const char *uri, int lanes)
{
    fixture *f = calloc(1, sizeof *f);
    store_config c = store_config_default;
    int before = 0, after = 0;
    arena_reset(f);
    c.uri = str_of(uri);
    c.lanes = lanes;
    c.now_ms = test_clock;
    if (!store_open(&f->s, &c, &f->e) || !store_migrate(f->s, &before, &after, &f->e))
        fail_msg("%s", f->e.msg);
    assert_int_equal(before, 0);
    assert_int_equal(after, store_version_needed());
    return f;
}

static void files_remove(void)
{
    remove(FILE_NAME);
    remove(FILE_NAME "-wal");
    remove(FILE_NAME "-shm");
    remove(FILE_NAME "-nodes");
}

static int sqlite_setup(void **state)
{
    files_remove();
    *state = open_at(FILE_NAME, 1);
    return 0;
}

static int close_it(void **state)
{
    fixture *f = *state;
    store_close(f->s);
    free(f);
    files_remove();
    return 0;
}

static int postgres_setup(void **state)
{
    const char *uri = getenv("GONGJI_POSTGRES");
    *state = NULL;
    if (!uri)
        return 0;
    store_config c = store_config_default;
    fixture *f = calloc(1, sizeof *f);
    c.uri = str_of(uri);
    arena_reset(f);
    assert_true(store_open(&f->s, &c, &f->e));
    execute(f, "drop schema public cascade");
    execute(f, "create schema public");
    store_close(f->s);
    free(f);
    *state = open_at(uri, 4);
    return 0;
}

static int postgres_close(void **state)
{
    return *state ? close_it(state) : 0;
}

static fixture *fixture_or_skip(void **state)
{
    if (!*state) {
        print_message("no GONGJI_POSTGRES\n");
        skip();
    }
    return *state;
}

/* ---- writing and reading ---- */

typedef struct {
    const char *topic;
    int times;
    bool refuse;
    bool full; /* uses up its memory */
} bump;

static bool bump_work(store_job *job, void *arg, arena *a, err *e)
{
    bump *b = arg;
    store_value topic = STORE_T(str_of(b->topic));
    for (int i = 0; i < b->times; i++)
        store_put(job, SQL_REFERENCE_BUMP, &topic, 1);
    if (b->full)
        arena_new(a, char, PTRDIFF_MAX / 4);
    return !b->refuse || FAIL(e, ERR_BAD_VALUE, "refused");
}

static void what_work_puts_is_kept_only_if_it_agrees(void **state)
{
    fixture *f = fixture_or_skip(state);
    arena_reset(f);
    assert_true(store_write(f->s, 1, bump_work, &(bump){"a", 3, false, false}, &f->a, &f->e));
    assert_false(store_write(f->s, 1, bump_work, &(bump){"a", 5, true, false}, &f->a, &f->e));
    assert_int_equal(f->e.code, ERR_BAD_VALUE);
    arena_reset(f);
    assert_false(store_write(f->s, 1, bump_work, &(bump){"a", 5, false, true}, &f->a, &f->e));
    assert_int_equal(f->e.code, ERR_OUT_OF_MEMORY);
    assert_int_equal(number_of(f, "select version from reference_change"), 3);
}

static bool conflict_work(store_job *job, void *arg, arena *a, err *e)
{
    (void)a;
    (void)e;
    store_value row[] = {STORE_T(S("same")), STORE_N(*(int *)arg)};
    store_put(job, SQL_TEST_REFERENCE_ADD, row, 2);
    return true;
}

static void a_key_given_twice_is_a_conflict(void **state)
{
    fixture *f = fixture_or_skip(state);
    arena_reset(f);
    assert_true(store_write(f->s, 1, conflict_work, &(int){1}, &f->a, &f->e));
    assert_false(store_write(f->s, 1, conflict_work, &(int){2}, &f->a, &f->e));
    assert_int_equal(f->e.code, ERR_STORE_CONFLICT);
    assert_int_equal(number_of(f, "select version from reference_change"), 1);
}

static bool touch_work(store_job *job, void *arg, arena *a, err *e)
{
    (void)e;
    store_value row[] = {STORE_N(7), STORE_T(str_of(arg))};
    store_value other[] = {STORE_T(arena_printf(a, "beside %s", (char *)arg)), STORE_N(1)};
    store_put(job, SQL_TEST_REFERENCE_ADD, other, 2);
    store_put_one(job, SQL_TEST_REFERENCE_SET, row, 2);
    return true;
}

static void a_row_that_is_not_there_is_a_conflict(void **state)
{
    fixture *f = fixture_or_skip(state);
    arena_reset(f);
    assert_true(store_write(f->s, 1, bump_work, &(bump){"a", 1, false, false}, &f->a, &f->e));
    assert_true(store_write(f->s, 1, touch_work, (char[]){"a"}, &f->a, &f->e));
    assert_false(store_write(f->s, 1, touch_work, (char[]){"b"}, &f->a, &f->e));
    assert_int_equal(f->e.code, ERR_STORE_CONFLICT);
    assert_int_equal(number_of(f, "select version from reference_change where topic = 'a'"), 7);
    assert_int_equal(number_of(f, "select count(*) from reference_change"), 2);
}

static bool values_work(store_job *job, void *arg, arena *a, err *e)
{
    static const char *text[] = {"", "共济", "it's \"quoted\"", "line\nbreak", "$1"};
    (void)arg;
    for (int i = 0; i < COUNTOF(text); i++) {
        store_rows rows;
        store_value v[] = {STORE_T(str_of(text[i])), STORE_N(INT64_MIN + 1 + i)};
        if (!store_query(job, SQL_TEST_ECHO, v, 2, &rows, a, e))
            return false;
        assert_int_equal(rows.row_count, 1);
        assert_true(str_eq(store_text(&rows, 0, 0), str_of(text[i])));
        assert_true(store_number(&rows, 0, 1) == INT64_MIN + 1 + i);
        assert_int_equal(rows.cell[2].kind, STORE_NULL);
    }
    return true;
}

static void values_come_back_as_they_went(void **state)
{
    fixture *f = fixture_or_skip(state);
    arena_reset(f);
    if (!store_read(f->s, values_work, NULL, &f->a, &f->e))
        fail_msg("%s", f->e.msg);
}

static bool many_work(store_job *job, void *arg, arena *a, err *e)
{
    (void)e;
    int count = *(int *)arg;
    for (int i = 0; i < count; i++) {
        store_value row[] = {STORE_T(arena_printf(a, "t%d", i)), STORE_N(i)};
        store_put(job, SQL_TEST_REFERENCE_ADD, row, 2);
    }
    return true;
}

static void rows_of_one_insert_are_all_written(void **state)
{
    fixture *f = fixture_or_skip(state);
    static const int sizes[] = {1, 2, 15, 16, 17, 33, 700};
    for (int i = 0; i < COUNTOF(sizes); i++) {
        int64_t n = sizes[i];
        arena_reset(f);
        assert_true(store_write(f->s, 1, many_work, &(int){sizes[i]}, &f->a, &f->e));
        assert_int_equal(number_of(f, "select count(*) from reference_change"), n);
        assert_int_equal(number_of(f, "select cast(sum(version) as bigint) from reference_change"),
                         n * (n - 1) / 2);
        execute(f, "delete from reference_change");
    }
}

/* ---- many at once ---- */

typedef struct {
    fixture *f;
    int number;
    int refused, kept;
} client;

/* Reads the number, waits for nobody, writes one more: lost updates would show. */
static bool count_work(store_job *job, void *arg, arena *a, err *e)
{
    client *c = arg;
    store_rows rows;
    store_value topic = STORE_T(c->number % 2 ? S("odd") : S("even"));
    if (!store_query(job, SQL_TEST_TAKE, &topic, 1, &rows, a, e))
        return false;
    store_value row[] = {STORE_N(store_number(&rows, 0, 0) + 1), topic};
    store_put_one(job, SQL_TEST_REFERENCE_SET, row, 2);
    if ((c->kept + c->refused) % 5 == 4)
        return FAIL(e, ERR_BAD_VALUE, "refused");
    store_put_audit(job, &(store_audit){.user_id = c->number,
                                        .login = S("client"),
                                        .action = S("count"),
                                        .object = S("x"),
                                        .detail = S("{}"),
                                        .outcome = S("ok"),
                                        .trace_id = S("t")});
    return true;
}

#define CLIENTS 8
#define ROUNDS  50

static void *client_main(void *arg)
{
    client *c = arg;
    static _Thread_local char memory[1 << 16];
    for (int i = 0; i < ROUNDS; i++) {
        arena a = {memory, memory + sizeof memory, NULL};
        err e = {0};
        /* lanes by client, not by topic: the row's lock has to do */
        if (store_write(c->f->s, (uint64_t)c->number, count_work, c, &a, &e))
            c->kept++;
        else if (e.code == ERR_BAD_VALUE)
            c->refused++;
        else
            fail_msg("%s", e.msg);
    }
    return NULL;
}

static void no_update_is_lost_between_clients(void **state)
{
    fixture *f = fixture_or_skip(state);
    client c[CLIENTS];
    pthread_t thread[CLIENTS];
    int64_t rows = 0, kept = 0;
    execute(f, "insert into reference_change values ('odd', 0), ('even', 0)");
    for (int i = 0; i < CLIENTS; i++) {
        c[i] = (client){.f = f, .number = i};
        assert_int_equal(pthread_create(&thread[i], NULL, client_main, &c[i]), 0);
    }
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(thread[i], NULL);
        kept += c[i].kept;
    }
    assert_int_equal(kept, CLIENTS * ROUNDS * 4 / 5);
    assert_int_equal(number_of(f, "select cast(sum(version) as bigint) from reference_change"),
                     kept);
    arena_reset(f);
    assert_true(store_audit_verify(f->s, &rows, &(store_audit_break){0}, &f->a, &f->e));
    assert_int_equal(rows, kept);
    assert_true(store_stats_now(f->s).jobs >= CLIENTS * ROUNDS);
}

/* What was asked for ahead has to hold what the jobs before have put. */
typedef struct {
    store_value topic;
    store_rows rows;
} ahead;

static bool ahead_work(store_job *job, void *arg, arena *a, err *e)
{
    ahead *h = arg;
    (void)a, (void)e;
    store_value row[] = {STORE_N(store_number(&h->rows, 0, 0) + 1), h->topic};
    store_put(job, SQL_TEST_REFERENCE_SET, row, 2);
    return true;
}

static void *ahead_main(void *arg)
{
    client *c = arg;
    static _Thread_local char memory[1 << 16];
    for (int i = 0; i < ROUNDS; i++) {
        arena a = {memory, memory + sizeof memory, NULL};
        err e = {0};
        ahead h = {.topic = STORE_T(c->number % 2 ? S("odd") : S("even"))};
        const store_ask ask = {SQL_TEST_TAKE, &h.topic, 1, &h.rows};
        if (!store_write_asking(c->f->s, (uint64_t)c->number % 2, &ask, 1, ahead_work, &h, &a, &e))
            fail_msg("%s", e.msg);
    }
    return NULL;
}

static void what_is_asked_ahead_is_never_old(void **state)
{
    fixture *f = fixture_or_skip(state);
    client c[CLIENTS];
    pthread_t thread[CLIENTS];
    execute(f, "insert into reference_change values ('odd', 0), ('even', 0)");
    for (int i = 0; i < CLIENTS; i++) {
        c[i] = (client){.f = f, .number = i};
        assert_int_equal(pthread_create(&thread[i], NULL, ahead_main, &c[i]), 0);
    }
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(thread[i], NULL);
    assert_int_equal(number_of(f, "select cast(sum(version) as bigint) from reference_change"),
                     CLIENTS * ROUNDS);
}

/* Puts are gathered by table, and what happens to one table keeps its order. */
static bool order_work(store_job *job, void *arg, arena *a, err *e)
{
    (void)arg, (void)e;
    for (int i = 0; i < 150; i++) { /* more groups than are sent at once */
        store_value row[] = {STORE_T(arena_printf(a, "o%d", i)), STORE_N(i)};
        store_value set[] = {STORE_N(1000), row[0]};
        store_value gone[] = {STORE_N(5), STORE_T(arena_printf(a, "o%d", i + 1))};
        store_put(job, SQL_TEST_REFERENCE_ADD, row, 2);
        store_put(job, SQL_TEST_REFERENCE_SET, set, 2);
        store_put(job, SQL_TEST_REFERENCE_SET, gone, 2); /* that row is not there yet */
    }
    return true;
}

static void puts_on_one_table_keep_their_order(void **state)
{
    fixture *f = fixture_or_skip(state);
    arena_reset(f);
    if (!store_write(f->s, 1, order_work, NULL, &f->a, &f->e))
        fail_msg("%s", f->e.msg);
    assert_int_equal(number_of(f, "select count(*) from reference_change where version = 1000"),
                     150);
}

/* ---- the audit chain ---- */

static void the_chain_tells_a_change_a_gap_and_a_swap(void **state)
{
    static const char *const damage[] = {
        "update audit_log set outcome = 'no' where seq = 3",
        "update audit_log set person_id = person_id + 1 where seq = 1",
        "delete from audit_log where seq = 2",
        "update audit_log set seq = case seq when 4 then 5 else 4 end + 1000 where seq in (4, 5)",
    };
    fixture *f = fixture_or_skip(state);
    client c = {.f = f, .number = 1};
    int64_t rows;
    execute(f, "insert into reference_change values ('odd', 0)");
    for (int d = -1; d < COUNTOF(damage); d++) {
        execute(f, "delete from audit_log");
        for (int i = 0; i < 5; i++) {
            c.kept = c.refused = 0;
            arena_reset(f);
            if (!store_write(f->s, 1, count_work, &c, &f->a, &f->e))
                fail_msg("%s", f->e.msg);
        }
        if (d >= 0)
            execute(f, damage[d]);
        if (d == 3)
            execute(f, "update audit_log set seq = seq - 1000 where seq > 1000");
        arena_reset(f);
        bool whole = store_audit_verify(f->s, &rows, &(store_audit_break){0}, &f->a, &f->e);
        assert_int_equal(whole, d < 0);
        assert_int_equal(f->e.code, d < 0 ? ERR_OK : ERR_AUDIT_CHAIN);
    }
}

/* ---- ids ---- */

static void ids_rise_though_the_clock_goes_back(void **state)
{
    fixture *f = fixture_or_skip(state);
    int64_t last = 0, now = clock_ms;
    for (int i = 0; i < 100000; i++) {
        if (i == 50000)
            clock_ms -= 86400000;
        int64_t id = store_new_id(f->s);
        assert_true(id > last);
        last = id;
    }
    clock_ms = now;
}

static void an_id_can_be_made_after_a_foreign_one(void **state)
{
    fixture *f = fixture_or_skip(state);
    int64_t hour_ahead = store_new_id(f->s) + (INT64_C(3600000) << 22 | 63 << 16 | 0xFFFF);
    int64_t id = store_new_id_after(f->s, hour_ahead);
    assert_true(id > hour_ahead);
    assert_true(store_new_id(f->s) > id);
    assert_true(store_new_id_after(f->s, 7) > id);
}

/* ---- one process for each node ---- */

/* In a process of its own: as which node can it work here? */
static int code_of_other(const char *uri, int node)
{
    pid_t child = fork();
    if (child == 0) {
        store_config c = store_config_default;
        store *s;
        err e = {0};
        c.uri = str_of(uri);
        c.node = node;
        c.wait_ms = 100;
        _exit(store_open(&s, &c, &e) ? 0 : e.code == ERR_EXISTS ? 1 : 2);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_node_is_one_process(void **state)
{
    fixture *f = fixture_or_skip(state);
    const char *uri = store_is_postgres(f->s) ? getenv("GONGJI_POSTGRES") : FILE_NAME;
    assert_int_equal(code_of_other(uri, store_config_default.node), 1);
    assert_int_equal(code_of_other(uri, 2), 0); /* and gone without a word */
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    assert_int_equal(code_of_other(uri, 2), 0);
}

static void the_file_is_its_owners(void **state)
{
    struct stat info;
    (void)state;
    assert_int_equal(stat(FILE_NAME, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

/* Wherever memory ends: a job that is not kept leaves no gap in the chain. */
static bool audited_work(store_job *job, void *arg, arena *a, err *e)
{
    (void)a, (void)e;
    for (int i = 0; i < 3; i++)
        store_put_audit(job, &(store_audit){.user_id = *(int *)arg,
                                            .login = S("client"),
                                            .action = S("count"),
                                            .object = S("x"),
                                            .detail = S("{}"),
                                            .outcome = S("ok"),
                                            .trace_id = S("t")});
    return true;
}

static void memory_that_ends_leaves_the_chain_whole(void **state)
{
    fixture *f = fixture_or_skip(state);
    _Alignas(16) static char memory[1 << 16];
    int64_t rows = 0, kept = 0;
    for (ptrdiff_t room = 16; room < (ptrdiff_t)sizeof memory; room += 48) {
        arena a = {memory, memory + room, NULL};
        err e = {0};
        kept += store_write(f->s, 1, audited_work, &(int){1}, &a, &e);
    }
    arena_reset(f);
    if (!store_audit_verify(f->s, &rows, &(store_audit_break){0}, &f->a, &f->e))
        fail_msg("%s", f->e.msg);
    assert_true(kept > 0);
    assert_int_equal(rows, 3 * kept);
}

static void a_second_set_up_changes_nothing(void **state)
{
    fixture *f = fixture_or_skip(state);
    int before = 0, after = 0, version = 0;
    arena_reset(f);
    assert_true(store_migrate(f->s, &before, &after, &f->e));
    assert_int_equal(before, after);
    assert_true(store_version(f->s, &version, &f->e));
    assert_int_equal(version, store_version_needed());
    execute(f, "insert into gongji_version values (9999, 'later')");
    assert_false(store_migrate(f->s, &before, &after, &f->e));
    assert_int_equal(f->e.code, ERR_STORE_VERSION);
}

static void a_copy_taken_while_writing_is_whole(void **state)
{
    fixture *f = fixture_or_skip(state);
    struct stat info;
    arena_reset(f);
    remove("store_test_copy.db");
    assert_true(store_write(f->s, 1, many_work, &(int){500}, &f->a, &f->e));
    if (!store_backup(f->s, S("store_test_copy.db"), &f->e))
        fail_msg("%s", f->e.msg);
    assert_int_equal(stat("store_test_copy.db", &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_true(info.st_size > 0);
    assert_false(store_backup(f->s, S("store_test_copy.db"), &f->e)); /* never over another */
    remove("store_test_copy.db");
}

/* ---- the disk ---- */

static void nobody_is_told_before_it_is_on_the_disk(void **state)
{
    fixture *f = fixture_or_skip(state);
    for (int i = 0; i < 20; i++) {
        int64_t before = store_stats_now(f->s).syncs;
        arena_reset(f);
        assert_true(store_write(f->s, 1, bump_work, &(bump){"a", 1, false, false}, &f->a, &f->e));
        assert_int_equal(store_stats_now(f->s).syncs, before + 1);
    }
}

static bool sync_fails(store_conn *c, err *e)
{
    (void)c;
    return FAIL(e, ERR_STORE, "cannot flush: made up");
}

/* What a failing disk took is not known: nothing more is written until somebody looks. */
static void a_disk_that_fails_is_not_written_to(void **state)
{
    fixture *f = fixture_or_skip(state);
    store_driver failing = *f->s->driver;
    assert_true(store_write(f->s, 1, bump_work, &(bump){"a", 1, false, false}, &f->a, &f->e));
    failing.sync = sync_fails;
    f->s->lane[0].conn->driver = &failing;
    assert_false(store_write(f->s, 1, bump_work, &(bump){"a", 1, false, false}, &f->a, &f->e));
    assert_int_equal(f->e.code, ERR_STORE);
    f->s->lane[0].conn->driver = f->s->driver;
    int64_t commits = store_stats_now(f->s).commits;
    arena_reset(f);
    assert_false(store_write(f->s, 1, bump_work, &(bump){"a", 1, false, false}, &f->a, &f->e));
    assert_int_equal(f->e.code, ERR_STORE);
    assert_int_equal(store_stats_now(f->s).commits, commits);
    assert_true(number_of(f, "select version from reference_change") <= 2); /* it still reads */
}

#define ON_BOTH(t)                                                                                 \
    {"sqlite: " #t, t, sqlite_setup, close_it, NULL},                                              \
    {                                                                                              \
        "postgres: " #t, t, postgres_setup, postgres_close, NULL                                   \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(what_work_puts_is_kept_only_if_it_agrees),
        ON_BOTH(a_key_given_twice_is_a_conflict),
        ON_BOTH(a_row_that_is_not_there_is_a_conflict),
        ON_BOTH(values_come_back_as_they_went),
        ON_BOTH(rows_of_one_insert_are_all_written),
        ON_BOTH(no_update_is_lost_between_clients),
        ON_BOTH(what_is_asked_ahead_is_never_old),
        ON_BOTH(puts_on_one_table_keep_their_order),
        ON_BOTH(the_chain_tells_a_change_a_gap_and_a_swap),
        ON_BOTH(ids_rise_though_the_clock_goes_back),
        ON_BOTH(an_id_can_be_made_after_a_foreign_one),
        ON_BOTH(a_node_is_one_process),
        ON_BOTH(memory_that_ends_leaves_the_chain_whole),
        ON_BOTH(a_second_set_up_changes_nothing),
        {"sqlite: the_file_is_its_owners", the_file_is_its_owners, sqlite_setup, close_it, NULL},
        {"sqlite: a_copy_taken_while_writing_is_whole", a_copy_taken_while_writing_is_whole,
         sqlite_setup, close_it, NULL},
        {"sqlite: nobody_is_told_before_it_is_on_the_disk", nobody_is_told_before_it_is_on_the_disk,
         sqlite_setup, close_it, NULL},
        {"sqlite: a_disk_that_fails_is_not_written_to", a_disk_that_fails_is_not_written_to,
         sqlite_setup, close_it, NULL},
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
