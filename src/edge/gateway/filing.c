/* 25xx, 2406, 2407: what is put on file for a person, and what is on file. */
#include "service/filing/filing.h"
#include "edge/gateway/gateway_internal.h"

/* ---- what they have in common ---- */

/* What who decides has to see: nothing of the person but what it is about. */
static const char shown_members[] =
    "begndate enddate refl_date reflin_medins_name refl_rea diag_name opsp_dise_name hosp_ide_date "
    "ide_fixmedins_name trum_time trum_rea chk_pay_flag ipt_psn_sp_flag_type ipt_psn_sp_flag";

static bool begin(filing *f, gate_call *c, gate_value in, filing_kind kind, err *e)
{
    store_rows person;
    *f = (filing){.kind = kind, .detail = gate_json_of(c, in)};
    if (!gate_need_id(&f->person_id, c, in, "psn_no", e) ||
        !gate_day(&f->from_on, c, in, "begndate", false, e) ||
        !gate_day(&f->until_on, c, in, "enddate", false, e))
        return false;
    f->scheme = gate_word_of(c->words, "insutype", gate_text(in, "insutype"));
    c->person_id = f->person_id;
    json_out shown = json_out_new(c->a, 512);
    json_open(&shown, '{');
    json_field(&shown, S("provider_name"), c->access.name);
    json_raw(&shown, gate_members(c, in, shown_members));
    json_close(&shown, '}');
    f->shown = json_out_text(&shown);
    const care_visit today = {
        .person_id = f->person_id, .scheme = f->scheme, .begin_at = gate_today(c)};
    if (kind != FILING_ATTRIBUTE && /* that one has been let in with its visit */
        !care_admissible(&today, c->job, c->with->office, &c->who, c->a, e))
        return false;
    if (!gate_person_rows(&person, c, f->person_id, e))
        return false;
    f->area_code = store_text(&person, 0, 1);
    return true;
}

static bool put(filing *f, gate_call *c, const char *node, err *e)
{
    if (!filing_put(f, c->job, c->with->office, &c->who, c->a, e))
        return false;
    c->object_id = f->filing_id;
    if (!gate_proxy_take(c, gate_kept_json(c, f->detail, e), "filing", f->filing_id, e))
        return false;
    if (str_eq(f->state, S("waiting")))
        c->warning = S("[waiting] 已受理，待经办机构审核");
    gate_node_open(c, node);
    json_field(&c->out,
               f->kind == FILING_ATTRIBUTE ? S("ipt_psn_sp_flag_detl_id") : S("trt_dcla_detl_sn"),
               arena_printf(c->a, "%" PRId64, f->filing_id));
    if (f->kind == FILING_DISEASE || f->kind == FILING_CHOSEN)
        json_field(&c->out, S("exp_content"), S(""));
    gate_node_close(c);
    return true;
}

static bool withdraw(gate_call *c, filing_kind kind, err *e)
{
    gate_value in = gate_node(c, "data");
    int64_t person_id, filing_id;
    filing f;
    if (!gate_need_id(&person_id, c, in, "psn_no", e) ||
        !gate_need_id(&filing_id, c, in, "trt_dcla_detl_sn", e))
        return false;
    c->person_id = person_id;
    c->received = gate_text(in, "trt_dcla_detl_sn");
    err_field(e, S("trt_dcla_detl_sn"));
    if (!filing_get(&f, c->job, &c->who, person_id, filing_id, c->a, e))
        return false;
    if (f.kind != kind)
        return FAIL(e, ERR_NOT_FOUND, "another kind of filing");
    if (!filing_withdraw(&f, c->job, c->with->office, &c->who, gate_text(in, "memo"), c->a, e))
        return false;
    e->field[0] = 0;
    c->received = S("");
    c->output_null = true;
    return true;
}

bool gate_transfer_withdraw(gate_call *c, err *e)
{
    return withdraw(c, FILING_TRANSFER, e);
}

bool gate_disease_withdraw(gate_call *c, err *e)
{
    return withdraw(c, FILING_DISEASE, e);
}

bool gate_chosen_withdraw(gate_call *c, err *e)
{
    return withdraw(c, FILING_CHOSEN, e);
}

/* ---- 2501: to another hospital, here or elsewhere ---- */

typedef struct {
    int64_t provider_id;
    str code, name, area_code, level;
} institution;

static bool institution_find(institution *out, gate_call *c, str code, err *e)
{
    const store_value key = STORE_T(code);
    store_rows r;
    *out = (institution){0};
    if (!store_query(c->job, SQL_GATEWAY_PROVIDER_OF_CODE, &key, 1, &r, c->a, e))
        return false;
    if (r.row_count)
        *out = (institution){store_number(&r, 0, 0), store_text(&r, 0, 1), store_text(&r, 0, 2),
                             store_text(&r, 0, 3), store_text(&r, 0, 4)};
    return true;
}

/* Levels rise in the order the dictionary lists them. */
static int level_of(const office_pack *p, str level)
{
    for (int i = 0; p && i < p->pack.word_count; i++)
        if (p->pack.word[i].fact == FACT_LEVEL && str_eq(p->pack.word[i].text, level))
            return i;
    return -1;
}

static bool transfer_in_town(filing *f, gate_call *c, const institution *to, err *e)
{
    const office_pack *p = office_pack_of_area(c->with->office, c->access.area_code);
    if (!to->provider_id)
        return gate_fault(c, ERR_NOT_FOUND, "reflin_medins_no", to->code, "a provider of 1201", e);
    if (office_pack_of_area(c->with->office, to->area_code) != p)
        return gate_fault(c, ERR_BAD_VALUE, "refl_type", S("1"),
                          "2 or 3 for a hospital outside the pooling area", e);
    int from = level_of(p, c->access.level), level = level_of(p, to->level);
    f->slot = S("in_town");
    f->flag_kind = S("referral");
    f->value = from < 0 || level == from ? S("same") : level > from ? S("up") : S("down");
    f->target = to->code;
    return true;
}

static bool transfer_elsewhere(filing *f, gate_call *c, gate_value in, err *e)
{
    str area;
    if (!gate_need(&area, c, in, "mdtrtarea_admdvs", e))
        return false;
    const office_pack *there = office_pack_of_area(c->with->office, area);
    if (there && there == office_pack_of_area(c->with->office, f->area_code))
        return gate_fault(c, ERR_BAD_VALUE, "mdtrtarea_admdvs", area,
                          "an area outside the pooling area, or refl_type 1", e);
    f->slot = S("elsewhere");
    f->flag_kind = S("filing");
    f->value = S("referred");
    f->target = area;
    return true;
}

static bool old_visit_check(filing *f, gate_call *c, gate_value in, err *e)
{
    int64_t visit_id;
    care_visit v;
    f->visit_no = gate_text(in, "refl_old_mdtrt_id");
    if (f->visit_no.n == 0)
        return true;
    c->received = f->visit_no;
    if (!gate_need_id(&visit_id, c, in, "refl_old_mdtrt_id", e) ||
        !care_visit_get(&v, c->job, &c->who, visit_id, f->person_id, c->a, e)) {
        err_field(e, S("refl_old_mdtrt_id"));
        return false;
    }
    c->received = S("");
    return true;
}

bool gate_transfer_file(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "refmedin");
    institution to;
    str code, type;
    filing f;
    if (!begin(&f, c, in, FILING_TRANSFER, e) ||
        !gate_day(&f.said_on, c, in, "refl_date", true, e) ||
        !gate_need(&type, c, in, "refl_type", e) ||
        !gate_need(&code, c, in, "reflin_medins_no", e) || !old_visit_check(&f, c, in, e) ||
        !institution_find(&to, c, code, e))
        return false;
    if (f.from_on.n == 0)
        f.from_on = f.said_on;
    f.biz_type = type;
    to.code = code;
    if (!str_eq(type, S("1")) && !str_eq(type, S("2")) && !str_eq(type, S("3")))
        return gate_fault(c, ERR_UNKNOWN_WORD, "refl_type", type, "1, 2 or 3", e);
    bool fits =
        str_eq(type, S("1")) ? transfer_in_town(&f, c, &to, e) : transfer_elsewhere(&f, c, in, e);
    f.reason = arena_printf(c->a, "转院备案 %.*s", STR_ARG(code));
    return fits && put(&f, c, "result", e);
}

/* ---- 2503 ---- */

bool gate_disease_file(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    str code;
    filing f;
    if (!begin(&f, c, in, FILING_DISEASE, e) || !gate_need(&code, c, in, "opsp_dise_code", e) ||
        !gate_day(&f.from_on, c, in, "begndate", true, e) ||
        !gate_day(&f.said_on, c, in, "hosp_ide_date", true, e))
        return false;
    f.value = gate_disease_word(c, office_pack_of_area(c->with->office, f.area_code), code);
    if (f.value.n == 0)
        return gate_fault(c, ERR_UNKNOWN_WORD, "opsp_dise_code", code,
                          "a chronic disease of this area", e);
    f.slot = f.value;
    f.flag_kind = S("disease");
    f.biz_type = code;
    f.reason = arena_printf(c->a, "门诊慢特病备案 %.*s", STR_ARG(gate_text(in, "opsp_dise_name")));
    return put(&f, c, "result", e);
}

/* ---- 2505 ---- */

static str chosen_flag(str biz_type)
{
    static const char *const of[][2] = {
        {"01", "chosen_chronic"}, {"03", "chosen"}, {"05", "chosen"}};
    for (int i = 0; i < (int)COUNTOF(of); i++)
        if (str_eq(biz_type, str_of(of[i][0])))
            return str_of(of[i][1]);
    return S("");
}

bool gate_chosen_file(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    institution at;
    str code, number;
    filing f;
    if (!begin(&f, c, in, FILING_CHOSEN, e) || !gate_day(&f.from_on, c, in, "begndate", true, e) ||
        !gate_need(&f.biz_type, c, in, "biz_appy_type", e) ||
        !gate_need(&number, c, in, "fix_srt_no", e) ||
        !gate_need(&code, c, in, "fixmedins_code", e) || !institution_find(&at, c, code, e))
        return false;
    if (!at.provider_id)
        return gate_fault(c, ERR_NOT_FOUND, "input.data.fixmedins_code", code, "a provider of 1201",
                          e);
    f.slot = arena_printf(c->a, "%.*s/%.*s", STR_ARG(f.biz_type), STR_ARG(number));
    f.flag_kind = chosen_flag(f.biz_type);
    f.value = f.target = at.code;
    f.reason = arena_printf(c->a, "定点备案 %.*s", STR_ARG(at.name));
    return put(&f, c, "result", e);
}

/* ---- 2507 ---- */

bool gate_accident_file(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    str pays;
    filing f;
    if (!begin(&f, c, in, FILING_ACCIDENT, e) ||
        !gate_day(&f.from_on, c, in, "begndate", true, e) ||
        !gate_day(&f.said_on, c, in, "trum_time", false, e) ||
        !gate_need(&pays, c, in, "chk_pay_flag", e))
        return false;
    if (!str_eq(pays, S("0")) && !str_eq(pays, S("1")))
        return gate_fault(c, ERR_BAD_VALUE, "chk_pay_flag", pays, "0 or 1", e);
    f.slot = f.from_on;
    f.flag_kind = S("accident");
    f.value = str_eq(pays, S("1")) ? S("accident") : S("third_party");
    f.target = gate_text(in, "fixmedins_code");
    f.reason = arena_printf(c->a, "意外伤害备案 %.*s", STR_ARG(gate_text(in, "trum_rea")));
    return put(&f, c, "result", e);
}

/* ---- 2406, 2407 ---- */

bool gate_attribute_file(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    care_visit v;
    filing f;
    str type;
    if (!gate_visit(&v, c, in, e) || !begin(&f, c, in, FILING_ATTRIBUTE, e) ||
        !gate_need(&type, c, in, "ipt_psn_sp_flag_type", e) ||
        !gate_need(&f.value, c, in, "ipt_psn_sp_flag", e))
        return false;
    f.biz_type = type;
    f.visit_no = f.target = arena_printf(c->a, "%" PRId64, v.visit_id);
    f.slot = arena_printf(c->a, "%.*s/%.*s", STR_ARG(f.visit_no), STR_ARG(type));
    f.flag_kind = S("visit_tag");
    f.from_on = v.begin_at.n > 10 ? (str){v.begin_at.p, 10} : v.begin_at;
    f.until_on = S("");
    f.reason = arena_printf(c->a, "就医特殊属性 %.*s %.*s", STR_ARG(type), STR_ARG(f.value));
    return put(&f, c, "IptPsnSpFlagRegOut", e);
}

static void attribute_put(gate_call *c, const filing *f, const store_rows *person)
{
    gate_node_open(c, "IptPsnSpFlagReg");
    json_field(&c->out, S("ipt_psn_sp_flag_detl_id"), arena_printf(c->a, "%" PRId64, f->filing_id));
    json_field(&c->out, S("mdtrt_id"), f->visit_no);
    json_field(&c->out, S("psn_no"), arena_printf(c->a, "%" PRId64, f->person_id));
    json_field(&c->out, S("psn_cert_type"), store_text(person, 0, 2));
    json_field(&c->out, S("certno"), store_text(person, 0, 3));
    json_field(&c->out, S("psn_name"), store_text(person, 0, 4));
    json_field(&c->out, S("fixmedins_code"), c->access.code);
    json_field(&c->out, S("fixmedins_name"), c->access.name);
    json_field(&c->out, S("ipt_otp_no"), S(""));
    json_field(&c->out, S("ipt_psn_sp_flag_type"), f->biz_type);
    json_field(&c->out, S("ipt_psn_sp_flag"), f->value);
    json_field(&c->out, S("admdvs"), f->area_code);
    gate_node_close(c);
}

/* One row answers: of several that are on file the last one that fits what was asked. */
bool gate_attribute_show(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    str id = gate_text(in, "ipt_psn_sp_flag_detl_id"), visit = gate_text(in, "mdtrt_id"),
        type = gate_text(in, "ipt_psn_sp_flag_type");
    int64_t person_id;
    store_rows person;
    filing *all;
    int count;
    if (!gate_need_id(&person_id, c, in, "psn_no", e) ||
        !gate_person_rows(&person, c, person_id, e) ||
        !filing_list(&all, &count, c->job, person_id, FILING_ATTRIBUTE, c->a, e))
        return false;
    for (int i = count - 1; i >= 0; i--) {
        str no = arena_printf(c->a, "%" PRId64, all[i].filing_id);
        if (str_eq(all[i].state, S("filed")) && all[i].provider_id == c->access.provider_id &&
            (id.n == 0 || str_eq(id, no)) && (visit.n == 0 || str_eq(visit, all[i].visit_no)) &&
            (type.n == 0 || str_eq(type, all[i].biz_type))) {
            attribute_put(c, &all[i], &person);
            return true;
        }
    }
    json_field_raw(&c->out, S("IptPsnSpFlagReg"), S("[]"));
    return true;
}

/* ---- 5302 ---- */

static bool in_force(const filing *f, str on)
{
    return str_eq(f->state, S("filed")) && str_cmp(f->from_on, on) <= 0 &&
           (f->until_on.n == 0 || str_cmp(on, f->until_on) <= 0);
}

bool gate_chosen_show(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    int64_t person_id;
    store_rows person;
    filing *all;
    str type;
    int count;
    if (!gate_need_id(&person_id, c, in, "psn_no", e) ||
        !gate_need(&type, c, in, "biz_appy_type", e) ||
        !gate_person_rows(&person, c, person_id, e) ||
        !filing_list(&all, &count, c->job, person_id, FILING_CHOSEN, c->a, e))
        return false;
    json_key(&c->out, S("psnfixmedin"));
    json_open(&c->out, '[');
    for (int i = 0; i < count; i++) {
        const filing *f = &all[i];
        institution at;
        if (!in_force(f, gate_today(c)) || !str_eq(f->biz_type, type))
            continue;
        if (!institution_find(&at, c, f->target, e))
            return false;
        json_open(&c->out, '{');
        json_field(&c->out, S("psn_no"), gate_text(in, "psn_no"));
        json_field(&c->out, S("insutype"),
                   gate_code_of(c->words, "insutype", f->scheme, S("")).code);
        json_field(&c->out, S("fix_srt_no"), (str){f->slot.p + type.n + 1, f->slot.n - type.n - 1});
        json_field(&c->out, S("fixmedins_code"), at.code);
        json_field(&c->out, S("fixmedins_name"), at.name);
        json_field(&c->out, S("begndate"), f->from_on);
        json_field(&c->out, S("enddate"), f->until_on);
        json_field(&c->out, S("memo"), S(""));
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    return true;
}
