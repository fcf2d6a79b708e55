/* Looking at a visit, keeping what was found, saying it. */
#include "service/review/reviews_internal.h"

#define TEXT_BYTES 1200

const char *reviews_setting(uint8_t setting)
{
    return setting == REVIEW_OUTPATIENT  ? "outpatient"
           : setting == REVIEW_INPATIENT ? "inpatient"
           : setting == REVIEW_PHARMACY  ? "pharmacy"
                                         : "";
}

const char *reviews_stage(uint8_t stage)
{
    return stage == REVIEW_BEFORE ? "before" : stage == REVIEW_DURING ? "during" : "";
}

/* ---- looking ---- */

static bool person_take(reviews_outcome *out, int64_t person_id, store_job *job, arena *a, err *e)
{
    const store_value key = STORE_N(person_id);
    store_rows r;
    day born;
    if (!store_query(job, SQL_REVIEW_PERSON, &key, 1, &r, a, e))
        return false;
    str sex = r.row_count ? store_text(&r, 0, 0) : S("");
    if (str_eq(sex, S("male")) || str_eq(sex, S("female")))
        out->c.sex = str_eq(sex, S("male")) ? REVIEW_MALE : REVIEW_FEMALE;
    if (r.row_count && day_parse(&born, store_text(&r, 0, 1)))
        out->c.born = born;
    return true;
}

/* Names and price limits of the provider's area. */
static bool terms_take(reviews_outcome *out, const reviews_ask *ask, office *o, arena *a, err *e)
{
    review_line *line = arena_new(a, review_line, out->c.line_count + 1);
    for (int32_t i = 0; i < out->c.line_count; i++) {
        char on[DAY_TEXT_SIZE];
        office_term t = {.limit_e4 = -1};
        line[i] = out->c.line[i];
        day_print(on, (day){line[i].on});
        if (!office_term_on(&t, o, ask->area_code, ask->scheme, line[i].code, str_of(on), a, e) &&
            e->code != ERR_OK)
            return false;
        line[i].limit_e4 = t.has_term ? t.limit_e4 : -1;
        if (line[i].name.n == 0)
            line[i].name = t.name;
    }
    out->c.line = line;
    return true;
}

static bool wanted(const reviews_ask *ask, str rule_id)
{
    bool some = ask->only_count == 0;
    for (int i = 0; i < ask->only_count; i++)
        some |= str_eq(ask->only[i], rule_id);
    return some;
}

static void findings_choose(reviews_outcome *out, const reviews_ask *ask, arena *a)
{
    review_finding *kept = arena_new(a, review_finding, out->count + 1);
    int32_t count = 0;
    for (int32_t i = 0; i < out->count; i++)
        if (wanted(ask, out->rules->rule[out->finding[i].rule].id))
            kept[count++] = out->finding[i];
    out->finding = kept;
    out->count = count;
}

bool reviews_look(reviews_outcome *out,
                  const reviews *r,
                  const reviews_ask *ask,
                  store_job *job,
                  office *o,
                  arena *a,
                  err *e)
{
    *out = (reviews_outcome){.c = ask->c, .asked_count = ask->c.line_count};
    out->rules = reviews_rules(r, ask->area_code, ask->c.on);
    if (!out->rules)
        return true;
    if (!terms_take(out, ask, o, a, e))
        return false;
    if (ask->person_id &&
        (!person_take(out, ask->person_id, job, a, e) || !reviews_past(out, ask, job, a, e)))
        return false;
    review_check(&out->finding, &out->count, out->rules, &out->c, a);
    if (ask->only_count)
        findings_choose(out, ask, a);
    return true;
}

/* ---- saying ---- */

typedef void say(text_buffer *, const review_rules *, const review_case *, const review_finding *);

static str said(const reviews_outcome *o, int32_t i, say *how, arena *a)
{
    text_buffer t = {arena_new(a, char, TEXT_BYTES), 0, TEXT_BYTES, false};
    how(&t, o->rules, &o->c, &o->finding[i]);
    return (str){t.p, t.n};
}

str reviews_sentence(const reviews_outcome *o, int32_t i, bool chinese, arena *a)
{
    const review_finding *f = &o->finding[i];
    text_buffer t = {arena_new(a, char, TEXT_BYTES), 0, TEXT_BYTES, false};
    if (f->line >= 0) {
        const review_line *l = &o->c.line[f->line];
        text_printf(&t,
                    chinese ? "第 %d 行 %.*s%s%.*s：" : "line %d %.*s%s%.*s: ", (int)f->line + 1,
                    STR_ARG(l->code), l->name.n ? " " : "", STR_ARG(l->name));
    }
    review_sentence(&t, o->rules, &o->c, f, chinese);
    return (str){t.p, t.n};
}

static str given_on(const reviews_outcome *o, const review_finding *f, arena *a)
{
    char text[DAY_TEXT_SIZE];
    day on = o->c.on;
    if (f->line >= 0)
        on = (day){o->c.line[f->line].on};
    day_print(text, on);
    return arena_str(a, str_of(text));
}

void reviews_finding_json(json_out *out, const reviews_outcome *o, int32_t i, bool chinese)
{
    const review_finding *f = &o->finding[i];
    const review_rule *rule = &o->rules->rule[f->rule];
    str code = f->line >= 0 ? o->c.line[f->line].code : S("");
    str name = f->line >= 0 ? o->c.line[f->line].name : S("");
    json_open(out, '{');
    json_field(out, S("rule_id"), rule->id);
    json_field(out, S("kind"), str_of(review_kind_name((review_kind)rule->kind)));
    json_field(out, S("handling"), str_of(review_handling_name((review_handling)rule->handling)));
    json_field(out, S("name"), chinese ? rule->zh : rule->en);
    json_field(out, S("say"), chinese ? rule->say_zh : rule->say_en);
    json_field(out, S("sentence"), reviews_sentence(o, i, chinese, out->a));
    json_field(out, S("value"), said(o, i, review_value, out->a));
    json_field(out, S("limit"), said(o, i, review_limit, out->a));
    json_field(out, S("source"), rule->source);
    json_field_number(out, S("line_no"), f->line + 1);
    json_field_text_or_null(out, S("item_code"), code);
    json_field_text_or_null(out, S("item_name"), name);
    json_field(out, S("given_on"), given_on(o, f, out->a));
    json_field_money(out, S("amount"), f->amount_fen);
    json_close(out, '}');
}

static void
codes_json(json_out *out, const char *key, const review_rules *r, int32_t rule, uint8_t side)
{
    json_key(out, str_of(key));
    json_open(out, '[');
    for (int32_t i = 0; i < r->watch_count; i++)
        if (r->watch[i].rule == rule && r->watch[i].side == side)
            json_str(out, r->watch[i].prefix
                              ? arena_printf(out->a, "%.*s*", STR_ARG(r->watch[i].code))
                              : r->watch[i].code);
    json_close(out, ']');
}

static void stages_json(json_out *out, const review_rule *rule)
{
    json_key(out, S("stages"));
    json_open(out, '[');
    for (int stage = REVIEW_BEFORE; stage <= REVIEW_DURING; stage *= 2)
        if (rule->stages & stage)
            json_str(out, str_of(reviews_stage((uint8_t)stage)));
    json_close(out, ']');
    json_key(out, S("settings"));
    json_open(out, '[');
    for (int s = REVIEW_OUTPATIENT; s <= REVIEW_PHARMACY; s *= 2)
        if (rule->settings & s)
            json_str(out, str_of(reviews_setting((uint8_t)s)));
    json_close(out, ']');
}

void reviews_rule_json(json_out *out, const review_rules *r, int32_t rule, bool chinese)
{
    const review_rule *one = &r->rule[rule];
    text_buffer t = {arena_new(out->a, char, TEXT_BYTES), 0, TEXT_BYTES, false};
    review_rule_say(&t, r, rule, chinese);
    json_open(out, '{');
    json_field(out, S("rule_id"), one->id);
    json_field(out, S("kind"), str_of(review_kind_name((review_kind)one->kind)));
    json_field(out, S("kind_text"), str_of(review_kind_text((review_kind)one->kind, chinese)));
    json_field(out, S("handling"), str_of(review_handling_name((review_handling)one->handling)));
    json_field(out, S("name"), chinese ? one->zh : one->en);
    json_field(out, S("say"), chinese ? one->say_zh : one->say_en);
    json_field(out, S("looks_at"), (str){t.p, t.n});
    json_field(out, S("source"), one->source);
    json_field(out, S("grade"), one->grade);
    stages_json(out, one);
    codes_json(out, "items", r, rule, 0);
    codes_json(out, "others", r, rule, 1);
    json_field_number(out, S("line"), one->line);
    json_close(out, '}');
}

/* ---- keeping ---- */

static void
finding_put(const reviews_outcome *o, const reviews_ask *ask, int32_t i, store_job *job, arena *a)
{
    assert(o->rules); /* there is a finding */
    const review_finding *f = &o->finding[i];
    const review_rule *rule = &o->rules->rule[f->rule];
    const reviews_order none = {0};
    const reviews_order *order = f->line >= 0 ? &ask->order[f->line] : &none;
    str empty = S("");
    const store_value row[] = {
        STORE_N(ask->person_id),
        STORE_N(o->finding_id[i]),
        STORE_N(o->check_id),
        STORE_N(ask->provider_id),
        STORE_T(str_of(reviews_stage(o->c.stage))),
        STORE_T(ask->visit_no),
        STORE_T(rule->id),
        STORE_T(str_of(review_kind_name((review_kind)rule->kind))),
        STORE_T(str_of(review_handling_name((review_handling)rule->handling))),
        STORE_T(rule->zh),
        STORE_T(rule->en),
        STORE_T(reviews_sentence(o, i, true, a)),
        STORE_T(reviews_sentence(o, i, false, a)),
        STORE_T(said(o, i, review_value, a)),
        STORE_T(said(o, i, review_limit, a)),
        STORE_T(rule->source),
        STORE_N(f->line + 1),
        STORE_T(f->line >= 0 ? o->c.line[f->line].code : empty),
        STORE_T(f->line >= 0 ? o->c.line[f->line].name : empty),
        STORE_T(given_on(o, f, a)),
        STORE_N(f->amount_fen),
        STORE_T(order->order_no),
        STORE_T(order->doctor_no),
        STORE_T(order->doctor),
        STORE_N(store_now_ms(store_of(job))),
    };
    store_put(job, SQL_REVIEW_FINDING_ADD, row, COUNTOF(row));
}

void reviews_keep(reviews_outcome *out, const reviews_ask *ask, store_job *job, arena *a)
{
    char from[DAY_TEXT_SIZE] = "";
    out->check_id = store_new_id(store_of(job));
    out->finding_id = arena_new(a, int64_t, out->count + 1);
    if (out->rules)
        day_print(from, out->rules->from);
    const store_value row[] = {STORE_N(ask->person_id),
                               STORE_N(out->check_id),
                               STORE_N(ask->provider_id),
                               STORE_T(str_of(reviews_stage(out->c.stage))),
                               STORE_T(str_of(reviews_setting(out->c.setting))),
                               STORE_T(ask->visit_no),
                               STORE_T(out->rules ? out->rules->id : S("")),
                               STORE_T(arena_str(a, str_of(from))),
                               STORE_T(out->rules ? out->rules->digest : S("")),
                               STORE_N(out->asked_count),
                               STORE_N(out->c.line_count - out->asked_count),
                               STORE_N(out->count),
                               STORE_N(store_now_ms(store_of(job)))};
    store_put(job, SQL_REVIEW_CHECK_ADD, row, COUNTOF(row));
    for (int32_t i = 0; i < out->count; i++) {
        out->finding_id[i] = store_new_id(store_of(job));
        finding_put(out, ask, i, job, a);
    }
}
