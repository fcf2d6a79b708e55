/* A settlement as the printed sheet wants it. */
#include "edge/api/settlement_internal.h"
#include "service/lists/mask.h"

#include <stdio.h>

static str say(const api_call *c, str zh, str en)
{
    return c->english ? en : zh;
}

static str word_name(const api_call *c, const desk_part *p, fact_id fact, str text)
{
    const pack_word *w = p->pack ? pack_word_find(&p->pack->pack, fact, text) : NULL;
    return w ? say(c, w->zh, w->en) : text;
}

static str number_text(const api_call *c, int64_t e4)
{
    json_out o = json_out_new(c->a, 40);
    json_e4(&o, e4);
    str quoted = json_out_text(&o);
    return (str){quoted.p + 1, quoted.n - 2};
}

static str id_text(const api_call *c, int64_t id)
{
    return id ? arena_printf(c->a, "%" PRId64, id) : S("");
}

static str moment_text(const api_call *c, int64_t ms)
{
    const int64_t china_ms = INT64_C(8) * 3600 * 1000;
    char day_text[DAY_TEXT_SIZE];
    day_print(day_text, (day){(int32_t)((ms + china_ms) / 86400000)});
    int minute = (int)((ms + china_ms) % 86400000 / 60000);
    return arena_printf(c->a, "%s %02d:%02d", day_text, minute / 60, minute % 60);
}

/* Funds with what they paid and the rule that made them; the person's accounts stand below. */
static void funds_print(print_bill *out, const api_call *c, const desk_part *p)
{
    desk_fund *from = arena_new(c->a, desk_fund, DESK_FUNDS_MAX);
    print_fund *fund = arena_new(c->a, print_fund, DESK_FUNDS_MAX);
    int count = desk_funds(from, p);
    for (int i = 0; i < count; i++) {
        if (from[i].is_account)
            continue;
        print_fund *f = &fund[out->fund_count++];
        *f = (print_fund){.name = say(c, from[i].zh, from[i].en), .fen = from[i].fen};
        for (ptrdiff_t k = 0; p->policy && k < p->trace_count; k++) {
            const benefit_trace *t = &p->trace[k];
            if (t->step == STEP_PAID && t->basis && t->layer >= 0 &&
                str_eq(p->policy->layer[t->layer].payer, from[i].payer))
                f->basis = p->policy->source[t->basis].title;
        }
    }
    out->fund = fund;
}

static void layers_print(print_bill *out, const api_call *c, const desk_part *p)
{
    print_layer *layer = arena_new(c->a, print_layer, p->layer_count);
    for (ptrdiff_t i = 0; i < p->layer_count; i++) {
        const desk_layer *l = &p->layer[i];
        const pack_word *w = p->pack ? pack_word_find(&p->pack->pack, FACT_NONE, l->payer) : NULL;
        layer[i] = (print_layer){say(c, l->zh, l->en), w ? say(c, w->zh, w->en) : l->payer,
                                 l->base_fen,          l->deductible_fen,
                                 l->paid_fen,          l->over_cap_fen};
    }
    out->layer = layer;
    out->layer_count = (int)p->layer_count;
}

static void lines_print(print_bill *out, const api_call *c, const desk_part *p)
{
    print_line *line = arena_new(c->a, print_line, p->line_count);
    for (ptrdiff_t i = 0; i < p->line_count; i++) {
        const desk_line *l = &p->line[i];
        line[i] = (print_line){l->line_no,
                               l->code,
                               l->name,
                               word_name(c, p, FACT_CLASS, l->item_class),
                               number_text(c, l->quantity_e4),
                               l->unit_price_e4 >= 0 ? number_text(c, l->unit_price_e4) : S(""),
                               l->amount_fen,
                               l->own_fen,
                               l->over_limit_fen,
                               l->pay_first_fen,
                               l->in_scope_fen};
    }
    out->line = line;
    out->line_count = (int)p->line_count;
}

static void sentences_print(print_bill *out, const api_call *c, const desk_part *p)
{
    str *sentence = arena_new(c->a, str, p->trace_count);
    benefit_result r = {.policy = p->policy, .where = p->where};
    for (ptrdiff_t i = 0; p->policy && i < p->trace_count; i++) {
        char memory[800];
        text_buffer t = {memory, 0, sizeof memory, false};
        benefit_sentence(&t, &r, &p->trace[i], c->english ? LANG_EN : LANG_ZH);
        sentence[out->sentence_count++] = arena_str(c->a, (str){t.p, t.n});
    }
    out->sentence = sentence;
}

static void amounts_print(print_bill *out, const desk_part *p)
{
    out->total.fen = p->total_fen;
    out->own.fen = p->own_fen;
    out->over_limit.fen = p->over_limit_fen;
    out->pay_first.fen = p->pay_first_fen + p->route_share_fen;
    out->in_scope.fen = p->in_scope_fen;
    out->deductible.fen = p->deductible_fen;
    out->over_cap.fen = p->over_cap_fen;
    out->fund_total.fen = p->fund_fen;
    out->hospital.fen = p->hospital_fen;
    out->personal.fen = p->personal_fen;
    out->account.fen = p->account_fen;
    out->family_account.fen = p->family_account_fen;
    out->cash.fen = p->cash_fen;
}

static print_mark mark_of(const desk_part *p)
{
    if (!p->settlement_id)
        return PRINT_PREVIEW;
    if (str_eq(p->kind, S("reverse")))
        return PRINT_REVERSAL;
    return str_eq(p->state, S("reversed")) ? PRINT_REVERSED : PRINT_VALID;
}

/* As the provider is on the day of the service; it may have been renamed since. */
static void provider_print(print_bill *out, const api_call *c, const desk_part *p)
{
    office_provider v;
    err ignored = {0}; /* a sheet without its code is better than none */
    if (!office_provider_on(&v, c->with.office, p->provider_id, p->service_on, c->a, &ignored))
        return;
    out->provider_code = v.code;
    out->provider_level = word_name(c, p, FACT_LEVEL, v.level);
}

/* With the day from which it is in force: the version that was applied. */
static str policy_name(const api_call *c, const desk_part *p)
{
    str name = p->policy ? say(c, p->policy->zh, p->policy->en) : p->policy_id;
    return c->english
               ? arena_printf(c->a, "%.*s, from %.*s", STR_ARG(name), STR_ARG(p->policy_from_on))
               : arena_printf(c->a, "%.*s %.*s 起", STR_ARG(name), STR_ARG(p->policy_from_on));
}

static str channel_name(const api_call *c, str channel)
{
    if (str_eq(channel, S("manual")))
        return say(c, S("手工报销"), S("paper claim"));
    if (str_eq(channel, S("hospital")))
        return say(c, S("医院结算"), S("at the hospital"));
    return say(c, S("窗口结算"), S("at the counter"));
}

void api_print_part(
    print_bill *out, const api_call *c, const desk_part *p, int part_count, bool receipt)
{
    *out = (print_bill){
        .lang = c->english ? PRINT_EN : PRINT_ZH,
        .size = receipt ? PRINT_A5 : PRINT_A4,
        .mark = mark_of(p),
        .part = part_count > 1 ? p->part + 1 : 0,
        .part_count = part_count > 1 ? part_count : 0,
        .area_name = p->pack ? say(c, p->pack->pack.zh, p->pack->pack.en) : p->area_code,
        .person_name = mask_name(p->person_name, c->a),
        .person_id_no = mask_id_no(p->id_no, c->a),
        .provider_name = p->provider_name,
        .scheme = word_name(c, p, FACT_SCHEME, p->scheme),
        .policy = policy_name(c, p),
        .channel = channel_name(c, p->channel),
        .visit_kind = word_name(c, p, FACT_VISIT_KIND, p->visit_kind),
        .visit_no = p->visit_no,
        .disease = p->disease.n ? word_name(c, p, FACT_DISEASE, p->disease) : S(""),
        .admit_on = p->admit_on,
        .service_on = p->service_on,
        .settlement_no = id_text(c, p->settlement_id),
        .bill_no = p->bill_no,
        .settled_at = moment_text(c, p->settled_at),
        .other_no = id_text(c, p->reverses_id ? p->reverses_id : p->reversed_by_id),
        .maker = p->settled_by == c->who.user_id ? c->who.name : S(""),
        .made_at_ms = store_now_ms(c->store),
    };
    provider_print(out, c, p);
    amounts_print(out, p);
    funds_print(out, c, p);
    layers_print(out, c, p);
    lines_print(out, c, p);
    sentences_print(out, c, p);
}
