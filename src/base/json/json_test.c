#include "base/json/json.h"

#include "base/json_out.h"

#include "test/support/unit.h"

static json_reader *reader;

static int open_reader(void **state)
{
    (void)state;
    reader = json_reader_new();
    return reader ? 0 : -1;
}

static int close_reader(void **state)
{
    (void)state;
    json_reader_free(reader);
    return 0;
}

/* The bytes in memory that ends with the padding, filled with what would go on with the document.
 * */
static bool parse(str bytes, const json_node **nodes, int32_t *count, err *e)
{
    static char *padded;
    free(padded);
    padded = malloc((size_t)bytes.n + JSON_PADDING_BYTES);
    memset(padded, '1', (size_t)bytes.n + JSON_PADDING_BYTES);
    if (bytes.n)
        memcpy(padded, bytes.p, (size_t)bytes.n);
    *e = (err){0};
    bool ok = json_parse(reader, (str){padded, bytes.n}, nodes, count, e);
    if (!ok) {
        free(padded);
        padded = NULL;
    }
    return ok;
}

static void a_tree_in_document_order(void **state)
{
    (void)state;
    const json_node *n;
    int32_t count;
    err e;
    assert_true(
        parse(S(" {\"a\": 1.50, \"b\":[true,false,null,\"x\\u0041\\n\\\"\"], \"\\u533b\":{}, "
                "\"c\":[], \"d\":-0.5e+3}\r\n"),
              &n, &count, &e));
    assert_int_equal(count, 10);
    assert_int_equal(n[0].kind, JSON_OBJECT);
    assert_int_equal(n[0].next, 10);
    unit_str_equal(n[1].key, "a");
    unit_str_equal(n[1].text, "1.50"); /* the digits as they stand */
    assert_int_equal(n[2].kind, JSON_LIST);
    assert_int_equal(n[2].next, 7);
    assert_int_equal(n[3].kind, JSON_TRUE);
    assert_int_equal(n[4].kind, JSON_FALSE);
    assert_int_equal(n[5].kind, JSON_NULL);
    unit_str_equal(n[6].text, "xA\n\"");
    unit_str_equal(n[7].key, "医");
    assert_int_equal(n[7].next, 8);
    assert_int_equal(n[8].next, 9);
    unit_str_equal(n[9].text, "-0.5e+3");
    for (int32_t i = 0; i < count; i++)
        assert_true(n[i].next > i && n[i].next <= count);
}

static void what_is_no_json(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        err_code code;
    } cases[] = {
        {"", ERR_BAD_JSON},
        {" ", ERR_BAD_JSON},
        {"{", ERR_BAD_JSON},
        {"{}}", ERR_BAD_JSON},
        {"{} {}", ERR_BAD_JSON},
        {"{}1", ERR_BAD_JSON},
        {"[1,]", ERR_BAD_JSON},
        {"[,1]", ERR_BAD_JSON},
        {"[1 2]", ERR_BAD_JSON},
        {"[\"a\":1]", ERR_BAD_JSON},
        {"[\"a\":{}]", ERR_BAD_JSON},
        {"[1]]", ERR_BAD_JSON},
        {"[1}", ERR_BAD_JSON},
        {"{\"a\":1]", ERR_BAD_JSON},
        {"{\"a\":1\"b\":2}", ERR_BAD_JSON},
        {"{\"a\"\"b\"}", ERR_BAD_JSON},
        {"{\"a\",1}", ERR_BAD_JSON},
        {"{\"a\"}", ERR_BAD_JSON},
        {"{\"a\":}", ERR_BAD_JSON},
        {"{\"a\":1,}", ERR_BAD_JSON},
        {"{a:1}", ERR_BAD_JSON},
        {"{'a':1}", ERR_BAD_JSON},
        {"{1:1}", ERR_BAD_JSON},
        {"{\"a\":1 \"b\":2}", ERR_BAD_JSON},
        {"{\"a\":01}", ERR_BAD_JSON},
        {"{\"a\":+1}", ERR_BAD_JSON},
        {"{\"a\":.5}", ERR_BAD_JSON},
        {"{\"a\":5.}", ERR_BAD_JSON},
        {"{\"a\":1e}", ERR_BAD_JSON},
        {"{\"a\":1e+}", ERR_BAD_JSON},
        {"{\"a\":-}", ERR_BAD_JSON},
        {"{\"a\":--1}", ERR_BAD_JSON},
        {"{\"a\":1x}", ERR_BAD_JSON},
        {"{\"a\":NaN}", ERR_BAD_JSON},
        {"{\"a\":Infinity}", ERR_BAD_JSON},
        {"{\"a\":tru}", ERR_BAD_JSON},
        {"{\"a\":truex}", ERR_BAD_JSON},
        {"{\"a\":nul}", ERR_BAD_JSON},
        {"{\"a\":nullx}", ERR_BAD_JSON},
        {"{\"a\":True}", ERR_BAD_JSON},
        {"{\"a\":\"\\x\"}", ERR_BAD_JSON},
        {"{\"a\":\"\\ud800\"}", ERR_BAD_JSON},
        {"{\"a\":\"\\u12\"}", ERR_BAD_JSON},
        {"{\"a\":\"\t\"}", ERR_BAD_JSON},
        {"{\"a\":\"", ERR_BAD_JSON},
        {"{\"a\":\"\xff\"}", ERR_BAD_UTF8},
        {"{\"\xc0\x80\":1}", ERR_BAD_UTF8},
        {"{\"a\":\"\xed\xa0\x80\"}", ERR_BAD_UTF8},
        {"{\"a\":\"\xe5\x8c\"}", ERR_BAD_UTF8},
        {"// note\n{}", ERR_BAD_JSON},
        {"1", ERR_BAD_JSON},
        {"\"a\"", ERR_BAD_JSON},
        {"null", ERR_BAD_JSON},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        const json_node *n;
        int32_t count;
        err e;
        if (parse(str_of(cases[i].text), &n, &count, &e))
            fail_msg("`%s` was read", cases[i].text);
        if (e.code != cases[i].code)
            fail_msg("`%s`: %s %s", cases[i].text, err_name(e.code), e.msg);
        assert_true(strlen(e.msg) > 0);
    }
    /* and the reader still works */
    const json_node *n;
    int32_t count;
    err e;
    assert_true(parse(S("{\"a\":1}"), &n, &count, &e));
}

static void control_characters(void **state)
{
    (void)state;
    const json_node *n;
    int32_t count;
    err e;
    assert_false(parse((str){"{\"a\":\"x\0y\"}", 11}, &n, &count, &e));
    assert_false(parse((str){"{\"a\":1}\0", 8}, &n, &count, &e));
    assert_true(parse(S("{\"a\":\"\\u0000\"}"), &n, &count, &e));
    assert_int_equal(n[1].text.n, 1);
}

static str nested(char *room, int depth, char open, char close)
{
    memset(room, open, (size_t)depth);
    memset(room + depth, close, (size_t)depth);
    return (str){room, 2 * (ptrdiff_t)depth};
}

static void depth_has_an_end(void **state)
{
    (void)state;
    static char room[200000];
    const json_node *n;
    int32_t count;
    err e;
    assert_true(parse(nested(room, JSON_DEPTH_MAX + 1, '[', ']'), &n, &count, &e));
    assert_int_equal(count, JSON_DEPTH_MAX + 1);
    assert_false(parse(nested(room, JSON_DEPTH_MAX + 2, '[', ']'), &n, &count, &e));
    assert_int_equal(e.code, ERR_BAD_JSON);
    assert_false(parse(nested(room, 100000, '[', ']'), &n, &count, &e));
}

static void many_nodes_and_many_bytes(void **state)
{
    (void)state;
    enum { ITEMS = 200000 };
    char *text = malloc(2 * ITEMS + 2), *p = text;
    for (int i = 0; i < ITEMS; i++) {
        *p++ = i ? ',' : '[';
        *p++ = (char)('0' + i % 10);
    }
    *p++ = ']';
    const json_node *n;
    int32_t count;
    err e;
    assert_true(parse((str){text, p - text}, &n, &count, &e));
    assert_int_equal(count, ITEMS + 1);
    assert_int_equal(n[0].next, ITEMS + 1);
    unit_str_equal(n[ITEMS].text, "9");
    free(text);
    char *large = malloc((size_t)JSON_BYTES_MAX + 1 + JSON_PADDING_BYTES);
    memset(large, ' ', (size_t)JSON_BYTES_MAX + 1 + JSON_PADDING_BYTES);
    large[0] = '{';
    large[1] = '}';
    e = (err){0};
    assert_true(json_parse(reader, (str){large, JSON_BYTES_MAX}, &n, &count, &e));
    assert_false(json_parse(reader, (str){large, JSON_BYTES_MAX + 1}, &n, &count, &e));
    assert_int_equal(e.code, ERR_TOO_LARGE);
    free(large);
}

/* Every cut of a document, with padding that would go on with it: never read as something else. */
static void every_cut_is_refused(void **state)
{
    (void)state;
    str whole =
        S("{\"bill\":\"B1\",\"lines\":[{\"amount\":\"12.30\",\"x\":[1,-2.5e3,true,null]}]}");
    for (ptrdiff_t n = 0; n < whole.n; n++) {
        const json_node *nodes;
        int32_t count;
        err e;
        if (parse((str){whole.p, n}, &nodes, &count, &e))
            fail_msg("the first %td bytes were read", n);
    }
}

static void nothing_to_free(void **state)
{
    (void)state;
    json_reader_free(NULL);
}

/* Whatever stands at whichever place of eight bytes. */
static void what_is_written_is_read_again(void **state)
{
    (void)state;
    char memory[4096];
    for (int c = 1; c < 0x100; c++) {
        for (ptrdiff_t n = 1; n <= 20; n++) {
            for (ptrdiff_t at = 0; at < n; at++) {
                char text[] = "abcdefghijklmnopqrst", expected[32];
                const json_node *nodes;
                int32_t count;
                err e = {0};
                arena a = {memory, memory + sizeof memory, NULL};
                json_out o = json_out_new(&a, 8);
                text[at] = (char)c;
                json_open(&o, '[');
                json_str(&o, (str){text, n});
                json_close(&o, ']');
                assert_true(parse(json_out_text(&o), &nodes, &count, &e));
                snprintf(expected, sizeof expected, "%.*s%s%.*s", (int)at, text,
                         c < 0x80 ? (char[]){(char)c, 0} : "\xEF\xBF\xBD", (int)(n - at - 1),
                         text + at + 1);
                unit_str_equal(nodes[1].text, expected);
            }
        }
    }
}

static void numbers_are_written_like_printf_does(void **state)
{
    static const int64_t some[] = {0,     1,      -1,       9999,          10000,
                                   10001, -10100, 12340000, -123456789012, 9000000000000000000};
    (void)state;
    char memory[4096], expected[96];
    for (int i = 0; i < COUNTOF(some); i++) {
        arena a = {memory, memory + sizeof memory, NULL};
        json_out o = json_out_new(&a, 64);
        int64_t n = some[i], size = n < 0 ? -n : n;
        json_open(&o, '[');
        json_number(&o, n);
        json_id(&o, n);
        json_e4(&o, n);
        json_close(&o, ']');
        int left = (int)(size % 10000), places = left % 100 == 0 ? 2 : left % 10 == 0 ? 3 : 4;
        snprintf(expected, sizeof expected, "[%" PRId64 ",\"%" PRId64 "\",\"%s%" PRId64 ".%0*d\"]",
                 n, n, n < 0 ? "-" : "", size / 10000, places,
                 places == 2   ? left / 100
                 : places == 3 ? left / 10
                               : left);
        unit_str_equal(json_out_text(&o), expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_in_document_order),
        cmocka_unit_test(what_is_no_json),
        cmocka_unit_test(control_characters),
        cmocka_unit_test(depth_has_an_end),
        cmocka_unit_test(many_nodes_and_many_bytes),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(nothing_to_free),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(numbers_are_written_like_printf_does),
    };
    return cmocka_run_group_tests_name("json", tests, open_reader, close_reader);
}
