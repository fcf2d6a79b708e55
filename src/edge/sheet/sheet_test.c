#include "edge/sheet/sheet.h"

#include "test/support/unit.h"

#include <unistd.h>

#define ARENA_BYTES ((ptrdiff_t)48 << 20)

#define T(literal)                                                                                 \
    {                                                                                              \
        (literal), (ptrdiff_t)sizeof(literal) - 1                                                  \
    } /* in tables */

static const sheet_column columns[] = {
    {T("姓名"), SHEET_TEXT, 0}, {T("=金额"), SHEET_MONEY, 16}, {T("次数"), SHEET_COUNT, 0},
    {T("单价"), SHEET_E4, 0},   {T("日期"), SHEET_DAY, 0},     {T("时间"), SHEET_MOMENT, 0},
};

#define MADE 1795248180000 /* 2026-11-21T08:03:00Z */

static sheet *begun(sheet_format format)
{
    sheet *s;
    err e = {0};
    sheet_head head = {.format = format,
                       .title = S("结算/清单"),
                       .note = S("2026-11-01 至 2026-11-21，张三，2026-11-21 16:03"),
                       .made_at_ms = MADE,
                       .column = columns,
                       .column_count = COUNTOF(columns)};
    assert_true(sheet_begin(&s, &head, &e));
    return s;
}

static void row(sheet *s, str text, int64_t fen)
{
    err e = {0};
    const sheet_cell cell[] = {{.text = text},     {.number = fen},           {.number = -7},
                               {.number = 123400}, {.text = S("2024-02-29")}, {.number = MADE}};
    assert_true(sheet_row(s, cell, &e));
}

static void empty_row(sheet *s)
{
    err e = {0};
    const sheet_cell none[COUNTOF(columns)] = {{.none = true},         {.none = true},
                                               {.none = true},         {.none = true},
                                               {.text = S("someday")}, {.none = true}};
    assert_true(sheet_row(s, none, &e));
}

static str ended(sheet *s, arena *a)
{
    err e = {0};
    str file;
    if (!sheet_end(&file, s, a, &e))
        fail_msg("%s %s", err_name(e.code), e.msg);
    sheet_close(s);
    return file;
}

static void csv_is_as_the_rfc_says(void **state)
{
    (void)state;
    arena whole = unit_arena(ARENA_BYTES);
    arena a = whole;
    sheet *s = begun(SHEET_CSV);
    row(s, S("王**"), 123456789);
    row(s, S("a,\"b\"\r\nc"), -5);
    empty_row(s);
    row(s, S("=1+1"), 0);
    row(s, S("+86"), 1);
    row(s, S("-2"), 1);
    row(s, S("@SUM(A1)"), 1);
    row(s, S("\tx"), 1);
    row(s, S("\rx"), 1);
    row(s, S("a=b"), 1);
    row(s, S("\xff\0z"), 1);
    unit_str_equal(ended(s, &a),
                   "\xEF\xBB\xBF"
                   "姓名,\"'=金额\",次数,单价,日期,时间\r\n"
                   "王**,1234567.89,-7,12.34,2024-02-29,2026-11-21 16:03:00\r\n"
                   "\"a,\"\"b\"\"\r\nc\",-0.05,-7,12.34,2024-02-29,2026-11-21 16:03:00\r\n"
                   ",,,,someday,\r\n"
                   "\"'=1+1\",0.00,-7,12.34,2024-02-29,2026-11-21 16:03:00\r\n"
                   "\"'+86\",0.01,-7,12.34,2024-02-29,2026-11-21 16:03:00\r\n"
                   "\"'-2\",0.01,-7,12.34,2024-02-29,2026-11-21 16:03:00\r\n"
                   "\"'@SUM(A1)\",0.01,-7,12.34,2024-02-29,2026-11-21 16:03:00\r\n"
                   "\"'\tx\",0.01,-7,12.34,2024-02-29,2026-11-21 16:03:00\r\n"
                   "\"'\rx\",0.01,-7,12.34,2024-02-29,2026-11-21 16:03:00\r\n"
                   "a=b,0.01,-7,12.34,2024-02-29,2026-11-21 16:03:00\r\n"
                   "??z,0.01,-7,12.34,2024-02-29,2026-11-21 16:03:00\r\n");
    free(whole.beg);
}

static str xlsx_text(str file, arena *a)
{
    char path[] = "/tmp/gongji_sheet_XXXXXX", command[300];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, file.p, (size_t)file.n), file.n);
    close(fd);
    snprintf(command, sizeof command,
             "/usr/bin/python3 " GONGJI_ROOT "/test/support/xlsx_text.py %s", path);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    char *text = arena_new(a, char, 1 << 16);
    ptrdiff_t n = (ptrdiff_t)fread(text, 1, 1 << 16, f);
    assert_int_equal(pclose(f), 0);
    unlink(path);
    return (str){text, n};
}

static void xlsx_has_typed_cells(void **state)
{
    (void)state;
    arena whole = unit_arena(ARENA_BYTES);
    arena a = whole;
    sheet *s = begun(SHEET_XLSX);
    row(s, S("=1+1"), 123456789);
    empty_row(s);
    row(s, S("\x01<&>\xff"), -5);
    unit_str_equal(xlsx_text(ended(s, &a), &a),
                   "A1 s 结算/清单\n"
                   "A2 s 2026-11-01 至 2026-11-21，张三，2026-11-21 16:03\n"
                   "A3 s 姓名\nB3 s =金额\nC3 s 次数\nD3 s 单价\nE3 s 日期\nF3 s 时间\n"
                   "A4 s =1+1\nB4 n 1234567.89 #,##0.00\nC4 n -7 #,##0\nD4 n 12.34 0.00##\n"
                   "E4 n 45351 yyyy-mm-dd\nF4 n 46347.66875 yyyy-mm-dd hh:mm:ss\n"
                   "E5 s someday\n"
                   "A6 s _x0001_<&>?\nB6 n -0.05 #,##0.00\nC6 n -7 #,##0\nD6 n 12.34 0.00##\n"
                   "E6 n 45351 yyyy-mm-dd\nF6 n 46347.66875 yyyy-mm-dd hh:mm:ss\n"
                   "pane 3 frozen\n"
                   "width 1 19\nwidth 2 17\nwidth 3 11\nwidth 4 13\nwidth 5 13\nwidth 6 21\n"
                   "name 结算清单\n"
                   "created 2026-11-21T08:03:00Z\n"
                   "zip (1980, 1, 1, 0, 0, 0)\n"
                   "rows 6\n");
    free(whole.beg);
}

static void same_input_same_bytes(void **state)
{
    (void)state;
    arena whole = unit_arena(ARENA_BYTES);
    for (int format = SHEET_CSV; format <= SHEET_XLSX; format++) {
        arena a = whole;
        str file[2];
        for (int i = 0; i < 2; i++) {
            sheet *s = begun((sheet_format)format);
            for (int k = 0; k < 1000; k++)
                row(s, S("王小明"), k * 1001);
            file[i] = ended(s, &a);
        }
        assert_true(file[0].n > 1000);
        assert_true(str_eq(file[0], file[1]));
    }
    free(whole.beg);
}

static void a_hundred_thousand_rows(void **state)
{
    (void)state;
    arena whole = unit_arena(ARENA_BYTES);
    for (int format = SHEET_CSV; format <= SHEET_XLSX; format++) {
        arena a = whole;
        sheet *s = begun((sheet_format)format);
        for (int k = 0; k < 100000; k++)
            row(s, S("王小明"), k);
        str file = ended(s, &a);
        if (format == SHEET_XLSX) {
            str text = xlsx_text(file, &a);
            assert_true(text.n > 12);
            unit_str_equal((str){text.p + text.n - 12, 12}, "rows 100003\n");
        } else {
            ptrdiff_t lines = 0;
            for (ptrdiff_t i = 0; i < file.n; i++)
                lines += file.p[i] == '\n';
            assert_int_equal(lines, 100001);
        }
    }
    free(whole.beg);
}

static void too_little_memory_is_an_err(void **state)
{
    (void)state;
    for (int format = SHEET_CSV; format <= SHEET_XLSX; format++) {
        arena a = unit_arena(50);
        sheet *s = begun((sheet_format)format);
        row(s, S("x"), 1);
        err e = {0};
        str file;
        assert_false(sheet_end(&file, s, &a, &e));
        assert_int_equal(e.code, ERR_TOO_LARGE);
        sheet_close(s);
        assert_int_equal(a.end - a.beg, 50);
        free(a.beg);
    }
}

static void given_up_half_way(void **state)
{
    (void)state;
    sheet *s = begun(SHEET_XLSX); /* the sanitizer watches */
    row(s, S("x"), 1);
    sheet_close(s);
    s = begun(SHEET_CSV);
    row(s, S("x"), 1);
    sheet_close(s);
    sheet_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_is_as_the_rfc_says),      cmocka_unit_test(xlsx_has_typed_cells),
        cmocka_unit_test(same_input_same_bytes),       cmocka_unit_test(a_hundred_thousand_rows),
        cmocka_unit_test(too_little_memory_is_an_err), cmocka_unit_test(given_up_half_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
