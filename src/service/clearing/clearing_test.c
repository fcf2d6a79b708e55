/* When a month is over. */
#include "service/clearing/clearing.h"
#include "test/support/unit.h"

#include <stdio.h>
#include <stdlib.h>

#define FILE_NAME "clearing_test.db"

static int64_t test_clock(void *arg)
{
    return *(int64_t *)arg;
}

static bool areas_add(store_job *job, void *arg, arena *a, err *e)
{
    store_rows r;
    (void)arg;
    return store_query_text(job,
                            S("insert into area values ('350900', 'Ningde', 'city', '35', "
                              "'ningde')"),
                            NULL, 0, &r, a, e);
}

static void files_remove(void)
{
    remove(FILE_NAME);
    remove(FILE_NAME "-wal");
    remove(FILE_NAME "-shm");
    remove(FILE_NAME "-nodes");
}

/* What another server books just before midnight arrives after it. */
static void a_month_is_over_some_minutes_after_its_end(void **state)
{
    static const struct {
        int64_t now_ms;
        bool over;
    } at[] = {{1782835199000, false}, /* 2026-06-30 23:59:59 in Beijing */
              {1782835201000, false},
              {1782835799000, false},
              {1782835801000, true}}; /* 00:10:01 */
    static const actor who = {.user_id = 1, .login = {"f", 1}, .rights = ~UINT64_C(0)};
    store_config c = store_config_default;
    store *s = NULL;
    office *o = NULL;
    err e = {0};
    int before = 0, after = 0;
    int64_t now_ms = at[0].now_ms;
    arena a = unit_arena((ptrdiff_t)4 << 20);
    char *memory = a.beg;
    clearing_made *made = arena_new(&a, clearing_made, 1);
    (void)state;
    files_remove();
    c.uri = S(FILE_NAME);
    c.now_ms = test_clock;
    c.now_arg = &now_ms;
    if (!store_open(&s, &c, &e) || !store_migrate(s, &before, &after, &e) ||
        !store_write(s, 0, areas_add, NULL, &a, &e) ||
        !office_open(&o, s, S(GONGJI_ROOT "/packs"), &e))
        fail_msg("%s", e.msg);
    for (ptrdiff_t i = 0; i < COUNTOF(at); i++) {
        e = (err){0};
        now_ms = at[i].now_ms;
        assert_int_equal(clearing_make(made, o, &who, S("2026-06"), S("350900"), &a, &e),
                         at[i].over);
        if (!at[i].over)
            assert_string_equal(e.field, "month");
    }
    office_close(o);
    store_close(s);
    free(memory);
    files_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_month_is_over_some_minutes_after_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
