/* A CSV file as rows of a kind: encoding, header, mapping. */
#include "service/import/import.h"

#include "base/charset/charset.h"

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>

#define PIECES_MAX 8 /* of one template */

/* A column's value: pieces of text and of columns of the file, joined. */
typedef struct {
    bool used;
    int count;
    struct {
        str text;    /* when heading is -1 */
        int heading; /* column of the file */
        bool hash;   /* eight digits made of the value */
    } piece[PIECES_MAX];
} source;

struct import_file {
    const master_kind *kind;
    str area_code;
    struct csv_parser parser;
    bool parser_open, ended;
    char *converted; /* from GB18030 */
    str all, left;
    int64_t line; /* last one fed */
    /* the row being read, and the one that is complete */
    char text[IMPORT_ROW_BYTES_MAX];
    ptrdiff_t text_bytes;
    ptrdiff_t at[IMPORT_COLUMNS_MAX], n[IMPORT_COLUMNS_MAX];
    int count;
    int64_t row_line;
    bool too_large, too_many, complete, begun;
    /* header */
    char header_text[IMPORT_ROW_BYTES_MAX];
    str heading[IMPORT_COLUMNS_MAX];
    int heading_count;
    source source[MASTER_COLUMNS_MAX];
};

static bool told(err *e, err_code code, str field, int line, const char *expected, const char *what)
{
    FAIL(e, code, "%s", what);
    err_field(e, field);
    err_expected(e, "%s", expected);
    e->input_line = line;
    return false;
}

/* ---- encoding ---- */

static bool to_utf8(import_file *f, str bytes, err *e)
{
    ptrdiff_t room;
    if (bytes.n >= 3 && memcmp(bytes.p, "\xEF\xBB\xBF", 3) == 0)
        bytes = (str){bytes.p + 3, bytes.n - 3};
    f->all = bytes;
    if (!charset_room(&room, bytes, CHARSET_ANY, e) || room == 0)
        return e->code == 0;
    f->converted = malloc((size_t)room);
    if (!f->converted)
        return FAIL(e, ERR_OUT_OF_MEMORY, "cannot convert the file");
    return charset_convert(&f->all, bytes, f->converted, room, e);
}

/* ---- rows ---- */

static void on_cell(void *bytes, size_t n, void *data)
{
    import_file *f = data;
    if (f->complete)
        return;
    if (f->count == IMPORT_COLUMNS_MAX) {
        f->too_many = true;
        return;
    }
    if (f->text_bytes + (ptrdiff_t)n > IMPORT_ROW_BYTES_MAX) {
        f->too_large = true;
        n = 0;
    }
    f->at[f->count] = f->text_bytes;
    f->n[f->count++] = (ptrdiff_t)n;
    if (n)
        memcpy(f->text + f->text_bytes, bytes, n);
    f->text_bytes += (ptrdiff_t)n;
}

static void on_row(int ending, void *data)
{
    (void)ending;
    import_file *f = data;
    f->complete = f->complete || f->count > 0;
}

static bool is_blank(str s)
{
    for (ptrdiff_t i = 0; i < s.n; i++)
        if (!strchr(" \t\r\n", s.p[i]))
            return false;
    return true;
}

static bool blank(const import_file *f)
{
    bool all = true;
    for (int i = 0; i < f->count; i++)
        all = all && is_blank((str){f->text + f->at[i], f->n[i]});
    return all;
}

static void row_clear(import_file *f)
{
    f->count = 0;
    f->text_bytes = 0;
    f->complete = f->too_large = f->too_many = f->begun = false;
}

static bool parser_start(import_file *f, err *e)
{
    if (f->parser_open)
        csv_free(&f->parser);
    f->parser_open = csv_init(&f->parser, CSV_STRICT | CSV_STRICT_FINI) == 0;
    return f->parser_open || FAIL(e, ERR_OUT_OF_MEMORY, "cannot start the CSV reader");
}

/* Feeds lines until a row is complete.  False at the end.  *quotes = the line at which quotes stand
 * where they may not; reading goes on behind it. */
static bool row_read(import_file *f, int64_t *quotes, err *e)
{
    *quotes = 0;
    row_clear(f);
    while (!f->ended) {
        if (f->left.n == 0) {
            f->ended = true;
            if (csv_fini(&f->parser, on_cell, on_row, f) != 0) {
                *quotes = f->row_line;
                return true;
            }
        } else {
            const char *end = memchr(f->left.p, '\n', (size_t)f->left.n);
            ptrdiff_t n = end ? end - f->left.p + 1 : f->left.n;
            f->line++;
            if (!f->begun)
                f->row_line = f->line;
            f->begun = f->begun || !is_blank((str){f->left.p, n});
            size_t done = csv_parse(&f->parser, f->left.p, (size_t)n, on_cell, on_row, f);
            f->left = (str){f->left.p + n, f->left.n - n};
            if (done != (size_t)n) {
                *quotes = f->line;
                row_clear(f);
                return parser_start(f, e);
            }
        }
        if (f->complete && !blank(f))
            return true;
        if (f->complete)
            row_clear(f);
    }
    return false;
}

/* ---- header and mapping ---- */

static str trimmed(str s)
{
    while (s.n > 0 && strchr(" \t\r\n", s.p[0]))
        s = (str){s.p + 1, s.n - 1};
    while (s.n > 0 && strchr(" \t\r\n", s.p[s.n - 1]))
        s.n--;
    return s;
}

static int heading_find(const import_file *f, str name)
{
    for (int i = 0; i < f->heading_count; i++)
        if (str_eq(f->heading[i], name))
            return i;
    return -1;
}

static bool piece_add(source *s, str text, int heading, bool hash)
{
    if (s->count == PIECES_MAX)
        return false;
    s->piece[s->count].text = text;
    s->piece[s->count].heading = heading;
    s->piece[s->count++].hash = hash;
    return true;
}

/* "GX{id}": text, and columns of the file in braces; {hash:name} makes a short code of a name. */
static bool template_read(import_file *f, source *s, str text, err *e)
{
    static const char *const expected = "text with at most seven {HEADING} in it";
    while (text.n > 0) {
        const char *open = memchr(text.p, '{', (size_t)text.n);
        ptrdiff_t before = open ? open - text.p : text.n;
        if (before && !piece_add(s, (str){text.p, before}, -1, false))
            return told(e, ERR_BAD_VALUE, text, 1, expected, "a template that is too long");
        text = (str){text.p + before, text.n - before};
        if (!open)
            return true;
        const char *close = memchr(text.p, '}', (size_t)text.n);
        if (!close)
            return told(e, ERR_BAD_VALUE, text, 1, expected, "a brace is not closed");
        str name = {text.p + 1, close - text.p - 1};
        bool hash = name.n > 5 && memcmp(name.p, "hash:", 5) == 0;
        if (hash)
            name = (str){name.p + 5, name.n - 5};
        int heading = heading_find(f, name);
        if (heading < 0)
            return told(e, ERR_UNKNOWN_FIELD, name, 1, "a heading of the file", "no such heading");
        if (!piece_add(s, S(""), heading, hash))
            return told(e, ERR_BAD_VALUE, text, 1, expected, "a template that is too long");
        text = (str){close + 1, text.n - (close + 1 - text.p)};
    }
    return true;
}

static bool mapping_line(import_file *f, str line, err *e)
{
    const char *equals = memchr(line.p, '=', (size_t)line.n);
    if (!equals)
        return told(e, ERR_BAD_VALUE, line, 1, "COLUMN=HEADING or COLUMN:=TEXT", "not a mapping");
    bool is_template = equals > line.p && equals[-1] == ':';
    str name = trimmed((str){line.p, equals - line.p - is_template});
    str value = trimmed((str){equals + 1, line.n - (equals + 1 - line.p)});
    int column = master_column_find(f->kind, name);
    if (column < 0)
        return told(e, ERR_UNKNOWN_FIELD, name, 1, "a column of docs/import.md", "no such column");
    source *s = &f->source[column];
    if (s->used)
        return told(e, ERR_DUPLICATE_FIELD, name, 1, "each column once", "the column comes twice");
    s->used = true;
    if (is_template)
        return template_read(f, s, value, e);
    int heading = heading_find(f, value);
    if (heading < 0)
        return told(e, ERR_UNKNOWN_FIELD, value, 1, "a heading of the file", "no such heading");
    return piece_add(s, S(""), heading, false);
}

static bool mapping_read(import_file *f, str text, err *e)
{
    while (text.n > 0) {
        ptrdiff_t n = 0;
        bool comment = trimmed(text).n > 0 && trimmed(text).p[0] == '#';
        while (n < text.n && text.p[n] != '\n' && (comment || text.p[n] != ','))
            n++;
        str line = trimmed((str){text.p, n});
        text = (str){text.p + n + (n < text.n), text.n - n - (n < text.n)};
        if (line.n > 0 && line.p[0] != '#' && !mapping_line(f, line, e))
            return false;
    }
    return true;
}

/* Without a mapping every heading must be known: a misspelt one is not left out silently. */
static bool headings_match(import_file *f, err *e)
{
    for (int i = 0; i < f->heading_count; i++) {
        int column = master_column_find(f->kind, f->heading[i]);
        if (column < 0)
            return told(e, ERR_UNKNOWN_FIELD, f->heading[i], 1,
                        "a column of docs/import.md, or --columns", "no such column");
        if (f->source[column].used)
            return told(e, ERR_DUPLICATE_FIELD, f->heading[i], 1, "each column once",
                        "the column comes twice");
        f->source[column].used = true;
        (void)piece_add(&f->source[column], S(""), i, false);
    }
    return true;
}

static bool header_read(import_file *f, str columns, err *e)
{
    int64_t quotes;
    if (!row_read(f, &quotes, e))
        return e->code ? false
                       : told(e, ERR_BAD_CSV, S(""), 1, "a header row", "the file is empty");
    if (quotes || f->too_many || f->too_large)
        return told(e, ERR_BAD_CSV, S(""), 1, "a header row of at most 60 columns",
                    "the header cannot be read");
    memcpy(f->header_text, f->text, (size_t)f->text_bytes);
    for (int i = 0; i < f->count; i++)
        f->heading[f->heading_count++] = trimmed((str){f->header_text + f->at[i], f->n[i]});
    if (!(columns.n ? mapping_read(f, columns, e) : headings_match(f, e)))
        return false;
    for (int i = 0; i < f->kind->column_count; i++) {
        const master_column *c = &f->kind->column[i];
        bool of_area = f->area_code.n > 0 && c->kind == CELL_AREA && c->required;
        if (c->required && !f->source[i].used && !of_area)
            return told(e, ERR_MISSING_FIELD, str_of(c->name), 1, c->zh, "a column is missing");
    }
    return true;
}

import_file *import_file_open(const master_kind *k, str bytes, str columns, str area_code, err *e)
{
    if (bytes.n > IMPORT_BYTES_MAX) {
        FAIL(e, ERR_TOO_LARGE, "%td bytes", bytes.n);
        err_expected(e, "at most %td MB a file", IMPORT_BYTES_MAX >> 20);
        return NULL;
    }
    import_file *f = calloc(1, sizeof *f);
    if (!f) {
        FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the file");
        return NULL;
    }
    f->kind = k;
    f->area_code = area_code;
    bool ok = to_utf8(f, bytes, e);
    f->left = f->all;
    if (ok && parser_start(f, e) && header_read(f, columns, e))
        return f;
    import_file_close(f);
    return NULL;
}

void import_file_close(import_file *f)
{
    if (!f)
        return;
    if (f->parser_open)
        csv_free(&f->parser);
    free(f->converted);
    free(f);
}

ptrdiff_t import_file_done(const import_file *f)
{
    return f->all.n - f->left.n;
}

ptrdiff_t import_file_bytes(const import_file *f)
{
    return f->all.n;
}

/* ---- one row ---- */

static str cell(const import_file *f, int heading)
{
    return heading < f->count ? (str){f->text + f->at[heading], f->n[heading]} : S("");
}

static str source_value(const import_file *f, const source *s, arena *a)
{
    if (s->count == 1 && s->piece[0].heading >= 0 && !s->piece[0].hash)
        return arena_str(a, cell(f, s->piece[0].heading));
    str out = S("");
    for (int i = 0; i < s->count; i++) {
        str text = s->piece[i].heading < 0 ? s->piece[i].text : cell(f, s->piece[i].heading);
        out = s->piece[i].hash ? arena_printf(a, "%.*s%08x", STR_ARG(out),
                                              (unsigned)(str_hash(trimmed(text)) >> 32))
                               : arena_printf(a, "%.*s%.*s", STR_ARG(out), STR_ARG(text));
    }
    return out;
}

static bool row_fault(master_fault *out, err_code code, const char *expected)
{
    *out = (master_fault){.column = -1, .code = code};
    snprintf(out->expected, sizeof out->expected, "%s", expected);
    return true;
}

bool import_file_next(import_file *f, master_row *row, master_fault *fault, arena *a, err *e)
{
    int64_t quotes;
    *row = (master_row){0};
    *fault = (master_fault){0};
    if (!row_read(f, &quotes, e))
        return false;
    row->line = quotes ? quotes : f->row_line;
    if (quotes)
        return row_fault(fault, ERR_BAD_CSV, "quotes around a whole cell, doubled inside");
    if (f->too_large)
        return row_fault(fault, ERR_TOO_LARGE, "at most 64 KB a row");
    if (f->too_many || f->count > f->heading_count)
        return row_fault(fault, ERR_BAD_CSV, "no more cells than the header has");
    for (int i = 0; i < f->kind->column_count; i++) {
        if (!f->source[i].used)
            continue;
        row->cell[i] = source_value(f, &f->source[i], a);
        row->given |= UINT32_C(1) << i;
    }
    for (int i = 0; i < f->kind->column_count && f->area_code.n; i++) {
        if (f->kind->column[i].kind != CELL_AREA || !f->kind->column[i].required ||
            trimmed(row->cell[i]).n > 0)
            continue;
        row->cell[i] = f->area_code;
        row->given |= UINT32_C(1) << i;
    }
    return true;
}
