/* Sheets of others as rows of our tables.  A row that does not fit is reported and left out; one
 * that stands in the table already is not added again, so a sheet can be imported twice. */
#include "service/scheme/scheme_internal.h"

#include "base/csv_row.h"

#include <stdio.h>

#define SHEET_COLUMNS_MAX 100
#define KEY_BYTES_MAX     4000

/* Where a column of the table comes from: a column of the sheet, or the same text in every row. */
typedef struct {
    str name, fixed;
    bool optional;
    int from; /* -1 = `fixed` */
} import_column;

typedef struct {
    scheme_import *out;
    import_column column[TABLE_COLUMNS_MAX];
    int columns;
    text_index seen; /* rows of the table as they are written */
    arena *a;
    arena scratch;
} importing;

static void problem(importing *m, int64_t line, const char *format, ...) PRINTF_LIKE(3, 4);
static void problem(importing *m, int64_t line, const char *format, ...)
{
    char text[300];
    va_list args;
    m->out->refused++;
    if (m->out->problem_count == SCHEME_PROBLEMS_MAX)
        return;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n >= (int)sizeof text)
        n = (int)sizeof text - 1;
    while (n > 0 && !str_is_utf8((str){text, n}))
        n--;
    m->out->problem[m->out->problem_count++] =
        (scheme_problem){.line = line, .message = arena_str(m->a, (str){text, n})};
}

static str trim(str s)
{
    while (s.n > 0 && (*s.p == ' ' || *s.p == '\t'))
        s = (str){s.p + 1, s.n - 1};
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

/* ---- columns ---- */

/* `icd10=诊断编码,adrg:=GD1`: what is said about a column of the table; false = nothing. */
static bool mapping_find(str mapping, str name, str *value, bool *fixed)
{
    while (mapping.n > 0) {
        const char *comma = memchr(mapping.p, ',', (size_t)mapping.n);
        str part = {mapping.p, comma ? comma - mapping.p : mapping.n};
        const char *sign = memchr(part.p, '=', (size_t)part.n);
        mapping = comma ? (str){comma + 1, mapping.n - part.n - 1} : (str){0};
        if (!sign)
            continue;
        *value = (str){sign + 1, part.p + part.n - sign - 1};
        *fixed = sign > part.p && sign[-1] == ':';
        if (str_eq(trim((str){part.p, sign - part.p - *fixed}), name))
            return true;
    }
    return false;
}

static bool
column_open(importing *m, import_column *c, str mapping, const str *head, int heads, err *e)
{
    str wanted = c->name;
    bool fixed = false, said = mapping_find(mapping, c->name, &wanted, &fixed);
    c->from = -1;
    if (fixed) {
        c->fixed = wanted;
        return true;
    }
    for (int i = 0; i < heads && c->from < 0; i++)
        if (str_eq(trim(head[i]), wanted))
            c->from = i;
    if (c->from >= 0 || (c->optional && !said))
        return true;
    FAIL(e, ERR_MISSING_FIELD, "the sheet has no column `%.*s`", STR_ARG(wanted));
    err_field(e, c->name);
    (void)m;
    return false;
}

static bool
columns_open(importing *m, scheme_table table, str mapping, const str *head, int heads, err *e)
{
    for (const char *at = scheme_table_columns(table); *at;) {
        ptrdiff_t n = (ptrdiff_t)strcspn(at, " ");
        import_column *c = &m->column[m->columns++];
        c->optional = at[n - 1] == '?';
        c->name = (str){at, n - c->optional};
        at += n + (at[n] == ' ');
        if (!column_open(m, c, mapping, head, heads, e))
            return false;
    }
    return true;
}

/* ---- rows ---- */

static bool is_code_column(str name)
{
    static const char *const names[] = {"icd10",          "icd9cm3",       "main_icd10",
                                        "source_icd10",   "grouper_icd10", "source_icd9cm3",
                                        "grouper_icd9cm3"};
    for (ptrdiff_t i = 0; i < COUNTOF(names); i++)
        if (str_eq(name, str_of(names[i])))
            return true;
    return false;
}

static bool is_code(str s)
{
    bool digits = false;
    for (ptrdiff_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool digit = c >= '0' && c <= '9', letter = (c >= 'A' && c <= 'Z') || c == 'x';
        if (!digit && !letter && !strchr(".+*-", c))
            return false;
        digits = digits || digit;
    }
    return digits || str_eq(s, S("-"));
}

/* A cell as it is to stand in the table; false = reported. */
static bool cell_fit(importing *m, const import_column *c, str *cell, int64_t line)
{
    *cell = trim(*cell);
    if (cell->n == 0 && !c->optional) {
        problem(m, line, "`%.*s` is empty", STR_ARG(c->name));
        return false;
    }
    if (cell->n == 0 || !is_code_column(c->name))
        return true;
    char tidy_text[CODE_BYTES_MAX];
    str tidy = casemix_code_tidy(tidy_text, *cell);
    if (tidy.n == 0 || !is_code(tidy)) {
        problem(m, line, "`%.*s` is no code", (int)(cell->n < 60 ? cell->n : 60), cell->p);
        return false;
    }
    m->out->repaired += !str_eq(tidy, *cell);
    *cell = arena_str(&m->scratch, tidy);
    return true;
}

static void cell_write(text_buffer *t, str s)
{
    bool quote = s.n && (memchr(s.p, ',', (size_t)s.n) || memchr(s.p, '"', (size_t)s.n) ||
                         memchr(s.p, '\n', (size_t)s.n));
    text_add(t, quote ? S("\"") : S(""));
    for (ptrdiff_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            text_add(t, S("\""));
        text_add(t, (str){s.p + i, 1});
    }
    text_add(t, quote ? S("\"") : S(""));
}

/* A row as text; n = 0: it is too long. */
static str row_write(importing *m, const str *cell)
{
    char line[KEY_BYTES_MAX];
    text_buffer t = {line, 0, sizeof line, false};
    for (int i = 0; i < m->columns; i++) {
        text_add(&t, i ? S(",") : S(""));
        cell_write(&t, cell[i]);
    }
    text_add(&t, S("\n"));
    if (t.cut)
        return S("");
    return arena_str(&m->scratch, (str){line, t.n});
}

static void row_add(importing *m, str row, int64_t line, bool is_new)
{
    int32_t before = m->seen.count;
    if (row.n == 0)
        problem(m, line, "the row is too long");
    else if (text_index_add(&m->seen, row) < before)
        m->out->present += is_new;
    else
        m->out->added += is_new;
}

static void sheet_row(importing *m, const csv_row *row, const str *cell)
{
    str out[TABLE_COLUMNS_MAX];
    bool blank = true;
    for (int i = 0; i < row->count; i++) {
        blank = blank && trim(cell[i]).n == 0;
        if (row->fault || !str_is_utf8(cell[i])) {
            problem(m, row->line, "the row cannot be read");
            return;
        }
    }
    if (blank)
        return;
    for (int i = 0; i < m->columns; i++) {
        const import_column *c = &m->column[i];
        out[i] = c->from < 0 ? c->fixed : c->from < row->count ? cell[c->from] : (str){0};
        if (!cell_fit(m, c, &out[i], row->line))
            return;
    }
    row_add(m, row_write(m, out), row->line, true);
}

static int32_t lines_count(str text)
{
    int32_t lines = 2;
    for (ptrdiff_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    return lines;
}

/* What is in the table already, with its columns in our order. */
static bool existing_rows(importing *m, str table, err *e)
{
    str cell[SHEET_COLUMNS_MAX], out[TABLE_COLUMNS_MAX];
    int place[TABLE_COLUMNS_MAX] = {0};
    csv_row row;
    csv_rows in = csv_rows_of(table);
    if (!csv_row_next(&row, cell, SHEET_COLUMNS_MAX, &in, &m->scratch))
        return true;
    for (int i = 0; i < m->columns; i++) {
        place[i] = -1;
        for (int k = 0; k < row.count; k++)
            if (str_eq(cell[k], m->column[i].name))
                place[i] = k;
        if (place[i] < 0 && !m->column[i].optional)
            return FAIL(e, ERR_BAD_CSV, "the table in the folder has no column `%.*s`",
                        STR_ARG(m->column[i].name));
    }
    while (csv_row_next(&row, cell, SHEET_COLUMNS_MAX, &in, &m->scratch)) {
        if (row.fault)
            return FAIL(e, ERR_BAD_CSV, "the table in the folder cannot be read");
        for (int i = 0; i < m->columns; i++)
            out[i] = place[i] >= 0 && place[i] < row.count ? cell[place[i]] : (str){0};
        row_add(m, row_write(m, out), row.line, false);
    }
    return true;
}

bool scheme_import_sheet(scheme_import *out,
                         scheme_table table,
                         str existing,
                         str sheet,
                         str mapping,
                         arena *a,
                         arena scratch,
                         err *e)
{
    str cell[SHEET_COLUMNS_MAX];
    csv_row row;
    csv_rows in = csv_rows_of(sheet);
    importing m = {.out = out, .a = a, .scratch = scratch};
    *out = (scheme_import){.problem = arena_new(a, scheme_problem, SCHEME_PROBLEMS_MAX)};
    if (!csv_row_next(&row, cell, SHEET_COLUMNS_MAX, &in, &m.scratch) || row.fault)
        return FAIL(e, ERR_BAD_CSV, "the sheet has no row of column names");
    if (!columns_open(&m, table, mapping, cell, row.count, e))
        return false;
    m.seen = text_index_new(&m.scratch, lines_count(existing) + lines_count(sheet));
    if (!existing_rows(&m, existing, e))
        return false;
    while (csv_row_next(&row, cell, SHEET_COLUMNS_MAX, &in, &m.scratch))
        sheet_row(&m, &row, cell);
    ptrdiff_t bytes = 200;
    for (int32_t i = 0; i < m.seen.count; i++)
        bytes += m.seen.text[i].n;
    text_buffer t = {arena_new(a, char, bytes), 0, bytes, false};
    for (int i = 0; i < m.columns; i++)
        text_printf(&t, "%s%.*s", i ? "," : "", STR_ARG(m.column[i].name));
    text_add(&t, S("\n"));
    for (int32_t i = 0; i < m.seen.count; i++)
        text_add(&t, m.seen.text[i]);
    assert(!t.cut);
    out->text = (str){t.p, t.n};
    return true;
}
