/* Review rules: read, tried on a bill; what hospitals were told and what they did. */
#include "edge/api/api_internal.h"

#include "base/money.h"
#include "service/review/reviews.h"

#define ASKED_LINES_MAX 2000
#define DIAGNOSES_MAX   100

/* ---- packs and their rules ---- */

static void version_json(api_call *c, const review_pack *p, const review_rules *v)
{
    json_out *o = &c->out;
    char day_text[DAY_TEXT_SIZE] = "";
    day_print(day_text, v->from);
    json_field(o, S("pack_id"), p->id);
    json_field(o, S("name"), c->english ? p->en : p->zh);
    json_field(o, S("from_on"), str_of(day_text));
    if (v->until.number != DAY_NONE)
        day_print(day_text, v->until);
    json_field_text_or_null(o, S("until_on"),
                            v->until.number == DAY_NONE ? S("") : str_of(day_text));
    json_key(o, S("areas"));
    json_open(o, '[');
    for (int i = 0; i < p->area_count; i++)
        json_str(o, p->area[i]);
    json_close(o, ']');
    json_field_number(o, S("rule_count"), v->rule_count);
    json_field(o, S("digest"), v->digest);
}

bool api_review_packs_list(api_call *c, err *e)
{
    const reviews *r = c->with.reviews;
    (void)e;
    json_open(&c->out, '{');
    json_key(&c->out, S("rows"));
    json_open(&c->out, '[');
    for (int i = 0; i < reviews_count(r); i++)
        for (int k = 0; k < reviews_at(r, i)->version_count; k++) {
            json_open(&c->out, '{');
            version_json(c, reviews_at(r, i), &reviews_at(r, i)->version[k]);
            json_close(&c->out, '}');
        }
    json_close(&c->out, ']');
    json_close(&c->out, '}');
    return true;
}

bool api_review_pack_get(api_call *c, err *e)
{
    const review_pack *p = reviews_pack(c->with.reviews, http_param(c->request, "pack_id"));
    day from;
    const review_rules *v = NULL;
    for (int i = 0;
         p && day_parse(&from, http_param(c->request, "from_on")) && i < p->version_count; i++)
        if (p->version[i].from.number == from.number)
            v = &p->version[i];
    if (!v)
        return FAIL(e, ERR_NOT_FOUND, "no such version of a pack of rules");
    json_open(&c->out, '{');
    version_json(c, p, v);
    json_key(&c->out, S("rules"));
    json_open(&c->out, '[');
    for (int32_t i = 0; i < v->rule_count; i++)
        reviews_rule_json(&c->out, v, i, !c->english);
    json_close(&c->out, ']');
    json_close(&c->out, '}');
    return true;
}

/* ---- what hospitals were told ---- */

bool api_review_findings_list(api_call *c, err *e)
{
    return api_list_answer(c, "review_findings", NULL, e);
}

bool api_review_sums_list(api_call *c, err *e)
{
    return api_list_answer(c, "review_sums", NULL, e);
}

/* ---- a bill tried on the rules ---- */

static bool
number_read(int64_t *out, api_value row, const char *name, int scale, int64_t absent, err *e)
{
    api_value m = api_member(row, name);
    *out = absent;
    if (!m.node || m.node->kind == JSON_NULL)
        return true;
    bool text = m.node->kind == JSON_STRING || m.node->kind == JSON_NUMBER;
    if (text && decimal_parse(out, m.node->text, scale, REVIEW_E4_MAX))
        return true;
    err_field(e, str_of(name));
    err_expected(e, "a number up to a million, %d decimals", scale);
    return FAIL(e, ERR_BAD_NUMBER, "%s", "");
}

static bool line_read(review_line *l, api_value row, day visit_on, err *e)
{
    str on;
    day given = visit_on;
    *l = (review_line){.limit_e4 = -1};
    if (!api_known(row, "code name date quantity unit_price amount", e) ||
        !api_text(&l->code, row, "code", true, e) || !api_text(&l->name, row, "name", false, e) ||
        !api_day(&on, row, "date", false, e) ||
        !number_read(&l->quantity_e4, row, "quantity", 4, 10000, e) ||
        !number_read(&l->unit_price_e4, row, "unit_price", 4, -1, e) ||
        !number_read(&l->amount_fen, row, "amount", 2, -1, e))
        return false;
    if (on.n && !day_parse(&given, on))
        return FAIL(e, ERR_BAD_DATE, "%s", "");
    l->on = given.number;
    if (l->amount_fen < 0)
        l->amount_fen = l->unit_price_e4 < 0
                            ? 0
                            : mul_div_half_up_wide(l->unit_price_e4, l->quantity_e4, 1000000);
    return true;
}

static bool lines_read(review_case *k, api_call *c, api_value body, err *e)
{
    api_value list = api_member(body, "lines");
    review_line *line = arena_new(c->a, review_line, ASKED_LINES_MAX);
    if (!list.node || list.node->kind != JSON_LIST) {
        err_field(e, S("lines"));
        return FAIL(e, list.node ? ERR_BAD_TYPE : ERR_MISSING_FIELD, "%s", "");
    }
    for (api_value m = api_first(list); m.node; m = api_next(list, m)) {
        if (k->line_count == ASKED_LINES_MAX)
            return FAIL(e, ERR_TOO_LARGE, "more than %d lines", ASKED_LINES_MAX);
        if (m.node->kind != JSON_OBJECT || !line_read(&line[k->line_count], m, k->on, e)) {
            str field = str_of(e->field);
            if (e->code == ERR_OK)
                FAIL(e, ERR_BAD_TYPE, "a line is an object");
            err_field(e, arena_printf(c->a, "lines[%d]%s%.*s", k->line_count + 1,
                                      field.n ? "." : "", STR_ARG(field)));
            return false;
        }
        k->line_count++;
    }
    k->line = line;
    return true;
}

static bool diagnoses_read(review_case *k, api_call *c, api_value body, err *e)
{
    api_value list = api_member(body, "diagnoses");
    str *dx = arena_new(c->a, str, DIAGNOSES_MAX);
    bool fits = !list.node || list.node->kind == JSON_LIST;
    for (api_value m = fits ? api_first(list) : list; m.node; m = api_next(list, m)) {
        fits &= m.node->kind == JSON_STRING && k->dx_count < DIAGNOSES_MAX;
        if (!fits)
            break;
        dx[k->dx_count++] = m.node->text;
    }
    k->dx = dx;
    err_field(e, fits ? S("") : S("diagnoses"));
    return fits || FAIL(e, ERR_BAD_TYPE, "a list of codes");
}

static bool word_read(uint8_t *out,
                      api_value body,
                      const char *name,
                      const char *const words[],
                      bool required,
                      err *e)
{
    str said;
    if (!api_text(&said, body, name, required, e))
        return false;
    *out = 0;
    for (uint8_t i = 0; words[i]; i++)
        if (str_eq(said, str_of(words[i])))
            *out = (uint8_t)(i + 1);
    if (*out || (said.n == 0 && !required))
        return true;
    err_field(e, str_of(name));
    err_expected(e, "%s, %s …", words[0], words[1]);
    return FAIL(e, ERR_UNKNOWN_WORD, "%s", "");
}

static bool visit_read(review_case *k, api_value body, err *e)
{
    static const char *const sexes[] = {"male", "female", NULL};
    static const char *const settings[] = {"outpatient", "inpatient", "pharmacy", NULL};
    static const char *const stages[] = {"before", "during", NULL};
    str born, on, until;
    *k = (review_case){.born = {DAY_NONE}, .until = {DAY_NONE}};
    if (!word_read(&k->sex, body, "sex", sexes, false, e) ||
        !word_read(&k->setting, body, "setting", settings, true, e) ||
        !word_read(&k->stage, body, "stage", stages, false, e) ||
        !api_day(&born, body, "birth_on", false, e) || !api_day(&on, body, "date", true, e) ||
        !api_day(&until, body, "until", false, e))
        return false;
    k->setting = k->setting ? (uint8_t)(1 << (k->setting - 1)) : 0;
    if (born.n)
        (void)day_parse(&k->born, born);
    if (until.n)
        (void)day_parse(&k->until, until);
    return day_parse(&k->on, on) || FAIL(e, ERR_BAD_DATE, "%s", "");
}

/* A hospital's office asks about its own bills. */
static bool provider_take(reviews_ask *ask, api_call *c, api_value body, err *e)
{
    office_provider p;
    char on[DAY_TEXT_SIZE];
    if (!api_id(&ask->provider_id, body, "provider_id", !c->who.provider_id, e))
        return false;
    if (c->who.provider_id && ask->provider_id && ask->provider_id != c->who.provider_id)
        return FAIL(e, ERR_NO_RIGHT, "another provider's bill");
    ask->provider_id = c->who.provider_id ? c->who.provider_id : ask->provider_id;
    day_print(on, ask->c.on);
    err_field(e, S("provider_id"));
    if (!office_provider_on(&p, c->with.office, ask->provider_id, arena_str(c->a, str_of(on)), c->a,
                            e))
        return e->code != ERR_OK ? false : FAIL(e, ERR_NOT_FOUND, "no such provider");
    e->field[0] = 0;
    ask->area_code = p.area_code;
    ask->c.level = p.level;
    return true;
}

typedef struct {
    api_call *c;
    const reviews_ask *ask;
    reviews_outcome out;
} look;

static bool look_work(store_job *job, void *arg, arena *a, err *e)
{
    look *l = arg;
    const store_value key = STORE_N(l->ask->person_id);
    store_rows r;
    if (l->ask->person_id) {
        if (!store_query(job, SQL_GATEWAY_PERSON, &key, 1, &r, a, e))
            return false;
        if (r.row_count == 0 || !actor_covers_area(&l->c->who, store_text(&r, 0, 1))) {
            err_field(e, S("person_id"));
            return FAIL(e, ERR_NOT_FOUND, "no such person");
        }
    }
    return reviews_look(&l->out, l->c->with.reviews, l->ask, job, l->c->with.office, a, e);
}

static void outcome_json(api_call *c, const reviews_outcome *out)
{
    json_out *o = &c->out;
    char from[DAY_TEXT_SIZE] = "";
    if (out->rules)
        day_print(from, out->rules->from);
    json_open(o, '{');
    json_field_text_or_null(o, S("pack_id"), out->rules ? out->rules->id : S(""));
    json_field_text_or_null(o, S("from_on"), str_of(from));
    json_field_number(o, S("line_count"), out->asked_count);
    json_field_number(o, S("past_count"), out->c.line_count - out->asked_count);
    json_key(o, S("findings"));
    json_open(o, '[');
    for (int32_t i = 0; i < out->count; i++)
        reviews_finding_json(o, out, i, !c->english);
    json_close(o, ']');
    json_close(o, '}');
}

bool api_review_check(api_call *c, err *e)
{
    api_value body;
    reviews_ask ask = {0};
    look l = {.c = c, .ask = &ask};
    if (!api_body(&body, c, e) ||
        !api_known(body,
                   "person_id provider_id visit_no sex birth_on setting stage scheme date until "
                   "diagnoses lines",
                   e) ||
        !visit_read(&ask.c, body, e) || !api_id(&ask.person_id, body, "person_id", false, e) ||
        !api_text(&ask.scheme, body, "scheme", false, e) ||
        !api_text(&ask.visit_no, body, "visit_no", false, e) || !provider_take(&ask, c, body, e) ||
        !diagnoses_read(&ask.c, c, body, e) || !lines_read(&ask.c, c, body, e) ||
        (ask.person_id && !api_need(c, RIGHT_PERSON_READ, e)) ||
        !store_read(c->store, look_work, &l, c->a, e))
        return false;
    if (ask.person_id && /* what he was given is told */
        !access_audit_look(c->store, &c->who, S("review.check"), S("review"), ask.person_id,
                           S("{}"), c->a, e))
        return false;
    outcome_json(c, &l.out);
    return true;
}
