#include "base/charset/charset.h"

#include "test/support/unit.h"

static char memory[4096];

static str read_as(charset from, str bytes, err *e)
{
    ptrdiff_t room;
    str out = bytes;
    *e = (err){0};
    if (!charset_room(&room, bytes, from, e))
        return S("");
    assert_true(room <= (ptrdiff_t)sizeof memory);
    return room == 0 || charset_convert(&out, bytes, memory, room, e) ? out : S("");
}

static void utf8_stays_where_it_is(void **state)
{
    (void)state;
    err e;
    str text = S("case_id,sex\n1,男\n");
    assert_ptr_equal(read_as(CHARSET_ANY, text, &e).p, text.p);
    assert_ptr_equal(read_as(CHARSET_UTF8, text, &e).p, text.p);
    assert_int_equal(e.code, 0);
}

static void what_is_not_utf8_is_gb18030(void **state)
{
    (void)state;
    err e;
    /* sex / 男, and a character of four bytes: 㐀 */
    str text = S("sex\n\xc4\xd0\n\x81\x39\xee\x39");
    assert_true(str_eq(read_as(CHARSET_ANY, text, &e), S("sex\n男\n㐀")));
    assert_true(str_eq(read_as(CHARSET_GB18030, text, &e), S("sex\n男\n㐀")));
    /* a short text that could be both is what it is said to be */
    assert_true(str_eq(read_as(CHARSET_GB18030, S("\xc1\xaa"), &e), S("联")));
}

static void neither_names_the_line(void **state)
{
    (void)state;
    err e;
    read_as(CHARSET_ANY,
            S("a\nb\n\xff\xfe"
              "c\n"),
            &e);
    assert_int_equal(e.code, ERR_BAD_UTF8);
    assert_int_equal(e.input_line, 3);
    assert_non_null(strstr(e.expected, "UTF-8 or GB18030"));
    read_as(CHARSET_UTF8, S("a\n\xc4\xd0\n"), &e);
    assert_int_equal(e.code, ERR_BAD_UTF8);
    assert_int_equal(e.input_line, 2);
    /* half a character at the end */
    read_as(CHARSET_ANY, S("a\n\xc4"), &e);
    assert_int_equal(e.code, ERR_BAD_UTF8);
}

static void a_charset_has_names(void **state)
{
    (void)state;
    charset c;
    assert_true(charset_named(&c, S("gbk")) && c == CHARSET_GB18030);
    assert_true(charset_named(&c, S("gb18030")) && c == CHARSET_GB18030);
    assert_true(charset_named(&c, S("utf-8")) && c == CHARSET_UTF8);
    assert_false(charset_named(&c, S("latin1")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_stays_where_it_is),
        cmocka_unit_test(what_is_not_utf8_is_gb18030),
        cmocka_unit_test(neither_names_the_line),
        cmocka_unit_test(a_charset_has_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
