/* What anybody may ask: areas, words, policies in plain words, the calculator. */
#include "edge/api/api_internal.h"
#include "service/desk/desk.h"

#define TEXT_BYTES (512 << 10)

static lang lang_of(const api_call *c)
{
    return c->english ? LANG_EN : LANG_ZH;
}

static bool is_template(const pack *p)
{
    return str_eq(p->id, S("template"));
}

static void area_put(api_call *c, const pack *p)
{
    json_out *o = &c->out;
    json_open(o, '{');
    json_field(o, S("area_code"), p->area);
    json_field(o, S("name"), c->english ? p->en : p->zh);
    json_field(o, S("pack_id"), p->id);
    json_close(o, '}');
}

/* Those that are served here come first. */
bool api_public_areas_list(api_call *c, err *e)
{
    json_out *o = &c->out;
    (void)e;
    json_open(o, '{');
    json_key(o, S("rows"));
    json_open(o, '[');
    for (int served = 1; served >= 0; served--) {
        for (int i = 0; i < office_pack_count(c->with.office); i++) {
            const pack *p = &office_pack_at(c->with.office, i)->pack;
            if (!is_template(p) && office_has_area(c->with.office, p->area) == (served == 1))
                area_put(c, p);
        }
    }
    json_close(o, ']');
    json_close(o, '}');
    return true;
}

static const office_pack *pack_of_query(const api_call *c, err *e)
{
    str area = http_query(c->request, "area_code");
    const office_pack *p = area.n ? office_pack_of_area(c->with.office, area) : NULL;
    if (!p) {
        FAIL(e, area.n ? ERR_NO_POLICY : ERR_MISSING_FIELD, "no pack for area `%.*s`",
             STR_ARG(area));
        err_field(e, S("area_code"));
        err_expected(e, "the code of an area that has a policy pack");
    }
    return p;
}

static void names_put(json_out *o, str zh, str en)
{
    json_field(o, S("zh"), zh);
    json_field(o, S("en"), en);
}

static void day_put(json_out *o, str key, day d)
{
    char text[DAY_TEXT_SIZE] = "";
    if (d.number != DAY_NONE)
        day_print(text, d);
    json_field(o, key, str_of(text));
}

static void facts_put(json_out *o, const pack *p)
{
    json_key(o, S("facts"));
    json_open(o, '{');
    for (int fact = FACT_NONE + 1; fact < FACT__COUNT; fact++) {
        if (!p->fact_closed[fact])
            continue;
        json_key(o, str_of(fact_table[fact].name));
        json_open(o, '[');
        for (int i = 0; i < p->word_count; i++) {
            if (p->word[i].fact != fact)
                continue;
            json_open(o, '{');
            json_field(o, S("word"), p->word[i].text);
            names_put(o, p->word[i].zh, p->word[i].en);
            json_close(o, '}');
        }
        json_close(o, ']');
    }
    json_close(o, '}');
}

static void funds_put(json_out *o, const pack *p)
{
    json_key(o, S("funds"));
    json_open(o, '[');
    for (int i = 0; i < p->word_count; i++) {
        if (p->word[i].fact != FACT_NONE)
            continue;
        json_open(o, '{');
        json_field(o, S("field"), str_of(pay_field_names[p->word[i].field]));
        json_field(o, S("payer"), p->word[i].text);
        names_put(o, p->word[i].zh, p->word[i].en);
        json_close(o, '}');
    }
    json_close(o, ']');
}

bool api_public_choices_get(api_call *c, err *e)
{
    json_out *o = &c->out;
    const office_pack *found = pack_of_query(c, e);
    if (!found)
        return false;
    const pack *p = &found->pack;
    json_open(o, '{');
    json_field(o, S("area_code"), p->area);
    json_field(o, S("pack_id"), p->id);
    facts_put(o, p);
    json_key(o, S("policies"));
    json_open(o, '[');
    for (int i = 0; i < p->policy_count; i++) {
        json_open(o, '{');
        json_field(o, S("policy_id"), p->policy[i].id);
        day_put(o, S("from_on"), p->policy[i].from);
        json_field(o, S("scheme"), p->policy[i].scheme_name);
        names_put(o, p->policy[i].zh, p->policy[i].en);
        json_close(o, '}');
    }
    json_close(o, ']');
    funds_put(o, p);
    json_close(o, '}');
    return true;
}

bool api_public_policies_list(api_call *c, err *e)
{
    json_out *o = &c->out;
    const office_pack *found = pack_of_query(c, e);
    if (!found)
        return false;
    const pack *p = &found->pack;
    char *memory = arena_new(c->a, char, TEXT_BYTES);
    json_open(o, '{');
    json_key(o, S("rows"));
    json_open(o, '[');
    for (int i = 0; i < p->policy_count; i++) {
        text_buffer t = {memory, 0, TEXT_BYTES, false};
        pack_explain_policy(&t, p, &p->policy[i], lang_of(c));
        json_open(o, '{');
        json_field(o, S("policy_id"), p->policy[i].id);
        day_put(o, S("from_on"), p->policy[i].from);
        day_put(o, S("until_on"), p->policy[i].until);
        json_field(o, S("scheme"), p->policy[i].scheme_name);
        names_put(o, p->policy[i].zh, p->policy[i].en);
        json_field(o, S("text"), (str){t.p, t.n});
        json_close(o, '}');
    }
    json_close(o, ']');
    json_close(o, '}');
    return true;
}

bool api_public_calculate(api_call *c, err *e)
{
    api_value body;
    str area = http_query(c->request, "area_code");
    desk_settlement *s = arena_new(c->a, desk_settlement, 1);
    if (!api_body(&body, c, e) || !desk_calculate(s, c->with.desk, area, body.node, c->a, e))
        return false;
    desk_answer(&c->out, s, lang_of(c), false);
    return true;
}
