/* 3101, 3102, 3103: what the rules say before and during care, and what was done about it. */
#include "edge/gateway/gateway_internal.h"

#include "base/money.h"
#include "service/review/reviews.h"

#define PATIENTS_MAX  20
#define VISITS_MAX    200
#define ORDERS_MAX    5000
#define DIAGNOSES_MAX 200
#define FEEDBACK_MAX  500
#define SENTENCE_MAX  1400 /* bytes: 500 characters of the interface at most */

/* Objects of a member: a list of them, or one alone.  More than `max` are refused: what is not
 * looked at must not seem to be in order. */
static bool rows_in(gate_value **rows,
                    int *count,
                    gate_call *c,
                    gate_value parent,
                    const char *name,
                    int max,
                    err *e)
{
    gate_value v = gate_member(parent, name);
    *rows = arena_new(c->a, gate_value, max);
    *count = 0;
    if (v.node && v.node->kind == JSON_OBJECT)
        (*rows)[(*count)++] = v;
    if (!v.node || v.node->kind != JSON_LIST)
        return true;
    for (gate_value m = gate_first(v); m.node; m = gate_next(v, m)) {
        if (m.node->kind != JSON_OBJECT)
            continue;
        if (*count == max)
            return gate_fault(c, ERR_TOO_LARGE, name, S(""),
                              arena_printf(c->a, "at most %d rows", max).p, e);
        (*rows)[(*count)++] = m;
    }
    return true;
}

/* ---- one patient ---- */

typedef struct {
    str patient, visit; /* as the hospital calls them */
    reviews_ask ask;
    reviews_outcome out;
} patient;

/* A visit or person of ours when the numbers are; a hospital may ask before it has registered
 * anybody. */
static bool who_find(patient *p, gate_call *c, err *e)
{
    int64_t id;
    care_visit v;
    store_rows r;
    err none = {0};
    if (id_parse(&id, p->visit) && care_visit_get(&v, c->job, &c->who, id, 0, c->a, &none)) {
        p->ask.visit_id = id;
        p->ask.person_id = v.person_id;
        p->ask.scheme = v.scheme;
        p->ask.c.setting = str_eq(v.setting, S("inpatient"))  ? REVIEW_INPATIENT
                           : str_eq(v.setting, S("pharmacy")) ? REVIEW_PHARMACY
                                                              : REVIEW_OUTPATIENT;
        return true;
    }
    if (none.code != ERR_OK && none.code != ERR_NOT_FOUND) {
        *e = none;
        return false;
    }
    const store_value key = STORE_N(id_parse(&id, p->patient) ? id : 0);
    if (!store_query(c->job, SQL_GATEWAY_PERSON, &key, 1, &r, c->a, e))
        return false;
    p->ask.person_id = r.row_count ? key.number : 0;
    return true;
}

static uint8_t setting_of(const gate_call *c, gate_value in)
{
    static const char *const said[] = {"1", "2", "3"};
    str said_as = gate_word_of(c->words, "med_type", gate_text(in, "med_type"));
    const office_pack *p = office_pack_of_area(c->with->office, c->access.area_code);
    const pack_word *kind =
        p && said_as.n ? pack_word_find(&p->pack, FACT_VISIT_KIND, said_as) : NULL;
    if (str_eq(said_as, S("pharmacy")))
        return REVIEW_PHARMACY;
    if (kind)
        return kind->stay ? REVIEW_INPATIENT : REVIEW_OUTPATIENT;
    for (int i = 0; i < 3; i++)
        if (str_eq(gate_text(in, "med_mdtrt_type"), str_of(said[i])))
            return (uint8_t)(REVIEW_OUTPATIENT << i);
    return 0;
}

static bool day_take(day *out, gate_call *c, gate_value in, const char *name, err *e)
{
    str on;
    *out = (day){DAY_NONE};
    return gate_day(&on, c, in, name, false, e) && (on.n == 0 || day_parse(out, on));
}

static bool diagnoses_take(patient *p, gate_call *c, gate_value in, err *e)
{
    int count;
    gate_value *rows;
    if (!rows_in(&rows, &count, c, in, "fsi_diagnose_dtos", DIAGNOSES_MAX, e))
        return false;
    str *dx = arena_new(c->a, str, count + 1), main = gate_text(in, "dscg_main_dise_codg");
    for (int i = 0; i < count && main.n == 0; i++)
        if (str_eq(gate_text(rows[i], "maindise_flag"), S("1")))
            main = gate_text(rows[i], "dise_codg");
    dx[0] = main;
    int n = main.n > 0;
    for (int i = 0; i < count; i++) {
        dx[n] = gate_text(rows[i], "dise_codg");
        n += dx[n].n > 0 && !str_eq(dx[n], main);
    }
    p->ask.c.dx = dx;
    p->ask.c.dx_count = n;
    return true;
}

/* ---- orders ---- */

typedef struct {
    review_line *line;
    reviews_order *order;
    int count;
} orders;

static int64_t price_of(gate_value row)
{
    int64_t e4;
    str said = gate_text(row, "pric");
    return said.n && decimal_parse(&e4, said, 4, REVIEW_E4_MAX) ? e4 : -1;
}

static bool
order_read(orders *all, const patient *p, gate_call *c, gate_value row, bool past, err *e)
{
    review_line l = {.name = gate_text(row, "hilist_name"),
                     .unit_price_e4 = price_of(row),
                     .limit_e4 = -1,
                     .past = past || str_eq(gate_text(row, "curr_drord_flag"), S("0"))};
    day on;
    if (!gate_need(&l.code, c, row, "hilist_code", e) ||
        !gate_quantity(&l.quantity_e4, c, row, "cnt", e) ||
        !gate_amount(&l.amount_fen, c, row, "sumamt", e) ||
        !day_take(&on, c, row, "drord_begn_date", e))
        return false;
    l.on = on.number == DAY_NONE ? p->ask.c.on.number : on.number;
    all->line[all->count] = l;
    all->order[all->count++] = (reviews_order){.order_no = gate_text(row, "rx_id"),
                                               .doctor_no = gate_text(row, "drord_dr_codg"),
                                               .doctor = gate_text(row, "drord_dr_name")};
    return true;
}

static bool
orders_read(orders *all, const patient *p, gate_call *c, gate_value visit, bool past, err *e)
{
    int count;
    gate_value *rows;
    c->node = "fsi_encounter_dtos";
    if (!rows_in(&rows, &count, c, visit, "fsi_order_dtos", ORDERS_MAX - all->count, e))
        return false;
    c->node = "fsi_order_dtos";
    for (int i = 0; i < count; i++)
        if (!order_read(all, p, c, rows[i], past, e))
            return gate_row_fault(c, "fsi_order_dtos", i + 1, count, e);
    return true;
}

/* The visit that is asked about; orders of others count as given before. */
static bool visits_read(patient *p, gate_call *c, gate_value in, err *e)
{
    int count, asked = 0;
    gate_value *visit;
    str current = gate_text(in, "curr_mdtrt_id");
    orders all = {.line = arena_new(c->a, review_line, ORDERS_MAX),
                  .order = arena_new(c->a, reviews_order, ORDERS_MAX)};
    c->node = "patient_dtos";
    if (!rows_in(&visit, &count, c, in, "fsi_encounter_dtos", VISITS_MAX, e))
        return false;
    if (count == 0)
        return gate_fault(c, ERR_MISSING_FIELD, "fsi_encounter_dtos", S(""), "the visit", e);
    for (int i = count - 1; i >= 0; i--)
        asked = str_eq(gate_text(visit[i], "mdtrt_id"), current) ? i : asked;
    c->node = "fsi_encounter_dtos";
    p->visit = gate_text(visit[asked], "mdtrt_id");
    p->ask.visit_no = p->visit;
    if (!who_find(p, c, e) || !day_take(&p->ask.c.on, c, visit[asked], "adm_date", e) ||
        !day_take(&p->ask.c.until, c, visit[asked], "dscg_date", e))
        return false;
    if (p->ask.c.on.number == DAY_NONE && !day_parse(&p->ask.c.on, gate_today(c)))
        return gate_fault(c, ERR_BAD_DATE, "adm_date", S(""), "a day", e);
    if (p->ask.c.setting == 0)
        p->ask.c.setting = setting_of(c, visit[asked]);
    if (p->ask.scheme.n == 0)
        p->ask.scheme = gate_word_of(c->words, "insutype", gate_text(visit[asked], "insutype"));
    if (!diagnoses_take(p, c, visit[asked], e) || !orders_read(&all, p, c, visit[asked], false, e))
        return false;
    for (int i = 0; i < count; i++)
        if (i != asked && !orders_read(&all, p, c, visit[i], true, e))
            return false;
    p->ask.c.line = all.line;
    p->ask.c.line_count = all.count;
    p->ask.order = all.order;
    return true;
}

static bool patient_read(patient *p, gate_call *c, gate_value in, uint8_t stage, err *e)
{
    *p = (patient){.ask = {.provider_id = c->access.provider_id,
                           .area_code = c->access.area_code,
                           .c = {.stage = stage,
                                 .level = c->access.level,
                                 .until = {DAY_NONE},
                                 .born = {DAY_NONE}}}};
    str sex = gate_word_of(c->words, "gend", gate_text(in, "gend"));
    p->ask.c.sex = str_eq(sex, S("male"))     ? REVIEW_MALE
                   : str_eq(sex, S("female")) ? REVIEW_FEMALE
                                              : REVIEW_SEX_UNKNOWN;
    c->node = "patient_dtos";
    return gate_need(&p->patient, c, in, "patn_id", e) &&
           day_take(&p->ask.c.born, c, in, "brdy", e) && visits_read(p, c, in, e);
}

/* ---- the answer ---- */

static str short_of(str s)
{
    return (str){s.p, utf8_cut(s, SENTENCE_MAX)};
}

static void detail_put(
    gate_call *c, const patient *p, int64_t finding_id, int32_t line, bool involved, int64_t fen)
{
    bool asked = line >= 0 && line < p->out.asked_count;
    json_open(&c->out, '{');
    json_field(&c->out, S("jrd_id"),
               arena_printf(c->a, "%" PRId64 "-%d", finding_id, involved ? 2 : 1));
    json_field(&c->out, S("patn_id"), p->patient);
    json_field(&c->out, S("mdtrt_id"), p->visit);
    json_field(&c->out, S("rx_id"), asked ? p->ask.order[line].order_no : S(""));
    json_field(&c->out, S("vola_item_type"), involved ? S("2") : S("1"));
    gate_put_fen(c, "vola_amt", fen);
    json_close(&c->out, '}');
}

static void finding_put(gate_call *c, const patient *p, int32_t i)
{
    static const char *const severity[REVIEW_HANDLINGS] = {"3", "3", "2", "1"};
    const review_finding *f = &p->out.finding[i];
    const review_rule *rule = &p->out.rules->rule[f->rule];
    bool pair = rule->kind == REVIEW_REPEAT || rule->kind == REVIEW_EXCLUSIVE;
    str said = reviews_sentence(&p->out, i, true, c->a);
    json_open(&c->out, '{');
    json_field(&c->out, S("jr_id"), arena_printf(c->a, "%" PRId64, p->out.finding_id[i]));
    json_field(&c->out, S("rule_id"), rule->id);
    json_field(&c->out, S("rule_name"), rule->zh);
    json_field(&c->out, S("vola_cont"),
               short_of(arena_printf(c->a, "%.*s %.*s", STR_ARG(said), STR_ARG(rule->say_zh))));
    json_field(&c->out, S("patn_id"), p->patient);
    json_field(&c->out, S("mdtrt_id"), p->visit);
    json_key(&c->out, S("judge_result_detail_dtos"));
    json_open(&c->out, '[');
    detail_put(c, p, p->out.finding_id[i], f->line, false, f->amount_fen);
    if (pair)
        detail_put(c, p, p->out.finding_id[i], f->other, true, p->out.c.line[f->other].amount_fen);
    json_close(&c->out, ']');
    gate_put_fen(c, "vola_amt", f->amount_fen);
    json_field(&c->out, S("vola_amt_stas"), S("1"));
    json_field(&c->out, S("sev_deg"), str_of(severity[rule->handling]));
    json_field(&c->out, S("vola_evid"), short_of(rule->source));
    json_field(&c->out, S("vola_bhvr_type"), f->line < 0 ? S("1") : S("2"));
    json_field(&c->out, S("task_id"), arena_printf(c->a, "%" PRId64, p->out.check_id));
    json_close(&c->out, '}');
}

static int rules_named(const str **out, gate_call *c, gate_value in)
{
    gate_value list = gate_member(in, "rule_ids");
    str *id = arena_new(c->a, str, 200);
    int count = 0;
    *out = id;
    if (gate_text(in, "trig_scen").n || !list.node || list.node->kind != JSON_LIST)
        return 0; /* a place in the hospital's system goes before */
    for (gate_value m = gate_first(list); m.node && count < 200; m = gate_next(list, m)) {
        id[count] = gate_text_of(m);
        count += id[count].n > 0;
    }
    return count;
}

static bool review(gate_call *c, uint8_t stage, err *e)
{
    gate_value in = gate_node(c, "data");
    int count;
    bool unknown = false, ruled = true;
    gate_value *rows;
    patient *p = arena_new(c->a, patient, 1);
    if (!rows_in(&rows, &count, c, in, "patient_dtos", PATIENTS_MAX, e))
        return false;
    if (count == 0)
        return gate_fault(c, ERR_MISSING_FIELD, "patient_dtos", S(""), "whom it is about", e);
    json_key(&c->out, S("result"));
    json_open(&c->out, '[');
    for (int i = 0; i < count; i++) {
        if (!patient_read(p, c, rows[i], stage, e))
            return false;
        p->ask.only_count = rules_named(&p->ask.only, c, in);
        if (!reviews_look(&p->out, c->with->reviews, &p->ask, c->job, c->with->office, c->a, e))
            return false;
        reviews_keep(&p->out, &p->ask, c->job, c->a);
        for (int32_t k = 0; k < p->out.count; k++)
            finding_put(c, p, k);
        unknown |= p->ask.person_id == 0;
        ruled &= p->out.rules != NULL;
        c->object_id = p->out.check_id;
        c->person_id = count == 1 ? p->ask.person_id : 0;
    }
    json_close(&c->out, ']');
    if (!ruled)
        c->warning = S("[no_rules] 本地区没有有效的审核规则，未作审核");
    else if (unknown)
        c->warning = S("[unknown_person] 不认识该参保人标识，只按本次上传的内容审核");
    return true;
}

bool gate_review_before(gate_call *c, err *e)
{
    return review(c, REVIEW_BEFORE, e);
}

bool gate_review_during(gate_call *c, err *e)
{
    return review(c, REVIEW_DURING, e);
}

/* ---- 3103 ---- */

static bool feedback_take(gate_call *c, gate_value row, uint8_t stage, err *e)
{
    int64_t finding_id;
    str said, way, reason = gate_text(row, "dspo_way_rea");
    str by = arena_printf(c->a, "%.*s %.*s", STR_ARG(gate_text(c->body, "opter")),
                          STR_ARG(gate_text(c->body, "opter_name")));
    if (!gate_need(&said, c, row, "warn_rslt_id", e) || !gate_need(&way, c, row, "dspo_way", e))
        return false;
    bool continued = str_eq(way, S("1"));
    if (!continued && !str_eq(way, S("2")))
        return gate_fault(c, ERR_BAD_VALUE, "dspo_way", way, "1 or 2", e);
    if (continued && reason.n == 0)
        return gate_fault(c, ERR_MISSING_FIELD, "dspo_way_rea", S(""),
                          "why the order stands, with dspo_way 1", e);
    if (!id_parse(&finding_id, said))
        return gate_fault(c, ERR_NOT_FOUND, "warn_rslt_id", said, "jr_id of a finding", e);
    c->received = said;
    if (!reviews_feedback(&c->person_id, c->job, &c->who, finding_id, stage,
                          continued ? REVIEWS_CONTINUED : REVIEWS_CHANGED, reason, by, c->a, e)) {
        err_field(e, S("warn_rslt_id"));
        return false;
    }
    c->received = S("");
    c->object_id = finding_id;
    return true;
}

bool gate_review_feedback(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    int count;
    str type;
    gate_value *rows;
    if (!rows_in(&rows, &count, c, in, "warns", FEEDBACK_MAX, e) ||
        !gate_need(&type, c, in, "warn_type", e))
        return false;
    if (!str_eq(type, S("1")) && !str_eq(type, S("2")))
        return gate_fault(c, ERR_BAD_VALUE, "warn_type", type, "1 or 2", e);
    if (count == 0)
        return gate_fault(c, ERR_MISSING_FIELD, "warns", S(""), "what was done", e);
    c->node = "warns";
    for (int i = 0; i < count; i++)
        if (!feedback_take(c, rows[i], str_eq(type, S("1")) ? REVIEW_BEFORE : REVIEW_DURING, e))
            return gate_row_fault(c, "warns", i + 1, count, e);
    c->output_null = true;
    return true;
}
