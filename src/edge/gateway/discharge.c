/* Settlement lists: sent, submitted, shown; what was found wrong with them, and their groups. */
#include "edge/gateway/gateway_internal.h"

#include "base/day.h"
#include "service/grouping/grouping.h"

#define ROWS_MAX 5000

/* ---- 4101: reading ---- */

/* Rows of a node of this very name: there are too many nodes to guess which one is meant. */
static gate_value *rows_of(int *count, gate_call *c, gate_value parent, const char *name)
{
    gate_value v = gate_member(parent, name);
    gate_value *rows = arena_new(c->a, gate_value, ROWS_MAX);
    *count = 0;
    if (v.node && v.node->kind == JSON_OBJECT)
        rows[(*count)++] = v;
    else if (v.node && v.node->kind == JSON_LIST)
        for (gate_value m = gate_first(v); m.node && *count < ROWS_MAX; m = gate_next(v, m))
            rows[(*count)++] = m;
    return rows;
}

static bool diagnoses_read(discharge_list *l, gate_call *c)
{
    int count;
    gate_value *rows = rows_of(&count, c, c->input, "diseinfo");
    discharge_code *dx = arena_new(c->a, discharge_code, count + 1);
    for (int i = 0; i < count; i++) {
        str type = gate_text(rows[i], "diag_type"), code = gate_text(rows[i], "diag_code");
        /* Chinese diagnoses and syndromes have codes of their own, which no scheme groups by */
        if (code.n == 0 || (type.n && gate_word_of(c->words, "diag_type", type).n == 0))
            continue;
        dx[l->dx_count++] = (discharge_code){
            .code = code, .main = str_eq(gate_text(rows[i], "maindiag_flag"), S("1"))};
    }
    l->dx = dx;
    return true;
}

static bool procedures_read(discharge_list *l, gate_call *c, err *e)
{
    int count;
    gate_value *rows = rows_of(&count, c, c->input, "oprninfo");
    discharge_code *p = arena_new(c->a, discharge_code, count + 1);
    c->node = "oprninfo";
    for (int i = 0; i < count; i++) {
        str code = gate_text(rows[i], "oprn_oprt_code"), on;
        if (!gate_day(&on, c, rows[i], "oprn_oprt_begntime", false, e))
            return false;
        if (code.n)
            p[l->procedure_count++] =
                (discharge_code){.code = code,
                                 .on = on,
                                 .main = str_eq(gate_text(rows[i], "oprn_oprt_type"), S("1"))};
    }
    l->procedure = p;
    return true;
}

static bool funds_read(discharge_list *l, gate_call *c, err *e)
{
    int count;
    gate_value *rows = rows_of(&count, c, c->input, "payinfo");
    discharge_fund *f = arena_new(c->a, discharge_fund, count + 1);
    c->node = "payinfo";
    for (int i = 0; i < count; i++) {
        if (!gate_need(&f[i].code, c, rows[i], "fund_pay_type", e) ||
            !gate_amount(&f[i].fen, c, rows[i], "fund_payamt", e))
            return false;
    }
    l->said = f;
    l->said_count = count;
    return true;
}

static void icu_read(discharge_list *l, gate_call *c)
{
    int count;
    gate_value *rows = rows_of(&count, c, c->input, "icuinfo");
    str *icu = arena_new(c->a, str, count + 1);
    for (int i = 0; i < count; i++) {
        icu[l->icu_count] = gate_text(rows[i], "scs_cutd_sum_dura");
        l->icu_count += icu[l->icu_count].n > 0;
    }
    l->icu = icu;
}

/* Whole numbers of something; absent is not known. */
static bool
whole_read(int32_t *out, gate_call *c, gate_value in, const char *name, int64_t most, err *e)
{
    int64_t e4;
    *out = CASE_UNKNOWN;
    if (!gate_quantity(&e4, c, in, name, e))
        return false;
    if (gate_text(in, name).n == 0)
        return true;
    if (e4 < 0 || e4 / 10000 > most)
        return gate_fault(c, ERR_BAD_VALUE, name, gate_text(in, name), "a sensible number", e);
    *out = (int32_t)(e4 / 10000);
    return true;
}

static bool list_read(discharge_list *l, gate_call *c, gate_value in, err *e)
{
    str state = gate_text(in, "stas_type"), way = gate_text(in, "dscg_way");
    l->state = state.n ? gate_word_of(c->words, "stas_type", state) : S("draft");
    if (!str_eq(l->state, S("draft")) && !str_eq(l->state, S("submitted")))
        return gate_fault(c, ERR_BAD_VALUE, "stas_type", state, "0 or 1", e);
    l->document = gate_json_of(c, c->input);
    l->ventilation = gate_text(in, "vent_used_dura");
    l->way_said = way.n > 0;
    l->died = str_eq(gate_word_of(c->words, "dscg_way", way), S("died"));
    const char *weight = gate_text(in, "nwb_bir_wt").n ? "nwb_bir_wt" : "nwb_adm_wt";
    icu_read(l, c);
    return gate_day(&l->said_admit_on, c, in, "adm_time", false, e) &&
           gate_day(&l->said_end_on, c, in, "dscg_time", false, e) &&
           gate_day(&l->bill_from, c, in, "setl_begn_date", false, e) &&
           gate_day(&l->bill_until, c, in, "setl_end_date", false, e) &&
           whole_read(&l->age_days, c, in, "age_days", 366, e) &&
           whole_read(&l->weight_g, c, in, weight, 20000, e) && diagnoses_read(l, c) &&
           procedures_read(l, c, e) && funds_read(l, c, e);
}

/* ---- 4101: whose it is ---- */

/* A settlement of ours of this person; one that takes back is none. */
static bool settlement_find(desk_settlement *s, gate_call *c, int64_t id, int64_t person_id, err *e)
{
    str said = arena_printf(c->a, "%" PRId64, id);
    c->received = said;
    if (!desk_load_in(s, c->job, c->with->desk, &c->who, id, c->a, e)) {
        err_field(e, S("setl_id"));
        return false;
    }
    const desk_part *p = &s->part[0];
    if (p->person_id != person_id || p->provider_id != c->access.provider_id ||
        str_eq(p->kind, S("reverse")))
        return gate_fault(c, ERR_NOT_FOUND, "setl_id", said, "a settlement of this person", e);
    c->received = S("");
    return true;
}

/* "l3" -> 3. */
static int level_of(str level)
{
    return level.n >= 2 && level.p[0] == 'l' && level.p[1] >= '1' && level.p[1] <= '9'
               ? level.p[1] - '0'
               : 0;
}

static bool
settlement_take(discharge_list *l, const desk_settlement *s, gate_call *c, gate_value in, err *e)
{
    const desk_part *p = &s->part[0];
    store_rows person;
    str visit;
    discharge_fund *booked = arena_new(c->a, discharge_fund, GATE_FUNDS_MAX);
    if (str_eq(p->state, S("reversed")))
        return gate_fault(c, ERR_REVERSED, "setl_id", gate_text(in, "setl_id"),
                          "a settlement that stands", e);
    if (!gate_need(&visit, c, in, "mdtrt_id", e) || !gate_person_rows(&person, c, p->person_id, e))
        return false;
    if (!str_eq(visit, p->visit_no))
        return gate_fault(c, ERR_NOT_FOUND, "mdtrt_id", visit, "the visit of the settlement", e);
    str settled = gate_moment(p->settled_at, c->a);
    l->person_id = p->person_id;
    l->settlement_id = p->settlement_id;
    l->provider_id = c->access.provider_id;
    l->now_ms = c->received_at;
    l->visit_no = visit;
    l->month = arena_printf(c->a, "%.4s%.2s", settled.p, settled.p + 5);
    l->sex = store_text(&person, 0, 5);
    l->birth_on = store_text(&person, 0, 6);
    l->admit_on = p->admit_on;
    l->end_on = s->part[s->part_count - 1].service_on;
    for (int i = 0; i < s->part_count; i++)
        l->cost_fen += s->part[i].total_fen;
    l->level = level_of(c->access.level);
    l->day_surgery = str_eq(p->visit_kind, S("day_surgery"));
    l->booked = booked;
    l->booked_count = gate_funds(booked, c, s);
    return true;
}

/* Not by what nobody wants, nor by tables with errors: the list counts. */
static discharge_grouping grouping_of(const gate_call *c)
{
    const gateway *g = c->with;
    err none = {0}, also = {0};
    return (discharge_grouping){
        .scheme = g->list_scheme.n ? grouping_scheme(g->grouping, g->list_scheme, &none) : NULL,
        .catalogue =
            g->list_catalogue.n ? grouping_catalogue(g->grouping, g->list_catalogue, &also) : NULL,
        .scheme_name = g->list_scheme,
        .catalogue_name = g->list_catalogue};
}

bool gate_list_put(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "setlinfo");
    discharge_list l = {0};
    discharge_outcome *o = arena_new(c->a, discharge_outcome, 1);
    desk_settlement *s = arena_new(c->a, desk_settlement, 1);
    const discharge_grouping by = grouping_of(c);
    int64_t id, person_id;
    if (!gate_need_id(&person_id, c, in, "psn_no", e) || !gate_need_id(&id, c, in, "setl_id", e) ||
        !settlement_find(s, c, id, person_id, e) || !settlement_take(&l, s, c, in, e) ||
        !list_read(&l, c, in, e) || !discharge_take(o, &l, c->job, &by, c->a, e))
        return false;
    c->person_id = person_id;
    c->object_id = o->list_id;
    if (o->finding_count)
        c->warning =
            arena_printf(c->a, "[findings] 质控发现 %d 个问题，4104 可查", o->finding_count);
    gate_node_open(c, "data");
    json_field(&c->out, S("setl_list_id"), arena_printf(c->a, "%" PRId64, o->list_id));
    gate_node_close(c);
    return true;
}

/* ---- 4102 ---- */

static bool state_take(gate_call *c, gate_value in, err *e)
{
    int64_t id, person_id;
    str state;
    if (!gate_need_id(&person_id, c, in, "psn_no", e) || !gate_need_id(&id, c, in, "setl_id", e) ||
        !gate_need_word(&state, c, in, "stas_type", "stas_type", e))
        return false;
    c->received = gate_text(in, "stas_type");
    if (!discharge_state_set(c->job, &c->who, id, person_id, state, c->a, e))
        return false;
    c->received = S("");
    return true;
}

/* The rows stand in `stastinfo`, in `data`, or in one inside the other. */
bool gate_list_state(gate_call *c, err *e)
{
    int count;
    gate_value data = gate_member(c->input, "data");
    bool inside = gate_member(data, "stastinfo").node != NULL;
    bool named = inside || gate_member(c->input, "stastinfo").node;
    gate_value *rows = rows_of(&count, c, inside ? data : c->input, named ? "stastinfo" : "data");
    c->node = named ? "stastinfo" : "data";
    c->output_null = true;
    if (count == 0)
        return gate_fault(c, ERR_MISSING_FIELD, "input.data.stastinfo", S(""), "rows", e);
    for (int i = 0; i < count; i++)
        if (!state_take(c, rows[i], e))
            return false;
    return true;
}

/* ---- 4103 ---- */

/* "name" or "name<what the list calls it", each as it came, else null. */
static void echo(gate_call *c, gate_value from, const char *names)
{
    for (const char *p = names; *p;) {
        size_t n = strcspn(p, " "), k = strcspn(p, "< ");
        str in = k < n ? (str){p + k + 1, (ptrdiff_t)(n - k - 1)} : (str){p, (ptrdiff_t)n};
        gate_value v = gate_member(from, arena_str(c->a, in).p);
        str text = gate_text_of(v), key = {p, (ptrdiff_t)k};
        if (text.n && v.node->kind == JSON_NUMBER)
            json_field_raw(&c->out, key, text);
        else
            json_field_text_or_null(&c->out, key, text);
        p += n + (p[n] == ' ');
    }
}

/* "1/13/24" as three members. */
static void duration_put(gate_call *c, gate_value from, const char *name, const char *const out[3])
{
    str text = gate_text(from, name);
    for (int i = 0; i < 3; i++) {
        ptrdiff_t n = 0;
        while (n < text.n && text.p[n] != '/')
            n++;
        json_field_text_or_null(&c->out, str_of(out[i]), (str){text.p, n});
        text = n < text.n ? (str){text.p + n + 1, text.n - n - 1} : S("");
    }
}

typedef struct {
    const desk_settlement *s;
    discharge_kept kept;
    str setl_id, psn_no;
    gate_value document;
} shown;

static void ids_put(gate_call *c, const shown *w)
{
    json_field(&c->out, S("setl_id"), w->setl_id);
    json_field(&c->out, S("mdtrt_id"), w->kept.visit_no);
    json_field(&c->out, S("psn_no"), w->psn_no);
}

static void person_put(gate_call *c, const shown *w, const store_rows *person, gate_value in)
{
    const desk_part *p = &w->s->part[0];
    day born, on;
    bool dated = day_parse(&born, store_text(person, 0, 6)) &&
                 day_parse(&on, p->admit_on.n ? p->admit_on : p->service_on);
    int age = dated ? age_on(born, on) : 0;
    json_field(&c->out, S("psn_name"), store_text(person, 0, 4));
    json_field(&c->out, S("gend"),
               gate_code_of(c->words, "gend", store_text(person, 0, 5), S("")).code);
    json_field(&c->out, S("brdy"), store_text(person, 0, 6));
    json_field(&c->out, S("patn_cert_type"), store_text(person, 0, 2));
    json_field(&c->out, S("certno"), store_text(person, 0, 3));
    json_field(&c->out, S("insu_admdvs"), store_text(person, 0, 1));
    json_field(&c->out, S("insutype"), gate_code_of(c->words, "insutype", p->scheme, S("")).code);
    if (age > 0)
        json_field_number(&c->out, S("age"), age);
    else
        gate_put_nulls(c, "age");
    echo(c, in, "age_daus<age_days");
}

static void info_put(gate_call *c, const shown *w, const store_rows *person)
{
    static const char *const vent[] = {"vent_used_days", "vent_used_h_cnt", "vent_used_m_cnt"};
    static const char *const before[] = {"bfadm_coma_days", "bfadm_coma_h_cnt", "bfadm_coma_m_cnt"};
    static const char *const later[] = {"afadm_coma_days", "afadm_coma_h_cnt", "afadm_coma_m_cnt"};
    const desk_part *p = &w->s->part[0];
    gate_value in = gate_member(w->document, "setlinfo");
    int dx, procedures;
    rows_of(&dx, c, w->document, "diseinfo");
    rows_of(&procedures, c, w->document, "oprninfo");
    gate_node_open(c, "setlinfo");
    ids_put(c, w);
    json_field(&c->out, S("setl_list_sn"), arena_printf(c->a, "%" PRId64, w->kept.list_id));
    json_field(&c->out, S("fixmedins_name"), c->access.name);
    json_field(&c->out, S("fixmedins_code"), c->access.code);
    json_field(&c->out, S("dcla_time"), gate_moment(w->kept.uploaded_at, c->a));
    person_put(c, w, person, in);
    echo(c, in,
         "medcasno ntly prfs curr_addr emp_name emp_addr emp_tel emp_poscode<poscode coner_name "
         "patn_rlts coner_addr coner_tel nwb_adm_type nwb_bir_wt nwb_adm_wt mul_nwb_bir_wt "
         "mul_nwb_adm_wt opsp_diag_caty opsp_mdtrt_time<opsp_mdtrt_date adm_way_code<adm_way "
         "trt_type adm_time dscg_time adm_caty refl_caty<refldept_dept dscg_caty otp_wm_dise "
         "otp_wm_diag_dise_code<wm_dise_code otp_tcm_dise otp_tcm_diag_dise_code<tcm_dise_code "
         "spga_nurscare_days lv1_nurscare_days scd_nurscare_days lv3_nurscare_days dscg_way "
         "acp_medins_name acp_optins_code days_rinp_flag_31 days_rinp_pup_31 chfpdr_code biz_sn "
         "bill_code bill_no setl_begn_date setl_end_date hi_paymtd medins_fill_dept "
         "medins_fill_psn hi_no resp_nurs_code adm_dept_codg<adm_dept_code adm_dept_name "
         "dscg_dept_codg<dscg_dept_code dscg_dept_name");
    duration_put(c, in, "vent_used_dura", vent);
    duration_put(c, in, "pwcry_bfadm_coma_dura", before);
    duration_put(c, in, "pwcry_afadm_coma_dura", later);
    json_field_number(&c->out, S("diag_code_cnt"), dx);
    json_field_number(&c->out, S("oprn_oprt_code_cnt"), procedures);
    json_field(&c->out, S("ipt_med_type"),
               gate_code_of(c->words, "med_type", p->visit_kind, S("")).code);
    json_field(&c->out, S("setl_time"), gate_moment(p->settled_at, c->a));
    json_field(&c->out, S("stas_type"),
               gate_code_of(c->words, "stas_type", w->kept.state, S("")).code);
    json_field_text_or_null(&c->out, S("dipDiseGrpCode"), w->kept.dip);
    json_field_text_or_null(&c->out, S("dipDiseGrpName"), w->kept.dip_name);
    gate_put_nulls(c, "hi_setl_lv naty sp_psn_type act_ipt_days chfpdr_name psn_selfpay psn_ownpay "
                      "acct_pay psn_cashpay hi_type opsp_dise_name opsp_dise_code dscg_diag "
                      "resp_nurs_name hsorg_opter_code hsorg_opter hsorg_name hsorg_code chk_cont "
                      "gwyPay jmdbPay spcasExitSco spcasExitWt "
                      "spcasRea ybtcPay yljzPay zgdePay");
    gate_node_close(c);
}

/* A node of rows; `id_name`: what the number of a row is called, NULL = it has none. */
static void
rows_put(gate_call *c, const shown *w, const char *node, const char *id_name, const char *names)
{
    int count;
    gate_value *rows = rows_of(&count, c, w->document, node);
    json_key(&c->out, str_of(node));
    json_open(&c->out, '[');
    for (int i = 0; i < count; i++) {
        json_open(&c->out, '{');
        ids_put(c, w);
        if (id_name)
            json_field(&c->out, str_of(id_name),
                       arena_printf(c->a, "%" PRId64 "-%d", w->kept.list_id, i + 1));
        echo(c, rows[i], names);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
}

bool gate_list_show(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    desk_settlement *s = arena_new(c->a, desk_settlement, 1);
    shown w = {.s = s, .setl_id = gate_text(in, "setl_id"), .psn_no = gate_text(in, "psn_no")};
    int64_t id, person_id;
    store_rows person;
    if (!gate_need_id(&id, c, in, "setl_id", e) || !gate_need_id(&person_id, c, in, "psn_no", e) ||
        !settlement_find(s, c, id, person_id, e) || !gate_person_rows(&person, c, person_id, e))
        return false;
    c->received = w.setl_id;
    if (!discharge_get(&w.kept, c->job, &c->who, id, person_id, c->a, e))
        return false;
    c->received = S("");
    w.document = gate_kept_json(c, w.kept.document, e);
    if (!w.document.node)
        return false;
    info_put(c, &w, &person);
    rows_put(c, &w, "payinfo", NULL,
             "fund_pay_type poolarea_fund_pay_type<fund_pay_type fund_payamt");
    rows_put(c, &w, "opspdiseinfo", "setl_list_opsp_trt_id",
             "diag_code diag_name oprn_oprt_name oprn_oprt_code");
    rows_put(c, &w, "diseinfo", "setl_list_diag_id",
             "diag_type maindiag_flag diag_code diag_name adm_cond_type");
    rows_put(c, &w, "oprninfo", "setl_list_oprn_id",
             "main_oprn_flag<oprn_oprt_type oprn_oprt_name oprn_oprt_code anst_way oper_dr_code "
             "anst_dr_code oprn_oprt_begntime oprn_oprt_endtime anst_begntime anst_endtime");
    rows_put(c, &w, "icuinfo", "setl_list_scs_cutd_id",
             "scs_cutd_ward_type scs_cutd_inpool_time scs_cutd_exit_time scs_cutd_sum_dura");
    rows_put(c, &w, "bldinfo", NULL, "setl_List_bld_Id bld_cat bld_amt bld_unt");
    json_field_raw(&c->out, S("iteminfo"), S("[]")); /* a bill's lines: 5204 */
    json_field_raw(&c->out, S("drgAppyinfo"), S("[]"));
    return true;
}

/* ---- 4104, 3607: what was found; 3605: groups ---- */

enum {
    L_LIST,
    L_PERSON,
    L_SETTLEMENT,
    L_STATE,
    L_SEVERITY,
    L_AT,
    L_GROUP,
    L_REASON,
    L_SCHEME,
    L_MDC,
    L_MDC_NAME,
    L_ADRG,
    L_ADRG_NAME,
    L_DRG,
    L_DRG_NAME,
    L_COMPLICATION,
    L_PATH,
    L_ID_TYPE,
    L_ID_NO,
    L_NAME,
    L_COUNT
};

typedef struct {
    str month;
    gate_page page;
    store_rows r;
} pages;

static bool flag_read(int64_t *out, gate_call *c, gate_value in, const char *name, int most, err *e)
{
    str text = gate_text(in, name);
    *out = -1;
    if (text.n == 0)
        return true;
    if (text.n != 1 || text.p[0] < '0' || text.p[0] > '0' + most)
        return gate_fault(c, ERR_BAD_VALUE, name, text, most == 1 ? "0 or 1" : "0, 1 or 2", e);
    *out = text.p[0] - '0';
    return true;
}

bool gate_month_read(str *out, gate_call *c, gate_value in, const char *name, err *e)
{
    day first;
    if (!gate_need(out, c, in, name, e))
        return false;
    return (out->n == 6 &&
            day_parse(&first, arena_printf(c->a, "%.4s-%.2s-01", out->p, out->p + 4))) ||
           gate_fault(c, ERR_BAD_VALUE, name, *out, "202405", e);
}

static bool pages_find(pages *w, gate_call *c, bool grouped, err *e)
{
    gate_value in = gate_node(c, "data");
    int64_t id = 0, person_id = 0, level, returned;
    str of = gate_text(in, "fixmedins_code");
    if (of.n && !str_eq(of, c->access.code))
        return gate_fault(c, ERR_NO_RIGHT, "input.data.fixmedins_code", of, "your own code", e);
    if (!gate_month_read(&w->month, c, in, "setl_ym", e) ||
        !gate_page_read(&w->page, c, in, "page_num", "page_size", e) ||
        (gate_text(in, "setl_id").n && !gate_need_id(&id, c, in, "setl_id", e)) ||
        (gate_text(in, "psn_no").n && !gate_need_id(&person_id, c, in, "psn_no", e)) ||
        !flag_read(&level, c, in, "err_lv", 2, e) ||
        !flag_read(&returned, c, in, "retn_flag", 1, e))
        return false;
    const store_value key[] = {STORE_N(c->access.provider_id),
                               STORE_T(w->month),
                               STORE_N(id),
                               STORE_N(person_id),
                               STORE_N(level),
                               STORE_N(returned),
                               STORE_N(grouped),
                               STORE_N(w->page.size),
                               STORE_N((w->page.number - 1) * w->page.size)};
    return store_query(c->job, SQL_DISCHARGE_PAGE, key, COUNTOF(key), &w->r, c->a, e);
}

static void number_put(gate_call *c, const char *name, int64_t n)
{
    json_field(&c->out, str_of(name), arena_printf(c->a, "%" PRId64, n));
}

static bool
findings_put(gate_call *c, const store_rows *l, ptrdiff_t i, str returned, const char *node, err *e)
{
    enum { CODE, FIELD, SEVERITY, RECEIVED, MESSAGE };
    const store_value key[] = {STORE_N(store_number(l, i, L_LIST)),
                               STORE_N(store_number(l, i, L_PERSON))};
    store_rows r;
    if (!store_query(c->job, SQL_DISCHARGE_FINDINGS, key, COUNTOF(key), &r, c->a, e))
        return false;
    json_key(&c->out, str_of(node));
    json_open(&c->out, '[');
    for (ptrdiff_t k = 0; k < r.row_count; k++) {
        str code = store_text(&r, k, CODE), message = store_text(&r, k, MESSAGE);
        json_open(&c->out, '{');
        json_field(&c->out, S("exam_data_fld"), store_text(&r, k, FIELD));
        json_field(&c->out, S("qltctrl_chk_rslt"),
                   arena_printf(c->a, "[%.*s] %.*s", STR_ARG(code), STR_ARG(message)));
        number_put(c, "err_lv", store_number(&r, k, SEVERITY));
        json_field(&c->out, S("retn_flag"), returned);
        json_field(&c->out, S("init_val"), store_text(&r, k, RECEIVED));
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    return true;
}

static str grouped_flag(const store_rows *r, ptrdiff_t i)
{
    return str_eq(store_text(r, i, L_GROUP), S("grouped")) ? S("1") : S("0");
}

static bool quality_put(gate_call *c, const pages *w, ptrdiff_t i, const char *node, err *e)
{
    const store_rows *r = &w->r;
    str returned = str_eq(store_text(r, i, L_STATE), S("rejected")) ? S("1") : S("0");
    json_open(&c->out, '{');
    json_field(&c->out, S("fixmedins_code"), c->access.code);
    json_field(&c->out, S("fixmedins_name"), c->access.name);
    json_field(&c->out, S("setl_ym"), w->month);
    number_put(c, "setl_id", store_number(r, i, L_SETTLEMENT));
    number_put(c, "psn_no", store_number(r, i, L_PERSON));
    json_field(&c->out, S("psn_name"), store_text(r, i, L_NAME));
    json_field(&c->out, S("psn_cert_type"), store_text(r, i, L_ID_TYPE));
    json_field(&c->out, S("cert_no"), store_text(r, i, L_ID_NO));
    json_field(&c->out, S("qltctrl_rslt"), store_number(r, i, L_SEVERITY) < 2 ? S("1") : S("0"));
    number_put(c, "err_lv", store_number(r, i, L_SEVERITY));
    json_field(&c->out, S("retn_flag"), returned);
    json_field(&c->out, S("qltctrl_ver"), S("1"));
    json_field(&c->out, S("qltctrl_time"), gate_moment(store_number(r, i, L_AT), c->a));
    json_field(&c->out, S("grp_stas"), grouped_flag(r, i));
    if (!findings_put(c, r, i, returned, node, e))
        return false;
    json_close(&c->out, '}');
    return true;
}

bool gate_quality_list(gate_call *c, err *e)
{
    pages w = {0};
    if (!pages_find(&w, c, false, e))
        return false;
    c->output_list = true;
    for (ptrdiff_t i = 0; i < w.r.row_count; i++)
        if (!quality_put(c, &w, i, "detailinfo", e))
            return false;
    return true;
}

static int64_t count_of(const pages *w)
{
    return w->r.row_count ? store_number(&w->r, 0, L_COUNT) : 0;
}

bool gate_quality_show(gate_call *c, err *e)
{
    pages w = {0};
    if (!pages_find(&w, c, false, e))
        return false;
    json_key(&c->out, S("data"));
    json_open(&c->out, '[');
    for (ptrdiff_t i = 0; i < w.r.row_count; i++)
        if (!quality_put(c, &w, i, "detl_list", e))
            return false;
    json_close(&c->out, ']');
    gate_page_put(c, &w.page, count_of(&w));
    return true;
}

static void group_put(gate_call *c, const pages *w, ptrdiff_t i)
{
    const store_rows *r = &w->r;
    json_out *o = &c->out;
    json_open(o, '{');
    number_put(c, "setl_id", store_number(r, i, L_SETTLEMENT));
    json_field(o, S("drg_code"), store_text(r, i, L_DRG));
    json_field(o, S("drg_name"), store_text(r, i, L_DRG_NAME));
    json_field(o, S("adrg_code"), store_text(r, i, L_ADRG));
    json_field(o, S("adrg_name"), store_text(r, i, L_ADRG_NAME));
    json_field(o, S("mdc_codg"), store_text(r, i, L_MDC));
    json_field(o, S("mdc_name"), store_text(r, i, L_MDC_NAME));
    json_field(o, S("ccmcc"), store_text(r, i, L_COMPLICATION));
    json_field(o, S("grp_rslt"), grouped_flag(r, i));
    json_field(o, S("err_info"), store_text(r, i, L_REASON));
    json_field(o, S("grp_name"), store_text(r, i, L_SCHEME));
    number_put(c, "psn_no", store_number(r, i, L_PERSON));
    json_field(o, S("drg_admdvs"), c->access.area_code);
    number_put(c, "setl_list_sn", store_number(r, i, L_LIST));
    json_field(o, S("setl_ym"), w->month);
    json_field(o, S("fixmedins_code"), c->access.code);
    json_field(o, S("grp_time"), gate_moment(store_number(r, i, L_AT), c->a));
    json_field(o, S("vali_flag"), S("1"));
    json_field(o, S("path"), store_text(r, i, L_PATH)); /* not of the interface */
    gate_put_nulls(c,
                   "grp_ver grp_spec_ver place_grp_pay_std place_grp_ver place_grp_spec_ver abbr "
                   "place_drg_codg place_drg_name grp_type");
    json_close(o, '}');
}

bool gate_groups_show(gate_call *c, err *e)
{
    pages w = {0};
    if (!pages_find(&w, c, true, e))
        return false;
    json_key(&c->out, S("data"));
    json_open(&c->out, '[');
    for (ptrdiff_t i = 0; i < w.r.row_count; i++)
        group_put(c, &w, i);
    json_close(&c->out, ']');
    gate_page_put(c, &w.page, count_of(&w));
    return true;
}

/* ---- 4105 ---- */

/* Is a kind of visit among the codes?  None = all are meant. */
static bool kind_wanted(const gate_call *c, gate_value list, str kind)
{
    bool any = false;
    if (!list.node || list.node->kind != JSON_LIST)
        return gate_text_of(list).n == 0 ||
               str_eq(gate_word_of(c->words, "med_type", gate_text_of(list)), kind);
    for (gate_value m = gate_first(list); m.node; m = gate_next(list, m)) {
        any = true;
        if (str_eq(gate_word_of(c->words, "med_type", gate_text_of(m)), kind))
            return true;
    }
    return !any;
}

bool gate_lists_count(gate_call *c, err *e)
{
    enum { KIND, NEEDED, SENT };
    static const int64_t day_ms = 86400000, china_ms = INT64_C(8) * 3600 * 1000;
    gate_value in = gate_node(c, "data"), kinds = gate_member(in, "medtype_list");
    str of = gate_text(in, "fixmedins_code"), from, until;
    int64_t refunds, needed = 0, sent = 0;
    day first, last;
    store_rows r;
    if (of.n && !str_eq(of, c->access.code))
        return gate_fault(c, ERR_NO_RIGHT, "input.data.fixmedins_code", of, "your own code", e);
    if (!gate_day(&from, c, in, "stt_begntime", true, e) ||
        !gate_day(&until, c, in, "stt_endtime", true, e) ||
        !flag_read(&refunds, c, in, "refdset_flag", 1, e))
        return false;
    if (!day_parse(&first, from) || !day_parse(&last, until) || last.number < first.number)
        return gate_fault(c, ERR_BAD_VALUE, "stt_endtime", until, "not before the first day", e);
    const store_value key[] = {STORE_N(c->access.provider_id),
                               STORE_N(first.number * day_ms - china_ms),
                               STORE_N((last.number + 1) * day_ms - china_ms), STORE_N(refunds)};
    if (!store_query(c->job, SQL_DISCHARGE_COUNTS, key, COUNTOF(key), &r, c->a, e))
        return false;
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        if (!kind_wanted(c, kinds, store_text(&r, i, KIND)))
            continue;
        needed += store_number(&r, i, NEEDED);
        sent += store_number(&r, i, SENT);
    }
    json_field_number(&c->out, S("needUploadCnt"), needed);
    json_field_number(&c->out, S("uploadedCnt"), sent);
    return true;
}
