#include "base/money.h"

#include "test/support/unit.h"

__extension__ typedef __int128 i128;

static void decimals_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int scale;
        int64_t max, want; /* -1 = refused */
    } cases[] = {
        {"0", 2, 1000, 0},
        {"0.00", 2, 1000, 0},
        {"1", 2, 1000, 100},
        {"1.5", 2, 1000, 150},
        {"1.50", 2, 1000, 150},
        {"9.99", 2, 999, 999},
        {"10", 2, 1000, 1000},
        {"10.00", 2, 999, -1},                       /* one above the largest */
        {"10.000000000000000000000", 2, 1000, 1000}, /* more places, but zeros */
        {"10.001", 2, 1000, -1},
        {"10.0000000000000000000001", 2, 1000, -1},
        {"0000000000000000000000000.1", 1, 1000, 1}, /* zeros in front count for nothing */
        {"7", 0, 7, 7},
        {"8", 0, 7, -1},
        {"7.0", 0, 7, 7},
        {"7.5", 0, 7, -1},
        {"123.4567", 4, 9999999, 1234567},
        {"99999999999999999999999999", 0, INT64_MAX / 16, -1},
        {"", 2, 1000, -1},
        {".", 2, 1000, -1},
        {".5", 2, 1000, -1},
        {"5.", 2, 1000, -1},
        {"1.2.3", 2, 1000, -1},
        {"1..2", 2, 1000, -1},
        {"+1", 2, 1000, -1},
        {"-1", 2, 1000, -1},
        {"-0", 2, 1000, -1},
        {" 1", 2, 1000, -1},
        {"1 ", 2, 1000, -1},
        {"1e1", 2, 1000, -1},
        {"0x1", 2, 1000, -1},
        {"1,0", 2, 1000, -1},
        {"\xEF\xBC\x91", 2, 1000, -1}, /* a full-width digit */
        {"NaN", 2, 1000, -1},
        {"1\n", 2, 1000, -1},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        int64_t got = -7;
        bool ok = decimal_parse(&got, str_of(cases[i].text), cases[i].scale, cases[i].max);
        if (ok != (cases[i].want >= 0) || (ok && got != cases[i].want))
            fail_msg("`%s` gave %d %" PRId64, cases[i].text, ok, got);
    }
    int64_t got;
    assert_false(decimal_parse(&got, (str){"1\0", 2}, 2, 1000)); /* a NUL is no digit */
}

static void money_reads_up_to_its_largest(void **state)
{
    (void)state;
    money m;
    assert_true(money_parse(&m, S("100000000000.00")));
    assert_true(m.fen == MONEY_FEN_MAX);
    assert_true(money_parse(&m, S("99999999999.99")));
    assert_true(m.fen == MONEY_FEN_MAX - 1);
    assert_false(money_parse(&m, S("100000000000.01")));
    assert_false(money_parse(&m, S("92233720368547758.08")));
    assert_false(
        money_parse(&m, S("184467440737095516.16"))); /* would come round to 0 in 64 bits */
    assert_false(money_parse(&m, S("0.005")));
}

static void rates_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t want;
    } cases[] = {
        {"0%", 0},
        {"100%", RATE_ONE},
        {"10%", 10000000},
        {"89.5%", 89500000},
        {"76.075%", 76075000},
        {"0.000001%", 1},
        {"120%", 120000000},
        {"0.1", 10000000},
        {"0.00000001", 1},
        {"1", RATE_ONE},
        {"1.0", RATE_ONE},
        {"0", 0},
        {"1.00000001", -1},
        {"0.000000001", -1},
        {"0.0000001%", -1},
        {"%", -1},
        {"", -1},
        {"10 %", -1},
        {"10%%", -1},
        {"-10%", -1},
        {"10", -1}, /* a share above 1 needs its percent sign */
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        rate r = {-7};
        bool ok = rate_parse(&r, str_of(cases[i].text));
        if (ok != (cases[i].want >= 0) || (ok && r.e8 != cases[i].want))
            fail_msg("`%s` gave %d %" PRId64, cases[i].text, ok, r.e8);
    }
}

static void money_prints(void **state)
{
    (void)state;
    static const struct {
        int64_t fen;
        const char *want;
    } cases[] = {
        {0, "0.00"},
        {1, "0.01"},
        {9, "0.09"},
        {10, "0.10"},
        {99, "0.99"},
        {100, "1.00"},
        {-1, "-0.01"},
        {-100, "-1.00"},
        {123456789, "1234567.89"},
        {INT64_MAX, "92233720368547758.07"},
        {INT64_MIN, "-92233720368547758.08"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        char exact[MONEY_TEXT_MAX];
        ptrdiff_t n = money_print(exact, cases[i].fen);
        unit_str_equal((str){exact, n}, cases[i].want);
        assert_string_equal(money_show(cases[i].fen).c, cases[i].want);
    }
}

static void rates_print(void **state)
{
    (void)state;
    static const struct {
        int64_t e8;
        const char *want;
    } cases[] = {
        {0, "0%"},           {1, "0.000001%"},      {RATE_ONE, "100%"}, {60000000, "60%"},
        {89500000, "89.5%"}, {76075000, "76.075%"}, {1000000, "1%"},    {100000, "0.1%"},
        {10000000, "10%"},   {120000000, "120%"},   {-5000000, "-5%"},  {10 * RATE_ONE, "1000%"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++)
        assert_string_equal(rate_show(cases[i].e8).c, cases[i].want);
    assert_true(strlen(rate_show(INT64_MIN).c) < MONEY_TEXT_MAX);
}

static void what_is_printed_reads_back(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        int64_t fen = unit_below(&seed, i % 2 ? MONEY_FEN_MAX + 1 : 100000);
        int64_t e8 = unit_below(&seed, RATE_ONE + 1);
        money m;
        rate r;
        assert_true(money_parse(&m, str_of(money_show(fen).c)));
        assert_true(m.fen == fen);
        assert_true(rate_parse(&r, str_of(rate_show(e8).c)));
        assert_true(r.e8 == e8);
    }
}

/* r = a b / c half up  <=>  -c <= 2 (a b - r c) < c */
static void assert_half_up(int64_t a, int64_t b, int64_t c, int64_t r)
{
    i128 twice = 2 * ((i128)a * b - (i128)r * c);
    if (!(-(i128)c <= twice && twice < (i128)c))
        fail_msg("%" PRId64 " x %" PRId64 " / %" PRId64 " gave %" PRId64, a, b, c, r);
}

static void products_are_exact_and_half_up(void **state)
{
    (void)state;
    assert_true(mul_div_half_up_wide(1, 1, 2) == 1);
    assert_true(mul_div_half_up_wide(1, 1, 3) == 0);
    assert_true(mul_div_half_up_wide(0, INT64_MAX, 1) == 0);
    assert_true(mul_div_half_up_wide(INT64_MAX, 1, 1) == INT64_MAX);
    assert_true(mul_div_half_up_wide(INT64_MAX, INT64_MAX, INT64_MAX) == INT64_MAX);
    assert_true(mul_div_half_up_wide(INT64_MAX, RATE_ONE, RATE_ONE) == INT64_MAX);
    uint64_t seed = 2;
    for (int i = 0; i < 20000; i++) {
        int64_t c = 1 + unit_below(&seed, i % 3 ? 1000000 : INT64_MAX);
        int64_t a = unit_below(&seed, i % 2 ? INT64_MAX : 1000000);
        int64_t b = unit_below(&seed, c); /* the quotient fits */
        assert_half_up(a, b, c, mul_div_half_up_wide(a, b, c));
    }
}

/* The short way through 64 bits and the wide one meet where the product no longer fits. */
static void shares_agree_where_the_short_way_ends(void **state)
{
    (void)state;
    assert_true(fen_share_half_up(1, RATE_ONE / 2) == 1);
    assert_true(fen_share_half_up(1, RATE_ONE / 2 - 1) == 0);
    assert_true(fen_share_half_up(INT64_MAX, 0) == 0);
    for (int64_t e8 = 3; e8 <= RATE_ONE; e8 = e8 * 3 + 1) {
        for (int64_t off = -3; off <= 3; off++) {
            int64_t fen = INT64_MAX / e8 + off;
            if (fen >= 0)
                assert_half_up(fen, e8, RATE_ONE, fen_share_half_up(fen, e8));
        }
    }
    assert_half_up(INT64_MAX / RATE_ONE, RATE_ONE, RATE_ONE,
                   fen_share_half_up(INT64_MAX / RATE_ONE, RATE_ONE));
}

static void shares_sum_to_the_total(void **state)
{
    (void)state;
    enum { N = 17 };
    arena a = unit_arena(4096);
    int64_t weight[N], part[N];
    uint64_t seed = 3;
    for (int round = 0; round < 20000; round++) {
        int64_t scale = round % 3 == 0 ? 3 : round % 3 == 1 ? 100000 : MONEY_FEN_MAX, sum = 0;
        ptrdiff_t n = 1 + unit_below(&seed, N);
        for (ptrdiff_t i = 0; i < n; i++)
            sum += weight[i] = unit_below(&seed, 4) ? unit_below(&seed, scale) : 0;
        int64_t total = unit_below(&seed, sum + 1), parts = 0;
        share_out(part, weight, n, total, a);
        for (ptrdiff_t i = 0; i < n; i++) {
            parts += part[i];
            assert_true(part[i] >= 0);
            assert_true(part[i] <= weight[i]);
            /* within one fen of the exact share */
            i128 off = (i128)part[i] * sum - (i128)total * weight[i];
            assert_true(-(i128)sum < off || sum == 0);
            assert_true(off < (i128)sum || sum == 0);
            for (ptrdiff_t k = i + 1; k < n; k++) /* ties go to the earlier place */
                assert_true(weight[k] != weight[i] || part[k] <= part[i]);
        }
        assert_true(parts == total);
    }
    free(a.beg);
}

static void shares_by_hand(void **state)
{
    (void)state;
    arena a = unit_arena(256);
    int64_t part[3];
    share_out(part, (int64_t[]){1, 1, 1}, 3, 2, a); /* ties: the earlier places */
    assert_true(part[0] == 1 && part[1] == 1 && part[2] == 0);
    share_out(part, (int64_t[]){10, 20, 70}, 3, 33, a); /* 3.3, 6.6, 23.1: the remainder .6 wins */
    assert_true(part[0] == 3 && part[1] == 7 && part[2] == 23);
    share_out(part, (int64_t[]){0, 5, 0}, 3, 5, a); /* everything */
    assert_true(part[0] == 0 && part[1] == 5 && part[2] == 0);
    share_out(part, (int64_t[]){4, 5, 6}, 3, 0, a); /* nothing */
    assert_true(part[0] == 0 && part[1] == 0 && part[2] == 0);
    share_out(part, (int64_t[]){0, 0, 0}, 3, 0, a);
    assert_true(part[0] == 0);
    share_out(part, part, 0, 0, a);
    free(a.beg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_read),
        cmocka_unit_test(money_reads_up_to_its_largest),
        cmocka_unit_test(rates_read),
        cmocka_unit_test(money_prints),
        cmocka_unit_test(rates_print),
        cmocka_unit_test(what_is_printed_reads_back),
        cmocka_unit_test(products_are_exact_and_half_up),
        cmocka_unit_test(shares_agree_where_the_short_way_ends),
        cmocka_unit_test(shares_sum_to_the_total),
        cmocka_unit_test(shares_by_hand),
    };
    return cmocka_run_group_tests_name("money", tests, NULL, NULL);
}
