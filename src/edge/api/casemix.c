/* Discharges to their groups: one or a few as JSON, or a file. */
#include "base/csv_row.h"
#include "edge/api/api.h"
#include "edge/api/casemix_internal.h"
#include "edge/sheet/sheet.h"
#include "service/cases/cases.h"

#define CASES_MAX  10000 /* of one JSON body; files have no such limit */
#define PATH_BYTES ((ptrdiff_t)1 << 20)

typedef struct {
    api_call *c;
    answer_form form;
    casemix_options options;
    int64_t grouped, ungrouped, invalid;
    char *path_memory; /* of the path of one case */
} run;

static bool run_open(
    run *r, api_call *c, str which, str region, str year, casemix_options o, bool explain, err *e)
{
    *r = (run){.c = c, .options = o};
    r->form.scheme = grouping_scheme(c->with.grouping, which, e);
    if (!r->form.scheme)
        return false;
    r->form.explain = explain;
    r->form.chinese = !c->english;
    r->form.weight = grouping_weights(r->form.scheme, region, year, c->a);
    if (!r->form.weight && (region.n || year.n)) {
        err_field(e, S("region"));
        err_expected(e, "a region and year this scheme has weights of");
        return FAIL(e, ERR_NOT_FOUND, "%.*s %.*s", STR_ARG(region), STR_ARG(year));
    }
    if (explain)
        r->path_memory = arena_new(c->a, char, PATH_BYTES);
    return true;
}

static void group_one(casemix_path *path, run *r, const casemix_case *facts)
{
    if (r->form.explain) {
        arena a = {r->path_memory, r->path_memory + PATH_BYTES, r->c->a->oom};
        casemix_explain(path, r->form.scheme, facts, r->options, &a);
    } else {
        casemix_group(&path->result, r->form.scheme, facts, r->options);
    }
    r->grouped += path->result.status == CASEMIX_GROUPED;
    r->ungrouped += path->result.status == CASEMIX_UNGROUPED;
    r->invalid += path->result.status == CASEMIX_INVALID;
}

static str name_of(const casemix_scheme *s, const casemix_result *g)
{
    return g->drg < 0 ? S("") : s->drg[g->drg].name;
}

static str weight_of(const run *r, const casemix_result *g)
{
    return r->form.weight && g->drg >= 0 ? r->form.weight[g->drg] : S("");
}

/* ---- one row as JSON ---- */

/* What the ADRG could have come to: the case between its neighbours. */
static void neighbours_json(json_out *o, const run *r, const casemix_result *g)
{
    const casemix_scheme *s = r->form.scheme;
    json_key(o, S("neighbours"));
    json_open(o, '[');
    for (int32_t i = 0; g->adrg >= 0 && i < s->adrg[g->adrg].drg_count; i++) {
        int32_t drg = s->adrg[g->adrg].drg_first + i;
        json_open(o, '{');
        casemix_drg_json(o, s, drg, r->form.weight, r->form.chinese);
        json_field_bool(o, S("taken"), drg == g->drg);
        json_close(o, '}');
    }
    json_close(o, ']');
}

static void row_json(json_out *o, const run *r, str case_id, const casemix_path *path)
{
    const casemix_scheme *s = r->form.scheme;
    const casemix_result *g = &path->result;
    json_open(o, '{');
    json_field(o, S("case_id"), case_id);
    json_field(o, S("status"), str_of(casemix_status_name(g->status)));
    json_field(o, S("mdc"), casemix_mdc_code(s, g));
    json_field(o, S("adrg"), casemix_adrg_code(s, g));
    json_field(o, S("drg"), casemix_drg_code(s, g));
    json_field(o, S("drg_name"), name_of(s, g));
    json_field_text_or_null(o, S("weight"), weight_of(r, g));
    bool failed = g->reason != REASON_NONE;
    json_field_text_or_null(o, S("reason"),
                            failed ? str_of(casemix_reason_name(g->reason)) : S(""));
    json_field_text_or_null(o, S("reason_text"),
                            failed ? str_of(casemix_reason_text(g->reason, r->form.chinese))
                                   : S(""));
    if (r->form.explain) {
        json_field(o, S("mdc_name"), g->mdc < 0 ? S("") : s->mdc[g->mdc].name);
        json_field(o, S("adrg_name"), g->adrg < 0 ? S("") : s->adrg[g->adrg].name);
        json_key(o, S("path"));
        json_open(o, '[');
        for (int i = 0; i < path->count; i++)
            answer_step_json(o, &r->form, path, i);
        json_close(o, ']');
        neighbours_json(o, r, g);
    }
    json_close(o, '}');
}

static void tally_json(json_out *o, const run *r, str which)
{
    json_field(o, S("scheme"), which);
    json_field_number(o, S("grouped"), r->grouped);
    json_field_number(o, S("ungrouped"), r->ungrouped);
    json_field_number(o, S("invalid"), r->invalid);
}

/* ---- as JSON ---- */

typedef struct {
    str scheme, region, year;
    bool explain;
    casemix_options o;
    api_value cases;
} wanted;

static bool wanted_read(wanted *w, api_call *c, err *e)
{
    api_value body;
    if (!api_body(&body, c, e) ||
        !api_known(body, "scheme region year map tidy refuse_gray explain case cases", e) ||
        !api_text(&w->scheme, body, "scheme", false, e) ||
        !api_text(&w->region, body, "region", false, e) ||
        !api_text(&w->year, body, "year", false, e) ||
        !api_flag(&w->explain, body, "explain", false, e) ||
        !api_flag(&w->o.map, body, "map", false, e) ||
        !api_flag(&w->o.tidy, body, "tidy", false, e) ||
        !api_flag(&w->o.refuse_gray, body, "refuse_gray", false, e))
        return false;
    api_value one = api_member(body, "case");
    w->cases = api_member(body, "cases");
    bool is_one = one.node && one.node->kind == JSON_OBJECT;
    bool is_list = w->cases.node && w->cases.node->kind == JSON_LIST;
    if (is_one == is_list) {
        err_field(e, S("case"));
        err_expected(e, "either an object `case` or a list `cases`");
        return FAIL(e, ERR_MISSING_FIELD, "%s", "");
    }
    if (is_one)
        w->cases = one;
    return true;
}

/* The codes of a case lie in the arena until its row is written. */
static void case_do(run *r, api_value at)
{
    case_record record;
    casemix_path path = {0};
    case_of_json(&record, at.first, (int32_t)(at.node - at.first), r->c->a);
    group_one(&path, r, &record.facts);
    row_json(&r->c->out, r, record.id, &path);
}

bool api_casemix_drg(api_call *c, err *e)
{
    wanted w = {0};
    run r;
    int count = 0;
    if (!wanted_read(&w, c, e) || !run_open(&r, c, w.scheme, w.region, w.year, w.o, w.explain, e))
        return false;
    json_open(&c->out, '{');
    json_key(&c->out, S("rows"));
    json_open(&c->out, '[');
    if (w.cases.node->kind == JSON_OBJECT) {
        case_do(&r, w.cases);
    } else {
        for (api_value v = api_first(w.cases); v.node; v = api_next(w.cases, v)) {
            if (++count > CASES_MAX) {
                err_field(e, S("cases"));
                err_expected(e, "at most %d; send a file instead", CASES_MAX);
                return FAIL(e, ERR_TOO_LARGE, "%s", "");
            }
            case_do(&r, v);
        }
    }
    json_close(&c->out, ']');
    tally_json(&c->out, &r, w.scheme);
    json_close(&c->out, '}');
    return true;
}

/* ---- a file ---- */

typedef struct {
    run run;
    case_columns columns;
    sheet *sheet; /* NULL = the answer is JSON */
    str scheme;
} file_run;

static bool flag_of(bool *out, const api_call *c, const char *name, err *e)
{
    str text = http_query(c->request, name);
    *out = str_eq(text, S("1"));
    if (*out || text.n == 0 || str_eq(text, S("0")))
        return true;
    err_field(e, str_of(name));
    err_expected(e, "0 or 1");
    return FAIL(e, ERR_BAD_VALUE, "%s", "");
}

static bool sheet_put(file_run *f, str case_id, const casemix_result *g, err *e)
{
    const casemix_scheme *s = f->run.form.scheme;
    str weight = weight_of(&f->run, g);
    str reason = g->reason ? str_of(casemix_reason_text(g->reason, f->run.form.chinese)) : S("");
    const str text[] = {case_id,
                        str_of(casemix_status_name(g->status)),
                        casemix_mdc_code(s, g),
                        casemix_adrg_code(s, g),
                        casemix_drg_code(s, g),
                        name_of(s, g),
                        weight,
                        reason};
    sheet_cell cell[COUNTOF(text)] = {{{0}, 0, false}};
    for (ptrdiff_t i = 0; i < COUNTOF(text); i++)
        cell[i].text = text[i];
    return sheet_row(f->sheet, cell, e);
}

static bool sheet_open(file_run *f, sheet_format format, err *e)
{
    const api_call *c = f->run.c;
    static const char *const titles[][2] = {
        {"病例号", "case_id"}, {"状态", "status"},   {"MDC", "mdc"},     {"ADRG", "adrg"},
        {"DRG", "drg"},        {"名称", "drg_name"}, {"权重", "weight"}, {"原因", "reason"}};
    sheet_column column[COUNTOF(titles)];
    for (ptrdiff_t i = 0; i < COUNTOF(titles); i++)
        column[i] = (sheet_column){.title = str_of(titles[i][c->english]), .kind = SHEET_TEXT};
    sheet_head head = {.format = format,
                       .title = c->english ? S("DRG grouping") : S("DRG 分组结果"),
                       .note = f->scheme,
                       .made_at_ms = store_now_ms(c->store),
                       .column = column,
                       .column_count = COUNTOF(titles)};
    return sheet_begin(&f->sheet, &head, e);
}

static bool row_do(file_run *f, const str *cell, const csv_row *row, arena *a, err *e)
{
    case_record record;
    casemix_path path = {0};
    case_of_cells(&record, &f->columns, cell, row->count, a);
    if (row->fault)
        record.facts.wrong = REASON_BAD_ROW;
    group_one(&path, &f->run, &record.facts);
    if (f->sheet)
        return sheet_put(f, record.id, &path.result, e);
    row_json(&f->run.c->out, &f->run, record.id, &path);
    return true;
}

/* The memory of a row is used again for the next one. */
static bool rows_do(file_run *f, csv_rows *in, err *e)
{
    str *cell = arena_new(f->run.c->a, str, CASE_COLUMNS_MAX);
    char *memory = arena_new(f->run.c->a, char, PATH_BYTES);
    csv_row row;
    for (;;) {
        arena a = {memory, memory + PATH_BYTES, f->run.c->a->oom};
        if (!csv_row_next(&row, cell, CASE_COLUMNS_MAX, in, &a))
            return true;
        if (row.count == 1 && cell[0].n == 0 && f->columns.count > 1)
            continue; /* an empty line */
        if (!row_do(f, cell, &row, &a, e))
            return false;
    }
}

static bool file_open(file_run *f, csv_rows *in, api_call *c, err *e)
{
    casemix_options o = {0};
    f->scheme = http_query(c->request, "scheme");
    if (!flag_of(&o.map, c, "map", e) || !flag_of(&o.tidy, c, "tidy", e) ||
        !flag_of(&o.refuse_gray, c, "refuse_gray", e) ||
        !run_open(&f->run, c, f->scheme, http_query(c->request, "region"),
                  http_query(c->request, "year"), o, false, e))
        return false;
    str *cell = arena_new(c->a, str, CASE_COLUMNS_MAX);
    csv_row row;
    *in = csv_rows_of(c->request->body);
    if (!csv_row_next(&row, cell, CASE_COLUMNS_MAX, in, c->a))
        return FAIL(e, ERR_BAD_CSV, "the file is empty");
    if (row.fault)
        return FAIL(e, ERR_BAD_CSV, "the header cannot be read");
    return case_columns_read(&f->columns, cell, row.count, c->a, e);
}

static bool file_as_json(file_run *f, csv_rows *in, api_call *c, err *e)
{
    json_open(&c->out, '{');
    json_key(&c->out, S("rows"));
    json_open(&c->out, '[');
    if (!rows_do(f, in, e))
        return false;
    json_close(&c->out, ']');
    tally_json(&c->out, &f->run, f->scheme);
    json_close(&c->out, '}');
    return true;
}

bool api_casemix_drg_file(api_call *c, err *e)
{
    file_run *f = arena_new(c->a, file_run, 1);
    csv_rows in;
    str bytes, format = http_query(c->request, "format");
    bool xlsx = str_eq(format, S("xlsx"));
    if (format.n && !xlsx && !str_eq(format, S("csv"))) {
        err_field(e, S("format"));
        err_expected(e, "csv or xlsx; nothing for JSON");
        return FAIL(e, ERR_BAD_VALUE, "%.*s", STR_ARG(format));
    }
    if (!file_open(f, &in, c, e))
        return false;
    if (format.n == 0)
        return file_as_json(f, &in, c, e);
    bool ok = sheet_open(f, xlsx ? SHEET_XLSX : SHEET_CSV, e) && rows_do(f, &in, e) &&
              sheet_end(&bytes, f->sheet, c->a, e);
    sheet_close(f->sheet);
    if (ok)
        api_answer_file(c, "drg", format, bytes);
    return ok;
}
