#include "base/day.h"

#include "test/support/unit.h"

static day on(const char *iso)
{
    day d;
    if (!day_parse(&d, str_of(iso)))
        fail_msg("%s is not a day", iso);
    return d;
}

static void assert_day(day got, const char *want)
{
    char text[DAY_TEXT_SIZE];
    day_print(text, got);
    assert_string_equal(text, want);
}

/* Twelve hundred years, a day at a time, beside a calendar that only counts. */
static void every_day_there_and_back(void **state)
{
    (void)state;
    int number = day_of(1800, 1, 1).number, week = weekday((day){number});
    assert_int_equal(week, 3); /* 1 January 1800 was a Wednesday */
    for (int year = 1800; year <= 2999; year++) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        for (int month = 1; month <= 12; month++) {
            int days = month == 2 ? 28 + leap : 30 + (month + month / 8) % 2;
            assert_int_equal(days_in_month(year, month), days);
            for (int d = 1; d <= days; d++, number++, week = week % 7 + 1) {
                char text[DAY_TEXT_SIZE];
                day back;
                assert_int_equal(day_of(year, month, d).number, number);
                civil c = day_civil((day){number});
                assert_true(c.year == year && c.month == month && c.day == d);
                assert_int_equal(weekday((day){number}), week);
                day_print(text, (day){number});
                assert_true(day_parse(&back, str_of(text)));
                assert_int_equal(back.number, number);
            }
        }
    }
}

static void anchors(void **state)
{
    (void)state;
    assert_int_equal(day_of(1970, 1, 1).number, 0);
    assert_int_equal(day_of(2000, 3, 1).number, 11017);
    assert_int_equal(day_of(1969, 12, 31).number, -1);
    assert_int_equal(weekday(on("2024-02-29")), 4);
    assert_int_equal(weekday(on("1969-12-31")), 3);
    assert_int_equal(weekday(on("1970-01-01")), 4);
}

static void what_is_no_day(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",           "2024",        "2024-1-1",    "2024-01-1",  "2024-01-001", "2024-00-10",
        "2024-13-01", "2024-01-00",  "2024-01-32",  "2024-04-31", "2023-02-29",  "1900-02-29",
        "2100-02-29", "2024/01/01",  "20240101",    "2024-01-0a", "1799-12-31",  "3000-01-01",
        "-024-01-01", " 2024-01-01", "2024-01-01 ", "2024-01-0-", "99999-01-01", "２０２４-01-01",
    };
    for (ptrdiff_t i = 0; i < COUNTOF(wrong); i++) {
        day d;
        if (day_parse(&d, str_of(wrong[i])))
            fail_msg("`%s` was read as a day", wrong[i]);
    }
    assert_day(on("2000-02-29"), "2000-02-29");
    assert_day(on("1800-01-01"), "1800-01-01");
    assert_day(on("2999-12-31"), "2999-12-31");
}

static void ages(void **state)
{
    (void)state;
    assert_int_equal(age_on(on("1964-05-10"), on("2024-05-09")), 59);
    assert_int_equal(age_on(on("1964-05-10"), on("2024-05-10")), 60);
    assert_int_equal(age_on(on("1964-05-10"), on("2024-05-11")), 60);
    assert_int_equal(age_on(on("2024-05-10"), on("2024-05-10")), 0);
    /* born on a leap day: a year older on 1 March where there is no 29 February */
    assert_int_equal(age_on(on("2000-02-29"), on("2023-02-28")), 22);
    assert_int_equal(age_on(on("2000-02-29"), on("2023-03-01")), 23);
    assert_int_equal(age_on(on("2000-02-29"), on("2024-02-28")), 23);
    assert_int_equal(age_on(on("2000-02-29"), on("2024-02-29")), 24);
    assert_int_equal(age_on(on("1999-12-31"), on("2000-01-01")), 0);
}

static void months_later(void **state)
{
    (void)state;
    assert_day(day_add_months(on("2024-01-31"), 1), "2024-02-29");
    assert_day(day_add_months(on("2023-01-31"), 1), "2023-02-28");
    assert_day(day_add_months(on("2024-01-31"), 3), "2024-04-30");
    assert_day(day_add_months(on("2024-02-29"), 12), "2025-02-28");
    assert_day(day_add_months(on("2024-02-29"), 48), "2028-02-29");
    assert_day(day_add_months(on("2024-11-15"), 2), "2025-01-15");
    assert_day(day_add_months(on("2024-03-31"), 0), "2024-03-31");
    assert_day(day_add_months(on("2024-03-31"), -1), "2024-02-29");
    assert_day(day_add_months(on("2024-01-15"), -1), "2023-12-15");
    assert_day(day_add_months(on("2024-01-15"), -13), "2022-12-15");
}

/* The National Day holiday of 2024: 1 to 7 October off, two weekend days worked for it. */
static void working_days(void **state)
{
    (void)state;
    calendar_exception days[9];
    days[0] = (calendar_exception){on("2024-09-29"), true}; /* a Sunday */
    for (int i = 0; i < 7; i++)
        days[1 + i] = (calendar_exception){{on("2024-10-01").number + i}, false};
    days[8] = (calendar_exception){on("2024-10-12"), true}; /* a Saturday */
    const calendar c = {days, COUNTOF(days)}, plain = {NULL, 0};
    assert_true(is_working_day(&c, on("2024-09-29")));
    assert_false(is_working_day(&plain, on("2024-09-29")));
    assert_false(is_working_day(&c, on("2024-09-28")));
    assert_true(is_working_day(&c, on("2024-09-30")));
    assert_false(is_working_day(&c, on("2024-10-07")));
    assert_true(is_working_day(&plain, on("2024-10-07")));
    assert_true(is_working_day(&c, on("2024-10-12")));
    assert_false(is_working_day(&c, on("2024-10-13")));
    assert_false(is_working_day(&c, on("1969-12-28"))); /* a Sunday before the epoch */
    assert_day(add_working_days(&c, on("2024-09-30"), 1), "2024-10-08");
    assert_day(add_working_days(&c, on("2024-09-30"), 5), "2024-10-12");
    assert_day(add_working_days(&c, on("2024-09-30"), 6), "2024-10-14");
    assert_day(add_working_days(&c, on("2024-10-05"), 0), "2024-10-05"); /* none: the day itself */
    assert_day(add_working_days(&plain, on("2024-09-27"), 20), "2024-10-25");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_there_and_back),
        cmocka_unit_test(anchors),
        cmocka_unit_test(what_is_no_day),
        cmocka_unit_test(ages),
        cmocka_unit_test(months_later),
        cmocka_unit_test(working_days),
    };
    return cmocka_run_group_tests_name("day", tests, NULL, NULL);
}
