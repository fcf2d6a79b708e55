/* Questions: dictionaries, benefits, visits, diagnoses, lines, and what became of a message. */
#include "edge/gateway/gateway_internal.h"

/* ---- 1901 ---- */

bool gate_dictionary_show(gate_call *c, err *e)
{
    str name;
    if (!gate_need(&name, c, gate_node(c, "data"), "type", e))
        return false;
    int dictionary = gate_dictionary_find(name);
    if (!dictionary)
        return gate_fault(c, ERR_NOT_FOUND, "type", name, "a dictionary, such as med_type", e);
    json_key(&c->out, S("list"));
    json_open(&c->out, '[');
    for (int i = 0; i < gate_dictionary_size(dictionary); i++) {
        gate_code code = gate_dictionary_at(dictionary, i);
        json_open(&c->out, '{');
        json_field(&c->out, S("type"), name);
        json_field(&c->out, S("label"), code.label);
        json_field(&c->out, S("value"), code.code);
        json_field(&c->out, S("parentValue"), S(""));
        json_field_number(&c->out, S("sort"), i + 1);
        json_field(&c->out, S("valiFlag"), S("1"));
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    return true;
}

/* ---- 2001: is there a cover on the day, and of what fund? ---- */

enum { DATED_WHAT, DATED_KIND, DATED_VALUE, DATED_FROM, DATED_UNTIL };

static bool covers(const store_rows *r, ptrdiff_t i, str kind, str value, str on)
{
    str until = store_text(r, i, DATED_UNTIL);
    return str_eq(store_text(r, i, DATED_KIND), kind) &&
           (value.n == 0 || str_eq(store_text(r, i, DATED_VALUE), value)) &&
           str_cmp(store_text(r, i, DATED_FROM), on) <= 0 &&
           (until.n == 0 || str_cmp(on, until) <= 0);
}

/* Is a disease on file, where that kind of visit is for recognised ones?  `code` "" = any. */
static bool recognised(
    const gate_call *c, const office_pack *p, const store_rows *r, str kind, str code, str on)
{
    const pack_word *of = p ? pack_word_find(&p->pack, FACT_VISIT_KIND, kind) : NULL;
    str disease = code.n ? gate_disease_word(c, p, code) : S("");
    bool on_file = !of || !of->recognised;
    for (ptrdiff_t i = 0; i < r->row_count && (code.n == 0 || disease.n); i++)
        on_file |= str_eq(store_text(r, i, DATED_WHAT), S("flag")) &&
                   covers(r, i, S("disease"), disease, on);
    return on_file;
}

bool gate_benefit_check(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    str scheme, kind, on, from = S(""), until = S("");
    int64_t person_id;
    store_rows person, dated;
    bool covered = false;
    if (!gate_need_id(&person_id, c, in, "psn_no", e) ||
        !gate_need_word(&scheme, c, in, "insutype", "insutype", e) ||
        !gate_need_word(&kind, c, in, "med_type", "med_type", e) ||
        !gate_day(&on, c, in, "begntime", true, e) || !gate_person_rows(&person, c, person_id, e))
        return false;
    const store_value id = STORE_N(person_id);
    if (!store_query(c->job, SQL_DESK_DATED, &id, 1, &dated, c->a, e))
        return false;
    for (ptrdiff_t i = 0; i < dated.row_count; i++) {
        if (!str_eq(store_text(&dated, i, DATED_WHAT), S("cover")) ||
            !covers(&dated, i, scheme, S(""), on))
            continue;
        covered = true;
        from = store_text(&dated, i, DATED_FROM);
        until = store_text(&dated, i, DATED_UNTIL);
    }
    err_code why = !covered ? ERR_NO_COVER : ERR_NOT_RECOGNISED;
    const office_pack *p = office_pack_of_area(c->with->office, store_text(&person, 0, 1));
    covered = covered && recognised(c, p, &dated, kind, gate_text(in, "dise_codg"), on);
    json_key(&c->out, S("trtinfo"));
    json_open(&c->out, '[');
    json_open(&c->out, '{');
    json_field(&c->out, S("psn_no"), gate_text(in, "psn_no"));
    json_field(&c->out, S("trt_chk_type"), S("01"));
    json_field(&c->out, S("fund_pay_type"), gate_code_of(c->words, "fund", S("pool"), scheme).code);
    json_field(&c->out, S("trt_enjymnt_flag"), covered ? S("1") : S("0"));
    json_field(&c->out, S("begndate"), covered ? from : on);
    json_field(&c->out, S("enddate"), until);
    json_field(&c->out, S("trt_chk_rslt"), covered ? S("") : str_of(err_zh(why)));
    json_field(&c->out, S("exp_content"), S(""));
    json_close(&c->out, '}');
    json_close(&c->out, ']');
    return true;
}

/* ---- 5201, 5202 ---- */

bool gate_visits_show(gate_call *c, err *e)
{
    enum { VISIT, SETTING, STATE, NUMBER, SCHEME, MED_TYPE, CERT_TYPE, BEGIN, END };
    gate_value in = gate_node(c, "data");
    str from, until;
    int64_t person_id, visit_id = 0;
    store_rows person, r;
    if (!gate_need_id(&person_id, c, in, "psn_no", e) ||
        !gate_day(&from, c, in, "begntime", true, e) ||
        !gate_day(&until, c, in, "endtime", true, e) ||
        (gate_text(in, "mdtrt_id").n && !gate_need_id(&visit_id, c, in, "mdtrt_id", e)) ||
        !gate_person_rows(&person, c, person_id, e))
        return false;
    const store_value key[] = {STORE_N(person_id), STORE_N(c->access.provider_id), STORE_T(from),
                               STORE_T(arena_printf(c->a, "%.*s 23:59:59", STR_ARG(until))),
                               STORE_N(visit_id)};
    if (!store_query(c->job, SQL_CARE_VISITS_OF_PERSON, key, COUNTOF(key), &r, c->a, e))
        return false;
    json_key(&c->out, S("mdtrtinfo"));
    json_open(&c->out, '[');
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        bool stay = str_eq(store_text(&r, i, SETTING), S("inpatient"));
        json_open(&c->out, '{');
        json_field(&c->out, S("mdtrt_id"),
                   arena_printf(c->a, "%" PRId64, store_number(&r, i, VISIT)));
        json_field(&c->out, S("psn_no"), gate_text(in, "psn_no"));
        json_field(&c->out, S("psn_cert_type"), store_text(&person, 0, 2));
        json_field(&c->out, S("certno"), store_text(&person, 0, 3));
        json_field(&c->out, S("psn_name"), store_text(&person, 0, 4));
        json_field(&c->out, S("insutype"),
                   gate_code_of(c->words, "insutype", store_text(&r, i, SCHEME), S("")).code);
        json_field(&c->out, S("begntime"), store_text(&r, i, BEGIN));
        json_field(&c->out, S("endtime"), store_text(&r, i, END));
        json_field(&c->out, S("mdtrt_cert_type"), store_text(&r, i, CERT_TYPE));
        json_field(&c->out, S("med_type"), store_text(&r, i, MED_TYPE));
        json_field(&c->out, S("ipt_otp_no"), store_text(&r, i, NUMBER));
        json_field(&c->out, S("inhosp_stas"),
                   stay && str_eq(store_text(&r, i, STATE), S("open")) ? S("1") : S("0"));
        json_field(&c->out, S("memo"), store_text(&r, i, STATE));
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    return true;
}

bool gate_diagnoses_show(gate_call *c, err *e)
{
    care_visit v;
    if (!gate_visit(&v, c, gate_node(c, "data"), e))
        return false;
    json_key(&c->out, S("diseinfo"));
    json_raw(&c->out, v.diagnoses.n ? v.diagnoses : S("[]"));
    return true;
}

/* ---- 5204 ---- */

bool gate_lines_show(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    desk_settlement *s = arena_new(c->a, desk_settlement, 1);
    care_visit v;
    care_items items;
    int64_t id;
    if (!gate_visit(&v, c, in, e) || !gate_need_id(&id, c, in, "setl_id", e))
        return false;
    c->received = gate_text(in, "setl_id");
    if (!desk_load_in(s, c->job, c->with->desk, &c->who, id, c->a, e))
        return false;
    int64_t bill_id = s->part[0].bill_id;
    if (s->part[0].person_id != v.person_id || str_eq(s->part[0].kind, S("reverse")) ||
        !care_items_load(&items, c->job, &v, c->a, e))
        return e->code == ERR_OK ? gate_fault(c, ERR_NOT_FOUND, "setl_id", c->received,
                                              "a settlement of this visit", e)
                                 : false;
    care_items of = care_items_of_bill(&items, bill_id, c->a);
    c->output_list = true;
    gate_put_split_rows(c, s, &of, &v, id);
    return true;
}

/* ---- an extension: what became of a message whose answer was lost ---- */

bool gate_outcome_show(gate_call *c, err *e)
{
    enum { MESSAGE, NUMBER, TRACE, AT, OUTCOME, ANSWER };
    str msgid;
    store_rows r;
    if (!gate_need(&msgid, c, gate_node(c, "data"), "omsgid", e))
        return false;
    const store_value key[] = {STORE_N(c->access.provider_id), STORE_T(msgid)};
    if (!store_query(c->job, SQL_GATEWAY_MESSAGES_OF, key, COUNTOF(key), &r, c->a, e))
        return false;
    json_key(&c->out, S("messages"));
    json_open(&c->out, '[');
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        str answer = store_text(&r, i, ANSWER);
        json_open(&c->out, '{');
        json_field(&c->out, S("oinfno"), store_text(&r, i, NUMBER));
        json_field(&c->out, S("omsgid"), msgid);
        json_field(&c->out, S("received_time"), gate_moment(store_number(&r, i, AT), c->a));
        json_field(&c->out, S("outcome"), store_text(&r, i, OUTCOME));
        json_field(&c->out, S("trace_id"), store_text(&r, i, TRACE));
        json_key(&c->out, S("answer"));
        if (answer.n && answer.p[0] == '{')
            json_raw(&c->out, answer);
        else
            json_null(&c->out);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    return true;
}
