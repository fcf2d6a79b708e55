/* Schemes to be looked at: groups, their rules, the lists they rest on. */
#include "edge/api/api.h"
#include "edge/api/casemix_internal.h"

#define RULE_BYTES  16384
#define LISTED_MAX  3000 /* codes of one ADRG that are shown */
#define CODES_LIMIT 20   /* of a search */
#define OWNERS_MAX  40   /* ADRGs a found code is said to be listed in */

static str rule_text(json_out *o, const casemix_scheme *s, const casemix_rule *rule, bool chinese)
{
    text_buffer t = {arena_new(o->a, char, RULE_BYTES), 0, RULE_BYTES, false};
    scheme_rule_say(&t, s, rule, chinese);
    return (str){t.p, t.n};
}

void casemix_drg_json(
    json_out *o, const casemix_scheme *s, int32_t drg, const casemix_worth *worth, bool chinese)
{
    const casemix_drg *d = &s->drg[drg];
    json_field(o, S("drg"), d->code);
    json_field(o, S("name"), d->name);
    json_field(o, S("condition"), rule_text(o, s, &d->rule, chinese));
    json_field_text_or_null(o, S("weight"), worth ? worth->weight : S(""));
    json_field_text_or_null(o, S("price"), worth ? worth->price : S(""));
}

static const casemix_scheme *scheme_of(api_call *c, err *e)
{
    return grouping_scheme(c->with.grouping, http_param(c->request, "scheme"), e);
}

/* ---- which there are ---- */

static void periods_json(json_out *o, const casemix_scheme *s)
{
    json_key(o, S("weights"));
    json_open(o, '[');
    for (int32_t i = 0; i < s->weight_count; i++) { /* sorted by region and year */
        const casemix_weight *w = &s->weight[i];
        if (i && str_eq(w->region, w[-1].region) && str_eq(w->year, w[-1].year))
            continue;
        json_open(o, '{');
        json_field(o, S("region"), w->region);
        json_field(o, S("year"), w->year);
        json_close(o, '}');
    }
    json_close(o, ']');
}

bool api_casemix_schemes_list(api_call *c, err *e)
{
    json_out *o = &c->out;
    (void)e;
    json_open(o, '{');
    json_key(o, S("rows"));
    json_open(o, '[');
    for (int i = 0; i < grouping_count(c->with.grouping, GROUPING_DRG); i++) {
        err problem = {0};
        str id = grouping_name(c->with.grouping, GROUPING_DRG, i);
        const casemix_scheme *s = grouping_scheme(c->with.grouping, id, &problem);
        json_open(o, '{');
        json_field(o, S("scheme"), id);
        json_field(o, S("name"), s && s->name.n ? s->name : id);
        json_field_text_or_null(o, S("problem"), s ? S("") : str_of(problem.msg));
        const casemix_scheme none = {0};
        s = s ? s : &none;
        json_field_number(o, S("mdcs"), s->mdc_count);
        json_field_number(o, S("adrgs"), s->adrg_count);
        json_field_number(o, S("drgs"), s->drg_count);
        json_field_number(o, S("diagnoses"), s->dx.count);
        json_field_number(o, S("procedures"), s->procedure.count);
        periods_json(o, s);
        json_close(o, '}');
    }
    json_close(o, ']');
    json_close(o, '}');
    return true;
}

/* ---- one scheme: all its groups ---- */

static void mdc_json(json_out *o, const casemix_scheme *s, const casemix_mdc *m, bool chinese)
{
    json_open(o, '{');
    json_field(o, S("mdc"), m->code);
    json_field(o, S("name"), m->name);
    json_field(o, S("rule"), rule_text(o, s, &m->rule, chinese));
    json_field_number(o, S("adrgs"), m->adrg_count);
    json_close(o, '}');
}

static void
group_json(json_out *o, const casemix_scheme *s, int32_t drg, const casemix_worth *worth)
{
    const casemix_drg *d = &s->drg[drg];
    const casemix_adrg *a = &s->adrg[d->adrg];
    json_open(o, '{');
    json_field(o, S("drg"), d->code);
    json_field(o, S("name"), d->name);
    json_field(o, S("adrg"), a->code);
    json_field(o, S("adrg_name"), a->name);
    json_field(o, S("kind"), a->kind);
    json_field(o, S("mdc"), s->mdc[a->mdc].code);
    json_field_text_or_null(o, S("weight"), worth ? worth->weight : S(""));
    json_close(o, '}');
}

bool api_casemix_scheme_get(api_call *c, err *e)
{
    json_out *o = &c->out;
    const casemix_scheme *s = scheme_of(c, e);
    if (!s)
        return false;
    const casemix_worth *worths =
        grouping_worths(s, http_query(c->request, "region"), http_query(c->request, "year"), c->a);
    json_open(o, '{');
    json_field(o, S("scheme"), http_param(c->request, "scheme"));
    json_field(o, S("name"), s->name);
    periods_json(o, s);
    json_key(o, S("mdcs"));
    json_open(o, '[');
    for (int32_t i = 0; i < s->mdc_count; i++)
        mdc_json(o, s, &s->mdc[i], !c->english);
    json_close(o, ']');
    json_key(o, S("groups"));
    json_open(o, '[');
    for (int32_t i = 0; i < s->drg_count; i++)
        group_json(o, s, i, casemix_worth_at(worths, i, 0));
    json_close(o, ']');
    json_close(o, '}');
    return true;
}

/* ---- one ADRG: its rule and its lists ---- */

static void listed_json(json_out *o, const casemix_scheme *s, int32_t adrg, bool procedures)
{
    scheme_listed at = {0};
    int count = 0;
    json_key(o, procedures ? S("procedures") : S("diagnoses"));
    json_open(o, '[');
    while (scheme_listed_next(&at, s, adrg, procedures)) {
        if (++count > LISTED_MAX)
            continue;
        json_open(o, '{');
        json_field_number(o, S("list"), at.list);
        json_field(o, S("code"), at.text.code);
        json_field(o, S("name"), at.text.name);
        json_close(o, '}');
    }
    json_close(o, ']');
    json_field_number(o, procedures ? S("procedure_count") : S("diagnosis_count"), count);
}

/* Levels of hospitals where a group counts for something else than at the others. */
static void levels_json(json_out *o, const casemix_worth *worths, int32_t drg)
{
    const casemix_worth *all = casemix_worth_at(worths, drg, 0);
    json_key(o, S("levels"));
    json_open(o, '[');
    for (int level = 1; all && level < CASEMIX_LEVELS; level++) {
        if (str_eq(all[level].weight, all->weight) && str_eq(all[level].price, all->price))
            continue;
        json_open(o, '{');
        json_field_number(o, S("level"), level);
        json_field_text_or_null(o, S("weight"), all[level].weight);
        json_field_text_or_null(o, S("price"), all[level].price);
        json_close(o, '}');
    }
    json_close(o, ']');
}

bool api_casemix_adrg_get(api_call *c, err *e)
{
    json_out *o = &c->out;
    const casemix_scheme *s = scheme_of(c, e);
    if (!s)
        return false;
    int32_t at = 0;
    while (at < s->adrg_count && !str_eq(s->adrg[at].code, http_param(c->request, "adrg")))
        at++;
    if (at == s->adrg_count) {
        err_field(e, S("adrg"));
        return FAIL(e, ERR_NOT_FOUND, "no such ADRG");
    }
    const casemix_adrg *a = &s->adrg[at];
    const casemix_worth *worths =
        grouping_worths(s, http_query(c->request, "region"), http_query(c->request, "year"), c->a);
    json_open(o, '{');
    json_field(o, S("adrg"), a->code);
    json_field(o, S("name"), a->name);
    json_field(o, S("kind"), a->kind);
    json_field(o, S("mdc"), s->mdc[a->mdc].code);
    json_field(o, S("mdc_name"), s->mdc[a->mdc].name);
    json_field(o, S("rule"), a->rule_text);
    json_field(o, S("rule_text"), rule_text(o, s, &a->rule, !c->english));
    json_key(o, S("drgs"));
    json_open(o, '[');
    for (int32_t i = a->drg_first; i < a->drg_first + a->drg_count; i++) {
        json_open(o, '{');
        casemix_drg_json(o, s, i, casemix_worth_at(worths, i, 0), !c->english);
        levels_json(o, worths, i);
        json_close(o, '}');
    }
    json_close(o, ']');
    listed_json(o, s, at, false);
    listed_json(o, s, at, true);
    json_close(o, '}');
    return true;
}

/* ---- codes by their beginning, or by a part of their name ---- */

/* 0 = not meant; a code that begins so comes before a name that holds it. */
static int match(const casemix_text *t, str q)
{
    bool begins = t->code.n >= q.n;
    for (ptrdiff_t i = 0; begins && i < q.n; i++)
        begins = (t->code.p[i] | 0x20) == (q.p[i] | 0x20);
    return begins ? 2 : str_contains(t->name, q);
}

static void owners_json(json_out *o, const casemix_scheme *s, const casemix_code *code)
{
    int count = 0;
    json_key(o, S("mdcs"));
    json_open(o, '[');
    for (int32_t i = 0; i < s->mdc_count; i++)
        if (code->mdcs >> (i - s->mdc_block.first) & 1)
            json_str(o, s->mdc[i].code);
    json_close(o, ']');
    json_key(o, S("adrgs"));
    json_open(o, '[');
    for (int k = 0; k < code->hit_count; k++) {
        const casemix_hit *hit = &s->hit[code->hit_first + (uint32_t)k];
        for (int bit = 0; bit < BLOCK_BITS && count < OWNERS_MAX; bit++) {
            if (!(hit->rows >> bit & 1))
                continue;
            json_str(o, s->adrg[s->block[hit->block].first + bit].code);
            count++;
        }
    }
    json_close(o, ']');
}

static void
code_json(json_out *o, const casemix_scheme *s, const casemix_code *code, const casemix_text *t)
{
    json_open(o, '{');
    json_field(o, S("code"), t->code);
    json_field(o, S("name"), t->name);
    json_field_bool(o, S("gray"), code->flags & CODE_GRAY);
    json_field_bool(o, S("mcc"), code->mcc);
    json_field_bool(o, S("cc"), code->cc);
    owners_json(o, s, code);
    json_close(o, '}');
}

bool api_casemix_codes_list(api_call *c, err *e)
{
    json_out *o = &c->out;
    const casemix_scheme *s = scheme_of(c, e);
    str q = http_query(c->request, "q"), kind = http_query(c->request, "kind");
    if (!s)
        return false;
    if (!str_eq(kind, S("diagnosis")) && !str_eq(kind, S("procedure"))) {
        err_field(e, S("kind"));
        err_expected(e, "diagnosis or procedure");
        return FAIL(e, ERR_BAD_VALUE, "%.*s", STR_ARG(kind));
    }
    const casemix_codes *codes = str_eq(kind, S("procedure")) ? &s->procedure : &s->dx;
    int count = 0;
    json_open(o, '{');
    json_key(o, S("rows"));
    json_open(o, '[');
    for (int wanted = 2; wanted > 0; wanted--) {
        for (int32_t i = 0; i < codes->count && count < CODES_LIMIT && q.n; i++) {
            if ((codes->code[i].flags & CODE_FOREIGN) || match(&codes->text[i], q) != wanted)
                continue;
            code_json(o, s, &codes->code[i], &codes->text[i]);
            count++;
        }
    }
    json_close(o, ']');
    json_close(o, '}');
    return true;
}
