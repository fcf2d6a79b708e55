#include "base/base.h"

#include "test/support/unit.h"

static void strings_compare(void **state)
{
    (void)state;
    const str none = {0}, empty = {"x", 0};
    assert_true(str_eq(none, empty));
    assert_true(str_eq(S("ab"), (str){"abc", 2}));
    assert_false(str_eq(S("ab"), S("abc")));
    assert_false(str_eq(S("ab"), S("ac")));
    assert_true(str_eq((str){"a\0b", 3}, (str){"a\0b", 3}));
    assert_false(str_eq((str){"a\0b", 3}, (str){"a\0c", 3}));
    assert_true(str_cmp(none, empty) == 0);
    assert_true(str_cmp(none, S("a")) < 0);
    assert_true(str_cmp(S("a"), none) > 0);
    assert_true(str_cmp(S("ab"), S("abc")) < 0);
    assert_true(str_cmp(S("b"), S("abc")) > 0);
    assert_true(str_cmp(S("一"), S("a")) > 0); /* bytes are unsigned */
    assert_int_equal(str_of(NULL).n, 0);
    assert_int_equal(str_of("").n, 0);
    assert_int_equal(str_of("医保").n, 6);
    assert_true(str_contains(S("K35.800"), S("35.8")));
    assert_true(str_contains(S("abc"), S("c")) && str_contains(S("abc"), S("")));
    assert_false(str_contains(S("abc"), S("bd")) || str_contains(S(""), S("a")));
}

/* Published test vectors of 64-bit FNV-1a: the hash is stored, so it may never change. */
static void hash_is_fnv1a(void **state)
{
    (void)state;
    assert_true(str_hash(S("")) == UINT64_C(0xcbf29ce484222325));
    assert_true(str_hash(S("a")) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(str_hash(S("foobar")) == UINT64_C(0x85944171f73967e8));
    assert_true(str_hash((str){"\xff", 1}) != str_hash((str){"\x7f", 1}));
}

static void arena_gives_zeroed_aligned_memory(void **state)
{
    (void)state;
    arena a = unit_arena(4096);
    char *memory = a.beg;
    memset(memory, 0x5A, 4096);
    char *last = NULL;
    for (int i = 1; i < 40; i++) {
        static const size_t aligns[] = {1, 2, 4, 8, 16};
        size_t align = aligns[i % 5];
        char *p = arena_alloc(&a, (size_t)i, align, 2);
        assert_true((uintptr_t)p % align == 0);
        assert_true(!last || p >= last);
        last = p + 2 * i;
        assert_true(last <= a.beg && a.beg <= a.end);
        for (int k = 0; k < 2 * i; k++)
            assert_int_equal(p[k], 0);
        memset(p, 0x77, (size_t)(2 * i));
    }
    str s = arena_str(&a, S("医保"));
    unit_str_equal(s, "医保");
    assert_int_equal(s.p[s.n], 0);
    s = arena_str(&a, (str){0});
    assert_int_equal(s.n, 0);
    assert_int_equal(s.p[0], 0);
    s = arena_printf(&a, "%s-%03d", "x", 7);
    unit_str_equal(s, "x-007");
    assert_int_equal(s.p[s.n], 0);
    free(memory);
}

static bool takes(arena *a, size_t size, size_t align, ptrdiff_t count)
{
    jmp_buf oom;
    a->oom = &oom;
    if (setjmp(oom))
        return false;
    arena_alloc(a, size, align, count);
    return true;
}

static void arena_ends_by_longjmp(void **state)
{
    (void)state;
    for (ptrdiff_t bytes = 0; bytes < 64; bytes++) {
        arena fresh = unit_arena(bytes);
        for (ptrdiff_t count = 0; count < 20; count++) {
            arena a = fresh;
            assert_int_equal(takes(&a, 4, 4, count), 4 * count <= bytes);
            assert_true(a.beg == fresh.beg + (4 * count <= bytes ? 4 * count : 0));
        }
        free(fresh.beg);
    }
    arena a = unit_arena(64), kept = a;
    assert_false(takes(&a, 1, 1, PTRDIFF_MAX));
    assert_false(takes(&a, 4096, 1, PTRDIFF_MAX / 2)); /* the product does not fit 64 bits */
    assert_false(takes(&a, 65, 1, 1));
    assert_true(takes(&a, 64, 1, 1)); /* a refusal took nothing away */
    assert_false(takes(&a, 1, 1, 1));
    assert_true(takes(&a, 1, 1, 0));
    a = kept;
    assert_true(takes(&a, 1, 1, 61));
    assert_false(takes(&a, 4, 4, 1)); /* three bytes left, but no four-byte place */
    assert_true(takes(&a, 1, 1, 3));
    free(kept.beg);
}

static void error_keeps_its_place(void **state)
{
    (void)state;
    err e = {0};
    assert_false(FAIL(&e, ERR_BAD_DATE, "line %d", 12));
    assert_int_equal(e.code, ERR_BAD_DATE);
    assert_string_equal(e.msg, "line 12");
    assert_non_null(strstr(e.file, "base_test.c"));
    assert_true(e.line > 0);
    err_field(&e, S("visit.date"));
    err_expected(&e, "%s", "a day");
    assert_string_equal(e.field, "visit.date");
    assert_string_equal(e.expected, "a day");
    assert_string_equal(err_name(ERR_BAD_DATE), "bad_date");
    assert_string_equal(err_name(ERR_OK), "ok");
    for (int code = 0; code < ERR__COUNT; code++) {
        assert_true(strlen(err_name((err_code)code)) > 0);
        assert_true(strlen(err_zh((err_code)code)) > 0);
        for (int other = 0; other < code; other++)
            assert_string_not_equal(err_name((err_code)code), err_name((err_code)other));
    }
}

static void error_texts_are_cut_not_overrun(void **state)
{
    (void)state;
    char longer[400];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    err e = {0};
    FAIL(&e, ERR_IO, "%s", longer);
    err_field(&e, str_of(longer));
    err_expected(&e, "%s", longer);
    assert_int_equal(strlen(e.msg), sizeof e.msg - 1);
    assert_int_equal(strlen(e.field), sizeof e.field - 1);
    assert_int_equal(strlen(e.expected), sizeof e.expected - 1);
}

static bool is_utf8(str s)
{
    for (ptrdiff_t i = 0; i < s.n;) {
        unsigned char c = (unsigned char)s.p[i];
        int more = c < 0x80 ? 0 : c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : -1;
        if (more < 0 || i + more >= s.n)
            return false;
        for (int k = 1; k <= more; k++)
            if (((unsigned char)s.p[i + k] & 0xC0) != 0x80)
                return false;
        i += more + 1;
    }
    return true;
}

static void text_is_cut_between_characters(void **state)
{
    (void)state;
    const char *text = "a共é𠮷济b保";
    ptrdiff_t whole = (ptrdiff_t)strlen(text);
    for (ptrdiff_t cap = 0; cap <= whole + 2; cap++) {
        char *exact = malloc(cap ? (size_t)cap : 1); /* the sanitizer watches its end */
        text_buffer t = {exact, 0, cap, false};
        text_add(&t, str_of(text));
        assert_int_equal(t.cut, cap < whole);
        assert_true(t.n <= cap);
        assert_true(cap - t.n < 4 || cap >= whole); /* no more is lost than one character */
        assert_memory_equal(t.p, text, (size_t)t.n);
        assert_true(is_utf8((str){t.p, t.n}));
        ptrdiff_t n = t.n;
        text_add(&t, (str){0});
        assert_true(t.n == n);
        free(exact);
    }
}

static void text_is_formatted(void **state)
{
    (void)state;
    char room[16];
    text_buffer t = {room, 0, sizeof room, false};
    text_printf(&t, "%d %s", 42, "元");
    text_printf(&t, ";%.*s", STR_ARG(S("ab")));
    unit_str_equal((str){t.p, t.n}, "42 元;ab");
    assert_false(t.cut);
    text_printf(&t, "%s", "0123456789");
    assert_true(t.cut);
    assert_int_equal(t.n, 16);
    char *longer = malloc(3000), large[4000];
    memset(longer, 'y', 2999);
    longer[2999] = 0;
    text_buffer wide = {large, 0, sizeof large, false};
    text_printf(&wide, "%s", longer); /* more than one call can format */
    assert_true(wide.cut);
    assert_true(wide.n > 0 && wide.n < 2999);
    free(longer);
}

static void utf8_is_checked(void **state)
{
    (void)state;
    assert_true(str_is_utf8(S("")));
    assert_true(str_is_utf8(S("a张\xF0\xA0\xAE\xB7"))); /* up to four bytes */
    const str wrong[] = {S("\x80"),         S("\xC0\xAF"),         S("\xE5\xBC"),
                         S("\xED\xA0\x80"), S("\xF4\x90\x80\x80"), S("\xFF")};
    for (ptrdiff_t i = 0; i < COUNTOF(wrong); i++)
        assert_false(str_is_utf8(wrong[i]));
    assert_int_equal(utf8_length("\xE5\xBC\xA0", 3), 3);
    assert_int_equal(utf8_length("\xE5\xBC\xA0", 2), 0);
}

static void an_id_is_a_positive_number_of_64_bits(void **state)
{
    int64_t id;
    (void)state;
    assert_true(id_parse(&id, S("9223372036854775807")) && id == INT64_MAX);
    assert_true(id_parse(&id, S("7")) && id == 7);
    static const char *const bad[] = {
        "", "0", "-1", "9223372036854775808", "1 ", "12345678901234567890"};
    for (int i = 0; i < COUNTOF(bad); i++)
        assert_false(id_parse(&id, str_of(bad[i])));
}

static void a_number_is_written_like_printf_does(void **state)
{
    static const int64_t some[] = {0, 7, -1, 10, 99, -100, 1234567890123, INT64_MAX, INT64_MIN};
    (void)state;
    for (int i = 0; i < COUNTOF(some); i++) {
        char expected[32], text[NUMBER_TEXT_MAX];
        snprintf(expected, sizeof expected, "%" PRId64, some[i]);
        unit_str_equal((str){text, number_print(text, some[i])}, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_a_positive_number_of_64_bits),
        cmocka_unit_test(strings_compare),
        cmocka_unit_test(hash_is_fnv1a),
        cmocka_unit_test(arena_gives_zeroed_aligned_memory),
        cmocka_unit_test(arena_ends_by_longjmp),
        cmocka_unit_test(error_keeps_its_place),
        cmocka_unit_test(error_texts_are_cut_not_overrun),
        cmocka_unit_test(text_is_cut_between_characters),
        cmocka_unit_test(text_is_formatted),
        cmocka_unit_test(utf8_is_checked),
        cmocka_unit_test(a_number_is_written_like_printf_does),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
