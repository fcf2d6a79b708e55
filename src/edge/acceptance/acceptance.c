/* The steps. */
#include "edge/acceptance/acceptance_internal.h"

#include "base/money.h"

#include <stdlib.h>

/* ---- what settlements say ---- */

enum {
#define MONEY(name) MONEY_##name,
#include "edge/acceptance/money.tbl.h"
    MONEY__COUNT
};

static const char *const money_names[] = {
#define MONEY(name) #name,
#include "edge/acceptance/money.tbl.h"
};

typedef struct {
    int64_t fen[MONEY__COUNT];
    str setl_id, mdtrt_id, insutype, clr_type;
    str msgid;
} settled;

#define SETTLED_MAX 32
#define KINDS_MAX   2 /* outpatient or pharmacy, and stays */

typedef struct {
    str insutype, clr_type;
    bool known, guessed_wrong;
    int64_t count, total, fund, account; /* what was there before us */
} baseline;

typedef struct run {
    const acceptance_config *c;
    arena *a;
    speaker s;
    str today, now;
    str psn_no, psn_name, psn_type, insutype;
    bool pharmacy;
    str mdtrt_id, stay_id, batch;
    settled preview, last, all[SETTLED_MAX];
    int all_count;
    baseline base[KINDS_MAX];
    int base_count;
    str file_no;
} run;

static bool settled_read(settled *out, run *x, err *e)
{
    *out = (settled){.msgid = x->s.last_msgid};
    if (!told_node(&x->s, "setlinfo"))
        return FAIL(e, ERR_MISSING_FIELD, "output.setlinfo is missing");
    for (int i = 0; i < MONEY__COUNT; i++)
        if (!told_fen(&out->fen[i], &x->s, arena_printf(x->a, "setlinfo.%s", money_names[i]).p, e))
            return false;
    out->setl_id = arena_str(x->a, told(&x->s, "setlinfo.setl_id"));
    out->mdtrt_id = arena_str(x->a, told(&x->s, "setlinfo.mdtrt_id"));
    out->insutype = arena_str(x->a, told(&x->s, "setlinfo.insutype"));
    out->clr_type = arena_str(x->a, told(&x->s, "setlinfo.clr_type"));
    return true;
}

static bool equal(const char *what, int64_t left, int64_t right, err *e)
{
    if (left == right)
        return true;
    return FAIL(e, ERR_AMOUNT_MISMATCH, "%s: %s against %s", what, money_show(left).c,
                money_show(right).c);
}

#define F(name) (s->fen[MONEY_##name])

/* What holds in every answer with money. */
static bool identities(const settled *s, err *e)
{
    return equal("medfee_sumamt = fund_pay_sumamt + psn_part_amt + hosp_part_amt", F(medfee_sumamt),
                 F(fund_pay_sumamt) + F(psn_part_amt) + F(hosp_part_amt), e) &&
           equal("medfee_sumamt = inscp_scp + fulamt_ownpay + overlmt_selfpay + preselfpay",
                 F(medfee_sumamt),
                 F(inscp_scp_amt) + F(fulamt_ownpay_amt) + F(overlmt_selfpay) + F(preselfpay_amt),
                 e) &&
           equal("fund_pay_sumamt = the sum of the funds", F(fund_pay_sumamt),
                 F(hifp_pay) + F(cvlserv_pay) + F(hifes_pay) + F(hifmi_pay) + F(hifob_pay) +
                     F(hifdm_pay) + F(maf_pay) + F(oth_pay),
                 e) &&
           equal("psn_part_amt = acct_pay + psn_cash_pay", F(psn_part_amt),
                 F(acct_pay) + F(psn_cash_pay), e);
}

static bool same_money(const settled *was, const settled *is, int sign, err *e)
{
    for (int i = 0; i < MONEY__COUNT; i++)
        if (!equal(money_names[i], is->fen[i], sign * was->fen[i], e))
            return false;
    return true;
}

/* ---- what is sent ---- */

static int64_t total_of(const run *x)
{
    int64_t fen = 0;
    for (int i = 0; i < x->c->item_count; i++)
        fen += x->c->item[i].fen * x->c->item[i].count;
    return fen;
}

/* Short enough for a number of a row with two more digits. */
static str batch_new(run *x)
{
    str id = msgid_new(&x->s, x->a);
    return (str){id.p + id.n - 16, 16};
}

static str rows_json(run *x, str visit, const char *more)
{
    json_out o = json_out_new(x->a, 1024);
    json_open(&o, '[');
    for (int i = 0; i < x->c->item_count; i++) {
        const acceptance_item *m = &x->c->item[i];
        str row = arena_printf(
            x->a,
            "{\"feedetl_sn\":\"%.*s%02d\",\"mdtrt_id\":\"%.*s\",\"psn_no\":\"%.*s\",\"rxno\":\"\","
            "\"rx_circ_flag\":\"0\",\"fee_ocur_time\":\"%.*s\",\"med_list_codg\":\"%.*s\","
            "\"medins_list_codg\":\"%.*s\",\"det_item_fee_sumamt\":\"%s\",\"cnt\":\"%d\",\"pric\":"
            "\"%s\",\"bilg_dept_codg\":\"A03\",\"bilg_dept_name\":\"内科\",\"bilg_dr_codg\":\"D1\","
            "\"bilg_dr_name\":\"验收医生\",\"hosp_appr_flag\":\"1\"%s}",
            STR_ARG(x->batch), i + 1, STR_ARG(visit), STR_ARG(x->psn_no), STR_ARG(x->now),
            STR_ARG(m->code), STR_ARG(m->code), money_show(m->fen * m->count).c, m->count,
            money_show(m->fen).c, more);
        json_raw(&o, row);
    }
    json_close(&o, ']');
    return json_out_text(&o);
}

static str person_fields(const run *x)
{
    return arena_printf(x->a,
                        "\"psn_no\":\"%.*s\",\"mdtrt_cert_type\":\"02\",\"mdtrt_cert_no\":\"%.*s\","
                        "\"psn_cert_type\":\"01\",\"certno\":\"%.*s\",\"psn_type\":\"%.*s\","
                        "\"psn_name\":\"%.*s\",\"insutype\":\"%.*s\"",
                        STR_ARG(x->psn_no), STR_ARG(x->c->id_no), STR_ARG(x->c->id_no),
                        STR_ARG(x->psn_type), STR_ARG(x->psn_name), STR_ARG(x->insutype));
}

static str diagnosis(const run *x, const char *more)
{
    return arena_printf(
        x->a,
        "{\"diag_type\":\"1\",\"diag_srt_no\":\"1\",\"diag_code\":\"%.*s\",\"diag_name\":\"%.*s\","
        "\"diag_dept\":\"内科\",\"dise_dor_no\":\"D1\",\"dise_dor_name\":\"验收医生\",\"diag_"
        "time\":"
        "\"%.*s\",\"vali_flag\":\"1\",\"maindiag_flag\":\"1\",\"psn_no\":\"%.*s\"%s}",
        STR_ARG(x->c->disease), STR_ARG(x->c->disease_name), STR_ARG(x->now), STR_ARG(x->psn_no),
        more);
}

static str bill_json(const run *x, str visit, const char *med_type, int64_t fen)
{
    return arena_printf(x->a,
                        "{\"data\":{%.*s,\"med_type\":\"%s\",\"medfee_sumamt\":\"%s\","
                        "\"psn_setlway\":\"01\",\"mdtrt_id\":\"%.*s\",\"chrg_bchno\":\"%.*s\","
                        "\"acct_used_flag\":\"1\",\"fulamt_ownpay_amt\":\"0\",\"overlmt_selfpay\":"
                        "\"0\",\"preselfpay_amt\":\"0\",\"inscp_scp_amt\":\"0\",\"insuplc_admdvs\":"
                        "\"%.*s\",\"mdtrtarea_admvs\":\"%.*s\",\"mid_setl_flag\":\"0\"}}",
                        STR_ARG(person_fields(x)), med_type, money_show(fen).c, STR_ARG(visit),
                        STR_ARG(x->batch), STR_ARG(x->c->area), STR_ARG(x->c->area));
}

/* ---- sign-in, person, institution ---- */

static bool sign_in(run *x, err *e)
{
    if (!say(&x->s, "9001",
             S("{\"signIn\":{\"opter_no\":\"0001\",\"mac\":\"00-00-00-00-00-01\",\"ip\":\"192.0.2."
               "1\"}}"),
             x->a, e))
        return false;
    x->s.sign_no = arena_str(x->a, told(&x->s, "signinoutb.sign_no"));
    return x->s.sign_no.n > 0 || FAIL(e, ERR_MISSING_FIELD, "signinoutb.sign_no is missing");
}

/* The cover that holds. */
static bool cover_choose(run *x, err *e)
{
    const json_node *list = told_node(&x->s, "insuinfo"), *first = x->s.doc;
    ptrdiff_t from = list ? list - first : 0, end = list ? list->next : 0;
    ptrdiff_t i = list && list->kind == JSON_LIST ? from + 1 : from;
    for (; list && i < end; i = first[i].next) {
        str type = S(""), state = S(""), kind = S("");
        for (ptrdiff_t k = i + 1; k < first[i].next; k = first[k].next) {
            if (str_eq(first[k].key, S("insutype")))
                type = first[k].text;
            if (str_eq(first[k].key, S("psn_insu_stas")))
                state = first[k].text;
            if (str_eq(first[k].key, S("psn_type")))
                kind = first[k].text;
        }
        if (!str_eq(state, S("1")))
            continue;
        x->insutype = arena_str(x->a, type);
        /* 1101 tells 1701, and what takes it has room for three: then its group goes there */
        x->psn_type = arena_str(x->a, kind.n > 3 ? (str){kind.p, 2} : kind);
        return true;
    }
    return FAIL(e, ERR_NO_COVER, "insuinfo has no cover that holds (psn_insu_stas 1)");
}

static bool person(run *x, err *e)
{
    str id = x->c->id_no;
    if (!say(&x->s, "1101",
             arena_printf(x->a,
                          "{\"data\":{\"mdtrt_cert_type\":\"02\",\"mdtrt_cert_no\":\"%.*s\","
                          "\"card_sn\":\"\",\"begntime\":\"\",\"psn_cert_type\":\"01\",\"certno\":"
                          "\"%.*s\",\"psn_name\":\"%.*s\"}}",
                          STR_ARG(id), STR_ARG(id), STR_ARG(x->psn_name)),
             x->a, e))
        return false;
    x->psn_no = arena_str(x->a, told(&x->s, "baseinfo.psn_no"));
    x->psn_name = arena_str(x->a, told(&x->s, "baseinfo.psn_name"));
    if (!str_eq(told(&x->s, "baseinfo.certno"), id))
        return FAIL(e, ERR_ID_MISMATCH, "baseinfo.certno is not the one that was asked for");
    return x->psn_no.n ? cover_choose(x, e)
                       : FAIL(e, ERR_MISSING_FIELD, "baseinfo.psn_no is missing");
}

static bool institution(run *x, err *e)
{
    str code = x->c->institution;
    if (!say(&x->s, "1201",
             arena_printf(x->a,
                          "{\"medinsinfo\":{\"fixmedins_type\":\"%s\",\"fixmedins_code\":\"%.*s\","
                          "\"fixmedins_name\":\"\"}}",
                          code.p[0] == 'P' ? "2" : "1", STR_ARG(code)),
             x->a, e))
        return false;
    if (!str_eq(told(&x->s, "medinsinfo.fixmedins_code"), code))
        return FAIL(e, ERR_NOT_FOUND, "medinsinfo.fixmedins_code is '%.*s'",
                    STR_ARG(told(&x->s, "medinsinfo.fixmedins_code")));
    x->pharmacy = str_eq(told(&x->s, "medinsinfo.fixmedins_type"), S("2"));
    return true;
}

static bool benefit(run *x, err *e)
{
    if (!say(&x->s, "2001",
             arena_printf(x->a,
                          "{\"data\":{\"psn_no\":\"%.*s\",\"insutype\":\"%.*s\",\"fixmedins_code\":"
                          "\"%.*s\",\"med_type\":\"11\",\"begntime\":\"%.*s\",\"endtime\":\"\"}}",
                          STR_ARG(x->psn_no), STR_ARG(x->insutype), STR_ARG(x->c->institution),
                          STR_ARG(x->now)),
             x->a, e))
        return false;
    return str_eq(told(&x->s, "trtinfo.trt_enjymnt_flag"), S("1")) ||
           FAIL(e, ERR_NO_COVER, "trtinfo.trt_enjymnt_flag is not 1");
}

/* ---- totals ---- */

/* "fixmedins_setl_cnt: 6 / 0; medfee_sumamt: 12.30 / 0.00": theirs stands before the slash. */
static bool told_before(int64_t *out, str text, const char *name, bool is_money)
{
    ptrdiff_t n = (ptrdiff_t)strlen(name);
    *out = 0;
    for (ptrdiff_t i = 0; i + n + 2 < text.n; i++) {
        if (memcmp(text.p + i, name, (size_t)n) != 0)
            continue;
        str v = {text.p + i + n + 2, 0};
        while (v.p + v.n < text.p + text.n && v.p[v.n] != ' ')
            v.n++;
        bool minus = v.n > 0 && v.p[0] == '-';
        int64_t value;
        if (!decimal_parse(&value, minus ? (str){v.p + 1, v.n - 1} : v, is_money ? 2 : 0,
                           MONEY_FEN_MAX))
            return false;
        *out = minus ? -value : value;
    }
    return true;
}

static bool totals_ask(run *x, const baseline *b, const baseline *there, err *e)
{
    return say(
        &x->s, "3201",
        arena_printf(
            x->a,
            "{\"data\":{\"insutype\":\"%.*s\",\"clr_type\":\"%.*s\",\"setl_optins\":\"%.*s\","
            "\"stmt_begndate\":\"%.*s\",\"stmt_enddate\":\"%.*s\",\"medfee_sumamt\":\"%s\","
            "\"fund_pay_sumamt\":\"%s\",\"acct_pay\":\"%s\",\"fixmedins_setl_cnt\":\"%" PRId64
            "\",\"fixmedins_refd_setl_flag\":\"0\",\"refd_setl_flag\":\"\"}}",
            STR_ARG(b->insutype), STR_ARG(b->clr_type), STR_ARG(x->c->area), STR_ARG(x->today),
            STR_ARG(x->today), money_show(there->total).c, money_show(there->fund).c,
            money_show(there->account).c, there->count),
        x->a, e);
}

/* Before the first settlement of a kind: what the institution has settled today already. */
static bool baseline_take(run *x, const settled *s, err *e)
{
    static const baseline nothing = {.known = false};
    for (int i = 0; i < x->base_count; i++)
        if (str_eq(x->base[i].clr_type, s->clr_type))
            return true;
    if (x->base_count == KINDS_MAX)
        return true;
    baseline *b = &x->base[x->base_count++];
    *b = (baseline){.insutype = s->insutype.n ? s->insutype : x->insutype, .clr_type = s->clr_type};
    if (!totals_ask(x, b, &nothing, e))
        return false;
    str text = told(&x->s, "stmtinfo.stmt_rslt_dscr");
    b->known = str_eq(told(&x->s, "stmtinfo.stmt_rslt"), S("0"));
    if (b->known)
        return true;
    b->known = text.n > 0 && told_before(&b->count, text, "fixmedins_setl_cnt", false) &&
               told_before(&b->total, text, "medfee_sumamt", true) &&
               told_before(&b->fund, text, "fund_pay_sumamt", true) &&
               told_before(&b->account, text, "acct_pay", true) && b->count != 0;
    return true;
}

static bool totals(run *x, err *e)
{
    if (x->base_count == 0)
        return FAIL(e, ERR_NOT_FOUND, "nothing was settled");
    for (int i = 0; i < x->base_count; i++) {
        const baseline *b = &x->base[i];
        baseline all = *b;
        for (int k = 0; k < x->all_count; k++) {
            if (!str_eq(x->all[k].clr_type, b->clr_type))
                continue;
            all.count++;
            all.total += x->all[k].fen[MONEY_medfee_sumamt];
            all.fund += x->all[k].fen[MONEY_fund_pay_sumamt];
            all.account += x->all[k].fen[MONEY_acct_pay];
        }
        if (!b->known)
            return FAIL(e, ERR_NOT_FOUND,
                        "the institution had settled today before; take a fresh one");
        if (!totals_ask(x, b, &all, e))
            return false;
        if (!str_eq(told(&x->s, "stmtinfo.stmt_rslt"), S("0")))
            return FAIL(e, ERR_AMOUNT_MISMATCH, "clr_type %.*s: %.*s", STR_ARG(b->clr_type),
                        STR_ARG(told(&x->s, "stmtinfo.stmt_rslt_dscr")));
    }
    return true;
}

static bool keep(run *x, const settled *s, err *e)
{
    if (s->setl_id.n == 0)
        return FAIL(e, ERR_MISSING_FIELD, "setlinfo.setl_id is missing");
    for (int i = 0; i < x->all_count; i++)
        if (str_eq(x->all[i].setl_id, s->setl_id))
            return FAIL(e, ERR_EXISTS, "setl_id %.*s was given before", STR_ARG(s->setl_id));
    if (x->all_count < SETTLED_MAX)
        x->all[x->all_count++] = *s;
    return true;
}

/* ---- settling, in whichever setting ---- */

static bool preview(run *x, const char *no, str input, err *e)
{
    if (!say(&x->s, no, input, x->a, e) || !settled_read(&x->preview, x, e) ||
        !identities(&x->preview, e))
        return false;
    return equal("medfee_sumamt", x->preview.fen[MONEY_medfee_sumamt], total_of(x), e) &&
           baseline_take(x, &x->preview, e);
}

static bool settle(run *x, const char *no, str input, err *e)
{
    return say(&x->s, no, input, x->a, e) && settled_read(&x->last, x, e) &&
           identities(&x->last, e) && same_money(&x->preview, &x->last, 1, e) &&
           keep(x, &x->last, e);
}

static bool undo(run *x, const char *no, err *e)
{
    settled back;
    str input = arena_printf(
        x->a, "{\"data\":{\"setl_id\":\"%.*s\",\"mdtrt_id\":\"%.*s\",\"psn_no\":\"%.*s\"}}",
        STR_ARG(x->last.setl_id), STR_ARG(x->last.mdtrt_id), STR_ARG(x->psn_no));
    return say(&x->s, no, input, x->a, e) && settled_read(&back, x, e) && identities(&back, e) &&
           same_money(&x->last, &back, -1, e) && keep(x, &back, e);
}

static bool refused(run *x, str body, const char *why, err *e)
{
    err expected = {0};
    if (!say_again(&x->s, body, x->a, &expected)) {
        if (expected.code == ERR_REFUSED)
            return true;
        *e = expected;
        return false;
    }
    return FAIL(e, ERR_IDEMPOTENCY, "%s was accepted", why);
}

/* The same bytes once more: the first answer, and nothing is done twice. */
static bool replay(run *x, err *e)
{
    settled again;
    if (!say_again(&x->s, x->s.last_body, x->a, e) || !settled_read(&again, x, e))
        return false;
    return str_eq(again.setl_id, x->last.setl_id)
               ? same_money(&x->last, &again, 1, e)
               : FAIL(e, ERR_IDEMPOTENCY, "another setl_id: settled twice");
}

static str pharmacy_bill(run *x, str batch)
{
    x->batch = batch;
    return arena_printf(x->a,
                        "{\"druginfo\":{%.*s,\"begntime\":\"%.*s\",\"medfee_sumamt\":\"%s\","
                        "\"acct_used_flag\":\"1\",\"med_type\":\"11\"},\"drugdetail\":%.*s}",
                        STR_ARG(person_fields(x)), STR_ARG(x->now), money_show(total_of(x)).c,
                        STR_ARG(rows_json(x, S(""), "")));
}

static bool changed_body(run *x, err *e)
{
    str input = x->pharmacy ? pharmacy_bill(x, batch_new(x))
                            : bill_json(x, x->mdtrt_id, "11", total_of(x) + 100);
    str body = envelope(&x->s, x->pharmacy ? "2102" : "2207", x->last.msgid, input, x->a);
    return refused(x, body, "another body under the same msgid", e);
}

/* 2601: undone by its msgid.  Once more some platforms refuse and some agree; that it had no effect
 * is seen by the totals. */
static bool cancel(run *x, err *e)
{
    settled back = x->last;
    str input =
        arena_printf(x->a, "{\"data\":{\"psn_no\":\"%.*s\",\"omsgid\":\"%.*s\",\"oinfno\":\"%s\"}}",
                     STR_ARG(x->psn_no), STR_ARG(x->last.msgid), x->pharmacy ? "2102" : "2207");
    if (!say(&x->s, "2601", input, x->a, e))
        return false;
    for (int i = 0; i < MONEY__COUNT; i++)
        back.fen[i] = -back.fen[i];
    back.setl_id = x->s.last_msgid; /* it tells no number */
    str again = envelope(&x->s, "2601", msgid_new(&x->s, x->a), input, x->a);
    err second = {0};
    if (!say_again(&x->s, again, x->a, &second) && second.code != ERR_REFUSED) {
        *e = second;
        return false;
    }
    return keep(x, &back, e);
}

/* ---- outpatient ---- */

static bool registered(run *x, err *e)
{
    str input =
        arena_printf(x->a,
                     "{\"data\":{%.*s,\"begntime\":\"%.*s\",\"ipt_otp_no\":\"%.*s\","
                     "\"atddr_no\":\"D1\",\"dr_name\":\"验收医生\",\"dept_code\":\"A03\","
                     "\"dept_name\":\"内科\",\"caty\":\"A03\"}}",
                     STR_ARG(person_fields(x)), STR_ARG(x->now), STR_ARG(msgid_new(&x->s, x->a)));
    if (!say(&x->s, "2201", input, x->a, e))
        return false;
    x->mdtrt_id = arena_str(x->a, told(&x->s, "data.mdtrt_id"));
    return x->mdtrt_id.n > 0 || FAIL(e, ERR_MISSING_FIELD, "data.mdtrt_id is missing");
}

static bool visit(run *x, err *e)
{
    return say(&x->s, "2203",
               arena_printf(
                   x->a,
                   "{\"mdtrtinfo\":{\"mdtrt_id\":\"%.*s\",\"psn_no\":\"%.*s\",\"med_type\":"
                   "\"11\",\"begntime\":\"%.*s\",\"main_cond_dscr\":\"\",\"dise_codg\":"
                   "\"%.*s\",\"dise_name\":\"%.*s\"},\"diseinfo\":[%.*s]}",
                   STR_ARG(x->mdtrt_id), STR_ARG(x->psn_no), STR_ARG(x->now),
                   STR_ARG(x->c->disease), STR_ARG(x->c->disease_name), STR_ARG(diagnosis(x, ""))),
               x->a, e);
}

/* Each row is split without a remainder. */
static bool split_check(const run *x, err *e)
{
    const json_node *list = told_node(&x->s, "result"), *first = x->s.doc;
    static const char *const names[] = {"det_item_fee_sumamt", "fulamt_ownpay_amt", "overlmt_amt",
                                        "preselfpay_amt", "inscp_scp_amt"};
    int64_t sum[COUNTOF(names)] = {0};
    int rows = 0;
    if (!list)
        return FAIL(e, ERR_MISSING_FIELD, "output.result is missing");
    ptrdiff_t i = list->kind == JSON_LIST ? list - first + 1 : list - first;
    for (; i < list->next; i = first[i].next, rows++)
        for (ptrdiff_t k = i + 1; k < first[i].next; k = first[k].next)
            for (int m = 0; m < (int)COUNTOF(names); m++) {
                money v;
                if (str_eq(first[k].key, str_of(names[m])) && money_parse(&v, first[k].text))
                    sum[m] += v.fen;
            }
    if (rows != x->c->item_count)
        return FAIL(e, ERR_MISSING_FIELD, "%d rows for %d items", rows, x->c->item_count);
    return equal("det_item_fee_sumamt", sum[0], total_of(x), e) &&
           equal("det_item_fee_sumamt = its parts", sum[0], sum[1] + sum[2] + sum[3] + sum[4], e);
}

static bool upload(run *x, err *e)
{
    x->batch = batch_new(x);
    str more = arena_printf(x->a, ",\"chrg_bchno\":\"%.*s\"", STR_ARG(x->batch));
    return say(&x->s, "2204",
               arena_printf(x->a, "{\"feedetail\":%.*s}",
                            STR_ARG(rows_json(x, x->mdtrt_id, more.p))),
               x->a, e) &&
           split_check(x, e);
}

static bool op_preview(run *x, err *e)
{
    return preview(x, "2206", bill_json(x, x->mdtrt_id, "11", total_of(x)), e);
}

static bool op_settle(run *x, err *e)
{
    return settle(x, "2207", bill_json(x, x->mdtrt_id, "11", total_of(x)), e);
}

static bool query(run *x, err *e)
{
    settled shown;
    str input = arena_printf(
        x->a, "{\"data\":{\"psn_no\":\"%.*s\",\"setl_id\":\"%.*s\",\"mdtrt_id\":\"%.*s\"}}",
        STR_ARG(x->psn_no), STR_ARG(x->last.setl_id), STR_ARG(x->mdtrt_id));
    return say(&x->s, "5203", input, x->a, e) && settled_read(&shown, x, e) &&
           same_money(&x->last, &shown, 1, e);
}

static bool op_undo(run *x, err *e)
{
    return undo(x, "2208", e);
}

/* ---- stays ---- */

static bool admit(run *x, err *e)
{
    str input = arena_printf(
        x->a,
        "{\"mdtrtinfo\":{%.*s,\"cert_type\":\"01\",\"begntime\":\"%.*s\",\"med_type\":\"2101\","
        "\"ipt_no\":\"%.*s\",\"atddr_no\":\"D1\",\"chfpdr_name\":\"验收医生\",\"adm_diag_dscr\":"
        "\"%.*s\",\"adm_dept_codg\":\"A03\",\"adm_dept_name\":\"内科\",\"adm_bed\":\"01\","
        "\"dscg_maindiag_code\":\"%.*s\",\"dscg_maindiag_name\":\"%.*s\",\"insuplc_admdvs\":"
        "\"%.*s\",\"mdtrtarea_admvs\":\"%.*s\"},\"diseinfo\":[%.*s]}",
        STR_ARG(person_fields(x)), STR_ARG(x->now), STR_ARG(msgid_new(&x->s, x->a)),
        STR_ARG(x->c->disease_name), STR_ARG(x->c->disease), STR_ARG(x->c->disease_name),
        STR_ARG(x->c->area), STR_ARG(x->c->area), STR_ARG(diagnosis(x, "")));
    if (!say(&x->s, "2401", input, x->a, e))
        return false;
    x->stay_id = arena_str(x->a, told(&x->s, "result.mdtrt_id"));
    return x->stay_id.n > 0 || FAIL(e, ERR_MISSING_FIELD, "result.mdtrt_id is missing");
}

static bool stay_items(run *x, err *e)
{
    x->batch = batch_new(x);
    return say(&x->s, "2301",
               arena_printf(x->a, "{\"feedetail\":%.*s}",
                            STR_ARG(rows_json(x, x->stay_id, ",\"med_type\":\"2101\""))),
               x->a, e) &&
           split_check(x, e);
}

static bool discharge(run *x, err *e)
{
    str more = arena_printf(x->a, ",\"mdtrt_id\":\"%.*s\"", STR_ARG(x->stay_id));
    return say(&x->s, "2402",
               arena_printf(
                   x->a,
                   "{\"dscginfo\":{\"mdtrt_id\":\"%.*s\",\"psn_no\":\"%.*s\",\"insutype\":\"%.*s\","
                   "\"endtime\":\"%.*s\",\"dscg_dept_codg\":\"A03\",\"dscg_dept_name\":\"内科\","
                   "\"dscg_way\":\"1\"},\"diseinfo\":[%.*s]}",
                   STR_ARG(x->stay_id), STR_ARG(x->psn_no), STR_ARG(x->insutype), STR_ARG(x->now),
                   STR_ARG(diagnosis(x, more.p))),
               x->a, e);
}

static bool ip_preview(run *x, err *e)
{
    return preview(x, "2303", bill_json(x, x->stay_id, "2101", total_of(x)), e);
}

static bool ip_settle(run *x, err *e)
{
    return settle(x, "2304", bill_json(x, x->stay_id, "2101", total_of(x)), e);
}

static bool ip_undo(run *x, err *e)
{
    return undo(x, "2305", e);
}

/* ---- pharmacies ---- */

static bool ph_preview(run *x, err *e)
{
    return preview(x, "2101", pharmacy_bill(x, batch_new(x)), e);
}

static bool ph_settle(run *x, err *e)
{
    return settle(x, "2102", pharmacy_bill(x, batch_new(x)), e);
}

static bool ph_undo(run *x, err *e)
{
    return undo(x, "2103", e);
}

/* ---- one by one, and out ---- */

static str details_file(run *x)
{
    str all = S("");
    for (int i = 0; i < x->all_count; i++) {
        const settled *s = &x->all[i];
        all = arena_printf(x->a, "%.*s%.*s\t%.*s\t%.*s\t%s\t%s\t%s\t0\n", STR_ARG(all),
                           STR_ARG(s->setl_id), STR_ARG(s->mdtrt_id), STR_ARG(x->psn_no),
                           money_show(F(medfee_sumamt)).c, money_show(F(fund_pay_sumamt)).c,
                           money_show(F(acct_pay)).c);
    }
    json_out o = json_out_new(x->a, 4 * all.n + 64);
    json_open(&o, '[');
    for (ptrdiff_t i = 0; i < all.n; i++)
        json_number(&o, (unsigned char)all.p[i]);
    json_close(&o, ']');
    return json_out_text(&o);
}

static bool details(run *x, err *e)
{
    str bytes = details_file(x);
    if (!say(&x->s, "9101",
             arena_printf(x->a,
                          "{\"fsUploadIn\":{\"in\":%.*s,\"filename\":\"stmt.txt\","
                          "\"fixmedins_code\":\"%.*s\"}}",
                          STR_ARG(bytes), STR_ARG(x->c->institution)),
             x->a, e))
        return false;
    str file = arena_str(x->a, told(&x->s, "file_qury_no"));
    str clr = x->base_count ? x->base[0].clr_type : S("11");
    if (!say(&x->s, "3202",
             arena_printf(x->a,
                          "{\"data\":{\"setl_optins\":\"%.*s\",\"file_qury_no\":\"%.*s\","
                          "\"stmt_begndate\":\"%.*s\",\"stmt_enddate\":\"%.*s\",\"medfee_sumamt\":"
                          "\"0\",\"fund_pay_sumamt\":\"0\",\"cash_payamt\":\"0\","
                          "\"fixmedins_setl_cnt\":\"%d\",\"clr_type\":\"%.*s\","
                          "\"fixmedins_refd_setl_flag\":\"0\"}}",
                          STR_ARG(x->c->area), STR_ARG(file), STR_ARG(x->today), STR_ARG(x->today),
                          x->all_count, STR_ARG(clr)),
             x->a, e))
        return false;
    x->file_no = arena_str(x->a, told(&x->s, "fileinfo.file_qury_no"));
    return x->file_no.n > 0 || FAIL(e, ERR_MISSING_FIELD, "fileinfo.file_qury_no is missing");
}

static bool download(run *x, err *e)
{
    if (!say(&x->s, "9102",
             arena_printf(x->a,
                          "{\"fsDownloadIn\":{\"file_qury_no\":\"%.*s\",\"filename\":\"stmt.zip\","
                          "\"fixmedins_code\":\"%.*s\"}}",
                          STR_ARG(x->file_no), STR_ARG(x->c->institution)),
             x->a, e))
        return false;
    return x->s.is_file || FAIL(e, ERR_BAD_VALUE, "what came is no ZIP");
}

static bool sign_out(run *x, err *e)
{
    return say(&x->s, "9002",
               arena_printf(x->a, "{\"signOut\":{\"sign_no\":\"%.*s\",\"opter_no\":\"0001\"}}",
                            STR_ARG(x->s.sign_no)),
               x->a, e);
}

/* ---- the sequence ---- */

/* Where a step is needed and fails, those after it in its part are skipped; without the first part
 * all are. */
typedef enum { PART_START = 0, PART_VISIT, PART_STAY, PART_DRUGS, PART_TOTALS, PART__COUNT } part;

static const struct {
    part part;
    bool needed;
    bool (*step)(run *x, err *e);
    const char *no, *zh, *en;
} steps[] = {
    {PART_START, true, sign_in, "9001", "签到", "sign in"},
    {PART_START, true, person, "1101", "人员信息", "person"},
    {PART_START, true, institution, "1201", "机构信息", "institution"},
    {PART_VISIT, false, benefit, "2001", "待遇检查", "entitlement"},
    {PART_VISIT, true, registered, "2201", "门诊挂号", "registration"},
    {PART_VISIT, true, visit, "2203", "就诊信息", "visit"},
    {PART_VISIT, true, upload, "2204", "费用明细", "items"},
    {PART_VISIT, true, op_preview, "2206", "预结算，恒等式成立", "preview; its sums agree"},
    {PART_VISIT, true, op_settle, "2207", "结算与预结算一致", "settlement as previewed"},
    {PART_VISIT, false, replay, "2207", "原报文重发，得到首次应答",
     "the same once more: the first answer"},
    {PART_VISIT, false, changed_body, "2207", "同号异文被拒", "another body, same number: refused"},
    {PART_VISIT, false, query, "5203", "结算查询一致", "looked up: the same"},
    {PART_VISIT, true, op_undo, "2208", "撤销为全负数", "reversal: the same, negative"},
    {PART_VISIT, true, op_settle, "2207", "再次结算", "settled once more"},
    {PART_VISIT, false, cancel, "2601", "按报文冲正，重复不再起作用",
     "undone by number; twice has no effect"},
    {PART_VISIT, true, op_settle, "2207", "最后一次结算", "settled for good"},
    {PART_STAY, true, admit, "2401", "入院", "admission"},
    {PART_STAY, true, stay_items, "2301", "住院明细", "items of a stay"},
    {PART_STAY, true, discharge, "2402", "出院", "discharge"},
    {PART_STAY, true, ip_preview, "2303", "住院预结算", "preview of a stay"},
    {PART_STAY, true, ip_settle, "2304", "住院结算", "settlement of a stay"},
    {PART_STAY, false, replay, "2304", "原报文重发，得到首次应答",
     "the same once more: the first answer"},
    {PART_STAY, true, ip_undo, "2305", "住院结算撤销", "reversal of a stay"},
    {PART_DRUGS, true, ph_preview, "2101", "药店预结算", "preview in a pharmacy"},
    {PART_DRUGS, true, ph_settle, "2102", "药店结算", "settlement in a pharmacy"},
    {PART_DRUGS, false, replay, "2102", "原报文重发，得到首次应答",
     "the same once more: the first answer"},
    {PART_DRUGS, false, changed_body, "2102", "同号异文被拒", "another body, same number: refused"},
    {PART_DRUGS, true, ph_undo, "2103", "药店结算撤销", "reversal in a pharmacy"},
    {PART_DRUGS, true, ph_settle, "2102", "再次结算", "settled once more"},
    {PART_DRUGS, false, cancel, "2601", "按报文冲正，重复不再起作用",
     "undone by number; twice has no effect"},
    {PART_TOTALS, false, totals, "3201", "对总账，一分不差", "totals agree to the fen"},
    {PART_TOTALS, true, details, "3202", "对明细账", "settlements one by one"},
    {PART_TOTALS, false, download, "9102", "下载对账结果", "the outcome fetched"},
    {PART_TOTALS, false, sign_out, "9002", "签退", "sign out"},
};

static void steps_run(run *x, int *failed, acceptance_told *told_, void *arg)
{
    bool broken[PART__COUNT] = {false};
    for (ptrdiff_t i = 0; i < COUNTOF(steps); i++) {
        part p = steps[i].part;
        acceptance_result result = ACCEPTANCE_OK;
        err e = {0};
        if (x->pharmacy ? p == PART_VISIT || p == PART_STAY : p == PART_DRUGS)
            continue;
        if (p == PART_STAY && x->c->no_stays)
            continue;
        if (broken[PART_START] || broken[p])
            result = ACCEPTANCE_SKIPPED;
        else if (!steps[i].step(x, &e))
            result = ACCEPTANCE_FAILED;
        broken[p] |= result == ACCEPTANCE_FAILED && steps[i].needed;
        *failed += result != ACCEPTANCE_OK;
        told_(arg, steps[i].no, steps[i].zh, steps[i].en, result, e.msg);
    }
}

bool acceptance_run(
    int *failed, const acceptance_config *c, acceptance_told *told_, void *arg, arena *a, err *e)
{
    run *x = arena_new(a, run, 1);
    *failed = 0;
    x->c = c;
    x->a = a;
    x->s.line.c = c;
    x->s.line.serial = (int)(line_now_ms(&x->s.line) % 1000) * 10;
    x->s.line.answer = malloc((size_t)ANSWER_BYTES);
    x->s.reader = json_reader_new();
    x->psn_name = c->person_name;
    x->now = line_moment(line_now_ms(&x->s.line), a);
    x->today = (str){x->now.p, 10};
    bool ok = x->s.line.answer && x->s.reader;
    if (ok)
        steps_run(x, failed, told_, arg);
    json_reader_free(x->s.reader);
    free(x->s.line.answer);
    return ok || FAIL(e, ERR_OUT_OF_MEMORY, "no memory for answers");
}
