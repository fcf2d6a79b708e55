#include "gongji.h"

#include "test/support/unit.h"

#include <pthread.h>

static gongji_scheme *teaching(void)
{
    char message[200];
    gongji_scheme *s =
        gongji_scheme_open(GONGJI_ROOT "/packs/schemes/teaching", message, sizeof message);
    assert_non_null(s);
    assert_string_equal(message, "");
    return s;
}

static gongji_case appendix(void)
{
    gongji_case c;
    gongji_case_clear(&c);
    c.sex = GONGJI_MALE;
    c.age = 50;
    c.main_dx = "K35.800";
    c.other_dx = "E11.900|I10.x00";
    c.procedures = "47.0100;99.0400";
    return c;
}

static void a_case_is_grouped(void **state)
{
    (void)state;
    gongji_scheme *s = teaching();
    gongji_case c = appendix();
    gongji_group g;
    assert_int_equal(gongji_group_case(&g, s, &c, 0), GONGJI_GROUPED);
    assert_string_equal(g.mdc, "MDCG");
    assert_string_equal(g.adrg, "GD1");
    assert_string_equal(g.drg, "GD13");
    assert_string_equal(g.reason, "");
    c.main_dx = "k35.800";
    assert_int_equal(gongji_group_case(&g, s, &c, 0), GONGJI_UNGROUPED);
    assert_string_equal(g.drg, "0000");
    assert_string_equal(g.reason, "unknown_main_dx");
    assert_int_equal(gongji_group_case(&g, s, &c, GONGJI_TIDY), GONGJI_GROUPED);
    c.age = 201;
    assert_int_equal(gongji_group_case(&g, s, &c, GONGJI_TIDY), GONGJI_INVALID);
    assert_string_equal(g.reason, "bad_number");
    c = appendix();
    c.sex = 7;
    assert_int_equal(gongji_group_case(&g, s, &c, 0), GONGJI_INVALID);
    assert_string_equal(g.reason, "bad_sex");
    c = appendix();
    c.other_dx = c.procedures = NULL;
    assert_int_equal(gongji_group_case(&g, s, &c, 0), GONGJI_GROUPED);
    assert_string_equal(g.drg, "GZ15");
    c.main_dx = NULL;
    assert_int_equal(gongji_group_case(&g, s, &c, 0), GONGJI_UNGROUPED);
    gongji_scheme_close(s);
    gongji_scheme_close(NULL);
}

static void long_lists_are_fine(void **state)
{
    (void)state;
    static char list[60000];
    gongji_scheme *s = teaching();
    gongji_case c = appendix();
    gongji_group g;
    for (int i = 0; i < 4999; i++)
        strcat(list, "I9|");
    strcat(list, "A41.900");
    c.other_dx = list;
    assert_int_equal(gongji_group_case(&g, s, &c, 0), GONGJI_GROUPED);
    assert_string_equal(g.drg, "GD13");
    strcat(list, "|");
    assert_int_equal(gongji_group_case(&g, s, &c, 0), GONGJI_INVALID);
    assert_string_equal(g.reason, "too_many_codes");
    gongji_scheme_close(s);
}

static void the_path_fits_or_is_cut(void **state)
{
    (void)state;
    gongji_scheme *s = teaching();
    gongji_case c = appendix();
    char text[4000], little[20];
    size_t n = gongji_explain_case(text, sizeof text, s, &c, 0, GONGJI_ENGLISH);
    assert_int_equal(n, strlen(text));
    assert_non_null(strstr(text, "\ngroup GD13 "));
    assert_int_equal(gongji_explain_case(little, sizeof little, s, &c, 0, GONGJI_ENGLISH), n);
    assert_true(strlen(little) < sizeof little);
    assert_int_equal(gongji_explain_case(NULL, 0, s, &c, 0, GONGJI_ENGLISH), n);
    assert_true(gongji_explain_case(text, sizeof text, s, &c, 0, GONGJI_CHINESE) > 0);
    assert_non_null(strstr(text, "\n入组 GD13 "));
    gongji_scheme_close(s);
}

static void a_scheme_that_will_not_do_says_why(void **state)
{
    (void)state;
    char message[200], little[10];
    assert_null(gongji_scheme_open("/nowhere", message, sizeof message));
    assert_non_null(strstr(message, "/nowhere"));
    assert_null(gongji_scheme_open(GONGJI_ROOT "/packs/ningde", message, sizeof message));
    assert_string_equal(message, "mdc.csv: the file is missing");
    assert_null(gongji_scheme_open("/nowhere", little, sizeof little));
    assert_true(strlen(little) < sizeof little);
    assert_null(gongji_scheme_open("/nowhere", NULL, 0));
    assert_true(gongji_version()[0] >= '0');
}

static void *many(void *argument)
{
    gongji_case c = appendix();
    gongji_group g;
    for (int i = 0; i < 20000; i++) {
        c.age = i % 90;
        c.age_days = i % 30;
        if (gongji_group_case(&g, argument, &c, 0) != GONGJI_GROUPED || strcmp(g.drg, "GD13") != 0)
            return "another group";
    }
    return NULL;
}

static void threads_share_a_scheme(void **state)
{
    (void)state;
    gongji_scheme *s = teaching();
    pthread_t thread[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, many, s), 0);
    for (int i = 0; i < 4; i++) {
        void *wrong;
        pthread_join(thread[i], &wrong);
        assert_null(wrong);
    }
    gongji_scheme_close(s);
}

static void a_case_gets_its_dip_group_and_points(void **state)
{
    (void)state;
    char text[4000], little[20];
    gongji_dip *d = gongji_dip_open(GONGJI_ROOT "/packs/dip/teaching", text, sizeof text);
    gongji_case c;
    gongji_dip_group g;
    assert_non_null(d);
    assert_string_equal(text, "");
    gongji_case_clear(&c);
    c.main_dx = "k80.100";
    c.procedures = "51.2300|99.9999";
    assert_int_equal(gongji_dip_case(&g, d, &c, 3600000, 3), GONGJI_GROUPED);
    assert_string_equal(g.group, "K80.1:51.2300");
    assert_string_equal(g.tier, "core");
    assert_string_equal(g.match, "exact");
    assert_int_equal(g.deviation, GONGJI_HIGH);
    assert_int_equal(g.points_e4, 27403522);
    size_t n = gongji_dip_explain(text, sizeof text, d, &c, 3600000, 3, GONGJI_CHINESE);
    assert_int_equal(n, strlen(text));
    assert_non_null(strstr(text, "\n入组 K80.1:51.2300 "));
    assert_int_equal(gongji_dip_explain(little, sizeof little, d, &c, 3600000, 3, GONGJI_CHINESE),
                     n);
    assert_int_equal(gongji_dip_case(&g, d, &c, GONGJI_UNKNOWN, 0), GONGJI_GROUPED);
    assert_int_equal(g.deviation, 0);
    assert_int_equal(gongji_dip_case(&g, d, &c, -2, 3), GONGJI_INVALID);
    assert_string_equal(g.reason, "bad_number");
    assert_int_equal(gongji_dip_case(&g, d, &c, 100, 10), GONGJI_INVALID);
    c.main_dx = NULL;
    assert_int_equal(gongji_dip_case(&g, d, &c, 800000, 3), GONGJI_UNGROUPED);
    assert_string_equal(g.reason, "no_main_dx");
    assert_string_equal(g.group, "0000");
    gongji_dip_close(d);
    gongji_dip_close(NULL);
    assert_null(gongji_dip_open(GONGJI_ROOT "/packs/schemes/teaching", text, sizeof text));
    assert_string_equal(text, "parameter.csv: the file is missing");
    assert_null(gongji_dip_open("/nowhere", little, sizeof little));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_case_is_grouped),
        cmocka_unit_test(long_lists_are_fine),
        cmocka_unit_test(the_path_fits_or_is_cut),
        cmocka_unit_test(a_scheme_that_will_not_do_says_why),
        cmocka_unit_test(threads_share_a_scheme),
        cmocka_unit_test(a_case_gets_its_dip_group_and_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
