/* CSV is written here (RFC 4180), XLSX by libxlsxwriter; both into temporary files, so that a long
 * list takes no memory. */
#include "edge/sheet/sheet.h"

#include "base/day.h"
#include "base/money.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xlsxwriter.h>

#define TEXT_BYTES_MAX 32000 /* Excel takes 32,767 characters */
#define TITLE_MAX      128

typedef struct {
    char text[TITLE_MAX];
    sheet_kind kind;
} kept_column;

struct sheet {
    sheet_format format;
    kept_column column[SHEET_COLUMNS_MAX];
    int column_count;
    int64_t rows;
    FILE *csv;
    char path[32]; /* XLSX; "" = no file */
    lxw_workbook *book;
    lxw_worksheet *page;
    lxw_row_t next_row;
    lxw_format *shown[SHEET_MOMENT + 1];
    char text[TEXT_BYTES_MAX + 1];
};

/* ---- texts ---- */

/* A copy with a NUL that any reader takes: bytes that are no UTF-8 and NULs become '?', what is too
 * long is cut. */
static const char *text_clean(char *out, ptrdiff_t size, str s)
{
    ptrdiff_t n = 0, i = 0;
    while (i < s.n) {
        ptrdiff_t length = utf8_length(s.p + i, s.n - i);
        if (n + (length ? length : 1) >= size)
            break;
        if (length == 0 || s.p[i] == 0) {
            out[n++] = '?';
            i++;
            continue;
        }
        memcpy(out + n, s.p + i, (size_t)length);
        n += length;
        i += length;
    }
    out[n] = 0;
    return out;
}

typedef struct {
    char c[40];
} cell_text;

static cell_text number_text(sheet_kind kind, int64_t number)
{
    cell_text t = {""};
    if (kind == SHEET_MONEY) {
        snprintf(t.c, sizeof t.c, "%s", money_show(number).c);
    } else if (kind == SHEET_COUNT) {
        snprintf(t.c, sizeof t.c, "%" PRId64, number);
    } else if (kind == SHEET_E4) {
        int64_t whole = number / 10000, part = number % 10000;
        int n = snprintf(t.c, sizeof t.c, "%s%" PRId64 ".%04d", number < 0 ? "-" : "",
                         whole < 0 ? -whole : whole, (int)(part < 0 ? -part : part));
        for (int drop = 0; drop < 2 && t.c[n - 1] == '0'; drop++)
            t.c[--n] = 0;
    } else {
        char on[DAY_TEXT_SIZE];
        int64_t seconds = number / 1000 + 28800; /* Beijing */
        day_print(on, (day){(int32_t)(seconds / 86400)});
        int rest = (int)(seconds % 86400);
        snprintf(t.c, sizeof t.c, "%s %02d:%02d:%02d", on, rest / 3600, rest / 60 % 60, rest % 60);
    }
    return t;
}

/* ---- CSV ---- */

/* A text that a spreadsheet would take for a formula is led by an apostrophe. */
static void csv_text(FILE *f, const char *s)
{
    if (*s && strchr("=+-@\t\r", *s)) {
        fputs("\"'", f);
    } else if (!strpbrk(s, ",\"\r\n")) {
        fputs(s, f);
        return;
    } else {
        fputc('"', f);
    }
    for (; *s; s++) {
        if (*s == '"')
            fputc('"', f);
        fputc(*s, f);
    }
    fputc('"', f);
}

static void csv_head(sheet *s)
{
    fputs("\xEF\xBB\xBF", s->csv);
    for (int i = 0; i < s->column_count; i++) {
        if (i)
            fputc(',', s->csv);
        csv_text(s->csv, s->column[i].text);
    }
    fputs("\r\n", s->csv);
}

static void csv_row(sheet *s, const sheet_cell *cell)
{
    for (int i = 0; i < s->column_count; i++) {
        sheet_kind kind = s->column[i].kind;
        if (i)
            fputc(',', s->csv);
        if (cell[i].none)
            continue;
        if (kind == SHEET_TEXT || kind == SHEET_DAY)
            csv_text(s->csv, text_clean(s->text, sizeof s->text, cell[i].text));
        else
            fputs(number_text(kind, cell[i].number).c, s->csv);
    }
    fputs("\r\n", s->csv);
}

/* ---- XLSX ---- */

static int width_of(const sheet_column *c)
{
    static const int usual[] = {[SHEET_TEXT] = 18, [SHEET_MONEY] = 14, [SHEET_COUNT] = 10,
                                [SHEET_E4] = 12,   [SHEET_DAY] = 12,   [SHEET_MOMENT] = 20};
    return c->width > 0 ? c->width : usual[c->kind];
}

static void xlsx_formats(sheet *s)
{
    static const char *const shown[] = {
        [SHEET_TEXT] = "@",    [SHEET_MONEY] = "#,##0.00", [SHEET_COUNT] = "#,##0",
        [SHEET_E4] = "0.00##", [SHEET_DAY] = "yyyy-mm-dd", [SHEET_MOMENT] = "yyyy-mm-dd hh:mm:ss"};
    for (int kind = SHEET_TEXT; kind <= SHEET_MOMENT; kind++) {
        s->shown[kind] = workbook_add_format(s->book);
        format_set_num_format(s->shown[kind], shown[kind]);
    }
}

/* A sheet's name may not hold []:*?/\ and has at most 31 characters. */
static void sheet_name(char out[64], str title)
{
    text_buffer t = {out, 0, 60, false};
    int characters = 0;
    for (ptrdiff_t i = 0; i < title.n && characters < 31; i++) {
        unsigned char c = (unsigned char)title.p[i];
        if (c < 0x20 || strchr("[]:*?/\\'", c))
            continue;
        ptrdiff_t n = utf8_length(title.p + i, title.n - i);
        if (n == 0)
            continue;
        text_add(&t, (str){title.p + i, n});
        i += n - 1;
        characters++;
    }
    out[t.n] = 0;
}

static void xlsx_head(sheet *s, const sheet_head *head)
{
    lxw_format *title = workbook_add_format(s->book), *bar = workbook_add_format(s->book);
    format_set_bold(title);
    format_set_font_size(title, 14);
    format_set_bold(bar);
    format_set_bg_color(bar, 0xE8EDF2);
    format_set_bottom(bar, LXW_BORDER_THIN);
    for (int i = 0; i < s->column_count; i++)
        worksheet_set_column(s->page, (lxw_col_t)i, (lxw_col_t)i, width_of(&head->column[i]), NULL);
    worksheet_freeze_panes(s->page, 3, 0);
    worksheet_write_string(s->page, 0, 0, text_clean(s->text, sizeof s->text, head->title), title);
    worksheet_write_string(s->page, 1, 0, text_clean(s->text, sizeof s->text, head->note), NULL);
    for (int i = 0; i < s->column_count; i++)
        worksheet_write_string(s->page, 2, (lxw_col_t)i, s->column[i].text, bar);
    s->next_row = 3;
}

static bool xlsx_begin(sheet *s, const sheet_head *head, err *e)
{
    snprintf(s->path, sizeof s->path, "/tmp/gongji-sheet-XXXXXX");
    int fd = mkstemp(s->path);
    if (fd < 0) {
        s->path[0] = 0;
        return FAIL(e, ERR_IO, "no temporary file for a sheet");
    }
    close(fd);
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};
    s->book = workbook_new_opt(s->path, &options);
    if (!s->book)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a workbook");
    char name[64];
    sheet_name(name, head->title);
    s->page = workbook_add_worksheet(s->book, *name ? name : NULL);
    if (!s->page)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a sheet");
    char title[TITLE_MAX], creator[] = "Gongji";
    text_clean(title, sizeof title, head->title);
    lxw_doc_properties about = {
        .title = title, .author = creator, .created = (time_t)(head->made_at_ms / 1000)};
    workbook_set_properties(s->book, &about);
    xlsx_formats(s);
    xlsx_head(s, head);
    return true;
}

/* Days since 1899-12-30, as Excel counts. */
#define EXCEL_DAY_1970 25569

static lxw_error xlsx_cell(sheet *s, int column, const sheet_cell *cell)
{
    sheet_kind kind = s->column[column].kind;
    lxw_col_t at = (lxw_col_t)column;
    double number = (double)cell->number;
    if (kind == SHEET_DAY) {
        day on;
        if (!day_parse(&on, cell->text)) /* not a day: shown as it is */
            kind = SHEET_TEXT;
        else
            number = on.number + EXCEL_DAY_1970;
    } else if (kind == SHEET_MONEY) {
        number /= 100;
    } else if (kind == SHEET_E4) {
        number /= 10000;
    } else if (kind == SHEET_MOMENT) {
        number = (number / 1000 + 28800) / 86400 + EXCEL_DAY_1970;
    }
    if (kind == SHEET_TEXT)
        return worksheet_write_string(s->page, s->next_row, at,
                                      text_clean(s->text, sizeof s->text, cell->text), NULL);
    return worksheet_write_number(s->page, s->next_row, at, number, s->shown[kind]);
}

static bool xlsx_row(sheet *s, const sheet_cell *cell, err *e)
{
    for (int i = 0; i < s->column_count; i++) {
        if (cell[i].none)
            continue;
        lxw_error trouble = xlsx_cell(s, i, &cell[i]);
        if (trouble != LXW_NO_ERROR)
            return FAIL(e, ERR_IO, "sheet row %u: %s", s->next_row, lxw_strerror(trouble));
    }
    s->next_row++;
    return true;
}

/* ---- both ---- */

bool sheet_begin(sheet **out, const sheet_head *head, err *e)
{
    assert(head->column_count > 0);
    assert(head->column_count <= SHEET_COLUMNS_MAX);
    sheet *s = calloc(1, sizeof *s);
    *out = s;
    if (!s)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a sheet");
    s->format = head->format;
    s->column_count = head->column_count;
    for (int i = 0; i < s->column_count; i++) {
        text_clean(s->column[i].text, TITLE_MAX, head->column[i].title);
        s->column[i].kind = head->column[i].kind;
    }
    if (s->format == SHEET_XLSX)
        return xlsx_begin(s, head, e);
    s->csv = tmpfile();
    if (!s->csv)
        return FAIL(e, ERR_IO, "no temporary file for a sheet");
    csv_head(s);
    return true;
}

bool sheet_row(sheet *s, const sheet_cell *cell, err *e)
{
    if (++s->rows > SHEET_ROWS_MAX)
        return FAIL(e, ERR_TOO_LARGE, "a sheet of more than %d rows", SHEET_ROWS_MAX);
    if (s->format == SHEET_XLSX)
        return xlsx_row(s, cell, e);
    csv_row(s, cell);
    return true;
}

static bool file_take(str *out, FILE *f, arena *a, err *e)
{
    if (fflush(f) != 0 || ferror(f) || fseek(f, 0, SEEK_END) != 0)
        return FAIL(e, ERR_IO, "the sheet was not written to its end");
    long n = ftell(f);
    if (n < 0 || n > a->end - a->beg)
        return FAIL(e, ERR_TOO_LARGE, "a file of %ld bytes", n);
    char *p = arena_new(a, char, n);
    rewind(f);
    if (fread(p, 1, (size_t)n, f) != (size_t)n)
        return FAIL(e, ERR_IO, "the sheet cannot be read back");
    *out = (str){p, n};
    return true;
}

bool sheet_end(str *out, sheet *s, arena *a, err *e)
{
    if (s->format == SHEET_CSV)
        return file_take(out, s->csv, a, e);
    lxw_error trouble = workbook_close(s->book);
    s->book = NULL;
    if (trouble != LXW_NO_ERROR)
        return FAIL(e, ERR_IO, "workbook: %s", lxw_strerror(trouble));
    FILE *f = fopen(s->path, "rb");
    if (!f)
        return FAIL(e, ERR_IO, "the sheet cannot be read back");
    bool read = file_take(out, f, a, e);
    fclose(f);
    return read;
}

void sheet_close(sheet *s)
{
    if (!s)
        return;
    if (s->csv)
        fclose(s->csv);
    if (s->book)
        lxw_workbook_free(s->book);
    if (s->path[0])
        unlink(s->path);
    free(s);
}
