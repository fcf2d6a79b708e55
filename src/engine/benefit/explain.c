/* The trace as sentences a patient understands; the sentences themselves stand in step.tbl.h. */
#include "engine/benefit/settle_internal.h"

static const char *const sentences[STEP__COUNT][2] = {
    [STEP_NONE] = {"", ""},
#define STEP(id, name, zh, en) [STEP_##id] = {zh, en},
#include "engine/benefit/step.tbl.h"
};

static void why(text_buffer *out, const benefit_result *r, lang l)
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

static void
placeholder(text_buffer *out, str name, const benefit_result *r, const benefit_trace *t, lang l)
{
    if (name.n == 0)
        text_printf(out, "%s", money_show(t->amount_fen).c);
    else if (str_eq(name, S("a")))
        text_printf(out, "%s", money_show(t->a).c);
    else if (str_eq(name, S("b")))
        text_printf(out, "%s", money_show(t->b).c);
    else if (str_eq(name, S("a%")))
        text_printf(out, "%s", rate_show(t->a).c);
    else if (str_eq(name, S("a#")))
        text_printf(out, "%" PRId64, t->a);
    else {
        assert(str_eq(name, S("why")));
        why(out, r, l);
    }
}

static void
sentence(text_buffer *out, const char *p, const benefit_result *r, const benefit_trace *t, lang l)
{
    for (;;) {
        const char *open = strchr(p, '{');
        if (!open) {
            text_add(out, str_of(p));
            return;
        }
        const char *close = strchr(open, '}');
        assert(close);
        text_add(out, (str){p, open - p});
        placeholder(out, (str){open + 1, close - open - 1}, r, t, l);
        p = close + 1;
    }
}

static void layer_name(text_buffer *out, const benefit_result *r, const benefit_trace *t, lang l)
{
    if (t->layer < 0)
        return;
    const benefit_layer *layer = &r->policy->layer[t->layer];
    text_add(out, l == LANG_ZH ? layer->zh : layer->en);
    text_add(out, l == LANG_ZH ? S("：") : S(": "));
}

static void basis(text_buffer *out, const benefit_result *r, const benefit_trace *t, lang l)
{
    const benefit_source *s = &r->policy->source[t->basis];
    text_printf(out, l == LANG_ZH ? "（依据：%.*s" : " (basis: %.*s", STR_ARG(s->title));
    if (s->note.n && !s->id.n) /* an article, not the remark on the whole source */
        text_printf(out, " %.*s", STR_ARG(s->note));
    text_add(out, l == LANG_ZH ? S("）") : S(")"));
}

void benefit_sentence(text_buffer *out, const benefit_result *r, const benefit_trace *t, lang l)
{
    layer_name(out, r, t, l);
    sentence(out, sentences[t->step][l == LANG_EN], r, t, l);
    if (t->basis &&
        (t->step == STEP_PAID || t->step == STEP_SEGMENT || t->step == STEP_NOT_COVERED))
        basis(out, r, t, l);
}
