/* Discharges to their DIP group, and catalogues to look at. */
#include "edge/api/casemix_internal.h"

typedef struct {
    case_job job;
    dip_answer_form form;
} dip_job;

static void e4_json(json_out *o, const char *name, int64_t e4)
{
    json_field(o, str_of(name),
               arena_printf(o->a, "%" PRId64 ".%04" PRId64, e4 / 10000, e4 % 10000));
}

/* Members of an object: what the catalogue says of a group. */
static void group_json(json_out *o, const dip_catalogue *k, int32_t group)
{
    const dip_group_row *g = &k->group[group];
    json_field(o, S("group"), k->group[group].code);
    json_field(o, S("name"), g->name);
    json_field(o, S("diagnosis"), g->diagnosis);
    json_field(o, S("procedures"), g->procedures);
    json_field(o, S("tier"), str_of(dip_tier_name((dip_tier)g->tier)));
    json_field(o, S("treatment"), str_of(dip_class_name((dip_class)g->treatment)));
    e4_json(o, "score", g->score_e4);
    json_field_money(o, S("mean_cost"), g->mean_fen);
    json_field_number(o, S("cases"), g->cases);
    e4_json(o, "cv", g->cv_e4);
}

/* The other groups of the same diagnosis. */
static void neighbours_json(json_out *o, const dip_catalogue *k, int32_t group)
{
    json_key(o, S("neighbours"));
    json_open(o, '[');
    for (int32_t i = 0; group >= 0 && i < k->group_count; i++) {
        if (!str_eq(k->group[i].diagnosis, k->group[group].diagnosis))
            continue;
        json_open(o, '{');
        group_json(o, k, i);
        json_field_bool(o, S("taken"), i == group);
        json_close(o, '}');
    }
    json_close(o, ']');
}

static void row_json(dip_job *r, const case_record *record, const dip_path *path)
{
    json_out *o = &r->job.c->out;
    const dip_catalogue *k = r->form.catalogue;
    const dip_result *g = &path->result;
    json_open(o, '{');
    dip_answer_members(o, &r->form, record, g, path);
    json_field(o, S("name"), g->group < 0 ? S("") : k->group[g->group].name);
    json_field_text_or_null(
        o, S("reason_text"),
        g->reason ? str_of(dip_reason_text((dip_reason)g->reason, r->form.chinese)) : S(""));
    if (r->job.explain) {
        json_key(o, S("yardstick"));
        if (g->yardstick_fen)
            json_money(o, g->yardstick_fen);
        else
            json_null(o);
        neighbours_json(o, k, g->group);
    }
    json_close(o, '}');
}

static bool dip_row(case_job *j, const case_record *record, arena *a, err *e)
{
    dip_job *r = (dip_job *)j;
    dip_path path = {0};
    dip_case of;
    dip_case_of(&of, record);
    if (j->explain) {
        arena of_path = {j->path_memory, j->path_memory + CASE_PATH_BYTES, j->c->a->oom};
        dip_explain(&path, r->form.catalogue, &of, &of_path);
    } else {
        dip_group(&path.result, r->form.catalogue, &of);
    }
    case_count(j, path.result.status);
    if (!j->sheet) {
        row_json(r, record, &path);
        return true;
    }
    str text[DIP_ANSWERS_MAX + 2];
    text[0] = record->id;
    int count = 1 + dip_answer_cells(text + 1, &r->form, &path.result, a);
    text[count++] = path.result.reason
                        ? str_of(dip_reason_text((dip_reason)path.result.reason, r->form.chinese))
                        : S("");
    return case_sheet_row(j, text, count, e);
}

static bool dip_open(dip_job *r, api_call *c, str which, err *e)
{
    r->job.c = c;
    r->job.row = dip_row;
    r->form.catalogue = grouping_catalogue(c->with.grouping, which, e);
    r->form.explain = r->job.explain;
    r->form.chinese = !c->english;
    return r->form.catalogue != NULL;
}

bool api_casemix_dip(api_call *c, err *e)
{
    dip_job r = {0};
    str which;
    api_value body, cases;
    return cases_wanted(&body, &cases, "catalogue explain case cases", c, e) &&
           api_text(&which, body, "catalogue", false, e) &&
           api_flag(&r.job.explain, body, "explain", false, e) && dip_open(&r, c, which, e) &&
           cases_answer(&r.job, cases, "catalogue", which, e);
}

bool api_casemix_dip_file(api_call *c, err *e)
{
    static const char *const columns[][2] = {{"病例号", "case_id"},     {"状态", "status"},
                                             {"病种", "group"},         {"层级", "tier"},
                                             {"匹配方式", "match"},     {"分值", "score"},
                                             {"费用偏差", "deviation"}, {"费用比", "ratio"},
                                             {"辅助系数", "factor"},    {"机构系数", "coefficient"},
                                             {"结算分值", "points"},    {"原因", "reason"}};
    dip_job r = {0};
    case_file f = {.name = "dip",
                   .which_name = "catalogue",
                   .which = http_query(c->request, "catalogue"),
                   .title = c->english ? S("DIP grouping") : S("DIP 分组结果"),
                   .column = columns,
                   .column_count = COUNTOF(columns),
                   .columns_read = case_columns_read_dip};
    return dip_open(&r, c, f.which, e) && cases_answer_file(&r.job, &f, e);
}

/* ---- catalogues ---- */

bool api_casemix_catalogues_list(api_call *c, err *e)
{
    json_out *o = &c->out;
    (void)e;
    json_open(o, '{');
    json_key(o, S("rows"));
    json_open(o, '[');
    for (int i = 0; i < grouping_count(c->with.grouping, GROUPING_DIP); i++) {
        err problem = {0};
        str id = grouping_name(c->with.grouping, GROUPING_DIP, i);
        const dip_catalogue *k = grouping_catalogue(c->with.grouping, id, &problem);
        json_open(o, '{');
        json_field(o, S("catalogue"), id);
        json_field(o, S("name"), k && k->name.n ? k->name : id);
        json_field_text_or_null(o, S("problem"), k ? S("") : str_of(problem.msg));
        json_field_number(o, S("groups"), k ? k->group_count : 0);
        json_field_number(o, S("core"), k ? k->core_count : 0);
        json_close(o, '}');
    }
    json_close(o, ']');
    json_close(o, '}');
    return true;
}

static bool is_meant(const dip_catalogue *k, int32_t i, str q, str tier)
{
    if (tier.n && !str_eq(tier, str_of(dip_tier_name((dip_tier)k->group[i].tier))))
        return false;
    if (q.n == 0)
        return true;
    return str_contains(k->group[i].code, q) || str_contains(k->group[i].name, q);
}

bool api_casemix_catalogue_groups(api_call *c, err *e)
{
    json_out *o = &c->out;
    api_list l;
    const dip_catalogue *k =
        grouping_catalogue(c->with.grouping, http_param(c->request, "catalogue"), e);
    str tier = http_query(c->request, "tier");
    int64_t from = 0;
    if (!k || !api_list_read(&l, c, e))
        return false;
    if (l.cursor.n && (!api_id_of_text(&from, l.cursor) || from > k->group_count)) {
        err_field(e, S("cursor"));
        return FAIL(e, ERR_BAD_VALUE, "not a cursor of this list");
    }
    int64_t total = 0;
    json_open(o, '{');
    json_key(o, S("rows"));
    json_open(o, '[');
    for (int32_t i = 0; i < k->group_count; i++) {
        if (!is_meant(k, i, l.q, tier))
            continue;
        if (total >= from && total < from + l.limit) {
            json_open(o, '{');
            group_json(o, k, i);
            json_close(o, '}');
        }
        total++;
    }
    json_close(o, ']');
    json_key(o, S("next"));
    if (from + l.limit < total)
        json_id(o, from + l.limit);
    else
        json_null(o);
    json_field_number(o, S("total"), total);
    json_field_bool(o, S("total_is_exact"), true);
    json_close(o, '}');
    return true;
}

/* ---- one group ---- */

static void levels_json(json_out *o, const dip_catalogue *k, const dip_group_row *g)
{
    json_key(o, S("levels"));
    json_open(o, '[');
    for (int level = 1; level < DIP_LEVELS; level++) {
        if (!g->level_fen[level] && !k->coefficient_e4[level])
            continue;
        json_open(o, '{');
        json_field_number(o, S("level"), level);
        json_field_money(o, S("mean_cost"),
                         g->level_fen[level] ? g->level_fen[level] : g->mean_fen);
        e4_json(o, "coefficient", k->coefficient_e4[level] ? k->coefficient_e4[level] : 10000);
        json_close(o, '}');
    }
    json_close(o, ']');
}

static void factors_json(json_out *o, const dip_catalogue *k, const dip_group_row *g)
{
    json_key(o, S("factors"));
    json_open(o, '[');
    for (int32_t i = g->factor_first; i < g->factor_first + g->factor_count; i++) {
        const dip_factor *f = &k->factor[i];
        json_open(o, '{');
        json_field(o, S("kind"), k->kind[k->grade[f->grade].kind]);
        json_field(o, S("grade"), k->grade[f->grade].name);
        e4_json(o, "factor", f->factor_e4);
        json_close(o, '}');
    }
    json_close(o, ']');
}

bool api_casemix_catalogue_group(api_call *c, err *e)
{
    json_out *o = &c->out;
    str code = http_query(c->request, "group");
    const dip_catalogue *k =
        grouping_catalogue(c->with.grouping, http_param(c->request, "catalogue"), e);
    if (!k)
        return false;
    int32_t i = 0;
    while (i < k->group_count && !str_eq(k->group[i].code, code))
        i++;
    if (i == k->group_count) {
        err_field(e, S("group"));
        return FAIL(e, ERR_NOT_FOUND, "no group %.*s", STR_ARG(code));
    }
    json_open(o, '{');
    group_json(o, k, i);
    levels_json(o, k, &k->group[i]);
    factors_json(o, k, &k->group[i]);
    neighbours_json(o, k, i);
    json_close(o, '}');
    return true;
}
