/* What is gathered before it is written: nobody ever sees a commit without all of its pages. */
#include "store/store_internal.h"
#include "test/support/unit_sqlite.h"

#include <signal.h>
#include <sys/resource.h>

#define FILE_NAME "sqlite_log_test.db"

static sqlite3 *opened(const char *vfs)
{
    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    assert_int_equal(sqlite3_open_v2(FILE_NAME, &db, flags, vfs), SQLITE_OK);
    return db;
}

static void fill(sqlite3 *db, int from, int count)
{
    char sql[400];
    snprintf(sql, sizeof sql,
             "with recursive n(i) as (select %d union all select i + 1 from n where i < %d) "
             "insert or replace into t select i * 7919 %% 100003, hex(randomblob(200 + i %% 900)) "
             "from n",
             from, from + count - 1);
    run(db, sql);
}

/* A transaction larger than the cache writes before its commit, reads that back, and may be taken
 * back in parts. */
static void one_round(sqlite3 *db, int round)
{
    int from = 1 + round * 1500;
    run(db, "begin immediate");
    fill(db, from, round % 4 == 0 ? 1200 : 40);
    run(db, "savepoint s");
    fill(db, 200000 + from, 500);
    run(db, "update t set text = text || 'x' where k % 11 = 0");
    run(db, round % 2 ? "rollback to s" : "release s");
    run(db, "delete from t where k % 17 = 3");
    run(db, round % 5 == 4 ? "rollback" : "commit");
    if (round % 6 == 5)
        run(db, "pragma wal_checkpoint(restart)");
}

static void a_reader_sees_whole_commits(void **state)
{
    (void)state;
    files_remove(FILE_NAME);
    sqlite_cache_configure();
    sqlite3 *writer = opened(sqlite_writer_vfs());
    run(writer, "pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = 30;"
                "pragma wal_autocheckpoint = 0; create table t (k integer primary key, text text)");
    assert_true(sqlite_log_apart(writer));
    sqlite3 *reader = opened(NULL);
    for (int round = 0; round < 24; round++) {
        one_round(writer, round);
        const char *sum = "select sum(k) + sum(length(text)) + count(*) from t";
        assert_int_equal(number(reader, sum), number(writer, sum));
        whole(reader);
    }
    sqlite3_close(reader);
    sqlite3_close(writer);
    files_remove(FILE_NAME);
}

/* The log's file may not grow: the commit fails, and what was there before stays as it was. */
static void a_commit_that_is_not_written_is_none(void **state)
{
    struct rlimit before, small;
    (void)state;
    files_remove(FILE_NAME);
    sqlite3 *writer = opened(sqlite_writer_vfs());
    run(writer,
        "pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 0;"
        "create table t (k integer primary key, text text)");
    assert_true(sqlite_log_apart(writer));
    fill(writer, 1, 20);
    int64_t rows = number(writer, "select count(*) from t");
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 100 * 1024;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    run(writer, "begin immediate");
    fill(writer, 1000, 100);
    int code = sqlite3_exec(writer, "commit", NULL, NULL, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, handler);
    assert_int_not_equal(code, SQLITE_OK);
    sqlite3_exec(writer, "rollback", NULL, NULL, NULL);
    sqlite3 *reader = opened(NULL);
    assert_int_equal(number(reader, "select count(*) from t"), rows);
    fill(writer, 1000, 100);
    assert_int_equal(number(reader, "select count(*) from t"), rows + 100);
    sqlite3_close(reader);
    sqlite3_close(writer);
    files_remove(FILE_NAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_reader_sees_whole_commits),
                                       cmocka_unit_test(a_commit_that_is_not_written_is_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
