#include "base/csv_row.h"

#include "test/support/unit.h"

/* The cells with | between, the rows with / and a mark for a fault. */
static void rows_equal(const char *text, const char *want)
{
    char got[512] = "";
    size_t n = 0;
    arena a = unit_arena(4096);
    char *memory = a.beg;
    csv_rows in = csv_rows_of(str_of(text));
    csv_row row;
    str cell[4];
    while (csv_row_next(&row, cell, 4, &in, &a)) {
        for (int i = 0; i < row.count; i++)
            n +=
                (size_t)snprintf(got + n, sizeof got - n, "%s%.*s", i ? "|" : "", STR_ARG(cell[i]));
        n += (size_t)snprintf(got + n, sizeof got - n, "%s",
                              row.fault == CSV_FINE     ? "/"
                              : row.fault == CSV_QUOTES ? "!quotes/"
                              : row.fault == CSV_OPEN   ? "!open/"
                                                        : "!many/");
    }
    assert_string_equal(got, want);
    free(memory);
}

static void cells_lie_between_commas(void **state)
{
    (void)state;
    rows_equal("", "");
    rows_equal("a", "a/");
    rows_equal("a,b\nc,d\n", "a|b/c|d/");
    rows_equal("a,b\r\nc,d\r\n", "a|b/c|d/");
    rows_equal("\xEF\xBB\xBF"
               "a,,b\n\n,\n",
               "a||b//|/");
    rows_equal("a,b,c,d,e\nf\n", "a|b|c|d!many/f/");
}

static void quotes_hold_commas_lines_and_quotes(void **state)
{
    (void)state;
    rows_equal("\"a,b\",c\n", "a,b|c/");
    rows_equal("\"a\nb\",\"c\"\r\nd\n", "a\nb|c/d/");
    rows_equal("\"a \"\"x\"\" b\",\"\"\"\"\n", "a \"x\" b|\"/");
    rows_equal("\"\",\"\"\n", "|/");
    rows_equal("\"a\"", "a/");
    rows_equal("x\n\"a\nb\",c", "x/a\nb|c/");
}

static void wrong_quotes_are_told_and_reading_goes_on(void **state)
{
    (void)state;
    rows_equal("a\"b\",c\nd\n", "a\"b\"|c!quotes/d/");
    rows_equal("\"a\"b,c\nd\n", "a|c!quotes/d/");
    rows_equal("x,\"a\nb\nc\n", "x|a!open/b/c/"); /* the row ends with its line */
}

static void rows_know_their_lines(void **state)
{
    (void)state;
    arena a = unit_arena(256);
    char *memory = a.beg;
    csv_rows in = csv_rows_of(S("a\n\"b\nb\",\"c\nc\"\nd"));
    csv_row row;
    str cell[2];
    const int64_t want[] = {1, 2, 5};
    for (ptrdiff_t i = 0; i < COUNTOF(want); i++) {
        assert_true(csv_row_next(&row, cell, 2, &in, &a));
        assert_int_equal(row.line, want[i]);
    }
    assert_false(csv_row_next(&row, cell, 2, &in, &a));
    in = csv_rows_of((str){0}); /* no text at all */
    assert_false(csv_row_next(&row, cell, 2, &in, &a));
    free(memory);
}

/* However a text is cut for threads, the rows are those of the whole. */
static void a_cut_never_parts_a_row(void **state)
{
    (void)state;
    static const char *const words[] = {"a",  "bc", ",",        ",",    "\n",
                                        "\n", "\"", "\"x\ny\"", "\"\"", "\r\n"};
    uint64_t seed = 4;
    for (int turn = 0; turn < 3000; turn++) {
        char text[400] = "";
        while (strlen(text) < 300)
            strcat(text, words[unit_below(&seed, COUNTOF(words))]);
        str left = str_of(text), cell[8], other[8];
        arena a = unit_arena(1 << 16);
        char *memory = a.beg;
        csv_rows whole = {left, 1};
        csv_row row, again;
        while (left.n > 0) {
            ptrdiff_t n = csv_rows_cut(left, 1 + unit_below(&seed, 60));
            assert_true(n > 0 && n <= left.n);
            csv_rows part = {{left.p, n}, 1};
            while (csv_row_next(&row, cell, 8, &part, &a)) {
                assert_true(csv_row_next(&again, other, 8, &whole, &a));
                assert_int_equal(row.count, again.count);
                assert_int_equal(row.fault, again.fault);
                for (int i = 0; i < row.count; i++)
                    assert_true(str_eq(cell[i], other[i]));
            }
            left = (str){left.p + n, left.n - n};
        }
        assert_false(csv_row_next(&again, other, 8, &whole, &a));
        free(memory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_lie_between_commas),
        cmocka_unit_test(quotes_hold_commas_lines_and_quotes),
        cmocka_unit_test(wrong_quotes_are_told_and_reading_goes_on),
        cmocka_unit_test(rows_know_their_lines),
        cmocka_unit_test(a_cut_never_parts_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
