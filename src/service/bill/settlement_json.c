/* Settlements as JSON: amounts in exact decimal yuan, fields in a fixed order. */
#include "service/bill/bill.h"

#include <stdlib.h>

static bool room(byte_buffer *b, ptrdiff_t n)
{
    if (b->cap - b->n >= n)
        return true;
    ptrdiff_t cap = b->cap ? 2 * b->cap : 1 << 16;
    while (cap - b->n < n)
        cap *= 2;
    char *p = realloc(b->p, (size_t)cap);
    if (!p)
        return false;
    b->p = p;
    b->cap = cap;
    return true;
}

bool byte_buffer_add(byte_buffer *b, str s)
{
    if (!room(b, s.n))
        return false;
    if (s.n)
        memcpy(b->p + b->n, s.p, (size_t)s.n);
    b->n += s.n;
    return true;
}

/* The writers below assume room; settlement_to_json makes it once for the whole line. */
static void put(byte_buffer *b, str s)
{
    memcpy(b->p + b->n, s.p, (size_t)s.n);
    b->n += s.n;
}

#define PUT(b, literal) put((b), S(literal))

static void put_text(byte_buffer *b, str s)
{
    static const char hex[] = "0123456789abcdef";
    b->p[b->n++] = '"';
    for (ptrdiff_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\') {
            b->p[b->n++] = '\\';
            b->p[b->n++] = (char)c;
        } else if (c < 0x20) {
            PUT(b, "\\u00");
            b->p[b->n++] = hex[c >> 4];
            b->p[b->n++] = hex[c & 15];
        } else {
            b->p[b->n++] = (char)c;
        }
    }
    b->p[b->n++] = '"';
}

static void put_money(byte_buffer *b, int64_t fen)
{
    b->p[b->n++] = '"';
    b->n += money_print(b->p + b->n, fen);
    b->p[b->n++] = '"';
}

static void put_count(byte_buffer *b, int64_t value)
{
    char digits[24];
    ptrdiff_t n = 0;
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do
        digits[n++] = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (value < 0)
        digits[n++] = '-';
    while (n > 0)
        b->p[b->n++] = digits[--n];
}

static void put_amounts(byte_buffer *b, const benefit_result *r)
{
    PUT(b, ",\"total\":");
    put_money(b, r->total.fen);
    PUT(b, ",\"own\":");
    put_money(b, r->own.fen);
    PUT(b, ",\"over_limit\":");
    put_money(b, r->over_limit.fen);
    PUT(b, ",\"pay_first\":");
    put_money(b, r->pay_first.fen);
    PUT(b, ",\"route_share\":");
    put_money(b, r->route_share.fen);
    PUT(b, ",\"in_scope\":");
    put_money(b, r->in_scope.fen);
    PUT(b, ",\"deductible\":");
    put_money(b, r->deductible.fen);
    PUT(b, ",\"over_cap\":");
    put_money(b, r->over_cap.fen);
    PUT(b, ",\"funds\":{");
    bool comma = false;
    for (int field = FIELD_HIFP; field <= FIELD_OTH; field++) {
        if (!r->paid[field].fen)
            continue;
        if (comma)
            PUT(b, ",");
        comma = true;
        PUT(b, "\"");
        put(b, str_of(pay_field_names[field]));
        PUT(b, "\":");
        put_money(b, r->paid[field].fen);
    }
    PUT(b, "},\"fund_total\":");
    put_money(b, r->fund_total.fen);
    PUT(b, ",\"hospital_part\":");
    put_money(b, r->hospital_part.fen);
    PUT(b, ",\"personal_part\":");
    put_money(b, r->personal_part.fen);
    PUT(b, ",\"account\":");
    put_money(b, r->account.fen);
    PUT(b, ",\"family_account\":");
    put_money(b, r->family_account.fen);
    PUT(b, ",\"cash\":");
    put_money(b, r->cash.fen);
}

static void put_layers(byte_buffer *b, const benefit_result *r)
{
    PUT(b, ",\"layers\":[");
    for (int i = 0; i < r->layer_count; i++) {
        const benefit_layer_result *x = &r->layer[i];
        const benefit_layer *layer = &r->policy->layer[x->layer];
        if (i)
            PUT(b, ",");
        PUT(b, "{\"layer\":");
        put_text(b, layer->name);
        PUT(b, ",\"payer\":");
        put_text(b, layer->payer);
        PUT(b, ",\"base\":");
        put_money(b, x->base.fen);
        PUT(b, ",\"deductible\":");
        put_money(b, x->deductible.fen);
        PUT(b, ",\"paid\":");
        put_money(b, x->paid.fen);
        PUT(b, ",\"over_cap\":");
        put_money(b, x->over_cap.fen);
        PUT(b, "}");
    }
    PUT(b, "]");
}

static void put_value(byte_buffer *b, const benefit_accumulator *acc, int64_t value)
{
    if (acc->unit == UNIT_COUNT)
        put_count(b, value);
    else
        put_money(b, value);
}

/* "l3", or "l3|gout" for an accumulator with several sub-keys: the shape `opening` takes. */
static void put_sub_key(byte_buffer *b,
                        const claim_bill *claim,
                        const benefit_accumulator *acc,
                        const benefit_change *change)
{
    char key[BY_MAX * (TEXT_MAX + 1)];
    text_buffer t = {key, 0, sizeof key, false};
    for (int i = 0; i < acc->by_count; i++) {
        if (i)
            text_add(&t, S("|"));
        for (int k = 0; k < claim->word_count; k++)
            if (claim->word[k].hash == change->by[i])
                text_add(&t, claim->word[k].text);
    }
    put_text(b, (str){t.p, t.n});
}

static void put_accumulators(byte_buffer *b, const claim_bill *claim, const benefit_result *r)
{
    PUT(b, ",\"accumulators\":{");
    for (int i = 0; i < r->change_count; i++) {
        const benefit_accumulator *acc = &r->policy->accumulator[r->change[i].accumulator];
        bool again = false;
        for (int k = 0; k < i && acc->by_count; k++)
            again = again || r->change[k].accumulator == r->change[i].accumulator;
        if (again)
            continue; /* stands with the first of its name */
        if (i)
            PUT(b, ",");
        put_text(b, acc->name);
        PUT(b, ":");
        if (!acc->by_count) {
            put_value(b, acc, r->change[i].after);
            continue;
        }
        for (int k = i; k < r->change_count; k++) {
            if (r->change[k].accumulator != r->change[i].accumulator)
                continue;
            put(b, k == i ? S("{") : S(","));
            put_sub_key(b, claim, acc, &r->change[k]);
            PUT(b, ":");
            put_value(b, acc, r->change[k].after);
        }
        PUT(b, "}");
    }
    PUT(b, "}");
}

static void put_explain(byte_buffer *b, const benefit_result *r, lang l)
{
    PUT(b, ",\"explain\":[");
    for (int i = 0; i < r->trace_count; i++) {
        const benefit_trace *t = &r->trace[i];
        char sentence[600];
        text_buffer s = {sentence, 0, sizeof sentence, false};
        if (i)
            PUT(b, ",");
        PUT(b, "{\"step\":");
        put_text(b, str_of(benefit_step_name(t->step)));
        if (t->layer >= 0) {
            PUT(b, ",\"layer\":");
            put_text(b, r->policy->layer[t->layer].name);
        }
        PUT(b, ",\"amount\":");
        put_money(b, t->amount_fen);
        if (t->step == STEP_SEGMENT) {
            money_text share = rate_show(t->a);
            PUT(b, ",\"rate\":");
            put_text(b, str_of(share.c));
            PUT(b, ",\"pays\":");
            put_money(b, t->b);
        }
        if (t->basis) {
            PUT(b, ",\"basis\":");
            put_text(b, r->policy->source[t->basis].title);
        }
        if (t->input_line) {
            PUT(b, ",\"line\":");
            put_count(b, t->input_line);
        }
        benefit_sentence(&s, r, t, l);
        PUT(b, ",\"text\":");
        put_text(b, (str){s.p, s.n});
        PUT(b, "}");
    }
    PUT(b, "]");
}

static void put_refusal(byte_buffer *b, const benefit_result *r, lang l)
{
    char where[160];
    text_buffer t = {where, 0, sizeof where, false};
    if (r->where_line)
        text_printf(&t, "lines[%d]: ", r->where_line);
    text_add(&t, r->where);
    PUT(b, ",\"code\":");
    put_text(b, str_of(refusal_name(r->refusal)));
    PUT(b, ",\"field\":");
    put_text(b, (str){t.p, t.n});
    PUT(b, ",\"reason\":");
    put_text(b, str_of(l == LANG_ZH ? refusal_zh(r->refusal) : refusal_en(r->refusal)));
}

static str status_name(benefit_status status)
{
    return status == BENEFIT_SETTLED       ? S("settled")
           : status == BENEFIT_NOT_COVERED ? S("not_covered")
                                           : S("refused");
}

bool settlement_to_json(byte_buffer *b,
                        const claim_bill *claim,
                        const benefit_result *r,
                        int part,
                        int part_count,
                        bool explain,
                        lang l)
{
    /* six bytes for each byte of a text that might be escaped */
    ptrdiff_t names = 6 * (claim->bill.id.n + claim->person_id.n + r->where.n + 600);
    ptrdiff_t size = 2000 + names + (ptrdiff_t)1000 * r->layer_count +
                     (ptrdiff_t)(500 + 6 * BY_MAX * TEXT_MAX) * r->change_count;
    if (explain)
        size += 6500 * (ptrdiff_t)r->trace_count;
    if (!room(b, size))
        return false;
    char on[DAY_TEXT_SIZE];
    day_print(on, r->policy->from);
    PUT(b, "{\"bill\":");
    put_text(b, claim->bill.id);
    PUT(b, ",\"person\":");
    put_text(b, claim->person_id);
    if (part_count > 1) {
        PUT(b, ",\"part\":");
        put_count(b, part);
    }
    PUT(b, ",\"status\":");
    put_text(b, status_name(r->status));
    PUT(b, ",\"policy\":");
    put_text(b, r->policy->id);
    PUT(b, ",\"version\":");
    put_text(b, str_of(on));
    PUT(b, ",\"year\":");
    put_count(b, r->year);
    if (r->status == BENEFIT_REFUSED) {
        put_refusal(b, r, l);
    } else {
        if (r->status == BENEFIT_NOT_COVERED) {
            PUT(b, ",\"reason\":");
            put_text(b, r->where);
        }
        put_amounts(b, r);
        put_layers(b, r);
        put_accumulators(b, claim, r);
        if (explain)
            put_explain(b, r, l);
    }
    PUT(b, "}\n");
    return true;
}
