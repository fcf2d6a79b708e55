/* A policy read back in sentences, Chinese or English, so that whoever decided it can check it. */
#include "service/pack/pack.h"

typedef struct {
    text_buffer *out;
    const pack *pack;
    const benefit_policy *p;
    lang lang;
    bool told[1024]; /* layers already explained in full */
} teller;

static bool zh(const teller *t)
{
    return t->lang == LANG_ZH;
}

static const char *say(const teller *t, const char *chinese, const char *english)
{
    return zh(t) ? chinese : english;
}

#define TELL(t, chinese, english) text_printf((t)->out, "%s", say((t), (chinese), (english)))

static void fact_name(const teller *t, uint8_t fact)
{
    if (zh(t)) {
        text_printf(t->out, "%s", fact_table[fact].zh);
        return;
    }
    for (const char *c = fact_table[fact].name; *c; c++)
        text_printf(t->out, "%c", *c == '_' ? ' ' : *c);
}

static void word_name(const teller *t, uint8_t fact, word hash)
{
    str s = pack_word_text(t->pack, hash);
    const pack_word *w = pack_word_find(t->pack, (fact_id)fact, s);
    text_add(t->out, w ? (zh(t) ? w->zh : w->en) : s);
}

static void number(const teller *t, fact_kind kind, int64_t value)
{
    char on[DAY_TEXT_SIZE];
    switch (kind) {
    case KIND_DAY:
        day_print(on, (day){(int32_t)value});
        text_printf(t->out, "%s", on);
        break;
    case KIND_MONEY:
        text_printf(t->out, say(t, "%s 元", "%s yuan"), money_show(value).c);
        break;
    case KIND_PRICE:
        text_printf(t->out, say(t, "%s 元", "%s yuan"), money_show(value / 100).c);
        break;
    default:
        text_printf(t->out, "%" PRId64, value);
    }
}

static void range(const teller *t, fact_kind kind, const benefit_test *test)
{
    bool low = test->a > INT64_MIN + 1, high = test->b < INT64_MAX;
    if (low) {
        TELL(t, "不低于 ", " at least ");
        number(t, kind, test->a);
    }
    if (low && high)
        TELL(t, "且", " and");
    if (high) {
        TELL(t, "不高于 ", " at most ");
        number(t, kind, test->b);
    }
}

static void test(const teller *t, const benefit_test *x)
{
    fact_kind kind = fact_table[x->fact].kind;
    if (x->fact == FACT_NONE) {
        const benefit_accumulator *acc = &t->p->accumulator[x->accumulator];
        kind = acc->unit == UNIT_COUNT ? KIND_INT : KIND_MONEY;
        text_add(t->out, zh(t) ? acc->zh : acc->en);
    } else {
        fact_name(t, x->fact);
    }
    if (kind == KIND_FLAG) {
        text_printf(t->out, "%s", x->a ? say(t, "：是", ": yes") : say(t, "：否", ": no"));
        return;
    }
    bool words = kind == KIND_SYM || kind == KIND_SET;
    switch ((test_op)x->op) {
    case TEST_RANGE:
        range(t, kind, x);
        break;
    case TEST_EQUAL:
    case TEST_HAS:
        TELL(t, "为", " is ");
        if (words)
            word_name(t, x->fact, x->a);
        else
            number(t, kind, x->a);
        break;
    default:
        TELL(t, "为", " is ");
        for (uint32_t i = 0; i < x->n; i++) {
            if (i)
                TELL(t, "、", " or ");
            if (words)
                word_name(t, x->fact, t->p->words[x->a + i]);
            else
                number(t, kind, t->p->words[x->a + i]);
        }
    }
}

static void when(const teller *t, benefit_when w)
{
    for (int i = 0; i < w.n; i++) {
        if (i)
            TELL(t, "，且", " and ");
        test(t, &t->p->test[w.first + (uint32_t)i]);
    }
}

typedef enum { AMOUNTS, RATES, POINTS, WORDS } value_sort;

static void table(const teller *t, uint16_t index, value_sort sort);

static void form(const teller *t, const benefit_form *f)
{
    switch ((form_kind)f->kind) {
    case FORM_TABLE:
        text_printf(t->out, say(t, "表“%.*s”的金额", "the amount of table `%.*s`"),
                    STR_ARG(t->p->table[f->table].name));
        for (int i = 0; i < f->with_count; i++) {
            TELL(t, "（按", " (as if ");
            fact_name(t, f->with[i].fact);
            TELL(t, "为", " were ");
            word_name(t, f->with[i].fact, f->with[i].value);
            TELL(t, "）", ")");
        }
        break;
    case FORM_FACT:
        fact_name(t, f->fact);
        if (f->minus)
            text_printf(t->out, say(t, "超过 %" PRId64 " 的部分", " beyond %" PRId64), f->minus);
        if (f->each_table) {
            TELL(t, "，每一 ", ", each ");
            table(t, f->each_table, AMOUNTS);
        }
        break;
    case FORM_SHARE:
        text_printf(t->out, say(t, "原额的 %s", "%s of the original amount"),
                    rate_show(f->share_e8).c);
        break;
    case FORM_COMBINE:
        text_printf(t->out,
                    f->largest
                        ? say(t, "各病种“%.*s”中最高者", "the largest of `%.*s` over the diseases")
                        : say(t, "各病种“%.*s”之和", "the sum of `%.*s` over the diseases"),
                    STR_ARG(t->p->table[f->table].name));
        if (f->limit_table) {
            TELL(t, "，最高 ", ", at most ");
            table(t, f->limit_table, AMOUNTS);
        }
        break;
    case FORM_NONE:
        break;
    }
    if (f->times_e8)
        text_printf(t->out, " × %s", rate_show(f->times_e8).c);
    if (f->round_fen)
        text_printf(t->out, say(t, "，取整到 %s 元", ", rounded to %s yuan"),
                    money_show(f->round_fen).c);
}

static void bands_of_share(const teller *t, const benefit_bands *bands)
{
    for (int i = 0; i < bands->n; i++) {
        const benefit_step *step = &t->p->step[bands->first + (uint32_t)i];
        if (i)
            TELL(t, "，", ", ");
        if (step->to_fen == AMOUNT_NO_LIMIT)
            TELL(t, "以上 ", "above ");
        else
            text_printf(t->out, say(t, "至 %s 元 ", "to %s yuan "), money_show(step->to_fen).c);
        table(t, step->table, RATES);
    }
}

static void value(const teller *t, const benefit_value *v, value_sort sort)
{
    switch ((value_kind)v->kind) {
    case VALUE_NUMBER:
        if (sort == AMOUNTS && v->number == AMOUNT_NO_LIMIT)
            TELL(t, "不限", "no limit");
        else if (sort == AMOUNTS)
            text_printf(t->out, say(t, "%s 元", "%s yuan"), money_show(v->number).c);
        else if (sort == POINTS)
            text_printf(t->out, say(t, "%.*s 个百分点", "%.*s points"),
                        (int)strlen(rate_show(v->number).c) - 1, rate_show(v->number).c);
        else
            text_printf(t->out, "%s", rate_show(v->number).c);
        break;
    case VALUE_WORD:
        text_add(t->out, pack_word_text(t->pack, v->number));
        break;
    case VALUE_TABLE:
        TELL(t, "〔", "[");
        table(t, v->index, sort);
        TELL(t, "〕", "]");
        break;
    case VALUE_FORM:
        form(t, &t->p->form[v->index]);
        break;
    case VALUE_ITEM:
        TELL(t, "按项目本身", "as the item says");
        break;
    case VALUE_BANDS:
        bands_of_share(t, &t->p->share_bands[v->index]);
        break;
    case VALUE_NONE:
        break;
    }
}

/* The one word fact that every row but perhaps the last asks about; FACT_NONE = no such. */
static uint8_t table_by(const teller *t, const benefit_table *x)
{
    uint8_t fact = FACT_NONE;
    for (uint32_t i = 0; i < x->n; i++) {
        const benefit_row *row = &t->p->row[x->first + i];
        const benefit_test *one = &t->p->test[row->when.first];
        if (row->when.n == 0 && i + 1 == x->n && i > 0)
            return fact;
        bool asks_word = row->when.n == 1 && (one->op == TEST_EQUAL || one->op == TEST_HAS) &&
                         one->fact && fact_table[one->fact].kind != KIND_FLAG;
        if (!asks_word || (fact && fact != one->fact))
            return FACT_NONE;
        fact = one->fact;
    }
    return x->n > 1 ? fact : FACT_NONE;
}

static void table_short(const teller *t, const benefit_table *x, uint8_t fact, value_sort sort)
{
    fact_kind kind = fact_table[fact].kind;
    TELL(t, "按", "by ");
    fact_name(t, fact);
    TELL(t, "：", ": ");
    for (uint32_t i = 0; i < x->n; i++) {
        const benefit_row *row = &t->p->row[x->first + i];
        int64_t wanted = t->p->test[row->when.first].a;
        if (i)
            TELL(t, "，", ", ");
        if (row->when.n == 0)
            TELL(t, "其他", "others");
        else if (kind == KIND_SYM || kind == KIND_SET)
            word_name(t, fact, wanted);
        else
            number(t, kind, wanted);
        text_add(t->out, S(" "));
        value(t, &row->value, sort);
    }
}

static void table(const teller *t, uint16_t index, value_sort sort)
{
    const benefit_table *x = &t->p->table[index];
    uint8_t by = table_by(t, x);
    if (by) {
        table_short(t, x, by, sort);
        return;
    }
    for (uint32_t i = 0; i < x->n; i++) {
        const benefit_row *row = &t->p->row[x->first + i];
        if (i)
            TELL(t, "；", "; ");
        if (row->when.n) {
            when(t, row->when);
            TELL(t, "：", ": ");
        } else if (i) {
            TELL(t, "其他：", "otherwise: ");
        }
        value(t, &row->value, sort);
    }
}

static void nth(const teller *t, const benefit_adjust *a)
{
    const benefit_accumulator *acc = &t->p->accumulator[a->accumulator];
    text_printf(t->out, say(t, "按“%.*s”的次数", "by the count `%.*s`"),
                STR_ARG(zh(t) ? acc->zh : acc->en));
    if (a->op == ADJUST_NTH_LIST) {
        for (int i = 0; i < a->list_n; i++) {
            const benefit_nth *n = &t->p->nth[a->list_first + (uint32_t)i];
            text_printf(t->out, say(t, "，第 %d 次%s ", ", no. %d%s "), i + 1,
                        i + 1 == a->list_n ? say(t, "起", " and later") : "");
            if (n->is_share)
                text_printf(t->out, "%s", rate_show(n->share_e8).c);
            else
                table(t, n->table, AMOUNTS);
        }
        return;
    }
    TELL(t, "每多一次减 ", ", each more less ");
    if (a->op == ADJUST_NTH_MINUS)
        table(t, a->table, AMOUNTS);
    else
        text_printf(t->out, "%s", rate_show(a->share_e8).c);
    if (a->times_max)
        text_printf(t->out, say(t, "，最多减 %d 次", ", at most %d times"), a->times_max);
    if (a->floor_table) {
        TELL(t, "，不低于 ", ", not below ");
        table(t, a->floor_table, AMOUNTS);
    }
}

static void adjustments(const teller *t, const benefit_amount *amount, bool rates, int indent)
{
    static const char *const names[][2] = {
        [ADJUST_SET] = {"改为 ", "becomes "},
        [ADJUST_ADD] = {"加 ", "plus "},
        [ADJUST_SUB] = {"减 ", "minus "},
        [ADJUST_TIMES] = {"乘以 ", "times "},
        [ADJUST_PERSONAL_TIMES] = {"个人自付比例乘以 ", "the personal share times "},
        [ADJUST_AT_LEAST] = {"不低于 ", "at least "},
        [ADJUST_AT_MOST] = {"不高于 ", "at most "},
    };
    for (int i = 0; i < amount->adjust_n; i++) {
        const benefit_adjust *a = &t->p->adjust[amount->adjust_first + (uint32_t)i];
        text_printf(t->out, "%*s- ", indent, "");
        if (a->when.n) {
            when(t, a->when);
            TELL(t, "：", ": ");
        }
        if (a->op >= ADJUST_NTH_LIST) {
            nth(t, a);
        } else {
            bool factor = a->op == ADJUST_TIMES || a->op == ADJUST_PERSONAL_TIMES;
            bool points = rates && (a->op == ADJUST_ADD || a->op == ADJUST_SUB);
            text_printf(t->out, "%s", names[a->op][t->lang]);
            table(t, a->table, factor ? RATES : points ? POINTS : rates ? RATES : AMOUNTS);
        }
        if (a->stop)
            TELL(t, "，以此为准", ", and nothing after it");
        text_add(t->out, S("\n"));
    }
}

static void heaps(const teller *t, const benefit_layer *layer)
{
    static const char *const names[HEAP__COUNT] = {"全自费",       "超限价",         "先行自付",
                                                   "异地先行自付", "政策范围内费用", "起付线",
                                                   "按比例自付",   "超过限额"};
    for (int i = 0; i < layer->base_count; i++) {
        if (i)
            TELL(t, "、", ", ");
        text_printf(t->out, "%s", say(t, names[layer->base[i]], heap_names[layer->base[i]]));
    }
    if (layer->has_lines) {
        TELL(t, "，仅限明细：", ", only lines where ");
        when(t, layer->lines);
    }
}

static void basis(const teller *t, uint16_t source)
{
    if (!source)
        return;
    const benefit_source *s = &t->p->source[source];
    text_printf(t->out, say(t, "      依据：%.*s", "      basis: %.*s"), STR_ARG(s->title));
    if (s->note.n)
        text_printf(t->out, say(t, "，%.*s", ", %.*s"), STR_ARG(s->note));
    text_printf(t->out, say(t, "（%.*s 级）\n", " (grade %.*s)\n"), STR_ARG(s->grade));
}

static void accumulator(const teller *t, uint16_t index)
{
    static const char *const periods_zh[] = {"每年", "每天", "每月", "每季度", "每次住院", "终身"};
    static const char *const periods_en[] = {"a year",    "a day",  "a month",
                                             "a quarter", "a stay", "for life"};
    if (!index) {
        TELL(t, "本次", "this bill");
        return;
    }
    const benefit_accumulator *acc = &t->p->accumulator[index];
    text_printf(t->out, say(t, "%s，累计“%.*s”", "%s, counted in `%.*s`"),
                (zh(t) ? periods_zh : periods_en)[acc->period], STR_ARG(zh(t) ? acc->zh : acc->en));
    for (int i = 0; i < acc->by_count; i++) {
        TELL(t, "，分", ", by ");
        fact_name(t, acc->by[i]);
    }
    if (acc->of_household)
        TELL(t, "，全家合计", ", of the household");
}

static void deductible(const teller *t, const benefit_deductible *d, bool yearly)
{
    TELL(t, "      起付线：", "      deductible: ");
    table(t, d->amount.table, AMOUNTS);
    if (d->mode == DEDUCTIBLE_CUMULATIVE || d->mode == DEDUCTIBLE_HIGHWATER) {
        TELL(t, "（", " (");
        accumulator(t, d->key);
        if (d->mode == DEDUCTIBLE_HIGHWATER)
            TELL(t, "，就高计一次", ", the highest counts once");
        TELL(t, "）", ")");
    } else {
        text_printf(t->out, "%s",
                    yearly ? say(t, "（年度累计）", " (of the year)")
                           : say(t, "（每次）", " (each time)"));
    }
    text_add(t->out, S("\n"));
    adjustments(t, &d->amount, false, 8);
    for (int i = 0; i < d->times_count; i++) {
        text_printf(t->out, say(t, "        最多 %d 次：", "        at most %d times: "),
                    d->times[i].max);
        accumulator(t, d->times[i].accumulator);
        text_add(t->out, S("\n"));
    }
    if (d->ceiling_key) {
        TELL(t, "        累计不超过 ", "        together at most ");
        table(t, d->ceiling.table, AMOUNTS);
        TELL(t, "，", ", ");
        accumulator(t, d->ceiling_key);
        text_add(t->out, S("\n"));
    }
    if (d->has_exempt) {
        TELL(t, "        不计起付线的明细：", "        lines that do not meet it: ");
        when(t, d->exempt);
        text_add(t->out, S("\n"));
    }
    if (d->repeat_every_days)
        text_printf(t->out,
                    say(t, "        每满 %d 天再计一次\n", "        due again every %d days\n"),
                    d->repeat_every_days);
}

static void rates(const teller *t, const benefit_layer *layer)
{
    if (layer->bands.given) {
        const benefit_bands *b = &layer->bands;
        TELL(t, "      分段支付", "      bands");
        if (b->origin_deductible)
            TELL(t, "（起付线以上）", " above the deductible");
        if (b->measure) {
            TELL(t, "，按", ", on ");
            accumulator(t, b->measure);
        }
        TELL(t, "：\n", ":\n");
        for (int i = 0; i < b->n; i++) {
            const benefit_step *step = &t->p->step[b->first + (uint32_t)i];
            if (step->to_fen == AMOUNT_NO_LIMIT)
                TELL(t, "        以上：", "        above: ");
            else
                text_printf(t->out, say(t, "        至 %s 元：", "        to %s yuan: "),
                            money_show(step->to_fen).c);
            table(t, step->table, RATES);
            text_add(t->out, S("\n"));
        }
    } else if (layer->rate.table) {
        TELL(t, layer->pay == PAY_TOPUP ? "      补足到：" : "      支付比例：",
             layer->pay == PAY_TOPUP ? "      tops up to: " : "      rate: ");
        table(t, layer->rate.table, RATES);
        text_add(t->out, S("\n"));
    }
    adjustments(t, &layer->rate, true, 8);
}

static void layer_tell(teller *t, uint16_t index)
{
    const benefit_layer *layer = &t->p->layer[index];
    const pack_word *payer = pack_word_find(t->pack, FACT_NONE, layer->payer);
    text_printf(t->out,
                say(t, "    %.*s（%.*s）由“%.*s”支付 → %s", "    %.*s (%.*s), paid by %.*s -> %s"),
                STR_ARG(zh(t) ? layer->zh : layer->en), STR_ARG(layer->name),
                STR_ARG(payer ? (zh(t) ? payer->zh : payer->en) : layer->payer),
                pay_field_names[layer->field]);
    if (index < COUNTOF(t->told) && t->told[index]) {
        TELL(t, "，同前\n", ", as above\n");
        return;
    }
    if (index < COUNTOF(t->told))
        t->told[index] = true;
    text_add(t->out, S("\n"));
    if (layer->when.n) {
        TELL(t, "      仅当：", "      only if ");
        when(t, layer->when);
        text_add(t->out, S("\n"));
    }
    TELL(t, "      计算基数：", "      works on: ");
    heaps(t, layer);
    if (layer->cumulative_base)
        TELL(t, "（年度累计，应付减已付）", " (cumulative over the year: entitlement less paid)");
    if (layer->best_over_category)
        TELL(t, "；多重身份取最有利者", "; the most favourable category counts");
    if (layer->each_disease)
        TELL(t, "；逐病种计算", "; disease by disease");
    text_add(t->out, S("\n"));
    if (layer->deductible.given)
        deductible(t, &layer->deductible, layer->pay == PAY_ENTITLEMENT);
    rates(t, layer);
    for (int i = 0; i < layer->cap_count; i++) {
        const benefit_cap *cap = &layer->cap[i];
        text_printf(t->out, "%s",
                    cap->on_expense ? say(t, "      费用限额：", "      limit on expense: ")
                                    : say(t, "      支付限额：", "      limit on payment: "));
        if (cap->when.n) {
            when(t, cap->when);
            TELL(t, "：", ": ");
        }
        table(t, cap->amount.table, AMOUNTS);
        TELL(t, "（", " (");
        accumulator(t, cap->key);
        TELL(t, "）\n", ")\n");
        adjustments(t, &cap->amount, false, 8);
    }
    basis(t, layer->basis);
}

static void split_tell(const teller *t)
{
    const benefit_policy *p = t->p;
    TELL(t, "\n  明细划分\n", "\n  Lines\n");
    if (p->class_table) {
        TELL(t, "    类别：", "    class: ");
        table(t, p->class_table, WORDS);
        text_add(t->out, S("\n"));
    }
    for (int i = 0; i < p->limit_count; i++) {
        TELL(t, "    限价：", "    limit: ");
        if (p->limit[i].when.n) {
            when(t, p->limit[i].when);
            TELL(t, "：", ": ");
        }
        table(t, p->limit[i].table, AMOUNTS);
        text_printf(t->out, "%s\n",
                    p->limit[i].per == LIMIT_UNIT ? say(t, "（每单位）", " per unit")
                                                  : say(t, "（每条）", " per line"));
    }
    TELL(t, "    乙类先行自付：", "    first share of class B: ");
    if (p->first_share_table)
        table(t, p->first_share_table, RATES);
    else
        TELL(t, "按项目本身", "as the item says");
    text_add(t->out, S("\n"));
    if (p->route_share_table) {
        TELL(t, "    异地先行自付：", "    first share out of area: ");
        table(t, p->route_share_table, RATES);
        text_add(t->out, S("\n"));
    }
}

static void stacks_tell(teller *t)
{
    const benefit_policy *p = t->p;
    for (int i = 0; i < p->stack_count; i++) {
        const benefit_stack *stack = &p->stack[i];
        text_printf(t->out, say(t, "\n  待遇 %.*s：", "\n  Benefit %.*s: "), STR_ARG(stack->name));
        if (stack->when.n)
            when(t, stack->when);
        else
            TELL(t, "其他就诊", "all other visits");
        text_add(t->out, S("\n"));
        for (int k = 0; k < stack->step_n; k++) {
            const benefit_stack_step *step = &p->stack_step[stack->step_first + (uint32_t)k];
            if (step->n > 1)
                TELL(t, "    以下取支付最多的一种：\n", "    the best-paying of:\n");
            for (int m = 0; m < step->n; m++)
                layer_tell(t, p->step_layer[step->first + (uint32_t)m]);
        }
    }
}

static void not_covered_tell(const teller *t)
{
    if (t->p->not_covered_count)
        TELL(t, "\n  不予支付\n", "\n  Not covered\n");
    for (int i = 0; i < t->p->not_covered_count; i++) {
        TELL(t, "    ", "    ");
        when(t, t->p->not_covered[i].when);
        text_printf(t->out, " (%.*s)\n", STR_ARG(t->p->not_covered[i].reason));
    }
}

static void policy_tell(teller *t)
{
    const benefit_policy *p = t->p;
    char from[DAY_TEXT_SIZE], until[DAY_TEXT_SIZE] = "";
    day_print(from, p->from);
    if (p->until.number != DAY_NONE)
        day_print(until, p->until);
    text_printf(t->out, "%.*s (%.*s)\n", STR_ARG(zh(t) ? p->zh : p->en), STR_ARG(p->id));
    text_printf(t->out, say(t, "  自 %s 起%s%s\n", "  from %s%s%s\n"), from,
                *until ? say(t, "，至 ", " until ") : "", until);
    text_printf(t->out,
                say(t, "  待遇年度自 %d 月 %d 日起；跨年住院%s\n",
                    "  the benefit year begins on month %d day %d; a stay over its end %s\n"),
                p->year_start_month, p->year_start_day,
                p->cross_year_split ? say(t, "在年末分段结算", "is split there")
                                    : say(t, "按出院日计入", "counts on discharge"));
    split_tell(t);
    stacks_tell(t);
    not_covered_tell(t);
    text_add(t->out, S("\n"));
}

void pack_explain_policy(text_buffer *out, const pack *p, const benefit_policy *policy, lang l)
{
    teller t = {.out = out, .pack = p, .p = policy, .lang = l};
    policy_tell(&t);
}

void pack_explain_layer(
    text_buffer *out, const pack *p, const benefit_policy *policy, int layer, lang l)
{
    assert(layer >= 0 && layer < policy->layer_count);
    teller t = {.out = out, .pack = p, .p = policy, .lang = l};
    layer_tell(&t, (uint16_t)layer);
}

void pack_explain(text_buffer *out, const pack *p, str only, lang l)
{
    text_printf(out, "%.*s (%.*s)\n\n", STR_ARG(l == LANG_ZH ? p->zh : p->en), STR_ARG(p->id));
    for (int i = 0; i < p->policy_count; i++)
        if (only.n == 0 || str_eq(only, p->policy[i].id))
            pack_explain_policy(out, p, &p->policy[i], l);
}
