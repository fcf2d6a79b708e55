/* A scheme, or a part of it, as a person would read it. */
#include "engine/casemix/casemix.h"
#include "service/scheme/scheme.h"

void scheme_rule_say(text_buffer *out, const casemix_scheme *s, const casemix_rule *rule, bool zh)
{
    for (uint32_t i = 0; i < rule->count; i++) {
        const casemix_all_of *all = &s->all_of[rule->first + i];
        text_add(out, i ? (zh ? S("；或 ") : S("; or ")) : S(""));
        for (uint32_t k = 0; k < all->count; k++) {
            text_add(out, k ? (zh ? S("，且") : S(", and ")) : S(""));
            casemix_term_say(out, &s->term[all->first + k], zh);
        }
    }
}

static void row_say(text_buffer *out,
                    const casemix_scheme *s,
                    int indent,
                    str code,
                    str name,
                    const casemix_rule *rule,
                    bool zh)
{
    text_printf(out, "%*s%.*s %.*s  [", indent, "", STR_ARG(code), STR_ARG(name));
    scheme_rule_say(out, s, rule, zh);
    text_add(out, S("]\n"));
}

static void weight_say(text_buffer *out, const casemix_weight *w, bool zh)
{
    text_printf(out, zh ? "      权重 %.*s %.*s" : "      weight %.*s %.*s", STR_ARG(w->region),
                STR_ARG(w->year));
    if (w->level)
        text_printf(out, zh ? " %d 级机构" : " level %d", w->level);
    text_printf(out, zh ? "：%.*s" : ": %.*s", STR_ARG(w->weight));
    if (w->price.n)
        text_printf(out, zh ? "，%.*s 元" : ", %.*s yuan", STR_ARG(w->price));
    text_add(out, S("\n"));
}

static void drg_say(text_buffer *out, const casemix_scheme *s, int32_t drg, bool weights, bool zh)
{
    const casemix_drg *d = &s->drg[drg];
    row_say(out, s, 4, d->code, d->name, &d->rule, zh);
    for (int32_t i = 0; weights && i < s->weight_count; i++)
        if (s->weight[i].drg == drg)
            weight_say(out, &s->weight[i], zh);
}

bool scheme_listed_next(scheme_listed *at, const casemix_scheme *s, int32_t adrg, bool procedures)
{
    const casemix_codes *codes = procedures ? &s->procedure : &s->dx;
    for (; at->code < codes->count; at->code++, at->hit = 0) {
        const casemix_code *code = &codes->code[at->code];
        while (at->hit < code->hit_count) {
            const casemix_hit *hit = &s->hit[code->hit_first + (uint32_t)at->hit++];
            int32_t bit = adrg - s->block[hit->block].first;
            if (bit < 0 || bit >= BLOCK_BITS || !(hit->rows >> bit & 1))
                continue;
            at->list = hit->list;
            at->text = codes->text[at->code];
            return true;
        }
    }
    return false;
}

/* A code with its name: whose list it is in. */
static void
codes_say(text_buffer *out, const casemix_scheme *s, int32_t adrg, bool procedures, bool zh)
{
    scheme_listed at = {0};
    while (scheme_listed_next(&at, s, adrg, procedures))
        text_printf(out, zh ? "    %s表 %d：%.*s %.*s\n" : "    %s list %d: %.*s %.*s\n",
                    procedures ? (zh ? "手术" : "procedure") : (zh ? "诊断" : "diagnosis"), at.list,
                    STR_ARG(at.text.code), STR_ARG(at.text.name));
}

static void adrg_say(text_buffer *out, const casemix_scheme *s, int32_t adrg, bool all, bool zh)
{
    const casemix_adrg *a = &s->adrg[adrg];
    row_say(out, s, 2, a->code, a->name, &a->rule, zh);
    for (int32_t i = a->drg_first; i < a->drg_first + a->drg_count; i++)
        drg_say(out, s, i, all, zh);
    if (all) {
        codes_say(out, s, adrg, false, zh);
        codes_say(out, s, adrg, true, zh);
    }
}

bool scheme_explain(text_buffer *out, const casemix_scheme *s, str only, bool chinese)
{
    bool some = false;
    for (int32_t m = 0; m < s->mdc_count; m++) {
        const casemix_mdc *mdc = &s->mdc[m];
        bool whole = only.n == 0 || str_eq(only, mdc->code);
        if (whole)
            row_say(out, s, 0, mdc->code, mdc->name, &mdc->rule, chinese);
        some = some || whole;
        for (int32_t i = mdc->adrg_first; i < mdc->adrg_first + mdc->adrg_count; i++) {
            const casemix_adrg *a = &s->adrg[i];
            bool mine = str_eq(only, a->code);
            for (int32_t d = a->drg_first; d < a->drg_first + a->drg_count; d++)
                mine = mine || str_eq(only, s->drg[d].code);
            if (whole || mine)
                adrg_say(out, s, i, mine, chinese);
            some = some || mine;
        }
    }
    return some;
}
