/* Files to rows: the columns a table needs, by the names in its first row. */
#include "service/scheme/scheme_internal.h"

#include "base/csv_row.h"

#define FILE_COLUMNS_MAX 64

static const struct {
    const char *file, *columns;
    bool required;
} tables[] = {
    {NULL, NULL, false},
#define TABLE(id, file, required, columns) {file, columns, required},
#include "service/scheme/table.tbl.h"
};

const char *scheme_table_file(scheme_table table)
{
    return tables[table].file;
}

const char *scheme_table_columns(scheme_table table)
{
    return tables[table].columns;
}

/* The next word of the list of columns, without its question mark. */
static str column_next(const char **at, bool *optional)
{
    const char *from = *at;
    ptrdiff_t n = (ptrdiff_t)strcspn(from, " ");
    *at = from + n + (from[n] == ' ');
    *optional = n > 0 && from[n - 1] == '?';
    return (str){from, n - *optional};
}

static void note(const table_reader *r, int64_t line, const char *message)
{
    r->note(r->to, r->table, line, message);
}

static bool columns_find(int place[TABLE_COLUMNS_MAX],
                         int *count,
                         const table_reader *r,
                         const char *columns,
                         const str *name,
                         int names)
{
    bool found_all = true;
    *count = 0;
    for (const char *at = columns; *at;) {
        bool optional;
        str wanted = column_next(&at, &optional);
        int found = -1;
        for (int i = 0; i < names && found < 0; i++)
            if (str_eq(name[i], wanted))
                found = i;
        if (found < 0 && !optional) {
            char text[100];
            text_buffer t = {text, 0, sizeof text - 1, false};
            text_printf(&t, "the column `%.*s` is missing", STR_ARG(wanted));
            text[t.n] = 0;
            note(r, 1, text);
            found_all = false;
        }
        assert(*count < TABLE_COLUMNS_MAX);
        place[(*count)++] = found;
    }
    return found_all;
}

static int32_t lines_count(str text)
{
    int32_t lines = 1;
    for (ptrdiff_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    return lines;
}

static bool row_is_fine(const table_reader *r, const csv_row *row, const str *cell)
{
    for (int i = 0; i < row->count; i++) {
        if (str_is_utf8(cell[i]))
            continue;
        note(r, row->line, "not UTF-8");
        return false;
    }
    if (!row->fault)
        return true;
    note(r, row->line,
         row->fault == CSV_TOO_MANY ? "too many columns" : "quotes stand where they may not");
    return false;
}

void table_rows_read(table_rows *out, const table_reader *r, str text, const char *wanted)
{
    str cell[FILE_COLUMNS_MAX];
    int place[TABLE_COLUMNS_MAX], columns;
    csv_row row;
    csv_rows in = csv_rows_of(text);
    *out = (table_rows){0};
    if (!csv_row_next(&row, cell, FILE_COLUMNS_MAX, &in, r->a)) {
        note(r, 1, "the file is empty");
        return;
    }
    if (!row_is_fine(r, &row, cell) || !columns_find(place, &columns, r, wanted, cell, row.count))
        return;
    int32_t lines = lines_count(in.left);
    str *cells = arena_new(r->scratch, str, (ptrdiff_t)lines * columns);
    int64_t *line = arena_new(r->scratch, int64_t, lines);
    int32_t n = 0;
    while (csv_row_next(&row, cell, FILE_COLUMNS_MAX, &in, r->a)) {
        if (!row_is_fine(r, &row, cell) || (row.count == 1 && cell[0].n == 0))
            continue;
        for (int i = 0; i < columns; i++) {
            int from = place[i];
            cells[(ptrdiff_t)n * columns + i] =
                from >= 0 && from < row.count ? cell[from] : (str){0};
        }
        line[n++] = row.line;
    }
    *out = (table_rows){cells, line, n, columns};
}

static void scheme_note(void *to, int table, int64_t line, const char *message)
{
    problem_add(to, false, (scheme_table)table, line, "%s", message);
}

void rows_read(compiler *c, const scheme_files *files)
{
    for (int t = 1; t < TABLE__COUNT; t++) {
        const table_reader r = {scheme_note, c, t, c->a, &c->scratch};
        if (files->text[t].p)
            table_rows_read(&c->rows[t], &r, files->text[t], tables[t].columns);
        else if (tables[t].required)
            problem_add(c, false, (scheme_table)t, 0, "the file is missing");
    }
}
