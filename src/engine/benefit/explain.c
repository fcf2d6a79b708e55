/* The trace as sentences a patient understands.  What a and b of a step hold is told here, beside
 * its sentence. */
#include "engine/benefit/settle_internal.h"

#define YUAN(fen) money_show(fen).c
#define RATE(e8)  rate_show(e8).c

static void layer_name(text_buffer *out, const benefit_result *r, const benefit_trace *t, lang l)
{
    if (t->layer < 0)
        return;
    const benefit_layer *layer = &r->policy->layer[t->layer];
    str name = l == LANG_ZH ? layer->zh : layer->en;
    text_add(out, name);
    text_add(out, l == LANG_ZH ? S("：") : S(": "));
}

static void basis(text_buffer *out, const benefit_result *r, const benefit_trace *t, lang l)
{
    if (!t->basis)
        return;
    const benefit_source *s = &r->policy->source[t->basis];
    text_printf(out, l == LANG_ZH ? "（依据：%.*s" : " (basis: %.*s", STR_ARG(s->title));
    if (s->note.n && !s->id.n)
        text_printf(out, " %.*s", STR_ARG(s->note));
    text_add(out, l == LANG_ZH ? S("）") : S(")"));
}

static void not_covered(text_buffer *out, const benefit_result *r, lang l)
{
    const benefit_policy *p = r->policy;
    str reason = r->where;
    if (str_eq(reason, S("death")))
        reason = l == LANG_ZH ? S("参保人已经死亡") : S("the insured person had died");
    else if (str_eq(reason, S("not_entitled")))
        reason =
            l == LANG_ZH ? S("当日不在待遇享受期内") : S("the day is outside the covered periods");
    for (int i = 0; i < p->not_covered_count; i++)
        if (str_eq(r->where, p->not_covered[i].reason))
            reason = l == LANG_ZH ? p->not_covered[i].zh : p->not_covered[i].en;
    text_add(out, reason);
}

static void sentence_zh(text_buffer *out, const benefit_result *r, const benefit_trace *t)
{
    int64_t fen = t->amount_fen, a = t->a, b = t->b;
    switch ((benefit_step_kind)t->step) {
    case STEP_NOT_COVERED:
        text_printf(out, "医保不支付这张账单：");
        not_covered(out, r, LANG_ZH);
        text_printf(out, "，%s 元全部由个人负担。", YUAN(fen));
        break;
    case STEP_TOTAL: /* a: lines */
        text_printf(out, "医疗费总额 %s 元，共 %" PRId64 " 项。", YUAN(fen), a);
        break;
    case STEP_OWN:
        text_printf(out, "全自费（丙类或目录外）%s 元。", YUAN(fen));
        break;
    case STEP_OVER_LIMIT:
        text_printf(out, "超过限价、由个人负担 %s 元。", YUAN(fen));
        break;
    case STEP_PAY_FIRST:
        text_printf(out, "乙类先行自付 %s 元。", YUAN(fen));
        break;
    case STEP_ROUTE_SHARE:
        text_printf(out, "异地就医先行自付 %s 元。", YUAN(fen));
        break;
    case STEP_IN_SCOPE:
        text_printf(out, "政策范围内费用 %s 元。", YUAN(fen));
        break;
    case STEP_SKIPPED:
        text_printf(out, "不符合条件，不计算。");
        break;
    case STEP_BASE:
        text_printf(out, "计算基数 %s 元。", YUAN(fen));
        break;
    case STEP_EXPENSE_CAP: /* a: limit, b: base */
        text_printf(out, "费用限额 %s 元，本次可计入 %s 元。", YUAN(a), YUAN(fen));
        break;
    case STEP_DEDUCTIBLE_NOMINAL:
        text_printf(out, "起付线 %s 元。", YUAN(fen));
        break;
    case STEP_DEDUCTIBLE: /* a: still to be met, b: what may meet it */
        text_printf(out, "尚应承担起付线 %s 元，本次实际承担 %s 元。", YUAN(a), YUAN(fen));
        break;
    case STEP_SEGMENT: /* a: rate, b: payment */
        text_printf(out, "%s 元按 %s 支付，为 %s 元。", YUAN(fen), RATE(a), YUAN(b));
        break;
    case STEP_OVER_CAP:
        text_printf(out, "超过限额、本层不付 %s 元。", YUAN(fen));
        break;
    case STEP_CUMULATIVE: /* a: before, b: this bill */
        text_printf(out, "年度累计 %s 元（此前 %s 元，加本次 %s 元）。", YUAN(fen), YUAN(a),
                    YUAN(b));
        break;
    case STEP_ENTITLED:
        text_printf(out, "按年度累计应付 %s 元。", YUAN(fen));
        break;
    case STEP_ALREADY_PAID:
        text_printf(out, "此前已付 %s 元。", YUAN(fen));
        break;
    case STEP_TARGET: /* a: rate, b: paid so far */
        text_printf(out, "应补足到 %s，即 %s 元；前面各层已付 %s 元。", RATE(a), YUAN(fen),
                    YUAN(b));
        break;
    case STEP_CAP_LEFT: /* a: cap */
        text_printf(out, "最高支付限额 %s 元，还可支付 %s 元。", YUAN(a), YUAN(fen));
        break;
    case STEP_PAID:
        text_printf(out, "支付 %s 元。", YUAN(fen));
        break;
    case STEP_FUND_TOTAL:
        text_printf(out, "各项基金共支付 %s 元。", YUAN(fen));
        break;
    case STEP_HOSPITAL_PART:
        text_printf(out, "医院负担 %s 元。", YUAN(fen));
        break;
    case STEP_PERSONAL_PART:
        text_printf(out, "个人负担 %s 元。", YUAN(fen));
        break;
    case STEP_ACCOUNT:
        text_printf(out, "其中个人账户支付 %s 元。", YUAN(fen));
        break;
    case STEP_FAMILY_ACCOUNT:
        text_printf(out, "家庭共济账户支付 %s 元。", YUAN(fen));
        break;
    case STEP_CASH:
        text_printf(out, "需付现金 %s 元。", YUAN(fen));
        break;
    case STEP_NONE:
    case STEP__COUNT:
        assert(!"step without a sentence");
    }
}

static void sentence_en(text_buffer *out, const benefit_result *r, const benefit_trace *t)
{
    int64_t fen = t->amount_fen, a = t->a, b = t->b;
    switch ((benefit_step_kind)t->step) {
    case STEP_NOT_COVERED:
        text_printf(out, "The insurance does not pay this bill: ");
        not_covered(out, r, LANG_EN);
        text_printf(out, "; all %s yuan are the patient's.", YUAN(fen));
        break;
    case STEP_TOTAL:
        text_printf(out, "The bill is %s yuan in %" PRId64 " lines.", YUAN(fen), a);
        break;
    case STEP_OWN:
        text_printf(out, "%s yuan are outside the catalogue.", YUAN(fen));
        break;
    case STEP_OVER_LIMIT:
        text_printf(out, "%s yuan are above price limits.", YUAN(fen));
        break;
    case STEP_PAY_FIRST:
        text_printf(out, "%s yuan are the patient's first share of class B items.", YUAN(fen));
        break;
    case STEP_ROUTE_SHARE:
        text_printf(out, "%s yuan are the patient's first share for treatment out of area.",
                    YUAN(fen));
        break;
    case STEP_IN_SCOPE:
        text_printf(out, "%s yuan are in scope.", YUAN(fen));
        break;
    case STEP_SKIPPED:
        text_printf(out, "does not apply.");
        break;
    case STEP_BASE:
        text_printf(out, "works on %s yuan.", YUAN(fen));
        break;
    case STEP_EXPENSE_CAP:
        text_printf(out, "the limit on expense is %s yuan; %s yuan count now.", YUAN(a), YUAN(fen));
        break;
    case STEP_DEDUCTIBLE_NOMINAL:
        text_printf(out, "the deductible is %s yuan.", YUAN(fen));
        break;
    case STEP_DEDUCTIBLE:
        text_printf(out, "%s yuan of it are still to be met; %s yuan are met now.", YUAN(a),
                    YUAN(fen));
        break;
    case STEP_SEGMENT:
        text_printf(out, "%s yuan at %s are %s yuan.", YUAN(fen), RATE(a), YUAN(b));
        break;
    case STEP_OVER_CAP:
        text_printf(out, "%s yuan are above its limit.", YUAN(fen));
        break;
    case STEP_CUMULATIVE:
        text_printf(out, "%s yuan in the year (%s before, %s now).", YUAN(fen), YUAN(a), YUAN(b));
        break;
    case STEP_ENTITLED:
        text_printf(out, "%s yuan are due for the year so far.", YUAN(fen));
        break;
    case STEP_ALREADY_PAID:
        text_printf(out, "%s yuan of that were paid before.", YUAN(fen));
        break;
    case STEP_TARGET:
        text_printf(out, "tops up to %s, that is %s yuan; %s yuan are paid already.", RATE(a),
                    YUAN(fen), YUAN(b));
        break;
    case STEP_CAP_LEFT:
        text_printf(out, "the limit is %s yuan; %s yuan of it are left.", YUAN(a), YUAN(fen));
        break;
    case STEP_PAID:
        text_printf(out, "pays %s yuan.", YUAN(fen));
        break;
    case STEP_FUND_TOTAL:
        text_printf(out, "All funds together pay %s yuan.", YUAN(fen));
        break;
    case STEP_HOSPITAL_PART:
        text_printf(out, "The hospital bears %s yuan.", YUAN(fen));
        break;
    case STEP_PERSONAL_PART:
        text_printf(out, "The patient's part is %s yuan.", YUAN(fen));
        break;
    case STEP_ACCOUNT:
        text_printf(out, "%s yuan of it come from the personal account.", YUAN(fen));
        break;
    case STEP_FAMILY_ACCOUNT:
        text_printf(out, "%s yuan of it come from the family account.", YUAN(fen));
        break;
    case STEP_CASH:
        text_printf(out, "%s yuan are to be paid in cash.", YUAN(fen));
        break;
    case STEP_NONE:
    case STEP__COUNT:
        assert(!"step without a sentence");
    }
}

void benefit_sentence(text_buffer *out, const benefit_result *r, const benefit_trace *t, lang l)
{
    layer_name(out, r, t, l);
    if (l == LANG_ZH)
        sentence_zh(out, r, t);
    else
        sentence_en(out, r, t);
    if (t->step == STEP_PAID || (t->basis && t->step == STEP_SEGMENT))
        basis(out, r, t, l);
}
