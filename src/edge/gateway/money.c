/* What is paid: previews, settlements, and what takes them back. */
#include "edge/gateway/gateway_internal.h"

#include "base/day.h"

/* ---- one settlement, its parts together ---- */

typedef struct {
    int64_t total, own, over_limit, pay_first, in_scope, deductible, fund, hospital, personal;
    int64_t account, family, cash;
    int64_t paid[FIELD__COUNT];
} sums;

static sums sums_of(const desk_settlement *s)
{
    sums m = {0};
    for (int k = 0; k < s->part_count; k++) {
        const desk_part *p = &s->part[k];
        m.total += p->total_fen;
        m.own += p->own_fen;
        m.over_limit += p->over_limit_fen;
        m.pay_first += p->pay_first_fen + p->route_share_fen;
        m.in_scope += p->in_scope_fen;
        m.deductible += p->deductible_fen;
        m.fund += p->fund_fen;
        m.hospital += p->hospital_fen;
        m.personal += p->personal_fen;
        m.account += p->account_fen;
        m.family += p->family_account_fen;
        m.cash += p->cash_fen;
        for (int f = 0; f < FIELD__COUNT; f++)
            m.paid[f] += p->paid_fen[f];
    }
    return m;
}

/* Who says what of whom: for the members of setlinfo that are no money. */
typedef struct {
    const desk_settlement *s;
    const care_visit *v;    /* NULL = not known */
    str setl_id, setl_time; /* "" = not settled: null */
    str medins_setl_id;
    int64_t sign, fund_sign, balance_fen;
    bool complete; /* with what only a query tells */
} telling;

static void
person_put(gate_call *c, const telling *t, const store_rows *person, str status, bool civil_servant)
{
    const desk_part *p = &t->s->part[0];
    day born, on;
    json_out *o = &c->out;
    bool dated = day_parse(&born, store_text(person, 0, 6)) && day_parse(&on, p->service_on);
    json_field(o, S("psn_no"), arena_printf(c->a, "%" PRId64, p->person_id));
    json_field(o, S("psn_name"), store_text(person, 0, 4));
    json_field(o, S("psn_cert_type"), store_text(person, 0, 2));
    json_field(o, S("certno"), store_text(person, 0, 3));
    json_field(o, S("gend"), gate_code_of(c->words, "gend", store_text(person, 0, 5), S("")).code);
    json_field(o, S("naty"), S(""));
    json_field(o, S("brdy"), store_text(person, 0, 6));
    gate_put_number(c, "age", arena_printf(c->a, "%d", dated ? age_on(born, on) : 0));
    json_field(o, S("insutype"), gate_code_of(c->words, "insutype", p->scheme, S("")).code);
    json_field(o, S("psn_type"), gate_code_of(c->words, "psn_type", status, S("")).code);
    json_field(o, S("cvlserv_flag"), civil_servant ? S("1") : S("0"));
}

static void money_put(gate_call *c, const telling *t)
{
    sums m = sums_of(t->s);
    int64_t above = m.in_scope - m.deductible, g = t->sign;
    int64_t ratio_e4 = above > 0 ? (m.paid[FIELD_HIFP] * 10000 + above / 2) / above : 0;
    const struct {
        const char *name;
        int64_t fen;
    } row[] = {{"medfee_sumamt", m.total},        {"fulamt_ownpay_amt", m.own},
               {"overlmt_selfpay", m.over_limit}, {"preselfpay_amt", m.pay_first},
               {"inscp_scp_amt", m.in_scope},     {"act_pay_dedc", m.deductible},
               {"fund_pay_sumamt", m.fund},       {"hosp_part_amt", m.hospital},
               {"psn_part_amt", m.personal},      {"acct_pay", m.account + m.family},
               {"acct_mulaid_pay", m.family},     {"psn_cash_pay", m.cash}};
    for (ptrdiff_t i = 0; i < COUNTOF(row); i++)
        gate_put_fen(c, row[i].name, g * row[i].fen);
    for (int f = FIELD_HIFP; f < FIELD_HOSPITAL; f++)
        gate_put_fen(c, pay_field_names[f], g * m.paid[f]);
    gate_put_number(c, "pool_prop_selfpay", gate_share(c, ratio_e4));
    gate_put_fen(c, "balc", t->balance_fen);
}

/* ---- by fund ---- */

typedef struct {
    gate_code code;
    int64_t base_fen, paid_fen;
} fund;

static int funds_of(fund out[GATE_FUNDS_MAX], const gate_call *c, const desk_settlement *s)
{
    int count = 0;
    for (int k = 0; k < s->part_count; k++) {
        for (ptrdiff_t i = 0; i < s->part[k].layer_count; i++) {
            const desk_layer *l = &s->part[k].layer[i];
            gate_code code = gate_code_of(c->words, "fund", l->payer, s->part[k].scheme);
            int at = 0;
            if (l->paid_fen == 0)
                continue;
            while (at < count && !str_eq(out[at].code.code, code.code))
                at++;
            if (at == GATE_FUNDS_MAX)
                continue;
            if (at == count)
                out[count++] = (fund){code, 0, 0};
            /* rows of a reversal hold negative amounts already */
            out[at].base_fen += l->base_fen < 0 ? -l->base_fen : l->base_fen;
            out[at].paid_fen += l->paid_fen < 0 ? -l->paid_fen : l->paid_fen;
        }
    }
    return count;
}

int gate_funds(discharge_fund out[GATE_FUNDS_MAX], const gate_call *c, const desk_settlement *s)
{
    fund list[GATE_FUNDS_MAX];
    int count = funds_of(list, c, s);
    str account = gate_code_of(c->words, "fund", S("account"), S("")).code;
    str hospital = gate_code_of(c->words, "fund", S("hospital"), S("")).code;
    for (int i = 0; i < count; i++) {
        str code = list[i].code.code;
        out[i] = (discharge_fund){.code = code,
                                  .fen = list[i].paid_fen,
                                  .no_fund = str_eq(code, account) || str_eq(code, hospital)};
    }
    return count;
}

static void funds_put(gate_call *c, const telling *t)
{
    fund list[GATE_FUNDS_MAX];
    int count = funds_of(list, c, t->s);
    json_key(&c->out, S("setldetail"));
    json_open(&c->out, '[');
    for (int i = 0; i < count; i++) {
        json_open(&c->out, '{');
        json_field(&c->out, S("fund_pay_type"), list[i].code.code);
        gate_put_fen(c, "inscp_scp_amt", t->fund_sign * list[i].base_fen);
        gate_put_fen(c, "crt_payb_lmt_amt", 0);
        gate_put_fen(c, "fund_payamt", t->fund_sign * list[i].paid_fen);
        json_field(&c->out, S("fund_pay_type_name"), list[i].code.label);
        json_field(&c->out, S("setl_proc_info"), S(""));
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
}

/* ---- the answer ---- */

enum { DATED_WHAT, DATED_KIND, DATED_VALUE, DATED_FROM, DATED_UNTIL, DATED_FACTS };

static void cover_of(str *status, bool *civil_servant, const store_rows *dated, const desk_part *p)
{
    static const char mark[] = "civil_rank";
    *status = S("");
    *civil_servant = false;
    for (ptrdiff_t i = 0; i < dated->row_count; i++) {
        str until = store_text(dated, i, DATED_UNTIL), facts = store_text(dated, i, DATED_FACTS);
        if (!str_eq(store_text(dated, i, DATED_WHAT), S("cover")) ||
            !str_eq(store_text(dated, i, DATED_KIND), p->scheme) ||
            str_cmp(store_text(dated, i, DATED_FROM), p->service_on) > 0 ||
            (until.n && str_cmp(p->service_on, until) > 0))
            continue;
        *status = store_text(dated, i, DATED_VALUE);
        for (ptrdiff_t k = 0; k + (ptrdiff_t)sizeof mark - 1 <= facts.n; k++)
            *civil_servant |= memcmp(facts.p + k, mark, sizeof mark - 1) == 0;
    }
}

/* What 5203 tells beside what the settlement itself did. */
static void rest_put(gate_call *c, const telling *t)
{
    const desk_part *p = &t->s->part[0];
    sums m = sums_of(t->s);
    bool back = str_eq(p->kind, S("reverse")) || str_eq(p->state, S("reversed"));
    gate_put_fen(c, "psn_pay", m.personal);
    gate_put_fen(c, "cash_payamt", m.cash);
    json_field(&c->out, S("pay_loc"), S("2"));
    json_field(&c->out, S("fixmedins_code"), c->access.code);
    json_field(&c->out, S("fixmedins_name"), c->access.name);
    json_field(&c->out, S("begndate"), p->admit_on.n ? p->admit_on : p->service_on);
    json_field(&c->out, S("enddate"), p->service_on);
    json_field(&c->out, S("refd_setl_flag"), back ? S("1") : S("0"));
    json_field(&c->out, S("year"), arena_printf(c->a, "%d", p->year));
}

static bool setlinfo_put(gate_call *c, const telling *t, err *e)
{
    const desk_part *p = &t->s->part[0];
    store_rows person, dated;
    const store_value id = STORE_N(p->person_id);
    str status;
    bool civil_servant;
    if (!gate_person_rows(&person, c, p->person_id, e))
        return false;
    if (t->s->dated)
        dated = *t->s->dated;
    else if (!store_query(c->job, SQL_DESK_DATED, &id, 1, &dated, c->a, e))
        return false;
    cover_of(&status, &civil_servant, &dated, p);
    json_out *o = &c->out;
    gate_node_open(c, "setlinfo");
    json_field_text_or_null(&c->out, S("setl_id"), t->setl_id);
    json_field_text_or_null(&c->out, S("mdtrt_id"),
                            t->v ? arena_printf(c->a, "%" PRId64, t->v->visit_id) : p->visit_no);
    person_put(c, t, &person, status, civil_servant);
    json_field_text_or_null(&c->out, S("setl_time"), t->setl_time);
    json_field(o, S("mdtrt_cert_type"), t->v ? t->v->cert_type : S(""));
    json_field(o, S("med_type"),
               t->v && t->v->med_type.n
                   ? t->v->med_type
                   : gate_code_of(c->words, "med_type", p->visit_kind, S("")).code);
    money_put(c, t);
    json_field(o, S("medins_setl_id"), t->medins_setl_id);
    /* the provider is paid by the office of its own area */
    json_field(o, S("clr_optins"), p->between.area.n ? p->between.area : p->area_code);
    json_field(o, S("clr_way"), S("1"));
    json_field(o, S("clr_type"), gate_code_of(c->words, "clr_type", p->visit_kind, S("")).code);
    json_field(o, S("exp_content"), S(""));
    if (t->complete)
        rest_put(c, t);
    gate_node_close(c);
    funds_put(c, t);
    return true;
}

/* What is on the account after all parts. */
static bool balance_of(int64_t *fen, gate_call *c, const desk_settlement *s, int64_t sign, err *e)
{
    *fen = s->account_fen;
    if (!s->dated && !desk_account_in(fen, c->job, s->part[0].person_id, c->a, e))
        return false;
    for (int k = 0; k < s->part_count; k++)
        for (ptrdiff_t i = 0; i < s->part[k].change_count; i++) {
            const desk_change *x = &s->part[k].change[i];
            if (str_eq(x->home, S("account")) && !str_eq(x->name, S("family")))
                *fen += sign * (x->after - x->before);
        }
    return true;
}

/* ---- bills of visits ---- */

typedef struct {
    care_visit v;
    care_billing billing;
    str body;
    int64_t total_fen;
} bill;

static bool account_flag(bool *use, gate_call *c, gate_value in, err *e)
{
    str flag = gate_text(in, "acct_used_flag");
    *use = !str_eq(flag, S("0"));
    return flag.n <= 1 || gate_fault(c, ERR_UNKNOWN_WORD, "acct_used_flag", flag, "0, 1 or 2", e);
}

/* What the sender thinks it comes to. */
static bool total_agrees(gate_call *c, gate_value in, int64_t total_fen, err *e)
{
    int64_t said_fen;
    str text = gate_text(in, "medfee_sumamt");
    if (!gate_amount(&said_fen, c, in, "medfee_sumamt", e))
        return false;
    if (text.n == 0 || said_fen == total_fen)
        return true;
    str sum = arena_printf(c->a, "%" PRId64 ".%02d", total_fen / 100, (int)(total_fen % 100));
    return gate_fault(c, ERR_AMOUNT_MISMATCH, "medfee_sumamt", text, sum.p, e);
}

static bool outpatient_bill(bill *b, gate_call *c, gate_value in, err *e)
{
    *b = (bill){0};
    if (!gate_visit(&b->v, c, in, e) || !care_visit_must_be_open(&b->v, false, e) ||
        !gate_need(&b->billing.batch, c, in, "chrg_bchno", e) ||
        !account_flag(&b->billing.use_account, c, in, e))
        return false;
    if (b->v.kind.n == 0 || gate_text(in, "med_type").n) {
        if (!gate_need_word(&b->v.kind, c, in, "med_type", "med_type", e))
            return false;
        b->v.med_type = gate_text(in, "med_type");
        b->v.emergency = gate_word_of(c->words, "emergency", b->v.med_type).n > 0;
    }
    if (gate_text(in, "insutype").n &&
        !gate_need_word(&b->v.scheme, c, in, "insutype", "insutype", e))
        return false;
    b->billing.until = gate_end_of(c, &b->v, S(""));
    b->billing.bill_no =
        arena_printf(c->a, "%" PRId64 "-%.*s", b->v.visit_id, STR_ARG(b->billing.batch));
    c->received = b->billing.batch;
    if (!care_bill(&b->body, &b->total_fen, &b->billing, c->job, &b->v, c->a, e))
        return false;
    c->received = S("");
    return total_agrees(c, in, b->total_fen, e);
}

static bool inpatient_bill(bill *b, gate_call *c, gate_value in, err *e)
{
    int64_t id[1];
    int before;
    str end;
    *b = (bill){0};
    bool interim = str_eq(gate_text(in, "mid_setl_flag"), S("1"));
    if (!gate_visit(&b->v, c, in, e) || !care_visit_must_be_open(&b->v, true, e) ||
        !account_flag(&b->billing.use_account, c, in, e) ||
        !gate_day(&end, c, in, "dscgTime", false, e) ||
        !care_visit_settlements(id, &before, 1, c->job, &b->v, c->a, e))
        return false;
    if (gate_text(in, "insutype").n &&
        !gate_need_word(&b->v.scheme, c, in, "insutype", "insutype", e))
        return false;
    b->billing.until = gate_end_of(c, &b->v, end);
    b->billing.stay_part = interim || before ? before + 1 : 0;
    return care_bill(&b->body, &b->total_fen, &b->billing, c->job, &b->v, c->a, e) &&
           total_agrees(c, in, b->total_fen, e);
}

static bool preview_put(gate_call *c, const bill *b, desk_settlement *s, err *e)
{
    telling t = {.s = s, .v = &b->v, .medins_setl_id = c->msgid, .sign = 1, .fund_sign = 1};
    return desk_preview_in(s, c->job, c->with->desk, &c->who, b->body, c->a, e) &&
           balance_of(&t.balance_fen, c, s, 1, e) && setlinfo_put(c, &t, e);
}

static bool settle_put(gate_call *c, const bill *b, desk_settlement *s, err *e)
{
    telling t = {.s = s, .v = &b->v, .medins_setl_id = c->msgid, .sign = 1, .fund_sign = 1};
    if (!desk_settle_in(s, &c->object_id, c->job, c->with->desk, &c->who, b->body, c->a, e))
        return false;
    t.setl_id = arena_printf(c->a, "%" PRId64, c->object_id);
    t.setl_time = gate_moment(s->part[0].settled_at, c->a);
    return balance_of(&t.balance_fen, c, s, 1, e) && setlinfo_put(c, &t, e);
}

/* At a pharmacy what was uploaded before has to have its prescriptions still; *out NULL = it is
 * none. */
static bool outpatient_prescriptions(
    gate_prescriptions **out, care_items *items, gate_call *c, const bill *b, err *e)
{
    care_items all;
    *out = NULL;
    if (!str_eq(c->access.kind, S("pharmacy")))
        return true;
    if (!care_items_load(&all, c->job, &b->v, c->a, e))
        return false;
    all = care_items_of_bill(&all, 0, c->a);
    *items = (care_items){arena_new(c->a, care_item, all.count), 0};
    for (int i = 0; i < all.count; i++)
        if (str_eq(all.at[i].batch, b->billing.batch))
            items->at[items->count++] = all.at[i];
    return gate_prescriptions_fit(out, c, NULL, items, b->v.person_id, e);
}

bool gate_outpatient_preview(gate_call *c, err *e)
{
    bill b;
    care_items items;
    gate_prescriptions *paid;
    return outpatient_bill(&b, c, gate_node(c, "data"), e) &&
           outpatient_prescriptions(&paid, &items, c, &b, e) &&
           preview_put(c, &b, arena_new(c->a, desk_settlement, 1), e);
}

bool gate_outpatient_settle(gate_call *c, err *e)
{
    bill b;
    care_items items;
    gate_prescriptions *paid;
    desk_settlement *s = arena_new(c->a, desk_settlement, 1);
    if (!outpatient_bill(&b, c, gate_node(c, "data"), e) ||
        !outpatient_prescriptions(&paid, &items, c, &b, e) || !settle_put(c, &b, s, e))
        return false;
    care_items_settled(c->job, &b.v, b.billing.batch, s->part[0].bill_id);
    gate_upload_take(c, b.v.begin_at, "settlement", c->object_id);
    if (!gate_proxy_take(c, gate_node(c, "data"), "visit", b.v.visit_id, e))
        return false;
    return !paid || gate_prescriptions_settled(paid, c, b.v.person_id, s->part[0].bill_id, e);
}

bool gate_inpatient_preview(gate_call *c, err *e)
{
    bill b;
    return inpatient_bill(&b, c, gate_node(c, "data"), e) &&
           preview_put(c, &b, arena_new(c->a, desk_settlement, 1), e);
}

bool gate_inpatient_settle(gate_call *c, err *e)
{
    bill b;
    desk_settlement *s = arena_new(c->a, desk_settlement, 1);
    if (!inpatient_bill(&b, c, gate_node(c, "data"), e) || !settle_put(c, &b, s, e))
        return false;
    care_items_settled(c->job, &b.v, S(""), s->part[0].bill_id);
    return true;
}

/* ---- pharmacies: visit, items and bill in one message ---- */

static bool pharmacy_bill(bill *b, care_items *items, gate_call *c, err *e)
{
    gate_value *rows, in = gate_node(c, "druginfo");
    care_visit *v = &b->v;
    str on;
    int count = gate_rows(&rows, c, "drugdetail");
    *b = (bill){0};
    if (count == 0)
        return gate_fault(c, ERR_MISSING_FIELD, "input.drugdetail", S(""), "rows", e);
    *v = (care_visit){.setting = S("pharmacy"),
                      .cert_type = gate_text(in, "mdtrt_cert_type"),
                      .med_type = gate_text(in, "med_type"),
                      .begin_at = gate_text(in, "begntime"),
                      .visit_no = c->msgid,
                      .detail = gate_json_of(c, in)};
    if (!gate_need_id(&v->person_id, c, in, "psn_no", e) ||
        !gate_credential_use(&v->person_id, c, in, e) || !gate_shown_is(c, in, v->person_id, e) ||
        !gate_need_word(&v->scheme, c, in, "insutype", "insutype", e) ||
        !gate_need_word(&v->kind, c, in, "med_type", "med_type", e) ||
        !gate_day(&on, c, in, "begntime", true, e) ||
        !account_flag(&b->billing.use_account, c, in, e))
        return false;
    c->person_id = v->person_id;
    v->emergency = gate_word_of(c->words, "emergency", v->med_type).n > 0;
    *items = (care_items){arena_new(c->a, care_item, count), count};
    for (int i = 0; i < count; i++)
        if (!gate_item_read(&items->at[i], c, rows[i], false, e)) {
            err_field(e, arena_printf(c->a, "input.drugdetail[%d].%s", i + 1, e->field));
            return false;
        }
    return true;
}

static bool pharmacy_body(bill *b, const care_items *items, gate_call *c, err *e)
{
    b->billing.items = items;
    b->billing.until = gate_end_of(c, &b->v, S(""));
    b->v.provider_id = c->access.provider_id;
    return care_bill(&b->body, &b->total_fen, &b->billing, c->job, &b->v, c->a, e) &&
           total_agrees(c, gate_node(c, "druginfo"), b->total_fen, e);
}

bool gate_pharmacy_preview(gate_call *c, err *e)
{
    bill b;
    care_items items;
    gate_prescriptions *paid;
    desk_settlement *s = arena_new(c->a, desk_settlement, 1);
    if (!pharmacy_bill(&b, &items, c, e) ||
        !gate_prescriptions_fit(&paid, c, "drugdetail", &items, b.v.person_id, e))
        return false;
    b.v.visit_id = c->message_id;
    if (!gate_admissible(&b.v, c, e) || !pharmacy_body(&b, &items, c, e) ||
        !preview_put(c, &b, s, e))
        return false;
    gate_put_splits(c, "detlcutinfo", s, &items, false);
    return true;
}

bool gate_pharmacy_settle(gate_call *c, err *e)
{
    bill b;
    care_items items;
    int wrong;
    gate_prescriptions *paid;
    desk_settlement *s = arena_new(c->a, desk_settlement, 1);
    if (!pharmacy_bill(&b, &items, c, e) ||
        !gate_prescriptions_fit(&paid, c, "drugdetail", &items, b.v.person_id, e) ||
        !care_visit_open(&b.v, c->job, c->with->office, &c->who, c->a, e) ||
        !pharmacy_body(&b, &items, c, e) || !settle_put(c, &b, s, e))
        return false;
    for (int i = 0; i < items.count; i++)
        items.at[i].bill_id = s->part[0].bill_id;
    gate_upload_take(c, b.v.begin_at, "settlement", c->object_id);
    if (!gate_proxy_take(c, gate_node(c, "druginfo"), "visit", b.v.visit_id, e) ||
        !care_items_add(&items, &wrong, c->job, &b.v, c->a, e) ||
        !gate_prescriptions_settled(paid, c, b.v.person_id, s->part[0].bill_id, e))
        return false;
    gate_put_splits(c, "detlcutinfo", s, &items, false);
    return true;
}

/* ---- taking back ---- */

#define UNDONE_BEFORE S("[already_reversed] 此前已撤销，本次未作处理")

static bool undo(gate_call *c, int64_t settlement_id, str reason, bool tell, err *e)
{
    desk_settlement *was = arena_new(c->a, desk_settlement, 1);
    int64_t visit_id, reversal_id;
    care_visit v;
    telling t = {.s = was, .medins_setl_id = c->msgid, .sign = -1, .fund_sign = -1};
    if (!desk_take_back_in(was, &reversal_id, c->job, c->with->desk, &c->who, settlement_id, reason,
                           c->a, e))
        return false;
    const desk_part *p = &was->part[0];
    c->person_id = p->person_id;
    c->object_id = reversal_id;
    if (id_parse(&visit_id, p->visit_no)) {
        if (!care_visit_get(&v, c->job, &c->who, visit_id, p->person_id, c->a, e)) {
            if (e->code != ERR_NOT_FOUND)
                return false;
            *e = (err){0}; /* settled at the counter */
        } else {
            t.v = &v;
            care_items_opened(c->job, visit_id, p->person_id, p->bill_id);
        }
    }
    if (!tell)
        return true;
    t.setl_id = arena_printf(c->a, "%" PRId64, reversal_id);
    t.setl_time = gate_moment(c->received_at, c->a);
    return balance_of(&t.balance_fen, c, was, -1, e) && setlinfo_put(c, &t, e);
}

bool gate_settlement_undo(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    int64_t id, person_id;
    if (!gate_need_id(&id, c, in, "setl_id", e) || !gate_need_id(&person_id, c, in, "psn_no", e))
        return false;
    c->received = gate_text(in, "setl_id");
    const store_value key = STORE_N(id);
    store_rows r;
    if (!store_query(c->job, SQL_DESK_SETTLEMENT_PERSON, &key, 1, &r, c->a, e))
        return false;
    if (r.row_count == 0 || store_number(&r, 0, 0) != person_id)
        return gate_fault(c, ERR_NOT_FOUND, "setl_id", c->received, "a settlement of this person",
                          e);
    return undo(c, id, arena_printf(c->a, "%.*s by the provider", STR_ARG(c->infno)), true, e);
}

/* A visit that was admitted by mistake: as if 2404 had come. */
static bool admission_undo(gate_call *c, int64_t visit_id, int64_t person_id, err *e)
{
    care_visit v;
    care_items items;
    int64_t id[1];
    int settled;
    if (!care_visit_hold(&v, c->job, &c->who, visit_id, person_id, c->a, e) ||
        (!str_eq(v.state, S("cancelled")) && !care_visit_must_be_open(&v, false, e)) ||
        !care_visit_settlements(id, &settled, 1, c->job, &v, c->a, e) ||
        !care_items_load(&items, c->job, &v, c->a, e))
        return false;
    c->object_id = visit_id;
    if (str_eq(v.state, S("cancelled"))) {
        c->warning = UNDONE_BEFORE;
        return true;
    }
    if (settled || items.count)
        return FAIL(e, ERR_VISIT_STATE, "%d settlements, %d items are there", settled, items.count);
    v.state = S("cancelled");
    care_visit_put(c->job, &v);
    return true;
}

/* What stands of what the message made; whoever sends it anew after a lost answer is told the
 * same. */
static bool settled_undo(gate_call *c, int64_t settlement_id, int64_t person_id, str msgid, err *e)
{
    int64_t id;
    if (!desk_standing_in(&id, c->job, person_id, settlement_id, c->a, e))
        return false;
    if (id)
        return undo(c, id, arena_printf(c->a, "2601 of %.*s", STR_ARG(msgid)), false, e);
    c->object_id = settlement_id;
    c->warning = UNDONE_BEFORE;
    return true;
}

bool gate_message_undo(gate_call *c, err *e)
{
    static const char *const can[] = {"2102", "2207", "2207A", "2304", "2401"};
    gate_value in = gate_node(c, "data"), *rows;
    str number, msgid;
    int64_t psn_no;
    bool known = false;
    store_rows r;
    c->output_null = true;
    if (gate_rows(&rows, c, "data") > 1)
        return gate_fault(c, ERR_BAD_VALUE, "input.data", S("several rows"),
                          "one row; send a message for each", e);
    if (!gate_need_id(&psn_no, c, in, "psn_no", e) || !gate_need(&number, c, in, "oinfno", e) ||
        !gate_need(&msgid, c, in, "omsgid", e))
        return false;
    for (ptrdiff_t i = 0; i < COUNTOF(can); i++)
        known |= str_eq(number, str_of(can[i]));
    if (!known)
        return gate_fault(c, ERR_NOT_SUPPORTED, "oinfno", number, "2102, 2207, 2304 or 2401", e);
    const store_value key[] = {STORE_N(c->access.provider_id), STORE_T(number), STORE_T(msgid)};
    if (!store_query(c->job, SQL_GATEWAY_ANSWER_GET, key, COUNTOF(key), &r, c->a, e))
        return false;
    if (r.row_count == 0) /* it never arrived, or was refused: nothing to take back */
        return gate_fault(c, ERR_NOT_FOUND, "omsgid", msgid, "a message that took effect", e);
    int64_t person_id = store_number(&r, 0, 2), object_id = store_number(&r, 0, 3);
    if (person_id != psn_no)
        return gate_fault(c, ERR_NOT_FOUND, "omsgid", msgid, "a message about this person", e);
    c->person_id = person_id;
    c->received = msgid;
    if (str_eq(number, S("2401")))
        return admission_undo(c, object_id, person_id, e);
    return settled_undo(c, object_id, person_id, msgid, e);
}

/* ---- looking ---- */

bool gate_settlement_show(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    desk_settlement *s = arena_new(c->a, desk_settlement, 1);
    int64_t id, person_id, visit_id;
    care_visit v;
    store_rows of;
    telling t = {.s = s, .sign = 1, .fund_sign = 1};
    if (!gate_need_id(&id, c, in, "setl_id", e) || !gate_need_id(&person_id, c, in, "psn_no", e))
        return false;
    c->received = gate_text(in, "setl_id");
    if (!desk_load_in(s, c->job, c->with->desk, &c->who, id, c->a, e))
        return false;
    if (s->part[0].person_id != person_id)
        return gate_fault(c, ERR_NOT_FOUND, "setl_id", c->received, "a settlement of this person",
                          e);
    const store_value key[] = {STORE_N(c->access.provider_id), STORE_N(person_id), STORE_N(id),
                               STORE_N(store_id_moment(id))};
    if (!store_query(c->job, SQL_GATEWAY_MESSAGE_OF_SETTLEMENT, key, COUNTOF(key), &of, c->a, e))
        return false;
    if (id_parse(&visit_id, s->part[0].visit_no)) {
        err none = {0};
        if (care_visit_get(&v, c->job, &c->who, visit_id, person_id, c->a, &none))
            t.v = &v;
    }
    if (str_eq(s->part[0].kind, S("reverse")))
        t.fund_sign = -1; /* its amounts are negative already */
    t.complete = true;
    t.medins_setl_id = of.row_count ? store_text(&of, 0, 0) : S("");
    t.setl_id = arena_printf(c->a, "%" PRId64, id);
    t.setl_time = gate_moment(s->part[0].settled_at, c->a);
    return desk_account_in(&t.balance_fen, c->job, person_id, c->a, e) && setlinfo_put(c, &t, e);
}
