/* 3606: DIP groups of one's own lists. 3608-3611: what everybody's lists come to, without names. */
#include "edge/gateway/gateway_internal.h"

/* ---- 3606 ---- */

enum {
    LIST,
    PERSON,
    SETTLEMENT,
    STATUS,
    REASON,
    CATALOGUE,
    DIP,
    DIP_NAME,
    DIAGNOSIS,
    PROCEDURES,
    TIER,
    SCORE,
    DEVIATION,
    FACTOR,
    FACTOR_OF,
    COEFFICIENT,
    POINTS,
    PATH,
    PERSON_NAME,
    PERSON_AREA,
    SCHEME,
    SETTLED_AT,
    COUNT
};

static void id_put(gate_call *c, const char *name, int64_t id)
{
    json_field(&c->out, str_of(name), arena_printf(c->a, "%" PRId64, id));
}

static void points_put(gate_call *c, const char *name, int64_t e4)
{
    gate_put_number(c, name, arena_printf(c->a, "%" PRId64 ".%04" PRId64, e4 / 10000, e4 % 10000));
}

/* The interface has no codes for these: ours are the words of the catalogue. */
static const struct {
    const char *word, *zh;
} said[] = {{"core", "核心病种"}, {"base", "基层病种"}, {"mixed", "综合病种"},
            {"low", "费用偏低"},  {"normal", "正常"},   {"high", "费用偏高"}};

static str name_of(str what)
{
    for (ptrdiff_t i = 0; i < COUNTOF(said); i++)
        if (str_eq(what, str_of(said[i].word)))
            return str_of(said[i].zh);
    return S("");
}

static void points_of(gate_call *c, const store_rows *r, ptrdiff_t i, bool grouped)
{
    str tier = store_text(r, i, TIER), deviation = store_text(r, i, DEVIATION);
    str of = store_text(r, i, FACTOR_OF);
    json_field_text_or_null(&c->out, S("dise_list_type"), tier);
    json_field_text_or_null(&c->out, S("dise_list_type_name"), name_of(tier));
    json_field(&c->out, S("asst_list_flag"), of.n ? S("1") : S("0"));
    json_field(&c->out, S("asst_list_detl"),
               of.n ? arena_printf(c->a, "%.*s %.*s", STR_ARG(of),
                                   STR_ARG(gate_decimal(c, store_number(r, i, FACTOR))))
                    : S(""));
    if (grouped)
        points_put(c, "grp_dise_sco", store_number(r, i, SCORE));
    else
        gate_put_nulls(c, "grp_dise_sco");
    points_put(c, "act_setl_sco", store_number(r, i, POINTS));
    json_field_text_or_null(&c->out, S("sco_stas"), deviation);
    json_field_text_or_null(&c->out, S("sco_stas_name"), name_of(deviation));
}

static void row_put(gate_call *c, const store_rows *r, ptrdiff_t i)
{
    json_out *o = &c->out;
    bool grouped = str_eq(store_text(r, i, STATUS), S("grouped"));
    gate_code scheme = gate_code_of(c->words, "insutype", store_text(r, i, SCHEME), S(""));
    json_open(o, '{');
    id_put(c, "setl_id", store_number(r, i, SETTLEMENT));
    id_put(c, "psn_no", store_number(r, i, PERSON));
    json_field(o, S("psn_name"), store_text(r, i, PERSON_NAME));
    json_field(o, S("insutype"), scheme.code);
    json_field(o, S("Insutype_name"), scheme.label);
    json_field(o, S("setl_time"), gate_moment(store_number(r, i, SETTLED_AT), c->a));
    json_field(o, S("clr_optins"), c->access.area_code);
    json_field(o, S("insu_admdvs"), store_text(r, i, PERSON_AREA));
    json_field(o, S("fixmedins_code"), c->access.code);
    json_field(o, S("fixmedins_name"), c->access.name);
    json_field(o, S("fixmedins_lv"),
               gate_code_of(c->words, "hosp_lv", c->access.level, S("")).code);
    json_field(o, S("nuld_flag"), S("0"));
    json_field(o, S("grp_stas"), grouped ? S("1") : S("0"));
    json_field(o, S("grp_stas_name"), grouped ? S("成功") : S("不成功"));
    json_field(o, S("dip_dise_grp_code"), store_text(r, i, DIP));
    json_field(o, S("dip_dise_grp_name"), store_text(r, i, DIP_NAME));
    json_field(o, S("grp_diag_code"), store_text(r, i, DIAGNOSIS));
    json_field(o, S("oprn_grp_code"), store_text(r, i, PROCEDURES));
    points_of(c, r, i, grouped);
    json_field(o, S("remarks"), store_text(r, i, REASON));
    json_field(o, S("catalogue"), store_text(r, i, CATALOGUE)); /* not of the interface */
    json_field(o, S("path"), store_text(r, i, PATH));           /* likewise */
    gate_put_nulls(c, "grp_diag_name oprn_grp_name");
    json_close(o, '}');
}

bool gate_dip_show(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    int64_t id = 0;
    str month;
    gate_page page;
    store_rows r;
    if (!gate_month_read(&month, c, in, "setl_ym", e) ||
        !gate_page_read(&page, c, in, "page_num", "page_size", e) ||
        (gate_text(in, "setl_id").n && !gate_need_id(&id, c, in, "setl_id", e)))
        return false;
    const store_value key[] = {STORE_N(c->access.provider_id), STORE_T(month), STORE_N(id),
                               STORE_N(page.size), STORE_N((page.number - 1) * page.size)};
    if (!store_query(c->job, SQL_DISCHARGE_DIP_PAGE, key, COUNTOF(key), &r, c->a, e))
        return false;
    json_key(&c->out, S("data"));
    json_open(&c->out, '[');
    for (ptrdiff_t i = 0; i < r.row_count; i++)
        row_put(c, &r, i);
    json_close(&c->out, ']');
    gate_page_put(c, &page, r.row_count ? store_number(&r, 0, COUNT) : 0);
    return true;
}

/* ---- 3608-3611 ---- */

typedef struct {
    str month, pool;
    gate_page page;
} asked;

static bool asked_read(asked *q, gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    return gate_month_read(&q->month, c, in, "setl_mon", e) &&
           gate_page_read(&q->page, c, in, "page_num", "page_size", e) &&
           office_pool_of(&q->pool, c->with->office, c->access.area_code, c->a, e);
}

static void
sums_put(gate_call *c, str month, str area, int64_t cost_fen, int64_t mean_fen, int64_t cases)
{
    json_field(&c->out, S("setl_mon"), month);
    json_field(&c->out, S("admdvs"), area);
    gate_put_fen(c, "medfee_sumamt", cost_fen);
    gate_put_fen(c, "ave_medfee_sumamt", mean_fen);
    json_field_number(&c->out, S("setl_psntime"), cases);
}

/* There are few providers in an area: all are asked for, a page is shown. */
static bool providers_show(gate_call *c, discharge_system by, err *e)
{
    asked q;
    discharge_provider *p;
    int count;
    if (!asked_read(&q, c, e) ||
        !discharge_providers(&p, &count, c->job, by, q.month, q.pool, c->a, e))
        return false;
    json_key(&c->out, S("data"));
    json_open(&c->out, '[');
    int64_t first = (q.page.number - 1) * q.page.size;
    for (int64_t i = first; i < count && i < first + q.page.size; i++) {
        json_open(&c->out, '{');
        json_field(&c->out, S("fixmedins_code"), p[i].alias);
        json_field(&c->out, S("fixmedins_name"), arena_printf(c->a, "机构 %" PRId64, i + 1));
        json_field_number(&c->out, S("grp_sum"), p[i].groups);
        sums_put(c, q.month, p[i].area_code, p[i].cost_fen, p[i].mean_fen, p[i].cases);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    gate_page_put(c, &q.page, count);
    return true;
}

static void count_put(gate_call *c, discharge_system by, const asked *q, const discharge_count *g)
{
    json_open(&c->out, '{');
    json_field(&c->out, by == DISCHARGE_DIP ? S("dip_dise_grp_code") : S("drg_code"), g->code);
    json_field(&c->out, by == DISCHARGE_DIP ? S("dip_dise_grp_name") : S("drg_name"), g->name);
    if (by == DISCHARGE_DIP) {
        json_field(&c->out, S("grp_diag_code"), g->diagnosis);
        json_field(&c->out, S("oprn_grp_code"), g->procedures);
        gate_put_nulls(c, "grp_diag_name oprn_grp_name");
    }
    sums_put(c, q->month, g->area_code, g->cost_fen, g->mean_fen, g->cases);
    json_close(&c->out, '}');
}

static bool counts_show(gate_call *c, discharge_system by, err *e)
{
    gate_value in = gate_node(c, "data");
    asked q;
    str alias;
    discharge_count *g;
    int count;
    int64_t total;
    if (!asked_read(&q, c, e) || !gate_need(&alias, c, in, "fixmedins_code", e))
        return false;
    c->received = alias;
    if (!discharge_counts(&g, &count, &total, c->job, by, q.month, q.pool, alias,
                          gate_text(in, "dise_code"), q.page.size,
                          (q.page.number - 1) * q.page.size, c->a, e)) {
        err_field(e, S("fixmedins_code"));
        return false;
    }
    c->received = S("");
    json_key(&c->out, S("data"));
    json_open(&c->out, '[');
    for (int i = 0; i < count; i++)
        count_put(c, by, &q, &g[i]);
    json_close(&c->out, ']');
    gate_page_put(c, &q.page, total);
    return true;
}

bool gate_dip_providers(gate_call *c, err *e)
{
    return providers_show(c, DISCHARGE_DIP, e);
}

bool gate_drg_providers(gate_call *c, err *e)
{
    return providers_show(c, DISCHARGE_DRG, e);
}

bool gate_dip_counts(gate_call *c, err *e)
{
    return counts_show(c, DISCHARGE_DIP, e);
}

bool gate_drg_counts(gate_call *c, err *e)
{
    return counts_show(c, DISCHARGE_DRG, e);
}
