/* A settlement as the answer of the API: amounts, who pays, and why. */
#include "service/desk/desk_internal.h"
#include "service/lists/mask.h"

/* ---- words ---- */

static const pack_word *payer_word(const desk_part *p, str payer)
{
    for (int i = 0; p->pack && i < p->pack->pack.word_count; i++) {
        const pack_word *w = &p->pack->pack.word[i];
        if (w->fact == FACT_NONE && str_eq(w->text, payer))
            return w;
    }
    return NULL;
}

static void names_put(json_out *o, str zh, str en)
{
    json_field(o, S("zh"), zh);
    json_field(o, S("en"), en);
}

/* ---- who pays: layers of the same payer together ---- */

int desk_funds(desk_fund out[DESK_FUNDS_MAX], const desk_part *p)
{
    int count = 0;
    for (ptrdiff_t i = 0; i < p->layer_count; i++) {
        const desk_layer *l = &p->layer[i];
        const pack_word *w = payer_word(p, l->payer);
        int at = 0;
        while (at < count && !str_eq(out[at].payer, l->payer))
            at++;
        if (at == DESK_FUNDS_MAX || l->paid_fen == 0)
            continue;
        if (at == count)
            out[count++] = (desk_fund){
                .payer = l->payer,
                .zh = w ? w->zh : l->payer,
                .en = w ? w->en : l->payer,
                .field = w && w->field ? str_of(pay_field_names[w->field]) : S(""),
                .is_account = w && (w->field == FIELD_ACCOUNT || w->field == FIELD_FAMILY_ACCOUNT)};
        out[at].fen += l->paid_fen;
    }
    return count;
}

/* ---- why ---- */

typedef struct {
    const desk_part *p;
    benefit_result r; /* as much of it as sentences need */
    lang l;
} teller;

static teller teller_of(const desk_part *p, lang l)
{
    return (teller){p, {.policy = p->policy, .where = p->where}, l};
}

static void sentence_add(text_buffer *t, const teller *w, const benefit_trace *step)
{
    if (t->n > 0)
        text_add(t, w->l == LANG_ZH ? S("") : S(" "));
    benefit_sentence(t, &w->r, step, w->l);
}

static void explain_put(json_out *o, const teller *w)
{
    json_key(o, S("explain"));
    json_open(o, '[');
    for (ptrdiff_t i = 0; w->p->policy && i < w->p->trace_count; i++) {
        const benefit_trace *s = &w->p->trace[i];
        char memory[800];
        text_buffer t = {memory, 0, sizeof memory, false};
        json_open(o, '{');
        json_field(o, S("step"), str_of(benefit_step_name(s->step)));
        json_field(o, S("layer"), s->layer >= 0 ? w->p->policy->layer[s->layer].name : S(""));
        json_field_money(o, S("amount"), s->amount_fen);
        json_field(o, S("basis"), s->basis ? w->p->policy->source[s->basis].title : S(""));
        json_field_number(o, S("line"), s->input_line);
        benefit_sentence(&t, &w->r, s, w->l);
        json_field(o, S("text"), (str){t.p, t.n});
        json_close(o, '}');
    }
    json_close(o, ']');
}

/* What the trace says about some steps: of the layers of a payer, or ("") of none. */
static void told(json_out *o, const teller *w, str payer, const uint8_t *step, int step_count)
{
    char memory[3000];
    text_buffer t = {memory, 0, sizeof memory, false};
    const desk_part *p = w->p;
    bool known = p->policy != NULL;
    int layer = -1;
    for (ptrdiff_t i = 0; known && i < p->trace_count; i++) {
        const benefit_trace *s = &p->trace[i];
        bool ours =
            payer.n == 0 || (s->layer >= 0 && str_eq(p->policy->layer[s->layer].payer, payer));
        for (int k = 0; ours && k < step_count; k++)
            if (s->step == step[k]) {
                benefit_trace told_once = *s; /* the layer is named once, the basis stands beside */
                told_once.basis = 0;
                told_once.layer = s->layer == layer ? -1 : s->layer;
                layer = s->layer;
                sentence_add(&t, w, &told_once);
            }
    }
    json_field(o, S("text"), (str){t.p, t.n});
    json_key(o, S("basis"));
    json_open(o, '[');
    uint16_t last = 0;
    for (ptrdiff_t i = 0; known && i < p->trace_count; i++) {
        const benefit_trace *s = &p->trace[i];
        if (payer.n == 0 || s->layer < 0 || !str_eq(p->policy->layer[s->layer].payer, payer) ||
            !s->basis || s->basis == last || (s->step != STEP_PAID && s->step != STEP_SEGMENT))
            continue;
        last = s->basis;
        json_str(o, p->policy->source[s->basis].title);
    }
    json_close(o, ']');
}

typedef struct {
    const char *key, *zh, *en;
    int64_t fen;
    uint8_t step[2];
    int steps;
    bool personal; /* part of what the patient pays, not of what others do */
} bar;

static void bar_put(json_out *o, const teller *w, const bar *b)
{
    json_open(o, '{');
    json_field(o, S("key"), str_of(b->key));
    names_put(o, str_of(b->zh), str_of(b->en));
    json_field_money(o, S("amount"), b->fen);
    json_field_bool(o, S("personal"), b->personal);
    told(o, w, S(""), b->step, b->steps);
    json_close(o, '}');
}

static void fund_bar_put(json_out *o, const teller *w, const desk_fund *f)
{
    static const uint8_t steps[] = {
        STEP_DEDUCTIBLE_NOMINAL, STEP_DEDUCTIBLE, STEP_SEGMENT,  STEP_CUMULATIVE, STEP_ENTITLED,
        STEP_ALREADY_PAID,       STEP_TARGET,     STEP_OVER_CAP, STEP_PAID};
    char key[80];
    text_buffer t = {key, 0, sizeof key, false};
    text_printf(&t, "fund:%.*s", STR_ARG(f->payer));
    json_open(o, '{');
    json_field(o, S("key"), (str){t.p, t.n});
    names_put(o, f->zh, f->en);
    json_field_money(o, S("amount"), f->fen);
    json_field_bool(o, S("personal"), false);
    told(o, w, f->payer, steps, COUNTOF(steps));
    json_close(o, '}');
}

/* From the total down to cash: what others pay, in order; then what the rest consists of. */
static void waterfall_put(json_out *o, const teller *w)
{
    const desk_part *p = w->p;
    desk_fund funds[DESK_FUNDS_MAX];
    int count = desk_funds(funds, p);
    int64_t others =
        p->own_fen + p->over_limit_fen + p->pay_first_fen + p->route_share_fen + p->deductible_fen;
    const bar before = {"total", "医疗费总额", "total", p->total_fen, {STEP_TOTAL}, 1, false};
    const bar after[] = {
        {"account", "个人账户", "personal account", p->account_fen, {STEP_ACCOUNT}, 1, false},
        {"family_account",
         "家庭共济账户",
         "family account",
         p->family_account_fen,
         {STEP_FAMILY_ACCOUNT},
         1,
         false},
        {"cash", "现金", "cash", p->cash_fen, {STEP_CASH}, 1, false},
        {"own", "全自费", "outside the catalogue", p->own_fen, {STEP_OWN}, 1, true},
        {"over_limit",
         "超限价",
         "above price limits",
         p->over_limit_fen,
         {STEP_OVER_LIMIT},
         1,
         true},
        {"pay_first",
         "先行自付",
         "first share",
         p->pay_first_fen + p->route_share_fen,
         {STEP_PAY_FIRST, STEP_ROUTE_SHARE},
         2,
         true},
        {"deductible",
         "起付线",
         "deductible",
         min_i64(p->deductible_fen, p->personal_fen),
         {STEP_DEDUCTIBLE},
         1,
         true},
        {"copay",
         "按比例自付及其他",
         "own share of the rest",
         max_i64(p->personal_fen - others, 0),
         {STEP_IN_SCOPE, STEP_FUND_TOTAL},
         2,
         true},
    };
    json_key(o, S("waterfall"));
    json_open(o, '[');
    bar_put(o, w, &before);
    for (int i = 0; i < count; i++)
        if (!funds[i].is_account)
            fund_bar_put(o, w, &funds[i]);
    for (ptrdiff_t i = 0; i < COUNTOF(after); i++)
        if (after[i].fen || str_eq(str_of(after[i].key), S("cash")))
            bar_put(o, w, &after[i]);
    json_close(o, ']');
}

/* ---- the parts of an answer ---- */

static void head_put(json_out *o, const desk_part *p, arena *a)
{
    const benefit_policy *policy = p->policy;
    json_field_id_or_null(o, S("settlement_id"), p->settlement_id);
    json_field_number(o, S("part"), p->part);
    json_field(o, S("kind"), p->kind);
    json_field(o, S("state"), p->state);
    json_field(o, S("bill_no"), p->bill_no);
    json_field(o, S("visit_no"), p->visit_no);
    json_field_id_or_null(o, S("person_id"), p->person_id);
    json_field(o, S("person_name"), mask_name(p->person_name, a));
    json_field_id_or_null(o, S("provider_id"), p->provider_id);
    const str text[] = {p->provider_name, p->area_code, p->channel,    p->scheme,
                        p->visit_kind,    p->disease,   p->service_on, p->admit_on};
    static const char *const key[] = {"provider_name", "area_code", "channel",    "scheme",
                                      "visit_kind",    "disease",   "service_on", "admit_on"};
    for (ptrdiff_t i = 0; i < COUNTOF(text); i++)
        json_field(o, str_of(key[i]), text[i]);
    json_field_moment(o, S("settled_at"), p->settlement_id ? p->settled_at : 0);
    json_field_number(o, S("year"), p->year);
    json_field_id_or_null(o, S("reverses_id"), p->reverses_id);
    json_field_id_or_null(o, S("replaces_id"), p->replaces_id);
    json_field_id_or_null(o, S("reversed_by_id"), p->reversed_by_id);
    json_key(o, S("policy"));
    json_open(o, '{');
    json_field(o, S("pack_id"), p->pack_id);
    json_field(o, S("policy_id"), p->policy_id);
    json_field(o, S("from_on"), p->policy_from_on);
    json_field(o, S("digest"), p->pack_digest);
    names_put(o, policy ? policy->zh : S(""), policy ? policy->en : S(""));
    json_close(o, '}');
}

static void amounts_put(json_out *o, const desk_part *p)
{
    const int64_t fen[] = {p->total_fen,          p->own_fen,         p->over_limit_fen,
                           p->pay_first_fen,      p->route_share_fen, p->in_scope_fen,
                           p->deductible_fen,     p->over_cap_fen,    p->fund_fen,
                           p->hospital_fen,       p->personal_fen,    p->account_fen,
                           p->family_account_fen, p->cash_fen};
    static const char *const key[] = {
        "total",         "own",        "over_limit",     "pay_first",  "route_share",
        "in_scope",      "deductible", "over_cap",       "fund_total", "hospital_part",
        "personal_part", "account",    "family_account", "cash"};
    for (ptrdiff_t i = 0; i < COUNTOF(fen); i++)
        json_field_money(o, str_of(key[i]), fen[i]);
}

static void funds_put(json_out *o, const desk_part *p)
{
    desk_fund funds[DESK_FUNDS_MAX];
    int count = desk_funds(funds, p);
    json_key(o, S("funds"));
    json_open(o, '[');
    for (int i = 0; i < count; i++) {
        if (funds[i].is_account)
            continue;
        json_open(o, '{');
        json_field(o, S("field"), funds[i].field);
        json_field(o, S("payer"), funds[i].payer);
        names_put(o, funds[i].zh, funds[i].en);
        json_field_money(o, S("amount"), funds[i].fen);
        json_close(o, '}');
    }
    json_close(o, ']');
}

static void layers_put(json_out *o, const desk_part *p)
{
    json_key(o, S("layers"));
    json_open(o, '[');
    for (ptrdiff_t i = 0; i < p->layer_count; i++) {
        const desk_layer *l = &p->layer[i];
        json_open(o, '{');
        json_field(o, S("layer"), l->layer);
        json_field(o, S("payer"), l->payer);
        names_put(o, l->zh.n ? l->zh : l->layer, l->en.n ? l->en : l->layer);
        json_field_money(o, S("base"), l->base_fen);
        json_field_money(o, S("deductible"), l->deductible_fen);
        json_field_money(o, S("paid"), l->paid_fen);
        json_field_money(o, S("over_cap"), l->over_cap_fen);
        json_close(o, '}');
    }
    json_close(o, ']');
}

static void lines_answer(json_out *o, const desk_part *p)
{
    json_key(o, S("lines"));
    json_open(o, '[');
    for (ptrdiff_t i = 0; i < p->line_count; i++) {
        const desk_line *l = &p->line[i];
        json_open(o, '{');
        json_field_number(o, S("line_no"), l->line_no);
        json_field(o, S("code"), l->code);
        json_field(o, S("name"), l->name);
        json_field(o, S("class"), l->item_class);
        json_field_e4(o, S("quantity"), l->quantity_e4);
        json_key(o, S("unit_price"));
        if (l->unit_price_e4 >= 0)
            json_e4(o, l->unit_price_e4);
        else
            json_null(o);
        json_field_money(o, S("amount"), l->amount_fen);
        json_field_money(o, S("own"), l->own_fen);
        json_field_money(o, S("over_limit"), l->over_limit_fen);
        json_field_money(o, S("pay_first"), l->pay_first_fen);
        json_field_money(o, S("in_scope"), l->in_scope_fen);
        json_close(o, '}');
    }
    json_close(o, ']');
}

static void changes_answer(json_out *o, const desk_part *p)
{
    json_key(o, S("accumulators"));
    json_open(o, '[');
    for (ptrdiff_t i = 0; i < p->change_count; i++) {
        const desk_change *c = &p->change[i];
        json_open(o, '{');
        json_field(o, S("home"), c->home);
        json_field(o, S("name"), c->name);
        uint16_t k = p->pack ? pack_accumulator_find(&p->pack->pack, c->name) : 0;
        const benefit_accumulator *acc = k ? &p->pack->pack.accumulator[k] : NULL;
        names_put(o, acc ? acc->zh : c->name, acc ? acc->en : c->name);
        json_field_bool(o, S("is_money"), c->is_money);
        json_key(o, S("before"));
        c->is_money ? json_money(o, c->before) : json_id(o, c->before);
        json_key(o, S("after"));
        c->is_money ? json_money(o, c->after) : json_id(o, c->after);
        json_close(o, '}');
    }
    json_close(o, ']');
}

void desk_answer(json_out *o, const desk_settlement *s, lang l, bool brief)
{
    json_open(o, '{');
    json_key(o, S("settlements"));
    json_open(o, '[');
    for (int i = 0; i < s->part_count; i++) {
        const desk_part *p = &s->part[i];
        teller w = teller_of(p, l);
        json_open(o, '{');
        head_put(o, p, o->a);
        amounts_put(o, p);
        funds_put(o, p);
        if (!brief) {
            layers_put(o, p);
            lines_answer(o, p);
            changes_answer(o, p);
            explain_put(o, &w);
            waterfall_put(o, &w);
        }
        json_key(o, S("refused")); /* a refusal is an error of the request */
        json_null(o);
        json_close(o, '}');
    }
    json_close(o, ']');
    json_close(o, '}');
}
