/* Cases out of a body or a file, one after the other, and the answer around them. */
#include "edge/api/casemix_internal.h"

#include "base/charset/charset.h"
#include "base/csv_row.h"

#define CASES_MAX 10000 /* of one JSON body */
/* Of a file that is answered in JSON, which lies in memory as a whole and takes four times its
 * length while it grows; a sheet does not. */
#define JSON_CASES_MAX  200000
#define JSON_ANSWER_MAX ((ptrdiff_t)96 << 20)

void case_count(case_job *j, casemix_status status)
{
    j->grouped += status == CASEMIX_GROUPED;
    j->ungrouped += status == CASEMIX_UNGROUPED;
    j->invalid += status == CASEMIX_INVALID;
}

bool case_sheet_row(case_job *j, const str *text, int count, err *e)
{
    sheet_cell cell[SHEET_COLUMNS_MAX];
    for (int i = 0; i < count; i++)
        cell[i] = (sheet_cell){.text = text[i]};
    return sheet_row(j->sheet, cell, e);
}

static void tally_json(const case_job *j, const char *name, str which)
{
    json_out *o = &j->c->out;
    json_close(o, ']');
    json_field(o, str_of(name), which);
    json_field_number(o, S("grouped"), j->grouped);
    json_field_number(o, S("ungrouped"), j->ungrouped);
    json_field_number(o, S("invalid"), j->invalid);
    json_close(o, '}');
}

static void rows_begin(case_job *j)
{
    json_open(&j->c->out, '{');
    json_key(&j->c->out, S("rows"));
    json_open(&j->c->out, '[');
    if (j->explain)
        j->path_memory = arena_new(j->c->a, char, CASE_PATH_BYTES);
}

/* ---- JSON ---- */

bool cases_wanted(api_value *body, api_value *cases, const char *names, api_call *c, err *e)
{
    if (!api_body(body, c, e))
        return false;
    api_value one = api_member(*body, "case");
    *cases = api_member(*body, "cases");
    bool is_one = one.node && one.node->kind == JSON_OBJECT;
    bool is_list = cases->node && cases->node->kind == JSON_LIST;
    if (!api_known(*body, names, e))
        return false;
    if (is_one == is_list) {
        err_field(e, S("case"));
        err_expected(e, "either an object `case` or a list `cases`");
        return FAIL(e, ERR_MISSING_FIELD, "%s", "");
    }
    if (is_one)
        *cases = one;
    return true;
}

/* The codes of a case lie in the arena until its row is written. */
static bool case_do(case_job *j, api_value at, err *e)
{
    case_record r;
    case_of_json(&r, at.first, (int32_t)(at.node - at.first), j->c->a);
    return j->row(j, &r, j->c->a, e);
}

bool cases_answer(case_job *j, api_value cases, const char *name, str which, err *e)
{
    int count = 0;
    rows_begin(j);
    if (cases.node->kind == JSON_OBJECT && !case_do(j, cases, e))
        return false;
    api_value v = {0};
    if (cases.node->kind == JSON_LIST)
        v = api_first(cases);
    for (; v.node; v = api_next(cases, v)) {
        if (++count > CASES_MAX) {
            err_field(e, S("cases"));
            err_expected(e, "at most %d; send a file instead", CASES_MAX);
            return FAIL(e, ERR_TOO_LARGE, "%s", "");
        }
        if (!case_do(j, v, e))
            return false;
    }
    tally_json(j, name, which);
    return true;
}

/* ---- a file ---- */

bool case_flag(bool *out, const api_call *c, const char *name, err *e)
{
    str text = http_query(c->request, name);
    *out = str_eq(text, S("1"));
    if (*out || text.n == 0 || str_eq(text, S("0")))
        return true;
    err_field(e, str_of(name));
    err_expected(e, "0 or 1");
    return FAIL(e, ERR_BAD_VALUE, "%s", "");
}

static bool sheet_open(case_job *j, const case_file *f, bool xlsx, err *e)
{
    sheet_column column[SHEET_COLUMNS_MAX];
    for (int i = 0; i < f->column_count; i++)
        column[i] = (sheet_column){.title = str_of(f->column[i][j->c->english])};
    sheet_head head = {.format = xlsx ? SHEET_XLSX : SHEET_CSV,
                       .title = f->title,
                       .note = f->which,
                       .made_at_ms = store_now_ms(j->c->store),
                       .column = column,
                       .column_count = f->column_count};
    return sheet_begin(&j->sheet, &head, e);
}

static bool too_many(err *e)
{
    err_field(e, S("format"));
    err_expected(e, "csv or xlsx for more than %d cases, or %d MiB of JSON", JSON_CASES_MAX,
                 (int)(JSON_ANSWER_MAX >> 20));
    FAIL(e, ERR_TOO_MANY_CASES, "%s", "");
    return false;
}

/* Counted before the first one is grouped. */
static bool few_enough(csv_rows in, const case_job *j, err *e)
{
    str *cell = arena_new(j->c->a, str, CASE_COLUMNS_MAX);
    char *memory = arena_new(j->c->a, char, CASE_PATH_BYTES);
    csv_row row;
    for (int count = 0; count <= JSON_CASES_MAX; count++) {
        arena a = {memory, memory + CASE_PATH_BYTES, j->c->a->oom};
        if (!csv_row_next(&row, cell, CASE_COLUMNS_MAX, &in, &a))
            return true;
    }
    return too_many(e);
}

/* The memory of a row is used again for the next one. */
static bool rows_do(case_job *j, csv_rows *in, const case_columns *columns, err *e)
{
    str *cell = arena_new(j->c->a, str, CASE_COLUMNS_MAX);
    char *memory = arena_new(j->c->a, char, CASE_PATH_BYTES);
    csv_row row;
    for (;;) {
        arena a = {memory, memory + CASE_PATH_BYTES, j->c->a->oom};
        if (!csv_row_next(&row, cell, CASE_COLUMNS_MAX, in, &a))
            return true;
        if (row.count == 1 && cell[0].n == 0 && columns->count > 1)
            continue; /* an empty line */
        case_record r;
        case_of_cells(&r, columns, cell, row.count, &a);
        if (row.fault)
            r.facts.wrong = REASON_BAD_ROW;
        if (!j->row(j, &r, &a, e))
            return false;
        if (!j->sheet && j->c->out.n > JSON_ANSWER_MAX)
            return too_many(e);
    }
}

static bool
header_read(case_columns *out, csv_rows *in, const case_job *j, const case_file *f, err *e)
{
    arena *a = j->c->a;
    str *cell = arena_new(a, str, CASE_COLUMNS_MAX), text = j->c->request->body;
    ptrdiff_t room;
    csv_row row;
    if (!charset_room(&room, text, CHARSET_ANY, e) ||
        (room && !charset_convert(&text, text, arena_new(a, char, room), room, e)))
        return false;
    *in = csv_rows_of(text);
    if (!csv_row_next(&row, cell, CASE_COLUMNS_MAX, in, a))
        return FAIL(e, ERR_BAD_CSV, "the file is empty");
    if (row.fault)
        return FAIL(e, ERR_BAD_CSV, "the header cannot be read");
    return f->columns_read(out, cell, row.count, a, e);
}

bool cases_answer_file(case_job *j, const case_file *f, err *e)
{
    api_call *c = j->c;
    csv_rows in;
    case_columns *columns = arena_new(c->a, case_columns, 1);
    str bytes, format = http_query(c->request, "format");
    bool xlsx = str_eq(format, S("xlsx"));
    if (format.n && !xlsx && !str_eq(format, S("csv"))) {
        err_field(e, S("format"));
        err_expected(e, "csv or xlsx; nothing for JSON");
        return FAIL(e, ERR_BAD_VALUE, "%.*s", STR_ARG(format));
    }
    if (!header_read(columns, &in, j, f, e))
        return false;
    if (format.n == 0) {
        rows_begin(j);
        if (!few_enough(in, j, e) || !rows_do(j, &in, columns, e))
            return false;
        tally_json(j, f->which_name, f->which);
        return true;
    }
    bool ok = sheet_open(j, f, xlsx, e) && rows_do(j, &in, columns, e) &&
              sheet_end(&bytes, j->sheet, c->a, e);
    sheet_close(j->sheet);
    if (ok)
        api_answer_file(c, f->name, format, bytes);
    return ok;
}
