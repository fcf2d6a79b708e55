#include "service/cases/cases.h"

#include "test/support/unit.h"

static case_record of_cells(const char *header, const char *row, case_columns *columns, arena *a)
{
    str name[16], cell[16];
    int names = 0, cells = 0;
    err e = {0};
    case_record r;
    for (const char *p = header; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
        name[names++] = (str){p, (ptrdiff_t)strcspn(p, ",")};
    for (const char *p = row; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
        cell[cells++] = (str){p, (ptrdiff_t)strcspn(p, ",")};
    assert_true(case_columns_read(columns, name, names, a, &e));
    case_of_cells(&r, columns, cell, cells, a);
    return r;
}

static void columns_are_found_by_name(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 16);
    char *memory = a.beg;
    case_columns columns;
    case_record r = of_cells("procedures,noise,main_dx,sex,case_id,age_days,birth_weight,los,age,"
                             "other_dx,discharge_status,day_surgery,icu_hours,ventilation_hours",
                             "1|2;3,x,M,女,id 1,9,3000,4,0,a|,5,1,7,8", &columns, &a);
    unit_str_equal(r.id, "id 1");
    unit_str_equal(r.facts.main_dx, "M");
    assert_int_equal(r.facts.sex, SEX_FEMALE);
    assert_int_equal(r.facts.procedure_count, 3);
    unit_str_equal(r.facts.procedure[2], "3");
    assert_int_equal(r.facts.other_dx_count, 2);
    assert_int_equal(r.facts.other_dx[1].n, 0);
    const int32_t want[] = {0, 9, 3000, 4, 7, 8};
    assert_memory_equal(r.facts.number, want, sizeof want);
    assert_true(r.facts.died && r.facts.day_surgery && !r.facts.wrong);
    free(memory);
}

static void what_cannot_be_right_makes_a_case_invalid(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        int wrong;
    } rows[] = {
        {"c,1,M,40", 0},
        {"c, 1 ,M, 40 ", 0}, /* spaces around numbers do no harm */
        {"c,1,M,40.0", 0},
        {"c,,M,40", 0}, /* the engine's business */
        {"c,9,M,", 0},
        {"c,1", 0}, /* cells that are missing are empty */
        {"c,3,M,40", REASON_BAD_SEX},
        {"c,F,M,40", REASON_BAD_SEX},
        {"c,1,M,x", REASON_BAD_NUMBER},
        {"c,1,M,-1", REASON_BAD_NUMBER},
        {"c,1,M,4.5", REASON_BAD_NUMBER},
        {"c,1,M,201", REASON_BAD_NUMBER},
        {"c,1,M,99999999999999999999", REASON_BAD_NUMBER},
        {"c,1,M,40,more", REASON_BAD_ROW},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = unit_arena(1 << 16);
        char *memory = a.beg;
        case_columns columns;
        case_record r = of_cells("case_id,sex,main_dx,age", rows[i].row, &columns, &a);
        if (r.facts.wrong != rows[i].wrong)
            fail_msg("%s: %d", rows[i].row, r.facts.wrong);
        free(memory);
    }
}

static void lists_have_an_end(void **state)
{
    (void)state;
    static char text[2 * CASE_CODES_MAX + 10];
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    int32_t count;
    case_codes(S(""), &count, &a);
    assert_int_equal(count, 0);
    case_codes(S("|"), &count, &a);
    assert_int_equal(count, 2); /* the place of a code counts, so none is left out */
    for (int i = 0; i < CASE_CODES_MAX - 1; i++)
        strcat(text, "|");
    assert_non_null(case_codes(str_of(text), &count, &a));
    assert_int_equal(count, CASE_CODES_MAX);
    strcat(text, "|");
    assert_null(case_codes(str_of(text), &count, &a));
    assert_true(count > CASE_CODES_MAX);
    free(memory);
}

static void headers_that_will_not_do(void **state)
{
    (void)state;
    static const struct {
        const char *names[5];
        int count;
        err_code code;
        const char *field;
    } headers[] = {
        {{"case_id", "sex", "age"}, 3, ERR_MISSING_FIELD, "main_dx"},
        {{"sex", "age", "main_dx"}, 3, ERR_MISSING_FIELD, "case_id"},
        {{"case_id", "sex", "main_dx", "los"}, 4, ERR_MISSING_FIELD, "age"},
        {{"case_id", "sex", "main_dx", "age", "age"}, 5, ERR_DUPLICATE_FIELD, "age"},
        {{"case_id", "sex", "main_dx", "los", "los_days"}, 5, ERR_DUPLICATE_FIELD, "los_days"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(headers); i++) {
        arena a = unit_arena(4096);
        char *memory = a.beg;
        case_columns columns;
        str names[5];
        err e = {0};
        for (int k = 0; k < headers[i].count; k++)
            names[k] = str_of(headers[i].names[k]);
        assert_false(case_columns_read(&columns, names, headers[i].count, &a, &e));
        assert_int_equal(e.code, headers[i].code);
        assert_string_equal(e.field, headers[i].field);
        free(memory);
    }
}

static case_record of_json(json_reader *reader, const char *text, arena *a)
{
    ptrdiff_t n = (ptrdiff_t)strlen(text);
    char *padded = arena_new(a, char, n + JSON_PADDING_BYTES);
    const json_node *node;
    int32_t count;
    case_record r;
    err e = {0};
    memcpy(padded, text, (size_t)n);
    assert_true(json_parse(reader, (str){padded, n}, &node, &count, &e));
    case_of_json(&r, node, 0, a);
    return r;
}

static void json_says_the_same(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    json_reader *reader = json_reader_new();
    case_record r =
        of_json(reader,
                "{\"case_id\":\"1\",\"sex\":1,\"age\":40,\"main_dx\":\"M\",\"other_dx\":[\"a\","
                "\"b\"],\"procedures\":\"p;q\",\"day_surgery\":true,\"los\":null,\"x\":[1]}",
                &a);
    assert_int_equal(r.facts.wrong, 0);
    assert_int_equal(r.facts.other_dx_count, 2);
    unit_str_equal(r.facts.procedure[1], "q");
    assert_true(r.facts.day_surgery);
    assert_int_equal(r.facts.number[CASE_AGE], 40);
    assert_int_equal(r.facts.number[CASE_STAY], CASE_UNKNOWN);
    static const char *const wrong[] = {"[]",
                                        "{\"sex\":[1]}",
                                        "{\"other_dx\":[1]}",
                                        "{\"other_dx\":{}}",
                                        "{\"age\":1,\"age\":2}",
                                        "{\"los\":1,\"los_days\":2}"};
    for (ptrdiff_t i = 0; i < COUNTOF(wrong); i++)
        assert_int_equal(of_json(reader, wrong[i], &a).facts.wrong, REASON_BAD_ROW);
    json_reader_free(reader);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_found_by_name),
        cmocka_unit_test(what_cannot_be_right_makes_a_case_invalid),
        cmocka_unit_test(lists_have_an_end),
        cmocka_unit_test(headers_that_will_not_do),
        cmocka_unit_test(json_says_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
