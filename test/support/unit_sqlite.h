/* SQLite without our store, for what lies under it. */
#ifndef UNIT_SQLITE_H
#define UNIT_SQLITE_H

#include "test/support/unit.h"

#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>

static void run(sqlite3 *db, const char *sql)
{
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
}

static int64_t number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    int code = sqlite3_step(s);
    if (code != SQLITE_ROW)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    int64_t n = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return n;
}

static void whole(sqlite3 *db)
{
    assert_int_equal(number(db, "select integrity_check = 'ok' from pragma_integrity_check"), 1);
}

/* Of a database file that the test made. */
static void files_remove(const char *name)
{
    static const char *const ending[] = {"", "-wal", "-shm"};
    char path[80];
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s%s", name, ending[i]);
        (void)remove(path);
    }
}

#endif
