/* Files that grow, shrink and are rolled back behind the cache stay as they would be without it. */
#include "store/store_internal.h"
#include "test/support/unit_sqlite.h"

/* Only what lies at or behind the cut goes, also when a page had another number meanwhile. */
static void a_cut_takes_what_lies_behind(void **state)
{
    sqlite3_pcache_methods2 m;
    (void)state;
    sqlite_cache_configure();
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &m), SQLITE_OK);
    assert_int_equal(sqlite3_initialize(), SQLITE_OK);
    sqlite3_pcache *c = m.xCreate(4096, 64, 1);
    m.xCachesize(c, 100);
    for (unsigned page = 1; page <= 10; page++) {
        sqlite3_pcache_page *p = m.xFetch(c, page, 2);
        assert_non_null(p);
        if (page == 3) {
            m.xRekey(c, p, 3, 0x40000000 / 4096 + 1);
            m.xRekey(c, p, 0x40000000 / 4096 + 1, 12);
        }
        m.xUnpin(c, p, 0);
    }
    m.xTruncate(c, 13);
    assert_int_equal(m.xPagecount(c), 10);
    m.xTruncate(c, 6); /* 6 to 10, and 12 */
    assert_int_equal(m.xPagecount(c), 4);
    assert_null(m.xFetch(c, 12, 0));
    sqlite3_pcache_page *four = m.xFetch(c, 4, 0), *again = m.xFetch(c, 9, 2);
    assert_non_null(four);
    assert_non_null(again);
    m.xUnpin(c, four, 0);
    m.xUnpin(c, again, 0);
    m.xTruncate(c, 9);
    assert_int_equal(m.xPagecount(c), 4);
    m.xDestroy(c);
}

/* Keys all over the place: pages are split, and renumbered while they are. */
static void fill(sqlite3 *db, int from, int count)
{
    char sql[400];
    snprintf(sql, sizeof sql,
             "with recursive n(i) as (select %d union all select i + 1 from n where i < %d) "
             "insert or replace into t select i * 7919 %% 100003, "
             "hex(randomblob(20 + i * 31 %% 300)), i from n",
             from, from + count - 1);
    run(db, sql);
}

static void grows_shrinks_and_goes_back(sqlite3 *db)
{
    run(db, "pragma auto_vacuum = full; pragma journal_mode = wal; pragma cache_size = 400;"
            "create table t (k integer primary key, text text, i integer);"
            "create index t_by_text on t (text)");
    for (int round = 0; round < 12; round++) {
        fill(db, round * 3000, 3000);
        int64_t rows = number(db, "select count(*) from t");
        int64_t sum = number(db, "select sum(i) + sum(length(text)) from t");
        run(db, "begin");
        fill(db, 50000 + round * 3000, 4000);
        run(db, "delete from t where k % 3 = 0");
        run(db, "rollback");
        assert_int_equal(number(db, "select count(*) from t"), rows);
        assert_int_equal(number(db, "select sum(i) + sum(length(text)) from t"), sum);
        run(db,
            round % 3 == 2 ? "delete from t where i % 10 < 8" : "delete from t where i % 10 = 0");
        whole(db);
    }
    int64_t pages = number(db, "select page_count from pragma_page_count");
    run(db, "delete from t where k > 50; vacuum");
    assert_true(number(db, "select page_count from pragma_page_count") < pages);
    fill(db, 1, 2000);
    whole(db);
}

#define FILE_NAME "sqlite_cache_test.db"

static void a_file_is_the_same_with_it(void **state)
{
    sqlite3 *db = NULL, *other = NULL;
    (void)state;
    files_remove(FILE_NAME);
    sqlite_cache_configure();
    assert_int_equal(sqlite3_open(FILE_NAME, &db), SQLITE_OK);
    grows_shrinks_and_goes_back(db);
    assert_int_equal(sqlite3_open(FILE_NAME, &other),
                     SQLITE_OK); /* reads the file, not the cache */
    whole(other);
    assert_int_equal(number(other, "select count(*) from t"), number(db, "select count(*) from t"));
    sqlite3_close(other);
    sqlite3_close(db);
    files_remove(FILE_NAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_cut_takes_what_lies_behind),
                                       cmocka_unit_test(a_file_is_the_same_with_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
