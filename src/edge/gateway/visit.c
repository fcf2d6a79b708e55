/* Visits: registered, told about, ended; the items of a visit. */
#include "edge/gateway/gateway_internal.h"

#define ITEMS_MAX 5000

/* ---- beginning ---- */

bool gate_pack_of(const office_pack **out, gate_call *c, int64_t person_id, err *e)
{
    store_rows person;
    if (!gate_person_rows(&person, c, person_id, e))
        return false;
    *out = office_pack_of_area(c->with->office, store_text(&person, 0, 1));
    return true;
}

str gate_disease_word(const gate_call *c, const office_pack *p, str code)
{
    str said = gate_word_of(c->words, "dise_codg", code);
    bool closed = false;
    if (said.n == 0)
        said = code;
    for (int i = 0; p && i < p->pack.word_count; i++)
        closed |= p->pack.word[i].fact == FACT_DISEASE;
    return closed && !pack_word_find(&p->pack, FACT_DISEASE, said) ? S("") : said;
}

static bool moment_need(str *out, gate_call *c, gate_value in, const char *name, err *e)
{
    str day_only;
    if (!gate_day(&day_only, c, in, name, true, e))
        return false;
    *out = gate_text(in, name);
    return true;
}

static bool visit_read(care_visit *v, gate_call *c, gate_value in, err *e)
{
    *v = (care_visit){.visit_no = gate_text(in, "ipt_otp_no"),
                      .cert_type = gate_text(in, "mdtrt_cert_type"),
                      .med_type = gate_text(in, "med_type"),
                      .detail = gate_json_of(c, in)};
    if (v->visit_no.n == 0)
        v->visit_no = gate_text(in, "ipt_no");
    if (!gate_need_id(&v->person_id, c, in, "psn_no", e) ||
        !gate_credential_use(&v->person_id, c, in, e) ||
        !gate_need_word(&v->scheme, c, in, "insutype", "insutype", e) ||
        !moment_need(&v->begin_at, c, in, "begntime", e))
        return false;
    v->emergency = gate_word_of(c->words, "emergency", v->med_type).n > 0;
    str code = gate_text(in, "dise_codg");
    const office_pack *p;
    if (code.n == 0)
        return true;
    if (!gate_pack_of(&p, c, v->person_id, e))
        return false;
    v->disease = gate_disease_word(c, p, code);
    return true;
}

static bool visit_open(care_visit *v, gate_call *c, err *e)
{
    c->person_id = v->person_id;
    if (!care_visit_open(v, c->job, c->with->office, &c->who, c->a, e))
        return false;
    c->object_id = v->visit_id;
    return true;
}

bool gate_outpatient_register(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    care_visit v;
    if (!visit_read(&v, c, in, e) || !gate_shown_is(c, in, v.person_id, e))
        return false;
    v.setting = S("outpatient");
    if (!visit_open(&v, c, e) || !gate_proxy_take(c, in, "visit", v.visit_id, e))
        return false;
    gate_node_open(c, "data");
    json_field(&c->out, S("mdtrt_id"), arena_printf(c->a, "%" PRId64, v.visit_id));
    json_field(&c->out, S("psn_no"), gate_text(in, "psn_no"));
    json_field(&c->out, S("ipt_otp_no"), v.visit_no);
    json_field(&c->out, S("exp_content"), S(""));
    gate_node_close(c);
    return true;
}

bool gate_inpatient_admit(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "mdtrtinfo");
    care_visit v;
    if (!visit_read(&v, c, in, e) || !gate_shown_is(c, in, v.person_id, e) ||
        !gate_need_word(&v.kind, c, in, "med_type", "med_type", e))
        return false;
    v.setting = S("inpatient");
    v.diagnoses = gate_json_of(c, gate_member(c->input, "diseinfo"));
    if (!visit_open(&v, c, e) || !gate_proxy_take(c, in, "visit", v.visit_id, e))
        return false;
    gate_node_open(c, "result");
    json_field(&c->out, S("mdtrt_id"), arena_printf(c->a, "%" PRId64, v.visit_id));
    json_field(&c->out, S("exp_content"), S(""));
    gate_node_close(c);
    return true;
}

/* ---- finding ---- */

bool gate_visit(care_visit *v, gate_call *c, gate_value in, err *e)
{
    int64_t visit_id, person_id;
    if (!gate_need_id(&visit_id, c, in, "mdtrt_id", e) ||
        !gate_need_id(&person_id, c, in, "psn_no", e))
        return false;
    c->person_id = person_id;
    c->received = gate_text(in, "mdtrt_id");
    bool ok = c->dispatch->writes
                  ? care_visit_hold(v, c->job, &c->who, visit_id, person_id, c->a, e)
                  : care_visit_get(v, c->job, &c->who, visit_id, person_id, c->a, e);
    if (!ok)
        return false;
    c->received = S("");
    gate_visit_credential(c, v);
    v->emergency = gate_word_of(c->words, "emergency", v->med_type).n > 0;
    return true;
}

bool gate_admissible(care_visit *v, gate_call *c, err *e)
{
    v->emergency = gate_word_of(c->words, "emergency", v->med_type).n > 0;
    return care_admissible(v, c->job, c->with->office, &c->who, c->a, e);
}

/* ---- what becomes known ---- */

/* A kind of visit that is for recognised diseases needs one that the pack knows. */
static bool disease_take(gate_call *c, care_visit *v, gate_value in, err *e)
{
    str code = gate_text(in, "dise_codg");
    const office_pack *p;
    if (!gate_pack_of(&p, c, v->person_id, e))
        return false;
    const pack_word *kind = p ? pack_word_find(&p->pack, FACT_VISIT_KIND, v->kind) : NULL;
    if (code.n)
        v->disease = gate_disease_word(c, p, code);
    if (!kind || !kind->recognised || v->disease.n)
        return true;
    return gate_fault(c, code.n ? ERR_UNKNOWN_WORD : ERR_MISSING_FIELD, "dise_codg", code,
                      "a chronic disease of this area", e);
}

bool gate_diagnoses_take(gate_call *c, care_visit *v)
{
    gate_value list = gate_member(c->input, "diseinfo");
    if (list.node)
        v->diagnoses = gate_json_of(c, list);
    return list.node != NULL;
}

bool gate_visit_inform(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "mdtrtinfo");
    care_visit v;
    str on;
    if (!gate_visit(&v, c, in, e) || !care_visit_must_be_open(&v, false, e) ||
        !gate_need_word(&v.kind, c, in, "med_type", "med_type", e) ||
        !gate_day(&on, c, in, "begntime", false, e))
        return false;
    v.med_type = gate_text(in, "med_type");
    if (on.n)
        v.begin_at = gate_text(in, "begntime");
    if (!disease_take(c, &v, in, e) || !gate_admissible(&v, c, e))
        return false;
    gate_diagnoses_take(c, &v);
    v.detail = gate_json_of(c, in);
    care_visit_put(c->job, &v);
    c->object_id = v.visit_id;
    return true;
}

bool gate_inpatient_change(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "adminfo");
    care_visit v;
    str on;
    if (!gate_visit(&v, c, in, e) || !care_visit_must_be_open(&v, true, e) ||
        !gate_day(&on, c, in, "begntime", false, e))
        return false;
    if (gate_text(in, "med_type").n) {
        if (!gate_need_word(&v.kind, c, in, "med_type", "med_type", e))
            return false;
        v.med_type = gate_text(in, "med_type");
    }
    if (on.n)
        v.begin_at = gate_text(in, "begntime");
    if (!disease_take(c, &v, in, e) || !gate_admissible(&v, c, e))
        return false;
    gate_diagnoses_take(c, &v);
    v.detail = gate_json_of(c, in);
    care_visit_put(c->job, &v);
    c->object_id = v.visit_id;
    return true;
}

/* ---- ending ---- */

static bool nothing_settled(gate_call *c, const care_visit *v, err *e)
{
    int64_t id[8];
    int count;
    if (!care_visit_settlements(id, &count, (int)COUNTOF(id), c->job, v, c->a, e))
        return false;
    if (count == 0)
        return true;
    err_field(e, S("mdtrt_id"));
    return FAIL(e, ERR_ITEMS_SETTLED, "take back first: settlement %" PRId64,
                id[count <= 8 ? count - 1 : 7]);
}

bool gate_visit_cancel(gate_call *c, err *e)
{
    care_visit v;
    care_items items;
    if (!gate_visit(&v, c, gate_node(c, "data"), e) || !care_visit_must_be_open(&v, false, e) ||
        !nothing_settled(c, &v, e) || !care_items_load(&items, c->job, &v, c->a, e))
        return false;
    if (items.count) {
        err_field(e, S("mdtrt_id"));
        err_expected(e, "a visit without items");
        return FAIL(e, ERR_VISIT_STATE, "%d items are there", items.count);
    }
    v.state = S("cancelled");
    care_visit_put(c->job, &v);
    c->object_id = v.visit_id;
    return true;
}

bool gate_inpatient_discharge(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "dscginfo");
    care_visit v;
    str on, begin;
    if (!gate_visit(&v, c, in, e) || !care_visit_must_be_open(&v, true, e) ||
        !gate_day(&on, c, in, "endtime", true, e))
        return false;
    begin = v.begin_at.n > 10 ? (str){v.begin_at.p, 10} : v.begin_at;
    if (str_cmp(on, begin) < 0)
        return gate_fault(c, ERR_BAD_VALUE, "endtime", on, "not before the admission", e);
    v.end_at = gate_text(in, "endtime");
    v.state = S("discharged");
    if (!disease_take(c, &v, in, e))
        return false;
    gate_diagnoses_take(c, &v);
    care_visit_put(c->job, &v);
    c->object_id = v.visit_id;
    return true;
}

bool gate_inpatient_undischarge(gate_call *c, err *e)
{
    care_visit v;
    if (!gate_visit(&v, c, gate_node(c, "data"), e) || !nothing_settled(c, &v, e))
        return false;
    if (!str_eq(v.state, S("discharged"))) {
        err_field(e, S("mdtrt_id"));
        return FAIL(e, ERR_VISIT_STATE, "it is %.*s", STR_ARG(v.state));
    }
    v.state = S("open");
    v.end_at = S("");
    care_visit_put(c->job, &v);
    c->object_id = v.visit_id;
    return true;
}

str gate_end_of(const gate_call *c, const care_visit *v, str said)
{
    str end = said.n ? said : v->end_at;
    if (!str_eq(v->setting, S("inpatient")))
        end = v->begin_at;
    return end.n >= 10 ? (str){end.p, 10} : gate_today(c);
}

/* ---- items ---- */

bool gate_item_read(care_item *m, gate_call *c, gate_value row, bool inpatient, err *e)
{
    *m = (care_item){.original_no = gate_text(row, "init_feedetl_sn"),
                     .own_code = gate_text(row, "medins_list_codg"),
                     .unit_price = gate_text(row, "pric"),
                     .prescription_no = gate_text(row, "rxno")};
    if (!gate_need(&m->detail_no, c, row, "feedetl_sn", e) ||
        !gate_day(&m->given_on, c, row, "fee_ocur_time", true, e) ||
        !gate_item_code(&m->item_code, c, row, m->given_on, e) ||
        !gate_quantity(&m->quantity_e4, c, row, "cnt", e) ||
        !gate_amount(&m->amount_fen, c, row, "det_item_fee_sumamt", e))
        return false;
    if (m->quantity_e4 == 0)
        return gate_fault(c, ERR_BAD_VALUE, "cnt", gate_text(row, "cnt"), "not 0", e);
    if (!inpatient && (m->quantity_e4 < 0 || m->amount_fen < 0))
        return gate_fault(c, ERR_BAD_VALUE, "cnt", gate_text(row, "cnt"), "above 0", e);
    if ((m->quantity_e4 < 0) != (m->amount_fen < 0) && m->amount_fen != 0)
        return gate_fault(c, ERR_BAD_VALUE, "det_item_fee_sumamt",
                          gate_text(row, "det_item_fee_sumamt"), "the sign of cnt", e);
    return true;
}

/* "input.feedetail[3].cnt" */
static void path_add(gate_call *c, const char *node, int number, err *e)
{
    str field = str_of(e->field);
    err_field(e, arena_printf(c->a, "input.%s[%d].%.*s", node, number, STR_ARG(field)));
}

static int64_t sum_of(const desk_settlement *s, int line_no, int which)
{
    int64_t fen = 0;
    for (int k = 0; k < s->part_count; k++)
        for (ptrdiff_t i = 0; i < s->part[k].line_count; i++) {
            const desk_line *l = &s->part[k].line[i];
            const int64_t of[] = {l->amount_fen, l->own_fen, l->over_limit_fen, l->pay_first_fen,
                                  l->in_scope_fen};
            fen += l->line_no == line_no ? of[which] : 0;
        }
    return fen;
}

static str class_of(const desk_settlement *s, int line_no)
{
    for (int k = 0; k < s->part_count; k++)
        for (ptrdiff_t i = 0; i < s->part[k].line_count; i++)
            if (s->part[k].line[i].line_no == line_no)
                return s->part[k].line[i].item_class;
    return S("");
}

static str share_of(gate_call *c, int64_t fen, int64_t of)
{
    return gate_share(c, of > 0 ? (fen * 10000 + of / 2) / of : 0);
}

static void
split_put(gate_call *c, const desk_settlement *s, const care_item *m, int line_no, bool flag)
{
    office_term t = {.limit_e4 = -1};
    const desk_part *p = &s->part[0];
    err ignored = {0};
    str where = p->between.area.n ? p->between.area : p->area_code;
    (void)!office_term_on(&t, c->with->office, where, p->scheme, m->item_code, m->given_on, c->a,
                          &ignored);
    int64_t amount = sum_of(s, line_no, 0), over = sum_of(s, line_no, 2);
    json_field(&c->out, S("feedetl_sn"), m->detail_no);
    gate_put_fen(c, "det_item_fee_sumamt", m->amount_fen);
    gate_put_number(c, "cnt", gate_decimal(c, m->quantity_e4));
    gate_put_number(c, "pric", m->unit_price.n ? m->unit_price : S("0"));
    gate_put_number(c, "pric_uplmt_amt",
                    t.limit_e4 >= 0 ? gate_decimal(c, t.limit_e4) : S("999999"));
    gate_put_number(c, "selfpay_prop", share_of(c, sum_of(s, line_no, 3), amount - over));
    gate_put_fen(c, "fulamt_ownpay_amt", sum_of(s, line_no, 1));
    gate_put_fen(c, "overlmt_amt", over);
    gate_put_fen(c, "preselfpay_amt", sum_of(s, line_no, 3));
    gate_put_fen(c, "inscp_scp_amt", sum_of(s, line_no, 4));
    json_field(&c->out, S("chrgitm_lv"),
               gate_code_of(c->words, "chrgitm_lv", class_of(s, line_no), S("")).code);
    json_field(&c->out, S("med_chrgitm_type"),
               gate_code_of(c->words, "med_chrgitm_type", t.kind, S("")).code);
    static const char *const unknown[] = {"bas_medn_flag", "hi_nego_drug_flag", "chld_medc_flag",
                                          "list_sp_item_flag", "drt_reim_flag"};
    for (ptrdiff_t i = 0; i < COUNTOF(unknown); i++)
        json_field(&c->out, str_of(unknown[i]), S(""));
    if (flag)
        json_field(&c->out, S("lmt_used_flag"), S("0"));
    json_field(&c->out, S("memo"), S(""));
    json_field(&c->out, S("exp_content"), S(""));
}

void gate_put_split_rows(gate_call *c,
                         const desk_settlement *s,
                         const care_items *items,
                         const care_visit *v,
                         int64_t settlement_id)
{
    for (int i = 0; i < items->count; i++) {
        const care_item *m = &items->at[i];
        json_open(&c->out, '{');
        split_put(c, s, m, i + 1, true);
        json_field(&c->out, S("mdtrt_id"), arena_printf(c->a, "%" PRId64, v->visit_id));
        json_field(&c->out, S("setl_id"), arena_printf(c->a, "%" PRId64, settlement_id));
        json_field(&c->out, S("med_type"), v->med_type);
        json_field(&c->out, S("fee_ocur_time"), m->given_on);
        json_field(&c->out, S("med_list_codg"), m->item_code);
        json_field(&c->out, S("hilist_code"), m->item_code);
        json_field(&c->out, S("medins_list_codg"), m->own_code);
        json_close(&c->out, '}');
    }
}

void gate_put_splits(gate_call *c,
                     const char *node,
                     const desk_settlement *s,
                     const care_items *items,
                     bool with_limit_flag)
{
    int line_no = 0;
    json_key(&c->out, str_of(node));
    json_open(&c->out, '[');
    for (int i = 0; i < items->count; i++)
        if (items->at[i].quantity_e4 > 0) {
            json_open(&c->out, '{');
            split_put(c, s, &items->at[i], ++line_no, with_limit_flag);
            json_close(&c->out, '}');
        }
    json_close(&c->out, ']');
}

static bool items_read(care_items *items, gate_call *c, care_visit *v, bool inpatient, err *e)
{
    gate_value *rows = NULL;
    int count = gate_rows(&rows, c, "feedetail");
    if (count == 0 || count > ITEMS_MAX)
        return gate_fault(c, count ? ERR_TOO_LARGE : ERR_MISSING_FIELD, "input.feedetail", S(""),
                          "1 to 5000 rows", e);
    *items = (care_items){arena_new(c->a, care_item, count), count};
    for (int i = 0; i < count; i++) {
        care_item *m = &items->at[i];
        bool ok = gate_item_read(m, c, rows[i], inpatient, e);
        if (ok && i == 0)
            ok = gate_visit(v, c, rows[0], e);
        if (ok && !str_eq(gate_text(rows[i], "mdtrt_id"), gate_text(rows[0], "mdtrt_id")))
            ok = gate_fault(c, ERR_BAD_VALUE, "mdtrt_id", gate_text(rows[i], "mdtrt_id"),
                            "one visit for each message", e);
        if (ok && !inpatient)
            ok = gate_need(&m->batch, c, rows[i], "chrg_bchno", e);
        if (!ok) {
            path_add(c, "feedetail", i + 1, e);
            return false;
        }
    }
    return true;
}

/* The desk says "lines[2].code"; the sender knows it as the row it sent. */
static void line_path(gate_call *c, const care_items *items, err *e)
{
    int number = 0, line = 0;
    const char *p = e->field;
    if (strncmp(p, "lines[", 6) != 0)
        return;
    for (p += 6; *p >= '0' && *p <= '9'; p++)
        number = 10 * number + *p - '0';
    for (int i = 0; i < items->count; i++) {
        line += items->at[i].quantity_e4 > 0;
        if (line != number || items->at[i].quantity_e4 <= 0)
            continue;
        bool code = strcmp(p, "].code") == 0;
        c->received = code ? items->at[i].item_code : S("");
        err_field(e, arena_printf(c->a, "input.feedetail[%d].%s", i + 1,
                                  code ? "med_list_codg" : "det_item_fee_sumamt"));
    }
}

/* How the lines split; of a visit whose kind is not told yet as if it were the usual one. */
static bool splits_put(gate_call *c, care_visit v, const care_items *items, err *e)
{
    desk_settlement *s = arena_new(c->a, desk_settlement, 1);
    care_billing b = {.items = items, .use_account = true};
    str body;
    int64_t total;
    bool any = false;
    for (int i = 0; i < items->count; i++)
        any |= items->at[i].quantity_e4 > 0;
    if (v.kind.n == 0)
        v.kind = str_eq(v.setting, S("inpatient")) ? S("inpatient") : S("outpatient");
    b.until = gate_end_of(c, &v, S(""));
    if (any && (!care_bill(&body, &total, &b, c->job, &v, c->a, e) ||
                !desk_split_in(s, c->job, c->with->desk, &c->who, body, c->a, e))) {
        line_path(c, items, e);
        return false;
    }
    gate_put_splits(c, "result", s, items, true);
    return true;
}

static bool items_upload(gate_call *c, bool inpatient, err *e)
{
    care_items items = {0};
    care_visit v = {0};
    gate_prescriptions *ignored;
    int wrong = 0;
    if (!items_read(&items, c, &v, inpatient, e) || !care_visit_must_be_open(&v, true, e))
        return false;
    if (str_eq(c->access.kind, S("pharmacy")) &&
        !gate_prescriptions_fit(&ignored, c, "feedetail", &items, v.person_id, e))
        return false;
    if (!care_items_add(&items, &wrong, c->job, &v, c->a, e)) {
        c->received = items.at && wrong < items.count ? items.at[wrong].detail_no : S("");
        if (e->field[0])
            path_add(c, "feedetail", wrong + 1, e);
        return false;
    }
    c->object_id = v.visit_id;
    return splits_put(c, v, &items, e);
}

bool gate_outpatient_items(gate_call *c, err *e)
{
    return items_upload(c, false, e);
}

bool gate_inpatient_items(gate_call *c, err *e)
{
    return items_upload(c, true, e);
}

bool gate_outpatient_items_drop(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    care_visit v;
    care_choice choice = {0};
    int wrong;
    if (!gate_visit(&v, c, in, e) || !gate_need(&choice.batch, c, in, "chrg_bchno", e))
        return false;
    c->object_id = v.visit_id;
    c->received = choice.batch;
    if (str_eq(choice.batch, S("0000")))
        choice.batch = S("");
    return care_items_drop(&choice, 1, &wrong, c->job, &v, c->a, e);
}

/* All rows of the visit that the row `first` names; what was dropped is not read again. */
static bool
visit_items_drop(gate_call *c, const gate_value *rows, int count, int first, bool *done, err *e)
{
    care_visit v = {0};
    care_choice *choice = arena_new(c->a, care_choice, count - first);
    int choices = 0, wrong = 0;
    str visit = gate_text(rows[first], "mdtrt_id");
    for (int i = first; i < count; i++) {
        if (done[i] || !str_eq(gate_text(rows[i], "mdtrt_id"), visit))
            continue;
        done[i] = true;
        care_choice *x = &choice[choices++];
        if (!gate_visit(&v, c, rows[i], e) ||
            !gate_need(&x->detail_no, c, rows[i], "feedetl_sn", e))
            return false;
        if (str_eq(x->detail_no, S("0000")))
            x->detail_no = S("");
    }
    c->object_id = v.visit_id;
    if (care_items_drop(choice, choices, &wrong, c->job, &v, c->a, e))
        return true;
    c->received = choice[wrong < choices ? wrong : 0].detail_no;
    return false;
}

bool gate_inpatient_items_drop(gate_call *c, err *e)
{
    gate_value *rows = NULL;
    int count = gate_rows(&rows, c, "data");
    if (count == 0 || count > ITEMS_MAX)
        return gate_fault(c, count ? ERR_TOO_LARGE : ERR_MISSING_FIELD, "input.data", S(""),
                          "1 to 5000 rows", e);
    bool *done = arena_new(c->a, bool, count);
    for (int i = 0; i < count; i++)
        if (!done[i] && !visit_items_drop(c, rows, count, i, done, e))
            return false;
    return true;
}

/* ---- who is in ---- */

bool gate_inpatients_show(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    str from, until;
    int64_t person_id = 0;
    store_rows r;
    if (!gate_day(&from, c, in, "begntime", true, e) ||
        !gate_day(&until, c, in, "endtime", true, e))
        return false;
    if (gate_text(in, "psn_no").n && !gate_need_id(&person_id, c, in, "psn_no", e))
        return false;
    const store_value key[] = {STORE_N(c->access.provider_id), STORE_T(from),
                               STORE_T(arena_printf(c->a, "%.*s 23:59:59", STR_ARG(until))),
                               STORE_N(person_id)};
    if (!store_query(c->job, SQL_CARE_VISITS_OF_PROVIDER, key, COUNTOF(key), &r, c->a, e))
        return false;
    json_key(&c->out, S("data"));
    json_open(&c->out, '[');
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        str begin = store_text(&r, i, 6);
        json_open(&c->out, '{');
        json_field(&c->out, S("mdtrt_id"), arena_printf(c->a, "%" PRId64, store_number(&r, i, 0)));
        json_field(&c->out, S("psn_no"), arena_printf(c->a, "%" PRId64, store_number(&r, i, 1)));
        json_field(&c->out, S("psn_cert_type"), store_text(&r, i, 7));
        json_field(&c->out, S("certno"), store_text(&r, i, 8));
        json_field(&c->out, S("psn_name"), store_text(&r, i, 9));
        json_field(&c->out, S("gend"),
                   gate_code_of(c->words, "gend", store_text(&r, i, 10), S("")).code);
        json_field(&c->out, S("brdy"), store_text(&r, i, 11));
        json_field(&c->out, S("insutype"),
                   gate_code_of(c->words, "insutype", store_text(&r, i, 3), S("")).code);
        json_field(&c->out, S("begndate"), (str){begin.p, begin.n > 10 ? 10 : begin.n});
        json_field(&c->out, S("med_type"), store_text(&r, i, 5));
        json_field(&c->out, S("ipt_otp_no"), store_text(&r, i, 2));
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    return true;
}
