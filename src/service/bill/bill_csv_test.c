#include "service/bill/bill.h"

#include "test/support/unit_bill.h"

static const pack *unit(void)
{
    return unit_pack("test/packs/unit");
}

/* The bytes in memory of exactly their size: the sanitizer sees a step beyond. */
static bill_csv *open_csv(const char *text, char **bytes, err *e)
{
    size_t n = strlen(text);
    *bytes = malloc(n ? n : 1);
    memcpy(*bytes, text, n);
    *e = (err){0};
    return bill_csv_open((str){*bytes, (ptrdiff_t)n}, unit(), e);
}

/* Every bill of a table as `LINE JSON`, every mistake as `LINE code field`, one a row. */
static str told(const char *text, arena *a)
{
    text_buffer t = {arena_new(a, char, 1 << 16), 0, 1 << 16, false};
    char *bytes;
    err e;
    bill_csv *csv = open_csv(text, &bytes, &e);
    if (!csv) {
        text_printf(&t, "header %d %s %s\n", e.input_line, err_name(e.code), e.field);
        free(bytes);
        return (str){t.p, t.n};
    }
    for (int turns = 0; turns < 1000; turns++) {
        str json;
        int64_t line = 0;
        e = (err){0};
        if (bill_csv_next(csv, &json, &line, &e)) {
            text_printf(&t, "%d ", (int)line);
            text_add(&t, json);
            text_add(&t, S("\n"));
        } else if (e.code) {
            text_printf(&t, "%d %s %s\n", e.input_line, err_name(e.code), e.field);
        } else {
            break;
        }
    }
    bill_csv_close(csv);
    free(bytes);
    assert_false(t.cut);
    return (str){t.p, t.n};
}

typedef struct {
    const char *text, *want;
} table_case;

static void assert_told(const table_case *cases, ptrdiff_t count)
{
    arena whole = unit_arena(1 << 17);
    for (ptrdiff_t i = 0; i < count; i++) {
        arena a = whole;
        str got = told(cases[i].text, &a);
        if (!str_eq(got, str_of(cases[i].want)))
            fail_msg("`%s` gave\n%.*sexpected\n%s", cases[i].text, STR_ARG(got), cases[i].want);
    }
    free(whole.beg);
}

#define J(bill, person, lines)                                                                     \
    "{\"bill\":\"" bill "\",\"person\":{" person "},\"provider\":{},\"visit\":{},\"opening\":{},"  \
    "\"lines\":[" lines "]}\n"

static void rows_become_bills(void **state)
{
    (void)state;
    static const table_case cases[] = {
        {"bill,class,amount\nB1,A,1.00\n",
         "2 " J("B1", "", "{\"class\":\"A\",\"amount\":\"1.00\"}")},
        {"bill,class\nB1,A\nB1,B\nB2,C\n",
         "2 " J("B1", "", "{\"class\":\"A\"},{\"class\":\"B\"}") "4 " J("B2", "",
                                                                        "{\"class\":\"C\"}")},
        /* the same bill again later is another bill, and the settling will say what it thinks of
         * that */
        {"bill,class\nB1,A\nB2,B\nB1,C\n",
         "2 " J("B1", "", "{\"class\":\"A\"}") "3 " J("B2", "", "{\"class\":\"B\"}") "4 " J(
             "B1", "", "{\"class\":\"C\"}")},
        {"bill,person.id,class\nB1,P,A\nB1,,B\nB1,P,C\n",
         "2 " J("B1", "\"id\":\"P\"", "{\"class\":\"A\"},{\"class\":\"B\"},{\"class\":\"C\"}")},
        {"bill,class\r\nB1,A\r\nB1,B\r\n", "2 " J("B1", "", "{\"class\":\"A\"},{\"class\":\"B\"}")},
        {"\xEF\xBB\xBF"
         "bill,class\nB1,A\n",
         "2 " J("B1", "", "{\"class\":\"A\"}")},
        {"bill,class\nB1,A", "2 " J("B1", "", "{\"class\":\"A\"}")},
        {"bill,name\nB1,\"a,b\"\nB1,\"say \"\"x\"\"\"\nB1,\"two\nlines\"\nB2,x\n",
         "2 " J("B1", "",
                "{\"name\":\"a,b\"},{\"name\":\"say "
                "\\\"x\\\"\"},{\"name\":\"two\\u000alines\"}") "6 " J("B2", "",
                                                                      "{\"name\":\"x\"}")},
        {"bill,name\nB1,a\\b\tc\nB1,医保\n",
         "2 " J("B1", "", "{\"name\":\"a\\\\b\\u0009c\"},{\"name\":\"医保\"}")},
        {"bill,tags,condition_met\nB1,a|b,yes\nB1,,是\nB1,x,1\nB1,x,true\n",
         "2 " J("B1", "",
                "{\"tags\":[\"a\",\"b\"],\"condition_met\":true},{\"condition_met\":true},"
                "{\"tags\":[\"x\"],\"condition_met\":true},{\"tags\":[\"x\"],\"condition_met\":"
                "true}")},
        {"bill,condition_met\nB1,no\nB1,否\nB1,0\nB1,false\nB1,maybe\n",
         "2 " J("B1", "",
                "{\"condition_met\":false},{\"condition_met\":false},{\"condition_met\":false},"
                "{\"condition_met\":false},{\"condition_met\":\"maybe\"}")},
        {"bill,person.accounts.current,person.accounts.family,person.entitled.from,"
         "person.enrolment.kind,person.categories\nB1,1.00,,2024-01-01,late,dibao|tekun\n",
         "2 " J("B1",
                "\"categories\":[\"dibao\",\"tekun\"],\"accounts\":{\"current\":\"1.00\"},"
                "\"enrolment\":{\"kind\":\"late\"},\"entitled\":[{\"from\":\"2024-01-01\"}]",
                "{}")},
        {"amount,bill\n1,B1\n", "2 " J("B1", "", "{\"amount\":\"1\"}")}, /* columns in any order */
        {"bill,class,amount\nB1\nB1,A\n", "2 " J("B1", "", "{},{\"class\":\"A\"}")},
        {"bill,class\n", ""},
        {"bill,class", ""},
    };
    assert_told(cases, COUNTOF(cases));
}

static void openings_and_sub_groups(void **state)
{
    (void)state;
    static const table_case cases[] = {
        {"bill,opening.pool,opening.stays,provider.level,visit.kind\nB1,1.50,2,l1,inpatient\n",
         "2 {\"bill\":\"B1\",\"person\":{},\"provider\":{\"level\":\"l1\"},"
         "\"visit\":{\"kind\":\"inpatient\"},\"opening\":{\"pool\":\"1.50\",\"stays\":\"2\"},"
         "\"lines\":[{}]}\n"},
    };
    assert_told(cases, COUNTOF(cases));
}

static void mistakes_name_their_row(void **state)
{
    (void)state;
    static const table_case cases[] = {
        {"", "header 1 bad_csv \n"},
        {"\n\n", "header 1 bad_csv \n"},
        {"class\nA\n", "header 1 missing_field bill\n"},
        {"bill,colour\nB1,x\n", "header 1 unknown_field colour\n"},
        {"bill,Class\nB1,x\n", "header 1 unknown_field Class\n"},
        {"bill, class\nB1,x\n", "2 " J("B1", "", "{\"class\":\"x\"}")},
        {"bill,person.entitled\nB1,x\n", "header 1 unknown_field person.entitled\n"},
        {"bill,person.\nB1,x\n", "header 1 unknown_field person.\n"},
        {"bill,opening.poo\nB1,x\n", "header 1 unknown_field opening.poo\n"},
        {"bill,class,class\nB1,x\n", "header 1 duplicate_field class\n"},
        {"bill,bill\nB1,x\n", "header 1 duplicate_field bill\n"},
        {"bill,class\nB1,A,x\nB2,B\n", "2 bad_csv \n3 " J("B2", "", "{\"class\":\"B\"}")},
        {"bill,person.id\nB1,P\nB1,Q\nB2,R\n", "3 bad_value id\n4 " J("B2", "\"id\":\"R\"", "{}")},
        {"bill,class\n,A\nB2,B\n", "2 missing_field bill\n3 " J("B2", "", "{\"class\":\"B\"}")},
        /* what is broken is said at once, before the bill that still waited for its last row */
        {"bill,class\nB1,A\nB2,\"B\n", "3 bad_csv \n2 " J("B1", "", "{\"class\":\"A\"}")},
        {"bill,class\nB1,A\nB\"2\",B\n", "3 bad_csv \n2 " J("B1", "", "{\"class\":\"A\"}")},
        {"bill,\"class\nB1,A\n", "header 1 bad_csv \n"},
    };
    assert_told(cases, COUNTOF(cases));
}

static void two_hundred_columns(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 17);
    char *memory = a.beg;
    char text[4000];
    text_buffer t = {text, 0, sizeof text - 1, false};
    text_add(&t, S("bill,class\nB1"));
    for (int i = 0; i < 300; i++)
        text_add(&t, S(",A"));
    text_add(&t, S("\nB2,B\n"));
    text[t.n] = 0;
    unit_str_equal(told(text, &a), "2 bad_csv \n3 " J("B2", "", "{\"class\":\"B\"}"));
    t.n = 0;
    text_add(&t, S("bill"));
    for (int i = 0; i < 300; i++)
        text_add(&t, S(",class"));
    text_add(&t, S("\nB1,A\n"));
    text[t.n] = 0;
    str said = told(text, &a);
    assert_true(said.n > 8 && memcmp(said.p, "header 1", 8) == 0);
    free(memory);
}

/* Thousands of rows, so that the buffers turn over while rows wait; every cell must come out as it
 * went in. */
static void long_tables(void **state)
{
    (void)state;
    enum { BILLS = 3000, ROWS = 7 };
    arena a = unit_arena(1 << 24);
    char *memory = a.beg;
    ptrdiff_t cap = 1 << 23;
    text_buffer t = {arena_new(&a, char, cap), 0, cap, false};
    text_add(&t, S("bill,person.id,code,name\n"));
    for (int i = 0; i < BILLS; i++)
        for (int k = 0; k < ROWS; k++)
            text_printf(&t, "B%d,%s%d,C%d,%0200d\n", i, "P", i, i * ROWS + k, i * ROWS + k);
    assert_false(t.cut);
    err e = {0};
    bill_csv *csv = bill_csv_open((str){t.p, t.n}, unit(), &e);
    assert_non_null(csv);
    for (int i = 0; i < BILLS; i++) {
        arena scratch = a;
        str json;
        int64_t line;
        if (!bill_csv_next(csv, &json, &line, &e))
            fail_msg("bill %d: %s", i, e.msg);
        assert_int_equal(line, 2 + i * ROWS);
        text_buffer want = {arena_new(&scratch, char, 1 << 14), 0, 1 << 14, false};
        text_printf(&want, "{\"bill\":\"B%d\",\"person\":{\"id\":\"P%d\"},\"provider\":{},", i, i);
        text_add(&want, S("\"visit\":{},\"opening\":{},\"lines\":["));
        for (int k = 0; k < ROWS; k++)
            text_printf(&want, "%s{\"code\":\"C%d\",\"name\":\"%0200d\"}", k ? "," : "",
                        i * ROWS + k, i * ROWS + k);
        text_add(&want, S("]}"));
        if (!str_eq(json, (str){want.p, want.n}))
            fail_msg("bill %d: %.*s", i, STR_ARG(json));
    }
    str json;
    int64_t line;
    assert_false(bill_csv_next(csv, &json, &line, &e));
    assert_int_equal(e.code, ERR_OK);
    assert_false(bill_csv_next(csv, &json, &line, &e)); /* and again */
    assert_int_equal(e.code, ERR_OK);
    bill_csv_close(csv);
    free(memory);
}

static void every_cut_ends(void **state)
{
    (void)state;
    arena whole = unit_arena(1 << 17);
    static const char text[] = "\xEF\xBB\xBF"
                               "bill,person.id,tags,name\r\nB1,P,a|b,\"x \"\"y\"\"\"\r\n"
                               "B1,,c,\"two\r\nlines\"\r\nB2,Q,,医\r\n";
    for (size_t n = 0; n < sizeof text; n++) {
        char cut[sizeof text];
        arena a = whole;
        memcpy(cut, text, n);
        cut[n] = 0;
        told(cut, &a); /* whatever it says: it ends, and reads nothing beyond */
    }
    free(whole.beg);
}

static void nothing_to_close(void **state)
{
    (void)state;
    bill_csv_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_become_bills),
        cmocka_unit_test(openings_and_sub_groups),
        cmocka_unit_test(mistakes_name_their_row),
        cmocka_unit_test(two_hundred_columns),
        cmocka_unit_test(long_tables),
        cmocka_unit_test(every_cut_ends),
        cmocka_unit_test(nothing_to_close),
    };
    return cmocka_run_group_tests_name("bill_csv", tests, NULL, NULL);
}
