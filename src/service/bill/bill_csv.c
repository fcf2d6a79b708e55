/* Bills from a spreadsheet: rows become the JSON form, so that both share one reader and one set of
 * messages. */
#include "service/bill/bill.h"

#include <csv.h>
#include <stdlib.h>

#define COLUMNS_MAX 200
#define ROWS_MAX    LINES_MAX

enum {
    GROUP_NONE,
    GROUP_BILL,
    GROUP_PERSON,
    GROUP_PROVIDER,
    GROUP_VISIT,
    GROUP_OPENING,
    GROUP_LINE
};

typedef struct {
    int group;
    str sub;  /* "accounts", "enrolment", "entitled"; empty = directly in the group */
    str name; /* key in the JSON object */
    uint8_t kind;
} column;

typedef struct {
    ptrdiff_t at[COLUMNS_MAX], n[COLUMNS_MAX]; /* of `cells` */
    int count;
    int64_t line;
    bool too_many;
} row;

struct bill_csv {
    struct csv_parser parser;
    bool parser_open;
    str left; /* of the input */
    int64_t line;
    column columns[COLUMNS_MAX];
    int column_count, bill_column;
    char *names; /* the header's text */
    row *rows;   /* complete ones, waiting; one bill and the row after it */
    ptrdiff_t row_count, row_cap;
    row open; /* being read */
    byte_buffer cells, json;
    bool no_memory, ended;
};

static void on_cell(void *bytes, size_t n, void *data)
{
    bill_csv *c = data;
    row *r = &c->open;
    if (r->count == COLUMNS_MAX) {
        r->too_many = true;
        return;
    }
    if (r->count == 0)
        r->line = c->line;
    r->at[r->count] = c->cells.n;
    r->n[r->count++] = (ptrdiff_t)n;
    c->no_memory = c->no_memory || !byte_buffer_add(&c->cells, (str){bytes, (ptrdiff_t)n});
}

static void on_row(int ending, void *data)
{
    (void)ending;
    bill_csv *c = data;
    if (c->row_count == c->row_cap) {
        ptrdiff_t cap = 2 * c->row_cap + 16;
        row *more = realloc(c->rows, (size_t)cap * sizeof *more);
        if (!more) {
            c->no_memory = true;
            return;
        }
        c->rows = more;
        c->row_cap = cap;
    }
    c->rows[c->row_count++] = c->open;
    c->open.count = 0;
    c->open.too_many = false;
}

static str cell(const bill_csv *c, const row *r, int i)
{
    return i < r->count ? (str){c->cells.p + r->at[i], r->n[i]} : (str){0};
}

/* Feeds one physical line; false at the end of the input or when quoting is wrong. */
static bool feed(bill_csv *c, err *e)
{
    if (c->left.n == 0) {
        if (!c->ended && csv_fini(&c->parser, on_cell, on_row, c) != 0) {
            FAIL(e, ERR_BAD_CSV, "a quoted cell is not closed");
            e->input_line = (int)c->open.line;
        }
        c->ended = true;
        return false;
    }
    const char *end = memchr(c->left.p, '\n', (size_t)c->left.n);
    ptrdiff_t n = end ? end - c->left.p + 1 : c->left.n;
    c->line++;
    size_t done = csv_parse(&c->parser, c->left.p, (size_t)n, on_cell, on_row, c);
    c->left.p += n;
    c->left.n -= n;
    if (done == (size_t)n && !c->no_memory)
        return true;
    if (c->no_memory)
        FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the rows");
    else
        FAIL(e, ERR_BAD_CSV, "quotes stand where they may not");
    e->input_line = (int)c->line;
    c->left.n = 0;
    c->ended = true;
    return false;
}

/* ---- header ---- */

static bool starts(str s, const char *prefix, str *rest)
{
    ptrdiff_t n = (ptrdiff_t)strlen(prefix);
    if (s.n <= n || memcmp(s.p, prefix, (size_t)n) != 0)
        return false;
    *rest = (str){s.p + n, s.n - n};
    return true;
}

static bool field_find(column *col, const bill_field *fields, int count, str name)
{
    for (int i = 0; i < count; i++) {
        bool nested = fields[i].kind == FIELD_ACCOUNTS || fields[i].kind == FIELD_ENROLMENT ||
                      fields[i].kind == FIELD_PERIODS;
        if (nested || !str_eq(name, fields[i].name))
            continue;
        col->name = name;
        col->kind = fields[i].kind;
        return true;
    }
    return false;
}

static bool person_column(column *col, str name)
{
    static const char *const subs[] = {"accounts.", "enrolment.", "entitled."};
    col->group = GROUP_PERSON;
    for (ptrdiff_t i = 0; i < COUNTOF(subs); i++) {
        if (starts(name, subs[i], &col->name)) {
            col->sub = (str){subs[i], (ptrdiff_t)strlen(subs[i]) - 1};
            col->kind = FIELD_TEXT; /* the reader of the sub-object checks it */
            return true;
        }
    }
    return field_find(col, bill_person_fields, bill_person_field_count, name);
}

static bool column_find(column *col, const pack *p, str name)
{
    str rest;
    *col = (column){0};
    if (str_eq(name, S("bill"))) {
        *col = (column){.group = GROUP_BILL, .name = name, .kind = FIELD_TEXT};
        return true;
    }
    if (starts(name, "person.", &rest))
        return person_column(col, rest);
    if (starts(name, "opening.", &rest)) {
        *col = (column){.group = GROUP_OPENING, .name = rest, .kind = FIELD_TEXT};
        return pack_accumulator_find(p, rest) != 0;
    }
    if (starts(name, "provider.", &rest)) {
        col->group = GROUP_PROVIDER;
        return field_find(col, bill_provider_fields, bill_provider_field_count, rest);
    }
    if (starts(name, "visit.", &rest)) {
        col->group = GROUP_VISIT;
        return field_find(col, bill_visit_fields, bill_visit_field_count, rest);
    }
    col->group = GROUP_LINE;
    return field_find(col, bill_line_fields, bill_line_field_count, name);
}

static bool header_wrong(err *e, err_code code, str name, const char *expected, const char *message)
{
    FAIL(e, code, "%s", message);
    err_field(e, name);
    err_expected(e, "%s", expected);
    e->input_line = 1;
    return false;
}

static bool header_read(bill_csv *c, const pack *p, err *e)
{
    while (c->row_count == 0 && feed(c, e))
        ;
    if (e->code)
        return false;
    if (c->row_count == 0 || c->rows[0].too_many)
        return header_wrong(e, ERR_BAD_CSV, S(""), "a header row of at most 200 columns",
                            c->row_count ? "too many columns" : "the file is empty");
    row *head = &c->rows[0];
    c->names = malloc((size_t)c->cells.n + 1);
    if (!c->names)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the header");
    if (c->cells.n)
        memcpy(c->names, c->cells.p, (size_t)c->cells.n);
    c->bill_column = -1;
    for (int i = 0; i < head->count; i++) {
        str name = {c->names + head->at[i], head->n[i]};
        if (!column_find(&c->columns[i], p, name))
            return header_wrong(e, ERR_UNKNOWN_FIELD, name, "a column of docs/bill-format.md",
                                "no such column");
        for (int k = 0; k < i; k++)
            if (c->columns[k].group == c->columns[i].group &&
                str_eq(c->columns[k].sub, c->columns[i].sub) &&
                str_eq(c->columns[k].name, c->columns[i].name))
                return header_wrong(e, ERR_DUPLICATE_FIELD, name, "each column once",
                                    "the column stands twice");
        if (c->columns[i].group == GROUP_BILL)
            c->bill_column = i;
    }
    if (c->bill_column < 0)
        return header_wrong(e, ERR_MISSING_FIELD, S("bill"), "a column `bill`",
                            "the column is missing");
    c->column_count = head->count;
    c->row_count = 0;
    c->cells.n = 0;
    return true;
}

bill_csv *bill_csv_open(str bytes, const pack *p, err *e)
{
    bill_csv *c = calloc(1, sizeof *c);
    if (!c || csv_init(&c->parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        free(c);
        FAIL(e, ERR_OUT_OF_MEMORY, "cannot start the CSV reader");
        return NULL;
    }
    if (bytes.n >= 3 && memcmp(bytes.p, "\xEF\xBB\xBF", 3) == 0)
        bytes = (str){bytes.p + 3, bytes.n - 3}; /* byte order mark */
    c->parser_open = true;
    c->left = bytes;
    c->open.line = 1;
    if (!header_read(c, p, e)) {
        bill_csv_close(c);
        return NULL;
    }
    return c;
}

void bill_csv_close(bill_csv *c)
{
    if (!c)
        return;
    if (c->parser_open)
        csv_free(&c->parser);
    free(c->names);
    free(c->rows);
    free(c->cells.p);
    free(c->json.p);
    free(c);
}

/* ---- one bill ---- */

static void put(bill_csv *c, str s)
{
    c->no_memory = c->no_memory || !byte_buffer_add(&c->json, s);
}

static void put_string(bill_csv *c, str s)
{
    char escape[8];
    put(c, S("\""));
    for (ptrdiff_t i = 0; i < s.n; i++) {
        unsigned char b = (unsigned char)s.p[i];
        if (b == '"' || b == '\\') {
            escape[0] = '\\';
            escape[1] = (char)b;
            put(c, (str){escape, 2});
        } else if (b < 0x20) {
            static const char hex[] = "0123456789abcdef";
            put(c, S("\\u00"));
            escape[0] = hex[b >> 4];
            escape[1] = hex[b & 15];
            put(c, (str){escape, 2});
        } else {
            put(c, (str){s.p + i, 1});
        }
    }
    put(c, S("\""));
}

static void put_list(bill_csv *c, str s)
{
    put(c, S("["));
    for (bool first = true; s.n > 0; first = false) {
        ptrdiff_t n = 0;
        while (n < s.n && s.p[n] != '|')
            n++;
        if (!first)
            put(c, S(","));
        put_string(c, (str){s.p, n});
        s = n < s.n ? (str){s.p + n + 1, s.n - n - 1} : (str){0};
    }
    put(c, S("]"));
}

static void put_flag(bill_csv *c, str s)
{
    static const struct {
        const char *said;
        bool yes;
    } words[] = {{"true", true},   {"yes", true}, {"1", true},  {"是", true},
                 {"false", false}, {"no", false}, {"0", false}, {"否", false}};
    for (ptrdiff_t i = 0; i < COUNTOF(words); i++) {
        if (str_eq(s, str_of(words[i].said))) {
            put(c, words[i].yes ? S("true") : S("false"));
            return;
        }
    }
    put_string(c, s); /* the reader refuses it by name */
}

static void put_member(bill_csv *c, const column *col, str value, bool *comma)
{
    if (*comma)
        put(c, S(","));
    *comma = true;
    put_string(c, col->name);
    put(c, S(":"));
    if (col->kind == FIELD_WORDS || col->kind == FIELD_CATEGORIES)
        put_list(c, value);
    else if (col->kind == FIELD_FLAG)
        put_flag(c, value);
    else
        put_string(c, value);
}

/* The members of a group, or of one sub-object of it; how many there were. */
static int put_members(bill_csv *c, const row *r, int group, str sub, bool *comma)
{
    int count = 0;
    for (int i = 0; i < c->column_count; i++) {
        const column *col = &c->columns[i];
        str value = cell(c, r, i);
        if (col->group != group || !str_eq(col->sub, sub) || value.n == 0)
            continue;
        put_member(c, col, value, comma);
        count++;
    }
    return count;
}

static void put_sub_object(bill_csv *c, const row *r, str sub, bool in_list, bool *comma)
{
    bool any = false;
    for (int i = 0; i < c->column_count; i++)
        any = any || (c->columns[i].group == GROUP_PERSON && str_eq(c->columns[i].sub, sub) &&
                      cell(c, r, i).n > 0);
    if (!any)
        return;
    bool inner = false;
    if (*comma)
        put(c, S(","));
    *comma = true;
    put_string(c, sub);
    put(c, in_list ? S(":[{") : S(":{"));
    put_members(c, r, GROUP_PERSON, sub, &inner);
    put(c, in_list ? S("}]") : S("}"));
}

static void put_bill(bill_csv *c, ptrdiff_t count)
{
    const row *head = &c->rows[0];
    static const struct {
        int group;
        const char *open;
    } groups[] = {{GROUP_PERSON, ",\"person\":{"},
                  {GROUP_PROVIDER, "},\"provider\":{"},
                  {GROUP_VISIT, "},\"visit\":{"},
                  {GROUP_OPENING, "},\"opening\":{"}};
    c->json.n = 0;
    put(c, S("{\"bill\":"));
    put_string(c, cell(c, head, c->bill_column));
    for (ptrdiff_t g = 0; g < COUNTOF(groups); g++) {
        bool comma = false;
        put(c, str_of(groups[g].open));
        put_members(c, head, groups[g].group, (str){0}, &comma);
        if (groups[g].group == GROUP_PERSON) {
            put_sub_object(c, head, S("accounts"), false, &comma);
            put_sub_object(c, head, S("enrolment"), false, &comma);
            put_sub_object(c, head, S("entitled"), true, &comma);
        }
    }
    put(c, S("},\"lines\":["));
    for (ptrdiff_t i = 0; i < count; i++) {
        bool comma = false;
        put(c, i ? S(",{") : S("{"));
        put_members(c, &c->rows[i], GROUP_LINE, (str){0}, &comma);
        put(c, S("}"));
    }
    put(c, S("]}"));
}

/* Bill-level cells of later rows must repeat the first row's or be empty. */
static bool rows_agree(const bill_csv *c, ptrdiff_t count, err *e)
{
    for (ptrdiff_t k = 0; k < count; k++) {
        const row *r = &c->rows[k];
        if (r->too_many || r->count > c->column_count) {
            FAIL(e, ERR_BAD_CSV, "the row has more cells than the header");
            e->input_line = (int)r->line;
            return false;
        }
        for (int i = 0; k > 0 && i < c->column_count; i++) {
            str value = cell(c, r, i);
            if (c->columns[i].group == GROUP_LINE || value.n == 0 ||
                str_eq(value, cell(c, &c->rows[0], i)))
                continue;
            FAIL(e, ERR_BAD_VALUE, "differs from the first row of this bill");
            err_field(e, c->columns[i].name);
            err_expected(e, "an empty cell, or the same as in row %d", (int)c->rows[0].line);
            e->input_line = (int)r->line;
            return false;
        }
    }
    return true;
}

static void rows_drop(bill_csv *c, ptrdiff_t count)
{
    ptrdiff_t kept = c->row_count - count;
    memmove(c->rows, c->rows + count, (size_t)kept * sizeof *c->rows);
    c->row_count = kept;
    if (kept == 0 && c->open.count == 0)
        c->cells.n = 0;
    else if (kept > 0 && c->cells.n > 1 << 20) { /* close the gap in front of the waiting rows */
        ptrdiff_t gap = c->rows[0].count ? c->rows[0].at[0] : 0;
        memmove(c->cells.p, c->cells.p + gap, (size_t)(c->cells.n - gap));
        c->cells.n -= gap;
        for (ptrdiff_t k = 0; k < kept; k++)
            for (int i = 0; i < c->rows[k].count; i++)
                c->rows[k].at[i] -= gap;
        for (int i = 0; i < c->open.count; i++)
            c->open.at[i] -= gap;
    }
}

bool bill_csv_next(bill_csv *c, str *json, int64_t *line, err *e)
{
    ptrdiff_t count = 0;
    for (;;) {
        while (count < c->row_count && str_eq(cell(c, &c->rows[count], c->bill_column),
                                              cell(c, &c->rows[0], c->bill_column)))
            count++;
        if (count < c->row_count || c->ended || count > ROWS_MAX)
            break;
        feed(c, e);
        if (e->code)
            return false;
    }
    if (count == 0)
        return false;
    *line = c->rows[0].line;
    bool ok = rows_agree(c, count, e);
    if (ok && cell(c, &c->rows[0], c->bill_column).n == 0) {
        FAIL(e, ERR_MISSING_FIELD, "the row has no bill");
        err_field(e, S("bill"));
        e->input_line = (int)*line;
        ok = false;
    }
    if (ok)
        put_bill(c, count);
    rows_drop(c, count);
    if (c->no_memory) {
        if (ok)
            FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the bill");
        return false;
    }
    *json = (str){c->json.p, c->json.n};
    return ok;
}
