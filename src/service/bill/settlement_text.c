/* Settlements as text for a terminal or a printer: who pays what, and with the trace also why. */
#include "service/bill/bill.h"

#include <stdlib.h>

#define TEXT_BYTES_MAX ((ptrdiff_t)1 << 20)

typedef struct {
    text_buffer *out;
    const benefit_result *r;
    lang lang;
} teller;

static const char *say(const teller *t, const char *zh, const char *en)
{
    return t->lang == LANG_ZH ? zh : en;
}

static void head(const teller *t, const claim_bill *claim, int part, int part_count)
{
    const benefit_policy *p = t->r->policy;
    char from[DAY_TEXT_SIZE];
    day_print(from, p->from);
    text_printf(t->out, say(t, "账单 %.*s  参保人 %.*s", "Bill %.*s  person %.*s"),
                STR_ARG(claim->bill.id), STR_ARG(claim->person_id));
    if (part_count > 1)
        text_printf(t->out, say(t, "  第 %d/%d 段", "  part %d of %d"), part, part_count);
    text_printf(t->out, say(t, "  %.*s（%s 起）\n", "  %.*s (from %s)\n"),
                STR_ARG(t->lang == LANG_ZH ? p->zh : p->en), from);
}

static void refused(const teller *t)
{
    const benefit_result *r = t->r;
    text_printf(t->out, "  %s%s（%s %.*s）\n", say(t, "无法结算：", "refused: "),
                t->lang == LANG_ZH ? refusal_zh(r->refusal) : refusal_en(r->refusal),
                refusal_name(r->refusal), STR_ARG(r->where));
}

static void steps(const teller *t)
{
    for (int i = 0; i < t->r->trace_count; i++) {
        const benefit_trace *step = &t->r->trace[i];
        if (step->amount_fen == 0 && step->step != STEP_PAID &&
            step->step != STEP_DEDUCTIBLE_NOMINAL)
            continue; /* nothing happened in it */
        text_add(t->out, S("  "));
        benefit_sentence(t->out, t->r, step, t->lang);
        text_add(t->out, S("\n"));
    }
}

static void payers(const teller *t)
{
    const benefit_result *r = t->r;
    bool first = true;
    for (int i = 0; i < r->layer_count; i++) {
        const benefit_layer *layer = &r->policy->layer[r->layer[i].layer];
        if (r->layer[i].paid.fen == 0 || layer->field >= FIELD_ACCOUNT)
            continue;
        text_printf(t->out, "%s%.*s %s", first ? say(t, "（", " (") : say(t, "，", ", "),
                    STR_ARG(t->lang == LANG_ZH ? layer->zh : layer->en),
                    money_show(r->layer[i].paid.fen).c);
        first = false;
    }
    if (!first)
        text_printf(t->out, "%s", say(t, "）", ")"));
}

static void total(const teller *t)
{
    const benefit_result *r = t->r;
    text_printf(t->out, say(t, "  总额 %s = 基金和医院 %s", "  total %s = funds and hospital %s"),
                money_show(r->total.fen).c, money_show(r->fund_total.fen + r->hospital_part.fen).c);
    payers(t);
    text_printf(t->out,
                say(t, " + 个人 %s（账户 %s，家庭共济 %s，现金 %s）\n",
                    " + personal %s (account %s, family %s, cash %s)\n"),
                money_show(r->personal_part.fen).c, money_show(r->account.fen).c,
                money_show(r->family_account.fen).c, money_show(r->cash.fen).c);
}

bool settlement_to_text(byte_buffer *b,
                        const claim_bill *claim,
                        const benefit_result *r,
                        int part,
                        int part_count,
                        bool explain,
                        lang l)
{
    char *memory = malloc((size_t)TEXT_BYTES_MAX);
    if (!memory)
        return false;
    text_buffer out = {memory, 0, TEXT_BYTES_MAX, false};
    teller t = {&out, r, l};
    head(&t, claim, part, part_count);
    if (r->status == BENEFIT_REFUSED) {
        refused(&t);
    } else {
        if (explain || r->status == BENEFIT_NOT_COVERED)
            steps(&t);
        total(&t);
    }
    text_add(&out, S("\n"));
    bool done = byte_buffer_add(b, (str){out.p, out.n});
    free(memory);
    return done;
}
