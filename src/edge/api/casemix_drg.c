/* Discharges to their DRG. */
#include "edge/api/casemix_internal.h"

typedef struct {
    case_job job;
    answer_form form;
    casemix_options options;
} drg_job;

static str name_of(const casemix_scheme *s, const casemix_result *g)
{
    return g->drg < 0 ? S("") : s->drg[g->drg].name;
}

static casemix_worth worth_of(const drg_job *r, const case_record *record, const casemix_result *g)
{
    const casemix_worth *worth = casemix_worth_at(r->form.worth, g->drg, record->stay.level);
    return worth ? *worth : (casemix_worth){0};
}

static str reason_text(const drg_job *r, const casemix_result *g)
{
    return g->reason ? str_of(casemix_reason_text(g->reason, r->form.chinese)) : S("");
}

/* What the ADRG could have come to: the case between its neighbours. */
static void neighbours_json(json_out *o, const drg_job *r, const casemix_result *g, int level)
{
    const casemix_scheme *s = r->form.scheme;
    json_key(o, S("neighbours"));
    json_open(o, '[');
    for (int32_t i = 0; g->adrg >= 0 && i < s->adrg[g->adrg].drg_count; i++) {
        int32_t drg = s->adrg[g->adrg].drg_first + i;
        json_open(o, '{');
        casemix_drg_json(o, s, drg, casemix_worth_at(r->form.worth, drg, level), r->form.chinese);
        json_field_bool(o, S("taken"), drg == g->drg);
        json_close(o, '}');
    }
    json_close(o, ']');
}

static void
row_json(json_out *o, const drg_job *r, const case_record *record, const casemix_path *path)
{
    const casemix_scheme *s = r->form.scheme;
    const casemix_result *g = &path->result;
    casemix_worth worth = worth_of(r, record, g);
    json_open(o, '{');
    json_field(o, S("case_id"), record->id);
    json_field(o, S("status"), str_of(casemix_status_name(g->status)));
    json_field(o, S("mdc"), casemix_mdc_code(s, g));
    json_field(o, S("adrg"), casemix_adrg_code(s, g));
    json_field(o, S("drg"), casemix_drg_code(s, g));
    json_field(o, S("drg_name"), name_of(s, g));
    json_field_text_or_null(o, S("weight"), worth.weight);
    json_field_text_or_null(o, S("price"), worth.price);
    json_field_text_or_null(o, S("reason"),
                            g->reason ? str_of(casemix_reason_name(g->reason)) : S(""));
    json_field_text_or_null(o, S("reason_text"), reason_text(r, g));
    if (r->job.explain) {
        json_field(o, S("mdc_name"), g->mdc < 0 ? S("") : s->mdc[g->mdc].name);
        json_field(o, S("adrg_name"), g->adrg < 0 ? S("") : s->adrg[g->adrg].name);
        json_key(o, S("path"));
        json_open(o, '[');
        for (int i = 0; i < path->count; i++)
            answer_step_json(o, &r->form, path, i);
        json_close(o, ']');
        neighbours_json(o, r, g, record->stay.level);
    }
    json_close(o, '}');
}

static bool drg_row(case_job *j, const case_record *record, arena *a, err *e)
{
    drg_job *r = (drg_job *)j;
    const casemix_scheme *s = r->form.scheme;
    casemix_path path = {0};
    (void)a;
    if (j->explain) {
        arena of_path = {j->path_memory, j->path_memory + CASE_PATH_BYTES, j->c->a->oom};
        casemix_explain(&path, s, &record->facts, r->options, &of_path);
    } else {
        casemix_group(&path.result, s, &record->facts, r->options);
    }
    const casemix_result *g = &path.result;
    case_count(j, g->status);
    if (!j->sheet) {
        row_json(&j->c->out, r, record, &path);
        return true;
    }
    casemix_worth worth = worth_of(r, record, g);
    const str text[] = {record->id,
                        str_of(casemix_status_name(g->status)),
                        casemix_mdc_code(s, g),
                        casemix_adrg_code(s, g),
                        casemix_drg_code(s, g),
                        name_of(s, g),
                        worth.weight,
                        worth.price,
                        reason_text(r, g)};
    return case_sheet_row(j, text, COUNTOF(text), e);
}

static bool drg_open(drg_job *r, api_call *c, str which, str region, str year, err *e)
{
    r->job.c = c;
    r->job.row = drg_row;
    r->form.scheme = grouping_scheme(c->with.grouping, which, e);
    if (!r->form.scheme)
        return false;
    r->form.explain = r->job.explain;
    r->form.chinese = !c->english;
    r->form.worth = grouping_worths(r->form.scheme, region, year, c->a);
    if (r->form.worth || (region.n == 0 && year.n == 0))
        return true;
    err_field(e, S("region"));
    err_expected(e, "a region and year this scheme has weights of");
    return FAIL(e, ERR_NOT_FOUND, "%.*s %.*s", STR_ARG(region), STR_ARG(year));
}

bool api_casemix_drg(api_call *c, err *e)
{
    drg_job r = {0};
    str which, region, year;
    api_value body, cases;
    return cases_wanted(&body, &cases, "scheme region year map tidy refuse_gray explain case cases",
                        c, e) &&
           api_text(&which, body, "scheme", false, e) &&
           api_text(&region, body, "region", false, e) && api_text(&year, body, "year", false, e) &&
           api_flag(&r.job.explain, body, "explain", false, e) &&
           api_flag(&r.options.map, body, "map", false, e) &&
           api_flag(&r.options.tidy, body, "tidy", false, e) &&
           api_flag(&r.options.refuse_gray, body, "refuse_gray", false, e) &&
           drg_open(&r, c, which, region, year, e) &&
           cases_answer(&r.job, cases, "scheme", which, e);
}

bool api_casemix_drg_file(api_call *c, err *e)
{
    static const char *const columns[][2] = {
        {"病例号", "case_id"}, {"状态", "status"},      {"MDC", "mdc"},
        {"ADRG", "adrg"},      {"DRG", "drg"},          {"名称", "drg_name"},
        {"权重", "weight"},    {"价格（元）", "price"}, {"原因", "reason"}};
    drg_job r = {0};
    case_file f = {.name = "drg",
                   .which_name = "scheme",
                   .which = http_query(c->request, "scheme"),
                   .title = c->english ? S("DRG grouping") : S("DRG 分组结果"),
                   .column = columns,
                   .column_count = COUNTOF(columns),
                   .columns_read = case_columns_read};
    return case_flag(&r.options.map, c, "map", e) && case_flag(&r.options.tidy, c, "tidy", e) &&
           case_flag(&r.options.refuse_gray, c, "refuse_gray", e) &&
           drg_open(&r, c, f.which, http_query(c->request, "region"),
                    http_query(c->request, "year"), e) &&
           cases_answer_file(&r.job, &f, e);
}
