/* One document settled against a state. */
#include "service/desk/desk_internal.h"

#include <stdlib.h>

static const char *const home_names[HOME__COUNT] = {
    [HOME_YEAR] = "year", [HOME_LIFE] = "life", [HOME_HOUSEHOLD] = "household"};

static bool refused(const benefit_result *r, arena *a, err *e)
{
    FAIL(e, ERR_REFUSED, "%s: %s", refusal_name(r->refusal), refusal_en(r->refusal));
    err_field(e, r->where_line ? arena_printf(a, "lines[%d].%.*s", r->where_line, STR_ARG(r->where))
                               : r->where);
    err_expected(e, "%s", refusal_zh(r->refusal));
    return false;
}

static void amounts_take(desk_part *p, const benefit_result *r)
{
    p->total_fen = r->total.fen;
    p->own_fen = r->own.fen;
    p->over_limit_fen = r->over_limit.fen;
    p->pay_first_fen = r->pay_first.fen;
    p->route_share_fen = r->route_share.fen;
    p->in_scope_fen = r->in_scope.fen;
    p->deductible_fen = r->deductible.fen;
    p->over_cap_fen = r->over_cap.fen;
    p->fund_fen = r->fund_total.fen;
    p->hospital_fen = r->hospital_part.fen;
    p->personal_fen = r->personal_part.fen;
    p->account_fen = r->account.fen;
    p->family_account_fen = r->family_account.fen;
    p->cash_fen = r->cash.fen;
    for (int i = 0; i < FIELD__COUNT; i++)
        p->paid_fen[i] = r->paid[i].fen;
}

static void layers_take(desk_part *p, const benefit_result *r, arena *a)
{
    p->layer = arena_new(a, desk_layer, r->layer_count);
    p->layer_count = r->layer_count;
    for (int i = 0; i < r->layer_count; i++) {
        const benefit_layer *l = &r->policy->layer[r->layer[i].layer];
        p->layer[i] = (desk_layer){l->name,
                                   l->payer,
                                   l->zh,
                                   l->en,
                                   r->layer[i].base.fen,
                                   r->layer[i].deductible.fen,
                                   r->layer[i].paid.fen,
                                   r->layer[i].over_cap.fen};
    }
}

/* Names of lines are not the engine's business: they come from the document, by number. */
static const str *line_names(const json_node *doc, int *count, arena *a)
{
    *count = 0;
    for (ptrdiff_t i = 1; i < doc->next; i = doc[i].next) {
        if (!str_eq(doc[i].key, S("lines")))
            continue;
        for (ptrdiff_t at = i + 1; at < doc[i].next; at = doc[at].next)
            ++*count;
        str *name = arena_new(a, str, *count);
        int number = 0;
        for (ptrdiff_t at = i + 1; at < doc[i].next; at = doc[at].next, number++)
            for (ptrdiff_t m = at + 1; m < doc[at].next; m = doc[m].next)
                if (str_eq(doc[m].key, S("name")) && doc[m].kind == JSON_STRING)
                    name[number] = arena_str(a, doc[m].text);
        return name;
    }
    return NULL;
}

static str class_text(const pack *words, word hash)
{
    for (int i = 0; i < words->word_count; i++)
        if (words->word[i].fact == FACT_CLASS && words->word[i].hash == hash)
            return words->word[i].text;
    return S("");
}

static void lines_take(desk_part *p,
                       const benefit_bill *bill,
                       const benefit_result *r,
                       const pack *words,
                       const json_node *doc,
                       arena *a)
{
    int names;
    const str *name = line_names(doc, &names, a);
    p->line = arena_new(a, desk_line, bill->line_count);
    p->line_count = bill->line_count;
    for (ptrdiff_t i = 0; i < bill->line_count; i++) {
        const benefit_line *l = &bill->line[i];
        const benefit_line_result *x = &r->line[i];
        int number = l->number ? l->number : (int)i + 1;
        p->line[i] = (desk_line){
            .line_no = number,
            .code = l->code,
            .name = number <= names ? name[number - 1] : S(""),
            .item_class = class_text(words, l->class),
            .quantity_e4 = l->quantity_e4,
            .unit_price_e4 = l->unit_price_e4,
            .amount_fen = x->amount.fen,
            .own_fen = x->own.fen,
            .over_limit_fen = x->over_limit.fen,
            .pay_first_fen = x->pay_first.fen + x->route_share.fen,
            .in_scope_fen = x->in_scope.fen,
        };
    }
}

static void
changes_take(desk_part *p, const benefit_result *r, const int64_t *account_before, arena *a)
{
    p->change = arena_new(a, desk_change, r->change_count + ACCOUNT_COUNT);
    for (int i = 0; i < r->change_count; i++) {
        const benefit_change *c = &r->change[i];
        const benefit_accumulator *acc = &r->policy->accumulator[c->accumulator];
        if (c->before == c->after)
            continue;
        p->change[p->change_count++] = (desk_change){.home = str_of(home_names[benefit_home(acc)]),
                                                     .scheme = p->scheme,
                                                     .name = acc->name,
                                                     .year = r->year,
                                                     .sub = (int64_t)c->sub,
                                                     .before = c->before,
                                                     .after = c->after,
                                                     .is_money = acc->unit != UNIT_COUNT};
    }
    for (int i = 0; i < ACCOUNT_COUNT; i++)
        if (account_before[i] != r->account_after_fen[i])
            p->change[p->change_count++] = (desk_change){.home = S("account"),
                                                         .scheme = S(""),
                                                         .name = str_of(account_names[i]),
                                                         .before = account_before[i],
                                                         .after = r->account_after_fen[i],
                                                         .is_money = true};
}

static bool result_write(desk_part *p,
                         const claim_bill *claim,
                         const benefit_result *r,
                         int part,
                         int parts,
                         arena *a,
                         err *e)
{
    byte_buffer b = {0};
    if (!settlement_to_json(&b, claim, r, part, parts, false, LANG_ZH))
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the settlement");
    while (b.n > 0 && b.p[b.n - 1] == '\n')
        b.n--;
    if (a->end - a->beg <= b.n) {
        free(b.p);
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the settlement");
    }
    p->result = arena_str(a, (str){b.p, b.n});
    free(b.p);
    return true;
}

static bool part_settle(desk_part *p,
                        const claim_bill *claim,
                        const benefit_bill *bill,
                        const benefit_policy *policy,
                        person_state *s,
                        const json_node *doc,
                        arena *a,
                        err *e)
{
    benefit_state before;
    benefit_result r;
    char on[DAY_TEXT_SIZE];
    p->year = policy_year_of(policy, (day){(int32_t)bill->fact[FACT_DATE]});
    if (!state_for_engine(&before, s, policy, p->scheme, p->year, a, e))
        return false;
    for (int i = 0; i < ACCOUNT_COUNT; i++)
        if (claim->has_accounts
                [i]) /* not to be touched: nothing is there, as far as this bill goes */
            before.account_fen[i] = claim->account_fen[i];
    benefit_settle(&r, policy, bill, &before, !p->only_lines, a);
    if (r.status == BENEFIT_REFUSED)
        return refused(&r, a, e);
    p->state = r.status == BENEFIT_SETTLED ? S("settled") : S("not_covered");
    p->where = r.where;
    p->policy = policy;
    p->policy_id = policy->id;
    day_print(on, policy->from);
    p->policy_from_on = arena_str(a, str_of(on));
    day_print(on, (day){(int32_t)bill->fact[FACT_DATE]});
    p->service_on = arena_str(a, str_of(on));
    p->trace = r.trace;
    p->trace_count = r.trace_count;
    amounts_take(p, &r);
    lines_take(p, bill, &r, &p->pack->pack, doc, a);
    if (!p->only_lines)
        layers_take(p, &r, a);
    if (r.status == BENEFIT_SETTLED)
        changes_take(p, &r, before.account_fen, a);
    return (p->only_lines || result_write(p, claim, &r, p->part, 1, a, e)) &&
           state_apply(s, p, false, a, e);
}

static const benefit_policy *policy_of(const pack *p, const benefit_bill *bill, err *e)
{
    day on = {(int32_t)bill->fact[FACT_DATE]};
    const benefit_policy *policy = pack_policy_on(p, bill->fact[FACT_SCHEME], on);
    if (!policy) {
        FAIL(e, ERR_NO_POLICY, "no policy of this scheme is in force on that day");
        err_field(e, S("visit.date"));
    }
    return policy;
}

bool parts_settle(desk_settlement *out,
                  const desk_part *header,
                  person_state *s,
                  json_reader *reader,
                  str document,
                  arena *a,
                  err *e)
{
    claim_bill *claim = arena_new(a, claim_bill, 1);
    benefit_bill *bill = arena_new(a, benefit_bill, PARTS_MAX);
    const pack *words = &header->pack->pack;
    const json_node *doc = json_parse_copy(reader, document, a, e);
    out->part_count = 0;
    if (!doc || !bill_of_json(claim, doc, words, a, e))
        return false;
    const benefit_policy *policy = policy_of(words, &claim->bill, e);
    if (!policy)
        return false;
    int parts = 1;
    bill[0] = claim->bill;
    if (policy->cross_year_split)
        parts = benefit_parts(bill, policy, &claim->bill, a);
    for (int i = 0; i < parts; i++) {
        desk_part *p = &out->part[i];
        *p = *header;
        p->part = i;
        p->document = document;
        policy = policy_of(words, &bill[i], e);
        if (!policy || !part_settle(p, claim, &bill[i], policy, s, doc, a, e))
            return false;
    }
    out->part_count = parts;
    return true;
}
